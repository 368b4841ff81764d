"""Hikvision cameras and recorders: ISAPI `EventNotificationAlert`, posted by an alarm server or parted from a stream.

XML in any of the namespaces that firmware has had (isapi.org, isapi.com, hikvision.com, std-cgi.com, psialliance.org)
and in none, or JSON of the same names; alone, or as parts of a form or of `alertStream`, with pictures beside.

A device repeats `active` while a condition lasts (`activePostCount` counts), and says `inactive` for some conditions
only, then without the region. Device, channel and type are the episode, so that all of them speak of one happening; how
long something must last is set in the device's own rule. A `videoloss` that is inactive is its heartbeat. What it sends
again after a lost connection (`isDataRetransmission`) tells a state of the past and opens nothing. Faults of the device
itself (videoloss, diskfull, ...) are no matter of the street: they say nothing, as does every word that the city's
video types do not have.

Pictures that come as parts behind an alert are its evidence. Where the sender puts them into our media store itself,
`wardline_media` in the alert names them, as in Frigate's messages.

What is blurred of its pictures stands in `_hikvision_private.py`.

Shapes: Hikvision ISAPI, "Event/notification/alertStream" and "httpHosts"; captured messages of IPC V5.5 to V5.7, NVR
V4.62, and DS-TCG405-E (ANPR). Units: rectangles are fractions of the picture from its top left corner, region corners
thousandths of it, confidence is a percentage. A plate is kept in the event's attributes, no owner.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from dispatch.city import Source
from dispatch.event import Event, Phase, Vocabulary
from dispatch.ids import EventId
from gis.point import LonLat
from services.feeds import MEDIA_MAX, XML_TYPES, Feed, Origin, Pictured, Said, Unreadable, part_pictures
from services.feeds._common import check_time, decode, parse_time, position
from services.feeds._hikvision_private import TOLD, find_blurs
from services.feeds._multipart import split_pictured
from services.feeds._video import Meaning, find_meaning
from services.feeds._xml import Node, from_json, number, read_xml, split_elements

ALERT = "EventNotificationAlert"
ALERTS_MAX = 64
"""Types that one message of `duration` may relate."""
WORD_MAX = 80
"""Characters of a name (a type, a channel, a region) that are kept."""

HEARTBEATS = frozenset({"heartbeat"})
RULES = frozenset({"fielddetection", "linedetection", "regionentrance", "regionexiting"})
"""Types of a line or a region that somebody has drawn (ISAPI, Smart events)."""
MOMENTS = frozenset({"anpr", "vehicledetection"})
"""Types that tell of one that passes: each is of its own, and no end is told."""
INPUTS_MAX = 32
"""Recorders number their own inputs from 1 and cameras on the network from 33 (ISAPI, dynChannelID)."""

_FALSE = frozenset({"", "false", "0"})
_UUID = re.compile(rb"""<(?:\w+:)?UUID>\s*([0-9A-Za-z-]{8,64})\s*<|"UUID"\s*:\s*"([0-9A-Za-z-]{8,64})\"""")


def split(body: bytes) -> Sequence[bytes]:
    """Part a form or a stretch of a stream into its alerts; pictures are left out."""
    return [alert for alert, _ in split_with_pictures(body)]


def split_with_pictures(body: bytes) -> Sequence[Pictured]:
    """Part a form or a stretch of a stream into its alerts with the pictures of each."""
    return split_pictured(body, lambda text: split_elements(text, ALERT), TOLD)


def key(part: bytes) -> bytes | None:
    """Return the UUID of a passing vehicle, by which a device that is not answered repeats it; else None."""
    found = _UUID.search(part) if b"ANPR" in part else None
    return found.group(1) or found.group(2) if found else None


