"""NGSI notifications of FIWARE context brokers: NGSI-LD (Orion-LD, Scorpio, Stellio) and NGSI version 2 (Orion).

An entity's numbers become readings, each with its own `observedAt`; an Alert (and two like it) becomes an event whose
episode is the entity. Entities come normalized, concise or simplified (keyValues), as GeoJSON features, bare, in a
notification, or in the envelope that brokers put around one on MQTT.

A notification tells a state, not a change, and may be lost or repeated. Numbers are taken as they stand: Smart Data
Models mix fractions (`fillingLevel` 0..1) and per cents, so the city's sensor types say what a metric means. A time
without a zone is UTC, as Orion has it.

Shapes: ETSI GS CIM 009, 4.5, 5.2.14, 5.3; NGSIv2 specification, "Notification messages"; smartdatamodels.org.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from dispatch.event import Event, Phase, Reading, Vocabulary
from dispatch.ids import EventId
from gis.point import LonLat
from services.feeds import Feed, Origin, Said, Unreadable
from services.feeds._common import check_name, check_text, decode, position, split_array
from services.feeds._measured import Value, as_number, find_position, first_time, make_note, make_readings, numbers_in

ENTITIES_MAX = 1_000
"""Entities in one message that could not be parted."""
NAME_MAX = 500
Entity = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Telling:
    """A type of entity that is a happening: the attributes that hold its kind and its words, and when it is over."""

    kinds: tuple[str, ...]
    words: tuple[str, ...]
    state: str = ""
    over: frozenset[str] = frozenset()


TELLING: Mapping[str, Telling] = {
    "Alert": Telling(("subCategory", "category"), ("description",)),
    "RoadAccident": Telling(("type",), ("description",), "status", frozenset({"solved"})),
    "IssueReporting": Telling(
        ("subCategory", "category"),
        ("comments", "description", "title"),
        "resolutionStatus",
        frozenset({"resolved", "closed"}),
    ),
}
SEVERITIES = {"informational": 1, "low": 1, "medium": 2, "high": 3, "critical": 3}
NO_NUMBERS = frozenset({"id", "type", "@id", "@type", "@context", "location", "address", "geometry", "bbox"})
OWNERS = ("refDevice", "refPointOfInterest", "stationCode", "stationID", "alertSource")
"""Attributes that name who observed, where the entity's own id is not a source's."""
OBSERVED = (
    "observedAt", "dateObserved", "dateObservedTo", "observationDateTime", "dateIssued", "accidentDate", "TimeInstant",
    "dateLastValueReported",
)  # fmt: skip
CHANGED = ("modifiedAt", "dateModified")


class Notification(msgspec.Struct, omit_defaults=True):
    """What of a notification is kept when it is parted."""

    data: tuple[msgspec.Raw, ...]
    notifiedAt: str = ""  # noqa: N815 - written out again under the standard's name
    subscriptionId: str = ""  # noqa: N815


def split(body: bytes) -> Sequence[bytes]:
    """Part a notification (or a plain array) into messages of one entity each; anything else is one message."""
    if body.lstrip()[:1] == b"[":
        return split_array(body)
    try:
        found = decode(body, Notification)
    except Unreadable:
        return (body,)
    if len(found.data) < 2:
        return (body,)
    return [msgspec.json.encode(msgspec.structs.replace(found, data=(entity,))) for entity in found.data]


def sender(body: bytes) -> str:
    """Return the id of the first entity, "" where none can be read."""
    try:
        _, entities = _read(body)
    except Unreadable:
        return ""
    return _text(entities[0].get("id")) if entities else ""


def translate(body: bytes, origin: Origin) -> Sequence[Said]:
    """Return the readings and events of the message's entities."""
    notified_at, entities = _read(body)
    if not entities:
        raise Unreadable("empty", "the notification holds no entity")
    if len(entities) > ENTITIES_MAX:
        raise Unreadable("size", f"{len(entities)} entities in one message; at most {ENTITIES_MAX}")
    said = [each for entity in entities for each in _say(entity, notified_at, origin)]
    return [msgspec.structs.replace(each, id=EventId(f"{origin.message_id}/{n}")) for n, each in enumerate(said)]


