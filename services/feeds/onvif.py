"""ONVIF events, in the dialect of Axis too: WS-BaseNotification in SOAP and in metadata streams, and `onvif-ej` JSON.

A body holds `NotificationMessage`s: of `Notify`, of a `PullMessagesResponse`, of a `MetadataStream`; each is read by
itself. Topic, source and key make a property this one (ONVIF Core, 9.4.5), so they are the episode: `Changed` to true
opens it, to false closes it, as `Deleted` does, for what no longer exists can no longer be so. `Initialized` is what a
device says of every property when somebody subscribes: a state, nothing has happened (Phase.SYNC, which opens no case).
A topic without a state (a line was crossed) is a pulse.

JSON has no PropertyOperation; a retained message of a broker cannot be told from a new one, which the episode makes up
for. The topic is that of the message (`topic`, as Axis writes it), else that under which a broker had it: plain
`onvif-ej` comes as `<prefix>/onvif-ej/<topic>/&<values of the source>`, where no bytes at all mean that the property is
deleted. `onvif:` and `axis:` are read as `tns1:` and `tnsaxis:`. Axis' ...ANY scenarios repeat the others: leave them
out there.

Health of the device (SignalLoss, StorageFailure, tampering) and every topic that the city's video types do not have say
nothing. A signature or a password in the SOAP header is not looked at: the source's key says who it is.

Shapes: ONVIF Core Specification, 9 (events) and 9.7 (MQTT); OASIS WS-BaseNotification 1.3; VAPIX MQTT event bridge;
messages captured of Axis cameras from 2019 to 2024.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple
from urllib.parse import parse_qs

from dispatch.city import Source
from dispatch.event import Event, Phase, Vocabulary
from dispatch.ids import EventId
from services.feeds import XML_TYPES, Feed, Origin, Said, Unreadable, part_address, with_address
from services.feeds._common import check_time, decode, from_epoch, parse_time, split_array
from services.feeds._video import Meaning, find_meaning
from services.feeds._xml import Node, from_json, number, read_xml, split_elements

NOTIFICATION = "NotificationMessage"
ROOTS = frozenset({"envelope", "metadatastream", "notify", "pullmessagesresponse", "notificationmessage"})
NOTIFICATIONS_MAX = 1_000
"""Of one document; a body of more is parted before."""
ITEMS_MAX = 32
"""SimpleItems of one list that are read."""
WORD_MAX = 120
"""Characters of a topic or a value that are kept."""

STATES = (
    "state", "active", "logicalstate", "triggered", "status", "alert", "alarm",
)  # fmt: skip
"""Data items that hold the state of a property, the likeliest first (ONVIF topic namespace; VAPIX declarations)."""
ON = frozenset({"true", "1", "active", "on", "yes"})
OFF = frozenset({"false", "0", "inactive", "off", "no"})
RULES = frozenset(
    {
        "tns1:ruleengine/linedetector/crossed",
        "tns1:ruleengine/fielddetector/objectsinside",
        "tnsaxis:cameraapplicationplatform/fenceguard",
        "tnsaxis:cameraapplicationplatform/objectanalytics",
    }
)
"""Topics of a line or a region that somebody has drawn, whatever was in it."""
CHANNELS = (
    "videosourceconfigurationtoken", "videosourcetoken", "videosource", "source", "videosourceconfiguration", "channel",
)  # fmt: skip
"""Source items that name the picture: the camera, where a device has several."""
ANALYTICS = ("videoanalyticsconfigurationtoken", "analyticsconfiguration", "videoanalyticsconfiguration")
"""Source items that name the analytics module; its rule is `rule`."""
SEEN = ("classtypes", "classtype", "objecttype", "type", "likelihoodclass")
"""Data items that say what was seen."""

_PREFIXES: Mapping[str, str] = {"onvif": "tns1", "axis": "tnsaxis", "tns": "tns1"}
_CAMERA = re.compile(r"/(?:Camera|Device)(\d{1,3})")
_TIMES = (b"UtcTime", b"timestamp")


class Notice(NamedTuple):
    """One notification: `topic` in the words of the specification, items by lower-case name."""

    topic: str
    operation: str
    at: datetime | None
    source: Mapping[str, str]
    key: Mapping[str, str]
    data: Mapping[str, str]
    names: tuple[str, ...]
    """What else names the sender."""
    identity: str = ""
    """The values of the source by the topic: what is deleted tells nothing else of itself."""


def split(body: bytes) -> Sequence[bytes]:
    """Part a body into its notifications, each under the address of the whole."""
    address, message = part_address(body)
    parts = split_array(message) if message.lstrip()[:1] == b"[" else split_elements(message, NOTIFICATION)
    return [with_address(address, part) for part in parts] if address else parts


def is_timeless(part: bytes) -> bool:
    """Say whether the message tells no time; few devices leave it out."""
    return not any(name in part for name in _TIMES)


def translate(body: bytes, origin: Origin) -> Sequence[Said]:
    """Return the events of the notifications in the body; none for what the city has no type for."""
    said: list[Said] = []
    for notice in _read(body, origin):
        source = origin.child(*_names(notice))
        meaning = find_meaning(_words(notice), source, origin, RULES)
        if meaning:
            said.append(_event(notice, meaning, source, origin, nth=len(said)))
    return said


def _read(body: bytes, origin: Origin) -> Sequence[Notice]:
    address, body = part_address(body)
    where = _read_address(address)
    if not body.strip() and where.topic:
        gone: Mapping[str, Mapping[str, str]] = {"source": {}, "key": {}, "data": {}}
        return [
            Notice(_canonical(where.topic), "deleted", None, **gone, names=where.values[:1], identity=where.identity)
        ]
    if body.lstrip()[:1] == b"{":
        return [_read_json(from_json(decode(body, Any)), origin, where)]
    root = read_xml(body)
    if root.name not in ROOTS:
        raise Unreadable("shape", f"<{root.name[:WORD_MAX]}> is no message of ONVIF events")
    found = root.within(NOTIFICATION)
    if len(found) > NOTIFICATIONS_MAX:
        raise Unreadable("size", f"{len(found)} notifications; at most {NOTIFICATIONS_MAX}")
    return [_read_notification(node) for node in found]


def _read_notification(node: Node) -> Notice:
    """Read wsnt:NotificationMessage, whose Message holds a tt:Message."""
    topic, message = node.value("Topic"), node.find("Message", "Message")
    if not topic or message is None:
        raise Unreadable("shape", "a notification without Topic or Message")
    told_at = message.attributes.get("utctime", "")
    return Notice(
        topic=_canonical(topic),
        operation=message.attributes.get("propertyoperation", "").casefold(),
        at=parse_time(told_at, UTC) if told_at else None,
        source=_items(message.find("Source")),
        key=_items(message.find("Key")),
        data=_items(message.find("Data")),
        names=(node.value("ProducerReference", "Address"),),
    )


def _items(group: Node | None) -> Mapping[str, str]:
    found = group.list("SimpleItem")[:ITEMS_MAX] if group else ()
    return {item.attributes.get("name", "").casefold(): item.attributes.get("value", "").strip() for item in found}


class Where(NamedTuple):
    """What the topic of a broker says: the topic of the property, and the values of its source."""

    topic: str
    values: tuple[str, ...]

    @property
    def identity(self) -> str:
        return "/".join(self.values)[: 2 * WORD_MAX]


def _read_address(address: str) -> Where:
    """Read `<prefix>/onvif-ej/<topic>[/&<value>[/<value>...]]`; a query may name one as `topic`."""
    named = parse_qs(address[1:]).get("topic", [""])[-1] if address[:1] == "?" else address
    topic, _, values = named.partition("onvif-ej/")[2].partition("/&")
    return Where(topic, tuple(value for value in values.split("/") if value)[:ITEMS_MAX])


def _read_json(told: Node, origin: Origin, where: Where) -> Notice:
    """Read `onvif-ej` (ONVIF Core, 9.7: UtcTime, Source, Key, Data) or Axis' bridge (timestamp in ms, message)."""
    topic = told.value("topic") or where.topic
    if not topic:
        raise Unreadable("shape", "an event without its topic")
    inner = told.find("message") or told
    milliseconds = number(told.value("timestamp"))
    utc = told.value("UtcTime") or inner.value("UtcTime")
    at = from_epoch(milliseconds / 1_000, origin.received_at) if milliseconds is not None else None
    source, key, data = (_members(inner.find(name)) for name in ("Source", "Key", "Data"))
    return Notice(
        topic=_canonical(topic.partition("onvif-ej/")[2] or topic),
        # Only what was deleted has nothing to say of itself (an empty payload at the broker).
        operation=told.value("PropertyOperation").casefold() or ("" if source or key or data else "deleted"),
        at=parse_time(utc, UTC) if utc else at,
        source=source,
        key=key,
        data=data,
        names=(told.value("serial"),),
        identity=where.identity,
    )


