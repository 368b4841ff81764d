"""ChirpStack, a LoRaWAN network server: the JSON of its MQTT and HTTP integrations, version 4 and version 3.

An uplink's `object` (what the device profile's codec made of the bytes) holds the readings. Without a codec there is
none, and an uplink still tells how well the device is heard, and that it is there. Which event a message is stands in
the topic or in the query (`?event=up`); where neither was kept its fields tell.

Version 4 leaves zeros out in places (proto3 JSON), so a missing number is 0. Version 3 spells its names otherwise
(`devEUI`, `loRaSNR`) and its `json` marshaler writes ids as base64 where `json_v3` writes them as hex.

Shapes: chirpstack/integration/integration.proto of 4.18, as/integration/integration.proto of 3.11; chirpstack.io/docs.
"""

import base64
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs

import msgspec

from services.feeds import Feed, Origin, Said, Unreadable, part_address
from services.feeds._common import check_name, decode
from services.feeds._measured import find_time, make_note, make_readings, numbers_in

EVENTS = ("up", "join", "status", "log", "ack", "txack", "location", "error", "integration")
"""Kinds of events; `error` is version 3's `log`."""
NAME_MAX = 200


class DeviceInfo(msgspec.Struct, rename="camel"):
    dev_eui: str = ""
    device_name: str = ""


class Link(msgspec.Struct, rename="camel"):
    """How one gateway heard it: RSSI in dBm, SNR in dB, and the gateway's own time."""

    rssi: float | None = None
    snr: float | None = None
    lo_ra_snr: float | None = msgspec.field(default=None, name="loRaSNR")
    time: str | None = None
    gw_time: str | None = None


class Message(msgspec.Struct, rename="camel"):
    """The fields of all events that we use; each event has some of them."""

    device_info: DeviceInfo | None = None
    dev_eui: str = msgspec.field(default="", name="devEUI")
    device_name: str = ""
    deduplication_id: str = ""
    time: str | None = None
    published_at: str | None = None
    dev_addr: str = ""
    f_cnt: int | None = None
    f_port: int | None = None
    data: str | None = None
    object: Any = None
    object_json: str | None = msgspec.field(default=None, name="objectJSON")
    rx_info: tuple[Link, ...] | None = None
    margin: float | None = None
    battery_level: float | None = None
    battery_level_unavailable: bool = False
    external_power_source: bool = False
    level: str = ""
    code: str = ""
    description: str = ""
    type: str = ""
    error: str = ""
    acknowledged: bool | None = None
    location: Mapping[str, Any] | None = None
    tx_info: Mapping[str, Any] | None = None

    @property
    def device(self) -> str:
        """The EUI in lower-case hex, as version 4 writes it."""
        eui = self.device_info.dev_eui if self.device_info else self.dev_eui
        if len(eui) == len("AAAAAAAAAAA="):
            try:
                return base64.b64decode(eui, validate=True).hex()
            except ValueError:
                return eui
        return eui.lower()


def _read(body: bytes) -> tuple[str, Message]:
    """Return which event it is, and the event."""
    address, payload = part_address(body)
    message = decode(payload, Message)
    return _event_of(address, message), message


def _event_of(address: str, message: Message) -> str:
    named = parse_qs(address[1:]).get("event", [""])[-1] if address[:1] == "?" else address.rpartition("/event/")[2]
    return named or next((event for event, has in _SIGNS if has(message)), "")


_SIGNS: Sequence[tuple[str, Callable[[Message], bool]]] = (
    ("log", lambda message: bool(message.level)),
    ("error", lambda message: bool(message.error)),
    ("ack", lambda message: message.acknowledged is not None),
    ("up", lambda message: message.rx_info is not None or message.f_cnt is not None or message.object is not None),
    ("txack", lambda message: message.tx_info is not None),
    ("location", lambda message: message.location is not None),
    ("join", lambda message: bool(message.dev_addr)),
    ("status", lambda message: message.margin is not None or message.battery_level is not None),
)
"""What only one kind of event has, where no topic says which it is."""


