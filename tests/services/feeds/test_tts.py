"""The Things Stack: the documented kinds of messages, recorded uplinks, and which messages are one."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from dispatch.event import Event, Phase, Reading
from services.feeds import Unreadable
from services.feeds.tts import FEED, translate
from tests.services.feeds.asking import RECEIVED_AT, make_origin
from tests.shared_data import shared_path

EUI = "0004A30B001C0530"
ORIGIN = make_origin("tts", known=[EUI, "dev-2"])
IDS = {
    "device_id": "dev1", "application_ids": {"application_id": "app1"}, "dev_eui": EUI, "dev_addr": "00BCB929"
}  # fmt: skip
UPLINK: Mapping[str, Any] = {
    "session_key_id": "AXBSH1Pk6Z0G166",
    "f_port": 1,
    "f_cnt": 3,
    "frm_payload": "gkHe",
    "decoded_payload": {"temperature": 1.5, "leak": False, "led": "green", "bins": [40, 60]},
    "rx_metadata": [{"gateway_ids": {"gateway_id": "g"}, "rssi": -35, "snr": 5}, {"packet_broker": {}}],
    "settings": {"frequency": "867100000", "data_rate": {"lora": {"bandwidth": 125000}}},
    "received_at": "2026-03-03T01:59:00.848446463Z",
    "locations": {"user": {"latitude": 29.5, "longitude": 106.5, "altitude": 10, "source": "SOURCE_REGISTRY"}},
}


def message(**fields: Any) -> bytes:
    return json.dumps({"end_device_ids": IDS, "received_at": "2026-03-03T01:59:30Z", **fields}).encode()


def values(body: bytes) -> dict[str, float]:
    found = translate(body, ORIGIN)
    assert all(isinstance(each, Reading) and each.source_id == EUI for each in found)
    return {each.metric: each.value for each in found if isinstance(each, Reading)}


def note(body: bytes) -> Event:
    (only,) = translate(body, ORIGIN)
    assert isinstance(only, Event)
    assert (only.phase, only.text, only.kind, only.source_id) == (Phase.SYNC, "", "", EUI)
    return only


def test_the_decoded_payload_is_read_with_link_and_location() -> None:
    body = message(uplink_message=UPLINK)
    assert values(body) == {
        "temperature": 1.5, "leak": 0, "bins.0": 40, "bins.1": 60, "locations.user.latitude": 29.5,
        "locations.user.longitude": 106.5, "locations.user.altitude": 10, "rx_metadata.rssi": -35, "rx_metadata.snr": 5,
    }  # fmt: skip
    first = translate(body, ORIGIN)[0]
    assert isinstance(first, Reading)
    assert (RECEIVED_AT - first.observed_at).total_seconds() == pytest.approx(60 - 0.848446)


def test_a_normalized_uplink_is_read() -> None:
    uplink = {"f_cnt": 3, "normalized_payload": {"air": {"temperature": 20.5}}}
    assert values(message(uplink_normalized=uplink)) == {"air.temperature": 20.5}


def test_a_simulated_uplink_is_marked_and_has_no_readings() -> None:
    assert note(message(uplink_message=UPLINK, simulated=True)).attributes == {
        "event": "uplink_message", "dev_addr": "00BCB929", "simulated": True
    }  # fmt: skip


@pytest.mark.parametrize("event", ["join_accept", "downlink_ack", "downlink_failed"])
def test_the_rest_says_that_the_device_is_there(event: str) -> None:
    assert note(message(**{event: {}})).attributes == {"event": event, "dev_addr": "00BCB929"}


def test_services_and_solved_locations_are_read() -> None:
    data = {"accuracy": 12.5, "algorithm": "tdoa", "alive": True}
    assert values(message(service_data={"service": "geo", "data": data})) == {"geo.accuracy": 12.5, "geo.alive": 1}
    place = {"latitude": 29.5, "longitude": 106.5, "accuracy": 50, "source": "SOURCE_WIFI_RSSI_GEOLOCATION"}
    assert values(message(location_solved={"service": "geo", "location": place})) == {
        "location.latitude": 29.5, "location.longitude": 106.5, "location.accuracy": 50
    }  # fmt: skip


def test_a_device_is_known_by_its_eui_or_its_id() -> None:
    by_id = {"end_device_ids": {"device_id": "dev-2"}, "join_accept": {}}
    assert [each.source_id for each in translate(json.dumps(by_id).encode(), ORIGIN) if isinstance(each, Event)] == [
        "dev-2"
    ]
    assert FEED.sender(message()) == EUI
    assert FEED.sender(b"[]") == ""


def test_an_uplink_that_comes_again_is_the_same() -> None:
    def key(**changes: Any) -> bytes | None:
        return FEED.key(message(uplink_message={**UPLINK, **changes}, correlation_ids=[str(changes)]))

    assert key() == key(received_at="2026-03-03T01:59:48Z", rx_metadata=[]) is not None
    assert len({key(), key(f_cnt=4), key(session_key_id="x"), key(frm_payload="x"), key(received_at="2026-03-04")}) == 5
    without = {name: value for name, value in UPLINK.items() if name != "f_cnt"}
    assert FEED.key(message(uplink_message=without)) == key(f_cnt=0)
    assert FEED.key(message(join_accept={})) is FEED.key(b"{") is None


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"{", "json"),
        (b"{}", "shape"),
        (message(), "shape"),
        (message(uplink_message=[]), "shape"),
        (message(uplink_message={**UPLINK, "received_at": "soon"}), "time"),
        (message(uplink_message={"decoded_payload": {"a": [1] * 1_001}}), "size"),
        (b'{"end_device_ids": ' + b'{"a":' * 50_000, "json"),
        ('{"end_device_ids": {"device_id": "满"}, "join_accept": {}}'.encode("gb18030"), "json"),
    ],
)
def test_what_is_wrong_is_named(body: bytes, reason: str) -> None:
    with pytest.raises(Unreadable) as refusal:
        translate(body, ORIGIN)
    assert refusal.value.reason == reason


def test_every_recorded_uplink_is_read() -> None:
    folder = shared_path("data", "feeds", "lorawan")
    found = [path for path in sorted(folder.rglob("payload*.json")) if "ChirpStack" not in path.parts]
    assert found
    for path in found:
        body = path.read_bytes()
        recorded = json.loads(body)
        assert FEED.sender(body) == recorded["end_device_ids"]["dev_eui"]
        for each in translate(body, ORIGIN):
            assert isinstance(each, Reading)
            assert each.observed_at.isoformat()[:19] == recorded["uplink_message"]["received_at"][:19]