def translate(body: bytes, origin: Origin) -> Sequence[Said]:
    """Return the events of an alert: one, or one for each type that a `duration` relates."""
    pictures, body = part_pictures(body)
    alert = _read(body)
    state = alert.value("eventState").casefold()
    words = _types(alert)
    if not words:
        raise Unreadable("shape", "an alert without eventType")
    if _is_heartbeat(words, state):
        return ()
    source = origin.child(*_names(alert, words[0]))
    at = _observed_at(alert, source, origin)
    said: list[Said] = []
    for word in words:
        meaning = find_meaning(_finer(alert, word), source, origin, RULES)
        if meaning:
            said.append(_event(alert, word, meaning, source, origin, at=at, nth=len(said), pictures=pictures))
    return said


def _read(body: bytes) -> Node:
    if body.lstrip()[:1] in (b"{", b"["):
        root = from_json(decode(body, Any))
        return root.find(ALERT) or root
    root = read_xml(body)
    found = root.within(ALERT)
    if not found:
        raise Unreadable("shape", f"<{root.name[:WORD_MAX]}> holds no {ALERT}")
    return found[0]


def _types(alert: Node) -> Sequence[str]:
    """Return what the alert is of; `duration` only says that other types go on."""
    word = alert.value("eventType")
    if word.casefold() != "duration":
        return [word[:WORD_MAX]] if word else []
    related = [node.text for node in alert.within("relationEvent") if node.text] or [word]
    return [each[:WORD_MAX] for each in dict.fromkeys(related[:ALERTS_MAX])]


def _is_heartbeat(words: Sequence[str], state: str) -> bool:
    """Device Network SDK guide, XML_EventNotificationAlert_HeartbeatInfo: a video loss that is not."""
    word = words[0].casefold()
    return word in HEARTBEATS or (word == "videoloss" and state == "inactive")


def _finer(alert: Node, word: str) -> Iterator[str]:
    """Yield the type with what was seen (human, vehicle), then the type alone."""
    seen = alert.first("detectionTarget") or alert.first("targetType")
    if seen:
        yield f"{word}/{seen[:WORD_MAX]}"
    yield word


def _names(alert: Node, word: str) -> Iterator[str]:
    """Yield what the pack may call the source: the port of an input, the channel, the address, the name."""
    port = alert.value("inputIOPortID")
    if port and word.casefold() == "io":
        yield f"io-{port}"
    channel = _channel(alert)
    yield channel
    yield alert.value("macAddress")
    yield alert.value("channelName")
    if channel.isdecimal() and len(channel) < 6 and int(channel) > INPUTS_MAX:
        yield str(int(channel) - INPUTS_MAX)


def _channel(alert: Node) -> str:
    return alert.value("channelID") or alert.value("dynChannelID")


def _observed_at(alert: Node, source: Source, origin: Origin) -> datetime:
    text = alert.value("dateTime")
    if not text:
        return origin.received_at
    return check_time(parse_time(text, origin.zone_of(source)), origin.received_at)


def _event(
    alert: Node,
    word: str,
    meaning: Meaning,
    source: Source,
    origin: Origin,
    *,
    at: datetime,
    nth: int,
    pictures: Mapping[str, str],
) -> Event:
    named = [node.text for node in alert.list("wardline_media") if node.text]
    media = tuple(dict.fromkeys((*pictures, *named)))[:MEDIA_MAX]
    return Event(
        id=EventId(f"{origin.message_id}/{nth}"),
        feed=FEED.name,
        source_id=source.id,
        vocabulary=Vocabulary.VIDEO,
        kind=meaning.kind,
        observed_at=at,
        received_at=origin.received_at,
        phase=_phase(alert, word),
        episode=_episode(alert, word, source),
        confidence=_confidence(alert, meaning),
        point=_point(alert, source),
        media=media,
        blurs=find_blurs(alert, word, pictures, media) if media else {},
        attributes=_attributes(alert, word),
    )


def _phase(alert: Node, word: str) -> Phase:
    state = alert.value("eventState").casefold()
    if alert.value("isDataRetransmission").casefold() not in _FALSE:
        return Phase.SYNC
    if state == "inactive":
        return Phase.CLOSE
    if state != "active" or word.casefold() in MOMENTS:
        return Phase.PULSE
    count = alert.value("activePostCount")  # empty in some firmware
    return Phase.UPDATE if count.isdecimal() and int(count[:9]) > 1 else Phase.OPEN


