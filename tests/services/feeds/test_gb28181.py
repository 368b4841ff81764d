"""GB/T 28181: the alarm of the standard in its own encoding, its tables, and a server's JSON of it."""

import json
from datetime import UTC, datetime

import pytest

from dispatch.event import Event, Phase, Vocabulary
from gis.point import LonLat
from services.feeds import Origin, Unreadable
from services.feeds.gb28181 import FEED, translate
from tests.services.feeds.asking import make_camera, make_street_origin, told

ORIGIN = make_street_origin("gb28181")
DEVICE = "64010000001340000001"


def notify(
    method: str = "5", kind: str = "3", *, encoding: str = "GB2312", event_type: str = "", **changes: str
) -> bytes:
    values = {
        "CmdType": "Alarm",
        "SN": "1",
        "DeviceID": DEVICE,
        "AlarmPriority": "4",
        "AlarmMethod": method,
        "AlarmTime": "2026-03-03T09:59:00",
        "AlarmDescription": "东门口有遗留物",
        "Longitude": "106.505",
        "Latitude": "29.515",
        **changes,
    }
    elements = "".join(f"<{name}>{text}</{name}>" for name, text in values.items())
    param = f"<AlarmTypeParam><EventType>{event_type}</EventType></AlarmTypeParam>" if event_type else ""
    info = f"<Info><AlarmType>{kind}</AlarmType>{param}</Info>" if kind else ""
    return f'<?xml version="1.0" encoding="{encoding}"?>\r\n<Notify>{elements}{info}</Notify>'.encode(encoding)


def one(body: bytes, origin: Origin = ORIGIN) -> Event:
    (event,) = told(FEED, body, origin)
    return event


@pytest.mark.parametrize("encoding", ["GB2312", "GBK", "GB18030", "UTF-8"])
def test_an_alarm_field_by_field(encoding: str) -> None:
    event = one(notify(encoding=encoding))
    assert (event.vocabulary, event.kind, event.phase) == (Vocabulary.VIDEO, "unattended_object", Phase.PULSE)
    assert (event.text, event.severity) == ("东门口有遗留物", 1)
    assert event.observed_at == datetime(2026, 3, 3, 1, 59, tzinfo=UTC), "its time is the city's"
    assert event.point == pytest.approx((106.505, 29.515))
    assert event.episode == f"gate/{DEVICE}/5/3"
    assert event.attributes == {
        "device": DEVICE,
        "serial": "1",
        "priority": "4",
        "method": "video",
        "label": "gb28181:5/3",
        "alarm": "object left",
    }


@pytest.mark.parametrize(("priority", "severity"), [("1", 3), ("2", 3), ("3", 2), ("4", 1), ("", 2), ("9", 2)])
def test_the_first_priority_is_the_highest(priority: str, severity: int) -> None:
    assert one(notify(AlarmPriority=priority)).severity == severity


@pytest.mark.parametrize(("event_type", "phase"), [("1", Phase.OPEN), ("2", Phase.CLOSE), ("", Phase.PULSE)])
def test_an_intrusion_has_an_end(event_type: str, phase: Phase) -> None:
    event = one(notify(kind="6", event_type=event_type))
    assert (event.phase, event.confidence) == (phase, 0.5)


def test_the_type_in_info_goes_before_the_other() -> None:
    assert one(notify(kind="10", AlarmType="3")).kind == "crowd"
    assert one(notify(kind="", AlarmType="03")).kind == "unattended_object"


def test_people_tell_in_words_and_faults_of_the_device_say_nothing() -> None:
    event = one(notify("1", ""))
    assert (event.vocabulary, event.text, event.episode) == (Vocabulary.TEXT, "东门口有遗留物", "")
    assert told(FEED, notify("1", "", AlarmDescription=""), ORIGIN) == []
    assert told(FEED, notify("2", "1"), ORIGIN) == told(FEED, notify("6", "1"), ORIGIN) == []


def test_other_commands_say_nothing() -> None:
    assert told(FEED, notify(CmdType="Keepalive"), ORIGIN) == []
    assert told(FEED, b"<Response><CmdType>Alarm</CmdType></Response>", ORIGIN) == []


def test_the_registered_place_and_zone_of_a_camera_count() -> None:
    camera = make_camera("gb28181", DEVICE, point=LonLat(106.5, 29.5), timezone="UTC")
    event = one(notify(), make_street_origin("gb28181", children=[camera]))
    assert (event.source_id, event.point) == (camera.id, None)
    assert event.observed_at == datetime(2026, 3, 3, 9, 59, tzinfo=UTC), "as its clock has it: the engine judges it"
    assert one(notify(Longitude="0.0", Latitude="0.0")).point is None
    assert one(notify(Longitude="999", Latitude="9")).point is None


def test_a_servers_json_says_the_same() -> None:
    body = json.dumps(
        {
            "deviceId": "34020000001110000001",
            "channelId": DEVICE,
            "alarmPriority": "4",
            "alarmMethod": "5",
            "alarmTime": "2026-03-03 09:59:00",
            "alarmDescription": "东门口有遗留物",
            "longitude": 106.505,
            "latitude": 29.515,
            "alarmType": "3",
        }
    ).encode()
    event, same = one(body), one(notify())
    assert (event.kind, event.text, event.observed_at, event.point) == (
        same.kind,
        same.text,
        same.observed_at,
        same.point,
    )
    assert event.episode == same.episode


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (notify(method=""), "shape"),
        (notify(DeviceID=""), "shape"),
        (notify(AlarmTime="gestern"), "time"),
        (notify(AlarmDescription="x" * 10_001), "size"),
        (b"<alert/>", "shape"),
        (b"<!DOCTYPE a><Notify/>", "dtd"),
        (b"<Notify>", "xml"),
        (b"{", "json"),
    ],
)
def test_what_is_wrong_is_named(body: bytes, reason: str) -> None:
    with pytest.raises(Unreadable) as refusal:
        translate(body, ORIGIN)
    assert refusal.value.reason == reason