def _members(group: Node | None) -> Mapping[str, str]:
    return {node.name: node.text for node in (group.children[:ITEMS_MAX] if group else ())}


def _canonical(topic: str) -> str:
    """Return the topic with the prefixes of the specification: every level that changes its namespace has one."""
    levels = []
    for level in topic.strip().strip("/").split("/"):
        if level.startswith("&"):  # `onvif-ej` puts the source's values behind an ampersand; they stand in Source too
            break
        prefix, mark, name = level.rpartition(":")
        levels.append(f"{_PREFIXES.get(prefix, prefix)}:{name}" if mark else level)
    if levels and ":" not in levels[0]:
        levels[0] = f"tns1:{levels[0]}"
    return "/".join(levels)[: 2 * WORD_MAX]


def _words(notice: Notice) -> Iterator[str]:
    """Yield the topic with what was seen, then shorter and shorter: the last levels may be names that people gave."""
    levels = notice.topic.split("/")
    seen = next((notice.data[name] for name in SEEN if notice.data.get(name)), "")
    for count in range(len(levels), max(len(levels) - 2, 1), -1):
        word = "/".join(levels[:count])
        if seen:
            yield f"{word}/{seen[:WORD_MAX]}"
        yield word


def _names(notice: Notice) -> Iterator[str]:
    """Yield what the pack may call the camera: the token of the picture, its number at Axis, the device."""
    yield from (notice.source[name] for name in CHANNELS if notice.source.get(name))
    if found := _CAMERA.search(notice.topic):
        yield found.group(1)
    yield from notice.names


