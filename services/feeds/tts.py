"""The Things Stack 3 (LoRaWAN; The Things Network and Industries): uplinks, joins, services, by MQTT or webhook.

`decoded_payload`, what the payload formatter made of the bytes, holds the readings; without a formatter there is none,
and an uplink still tells how well the device is heard. Fields that are 0 or false are left out by the sender. What was
simulated in the console says `simulated`: its numbers are nobody's, so it becomes a note and no readings.

Shapes: thethingsindustries.com/docs/integrations/data-formats; ttn/lorawan/v3/messages.proto.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from services.feeds import Feed, Origin, Said, Unreadable
from services.feeds._common import check_name, decode
from services.feeds._measured import first_time, make_note, make_readings, numbers_in

NAME_MAX = 200
EVENTS = (
    "uplink_message", "uplink_normalized", "location_solved", "service_data", "join_accept", "downlink_queued",
    "downlink_sent", "downlink_ack", "downlink_nack", "downlink_failed", "downlink_queue_invalidated",
)  # fmt: skip


class Device(msgspec.Struct):
    device_id: str
    dev_eui: str = ""
    dev_addr: str = ""


class Link(msgspec.Struct):
    """How one gateway heard it: RSSI in dBm, SNR in dB."""

    rssi: float | None = None
    snr: float | None = None


class Uplink(msgspec.Struct):
    session_key_id: str = ""
    f_port: int = 0
    f_cnt: int = 0
    frm_payload: str = ""
    decoded_payload: Any = None
    normalized_payload: Any = None
    rx_metadata: tuple[Link, ...] | None = None
    locations: Mapping[str, Any] | None = None
    received_at: str = ""


class Solved(msgspec.Struct):
    service: str = ""
    location: Mapping[str, Any] | None = None


class Service(msgspec.Struct):
    service: str = ""
    data: Any = None


class Message(msgspec.Struct):
    """`ApplicationUp`: one of the fields from `uplink_message` on is there."""

    end_device_ids: Device
    received_at: str = ""
    simulated: bool = False
    uplink_message: Uplink | None = None
    uplink_normalized: Uplink | None = None
    location_solved: Solved | None = None
    service_data: Service | None = None
    join_accept: Any = None
    downlink_queued: Any = None
    downlink_sent: Any = None
    downlink_ack: Any = None
    downlink_nack: Any = None
    downlink_failed: Any = None
    downlink_queue_invalidated: Any = None

    @property
    def uplink(self) -> Uplink | None:
        return self.uplink_message or self.uplink_normalized


def key(body: bytes) -> bytes | None:
    """Return what makes an uplink this one: device, session, frame counter and what it carries.

    A confirmed uplink that is sent again, or a gateway slower than the network waits for, makes a second message with
    other ids. The day is part of it: a counter may start again from 0 in the same session.
    """
    try:
        message = decode(body, Message)
    except Unreadable:
        return None
    uplink = message.uplink_message
    if uplink is None:
        return None
    session = uplink.session_key_id or message.end_device_ids.dev_addr
    day = (uplink.received_at or message.received_at)[:10]
    parts = (_eui(message), session, uplink.f_cnt, uplink.f_port, uplink.frm_payload, day)
    return "\0".join(map(str, parts)).encode("utf-8", "surrogatepass")


def sender(body: bytes) -> str:
    """Return the device's EUI, "" where none can be read."""
    try:
        return decode(body, Message).end_device_ids.dev_eui
    except Unreadable:
        return ""


def _eui(message: Message) -> str:
    return message.end_device_ids.dev_eui or message.end_device_ids.device_id


def translate(body: bytes, origin: Origin) -> Sequence[Said]:
    """Return the readings of an uplink, a solved location or a service; of all others a note that the device is there.

    A simulated message is a note whatever it holds.
    """
    message = decode(body, Message)
    ids, uplink = message.end_device_ids, message.uplink
    event = next((name for name in EVENTS if getattr(message, name) is not None), "")
    if not event:
        raise Unreadable("shape", "neither an uplink nor another message that The Things Stack sends")
    eui = check_name(_eui(message), NAME_MAX)
    source = origin.child(eui, eui.lower(), ids.device_id)
    at = first_time(origin.received_at, uplink.received_at if uplink else "", message.received_at)
    values = [(metric, value, at) for metric, value in _values(message)]
    if values and not message.simulated:
        return make_readings(FEED.name, origin, source.id, values)
    notes = {"event": event, "dev_addr": ids.dev_addr[:NAME_MAX], "simulated": message.simulated or None}
    return (make_note(FEED.name, origin, source.id, at, notes),)


def _values(message: Message) -> Iterator[tuple[str, float]]:
    uplink = message.uplink
    if uplink is not None:
        is_normalized = message.uplink_message is None
        yield from numbers_in(uplink.normalized_payload if is_normalized else uplink.decoded_payload)
        yield from numbers_in({"locations": uplink.locations})
        yield from _link(uplink.rx_metadata or ())
    if message.location_solved is not None:
        yield from numbers_in({"location": message.location_solved.location})
    if message.service_data is not None:
        yield from numbers_in(message.service_data.data, message.service_data.service)


def _link(links: Sequence[Link]) -> Iterator[tuple[str, float]]:
    """Yield how the gateway with the best signal heard it; one behind another network may tell none."""
    heard = [link for link in links if link.rssi is not None]
    if heard:
        best = max(heard, key=lambda link: link.rssi or 0.0)
        yield "rx_metadata.rssi", best.rssi or 0.0
        yield "rx_metadata.snr", best.snr or 0.0


FEED = Feed(
    name="tts",
    translate=translate,
    key=key,
    sender=sender,
    mqtt_topics=(
        "v3/+/devices/+/up",
        "v3/+/devices/+/join",
        "v3/+/devices/+/service/data",
        "v3/+/devices/+/location/solved",
    ),
    summary="The Things Stack 3 (LoRaWAN): uplinks with their decoded payload, joins, services",
    pointing=(
        "In The Things Stack add a webhook (custom, format JSON) to the application: base URL "
        "<server>/api/v1/intake/tts, header `Authorization: Bearer <key>`, all messages enabled with an empty path; or "
        "bridge its MQTT server to the broker of WARDLINE_MQTT_URL. A device's `external_id` is its DevEUI or its "
        "device id."
    ),
)
