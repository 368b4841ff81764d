"""CAP, the Common Alerting Protocol: warnings of weather services, fire brigades and neighbours.

Versions 1.2, 1.1 and 1.0 in XML, and the GeoJSON in which api.weather.gov writes the same fields. A warning is people's
words (headline, description), which a person files; severity, certainty, times and areas come with them.

An alert is its sender, identifier and time (CAP 1.2, 3.2.1). `Update` and `Cancel` name those before them
(`references`); the earliest of these is the episode, so that a chain is one happening however many of it come. `Cancel`
closes, and so does an update that says AllClear; `expires` is when the message goes stale, not when the danger ends,
and closes nothing.

What comes in another order than it was sent is seen by what has come before (`Learned`): an alert or an update whose
cancellation is here already closes its chain, one that was replaced already tells a state only, and a message that
names only the last of a chain belongs to the whole of it. `Ack` and `Error` say nothing. Of several `info`s those with
one event and one area are languages of the same; others are hazards of their own within the episode.

What is not `Actual` (Exercise, System, Test, Draft) is kept as an event that tells a state (Phase.SYNC) with `status`
among its attributes and no text: it opens no case and adds to none.

The place is the area that holds the source's own point, else the first with a polygon or a circle; its accuracy is how
far it reaches. Geocodes and the description of areas that have neither stand in the attributes and the address.
A signature (XML-DSig) is read over, not verified: the source's key says who sends.

Shapes: OASIS CAP 1.2 (2010), 1.1, 1.0; recorded alerts of five senders. Polygons are `lat,lon` in WGS-84 and closed,
circles `lat,lon` and a radius in kilometres (3.2.4).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec

from dispatch.event import Event, Phase, Vocabulary
from dispatch.ids import EventId
from gis.point import LonLat, distance_m
from services.feeds import XML_TYPES, Feed, Learned, Origin, Said, Unreadable
from services.feeds._cap import Alert, Area, Info, read_alert
from services.feeds._cap_chain import KEY, Chains, Verdict, name_of
from services.feeds._common import TEXT_MAX, check_time, decode, parse_time
from services.feeds._xml import split_elements

IDENTITY_MAX = 16_384
"""Bytes of an alert within which it says which one it is: these elements stand first (the schema is a sequence)."""
CODES_MAX = 20
"""Geocodes that are kept of a place."""
WORD_MAX = 300
"""Characters of one attribute."""

SEVERITIES: Mapping[str, int] = {"extreme": 3, "severe": 3, "moderate": 2, "minor": 1}
"""`severity` -> ours; Unknown is 2."""
CONFIDENCES: Mapping[str, float] = {
    "observed": 1.0, "likely": 0.75, "very likely": 0.75, "possible": 0.4, "unlikely": 0.1,
}  # fmt: skip
"""`certainty` -> ours: more than half, half or less, about nought (3.2.2); "Very Likely" is of CAP 1.0."""
PHASES: Mapping[str, Phase] = {"alert": Phase.OPEN, "update": Phase.UPDATE, "cancel": Phase.CLOSE}
QUIET = frozenset({"ack", "error"})
STATUSES = frozenset({"actual", "exercise", "system", "test", "draft"})
TIMES = ("effective", "onset", "expires", "ends")

_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_TAG = re.compile(r"</?[A-Za-z][^<>]{0,200}>")
_IDENTITY = tuple(
    re.compile(rb"<(?:[\w.-]{1,40}:)?" + name + rb">([^<]{1,600})<") for name in (b"sender", b"identifier", b"sent")
)


def split(body: bytes) -> Sequence[bytes]:
    """Part a collection of features, or an envelope of many alerts, into its alerts."""
    if body.lstrip()[:1] != b"{":
        return split_elements(body, "alert")
    try:
        features = decode(body, dict[str, Any]).get("features")
        if isinstance(features, list) and features:
            return [msgspec.json.encode(feature) for feature in features]
    except Unreadable:
        pass  # it is one (unreadable) message
    return [body]


def key(part: bytes) -> bytes | None:
    """Return sender, identifier and time sent, None where one is missing or the alert is no XML."""
    found = [pattern.search(part, 0, IDENTITY_MAX) for pattern in _IDENTITY]
    names = [each[1].strip() for each in found if each is not None]
    return b"\0".join(names) if len(names) == len(_IDENTITY) and all(names) else None


def translate(body: bytes, origin: Origin) -> Sequence[Said]:
    """Return the events of an alert, one for each of its hazards; one for a cancellation that repeats none."""
    alert = read_alert(body)
    status, kind = alert.status.casefold(), alert.kind.casefold()
    if status not in STATUSES or kind not in (*PHASES, *QUIET):
        raise Unreadable("shape", f"status {alert.status[:40]!r}, msgType {alert.kind[:40]!r}")
    if kind in QUIET:
        return ()
    at = check_time(parse_time(alert.sent, origin.zone_of(origin.source)), origin.received_at)
    hazards = _hazards(alert)
    if not hazards and kind == "cancel":
        hazards = [Info(values={}, codes=(), responses=(), areas=())]
    if status != "actual":
        stand = Verdict(_name_unreal(alert), is_cancelled=False, is_replaced=False)
        return [_event(alert, info, origin, at=at, nth=nth, stand=stand) for nth, info in enumerate(hazards)]
    chains = Chains(origin.recall(KEY))
    stand = chains.take(alert, origin.zone_of(origin.source))
    events = [_event(alert, info, origin, at=at, nth=nth, stand=stand) for nth, info in enumerate(hazards)]
    # Under each further name once: what was told under it is over too.
    events += [
        _event(alert, hazards[0], origin, at=at, nth=nth, stand=stand._replace(chain=name))
        for nth, name in enumerate(stand.also if hazards else (), len(hazards))
    ]
    return [Learned(key=KEY, doc=chains.doc()), *events]


def _hazards(alert: Alert) -> Sequence[Info]:
    """Return the first `info` of each hazard: the others of it are the same in other languages."""
    found: dict[tuple[object, ...], Info] = {}
    for info in alert.infos:
        found.setdefault(info.same_as(), info)
    return list(found.values())


def _event(alert: Alert, info: Info, origin: Origin, *, at: datetime, nth: int, stand: Verdict) -> Event:
    is_actual = alert.status.casefold() == "actual"
    ground = _ground(info.areas, origin.source.point)
    place_text = next((area.text for area in info.areas if area.text), "") if ground is None else ground.area.text
    return Event(
        id=EventId(f"{origin.message_id}/{nth}"),
        feed=FEED.name,
        source_id=origin.source.id,
        vocabulary=Vocabulary.TEXT,
        text=_text(info, alert) if is_actual else "",
        observed_at=at,
        received_at=origin.received_at,
        phase=_phase(alert, info, stand) if is_actual else Phase.SYNC,
        episode=f"cap/{stand.chain}",
        severity=SEVERITIES.get(info.values.get("severity", "").casefold(), 2),
        confidence=CONFIDENCES.get(info.values.get("certainty", "").casefold()),
        point=ground.point if ground else None,
        accuracy_m=ground.reach_m if ground else None,
        place_text=place_text.replace("\x00", "")[:WORD_MAX],
        attributes=_attributes(alert, info, origin),
    )


def _phase(alert: Alert, info: Info, stand: Verdict) -> Phase:
    if stand.is_cancelled:
        return Phase.CLOSE
    if stand.is_replaced:
        return Phase.SYNC
    if "allclear" in (word.casefold() for word in info.responses):
        return Phase.CLOSE
    return PHASES[alert.kind.casefold()]


def _name_unreal(alert: Alert) -> str:
    """Return the chain of what is not actual: it has chains of its own, whatever it names."""
    sender, identifier, _ = min(
        alert.references, key=lambda each: each[2], default=(alert.sender, alert.identifier, "")
    )
    return f"{alert.status.casefold()}/{name_of(sender, identifier)}"


def _text(info: Info, alert: Alert) -> str:
    """Return headline (or event), description and instruction, without markup, and cut where it is a book."""
    values = info.values
    told = [values.get("headline") or values.get("event", ""), values.get("description", "")]
    told += [values.get("instruction", "")] if any(told) else [alert.values.get("note", "")]
    text = "\n".join(dict.fromkeys(part for part in told if part))
    return _TAG.sub(" ", _BREAK.sub("\n", text)).replace("\x00", "").strip()[:TEXT_MAX]


def _attributes(alert: Alert, info: Info, origin: Origin) -> dict[str, str | float | int | bool | None]:
    names = ("event", "headline", "urgency", "severity", "certainty", "category", "language", "sendername", "web")
    found = {name: info.values.get(name, "") for name in names}
    found |= {name: _instant(info.values.get(name, ""), origin) for name in TIMES}
    found |= {
        "identifier": alert.identifier,
        "sender": alert.sender,
        "status": alert.status,
        "message": alert.kind,
        "scope": alert.values.get("scope", ""),
        "codes": " ".join(info.codes),
        "response": " ".join(info.responses),
        "area": "; ".join(dict.fromkeys(area.text for area in info.areas if area.text)),
        "geocodes": " ".join([code for area in info.areas for code in area.codes][:CODES_MAX]),
        "area_broken": "true" if any(area.is_broken for area in info.areas) else "",
    }
    return {name: text.replace("\x00", "")[:WORD_MAX] for name, text in found.items() if text}


def _instant(text: str, origin: Origin) -> str:
    """Return a time that may lie ahead, in UTC; "" for none and for what is no time."""
    try:
        return parse_time(text, origin.zone_of(origin.source)).astimezone(UTC).isoformat()
    except (Unreadable, OverflowError):
        return ""


class Ground(NamedTuple):
    """A point for an area, and how far the area reaches from it in metres."""

    area: Area
    point: LonLat
    reach_m: float


def _ground(areas: Sequence[Area], here: LonLat | None) -> Ground | None:
    """Return the ground that reaches to `here`, else the first; None where no area has a shape."""
    grounds = [ground for area in areas for ground in _grounds(area)]
    if here is not None:
        for ground in grounds:
            if distance_m(ground.point, here) <= ground.reach_m:
                return ground
    return grounds[0] if grounds else None


def _grounds(area: Area) -> Iterator[Ground]:
    for ring in area.rings:
        centre = _centre(ring)
        yield Ground(area, centre, max(distance_m(centre, corner) for corner in ring))
    for centre, radius_km in area.circles:
        yield Ground(area, centre, radius_km * 1_000)


def _centre(ring: Sequence[LonLat]) -> LonLat:
    """Return the middle of a ring's extent; one that crosses 180 degrees is turned to lie on one side of it."""
    lons = [corner.lon for corner in ring]
    if max(lons) - min(lons) > 180:
        lons = [lon % 360 for lon in lons]
    lats = [corner.lat for corner in ring]
    lon = (min(lons) + max(lons)) / 2
    return LonLat(lon - 360 if lon > 180 else lon, (min(lats) + max(lats)) / 2)


FEED = Feed(
    name="cap",
    translate=translate,
    split=split,
    key=key,
    key_in_query=True,
    content_types=(*XML_TYPES, "application/cap+xml", "application/common-alerting-protocol+xml"),
    summary="CAP 1.0 to 1.2: public warnings in XML, and as GeoJSON of api.weather.gov",
    pointing=(
        "Let the warning service (or a job that reads its feed) post each alert to /api/v1/intake/cap with the key as "
        "a Bearer token or ?key=<key>. Give the source the point of the city in the pack: of several areas the one "
        "around it is taken."
    ),
)