def _event(notice: Notice, meaning: Meaning, source: Source, origin: Origin, *, nth: int) -> Event:
    return Event(
        id=EventId(f"{origin.message_id}/{nth}"),
        feed=FEED.name,
        source_id=source.id,
        vocabulary=Vocabulary.VIDEO,
        kind=meaning.kind,
        observed_at=check_time(notice.at, origin.received_at) if notice.at else origin.received_at,
        received_at=origin.received_at,
        phase=_phase(notice),
        episode=f"{source.id}/{notice.topic}/{_identity(notice)}",
        confidence=meaning.confidence,
        attributes=_attributes(notice),
    )


def _phase(notice: Notice) -> Phase:
    if notice.operation == "initialized":
        return Phase.SYNC
    if notice.operation == "deleted":
        return Phase.CLOSE
    state = _state(notice.data)
    if state is None:
        return Phase.PULSE
    return Phase.OPEN if state else Phase.CLOSE


def _state(data: Mapping[str, str]) -> bool | None:
    """Return the state of a property, None where the data hold none: an item that is known to, or named so (IsInside,
    is_moving, on_preset), else a plain boolean.
    """
    told = [
        data[name] for name in (*STATES, *(name for name in data if name.startswith(("is", "on_")))) if name in data
    ]
    told += [value for value in data.values() if value.casefold() in ("true", "false")]
    return next((text in ON for text in map(str.casefold, told) if text in ON or text in OFF), None)


def _identity(notice: Notice) -> str:
    if notice.identity:
        return notice.identity
    items = [*sorted(notice.source.items()), *sorted(notice.key.items())]
    return ",".join(f"{name}={value}" for name, value in items)[: 2 * WORD_MAX]


def _attributes(notice: Notice) -> dict[str, str | float | int | bool | None]:
    """Return all items under their own names in lower case, then topic, picture and analytics module under ours."""
    found: dict[str, str] = {}
    for items in (notice.source, notice.key, notice.data):
        found |= items
    for name, names in (("source", CHANNELS), ("analytics", ANALYTICS)):
        found[name] = next((notice.source[each] for each in names if notice.source.get(each)), "")
    found["topic"] = notice.topic
    return {name[:WORD_MAX]: value[:WORD_MAX] for name, value in found.items() if name and value}


FEED = Feed(
    name="onvif",
    translate=translate,
    split=split,
    is_timeless=is_timeless,
    key_in_query=True,
    has_address=True,
    mqtt_topics=("+/onvif-ej/#", "+/+/onvif-ej/#"),
    content_types=XML_TYPES,
    summary="ONVIF events: SOAP notifications, pulled messages, metadata, and JSON (Axis among them)",
    pointing=(
        "Let Wardline pull it: `--pull http://<camera>` (a pull point of /onvif/event_service), with a user for ONVIF "
        "in WARDLINE_PULL_SECRETS. Or subscribe with /api/v1/intake/onvif?key=<key> as the ConsumerReference "
        "(Subscribe of the event service). By MQTT: a camera that speaks `onvif-ej` publishes to the broker of "
        "WARDLINE_MQTT_URL with the source's name as its TopicPrefix; Axis: System > MQTT > Publish, with the topic "
        "wardline/onvif/<source> and 'Append event topic' off. A camera is known by its `external_id` in the pack: "
        "the video source's token, or the serial."
    ),
)
