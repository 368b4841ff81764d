"""GB/T 28181 alarms: the body of the SIP MESSAGE (or NOTIFY) by which a device tells of one, `CmdType` Alarm.

A SIP server (WVP, say) hands on the body as it came, XML in GB2312 to GB18030 (`Application/MANSCDP+xml`), or its own
JSON of the same names; SIP itself is not spoken here. How it was raised and its type make the word that the city's
video types are asked for, such as `gb28181:5/3` (a left object); a call, a short message or another alarm that has no
word but a description is people's words, which a person files. Keep-alives and other commands say nothing.

An alarm is a pulse; only the intrusion tells of entering and leaving (`EventType` 1 and 2). Device, method and type are
the episode. Times are local without a zone: the source's. A position of 0, 0 is none, and one's registered place counts
before what a device says of itself.

Shapes: GB/T 28181-2016, A.2.5 (alarm notification) and appendix F of the 2022 edition; captured messages of WVP.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from dispatch.city import Source
from dispatch.event import Event, Phase, Vocabulary
from dispatch.ids import EventId
from gis.point import LonLat
from services.feeds import XML_TYPES, Feed, Origin, Said, Unreadable
from services.feeds._common import check_text, check_time, decode, parse_time, position
from services.feeds._video import find_meaning
from services.feeds._xml import Node, from_json, number, read_xml

SEVERITIES: Mapping[str, int] = {"1": 3, "2": 3, "3": 2, "4": 1}
"""AlarmPriority, 1 the highest, -> severity (3 alarm, 2 warning, 1 advisory)."""
METHODS: Mapping[str, str] = {
    "1": "phone", "2": "device", "3": "message", "4": "gps", "5": "video", "6": "fault", "7": "other",
}  # fmt: skip
"""AlarmMethod (A.2.5): how it was raised."""
TOLD = frozenset({"1", "3", "7"})
"""Methods by which a person tells, in words."""
TYPES: Mapping[tuple[str, str], str] = {
    ("2", "1"): "video loss", ("2", "2"): "tampering", ("2", "3"): "disk full", ("2", "4"): "too hot",
    ("2", "5"): "too cold", ("5", "1"): "manual", ("5", "2"): "motion", ("5", "3"): "object left",
    ("5", "4"): "object removed", ("5", "5"): "line crossed", ("5", "6"): "intrusion", ("5", "7"): "wrong way",
    ("5", "8"): "loitering", ("5", "9"): "flow", ("5", "10"): "density", ("5", "11"): "video abnormal",
    ("5", "12"): "fast movement", ("6", "1"): "disk fault", ("6", "2"): "fan fault",
}  # fmt: skip
"""(AlarmMethod, AlarmType) -> what it is, for those who read the case."""
RULES = frozenset({"gb28181:5/5", "gb28181:5/6"})
"""Words of a place that somebody has drawn, whatever was in it."""
PHASES: Mapping[str, Phase] = {"1": Phase.OPEN, "2": Phase.CLOSE}
"""AlarmTypeParam/EventType of an intrusion."""
INTRUSION = ("5", "6")
COMMANDS = frozenset({"notify", "response", "query", "control"})
What = tuple[str, str]
"""AlarmMethod and AlarmType."""
WORD_MAX = 80
"""Characters of a name that are kept."""


def translate(body: bytes, origin: Origin) -> Sequence[Said]:
    """Return the event of an alarm; none for other commands and for what the city has no type for."""
    told = from_json(decode(body, Any), "notify") if body.lstrip()[:1] == b"{" else read_xml(body)
    if told.name not in COMMANDS:
        raise Unreadable("shape", f"<{told.name[:WORD_MAX]}> is no command of GB/T 28181")
    if told.name != "notify" or _command(told) != "alarm":
        return ()
    method = _plain(told.value("AlarmMethod"))
    kind = _plain(told.value("Info", "AlarmType") or told.value("AlarmType"))
    if not method or not (told.value("DeviceID") or told.value("channelId")):
        raise Unreadable("shape", "an alarm without DeviceID or AlarmMethod")
    source = origin.child(told.value("channelId"), told.value("DeviceID"))
    words = [f"gb28181:{method}/{kind}"] if kind else []
    meaning = find_meaning([*words, f"gb28181:{method}"], source, origin, RULES)
    if meaning:
        return (_event(told, (method, kind), source, origin, kind=meaning.kind, confidence=meaning.confidence),)
    if method in TOLD and told.value("AlarmDescription"):
        return (_event(told, (method, kind), source, origin),)
    return ()


def _command(told: Node) -> str:
    """Return what a message is; a server's JSON names no command, only what an alarm has."""
    named = told.value("CmdType").casefold()
    return named or ("alarm" if told.value("AlarmMethod") else "")


def _plain(text: str) -> str:
    """Return a number of one of the tables without leading zeros."""
    return str(int(text)) if text.isascii() and text.isdigit() and len(text) <= 6 else text[:WORD_MAX]


def _event(
    told: Node, what: What, source: Source, origin: Origin, *, kind: str = "", confidence: float | None = None
) -> Event:
    written = told.value("AlarmTime")
    at = parse_time(written, origin.zone_of(source)) if written else origin.received_at
    device = (told.value("channelId") or told.value("DeviceID"))[:WORD_MAX]
    return Event(
        id=EventId(f"{origin.message_id}/0"),
        feed=FEED.name,
        source_id=source.id,
        vocabulary=Vocabulary.VIDEO if kind else Vocabulary.TEXT,
        kind=kind,
        text=check_text(told.value("AlarmDescription")),
        observed_at=check_time(at, origin.received_at),
        received_at=origin.received_at,
        phase=PHASES.get(told.first("EventType"), Phase.PULSE) if what == INTRUSION else Phase.PULSE,
        episode=f"{source.id}/{device}/{what[0]}/{what[1]}" if kind else "",
        severity=SEVERITIES.get(_plain(told.value("AlarmPriority")), 2),
        confidence=confidence,
        point=_point(told, source),
        attributes=_attributes(told, what, device),
    )


def _attributes(told: Node, what: What, device: str) -> dict[str, str | float | int | bool | None]:
    found = {
        "device": device,
        "serial": told.value("SN"),
        "priority": told.value("AlarmPriority"),
        "method": METHODS.get(what[0], what[0]),
        "label": f"gb28181:{'/'.join(part for part in what if part)}",
        "alarm": TYPES.get(what, ""),
    }
    return {name: text[:WORD_MAX] for name, text in found.items() if text}


def _point(told: Node, source: Source) -> LonLat | None:
    lon, lat = number(told.value("Longitude")), number(told.value("Latitude"))
    if source.point is not None or not lon or not lat:
        return None
    try:
        return position(lon, lat, source.datum)
    except Unreadable:  # an alarm is not lost for the nonsense that a device says of where it is
        return None


FEED = Feed(
    name="gb28181",
    translate=translate,
    key_in_query=True,
    content_types=(*XML_TYPES, "application/manscdp+xml"),
    summary="GB/T 28181 alarms, as a SIP server hands them on",
    pointing=(
        "On the device: Configuration > Network > Platform Access > GB28181 (28181 平台接入), with the SIP server's "
        "address and id, and an alarm channel. Let the SIP server (WVP: alarm hook) post each alarm's body to "
        "/api/v1/intake/gb28181?key=<key>. A camera is known by its `external_id` in the pack: the 20 digits of its "
        "DeviceID."
    ),
)
