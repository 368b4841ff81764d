"""Milestone XProtect: analytics events in XML as its samples are, frames of the gateway and alarms in JSON."""

import json
from datetime import UTC, datetime

import pytest

from dispatch.event import Event, Phase, Vocabulary
from services.feeds import Origin, Unreadable
from services.feeds.milestone import FEED, key, split, translate
from tests.services.feeds.asking import RECEIVED_AT, make_camera, make_street_origin, told
from tests.shared_data import shared_path

GUID = "068680AB-5350-4AC7-A47E-652300B16252"
ORIGIN = make_street_origin("milestone", children=[make_camera("milestone", GUID.lower())])
OBJECT = (
    "<ObjectList><Object><Name>Car</Name><AlarmTrigger>false</AlarmTrigger></Object><Object><Name>%s</Name>"
    "<Value>A suspect item</Value><AlarmTrigger>true</AlarmTrigger><Polygon><PointList><Point><X>0.3</X><Y>0.2</Y>"
    "</Point><Point><X>0.6</X><Y>0.5</Y></Point></PointList></Polygon></Object></ObjectList>"
)


def analytics(message: str = "ParkingDetection", more: str = "", source: str = "", number: str = "0" * 8) -> bytes:
    where = source or f"<FQID><ObjectId>{GUID}</ObjectId></FQID>"
    return (
        '<?xml version="1.0" encoding="utf-8"?>\r\n<AnalyticsEvent xmlns="urn:milestone-systems"><EventHeader>'
        f"<ID>{number}-0000-0000-0000-000000000000</ID><Timestamp>2026-03-03T09:59:00+08:00</Timestamp>"
        f"<Type>MyType</Type><Message>{message}</Message><CustomTag>Tag</CustomTag><Source>{where}</Source>"
        f"</EventHeader><Description>A car stands there.</Description><Location>North gate</Location>{more}"
        "<Vendor><Name>My Smart Video</Name></Vendor></AnalyticsEvent>"
    ).encode()


def one(body: bytes | object, origin: Origin = ORIGIN) -> Event:
    (event,) = told(FEED, body if isinstance(body, bytes) else json.dumps(body).encode(), origin)
    return event


def test_an_analytics_event_field_by_field() -> None:
    event = one(analytics(more=OBJECT % "Thing"))
    assert (event.vocabulary, event.kind, event.phase) == (Vocabulary.VIDEO, "illegal_parking", Phase.PULSE)
    assert event.source_id == f"cam-{GUID.lower()}"
    assert event.observed_at == datetime(2026, 3, 3, 1, 59, tzinfo=UTC)
    assert event.text == "A car stands there."
    assert event.episode == f"cam-{GUID.lower()}/ParkingDetection"
    assert event.attributes == {
        "label": "ParkingDetection",
        "type": "MyType",
        "tag": "Tag",
        "place": "North gate",
        "object": "A suspect item",
        "box": "0.3,0.2,0.6,0.5",
        "vendor": "My Smart Video",
    }


def test_the_object_that_triggered_it_is_the_finer_word() -> None:
    assert one(analytics("CrossRegionDetection", OBJECT % "Vehicle")).kind == "illegal_parking"
    assert one(analytics("CrossRegionDetection", OBJECT % "Thing")).kind == "blocked_fire_lane"


@pytest.mark.parametrize(
    ("source", "external_id"),
    [
        ("<Name>192.168.0.199</Name>", "192.168.0.199"),
        ("<Name>192.168.0.199,2</Name>", "192.168.0.199"),
        ("<Name>192.168.0.199,2</Name>", "192.168.0.199,2"),
        (f"<FQID><ObjectId>{{{GUID}}}</ObjectId></FQID>", GUID),
        (f"<FQID><ObjectId>{'0' * 8}-0000-0000-0000-{'0' * 12}</ObjectId></FQID><Name>Yard</Name>", "Yard"),
    ],
)
def test_a_camera_is_known_by_its_guid_its_name_or_its_address(source: str, external_id: str) -> None:
    origin = make_street_origin("milestone", children=[make_camera("milestone", external_id)])
    assert one(analytics(source=source), origin).source_id == f"cam-{external_id}"


def test_a_message_that_the_city_has_no_type_for_says_nothing() -> None:
    assert told(FEED, analytics("Nothing that we know"), ORIGIN) == []


def test_events_of_one_body_are_messages_of_their_own() -> None:
    body = (
        b"<Events>"
        + analytics().split(b"?>")[1]
        + b"<AnalyticsEvent><broken"
        + analytics().split(b"?>")[1]
        + b"</Events>"
    )
    parts = split(body)
    assert len(parts) == 3
    assert [len(told(FEED, part, ORIGIN)) for part in (parts[0], parts[2])] == [1, 1]
    with pytest.raises(Unreadable):
        translate(parts[1], ORIGIN)


def test_a_guid_tells_messages_apart_and_the_one_of_nobody_does_not() -> None:
    assert key(analytics(number="0000A0B1")) == b"0000a0b1-0000-0000-0000-000000000000"
    assert key(analytics()) is None
    assert key(b"{}") is None


