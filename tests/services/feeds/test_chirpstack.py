"""ChirpStack: every kind of event of version 4, the same in both spellings of version 3, and which messages are one."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from dispatch.event import Event, Phase, Reading
from services.feeds import Unreadable, with_address
from services.feeds.chirpstack import EVENTS, FEED, translate
from tests.services.feeds.asking import RECEIVED_AT, make_origin
from tests.shared_data import shared_path

EUI = "0102030405060708"
ORIGIN = make_origin("chirpstack", known=[EUI])
DEVICE = {"tenantId": "52f14cd4", "applicationId": "ca739e26", "deviceName": "bin-7", "devEui": EUI, "tags": {}}
UP: Mapping[str, Any] = {
    "deduplicationId": "57433366-50a6-4dc2-8145-2df1bbc70d9e",
    "time": "2026-03-03T09:59:00.123456789+08:00",
    "deviceInfo": DEVICE,
    "devAddr": "20000001",
    "fCnt": 4,
    "fPort": 85,
    "data": "AXVk",
    "object": {"battery": 92, "tilted": True, "level": {"distance_mm": 1200.5}, "state": "ok", "nothing": None},
    "rxInfo": [
        {"gatewayId": "a", "rssi": -101, "snr": -2.5, "location": {}},
        {"gatewayId": "b", "rssi": -57, "snr": 10, "gwTime": "2026-03-03T01:58:00Z"},
    ],
    "txInfo": {"frequency": 868500000},
}
STATUS = {"deduplicationId": "9", "deviceInfo": DEVICE, "margin": 7, "batteryLevel": 75.5}


def said(message: Mapping[str, Any], event: str = "") -> list[Any]:
    body = json.dumps(message).encode()
    return list(translate(with_address(f"?event={event}", body) if event else body, ORIGIN))


def values(message: Mapping[str, Any], event: str = "") -> dict[str, float]:
    found = said(message, event)
    assert all(isinstance(each, Reading) for each in found)
    return {each.metric: each.value for each in found}


def note(message: Mapping[str, Any], event: str = "") -> Event:
    (only,) = said(message, event)
    assert isinstance(only, Event)
    assert (only.phase, only.text, only.source_id) == (Phase.SYNC, "", EUI)
    return only


def test_the_decoded_object_is_read_whole_and_numbers_only() -> None:
    assert values(UP) == {
        "battery": 92, "tilted": 1, "level.distance_mm": 1200.5, "rxInfo.rssi": -57, "rxInfo.snr": 10
    }  # fmt: skip
    first = said(UP)[0]
    assert (first.source_id, first.id, first.feed) == (EUI, "m1/0", "chirpstack")
    assert (RECEIVED_AT - first.observed_at).total_seconds() == pytest.approx(60 - 0.123456)


def test_an_uplink_without_a_codec_tells_how_well_it_is_heard() -> None:
    assert values({**UP, "object": None}, "up") == {"rxInfo.rssi": -57, "rxInfo.snr": 10}


def test_a_status_tells_margin_and_battery() -> None:
    assert values(STATUS) == {"margin": 7, "batteryLevel": 75.5}
    assert values({"deviceInfo": DEVICE}, "status") == {"margin": 0, "batteryLevel": 0}
    assert values({**STATUS, "externalPowerSource": True}) == {"margin": 7}
    assert values({**STATUS, "batteryLevelUnavailable": True}) == {"margin": 7}


def test_a_log_is_a_note_with_its_level() -> None:
    log = {"time": UP["time"], "deviceInfo": DEVICE, "level": "ERROR", "code": "UPLINK_CODEC", "description": "坏了"}
    assert note(log).attributes == {
        "event": "log", "level": "ERROR", "code": "UPLINK_CODEC", "description": "坏了"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("event", "message"),
    [
        ("join", {"deviceInfo": DEVICE, "devAddr": "20000001"}),
        ("ack", {"deviceInfo": DEVICE, "queueItemId": "1", "acknowledged": True, "fCntDown": 3}),
        ("txack", {"deviceInfo": DEVICE, "downlinkId": 3, "gatewayId": "a", "txInfo": {"frequency": 1}}),
    ],
)
def test_the_rest_says_that_the_device_is_there(event: str, message: dict[str, Any]) -> None:
    assert note(message).attributes["event"] == note(message, event).attributes["event"] == event


def test_a_solved_location_is_read() -> None:
    place = {"deviceInfo": DEVICE, "location": {"latitude": 29.5, "longitude": 106.5, "source": "GEO_RESOLVER_TDOA"}}
    assert values(place) == {"location.latitude": 29.5, "location.longitude": 106.5}


@pytest.mark.parametrize(
    "old",
    [
        {"devEUI": EUI, "object": {"a": 1}, "rxInfo": [{"rssi": -57, "loRaSNR": 10, "time": "2026-03-03T01:59:00Z"}]},
        {"devEUI": "AQIDBAUGBwg=", "objectJSON": '{"a": 1}', "rxInfo": [{"rssi": -57, "loRaSNR": 10}]},
    ],
)
def test_version_3_is_read_in_both_its_spellings(old: dict[str, Any]) -> None:
    message = {"applicationID": "1", "deviceName": "bin-7", "fCnt": 4, "data": "AXVk", **old}
    assert values(message) == {"a": 1, "rxInfo.rssi": -57, "rxInfo.snr": 10}
    assert said(message)[0].source_id == EUI
    assert note({"devEUI": EUI, "type": "UPLINK_CODEC", "error": "bad"}).attributes["level"] == "ERROR"


def test_what_the_topic_says_goes_before_what_the_fields_look_like() -> None:
    body = with_address(f"application/7/device/{EUI}/event/join", json.dumps(UP).encode())
    (only,) = translate(body, ORIGIN)
    assert isinstance(only, Event)
    assert FEED.sender(body) == EUI


def test_an_uplink_that_comes_again_is_the_same() -> None:
    def key(**changes: Any) -> bytes | None:
        return FEED.key(json.dumps({**UP, **changes}).encode())

    again = key(deduplicationId="another", time="2026-03-03T09:59:48+08:00", rxInfo=UP["rxInfo"][:1])
    assert key() == again is not None
    assert len({key(), key(fCnt=5), key(devAddr="20000002"), key(data="AXVl"), key(time="2026-03-04T09:59:00Z")}) == 5
    assert key(fCnt=0) == key(fCnt=None), "proto3 JSON leaves 0 out"
    assert FEED.key(b'{"deviceInfo": {"devEui": "1"}}') is None
    assert FEED.key(json.dumps(STATUS).encode()) != FEED.key(json.dumps({**STATUS, "deduplicationId": "8"}).encode())


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"{", "json"),
        (b'{"rxInfo": 7}', "shape"),
        (b"{}", "shape"),
        (b'{"rxInfo": []}', "shape"),
        (with_address("?event=surprise", b'{"deviceInfo": {"devEui": "1"}}'), "shape"),
        (b'{"deviceInfo": {"devEui": "1"}, "fCnt": 1, "time": "soon"}', "time"),
        (b'{"deviceInfo": {"devEui": "1"}, "object": ' + b"[" * 5_000 + b"]" * 5_000 + b"}", "json"),
        ('{"deviceInfo": {"devEui": "1"}, "object": {"状态": "满"}}'.encode("gb18030"), "json"),
        (json.dumps({"deviceInfo": {"devEui": "1"}, "object": [1] * 1_001}).encode(), "size"),
        (json.dumps({"deviceInfo": {"devEui": "1" * 201}, "object": 1}).encode(), "size"),
    ],
)
def test_what_is_wrong_is_named(body: bytes, reason: str) -> None:
    with pytest.raises(Unreadable) as refusal:
        translate(body, ORIGIN)
    assert refusal.value.reason == reason


def test_the_topics_name_the_device() -> None:
    assert f"application/+/device/+/event/{EVENTS[0]}" in FEED.mqtt_topics
    assert FEED.has_address


def test_every_recorded_uplink_is_read() -> None:
    folder = shared_path("data", "feeds", "lorawan")
    found = [path for path in sorted(folder.rglob("payload*.json")) if "ChirpStack" in path.parts]
    assert found
    for path in found:
        body = path.read_bytes()
        message = json.loads(body)
        assert FEED.sender(body) == message["deviceInfo"]["devEui"]
        for each in translate(body, ORIGIN):
            assert isinstance(each, Reading)
            assert each.observed_at.isoformat()[:19] == message["time"][:19]
