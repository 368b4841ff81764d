"""Hikvision: alerts in every namespace, pushed and parted, with pictures, as JSON, of plates and of nothing at all."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from dispatch.event import Event, Phase, Vocabulary
from gis.point import LonLat
from services.feeds import Unreadable
from services.feeds.hikvision import FEED, split, translate
from tests.services.feeds.asking import make_camera, make_street_origin, told
from tests.shared_data import shared_path

ORIGIN = make_street_origin("hikvision")
XML = "http://www.isapi.org/ver20/XMLSchema"
JPEG = b"\xff\xd8\xff\xe0" + bytes(range(256)) + b"\r\n--not the boundary\r\n\xff\xd9"


def alert(inner: str = "", *, xmlns: str = f' xmlns="{XML}"', **changes: str) -> bytes:
    values = {
        "macAddress": "44:19:b6:6d:24:85",
        "channelID": "1",
        "dateTime": "2026-03-03T09:50:00+08:00",
        "activePostCount": "1",
        "eventType": "fielddetection",
        "eventState": "active",
        **changes,
    }
    elements = "".join(f"<{name}>{text}</{name}>" for name, text in values.items())
    return f'<EventNotificationAlert version="2.0"{xmlns}>{elements}{inner}</EventNotificationAlert>'.encode()


def one(body: bytes, origin: Any = ORIGIN) -> Event:
    (event,) = told(FEED, body, origin)
    return event


def recorded(*names: str) -> bytes:
    return shared_path("data", "feeds", "hikvision", *names).read_bytes()


def form(*parts: tuple[str, bytes], boundary: bytes = b"---------------------------7e13971310878") -> bytes:
    pieces = [
        b"--" + boundary + b"\r\nContent-Disposition: form-data; name=\"p\"; filename=\"p\"\r\nContent-Type: "
        + kind.encode() + b"\r\nContent-Length: " + str(len(body)).encode() + b"\r\n\r\n" + body + b"\r\n"
        for kind, body in parts
    ]  # fmt: skip
    return b"".join(pieces) + b"--" + boundary + b"--\r\n"


def test_an_intrusion_field_by_field() -> None:
    origin = make_street_origin("hikvision", received_at=datetime(2022, 1, 31, 12, 53, 6, tzinfo=UTC))
    event = one(recorded("EventNotificationAlert", "fielddetection_human.xml"), origin)
    assert (event.vocabulary, event.kind, event.phase) == (Vocabulary.VIDEO, "blocked_fire_lane", Phase.OPEN)
    assert event.observed_at == datetime(2022, 1, 31, 12, 53, 5, tzinfo=UTC)
    assert event.episode == "gate/ac:b9:2f:49:44:75/1/fielddetection"
    assert event.confidence == 0.5
    assert event.attributes == {
        "label": "fielddetection",
        "channel": "1",
        "camera": "COUR NORD",
        "region": "3",
        "target": "human",
        "box": "0.6,0.215278,0.735937,0.720834",
        "pictures": "1",
        "post_count": "1",
    }


def test_a_plate_field_by_field() -> None:
    city = make_street_origin("hikvision", received_at=datetime(2024, 5, 7, 10, 49, tzinfo=UTC))
    assert told(FEED, recorded("anpr", "anpr_ds_tcg405_trimmed.xml"), city) == []
    body = recorded("anpr", "anpr_ds_tcg405_trimmed.xml").replace(b"<eventType>ANPR", b"<eventType>parking", 1)
    event = one(body, city)
    assert event.observed_at == datetime(2024, 5, 7, 10, 48, 3, 847_000, tzinfo=UTC)
    assert event.confidence == 0.98
    assert event.point is None, "0 degrees, 0 minutes is no position"
    plate = {name: event.attributes[name] for name in ("plate", "lane", "direction", "vehicle", "pictures")}
    assert plate == {"plate": "AB1234", "lane": "1", "direction": "forward", "vehicle": "SUVMPV", "pictures": "2"}


def test_each_vehicle_that_passes_is_of_its_own() -> None:
    labelled = make_street_origin("hikvision", kinds=("illegal_parking",))
    passing = alert("<UUID>a0fe72d4-3652-464a</UUID><ANPR/>", eventType="vehicledetection")
    assert told(FEED, passing, labelled) == [], "a vehicle that passes is nothing of the city's"
    assert FEED.key(passing) == b"a0fe72d4-3652-464a"
    assert FEED.key(alert()) is None


def test_a_heartbeat_says_nothing_and_a_lost_picture_is_no_matter_of_the_street() -> None:
    assert told(FEED, recorded("anpr", "heartbeat_videoloss_inactive.xml"), ORIGIN) == []
    assert told(FEED, alert(eventType="videoloss", eventState="active"), ORIGIN) == []
    assert told(FEED, alert(eventType="heartBeat"), ORIGIN) == []


@pytest.mark.parametrize(
    "xmlns",
    [
        "", *(f' xmlns="{name}"' for name in (
            XML, "http://www.hikvision.com/ver20/XMLSchema", "http://www.isapi.com/ver20/XMLSchema",
            "http://www.std-cgi.com/ver10/XMLSchema", "urn:psialliance-org"
        )),
    ],
)  # fmt: skip
def test_every_namespace_is_the_same(xmlns: str) -> None:
    assert one(alert(xmlns=xmlns)) == one(alert())


def test_a_prefix_is_no_part_of_a_name() -> None:
    bare = alert(xmlns="").decode()
    prefixed = bare.replace("</", "\0").replace("<", "<ns1:").replace("\0", "</ns1:").encode()
    assert one(prefixed) == one(alert())


@pytest.mark.parametrize(
    ("changes", "phase"),
    [
        ({}, Phase.OPEN),
        ({"activePostCount": ""}, Phase.OPEN),
        ({"activePostCount": "2"}, Phase.UPDATE),
        ({"eventState": "inactive", "activePostCount": "0"}, Phase.CLOSE),
        ({"eventState": ""}, Phase.PULSE),
        ({"isDataRetransmission": "true"}, Phase.SYNC),
        ({"isDataRetransmission": "false"}, Phase.OPEN),
    ],
)
def test_the_phase_follows_from_state_and_count(changes: dict[str, str], phase: Phase) -> None:
    event = one(alert(**changes))
    assert event.phase is phase
    assert event.episode == one(alert()).episode


def test_a_duration_is_of_the_types_that_it_relates() -> None:
    origin = make_street_origin("hikvision", received_at=datetime(2023, 1, 24, tzinfo=UTC))
    event = one(recorded("EventNotificationAlert", "ipc_1_fielddetection.xml"), origin)
    assert (event.attributes["label"], event.episode) == ("fielddetection", "gate/a6:63:9e:f8:01:09/1/fielddetection")
    related = "".join(
        f"<Duration><relationEvent>{word}</relationEvent></Duration>" for word in ("parking", "IO", "group")
    )
    kinds = [
        each.kind for each in told(FEED, alert(f"<DurationList>{related}</DurationList>", eventType="duration"), ORIGIN)
    ]
    assert kinds == ["illegal_parking", "crowd"]


def test_a_time_without_a_zone_is_of_the_citys_or_the_sources_own() -> None:
    naive = alert(dateTime="2026-03-03T09:50:00")
    assert one(naive).observed_at == datetime(2026, 3, 3, 1, 50, tzinfo=UTC)
    hanoi = make_street_origin("hikvision", children=[make_camera("hikvision", "1", timezone="Asia/Ho_Chi_Minh")])
    assert one(alert(dateTime="2026-03-03T08:50:00"), hanoi).observed_at == datetime(2026, 3, 3, 1, 50, tzinfo=UTC)
    assert one(alert(), hanoi).observed_at == datetime(2026, 3, 3, 1, 50, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("3", {"channelID": "3"}),
        ("3", {"channelID": "", "dynChannelID": "3"}),
        ("44:19:b6:6d:24:85", {}),
        ("东门", {"channelName": "东门"}),
        ("2", {"channelID": "34"}),
        ("io-2", {"eventType": "IO", "inputIOPortID": "2"}),
    ],
)
def test_the_channel_is_the_source_behind_the_recorder(name: str, changes: dict[str, str]) -> None:
    camera = make_camera("hikvision", name, kinds=("road_ponding",))
    origin = make_street_origin("hikvision", children=[camera])
    body = alert(**{"eventType": "linedetection", **changes})
    if name == "io-2":
        assert told(FEED, body, origin) == [], "an input has no word of the city's"
        return
    event = one(body, origin)
    assert event.source_id == camera.id
    assert (event.kind, event.confidence) == ("road_ponding", None), "what a drawn line means, the camera's kinds say"


def test_a_vehicle_in_a_region_is_a_finer_word() -> None:
    region = "<DetectionRegionEntry><detectionTarget>vehicle</detectionTarget></DetectionRegionEntry>"
    assert one(alert(f"<DetectionRegionList>{region}</DetectionRegionList>")).kind == "illegal_parking"


def test_where_a_device_says_it_is_counts_only_where_the_city_does_not_know() -> None:
    gps = (
        "<DeviceGPSInfo><longitudeType>E</longitudeType><latitudeType>N</latitudeType><Longitude><degree>106</degree>"
        "<minute>30</minute><sec>0</sec></Longitude><Latitude><degree>29</degree><minute>30</minute><sec>36.0</sec>"
        "</Latitude></DeviceGPSInfo>"
    )
    assert one(alert(gps)).point == pytest.approx((106.5, 29.51))
    placed = make_street_origin("hikvision", children=[make_camera("hikvision", "1", point=LonLat(106.5, 29.5))])
    assert one(alert(gps), placed).point is None


def test_a_form_is_parted_and_its_pictures_left_out() -> None:
    body = form(
        ("image/jpeg", JPEG),
        ("application/xml; charset=UTF-8", alert()),
        ("application/octet-stream", JPEG),
        ("application/json", json.dumps({"eventType": "group", "eventState": "active", "channelID": 2}).encode()),
    )
    assert split(body) == [alert(), b'{"eventType": "group", "eventState": "active", "channelID": 2}']
    assert [each.kind for each in told(FEED, body, ORIGIN)] == ["blocked_fire_lane", "crowd"]


def test_a_stretch_of_the_stream_is_parted_wherever_it_was_joined() -> None:
    part = b'Content-Type: application/xml; charset="UTF-8"\r\nContent-Length: 9\r\n\r\n%b\r\n'
    joined = part % alert() + b"--boundary\r\n" + part % alert(channelID="2") + b"--boundary\r\n" + part % alert()[:90]
    whole = [alert(), alert(channelID="2"), alert()[:90]]
    assert split(joined) == split(b"--boundary\r\n" + joined) == whole
    assert split(b"--boundary\n" + joined.replace(b"\r\n", b"\n")) == whole


def test_a_broken_part_takes_no_other_with_it() -> None:
    body = form(("application/xml", b"<EventNotificationAlert><a"), ("application/xml", alert()), ("text/plain", b"?"))
    first, second, third = split(body)
    assert one(second) == one(alert())
    for broken in (first, third):
        with pytest.raises(Unreadable):
            translate(broken, ORIGIN)


def test_many_alerts_of_one_body_are_parted() -> None:
    assert [each.episode[-4:] for each in told(FEED, alert(channelID="1", eventType="group") * 2, ORIGIN)] == [
        "roup"
    ] * 2


def test_a_form_of_pictures_alone_is_kept_and_refused() -> None:
    (whole,) = split(form(("image/jpeg", JPEG)))
    with pytest.raises(Unreadable):
        translate(whole, ORIGIN)


@pytest.mark.parametrize("wrap", [lambda told: told, lambda told: {"EventNotificationAlert": told}])
def test_json_says_the_same(wrap: Any) -> None:
    told_json = {
        "macAddress": "44:19:b6:6d:24:85",
        "channelID": 1,
        "dateTime": "2026-03-03T09:50:00+08:00",
        "activePostCount": 1,
        "eventType": "fielddetection",
        "eventState": "active",
        "DetectionRegionList": [{"regionID": 4, "detectionTarget": "human"}],
        "isDataRetransmission": False,
        "wardline_media": ["p1", "p2"],
    }
    event = one(json.dumps(wrap(told_json)).encode())
    assert (event.phase, event.episode, event.observed_at) == (
        Phase.OPEN,
        one(alert()).episode,
        one(alert()).observed_at,
    )
    assert (event.attributes["region"], event.attributes["target"], event.media) == ("4", "human", ("p1", "p2"))


def test_chinese_names_are_read_from_undeclared_gbk() -> None:
    body = alert(channelName="东门 & 西门").decode().encode("gbk")
    assert one(body).attributes["camera"] == "东门 & 西门"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (alert(eventType=""), "shape"),
        (b"<ResponseStatus><statusCode>4</statusCode></ResponseStatus>", "shape"),
        (alert(dateTime="yesterday"), "time"),
        (b"<!DOCTYPE a>" + alert(), "dtd"),
        (b"{", "json"),
        (b"[1]", "shape"),
        (b"EventNotificationAlert", "xml"),
    ],
)
def test_what_is_wrong_is_named(body: bytes, reason: str) -> None:
    with pytest.raises(Unreadable) as refusal:
        translate(body, ORIGIN)
    assert refusal.value.reason == reason


def test_every_recorded_alert_is_read_and_nothing_else_is() -> None:
    origin = make_street_origin("hikvision", received_at=datetime(2026, 11, 27, tzinfo=UTC))
    for path in sorted(shared_path("data", "feeds", "hikvision").rglob("*.xml")):
        body = path.read_bytes()
        for part in split(body):
            if b"EventNotificationAlert" in body:
                translate(part, origin)
            else:
                with pytest.raises(Unreadable):
                    translate(part, origin)
