"""ONVIF: notifications in SOAP, streams and JSON; what a state is, what opens, and who it is that speaks."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from dispatch.event import Event, Phase
from services.feeds import Origin, Unreadable, with_address
from services.feeds.onvif import FEED, is_timeless, split, translate
from tests.services.feeds.asking import make_camera, make_street_origin, told
from tests.shared_data import shared_path

ORIGIN = make_street_origin("onvif")
CROSSED = "tns1:RuleEngine/LineDetector/Crossed"
INSIDE = "tns1:RuleEngine/FieldDetector/ObjectsInside"
SOURCE = {
    "VideoSourceConfigurationToken": "vsc0",
    "VideoAnalyticsConfigurationToken": "vac0",
    "Rule": "MyFence",
}


def notification(
    topic: str = INSIDE,
    operation: str = "Changed",
    *,
    at: str = "2026-03-03T01:59:00Z",
    source: dict[str, str] = SOURCE,
    data: dict[str, str] | None = None,
) -> str:
    def items(name: str, values: dict[str, str]) -> str:
        told = (f'<tt:SimpleItem Name="{key}" Value="{value}"/>' for key, value in values.items())
        return f"<tt:{name}>{''.join(told)}</tt:{name}>"

    return (
        f'<wsnt:NotificationMessage><wsnt:Topic Dialect="x">{topic}</wsnt:Topic><wsnt:Message>'
        f'<tt:Message UtcTime="{at}" PropertyOperation="{operation}">{items("Source", source)}'
        f"{items('Data', data if data is not None else {'IsInside': 'true'})}</tt:Message></wsnt:Message>"
        "</wsnt:NotificationMessage>"
    )


def soap(*notifications: str, body: str = "wsnt:Notify") -> bytes:
    return (
        '<?xml version="1.0" encoding="UTF-8"?><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" '
        'xmlns:wsnt="http://docs.oasis-open.org/wsn/b-2" xmlns:tt="http://www.onvif.org/ver10/schema">'
        "<s:Header><wsse:Security><wsse:Password>secret</wsse:Password></wsse:Security></s:Header>"
        f"<s:Body><{body}>{''.join(notifications)}</{body}></s:Body></s:Envelope>"
    ).encode()


def one(body: bytes, origin: Origin = ORIGIN) -> Event:
    (event,) = told(FEED, body, origin)
    return event


@pytest.mark.parametrize("body", ["wsnt:Notify", "tev:PullMessagesResponse"])
def test_a_notification_field_by_field(body: str) -> None:
    event = one(soap(notification(), body=body))
    assert (event.kind, event.phase, event.confidence) == ("blocked_fire_lane", Phase.OPEN, 0.5)
    assert event.observed_at == datetime(2026, 3, 3, 1, 59, tzinfo=UTC)
    assert event.episode == (
        f"gate/{INSIDE}/rule=MyFence,videoanalyticsconfigurationtoken=vac0,videosourceconfigurationtoken=vsc0"
    )
    wanted = {"topic": INSIDE, "source": "vsc0", "analytics": "vac0", "rule": "MyFence", "isinside": "true"}
    assert wanted.items() <= event.attributes.items()


@pytest.mark.parametrize(
    ("operation", "data", "phase"),
    [
        ("Changed", {"IsInside": "true"}, Phase.OPEN),
        ("Changed", {"IsInside": "false"}, Phase.CLOSE),
        ("Changed", {"State": "1"}, Phase.OPEN),
        ("Changed", {"active": "0", "objectId": "1"}, Phase.CLOSE),
        ("Changed", {"LogicalState": "active"}, Phase.OPEN),
        ("Changed", {"Whatever": "False"}, Phase.CLOSE),
        ("Initialized", {"IsInside": "true"}, Phase.SYNC),
        ("Initialized", {"IsInside": "false"}, Phase.SYNC),
        ("Deleted", {}, Phase.CLOSE),
        ("Deleted", {"IsInside": "true"}, Phase.CLOSE),
        ("", {"IsInside": "true"}, Phase.OPEN),
        ("Changed", {"ObjectId": "1"}, Phase.PULSE),
    ],
)
def test_what_changed_opens_and_closes_and_what_is_initialized_does_not(
    operation: str, data: dict[str, str], phase: Phase
) -> None:
    event = one(soap(notification(operation=operation, data=data)))
    assert event.phase is phase
    assert event.episode == one(soap(notification())).episode


def test_a_line_that_was_crossed_is_a_pulse() -> None:
    assert one(soap(notification(CROSSED, "", data={"ObjectId": "15"}))).phase is Phase.PULSE


def test_many_notifications_are_parted_and_a_broken_one_takes_no_other_with_it() -> None:
    broken = notification().replace("<wsnt:Topic", "<wsnt:Nothing").replace("</wsnt:Topic>", "</wsnt:Nothing>")
    cut = "<wsnt:NotificationMessage><wsnt:Topic>"
    parts = split(soap(notification(), broken, cut, notification(CROSSED)))
    assert len(parts) == 4
    assert [one(part).attributes["topic"] for part in (parts[0], parts[3])] == [INSIDE, CROSSED]
    for part in parts[1:3]:
        with pytest.raises(Unreadable):
            translate(part, ORIGIN)


def test_the_recorded_change_of_an_axis_camera() -> None:
    body = shared_path("data", "feeds", "onvif", "object_analytics_any_change.xml").read_bytes()
    camera = make_camera("onvif", "1", kinds=("crowd",))
    origin = make_street_origin("onvif", children=[camera], received_at=datetime(2024, 10, 7, 21, 9, 27, tzinfo=UTC))
    event = one(body, origin)
    assert (event.source_id, event.kind, event.phase, event.confidence) == (camera.id, "crowd", Phase.OPEN, None)
    assert event.observed_at == datetime(2024, 10, 7, 21, 9, 26, 46_851, tzinfo=UTC)
    assert event.attributes == {
        "topic": "tnsaxis:CameraApplicationPlatform/ObjectAnalytics/Device1Scenario1",
        "classtypes": "human",
        "active": "1",
        "objectid": "234232",
    }


def test_every_recorded_message_is_read_and_none_that_is_initialized_opens() -> None:
    everything = make_street_origin("onvif", received_at=datetime(2026, 11, 27, tzinfo=UTC))
    for path in sorted(shared_path("data", "feeds", "onvif").glob("*.xml")):
        for event in told(FEED, path.read_bytes(), everything):
            assert (event.phase is Phase.SYNC) == ("_init" in path.name or "global_scene" in path.name), path


def test_the_token_of_the_picture_names_the_camera() -> None:
    camera = make_camera("onvif", "vsc0")
    origin = make_street_origin("onvif", children=[camera])
    assert one(soap(notification()), origin).source_id == camera.id


def test_what_says_nothing_is_no_fault() -> None:
    assert told(FEED, soap(), ORIGIN) == []
    assert told(FEED, b'<tt:MetadataStream xmlns:tt="u"></tt:MetadataStream>', ORIGIN) == []
    assert told(FEED, soap(notification("tns1:VideoSource/SignalLoss", data={"State": "true"})), ORIGIN) == []


EJ = {"UtcTime": "2026-03-03T01:59:00Z", "Source": SOURCE, "Data": {"IsInside": True}}


@pytest.mark.parametrize(
    "topic",
    [
        INSIDE,
        "RuleEngine/FieldDetector/ObjectsInside",
        "onvif:RuleEngine/FieldDetector/ObjectsInside",
        "MyDevice/onvif-ej/RuleEngine/FieldDetector/ObjectsInside/&1/2/MyFence",
    ],
)
def test_json_of_the_broker_says_the_same(topic: str) -> None:
    event = one(json.dumps({"topic": topic, **EJ}).encode())
    same = one(soap(notification()))
    assert (event.kind, event.phase, event.observed_at) == (same.kind, same.phase, same.observed_at)
    assert (event.episode, event.attributes) == (same.episode, same.attributes)


def test_the_bridge_of_axis_is_read() -> None:
    message: dict[str, Any] = {
        "timestamp": 1_772_503_140_230,
        "topic": "axis:CameraApplicationPlatform/FenceGuard/Camera1Profile1",
        "message": {"source": {}, "key": {}, "data": {"active": "1"}},
        "serial": "ACCC8E000001",
    }
    camera = make_camera("onvif", "ACCC8E000001")
    event = one(json.dumps(message).encode(), make_street_origin("onvif", children=[camera]))
    assert (event.source_id, event.kind, event.phase) == (camera.id, "blocked_fire_lane", Phase.OPEN)
    assert event.observed_at == datetime(2026, 3, 3, 1, 59, 0, 230_000, tzinfo=UTC)
    assert event.attributes["topic"] == "tnsaxis:CameraApplicationPlatform/FenceGuard/Camera1Profile1"


def test_what_the_broker_has_deleted_closes() -> None:
    assert one(json.dumps({"topic": INSIDE}).encode()).phase is Phase.CLOSE


def test_only_what_tells_no_time_is_timeless() -> None:
    assert is_timeless(json.dumps({"topic": INSIDE}).encode())
    assert not is_timeless(soap(notification()))
    assert not is_timeless(json.dumps(EJ).encode())


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"<html/>", "shape"),
        (soap(notification(topic="")), "shape"),
        (soap(notification(at="then")), "time"),
        (b"<!DOCTYPE a>" + soap()[38:], "dtd"),
        (json.dumps(EJ).encode(), "shape"),
        (b'{"topic": ', "json"),
        (b"", "xml"),
    ],
)
def test_what_is_wrong_is_named(body: bytes, reason: str) -> None:
    with pytest.raises(Unreadable) as refusal:
        translate(body, ORIGIN)
    assert refusal.value.reason == reason


BROKER_TOPIC = "MyDevice/onvif-ej/RuleEngine/FieldDetector/ObjectsInside/&1/2/My+Fence"


def ej(value: object = None, address: str = BROKER_TOPIC) -> bytes:
    told = {"UtcTime": "2026-03-03T01:59:00Z", "Source": {"VideoSource": "1", "Rule": "x"}, "Data": {"IsInside": value}}
    return with_address(address, b"" if value is None else json.dumps(told).encode())


def test_a_topic_of_a_broker_says_what_its_message_is() -> None:
    origin = make_street_origin("onvif", children=[make_camera("onvif", "1")])
    began, ended, gone = (one(ej(value), origin) for value in (True, False, None))
    assert [each.phase for each in (began, ended, gone)] == [Phase.OPEN, Phase.CLOSE, Phase.CLOSE]
    assert {each.source_id for each in (began, ended, gone)} == {"cam-1"}
    assert {each.episode for each in (began, ended, gone)} == {f"cam-1/{INSIDE}/1/2/My+Fence"}
    assert began.attributes["topic"] == INSIDE


def test_properties_of_one_topic_are_told_apart_by_their_values() -> None:
    other = BROKER_TOPIC.replace("My+Fence", "Other")
    assert one(ej(True)).episode != one(ej(True, other)).episode
    assert is_timeless(ej()), "nothing was deleted twice at one time"
    assert not is_timeless(ej(True))


def test_a_vendor_s_topic_keeps_its_prefix_and_the_message_s_own_topic_goes_before() -> None:
    vendor = "p/q/onvif-ej/tnsaxis:CameraApplicationPlatform/FenceGuard/Camera1Profile1/&1"
    (event,) = told(FEED, ej(True, vendor), ORIGIN)
    assert event.attributes["topic"] == "tnsaxis:CameraApplicationPlatform/FenceGuard/Camera1Profile1"
    own = with_address("a/onvif-ej/Unknown/Topic", json.dumps({"topic": INSIDE, "Data": {"IsInside": True}}).encode())
    assert one(own).attributes["topic"] == INSIDE


def test_a_post_is_read_under_its_query_and_parted_all_the_same() -> None:
    body = with_address("?", soap(notification(), notification(operation="Deleted")))
    assert len(split(body)) == 2
    assert [each.phase for each in told(FEED, body, ORIGIN)] == [Phase.OPEN, Phase.CLOSE]


def test_nothing_under_no_topic_is_refused() -> None:
    for address in ("wardline/onvif/camera", "a/onvif-ej/", "?"):
        with pytest.raises(Unreadable):
            translate(with_address(address, b""), ORIGIN)