def key(body: bytes) -> bytes | None:
    """Return what makes an uplink this one: device, session (its address), frame counter and what it carries.

    Gateways that were slow, and confirmed uplinks that were sent again, come as a second message with another
    deduplication id. The day is part of it, since the counter of a device that is switched on by personalisation (ABP)
    starts again from 0 in the same session.
    """
    try:
        event, message = _read(body)
    except Unreadable:
        return None
    if event == "up" and message.device and message.rx_info:
        at = message.time or next((link.time for link in message.rx_info if link.time), "") or ""
        frame = (message.f_cnt or 0, message.f_port or 0, message.data or "")
        parts: tuple[object, ...] = (message.device, message.dev_addr, *frame, at[:10])
    elif message.deduplication_id:
        parts = (event, message.deduplication_id)
    else:
        return None
    return "\0".join(map(str, parts)).encode("utf-8", "surrogatepass")


def sender(body: bytes) -> str:
    """Return the device's EUI, "" where none can be read."""
    try:
        return _read(body)[1].device
    except Unreadable:
        return ""


def translate(body: bytes, origin: Origin) -> Sequence[Said]:
    """Return the readings of an uplink or a status; of all others a note that the device is there."""
    event, message = _read(body)
    take = _TAKE.get(event)
    if take is None or not message.device:
        raise Unreadable("shape", f"no event of a device that ChirpStack knows: {event[:80]!r}")
    device = check_name(message.device, NAME_MAX)
    source = origin.child(device, device.upper(), message.device_info.device_name if message.device_info else "")
    at = _observed_at(message, origin.received_at)
    values = [(metric, value, at) for metric, value in take(message)]
    if values:
        return make_readings(FEED.name, origin, source.id, values)
    return (make_note(FEED.name, origin, source.id, at, {"event": event, **_notes(message)}),)


def _observed_at(message: Message, received_at: datetime) -> datetime:
    """The network server's time; version 3 has only that of the gateways whose clocks are set by satellite."""
    gateways = (time for link in message.rx_info or () for time in (link.time, link.gw_time))
    given = next((time for time in (message.time, *gateways, message.published_at) if time), "")
    return find_time(given, received_at) or received_at


def _uplink(message: Message) -> Iterator[tuple[str, float]]:
    decoded = message.object
    if decoded is None and message.object_json:
        decoded = decode(message.object_json.encode("utf-8", "surrogatepass"), Any)
    yield from numbers_in(decoded)
    links = message.rx_info or ()
    if links:
        best = max(links, key=lambda link: link.rssi or 0.0)
        snr = best.snr if best.snr is not None else best.lo_ra_snr
        yield "rxInfo.rssi", best.rssi or 0.0
        yield "rxInfo.snr", snr or 0.0


def _status(message: Message) -> Iterator[tuple[str, float]]:
    """Yield the margin (dB, of the last command heard) and the battery (per cent), unless it is on the mains."""
    yield "margin", message.margin or 0.0
    if not message.external_power_source and not message.battery_level_unavailable:
        yield "batteryLevel", message.battery_level or 0.0


def _location(message: Message) -> Iterator[tuple[str, float]]:
    """Yield where a resolver thinks that the device is: degrees WGS-84, metres."""
    yield from numbers_in({"location": message.location})


def _nothing(_message: Message) -> Iterator[tuple[str, float]]:
    yield from ()


_TAKE: Mapping[str, Callable[[Message], Iterator[tuple[str, float]]]] = {
    **dict.fromkeys(EVENTS, _nothing),
    "up": _uplink,
    "status": _status,
    "location": _location,
    "integration": _uplink,
}


def _notes(message: Message) -> Mapping[str, Any]:
    """What a log says: its level (INFO, WARNING, ERROR), its code and its words; version 3 has errors alone."""
    return {
        "level": message.level or ("ERROR" if message.error else ""),
        "code": message.code or (message.type if message.error else ""),
        "description": (message.description or message.error)[:NAME_MAX].replace("\x00", ""),
        "dev_addr": message.dev_addr,
        "acknowledged": message.acknowledged,
    }


FEED = Feed(
    name="chirpstack",
    translate=translate,
    key=key,
    sender=sender,
    has_address=True,
    mqtt_topics=tuple(f"application/+/device/+/event/{event}" for event in EVENTS),
    summary="ChirpStack (LoRaWAN) 4 and 3: uplinks with their decoded object, device status, logs",
    pointing=(
        "Let ChirpStack publish to the broker of WARDLINE_MQTT_URL (`[integration.mqtt]`, `json = true`), or add an "
        "HTTP integration to the application: encoding JSON, event endpoint URL "
        "<server>/api/v1/intake/chirpstack, header `Authorization: Bearer <key>`. The device profile needs a codec. A "
        "device's `external_id` is its EUI."
    ),
)
