"""Dahua cameras and recorders, and those sold as Amcrest, Intelbras or Lorex: the events of `eventManager.cgi`.

`Code=<what>;action=Start|Stop|Pulse;index=<channel from 0>;data={...}`, as text, one or many, as parts of the stream
`multipart/x-mixed-replace`, or as JSON (`{"Code": ..., "Action": ..., "Index": ..., "Data": {...}}`) from a relay.
`data` is JSON over several lines whose texts hold `;`, `=` and braces that people have typed, so a message is parted
where its line begins, never at a semicolon within; one that was cut off is unreadable by itself.

Code and index are the episode; a Pulse has no end. `Heartbeat` says that the stream lives. It and an event without
`data` hold no time: each counts as it comes. Faults of the device itself (VideoLoss, StorageFailure, ...), its clock
(NTPAdjustTime) and every word that the city's video types do not have say nothing.

Time: `RealUTC`, else `UTC` + `UTCMS` (seconds, milliseconds since 1970), else `LocaleTime` in the source's zone. Some
firmware writes local time as `UTC`: where it shows the same clock as `LocaleTime`, the nearer to the receipt is meant.

What is blurred of a picture that comes with an event: the boxes of plates and faces that it tells (`PRIVATE`), where
there is one picture; of several none says which is the scene and which a cut-out of it, so all of each is blurred.

Shapes: Dahua HTTP API for IPC and SD, "Subscribe to event messages"; captured messages of an NVR, and of a traffic
camera (TrafficJunction). Boxes and lines are on a grid of 8192 by 8192 from the picture's top left corner.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from dispatch.blurs import WHOLE, Blur, join_blurs
from dispatch.city import Source
from dispatch.event import Event, Phase, Vocabulary
from dispatch.ids import EventId
from services.feeds import MEDIA_MAX, PARTS_MAX, Feed, Origin, Pictured, Said, Unreadable, part_pictures
from services.feeds._common import check_time, decode, from_epoch, parse_time
from services.feeds._multipart import SHARED, split_pictured
from services.feeds._private import blur_of
from services.feeds._video import Meaning, find_meaning
from services.feeds._xml import Node, from_json, number

PHASES: Mapping[str, Phase] = {
    "start": Phase.OPEN,
    "stop": Phase.CLOSE,
    "pulse": Phase.PULSE,
    "state": Phase.SYNC,
}
RULES = frozenset({"crosslinedetection", "crossregiondetection"})
"""Codes of a line or a region that somebody has drawn (intelligent rules), whatever crossed it."""
GRID = 8192.0
"""The far edge of every picture in boxes."""
PRIVATE = frozenset({"plate", "face", "humanface"})
"""`ObjectType` of what a person is told from others by."""
PRIVATE_MEMBERS = frozenset({"plate", "face", "faces", "faceattributes", "trafficcar"})
"""Members, in lower case, whose `BoundingBox` is that of a plate or a face without an `ObjectType`. The vehicle's own
stands in `TrafficCar` under another name."""
SAME_CLOCK_S = 5.0
"""Seconds by which two clocks of one message may differ and still be one."""
WORD_MAX = 80
"""Characters of a name (a code, a rule) that are kept."""
HEAD_MAX = 400
"""Bytes before `data=`."""

_LINE = re.compile(rb"^(?=Code=|Heartbeat\b)", re.MULTILINE)
_FIELD = re.compile(r"\s*([A-Za-z]{1,20})=([^;\r\n]*)(?:;|\s*$)")
_TOLD = re.compile(rb"face|plate|trafficcar", re.IGNORECASE)
"""Words without which a message tells of no face and no plate."""
_TIMED = re.compile(rb'"(?:UTC|RealUTC|LocaleTime)"\s*:', re.IGNORECASE)


class Message(msgspec.Struct):
    code: str
    action: str
    index: str
    data: Node
    """All of it optional, and what we do not use ignored."""


def split(body: bytes) -> Sequence[bytes]:
    """Part a stretch of the stream into its messages; pictures are left out."""
    return [line for line, _ in split_with_pictures(body)]


def split_with_pictures(body: bytes) -> Sequence[Pictured]:
    """Part a stretch of the stream into its messages with the pictures of each."""
    return split_pictured(body, _split_lines, _TOLD)


def _split_lines(body: bytes) -> Sequence[bytes]:
    starts = [found.start() for found in _LINE.finditer(body)][: PARTS_MAX + 1]
    if len(starts) < 2:
        return [body.strip() or body]
    ends = [*starts[1:], len(body)]
    return [body[start:end].strip() for start, end in zip([0, *starts[1:]], ends, strict=True)]


def is_timeless(part: bytes) -> bool:
    """Say whether the message tells no time, as a heartbeat does: the same bytes may then mean another event."""
    return _TIMED.search(part) is None


def translate(body: bytes, origin: Origin) -> Sequence[Said]:
    """Return the event of one message; none for a heartbeat and for what the city has no type for."""
    if body.strip().lower() == b"heartbeat":
        return ()
    media, body = part_pictures(body)
    message = _read(body)
    phase = PHASES.get(message.action.casefold())
    if phase is None or not message.code:
        raise Unreadable("shape", f"action={message.action[:WORD_MAX]!r} of code {message.code[:WORD_MAX]!r}")
    source = origin.child(message.index)
    meaning = find_meaning(_finer(message), source, origin, RULES)
    return (_event(message, phase, meaning, source, origin, media),) if meaning else ()


def _finer(message: Message) -> Iterator[str]:
    """Yield the code with what was seen (Human, Vehicle), then the code alone."""
    if seen := message.data.value("Object", "ObjectType"):
        yield f"{message.code}/{seen[:WORD_MAX]}"
    yield message.code


def _event(
    message: Message, phase: Phase, meaning: Meaning, source: Source, origin: Origin, media: Mapping[str, str]
) -> Event:
    pictures = (*media, *(node.text for node in message.data.list("wardline_media") if node.text))[:MEDIA_MAX]
    return Event(
        id=EventId(f"{origin.message_id}/0"),
        feed=FEED.name,
        source_id=source.id,
        vocabulary=Vocabulary.VIDEO,
        kind=meaning.kind,
        observed_at=_observed_at(message.data, source, origin),
        received_at=origin.received_at,
        phase=phase,
        episode=f"{source.id}/{message.code}/{message.index}",
        confidence=meaning.confidence,
        media=pictures,
        blurs=_blurs(message.data, media, pictures) if pictures else {},
        attributes=_attributes(message),
    )


def _blurs(data: Node, own: Mapping[str, str], pictures: tuple[str, ...]) -> Mapping[str, tuple[Blur, ...]]:
    """Return what is to be blurred of the pictures: those that came with the event are the first of them. The device
    gives a relay no picture with an event, so what that adds is of another moment.
    """
    found = [blur for node in data.walk() if _is_private(node) and (blur := _blur_of(node)) is not None]
    if SHARED in own.values():
        return dict.fromkeys(pictures, (WHOLE,))
    if not found:
        return {}
    here = join_blurs(found) if len(own) == 1 else (WHOLE,)
    return {media_id: here if media_id in own else (WHOLE,) for media_id in pictures}


def _is_private(node: Node) -> bool:
    seen = node.value("ObjectType").casefold()
    return seen in PRIVATE or (not seen and node.name in PRIVATE_MEMBERS)


def _blur_of(node: Node) -> Blur | None:
    edges = [number(each.text) for each in node.list("BoundingBox")]
    return blur_of(edges, GRID) if edges else None


def _read(body: bytes) -> Message:
    if body.lstrip()[:1] == b"{":
        return _read_json(body)
    head, is_split, tail = body.partition(b"data=")
    if len(head) > HEAD_MAX:
        raise Unreadable("shape", "no event of a Dahua device")
    fields = {name.casefold(): value.strip() for name, value in _FIELD.findall(head.decode("utf-8", "replace"))}
    if "code" not in fields or "action" not in fields:
        raise Unreadable("shape", "no Code and action")
    return Message(
        code=fields["code"][:WORD_MAX],
        action=fields["action"],
        index=_index(fields.get("index", "0")),
        data=from_json(decode(_as_utf8(tail), Any) if is_split and tail.strip() else None),
    )


def _read_json(body: bytes) -> Message:
    """Read a relay's JSON, whichever way it writes the four names."""
    told = from_json(decode(body, Any))
    if not told.value("Code") or not told.value("Action"):
        raise Unreadable("shape", "no Code and Action")
    return Message(
        code=told.value("Code")[:WORD_MAX],
        action=told.value("Action"),
        index=_index(told.value("Index") or "0"),
        data=told.find("Data") or Node("data"),
    )