def _read(body: bytes) -> tuple[str, list[Entity]]:
    """Return when the broker sent it, "" where it does not say, and the entities, features opened."""
    value: Any = decode(body, Any)
    if isinstance(value, dict) and isinstance(value.get("body"), dict) and "metadata" in value:
        value = value["body"]
    notified_at = ""
    if isinstance(value, dict) and "data" in value and ("subscriptionId" in value or "notifiedAt" in value):
        notified_at, value = _text(value.get("notifiedAt")), value["data"]
    if isinstance(value, dict) and value.get("type") == "FeatureCollection":
        value = value.get("features")
    found = value if isinstance(value, list) else [value]
    entities = [_open(each) for each in found if isinstance(each, dict)]
    if len(entities) < len(found):
        raise Unreadable("shape", "neither an NGSI notification nor an entity")
    return notified_at, entities


def _open(entity: Entity) -> Entity:
    """Return the entity that a GeoJSON feature is (GS CIM 009, 4.5.16); its geometry is a location like any other."""
    properties = entity.get("properties")
    if entity.get("type") != "Feature" or not isinstance(properties, Mapping):
        return entity
    return {"location": entity.get("geometry"), **properties, "id": entity.get("id")}


def _say(entity: Entity, notified_at: str, origin: Origin) -> Sequence[Event | Reading]:
    name, kind = _text(entity.get("id") or entity.get("@id")), _type(entity)
    if not name or not kind:
        raise Unreadable("shape", "an entity needs `id` and `type`")
    telling = TELLING.get(kind)
    source = origin.child(check_name(name, NAME_MAX), *(_text(_value(entity.get(owner))) for owner in OWNERS))
    if telling is not None:
        return (_event(entity, telling, notified_at, origin, source.id, source.datum),)
    found = make_readings(FEED.name, origin, source.id, _measure(entity, kind, notified_at, origin))
    if found:
        return found
    at = first_time(origin.received_at, *_times(entity, notified_at), zone=False)
    return (make_note(FEED.name, origin, source.id, at, {"type": kind[:NAME_MAX]}),)


def _type(entity: Entity) -> str:
    """Return the type's short name; of several the first."""
    kind = entity.get("type") or entity.get("@type")
    return _short(_text(kind[0] if isinstance(kind, list) and kind else kind))


def _short(name: str) -> str:
    """Return the last part of a name that the broker has expanded to a URI."""
    return re.split(r"[/#]", name)[-1] if "://" in name else name


def _value(attribute: Any) -> Any:
    """Return the value of an attribute in any representation; of several data sets (`datasetId`) the first."""
    if isinstance(attribute, list) and attribute and all(isinstance(each, Mapping) for each in attribute):
        attribute = attribute[0]
    for wrapped in ("value", "object", "@value"):
        if isinstance(attribute, Mapping) and wrapped in attribute:
            attribute = attribute[wrapped]
    return attribute


def _text(value: object) -> str:
    value = value[0] if isinstance(value, list) and value else value
    return value if isinstance(value, str) else ""


def _times(entity: Entity, notified_at: str, attribute: Any = None) -> Iterable[str]:
    """Yield the times at which it may have been observed, the most particular first; of an interval its end."""
    own = attribute[0] if isinstance(attribute, list) and attribute else attribute
    own = own if isinstance(own, Mapping) else {}
    meta = own.get("metadata")
    holders = (own, meta if isinstance(meta, Mapping) else {}, entity)
    for names in (OBSERVED, CHANGED):
        for holder in holders:
            yield from (_text(_value(holder[name])).rpartition("/")[2] for name in names if name in holder)
    yield notified_at


def _measure(entity: Entity, kind: str, notified_at: str, origin: Origin) -> Iterator[Value]:
    if kind == "DeviceMeasurement":
        entity = {**entity, _text(_value(entity.get("controlledProperty"))) or "numValue": entity.get("numValue")}
        entity.pop("numValue", None)
    for name, attribute in entity.items():
        if name in NO_NUMBERS or name in OBSERVED or name in CHANGED:
            continue
        numbers = list(_numbers(_short(name), attribute))
        if numbers:
            at = first_time(origin.received_at, *_times(entity, notified_at, attribute), zone=False)
            yield from ((metric, value, at) for metric, value in numbers)


def _numbers(name: str, attribute: Any) -> Iterator[tuple[str, float]]:
    value = _value(attribute)
    if isinstance(value, Mapping) and "coordinates" in value:
        return
    if isinstance(value, str) and isinstance(attribute, Mapping) and attribute.get("type") in ("Number", "Integer"):
        value = _spoken_number(value)
    yield from numbers_in(value, name)