def test_the_older_alert_is_read_too() -> None:
    body = analytics().replace(b"AnalyticsEvent", b"Alert").replace(b"EventHeader", b"AlertHeader")
    assert one(body).kind == "illegal_parking"


def event(**changes: object) -> dict[str, object]:
    return {
        "specversion": "1.0",
        "id": "ad7c1a2b-6a3c-4bd0-8a77-0f4f4e9f7f6e",
        "source": f"cameras/{GUID}",
        "type": "6eb95dd6-7ccc-4bce-99f8-af0d0b582d77",
        "time": "2026-03-03T01:59:00.123Z",
        "data": {"message": "ParkingDetection", "description": "A car stands there.", "location": "North gate"},
        **changes,
    }


def test_events_of_a_frame_are_pulses_and_states_are_states() -> None:
    events = told(FEED, json.dumps({"events": [event(), event(source="cameras/unknown")]}).encode(), ORIGIN)
    assert [each.phase for each in events] == [Phase.PULSE, Phase.PULSE]
    assert [each.source_id for each in events] == [f"cam-{GUID.lower()}", "gate"]
    assert events[0].observed_at == datetime(2026, 3, 3, 1, 59, 0, 123_000, tzinfo=UTC)
    assert events[0].text == "A car stands there."
    state = one({"commandId": 3, "status": 200, "states": [event()]})
    assert (state.phase, state.episode) == (Phase.SYNC, events[0].episode)


def test_an_event_without_words_is_looked_up_by_the_guid_of_its_type() -> None:
    assert told(FEED, json.dumps(event(data={})).encode(), ORIGIN) == []
    assert one(event(data={}, type="ParkingDetection")).kind == "illegal_parking"


def test_answers_to_commands_and_empty_lists_say_nothing() -> None:
    for frame in (b'{"commandId": 1, "status": 201, "sessionId": "x"}', b'{"events": []}', b'{"array": []}'):
        assert told(FEED, frame, ORIGIN) == []


def alarm(level: object, name: str = "", **changes: object) -> dict[str, object]:
    state = {"stateLevel": level} if name == "" else {"stateName": name}
    return {
        "id": "41",
        "name": "ParkingDetection",
        "source": f"cameras/{GUID}",
        "time": "2026-03-03T01:59:00Z",
        "priorityLevel": 1,
        **state,
        **changes,
    }


@pytest.mark.parametrize(
    ("level", "name", "phase"),
    [
        (1, "", Phase.OPEN),
        (4, "", Phase.UPDATE),
        (11, "", Phase.CLOSE),
        (77, "", Phase.UPDATE),
        (0, "New", Phase.OPEN),
        (0, "Closed", Phase.CLOSE),
        (0, "Waiting for the fire brigade", Phase.UPDATE),
    ],
)
def test_an_alarm_is_an_episode_from_new_to_closed(level: int, name: str, phase: Phase) -> None:
    found = one(alarm(level, name))
    assert (found.phase, found.severity) == (phase, 3)
    assert found.episode == f"cam-{GUID.lower()}/alarm/41"


def test_alarms_of_a_list_and_the_data_of_one_are_read() -> None:
    assert len(told(FEED, json.dumps({"array": [alarm(1), alarm(4)]}).encode(), ORIGIN)) == 2
    assert one({"data": alarm(1, priorityLevel=3)}).severity == 1


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"<a/>", "shape"),
        (b"<AnalyticsEvent/>", "shape"),
        (b"<AnalyticsEvent><EventHeader/></AnalyticsEvent>", "shape"),
        (b"<AnalyticsEvent><EventHeader>", "xml"),
        (b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><AnalyticsEvent>&b;</AnalyticsEvent>', "dtd"),
        (b"{}", "shape"),
        (b'{"stateLevel": 1}', "shape"),
        (b"{", "json"),
        (analytics().replace(b"2026-03", b"2026-33"), "time"),
    ],
)
def test_what_is_broken_is_refused_by_name(body: bytes, reason: str) -> None:
    with pytest.raises(Unreadable) as refused:
        translate(body, ORIGIN)
    assert refused.value.reason == reason


def test_a_time_without_a_zone_is_the_city_s_and_none_is_that_of_receipt() -> None:
    assert one(analytics().replace(b"+08:00", b"")).observed_at == datetime(2026, 3, 3, 1, 59, tzinfo=UTC)
    assert one(event(time="")).observed_at == RECEIVED_AT


@pytest.mark.shared
@pytest.mark.parametrize("name", ["AnalyticsEvent.xml", "AnalyticsEventOverlay.xml"])
def test_the_vendor_s_samples_are_read(name: str) -> None:
    body = shared_path("data", "feeds", "milestone", "TriggerAnalyticsEventXML", name).read_bytes()
    body = body.replace(b"$timestamp$", b"2026-03-03T01:59:00Z").replace(b"MyAnalyticsEvent01", b"ParkingDetection")
    found = one(body)
    assert found.text == "Analytics event description."
    assert found.attributes["place"] == "Event location 1"
    assert found.attributes.get("box") == ("0.3,0.3,0.6,0.6" if "Overlay" in name else None)