def _episode(alert: Node, word: str, source: Source) -> str:
    if word.casefold() in MOMENTS:
        # Each vehicle is of its own; without a number of its own it belongs to nothing.
        uuid = alert.value("UUID")[:WORD_MAX]
        return f"{source.id}/{uuid}" if uuid else ""
    device = "/".join(part[:WORD_MAX] for part in (alert.value("macAddress"), _channel(alert)) if part)
    return f"{source.id}/{device}/{word}"


def _confidence(alert: Node, meaning: Meaning) -> float | None:
    told = number(alert.first("confidenceLevel"))
    if meaning.confidence is not None or told is None or not 0 < told <= 100:
        return meaning.confidence
    return told / 100


def _attributes(alert: Node, word: str) -> dict[str, str | float | int | bool | None]:
    found = {
        "label": word,
        "channel": _channel(alert),
        "camera": alert.value("channelName"),
        "region": "+".join(dict.fromkeys(node.text for node in alert.within("regionID") if node.text)),
        "target": alert.first("detectionTarget") or alert.first("targetType"),
        "box": _box(alert),
        "plate": alert.first("licensePlate"),
        "lane": alert.value("ANPR", "line"),
        "direction": alert.value("ANPR", "direction"),
        "vehicle": alert.value("ANPR", "vehicleType"),
        "pictures": alert.value("picNum") or alert.value("detectionPicturesNumber"),
        "post_count": alert.value("activePostCount"),
    }
    return {name: text[:WORD_MAX] for name, text in found.items() if text}


def _box(alert: Node) -> str:
    """Return the first target's left, top, right and bottom, as fractions of the picture."""
    rect = next(iter(alert.within("TargetRect")), None)
    left, top, width, height = (number(rect.value(name)) if rect else None for name in ("X", "Y", "width", "height"))
    if left is None or top is None or width is None or height is None:
        return ""
    return f"{left:g},{top:g},{left + width:g},{top + height:g}"


def _point(alert: Node, source: Source) -> LonLat | None:
    """Return where a device says that it is, if the city does not know: fixed ones have no receiver and say 0, 0."""
    told = alert.find("DeviceGPSInfo")
    if told is None or source.point is not None:
        return None
    lon, lat = _degrees(told.find("Longitude")), _degrees(told.find("Latitude"))
    if not lon or not lat:
        return None
    east = -1 if told.value("longitudeType").upper() == "W" else 1
    north = -1 if told.value("latitudeType").upper() == "S" else 1
    try:
        return position(east * lon, north * lat, source.datum)
    except Unreadable:
        return None


def _degrees(angle: Node | None) -> float | None:
    if angle is None:
        return None
    parts = [number(angle.value(name)) or 0.0 for name in ("degree", "minute", "sec")]
    return parts[0] + parts[1] / 60 + parts[2] / 3600


FEED = Feed(
    name="hikvision",
    translate=translate,
    split=split,
    split_pictured=split_with_pictures,
    key=key,
    key_in_query=True,
    content_types=(*XML_TYPES, "multipart/form-data", "multipart/mixed"),
    summary="Hikvision cameras and recorders: ISAPI alerts in XML or JSON, with or without pictures",
    pointing=(
        "The device sends: Configuration > Network > Advanced Settings > Integration Protocol / HTTP Listening (Alarm "
        "Server): protocol HTTP, our host and port, URL /api/v1/intake/hikvision?key=<key>; then tick 'Notify "
        "Surveillance Center' under Linkage Method of each event. Or Wardline reads its alertStream: `--pull "
        "http://<device>` and a user with the right 'Notify Surveillance Center' in WARDLINE_PULL_SECRETS. A camera "
        "behind a recorder is known by its `external_id` in the pack: channelID (33 and up for network cameras), "
        "macAddress or channelName. A relay of ANPR keeps the names of the form's parts: they say which picture is of "
        "a plate alone."
    ),
)
