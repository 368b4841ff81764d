"""SensorThings: expanded and link-only observations, collections, and whose they are."""

import json
from typing import Any

import pytest

from dispatch.event import Event, Phase, Reading
from services.feeds import Unreadable, part_address, with_address
from services.feeds.sensorthings import FEED, translate
from tests.services.feeds.asking import RECEIVED_AT, make_origin

ORIGIN = make_origin("sensorthings", known=["Datastreams(5)", "level", "Datastreams(ab-c)"])
LINKED: dict[str, Any] = {
    "@iot.id": 7,
    "@iot.selfLink": "https://frost.example/v1.1/Observations(7)",
    "phenomenonTime": "2026-03-03T01:59:00.000Z",
    "resultTime": None,
    "result": 21.5,
    "Datastream@iot.navigationLink": "https://frost.example/v1.1/Observations(7)/Datastream",
}
STREAM = {
    "@iot.id": 5,
    "name": "Water level at gate 7",
    "unitOfMeasurement": {"name": "metre", "symbol": "m", "definition": "ucum:m"},
    "ObservedProperty": {"@iot.id": 1, "name": "level_m"},
    "Thing": {"@iot.id": 3, "name": "Gate 7"},
}
TOPIC = "v1.1/Datastreams(5)/Observations"


def readings(value: Any, topic: str = "") -> list[tuple[str, str, float, float]]:
    body = json.dumps(value).encode()
    found = translate(with_address(topic, body) if topic else body, ORIGIN)
    assert all(isinstance(each, Reading) for each in found)
    return [
        (each.source_id, each.metric, each.value, (RECEIVED_AT - each.observed_at).total_seconds())
        for each in found
        if isinstance(each, Reading)
    ]


def test_an_expanded_observation_names_what_it_measures() -> None:
    assert readings({**LINKED, "Datastream": STREAM}) == [("Datastreams(5)", "level_m", 21.5, 60)]
    unexpanded = {"@iot.id": 5, "name": "level"}
    assert readings({**LINKED, "Datastream": unexpanded}) == [("Datastreams(5)", "level", 21.5, 60)]


def test_a_linked_observation_is_known_by_its_topic_or_its_link() -> None:
    assert readings(LINKED, TOPIC) == [("Datastreams(5)", "result", 21.5, 60)]
    link = {"Datastream@iot.navigationLink": "https://frost.example/v1.1/Datastreams('ab-c')"}
    assert readings({**LINKED, **link}) == [("Datastreams(ab-c)", "result", 21.5, 60)]
    assert readings(LINKED) == [("gate", "result", 21.5, 60)]


def test_an_interval_counts_from_its_end_and_a_boolean_is_a_number() -> None:
    span = {**LINKED, "phenomenonTime": "2026-03-03T01:50:00Z/2026-03-03T01:59:30Z", "result": True}
    assert readings(span, TOPIC) == [("Datastreams(5)", "result", 1, 30)]
    assert readings({**span, "phenomenonTime": None, "resultTime": "2026-03-03T01:59:00Z"}, TOPIC)[0][3] == 60


def test_results_of_several_properties_are_called_by_them() -> None:
    multi = {"@iot.id": 5, "ObservedProperties": [{"name": "pm10"}, {"name": "pm25"}]}
    assert [each[1:3] for each in readings({**LINKED, "result": [40, 12.5], "MultiDatastream": multi})] == [
        ("pm10", 40), ("pm25", 12.5)
    ]  # fmt: skip
    assert [each[1:3] for each in readings({**LINKED, "result": {"a": 1, "b": {"c": 2}}})] == [
        ("result.a", 1), ("result.b.c", 2)
    ]  # fmt: skip


def test_a_result_in_words_says_that_the_source_is_there() -> None:
    (only,) = translate(with_address(TOPIC, json.dumps({**LINKED, "result": "open"}).encode()), ORIGIN)
    assert isinstance(only, Event)
    assert (only.phase, only.source_id, only.text) == (Phase.SYNC, "Datastreams(5)", "")


def test_a_collection_is_parted_and_a_datastream_keeps_its_name() -> None:
    listed = FEED.split(with_address(TOPIC, json.dumps({"value": [LINKED, LINKED]}).encode()))
    assert [part_address(part)[0] for part in listed] == [TOPIC, TOPIC]
    for count in (1, 2):
        body = {"@iot.id": 5, "Observations": [LINKED] * count}
        parts = FEED.split(with_address("?", json.dumps(body).encode()))
        found = [each for part in parts for each in translate(part, ORIGIN) if isinstance(each, Reading)]
        assert [each.source_id for each in found] == ["Datastreams(5)"] * count
    assert len(FEED.split(json.dumps([LINKED, LINKED, LINKED]).encode())) == 3
    assert FEED.split(b"{") == (b"{",)


def test_the_sender_is_the_datastream() -> None:
    assert FEED.sender(with_address(TOPIC, b'{"result": 1}')) == "Datastreams(5)"
    assert FEED.sender(json.dumps({"Datastream": STREAM}).encode()) == "Datastreams(5)"
    assert FEED.sender(b"{") == FEED.sender(b"{}") == ""
    assert "v1.1/+/Observations" in FEED.mqtt_topics


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"{", "json"),
        (b"{}", "shape"),
        (b"[]", "shape"),
        (b'{"result": 1, "Datastream": 7}', "shape"),
        (b'{"result": 1, "phenomenonTime": "soon"}', "time"),
        (b'{"result": 1, "phenomenonTime": "2026-03-03T01:00:00"}', "time"),
        (json.dumps({"result": [1] * 1_001}).encode(), "size"),
        (json.dumps({"result": 1, "Datastream": {"name": "x" * 201}}).encode(), "size"),
        (b'{"result": ' + b"[" * 50_000, "json"),
        ('{"result": 1, "Datastream": {"name": "压力"}}'.encode("gb18030"), "json"),
    ],
)
def test_what_is_wrong_is_named(body: bytes, reason: str) -> None:
    with pytest.raises(Unreadable) as refusal:
        translate(body, ORIGIN)
    assert refusal.value.reason == reason
