"""NVIDIA DeepStream (Gst-nvmsgconv): the full schema, one object a message, and the minimal one, a frame a message.

A full message is an event of one tracked object: `entry` opens, `exit` closes, the others (`moving`, `stopped`,
`parked`) go on; sensor and tracking id are the episode. What must last before it counts (a parked car) says nothing
until the analytics say that it is parked. A minimal message tells a frame and no event, many times a minute: it becomes
readings, how many objects of each class it shows (`objects.person`), for the city's rules to judge.

Boxes are in pixels from the upper left. Coordinates are 0 where the pipeline was given none.

Shapes: DeepStream 6 and 7, "Gst-nvmsgconv", payload types 0 and 1; docs.nvidia.com/metropolis/deepstream.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from dispatch.city import Source
from dispatch.event import Event, Phase, Vocabulary
from dispatch.ids import EventId
from gis.point import LonLat
from services.feeds import Feed, Origin, Said, Unreadable
from services.feeds._common import check_name, decode, share
from services.feeds._measured import as_number, find_position, first_time, make_note, make_readings

PHASES = {
    "entry": Phase.OPEN,
    "moving": Phase.UPDATE,
    "stopped": Phase.UPDATE,
    "parked": Phase.UPDATE,
    "exit": Phase.CLOSE,
    "empty": Phase.CLOSE,
    "reset": Phase.SYNC,
}
LASTED = frozenset({"parked"})
"""Types by which the analytics say that an object has stood for long."""
CLASSES = ("vehicle", "person", "face", "bag", "bicycle", "roadsign", "product")
NAME_MAX = 200
OBJECTS_MAX = 1_000
"""Objects of one frame."""


class Where(msgspec.Struct):
    lat: float | None = None
    lon: float | None = None


class Named(msgspec.Struct):
    id: str = ""
    name: str = ""
    type: str = ""
    location: Where | None = None


class Box(msgspec.Struct):
    topleftx: float
    toplefty: float
    bottomrightx: float
    bottomrighty: float


class What(msgspec.Struct):
    id: str = ""
    type: str = ""


class Full(msgspec.Struct):
    """Payload type 0. Fields that we do not use are ignored, as for every vendor's format."""

    messageid: str
    sensor: Named
    object: Mapping[str, Any]
    event: What
    timestamp: str = msgspec.field(default="", name="@timestamp")
    place: Named | None = None
    video: str = msgspec.field(default="", name="videoPath")


class Frame(msgspec.Struct, rename="camel"):
    """Payload type 1: `objects` are texts, `trackingId|left|top|right|bottom|class[|#|attribute...|confidence]`."""

    sensor_id: str
    objects: tuple[str, ...]
    id: str = ""
    timestamp: str = msgspec.field(default="", name="@timestamp")


class Probe(msgspec.Struct):
    """Tells the two schemas apart."""

    messageid: str = ""
    sensor: Named | None = None
    sensor_id: str = msgspec.field(default="", name="sensorId")


def key(body: bytes) -> bytes | None:
    """Return the id of a full message; a frame is told from others by all its bytes."""
    try:
        found = decode(body, Probe).messageid
    except Unreadable:
        return None
    return found.encode("utf-8", "surrogatepass") or None


def sender(body: bytes) -> str:
    """Return the camera, "" where none can be read."""
    try:
        probe = decode(body, Probe)
    except Unreadable:
        return ""
    return probe.sensor_id or (probe.sensor.id if probe.sensor else "")


def translate(body: bytes, origin: Origin) -> Sequence[Said]:
    """Return the event of a full message (none for what the city has no type for), or the counts of a frame."""
    if decode(body, Probe).sensor_id:
        return _frame(decode(body, Frame), origin)
    return _full(decode(body, Full), origin)