def _spoken_number(text: str) -> float | None:
    """IoT agents send numbers as text under the type Number."""
    try:
        return float(text)
    except ValueError:
        return None


def _event(entity: Entity, telling: Telling, notified_at: str, origin: Origin, source_id: Any, datum: str) -> Event:
    words = [word for name in telling.kinds if (word := _text(_value(entity.get(name))))]
    kind = next((found for word in words if (found := origin.kind_of_label(word))), "")
    said = next((text for name in telling.words if (text := _text(_value(entity.get(name))))), "")
    state = _text(_value(entity.get(telling.state))).casefold()
    entity_id = _text(entity.get("id") or entity.get("@id"))
    return Event(
        id=EventId(f"{origin.message_id}/0"),
        feed=FEED.name,
        source_id=source_id,
        vocabulary=Vocabulary.VIDEO if kind else Vocabulary.TEXT,
        kind=kind,
        text=check_text(said or " ".join(map(_spell, words))),
        observed_at=first_time(origin.received_at, *_times(entity, notified_at), zone=False),
        received_at=origin.received_at,
        phase=Phase.CLOSE if state in telling.over else Phase.UPDATE,
        episode=f"{source_id}/{entity_id}",
        severity=SEVERITIES.get(_text(_value(entity.get("severity"))).casefold(), 2),
        point=_point(_value(entity.get("location")), datum),
        place_text=check_text(_address(_value(entity.get("address")))),
        attributes={"entity": entity_id, "type": _type(entity), "words": " ".join(words)[:NAME_MAX]},
    )


def _spell(word: str) -> str:
    """Return the words of a camel-case name: `trafficJam` is "traffic jam"."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", word).lower()


def _address(value: Any) -> str:
    """Return a schema.org PostalAddress, or a text, as one line."""
    if isinstance(value, Mapping):
        parts = (_text(_value(value.get(name))) for name in ("addressLocality", "streetAddress", "streetNr"))
        return " ".join(part for part in parts if part)
    return _text(value)


def _point(geometry: Any, datum: str) -> LonLat | None:
    """Return a GeoJSON point, the middle of another geometry's corners, or an NGSIv2 `geo:point` ("lat, lon")."""
    if isinstance(geometry, str):
        lat, _, lon = geometry.partition(",")
        return find_position(_spoken_number(lon), _spoken_number(lat), datum)
    if not isinstance(geometry, Mapping):
        return None
    corners = list(_corners(geometry.get("coordinates")))
    if len(corners) == 1:
        return find_position(*corners[0], datum)
    if not corners:
        return None
    if any(abs(lon) > 180 or abs(lat) > 90 for lon, lat in corners):
        raise Unreadable("position", "a corner of the location is not on the globe")
    lons, lats = zip(*corners, strict=True)
    return position((min(lons) + max(lons)) / 2, (min(lats) + max(lats)) / 2, datum)


CORNERS_MAX = 10_000


def _corners(coordinates: Any, depth: int = 0) -> Iterator[tuple[float, float]]:
    """Yield each (lon, lat) of GeoJSON coordinates, however they are nested (RFC 7946: four levels at most)."""
    if not isinstance(coordinates, list) or depth > 4 or len(coordinates) > CORNERS_MAX:
        return
    numbers = [as_number(each) for each in coordinates[:2]]
    if len(numbers) == 2 and numbers[0] is not None and numbers[1] is not None:
        yield numbers[0], numbers[1]
        return
    for inner in coordinates:
        yield from _corners(inner, depth + 1)


FEED = Feed(
    name="ngsild",
    translate=translate,
    split=split,
    sender=sender,
    key_in_query=True,
    mqtt_topics=("wardline/ngsild/+",),
    summary="FIWARE context brokers: NGSI-LD and NGSI version 2 notifications, numbers and alerts",
    pointing=(
        "Subscribe at the broker with the endpoint <server>/api/v1/intake/ngsild and `receiverInfo` (NGSI-LD) or "
        "`httpCustom.headers` (NGSI version 2) `Authorization: Bearer <key>`, or mqtt://<broker>/wardline/ngsild/"
        "<source>. Ask for `dateModified` among the attributes, so that a state that comes back is told from a repeat."
    ),
)