def _index(text: str) -> str:
    if not (text.isascii() and text.isdigit() and len(text) <= 6):
        raise Unreadable("shape", f"index={text[:WORD_MAX]!r} is no channel")
    return str(int(text))


def _as_utf8(raw: bytes) -> bytes:
    """Return JSON as UTF-8: Chinese firmware writes the names of rules in GB18030."""
    try:
        raw.decode()
    except UnicodeDecodeError:
        return raw.decode("gb18030", "replace").encode()
    return raw


def _observed_at(data: Node, source: Source, origin: Origin) -> datetime:
    real, told_s, milliseconds = (number(data.value(name)) for name in ("RealUTC", "UTC", "UTCMS"))
    if real:
        return from_epoch(real, origin.received_at)
    written = data.value("LocaleTime")
    if not told_s:
        local = parse_time(written, origin.zone_of(source)) if written else origin.received_at
        return check_time(local, origin.received_at)
    more_s = milliseconds / 1_000 if milliseconds and 0 <= milliseconds < 1_000 else 0.0
    if _is_local(told_s, written, source, origin):
        return check_time(parse_time(written, origin.zone_of(source)), origin.received_at)
    return from_epoch(told_s + more_s, origin.received_at)


def _is_local(told_s: float, written: str, source: Source, origin: Origin) -> bool:
    """Say whether a `UTC` is the clock on the wall: it shows what LocaleTime shows, and is further from the receipt."""
    try:
        local = parse_time(written, origin.zone_of(source))
    except Unreadable:  # what the other field says is enough
        return False
    if _offset_s(local) == 0 or abs(_clock_s(local) - told_s) > SAME_CLOCK_S:
        return False
    received_s = origin.received_at.timestamp()
    return abs(received_s - local.timestamp()) < abs(received_s - told_s)


