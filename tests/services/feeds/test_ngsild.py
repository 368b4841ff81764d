"""NGSI-LD and NGSI version 2: the forms in which an entity comes, alerts, times, and the data models' examples."""

import json
from typing import Any

import pytest

from dispatch.event import Event, Phase, Reading, Vocabulary
from services.feeds import Unreadable
from services.feeds.ngsild import FEED, translate
from tests.services.feeds.asking import RECEIVED_AT, make_origin
from tests.shared_data import shared_path

AT = "2026-03-03T01:59:00Z"
BIN = "urn:ngsi-ld:WasteContainer:7"
ORIGIN = make_origin("ngsild", known=[BIN, "urn:ngsi-ld:Device:9"])
ALERT = {
    "id": "urn:ngsi-ld:Alert:1",
    "type": "Alert",
    "category": "traffic",
    "subCategory": "trafficJam",
    "severity": "high",
    "dateIssued": "2026-03-03T01:59:00Z",
    "description": "路全堵了",
    "location": {"type": "Point", "coordinates": [106.505, 29.515]},
    "address": {"addressLocality": "Chongqing", "streetAddress": "Minsheng Road 1"},
}


def said(value: Any) -> list[Any]:
    return list(translate(json.dumps(value, ensure_ascii=False).encode(), ORIGIN))


def ages(value: Any) -> dict[str, tuple[float, float]]:
    """Return metric -> (value, seconds before the receipt)."""
    found = said(value)
    assert all(isinstance(each, Reading) for each in found)
    return {each.metric: (each.value, (RECEIVED_AT - each.observed_at).total_seconds()) for each in found}


FORMS: dict[str, Any] = {
    "normalized": {
        "id": BIN,
        "type": "WasteContainer",
        "fillingLevel": {"type": "Property", "value": 0.4, "unitCode": "C62", "observedAt": "2026-03-03T01:59:00Z"},
        "isOpen": {"type": "Property", "value": True, "observedAt": "2026-03-03T01:59:00Z"},
        "refDevice": {"type": "Relationship", "object": "urn:ngsi-ld:Device:9"},
        "location": {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [106.5, 29.5]}},
    },
    "concise": {
        "id": BIN,
        "type": ["WasteContainer", "Asset"],
        "fillingLevel": {"value": 0.4, "observedAt": "2026-03-03T01:59:00Z"},
        "isOpen": {"value": True, "observedAt": "2026-03-03T01:59:00Z"},
        "location": {"type": "Point", "coordinates": [106.5, 29.5]},
    },
    "simplified": {
        "id": BIN, "type": "WasteContainer", "fillingLevel": 0.4, "isOpen": True, "dateObserved": "2026-03-03T01:59:00",
        "location": {"type": "Point", "coordinates": [106.5, 29.5]}, "status": "ok",
    },
    "version 2": {
        "id": BIN,
        "type": "WasteContainer",
        "fillingLevel": {"type": "Number", "value": "0.4", "metadata": {"TimeInstant": {"value": AT}}},
        "isOpen": {"type": "Boolean", "value": True, "metadata": {}},
        "TimeInstant": {"type": "DateTime", "value": "2026-03-03T01:59:00.00Z"},
        "location": {"type": "geo:point", "value": "29.5, 106.5"},
    },
    "expanded": {
        "@id": BIN,
        "@type": "https://uri.etsi.org/ngsi-ld/default-context/WasteContainer",
        "https://uri.etsi.org/ngsi-ld/default-context/fillingLevel": {"value": 0.4, "observedAt": AT},
        "https://saref.etsi.org/core#isOpen": [{"value": True, "observedAt": "2026-03-03T01:59:00Z"}],
    },
    "feature": {
        "id": BIN,
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [106.5, 29.5]},
        "properties": {
            "type": "WasteContainer", "fillingLevel": 0.4, "isOpen": True,
            "dateObserved": {"type": "Property", "value": {"@type": "DateTime", "@value": "2026-03-03T01:59:00Z"}},
        },
    },
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_an_entity_says_the_same(form: str) -> None:
    assert ages(FORMS[form]) == {"fillingLevel": (0.4, 60), "isOpen": (1, 60)}
    assert {each.source_id for each in said(FORMS[form])} == {BIN}


def test_a_notification_is_opened_whatever_is_around_it() -> None:
    plain = {"subscriptionId": "s", "data": [FORMS["simplified"]]}
    linked = {"id": "n", "type": "Notification", "notifiedAt": "2026-03-03T01:59:30Z", "data": [FORMS["concise"]]}
    collection = {"notifiedAt": "", "data": {"type": "FeatureCollection", "features": [FORMS["feature"]]}}
    for value in (plain, linked, collection, {"metadata": {"link": "x"}, "body": linked}, [FORMS["simplified"]]):
        assert ages(value) == {"fillingLevel": (0.4, 60), "isOpen": (1, 60)}
        assert FEED.sender(json.dumps(value).encode()) == BIN


def test_the_time_is_the_most_particular_one() -> None:
    entity: dict[str, Any] = {"id": BIN, "type": "T", "a": {"value": 1}}
    assert ages({"notifiedAt": "2026-03-03T01:59:30Z", "data": [entity]})["a"] == (1, 30)
    entity["a"]["modifiedAt"] = "2026-03-03T01:59:20Z"
    assert ages({"notifiedAt": "2026-03-03T01:59:30Z", "data": [entity]})["a"] == (1, 40)
    entity["dateObserved"] = "2026-03-03T01:58:00Z/2026-03-03T01:59:00Z"
    assert ages(entity)["a"] == (1, 60)
    entity["a"]["observedAt"] = "2026-03-03T01:58:30Z"
    assert ages(entity)["a"] == (1, 90)


