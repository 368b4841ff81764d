"""How one request reads to the public: the standard's fields, and beside them what others have added."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import cos, hypot, radians

from dispatch.case import Case, Stage
from dispatch.category import Category
from dispatch.citymap import City
from dispatch.ids import CategoryCode
from services.api.open311.formats import Value
from services.api.timeline import KINDS_TOLD, RECEIVED, say
from services.live.views import category_name
from services.store.journal import Entry
from services.store.requests import METRES_PER_DEGREE, Circle, Kinds, PublicRequest

KINDS = Kinds(
    touching=(*KINDS_TOLD, "CaseOpened", "CaseImported", "CaseReclassified", "CaseRelocated", "LimitChanged"),
    told=KINDS_TOLD,
)
DECIMALS = 6
"""Of a published position: a tenth of a metre, which no telephone knows."""
REFUSED = frozenset({Stage.VOID, Stage.NOT_FILED})
_WAITING = frozenset({Stage.REPORTED, Stage.VERIFYING, Stage.PENDING_FILING, Stage.REOPENED})

STATUS_OF_STAGE: Mapping[str, str] = {
    "received": "open",
    "pending_filing": "open",
    "reopened": "open",
    "verifying": "investigating",
    "coordinating": "investigating",
    "suspended": "planned",
    "dispatched": "action_scheduled",
    "accepted": "action_scheduled",
    "closed": "fixed",
    "merged": "duplicate",
    "not_filed": "no_further_action",
    "forced_closed": "no_further_action",
    "void": "no_further_action",
}
"""Where a citizen's case stands -> the status of mySociety's updates; what is not here is in progress."""


def extended_status(stage: str) -> str:
    return STATUS_OF_STAGE.get(stage, "in_progress")


def detailed_status(case: Case | None) -> str:
    """Return CitySDK's status: RECEIVED, IN_PROCESS, PROCESSED or REJECTED."""
    if case is None or case.stage in _WAITING:
        return "RECEIVED"
    if case.stage in REFUSED or case.stage is Stage.FORCED_CLOSED:
        return "REJECTED"
    return "IN_PROCESS" if is_open(case) else "PROCESSED"


def is_open(case: Case | None) -> bool:
    return case is None or case.is_open


@dataclass(frozen=True, slots=True)
class Reader:
    """For whom a record is written: the city, the language, and where our pictures are."""

    city: City
    language: str
    base_url: str

    def choose(self, zh: str, en: str) -> str:
        return zh if self.language == "zh" else en

    def record(self, found: PublicRequest) -> dict[str, Value]:
        """Return the standard's fields of a request."""
        case, city = found.case, self.city
        name = category_name(found.category, city.codes).name
        department = city.codes.departments.get(case.department) if case else None
        urls = self.media_urls(found)
        is_rough = self.is_rough(found)
        return {
            "service_request_id": found.number,
            "status": "open" if is_open(case) else "closed",
            "status_notes": self.notes(found.told),
            "service_name": self.choose(name.zh, name.en),
            "service_code": found.category,
            "description": ("" if is_rough else found.description) or self.choose(name.zh, name.en),
            "agency_responsible": self.choose(department.name_zh, department.name_en) if department else None,
            "service_notice": None,
            "requested_datetime": found.requested_at,
            "updated_datetime": found.updated_at,
            "expected_datetime": case.due_at if case else None,
            "address": (None if is_rough else found.address) or self.area_of(case) or None,
            "address_id": (case.place.component or None) if case and not is_rough else None,
            "zipcode": None,
            "lat": _rounded(found.lat),
            "long": _rounded(found.lon),
            "media_url": urls[0] if urls else None,
        }

    def is_rough(self, found: PublicRequest) -> bool:
        """Tell whether the place is not for the public to find: then neither words nor pictures may lead there."""
        category = self.city.codes.categories.get(found.category)
        return category is not None and category.is_rough

    def notes(self, told: Entry | None) -> str:
        """Return the last thing that the public was told, in plain words."""
        words = (say(told) if told else None) or RECEIVED
        return self.choose(words[1], words[2])

    def area_of(self, case: Case | None) -> str:
        """Return the community and street that a case lies in; what people wrote of the place is not published."""
        if case is None:
            return ""
        areas = [self.city.codes.areas.get(code) for code in (case.place.community, case.place.street)]
        return ", ".join(self.choose(area.name_zh, area.name_en) for area in areas if area)

    def media_urls(self, found: PublicRequest) -> Sequence[str]:
        """Return the addresses of the pictures that were filed; none once the request was turned down."""
        if self.is_rough(found) or (found.case is not None and found.case.stage in REFUSED):
            return ()
        return [f"{self.base_url}/open311/v2/media/{found.number}/{each}.jpg" for each in found.media]

    def extended(self, found: PublicRequest, near: Circle | None, parents: Mapping[str, str]) -> dict[str, Value]:
        """Return what the standard does not have: `extended_attributes` of Chicago and CitySDK."""
        case = found.case
        parent = parents.get(case.id, "") if case else ""
        area = self.city.codes.areas.get(case.place.street) if case else None
        attributes: dict[str, Value] = {
            "detailed_status": detailed_status(case),
            "detailed_status_datetime": (case.stage_since if case else None) or found.requested_at,
            "channel": "open311" if found.is_filed else _channel(case),
            "ward": self.choose(area.name_zh, area.name_en) if area else None,
            "duplicate": bool(parent) and parent != found.number,
            "parent_service_request_id": parent if parent != found.number else None,
            "media_urls": self.media_urls(found),
        }
        if near is not None and found.lat is not None and found.lon is not None:
            attributes["distance"] = round(_distance_m(near, found.lon, found.lat), 1)
        return {"extended_attributes": attributes}

    def history(self, requested_at: datetime, entries: Sequence[Entry]) -> Value:
        """Return the notes of a request (Chicago): each step in plain words."""
        steps: list[tuple[datetime, str, str]] = [(requested_at, RECEIVED[0], self.choose(*RECEIVED[1:]))]
        steps += [(entry.at, words[0], self.choose(*words[1:])) for entry in entries if (words := say(entry))]
        return [
            {"datetime": at, "summary": text, "type": _note_type(stage)}
            for at, stage, text in sorted(steps, key=lambda step: step[0])
        ]


def _note_type(stage: str) -> str:
    if stage == RECEIVED[0]:
        return "opened"
    return "closed" if stage in ("closed", "forced_closed", "not_filed", "void", "merged") else "activity"


def _channel(case: Case | None) -> str:
    """Return who tells of such things: people, or a machine."""
    return "citizen" if case is not None and case.feed == "report" else "sensor"


def _rounded(degrees: float | None) -> float | None:
    return None if degrees is None else round(degrees, DECIMALS)


def _distance_m(near: Circle, lon: float, lat: float) -> float:
    east = (lon - near.lon) * cos(radians(near.lat))
    return hypot(east, lat - near.lat) * METRES_PER_DEGREE


def rough_of(categories: Mapping[CategoryCode, Category]) -> Sequence[str]:
    """Return the codes of categories whose places the public sees rounded."""
    return sorted(code for code, category in categories.items() if category.is_rough)


def hidden_of(categories: Mapping[CategoryCode, Category]) -> Sequence[str]:
    """Return the codes of categories that are not public."""
    return sorted(code for code, category in categories.items() if not category.is_public)
