"""Milestone XProtect: analytics events in XML, and events and alarms in the JSON of its API gateway.

XML is what analytics send to the event server (`AnalyticsEvent`, or `Alert` of the older MAD interface): it tells of a
moment, so it is a pulse, whatever span it names; camera and message are the episode, so that an engine that repeats
itself tells of one happening. JSON is what a relay reads of the gateway and posts as it is: a frame of the Events and
State WebSocket (`events`, or `states`, which tell how things stand: Phase.SYNC) or alarms of the REST API (`array`,
`data`), one or many. An alarm is an episode of its own: new opens it, in progress and on hold go on, closed ends it.
Answers to commands say nothing.

The word looked up in the city's video types is the event's `Message`, with the object that triggered it before it
(`My event/Person`), then its name and its type; XProtect's types in JSON are GUIDs, which may stand in the table too.
What the table does not have says nothing. A camera is named by its GUID, its name or its address.

Shapes: XProtect `AnalyticsEvent.xsd` and `Alert.xsd` (urn:milestone-systems); doc.developer.milestonesys.com, "Events
and State WebSocket API" and "RESTful Alarms API". Boxes are fractions of the picture from its top left corner.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from dispatch.city import Source
from dispatch.event import Event, Phase, Vocabulary
from dispatch.ids import EventId
from services.feeds import XML_TYPES, Feed, Origin, Said, Unreadable
from services.feeds._common import TEXT_MAX, check_time, decode, parse_time, split_array
from services.feeds._video import Meaning, find_meaning
from services.feeds._xml import Node, from_json, number, read_xml, split_elements

ROOTS = ("AnalyticsEvent", "Alert")
HEADERS = ("EventHeader", "AlertHeader")
WRAPPERS = ("events", "states", "array")
"""Members that hold many: frames of the WebSocket, lists of the REST API."""
WORD_MAX = 120
"""Characters of a name (a message, a type, a camera) that are kept."""
NOBODY = "00000000-0000-0000-0000-000000000000"
"""The GUID of what has none."""

LEVELS: Mapping[str, Phase] = {"1": Phase.OPEN, "4": Phase.UPDATE, "9": Phase.UPDATE, "11": Phase.CLOSE}
"""`stateLevel` of an alarm: new, in progress, on hold, closed."""
STATES: Mapping[str, Phase] = {
    "new": Phase.OPEN, "in progress": Phase.UPDATE, "on hold": Phase.UPDATE, "closed": Phase.CLOSE,
}  # fmt: skip
"""The names of these; a city may have added others, which go on."""
PRIORITIES: Mapping[str, int] = {"1": 3, "2": 2, "3": 1, "high": 3, "medium": 2, "low": 1}
"""`priorityLevel` of an alarm, or its name -> ours."""

_ID = re.compile(rb"<(?:\w{1,20}:)?ID>\s*\{?([0-9A-Fa-f-]{32,36})\}?\s*<")


def split(body: bytes) -> Sequence[bytes]:
    """Part a document or a frame into its events; what else a frame says stands with none of them."""
    start = body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if start == b"<":
        found = (split_elements(body, root) for root in ROOTS)
        return next((parts for parts in found if len(parts) > 1), [body])
    if start == b"[":
        return split_array(body)
    try:
        members = decode(body, dict[str, msgspec.Raw])
        for name in WRAPPERS:
            parts = split_array(bytes(members[name])) if name in members else []
            if parts and parts != [b"[]"]:
                return [_marked(part) for part in parts] if name == "states" else parts
    except Unreadable:
        pass  # it is one (unreadable) message
    return [body]


def _marked(part: bytes) -> bytes:
    """Return a state as a frame of its own, by which it is told from an event."""
    return b'{"states":[' + part + b"]}" if part.lstrip()[:1] == b"{" else part


def key(part: bytes) -> bytes | None:
    """Return the GUID of an analytics event, None where it has none: most engines leave it nought."""
    found = _ID.search(part[:4_096]) if part.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") else None
    return found.group(1).lower() if found and found.group(1).decode().strip("0-") else None


def translate(body: bytes, origin: Origin) -> Sequence[Said]:
    """Return the event of the message; none for what the city has no type for and for an answer to a command."""
    if body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"["):
        value = decode(body, Any)
        if isinstance(value, dict) and any(value.get(name) == [] for name in WRAPPERS):
            return ()
        return _translate_json(from_json(value), origin)
    root = read_xml(body)
    found = next((node for name in ROOTS for node in root.within(name)), None)
    if found is None:
        raise Unreadable("shape", f"<{root.name[:WORD_MAX]}> is no analytics event")
    return _analytics(found, origin)


def _analytics(event: Node, origin: Origin) -> Sequence[Said]:
    header = next((node for name in HEADERS if (node := event.find(name))), None)
    if header is None:
        raise Unreadable("shape", f"<{event.name}> without its header")
    message = header.value("Message") or header.value("Name") or header.value("Type")
    if not message:
        raise Unreadable("shape", "an analytics event without Message")
    source = origin.child(*_camera_names(header))
    seen = _trigger(event)
    words = _words(message, seen.value("Name") if seen else "", header.value("Type"), header.value("Class"))
    meaning = find_meaning(words, source, origin, frozenset())
    if meaning is None:
        return ()
    told = header.value("Timestamp") or event.value("StartTime")
    attributes = {
        "label": message,
        "type": header.value("Type"),
        "tag": header.value("CustomTag"),
        "place": event.value("Location"),
        "count": event.value("Count"),
        "object": seen.value("Value") if seen else "",
        "box": _box(seen) if seen else "",
        "vendor": event.value("Vendor", "Name"),
        "began": event.value("StartTime"),
        "ended": event.value("EndTime"),
    }
    return (
        _event(
            meaning,
            source,
            origin,
            Told(
                at=_time(told, source, origin),
                phase=Phase.PULSE,
                episode=f"{source.id}/{message[:WORD_MAX]}",
                text=event.value("Description"),
                attributes=attributes,
            ),
        ),
    )


def _camera_names(header: Node) -> Iterator[str]:
    """Yield what the pack may call the camera: its GUID, its name or address, the address without the channel."""
    where = header.find("Source") or Node("source")
    guid = (where.value("FQID", "ObjectId") or where.value("ObjectId")).strip("{}")
    yield from _cases(guid)
    name = where.value("Name")
    yield name
    yield name.partition(",")[0]


def _cases(guid: str) -> Iterator[str]:
    """Yield a GUID as it came and as packs may write it."""
    if guid and guid != NOBODY:
        yield from dict.fromkeys((guid, guid.lower(), guid.upper()))


def _trigger(event: Node) -> Node | None:
    """Return the object that triggered the alarm, else the first."""
    objects = [node for node in event.within("Object") if node.children]
    return next(
        (node for node in objects if node.value("AlarmTrigger").casefold() == "true"), next(iter(objects), None)
    )


def _words(*names: str) -> Iterator[str]:
    """Yield the first name with the second (what was seen), then the names alone."""
    if names[0] and names[1]:
        yield f"{names[0][:WORD_MAX]}/{names[1][:WORD_MAX]}"
    yield from (name[:WORD_MAX] for name in names if name)


def _box(seen: Node) -> str:
    """Return left, top, right and bottom of an object, "" where it has no shape."""
    box = seen.find("BoundingBox")
    if box is not None:
        edges = [number(box.value(name)) for name in ("Left", "Top", "Right", "Bottom")]
    else:
        points = [(number(point.value("X")), number(point.value("Y"))) for point in seen.within("Point")]
        xs, ys = [x for x, _ in points if x is not None], [y for _, y in points if y is not None]
        edges = [min(xs), min(ys), max(xs), max(ys)] if xs and ys else []
    return ",".join(f"{edge:g}" for edge in edges if edge is not None) if edges and None not in edges else ""


def _translate_json(told: Node, origin: Origin) -> Sequence[Said]:
    state = next(iter(told.list("states")), None)
    # The data of an event are its own, not the whole of it; those of an answer of the REST API are.
    is_event = bool(told.value("type") and _source_of(told))
    item = state or (told if is_event or _is_alarm(told) else told.find("data")) or told
    if told.value("commandId") and not item.value("type"):
        return ()
    if _is_alarm(item):
        return _alarm(item, origin)
    if not item.value("type") or not _source_of(item):
        raise Unreadable("shape", "neither an event nor an alarm of XProtect")
    return _gateway_event(item, origin, is_state=state is not None)


def _is_alarm(item: Node) -> bool:
    return any(item.find(name) for name in ("stateLevel", "stateName", "priorityLevel", "priorityName", "priority"))


def _source_of(item: Node) -> str:
    return item.value("source") or item.value("source", "id") or item.value("source", "name")


def _gateway_names(item: Node) -> Iterator[str]:
    """Yield what the pack may call the source of `cameras/<GUID>`."""
    named = _source_of(item)
    yield from _cases(named.rpartition("/")[2])
    yield named
    yield item.value("source", "name")
    yield item.value("sourceName")


def _gateway_event(item: Node, origin: Origin, *, is_state: bool) -> Sequence[Said]:
    data = item.find("data") or Node("data")
    source = origin.child(*_gateway_names(item))
    name = data.value("message") or data.value("name") or item.value("name")
    seen = _trigger_json(data)
    meaning = find_meaning(_words(name, seen, item.value("type")), source, origin, frozenset())
    if meaning is None:
        return ()
    word = name or item.value("type")
    attributes = {
        "label": word,
        "type": item.value("type"),
        "tag": data.value("customTag"),
        "place": data.value("location"),
        "object": seen,
        "vendor": data.value("vendor") or data.value("vendor", "name"),
        "began": data.value("startTime"),
        "ended": data.value("endTime"),
    }
    return (
        _event(
            meaning,
            source,
            origin,
            Told(
                at=_time(item.value("time") or data.value("startTime"), source, origin),
                phase=Phase.SYNC if is_state else Phase.PULSE,
                episode=f"{source.id}/{word[:WORD_MAX]}",
                text=data.value("description"),
                attributes=attributes,
            ),
        ),
    )


def _trigger_json(data: Node) -> str:
    """Return the name of the first object of an analytics event, "" where it has none."""
    return next((node.value("name") for node in (*data.list("objects"), *data.list("objectList"))), "")


def _alarm(item: Node, origin: Origin) -> Sequence[Said]:
    number_of = item.value("id")
    if not number_of:
        raise Unreadable("shape", "an alarm without its id")
    source = origin.child(*_gateway_names(item))
    name = item.value("name") or item.value("message")
    meaning = find_meaning(_words(name, "", item.value("message"), item.value("type")), source, origin, frozenset())
    if meaning is None:
        return ()
    level, state = item.value("stateLevel"), item.value("stateName") or item.value("state")
    phase = LEVELS.get(level) or STATES.get(state.casefold()) or LEVELS.get(state) or Phase.UPDATE
    priority = item.value("priorityLevel") or item.value("priority") or item.value("priorityName")
    attributes = {
        "label": name,
        "type": item.value("type"),
        "alarm": number_of,
        "tag": item.value("customTag"),
        "place": item.value("location"),
        "priority": item.value("priorityName") or priority,
        "state": state or level,
    }
    return (
        _event(
            meaning,
            source,
            origin,
            Told(
                at=_time(item.value("time") or item.value("timestamp"), source, origin),
                phase=phase,
                episode=f"{source.id}/alarm/{number_of[:WORD_MAX]}",
                severity=PRIORITIES.get(priority.casefold(), 2),
                text=item.value("description") or item.value("message"),
                attributes=attributes,
            ),
        ),
    )


def _time(text: str, source: Source, origin: Origin) -> datetime:
    if not text:
        return origin.received_at
    return check_time(parse_time(text, origin.zone_of(source)), origin.received_at)


class Told(NamedTuple):
    """What a message tells of the happening, whatever its shape."""

    at: datetime
    phase: Phase
    episode: str
    text: str
    attributes: Mapping[str, str]
    severity: int = 2


def _event(meaning: Meaning, source: Source, origin: Origin, told: Told) -> Event:
    return Event(
        id=EventId(f"{origin.message_id}/0"),
        feed=FEED.name,
        source_id=source.id,
        vocabulary=Vocabulary.VIDEO,
        kind=meaning.kind,
        text=told.text.replace("\x00", "")[:TEXT_MAX],
        observed_at=told.at,
        received_at=origin.received_at,
        phase=told.phase,
        episode=told.episode.replace("\x00", ""),
        severity=told.severity,
        confidence=meaning.confidence,
        attributes={name: value.replace("\x00", "")[:WORD_MAX] for name, value in told.attributes.items() if value},
    )


FEED = Feed(
    name="milestone",
    translate=translate,
    split=split,
    key=key,
    key_in_query=True,
    content_types=XML_TYPES,
    summary="Milestone XProtect: analytics events in XML, events and alarms of its API gateway in JSON",
    pointing=(
        "Let the analytics that post AnalyticsEvent XML to the event server (port 9090) post it to "
        "/api/v1/intake/milestone?key=<key> as well; or run a relay that posts each frame of "
        "wss://<gateway>/api/ws/events/v1, or the answers of /api/rest/v1/alarms, there as they are. A camera's "
        "`external_id` in the pack is its GUID in XProtect, its name or its address. Put the messages of your "
        "analytics (Management Client > Rules and Events > Analytics Events) into `labels` of video_types.csv."
    ),
)