def _full(message: Full, origin: Origin) -> Sequence[Said]:
    phase = PHASES.get(message.event.type.casefold())
    if phase is None:
        raise Unreadable("shape", f"an event of type {message.event.type[:80]!r}; we know {', '.join(PHASES)}")
    camera, source = check_name(message.sensor.id, NAME_MAX), origin.child(message.sensor.id, message.sensor.name)
    name, details = _class_of(message.object)
    kind = next((kind for word in _words(name, details) if (kind := origin.kind_of_label(word))), "")
    is_too_short = origin.dwell_s(kind) > 0 and phase is not Phase.CLOSE and message.event.type not in LASTED
    at = first_time(origin.received_at, message.timestamp)
    if not kind or is_too_short:
        return (make_note(FEED.name, origin, source.id, at, {"camera": camera, "label": name[:NAME_MAX]}),)
    confidence = as_number(details.get("confidence"))
    return (
        Event(
            id=EventId(f"{origin.message_id}/0"),
            feed=FEED.name,
            source_id=source.id,
            vocabulary=Vocabulary.VIDEO,
            kind=kind,
            observed_at=at,
            received_at=origin.received_at,
            phase=phase,
            episode=f"{source.id}/{camera}/{message.object.get('id', '')}",
            confidence=share(confidence),
            point=_point(message, source, origin),
            attributes=_attributes(message, camera, name),
        ),
    )


def _class_of(seen: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    """Return the object's class and what the classifiers say of it: it stands under the class's name."""
    for name in CLASSES:
        details = seen.get(name)
        if isinstance(details, Mapping):
            return name, details
    return "", {}


def _words(name: str, details: Mapping[str, Any]) -> Sequence[str]:
    """The finer word (a truck) counts before the class (a vehicle)."""
    finer = details.get("type")
    return (finer, name) if isinstance(finer, str) and finer else (name,)


def _point(message: Full, source: Source, origin: Origin) -> LonLat | None:
    """Where the object is; where the camera is only if the city does not know the camera."""
    seen = message.object.get("location")
    places = [(seen.get("lon"), seen.get("lat"))] if isinstance(seen, Mapping) else []
    if source.id == origin.source.id and source.point is None:
        known = (each.location for each in (message.sensor, message.place) if each and each.location)
        places += [(each.lon, each.lat) for each in known]
    points = (find_position(lon, lat, source.datum) for lon, lat in places)
    return next((point for point in points if point), None)


def _attributes(message: Full, camera: str, name: str) -> dict[str, str | float | int | bool | None]:
    found: dict[str, str | float | int | bool | None] = {"camera": camera, "label": name, "event": message.event.type}
    if message.place and message.place.name:
        found["place"] = message.place.name[:NAME_MAX]
    box = message.object.get("bbox")
    if isinstance(box, Mapping):
        edges = msgspec.structs.astuple(_box(box))
        found["box"] = ",".join(f"{edge:g}" for edge in edges)
    return found


def _box(box: Mapping[str, Any]) -> Box:
    try:
        return msgspec.convert(box, Box)
    except msgspec.ValidationError as error:
        raise Unreadable("shape", f"bbox: {error}") from None


def _frame(frame: Frame, origin: Origin) -> Sequence[Said]:
    if len(frame.objects) > OBJECTS_MAX:
        raise Unreadable("size", f"{len(frame.objects)} objects in one frame; at most {OBJECTS_MAX}")
    source = origin.child(check_name(frame.sensor_id, NAME_MAX))
    at = first_time(origin.received_at, frame.timestamp)
    counts = Counter(_label(each) for each in frame.objects)
    counted = [(f"objects.{label}", float(number), at) for label, number in sorted(counts.items())]
    return make_readings(FEED.name, origin, source.id, [("objects", float(len(frame.objects)), at), *counted])


def _label(line: str) -> str:
    fields = line.split("|")
    if len(fields) < 6:
        raise Unreadable("shape", f"an object of {len(fields)} fields; it needs an id, a box of four and a class")
    return check_name(fields[5].strip().casefold(), NAME_MAX)


FEED = Feed(
    name="deepstream",
    translate=translate,
    key=key,
    sender=sender,
    mqtt_topics=("wardline/deepstream/+",),
    summary="NVIDIA DeepStream: events of tracked objects, and counts of what frames show",
    pointing=(
        "In the pipeline set nvmsgconv `payload-type=0` (events) or 1 (frames) and nvmsgbroker with "
        "libnvds_mqtt_proto.so, `conn-str=<broker>;1883`, `topic=wardline/deepstream/<source>`; or post the payload to "
        "/api/v1/intake/deepstream. A camera's `external_id` is the sensor id of the nvmsgconv config."
    ),
)