def _offset_s(at: datetime) -> float:
    shift = at.utcoffset()
    return shift.total_seconds() if shift else 0.0


def _clock_s(at: datetime) -> float:
    """Return what the clock on the wall shows, as seconds since it showed 1970."""
    return at.timestamp() + _offset_s(at)


def _attributes(message: Message) -> dict[str, str | float | int | bool | None]:
    data = message.data
    seen = data.find("Object") or Node("object")
    found = {
        "label": message.code,
        "channel": message.index,
        "rule": data.value("Name"),
        "region": "+".join(node.text for node in data.list("RegionName")),
        "direction": data.value("Direction"),
        "target": seen.value("ObjectType"),
        "object": seen.value("ObjectID"),
        "sequence": data.value("EventSeq"),
        "box": ",".join(node.text for node in seen.list("BoundingBox")[:4]),
    }
    return {name: text[:WORD_MAX] for name, text in found.items() if text}


FEED = Feed(
    name="dahua",
    translate=translate,
    split=split,
    split_pictured=split_with_pictures,
    is_timeless=is_timeless,
    key_in_query=True,
    content_types=("multipart/x-mixed-replace", "multipart/form-data", "multipart/mixed"),
    summary="Dahua cameras and recorders (Amcrest, Intelbras, Lorex): events of eventManager.cgi",
    pointing=(
        "On the device: Setup > Event > IVS (or Smart Plan), draw the rules and switch them on. The device does not "
        "push these events; Wardline reads them: `--pull http://<device>` (eventManager.cgi?action=attach"
        "&codes=[All]&heartbeat=5) and a user in WARDLINE_PULL_SECRETS. A relay may also post each part as it comes to "
        "/api/v1/intake/dahua?key=<key>. A channel's `external_id` in the pack is the event's index, from 0."
    ),
)