def test_a_measurement_is_called_by_what_it_controls_and_known_by_its_device() -> None:
    entity = {"id": "urn:m", "type": "DeviceMeasurement", "controlledProperty": "humidity", "numValue": 55.2}
    (only,) = said({**entity, "refDevice": {"object": "urn:ngsi-ld:Device:9"}})
    assert (only.metric, only.value, only.source_id) == ("humidity", 55.2, "urn:ngsi-ld:Device:9")


def test_an_entity_without_numbers_says_that_it_is_there() -> None:
    (only,) = said({"id": BIN, "type": "Device", "deviceState": "ok", "gone": "urn:ngsi-ld:null"})
    assert (only.phase, only.text, only.attributes) == (Phase.SYNC, "", {"type": "Device"})


def test_an_alert_is_an_event() -> None:
    (event,) = said(ALERT)
    assert isinstance(event, Event)
    assert (event.text, event.severity, event.phase, event.vocabulary) == ("路全堵了", 3, Phase.UPDATE, Vocabulary.TEXT)
    assert event.point == pytest.approx((106.505, 29.515))
    assert (event.place_text, event.episode) == ("Chongqing Minsheng Road 1", "gate/urn:ngsi-ld:Alert:1")
    assert (RECEIVED_AT - event.observed_at).total_seconds() == 60
    assert event.attributes["words"] == "trafficJam traffic"


def test_an_alert_in_the_citys_words_has_a_kind_and_one_without_words_its_own() -> None:
    assert [(each.vocabulary, each.kind) for each in said({**ALERT, "subCategory": "trash"})] == [
        (Vocabulary.VIDEO, "exposed_litter")
    ]
    bare = {name: value for name, value in ALERT.items() if name not in ("description", "severity", "location")}
    assert [(each.text, each.severity, each.point) for each in said(bare)] == [("traffic jam traffic", 2, None)]


def test_what_is_over_closes() -> None:
    accident = {"id": "a", "type": "RoadAccident", "description": "crash", "status": {"value": "solved"}}
    assert [each.phase for each in said(accident)] == [Phase.CLOSE]
    assert [each.phase for each in said({**accident, "status": "onGoing"})] == [Phase.UPDATE]


def test_a_polygon_is_placed_in_its_middle_and_zero_is_nowhere() -> None:
    ring = [[106.50, 29.51], [106.52, 29.51], [106.52, 29.53], [106.50, 29.53], [106.50, 29.51]]
    area = {**ALERT, "location": {"type": "Polygon", "coordinates": [ring]}}
    assert said(area)[0].point == pytest.approx((106.51, 29.52))
    assert said({**ALERT, "location": {"type": "Point", "coordinates": [0, 0]}})[0].point is None


def test_entities_are_parted_and_keep_the_time_of_the_notification() -> None:
    body = json.dumps({"id": "n", "notifiedAt": "2026-03-03T01:59:30Z", "data": [ALERT, FORMS["concise"]]}).encode()
    first, second = FEED.split(body)
    assert FEED.sender(first) == ALERT["id"]
    assert b"2026-03-03T01:59:30Z" in second
    assert len(FEED.split(json.dumps([ALERT, ALERT]).encode())) == 2
    alone = json.dumps({"subscriptionId": "s", "data": [ALERT]}).encode()
    assert FEED.split(alone) == (alone,)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ({"id": BIN}, "shape"),
        ({"type": "Alert"}, "shape"),
        (7, "shape"),
        ({"subscriptionId": "s", "data": [7]}, "shape"),
        ({"subscriptionId": "s", "data": []}, "empty"),
        ({**ALERT, "dateIssued": "soon"}, "time"),
        ({**ALERT, "location": {"type": "Point", "coordinates": [29.5, 206.5]}}, "position"),
        ({**ALERT, "description": "x" * 10_001}, "size"),
        ({"id": BIN, "type": "T", "a": [1] * 1_001}, "size"),
        ({"id": "x" * 501, "type": "T", "a": 1}, "size"),
    ],
)
def test_what_is_wrong_is_named(value: Any, reason: str) -> None:
    with pytest.raises(Unreadable) as refusal:
        said(value)
    assert refusal.value.reason == reason


@pytest.mark.parametrize("body", ['{"id": "满"}'.encode("gb18030"), b'{"a":' * 50_000, b'{"id": '])
def test_what_is_no_json_is_named(body: bytes) -> None:
    with pytest.raises(Unreadable) as refusal:
        translate(body, ORIGIN)
    assert refusal.value.reason == "json"


def test_every_example_of_the_data_models_is_read_or_refused_by_name() -> None:
    folder = shared_path("data", "feeds", "ngsi")
    kinds: dict[str, set[str]] = {}
    for path in sorted(folder.rglob("example*.json")):
        model = path.parent.parent.name
        try:
            found = {type(each).__name__ for each in translate(path.read_bytes(), ORIGIN)}
        except Unreadable as refusal:
            found = {refusal.reason}
        kinds.setdefault(model, set()).update(found)
    assert kinds.pop("RoadAccident", {"position"}) == {"position"}, "its latitude of 168 degrees is refused"
    assert kinds.pop("Alert", {"Event"}) == {"Event"}
    assert kinds.pop("IssueReporting", {"Event"}) == {"Event"}
    assert set().union(*kinds.values()) == {"Reading"}
