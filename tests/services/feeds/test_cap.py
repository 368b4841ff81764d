"""CAP: recorded and made alerts in each writing; chains and their ends, areas, and what is only an exercise."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from msgspec.structs import replace

from dispatch.event import Event, Phase, Vocabulary
from gis.point import LonLat
from services.feeds import Origin, Unreadable
from services.feeds.cap import FEED, split, translate
from tests.services.feeds.asking import make_street_origin, told
from tests.shared_data import shared_path

ORIGIN = make_street_origin("cap")
LATER = make_street_origin("cap", received_at=datetime(2026, 11, 27, tzinfo=UTC))
V12 = "urn:oasis:names:tc:emergency:cap:1.2"
INFO = (
    "<info><language>en</language><category>Met</category><event>Rainstorm</event><urgency>Immediate</urgency>"
    "<severity>Severe</severity><certainty>Likely</certainty><onset>2026-03-03T12:00:00+08:00</onset>"
    "<expires>2026-03-03T18:00:00-00:00</expires><headline>Red rain</headline>"
    "<description>Heavy&lt;br/&gt;rain</description>{area}</info>"
)
RING = (
    "<area><areaDesc>Yuzhong</areaDesc>"
    "<polygon>29.50,106.50 29.50,106.60 29.60,106.60 29.60,106.50 29.50,106.50</polygon></area>"
)


def alert(
    kind: str = "Alert",
    *,
    status: str = "Actual",
    number: str = "A1",
    references: str = "",
    inner: str = INFO,
    area: str = RING,
    xmlns: str = V12,
    sent: str = "2026-03-03T09:50:00+08:00",
) -> bytes:
    named = f"<references>{references}</references>" if references else ""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><alert xmlns="{xmlns}"><identifier>{number}</identifier>'
        f"<sender>met@city.test</sender><sent>{sent}</sent><status>{status}</status><msgType>{kind}</msgType>"
        f"<scope>Public</scope>{named}{inner.replace('{area}', area)}</alert>"
    ).encode()


def one(body: bytes, origin: Origin = ORIGIN) -> Event:
    (event,) = told(FEED, body, origin)
    return event


def recorded(name: str) -> bytes:
    (path,) = shared_path("data", "feeds", "cap").rglob(name)
    return path.read_bytes()


def test_an_alert_field_by_field() -> None:
    event = one(alert())
    assert (event.vocabulary, event.phase, event.severity, event.confidence) == (Vocabulary.TEXT, Phase.OPEN, 3, 0.75)
    assert event.text == "Red rain\nHeavy\nrain"
    assert event.observed_at == datetime(2026, 3, 3, 1, 50, tzinfo=UTC)
    assert event.point == pytest.approx((106.55, 29.55))
    assert event.accuracy_m == pytest.approx(7_370, abs=10)
    assert (event.place_text, event.episode) == ("Yuzhong", "cap/met@city.test,A1")
    assert event.attributes == {
        "event": "Rainstorm",
        "headline": "Red rain",
        "urgency": "Immediate",
        "severity": "Severe",
        "certainty": "Likely",
        "category": "Met",
        "language": "en",
        "onset": "2026-03-03T04:00:00+00:00",
        "expires": "2026-03-03T18:00:00+00:00",
        "identifier": "A1",
        "sender": "met@city.test",
        "status": "Actual",
        "message": "Alert",
        "scope": "Public",
        "area": "Yuzhong",
    }


@pytest.mark.parametrize("version", ["1.2", "1.1"])
def test_the_version_makes_no_difference(version: str) -> None:
    assert one(alert(xmlns=f"urn:oasis:names:tc:emergency:cap:{version}")) == one(alert())


def test_the_first_version_is_read() -> None:
    inner = INFO.replace("Likely", "Very Likely").replace("<urgency>", "<eventCode>SAME=SVR</eventCode><urgency>")
    area = "<area><areaDesc>Yuzhong</areaDesc><geocode>FIPS6=006109</geocode></area>"
    event = one(alert(xmlns="http://www.incident.com/cap/1.0", inner=inner, area=area))
    assert (event.confidence, event.attributes["codes"], event.attributes["geocodes"]) == (
        0.75,
        "SAME:SVR",
        "FIPS6:006109",
    )


FIRST, SECOND = "met@city.test,A1,2026-03-03T09:50:00+08:00", "met@city.test,A2,2026-03-03T09:55:00+08:00"


def test_a_chain_is_one_happening_however_many_of_it_come() -> None:
    update = one(alert("Update", number="A2", references=FIRST))
    both = one(alert("Update", number="A3", references=f"{SECOND} {FIRST}"))
    cancel = one(alert("Cancel", number="A4", references=f"{SECOND}\n{FIRST}", inner=""))
    assert {each.episode for each in (one(alert()), update, both, cancel)} == {"cap/met@city.test,A1"}
    assert [each.phase for each in (update, both, cancel)] == [Phase.UPDATE, Phase.UPDATE, Phase.CLOSE]


def test_an_update_that_clears_all_closes() -> None:
    inner = INFO.replace("<urgency>", "<responseType>AllClear</responseType><urgency>")
    assert one(alert("Update", references=FIRST, inner=inner)).phase is Phase.CLOSE


def test_answers_between_services_say_nothing() -> None:
    assert told(FEED, alert("Ack", references=FIRST), ORIGIN) == told(FEED, alert("Error"), ORIGIN) == []
    assert told(FEED, recorded("no_optional_fields.cap"), LATER) == []


@pytest.mark.parametrize("status", ["Exercise", "System", "Test", "Draft"])
@pytest.mark.parametrize("kind", ["Alert", "Update", "Cancel"])
def test_what_is_not_actual_opens_nothing_and_adds_to_nothing(status: str, kind: str) -> None:
    event = one(alert(kind, status=status, references=FIRST if kind != "Alert" else ""))
    assert (event.phase, event.attributes["status"], event.text) == (Phase.SYNC, status, "")
    assert event.episode != one(alert()).episode


def test_languages_are_one_hazard_and_other_hazards_are_events_of_the_same_episode() -> None:
    code = "<eventCode><valueName>w</valueName><value>{}</value></eventCode><urgency>"
    english, chinese = INFO.replace("<urgency>", code.format("rain")), INFO.replace("<urgency>", code.format("rain"))
    chinese = chinese.replace("Rainstorm", "暴雨").replace("<language>en", "<language>zh")
    flood = INFO.replace("<urgency>", code.format("flood")).replace("Red rain", "Flood")
    events = told(FEED, alert(inner=english + chinese + flood), ORIGIN)
    assert [event.text.partition("\n")[0] for event in events] == ["Red rain", "Flood"]
    assert len({event.id for event in events}) == 2
    assert {event.episode for event in events} == {"cap/met@city.test,A1"}


def test_a_circle_has_its_radius_in_kilometres() -> None:
    event = one(recorded("australia.cap"), LATER)
    assert event.point == LonLat(147.0598, -35.3888)
    assert event.accuracy_m == 25_000
    assert event.attributes["geocodes"] == "http://www.iso.org/iso/country_codes.html:AU-NSW"
    assert "<br" not in event.text
    assert event.attributes["response"] == "Evacuate"


def test_the_area_around_the_source_goes_before_the_first() -> None:
    other = RING.replace("29.", "39.").replace("Yuzhong", "Far away")
    first = one(alert(area=other + RING))
    assert first.place_text == "Far away"
    here = Origin(**{**_fields(ORIGIN), "source": replace(ORIGIN.source, point=LonLat(106.57, 29.56))})
    assert one(alert(area=other + RING), here).place_text == "Yuzhong"


def _fields(origin: Origin) -> dict[str, Any]:
    return {name: getattr(origin, name) for name in origin.__dataclass_fields__}


def test_an_area_without_a_shape_is_named() -> None:
    event = one(recorded("weather.cap"), LATER)
    assert (event.point, event.accuracy_m) == (None, None)
    assert event.place_text == "Central and Southern Lewis and Clark; Lewis and Clark"
    assert event.attributes["geocodes"] == "FIPS6:030049 UGC:MTZ014"


@pytest.mark.parametrize(
    "shape",
    [
        "<polygon>29,106</polygon>",
        "<polygon>99,106 99,107 98,107</polygon>",
        "<polygon>106.50,29.50 106.60,29.50 106.60,29.60 106.50,29.50</polygon>",
        "<circle>29,106</circle>",
        "<circle>x 1</circle>",
        "<circle>29,106 -1</circle>",
    ],
)
def test_a_warning_is_not_lost_for_a_broken_shape(shape: str) -> None:
    event = one(alert(area=f"<area><areaDesc>Yuzhong</areaDesc>{shape}</area>"))
    assert (event.point, event.place_text, event.attributes["area_broken"]) == (None, "Yuzhong", "true")


def test_a_ring_over_the_date_line_lies_on_one_side_of_it() -> None:
    ring = "<area><areaDesc>Tonga</areaDesc><polygon>-20,179 -20,-175 -10,-175 -10,179 -20,179</polygon></area>"
    event = one(alert(area=ring))
    assert event.point == pytest.approx((-178, -15))
    assert event.accuracy_m is not None
    assert event.accuracy_m < 700_000


def test_a_signed_update_of_many_references_is_read() -> None:
    event = one(recorded("canada_signed.cap"), LATER)
    assert (event.phase, event.episode) == (Phase.UPDATE, "cap/cap-pac@ec.gc.ca,2.49.0.1.124.726d2331.2013")
    assert (event.attributes["event"], event.attributes["language"]) == ("snowfall", "en-CA")


def test_latin_letters_of_an_old_encoding_are_read() -> None:
    assert one(recorded("earthquake-iso8859-1.cap"), LATER).text.startswith("EQ 4.6 Usulután")


def test_an_attack_by_entities_is_refused() -> None:
    with pytest.raises(Unreadable) as refusal:
        translate(recorded("xee.cap"), LATER)
    assert refusal.value.reason == "dtd"


def test_sender_identifier_and_time_make_an_alert_this_one() -> None:
    assert FEED.key(alert()) == b"met@city.test\0A1\x002026-03-03T09:50:00+08:00"
    assert FEED.key(alert()) == FEED.key(alert(inner="")) != FEED.key(alert(number="A2"))
    assert FEED.key(b"<alert/>") is FEED.key(b"{}") is None


def test_an_envelope_of_many_is_parted() -> None:
    alone = alert().partition(b"?>")[2]
    body = b"<EDXLDistribution>" + alone + b"<alert><x></alert>" + alone.replace(b"A1", b"A2") + b"</EDXLDistribution>"
    first, broken, last = split(body)
    assert [one(part).episode for part in (first, last)] == ["cap/met@city.test,A1", "cap/met@city.test,A2"]
    with pytest.raises(Unreadable):
        translate(broken, ORIGIN)


def feature(**changes: Any) -> dict[str, Any]:
    properties = {
        "id": "urn:oid:2",
        "sender": "w-nws.webmaster@noaa.gov",
        "sent": "2026-03-02T19:48:00-06:00",
        "status": "Actual",
        "messageType": "Update",
        "severity": "Moderate",
        "certainty": "Observed",
        "event": "Wind Advisory",
        "areaDesc": "Stewart; Montgomery",
        "geocode": {"SAME": ["047161"], "UGC": ["TNZ005", "TNZ006"]},
        "references": [
            {"identifier": "urn:oid:1", "sender": "w-nws.webmaster@noaa.gov", "sent": "2026-03-02T01:00:00-06:00"}
        ],
        "onset": None,
        "ends": "2026-03-05T00:00:00-06:00",
        "parameters": {"VTEC": ["/O.CON.KOHX.WI.Y.0001.240109T0000Z-240110T0600Z/"]},
        **changes,
    }
    ring = [[106.5, 29.5], [106.6, 29.5], [106.6, 29.6], [106.5, 29.6], [106.5, 29.5]]
    return {"type": "Feature", "geometry": {"type": "Polygon", "coordinates": [ring]}, "properties": properties}


def test_a_feature_of_the_weather_service_says_the_same() -> None:
    event = one(json.dumps(feature()).encode())
    assert (event.phase, event.severity, event.confidence) == (Phase.UPDATE, 2, 1.0)
    assert event.episode == "cap/w-nws.webmaster@noaa.gov,urn:oid:1"
    assert (event.text, event.place_text) == ("Wind Advisory", "Stewart; Montgomery")
    assert event.point == pytest.approx((106.55, 29.55))
    assert event.attributes["geocodes"] == "SAME:047161 UGC:TNZ005 UGC:TNZ006"
    assert event.attributes["ends"] == "2026-03-05T06:00:00+00:00"


def test_a_collection_is_parted_into_its_features() -> None:
    body = json.dumps({"type": "FeatureCollection", "features": [feature(), feature(id=""), feature(id="urn:oid:3")]})
    first, broken, last = split(body.encode())
    assert one(first).id == one(last).id == "m1/0"
    with pytest.raises(Unreadable):
        translate(broken, ORIGIN)


def test_all_recorded_features_are_read_once_their_times_are_filled_in() -> None:
    for path in sorted(shared_path("data", "feeds", "cap_nws").glob("*.json")):
        collection = json.loads(path.read_text("utf-8"))
        for each in collection["features"]:
            alone = json.dumps(each, separators=(",", ":"), ensure_ascii=False).encode()
            assert split(json.dumps({"features": [each]}).encode()) == [alone]
            if each["properties"]["sent"].startswith("date:"):
                each["properties"]["sent"] = "2026-11-26T12:00:00-06:00"
            *_, event = translate(json.dumps(each).encode(), LATER)
            assert isinstance(event, Event)
            assert event.phase is {"Alert": Phase.OPEN, "Update": Phase.UPDATE}[each["properties"]["messageType"]]
            assert (event.point is None) == (each["geometry"] is None)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (alert(number=""), "shape"),
        (alert(status="Perhaps"), "shape"),
        (alert("Rumour"), "shape"),
        (alert(sent="2026"), "time"),
        (b"<feed/>", "shape"),
        (b"<alert>", "xml"),
        (b'{"properties": []}', "shape"),
        (b"[]", "xml"),
    ],
)
def test_what_is_wrong_is_named(body: bytes, reason: str) -> None:
    with pytest.raises(Unreadable) as refusal:
        translate(body, ORIGIN)
    assert refusal.value.reason == reason
