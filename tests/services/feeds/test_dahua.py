"""Dahua: lines and parts of the stream, their episodes and their three clocks, and what is cut off."""

import json
from datetime import UTC, datetime

import pytest

from dispatch.event import Event, Phase
from services.feeds import Origin, Unreadable
from services.feeds.dahua import FEED, is_timeless, split, translate
from tests.services.feeds.asking import RECEIVED_AT, make_camera, make_street_origin, told
from tests.shared_data import shared_path

ORIGIN = make_street_origin("dahua")
UTC_S = RECEIVED_AT.timestamp() - 10


def line(code: str = "ParkingDetection", action: str = "Start", index: str = "0", data: str = "") -> bytes:
    return f"Code={code};action={action};index={index}{';data=' + data if data else ''}".encode()


def one(body: bytes, origin: Origin = ORIGIN) -> Event:
    (event,) = told(FEED, body, origin)
    return event


def test_the_recorded_stretch_of_a_stream_field_by_field() -> None:
    body = shared_path("data", "feeds", "dahua", "attach_stream.txt").read_bytes()
    assert [part[:20] for part in split(body)] == [
        b"Code=VideoMotion;act",
        b"Heartbeat",
        b"Code=CrossLineDetect",
        b"Code=CrossLineDetect",
    ]
    origin = make_street_origin("dahua", received_at=datetime(2019, 7, 30, 7, 43, 22, tzinfo=UTC))
    start, stop = told(FEED, body, origin)
    assert (start.phase, stop.phase) == (Phase.OPEN, Phase.CLOSE)
    assert start.episode == stop.episode == "gate/CrossLineDetection/15"
    assert start.observed_at == datetime(2019, 7, 30, 7, 43, 21, 172_000, tzinfo=UTC)
    assert (start.kind, start.confidence) == ("blocked_fire_lane", 0.5)
    assert start.attributes == {
        "label": "CrossLineDetection",
        "channel": "15",
        "rule": "Rule1",
        "direction": "LeftToRight",
        "target": "Human",
        "object": "2627",
        "sequence": "21",
        "box": "4136,1664,5496,7424",
    }


def test_a_heartbeat_and_plain_motion_say_nothing() -> None:
    assert told(FEED, b"Heartbeat", ORIGIN) == told(FEED, line("VideoMotion"), ORIGIN) == []
    assert told(FEED, line("VideoLoss"), ORIGIN) == told(FEED, line("NTPAdjustTime", "Pulse"), ORIGIN) == []


@pytest.mark.parametrize(
    ("action", "phase"),
    [
        ("Start", Phase.OPEN),
        ("Stop", Phase.CLOSE),
        ("Pulse", Phase.PULSE),
        ("start", Phase.OPEN),
        ("State", Phase.SYNC),
    ],
)
def test_the_action_is_the_phase(action: str, phase: Phase) -> None:
    event = one(line(action=action, index="3"))
    assert (event.phase, event.episode) == (phase, "gate/ParkingDetection/3")


def test_the_index_is_the_source_behind_the_recorder() -> None:
    camera = make_camera("dahua", "15", kinds=("road_ponding",))
    origin = make_street_origin("dahua", children=[camera])
    event = one(line("CrossRegionDetection", index="15"), origin)
    assert (event.source_id, event.kind, event.confidence) == (camera.id, "road_ponding", None)
    assert one(line(index="14"), origin).source_id == "gate"


def test_a_vehicle_in_a_region_is_a_finer_word() -> None:
    data = '{"Object": {"ObjectType": "Vehicle"}, "RegionName": ["A", "B"]}'
    event = one(line("CrossRegionDetection", data=data))
    assert (event.kind, event.attributes["region"]) == ("illegal_parking", "A+B")


def test_names_that_people_typed_do_not_part_a_message() -> None:
    name = "门;action=Stop;index=9 {a} = [b]"
    data = json.dumps({"Name": name, "UTC": UTC_S}, ensure_ascii=False)
    for encoding in ("utf-8", "gb18030"):
        event = one(line(data=data).decode().encode(encoding))
        assert (event.phase, event.attributes["rule"]) == (Phase.OPEN, name)


@pytest.mark.parametrize(
    ("data", "seconds_before"),
    [
        ({"UTC": UTC_S, "UTCMS": 500}, 9.5),
        ({"UTC": UTC_S, "LocaleTime": "2026-03-03 09:59:50"}, 10),
        ({"UTC": UTC_S, "UTCMS": 5_000}, 10),
        ({"UTC": UTC_S + 8 * 3600, "LocaleTime": "2026-03-03 09:59:50"}, 10),
        ({"UTC": UTC_S + 8 * 3600, "RealUTC": UTC_S}, 10),
        ({"LocaleTime": "2026-03-03 09:59:50"}, 10),
        ({"UTC": UTC_S, "LocaleTime": "soon"}, 10),
        ({"UTC": 0}, 0),
        ({}, 0),
    ],
)
def test_of_its_clocks_the_right_one_counts(data: dict[str, object], seconds_before: float) -> None:
    event = one(line(data=json.dumps(data)))
    assert (RECEIVED_AT - event.observed_at).total_seconds() == seconds_before


def test_what_tells_no_time_counts_each_time_it_comes() -> None:
    assert is_timeless(b"Heartbeat")
    assert is_timeless(line())
    assert not is_timeless(line(data='{"UTC": 1}'))
    assert not is_timeless(line(data='{"LocaleTime": "2026-03-03 10:00:00"}'))


def test_a_relays_json_says_the_same() -> None:
    for names in (("Code", "Action", "Index", "Data"), ("code", "action", "index", "data")):
        body = json.dumps(dict(zip(names, ("LeftDetection", "Pulse", 2, {"UTC": UTC_S}), strict=True))).encode()
        event = one(body)
        assert (event.kind, event.phase, event.episode) == ("unattended_object", Phase.PULSE, "gate/LeftDetection/2")
        assert (RECEIVED_AT - event.observed_at).total_seconds() == 10


def test_a_part_that_was_cut_off_takes_no_other_with_it() -> None:
    cut = line(data='{\n   "Name": "a",\n   "UTC": 17')
    for body in (
        b"\n".join([line(index="1"), cut, b"Heartbeat", line(index="2")]),
        b"".join(b"--x\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n\r\n" + part + b"\r\n" for part in
                 (line(index="1"), cut, b"Heartbeat", line(index="2"))),
    ):  # fmt: skip
        first, broken, _, last = split(body)
        assert one(first).attributes["channel"] == "1"
        assert one(last).attributes["channel"] == "2"
        with pytest.raises(Unreadable) as refusal:
            translate(broken, ORIGIN)
        assert refusal.value.reason == "json"


def test_a_picture_beside_an_event_is_left_out() -> None:
    parts = (b"Content-Type: text/plain\r\n\r\n" + line(), b"Content-Type: image/jpeg\r\n\r\n\xff\xd8\xff\x00Code=")
    assert split(b"".join(b"--x\r\n" + part + b"\r\n" for part in parts)) == [line()]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "shape"),
        (b"Code=A", "shape"),
        (line(action="Dance"), "shape"),
        (line(index="x"), "shape"),
        (line(index="-1"), "shape"),
        (line(data="[]["), "json"),
        (b'{"Code": "A"}', "shape"),
        (b"<xml/>", "shape"),
        (b"x" * 1_000_000, "shape"),
    ],
)
def test_what_is_wrong_is_named(body: bytes, reason: str) -> None:
    with pytest.raises(Unreadable) as refusal:
        translate(body, ORIGIN)
    assert refusal.value.reason == reason
