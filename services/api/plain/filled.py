"""What a form without scripts holds when it comes back: read under limits, and kept over every step.

The form is the only memory there is: photographs that have been taken in come back as ids with a digest of ours, so
that nobody attaches a picture that he did not send.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite

from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request

from dispatch.citymap import City
from dispatch.ids import CategoryCode
from gis.point import LonLat
from services.api.hands import Hold
from services.api.report_form import PHOTO_BYTES, PHOTOS_MAX

FIELDS_MAX = 120
"""Fields of the form and the answers of one category; a list of fifty may be ticked whole."""
VALUE_BYTES = 64_000
VALUE_MAX = 4_000
"""Characters of one field, as a report's words may have."""
FORM_TYPES = frozenset({"multipart/form-data", "application/x-www-form-urlencoded"})
BAIT = "website"
"""The name of the field that nobody sees: one that programs look for, and that no browser fills in of itself."""
BAIT_MAX = 40
ANSWER = "answer."
"""What the names of answers begin with; the question's code follows."""


_UNSURE = CategoryCode("")


class BadForm(Exception):
    """The bytes are no form, or one without end. `status` is how HTTP tells it."""

    def __init__(self, why: str, status: int = 400) -> None:
        super().__init__(why)
        self.status = status


@dataclass(frozen=True, slots=True)
class Spot:
    """A place that was chosen, and what it is called. `accuracy_m` None where nobody knows."""

    point: LonLat
    accuracy_m: float | None = None
    label: str = ""

    def __str__(self) -> str:
        """Return the spot as the form carries it."""
        accuracy = "" if self.accuracy_m is None else f"{self.accuracy_m:g}"
        return f"{self.point.lon:.6f},{self.point.lat:.6f},{accuracy},{self.label}"


@dataclass(frozen=True, slots=True)
class Filled:
    """The form. `passed` are the stops that were read, `asked` the category whose questions were shown, `offered` for
    which category and place open cases were offered.
    """

    language: str
    key: str = ""
    action: str = ""
    text: str = ""
    category: CategoryCode = _UNSURE
    address: str = ""
    query: str = ""
    spot: Spot | None = None
    component: str = ""
    name: str = ""
    phone: str = ""
    answers: Mapping[str, Sequence[str]] = field(default_factory=dict)
    photos: Sequence[str] = ()
    """Ids of pictures that are stored."""
    passed: frozenset[str] = frozenset()
    asked: str = ""
    offered: str = ""
    same_as: str = ""
    bait: str = ""
    """What stands in the field that nobody sees: a program fills in all that there is."""

    @property
    def offer(self) -> str:
        """What `offered` is once the cases near by have been shown for this category and place."""
        return f"{self.category}@{self.spot.point.lon:.5f},{self.spot.point.lat:.5f}" if self.spot else ""


@dataclass(frozen=True, slots=True)
class Posted:
    """A form that came in, and the bytes of its new photographs."""

    filled: Filled
    pictures: Sequence[bytes] = ()
    faults: Sequence[str] = ()
    """Words' keys of what was wrong with the photographs."""


def read_spot(text: str) -> Spot | None:
    """Return the place that a form carries, None where it is none."""
    lon, _, rest = text.partition(",")
    lat, _, rest = rest.partition(",")
    accuracy, _, label = rest.partition(",")
    try:
        point, within = LonLat(float(lon), float(lat)), float(accuracy) if accuracy else None
    except ValueError:
        return None
    is_on_globe = isfinite(point.lon) and isfinite(point.lat) and abs(point.lon) <= 180 and abs(point.lat) <= 90
    is_sane = within is None or (isfinite(within) and 0 <= within <= 100_000)
    return Spot(point, within, label[:80]) if is_on_globe and is_sane else None


def prefill(query: Mapping[str, str], language: str, key: str, city: City) -> Filled:
    """Return a fresh form, with what the address of the page says: a part's sticker, a link of the map."""
    component = city.components.find(query.get("component", ""))
    code = CategoryCode(component.category if component else query.get("category", ""))
    spot = read_spot(f"{query.get('lon', '')},{query.get('lat', '')},,")
    return Filled(
        language=language,
        key=key,
        category=code if code in city.codes.categories else _UNSURE,
        address=_clean(query.get("address", ""))[:200],
        spot=Spot(component.point, 0.0, component.name_zh) if component else spot,
        component=component.id if component else "",
    )


async def read_posted(request: Request, language: str, may_keep: Callable[[str], str], hold: Hold) -> Posted:
    """Read the form, its pictures once it is their turn.

    `may_keep` gives the id of a stored picture for what the form carries of it, "" for a forgery.

    :raises BadForm: if it is none. :raises Overloaded: where too many wait.
    """
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type not in FORM_TYPES:
        raise BadForm("a form is meant", 415)
    try:
        async with request.form(max_files=PHOTOS_MAX * 2, max_fields=FIELDS_MAX, max_part_size=VALUE_BYTES) as form:
            pictures, faults = await _read_pictures(form, hold)
            return Posted(_read(form, language, may_keep), pictures, faults)
    except HTTPException as error:
        raise BadForm(str(error.detail)) from None


async def _read_pictures(form: FormData, hold: Hold) -> tuple[list[bytes], list[str]]:
    pictures, faults = [], []
    for each in form.getlist("photos"):
        if not isinstance(each, UploadFile) or not each.size:
            continue  # a field of files that was left empty comes as an empty file
        if each.size > PHOTO_BYTES:
            faults.append("bad_photo")
        else:
            await hold.take()
            pictures.append(await each.read())
    return pictures, faults


def _read(form: FormData, language: str, may_keep: Callable[[str], str]) -> Filled:
    fields: dict[str, list[str]] = {}
    for name, value in form.multi_items():
        if isinstance(value, str) and (said := _clean(value)):
            fields.setdefault(name, []).append(said)

    def one(name: str) -> str:
        return fields.get(name, [""])[-1]

    kept = [media_id for each in fields.get("kept", ()) if (media_id := may_keep(each))]
    return Filled(
        language=language,
        key=one("key")[:128],
        action=one("action"),
        text=one("text"),
        category=CategoryCode(one("category")),
        address=one("address"),
        query=one("query")[:200],
        spot=read_spot(one("place")),
        component=one("component"),
        name=one("name"),
        phone=one("phone"),
        answers={name.removeprefix(ANSWER): said for name, said in fields.items() if name.startswith(ANSWER)},
        photos=list(dict.fromkeys(kept)),
        passed=frozenset(fields.get("passed", ())),
        asked=one("asked"),
        offered=one("offered"),
        same_as=one("same_as"),
        bait=one(BAIT)[:BAIT_MAX],
    )


def _clean(text: str) -> str:
    """Return it as it can be stored and shown: without NUL and what is no character."""
    return text.encode("utf-8", "replace").decode().replace("\x00", "").replace("\r\n", "\n").strip()[: VALUE_MAX + 1]
