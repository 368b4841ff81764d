"""The webhook: every field by a mapping, what a mapping may not do, and bodies of cameras that post alarms."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from dispatch.event import Event, Phase, Reading, Vocabulary
from dispatch.webhooks import WEBHOOK_FIELDS
from services.feeds import Origin, Unreadable
from services.feeds.webhook import translate
from tests.services.feeds.asking import RECEIVED_AT, make_origin
from tests.services.feeds.mapped import MAPPING
from tests.taxonomy import GAS

ORIGIN = make_origin("webhook", known=["cam-7"])
SHINOBI = {
    "source": "id",
    "at": "time",
    "kind": "details.matrices[0].tag",
    "confidence": "details.confidence && to_number(details.confidence) || `null`",
    "text": "details.reason",
    "episode": "join('/', [ke, id])",
}
"""Shinobi's event, as a user's own URL template posts it."""


def asked(mapping: Mapping[str, str], name: str = "gate") -> Origin:
    return replace(ORIGIN, find_mapping={name: mapping}.get)


def said(value: Any, mapping: Mapping[str, str] = MAPPING) -> list[Any]:
    return list(translate(json.dumps(value, ensure_ascii=False).encode(), asked(mapping)))


def test_every_field_is_filled() -> None:
    assert set(MAPPING) == set(WEBHOOK_FIELDS)
    reading, other, event = said(
        {
            "dev": "cam-7", "when": "2026-03-03T01:59:00Z", "cat": GAS, "words": "有气味", "no": 17, "level": "3",
            "sure": 0.5, "where": {"x": "106.505", "y": 29.515, "r": 20, "text": "民生路1号"}, "part": 5,
            "value": "1.25", "numbers": {"a": {"b": True}},
        }
    )  # fmt: skip
    assert [(each.metric, each.value, each.source_id, each.id) for each in (reading, other)] == [
        ("a.b", 1, "cam-7", "m1/0"), ("level_m", 1.25, "cam-7", "m1/1")
    ]  # fmt: skip
    assert isinstance(event, Event)
    assert (event.vocabulary, event.kind, event.text, event.id) == (Vocabulary.CATEGORY, GAS, "有气味", "m1/2")
    assert (event.phase, event.episode, event.severity, event.confidence) == (Phase.OPEN, "cam-7/17", 3, 0.5)
    assert event.point == pytest.approx((106.505, 29.515))
    assert (event.accuracy_m, event.place_text, event.component) == (20, "民生路1号", "5")
    assert (RECEIVED_AT - event.observed_at).total_seconds() == 60


@pytest.mark.parametrize("when", [1_772_503_140, 1_772_503_140_000, "1772503140", "2026-03-03 09:59:00+08:00"])
def test_a_time_may_be_written_in_several_ways(when: object) -> None:
    (event,) = said({"when": when, "words": "a"})
    assert (RECEIVED_AT - event.observed_at).total_seconds() == 60


def test_a_body_may_tell_many_things_and_some_say_nothing() -> None:
    body = {"alarms": [{"what": "trash"}, {"what": "test"}, {"what": "unheard-of", "over": True}, {"value": 2}]}
    litter, other, reading = said(body)
    assert (litter.vocabulary, litter.kind, litter.id) == (Vocabulary.VIDEO, "exposed_litter", "m1/0")
    assert (other.vocabulary, other.text, other.phase) == (Vocabulary.TEXT, "unheard-of", Phase.CLOSE)
    assert isinstance(reading, Reading)
    assert said({"what": "test"}) == []


def test_a_camera_recorders_alarm_is_read() -> None:
    body = {
        "id": "cam-7", "ke": "city", "time": "2026-03-03T01:59:00Z",
        "details": {"reason": "object", "confidence": "0.91", "matrices": [{"tag": "trash", "confidence": 91}]},
    }  # fmt: skip
    (event,) = said(body, SHINOBI)
    assert (event.kind, event.confidence, event.source_id) == ("exposed_litter", 0.91, "cam-7")
    assert event.episode == "cam-7/city/cam-7"


def test_a_source_without_a_mapping_uses_the_usual_one() -> None:
    body = b'{"words": "a"}'
    assert translate(body, asked(MAPPING, "default"))
    with pytest.raises(Unreadable) as refusal:
        translate(body, ORIGIN)
    assert refusal.value.reason == "mapping"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({}, "empty"),
        (7, "empty"),
        ({"alarms": {"a": 1}}, "mapping"),
        ({"alarms": [{}] * 1_001}, "size"),
        ({"words": 7}, "shape"),
        ({"words": "a", "level": "bad"}, "shape"),
        ({"value": "bad"}, "shape"),
        ({"value": []}, "shape"),
        ({"words": "a", "when": "soon"}, "time"),
        ({"words": "a", "when": True}, "shape"),
        ({"words": "a", "where": {"x": 200, "y": 0}}, "position"),
        ({"words": "x" * 10_001}, "size"),
        ({"words": "a", "dev": "x" * 201}, "size"),
        ({"numbers": [1] * 1_001}, "size"),
    ],
)
def test_what_is_wrong_is_named(body: Any, reason: str) -> None:
    with pytest.raises(Unreadable) as refusal:
        said(body)
    assert refusal.value.reason == reason


@pytest.mark.parametrize("expression", ["sum(@)", "length(`1`)", "to_number(@) && max_by(@, &a)", "join('', [a])"])
def test_an_expression_that_does_not_fit_is_named(expression: str) -> None:
    with pytest.raises(Unreadable) as refusal:
        said({"a": 1}, {"text": expression})
    assert refusal.value.reason in ("mapping", "empty")


@pytest.mark.parametrize("body", ['{"words": "满"}'.encode("gb18030"), b'{"a":' * 50_000, b'{"words": '])
def test_what_is_no_json_is_named(body: bytes) -> None:
    with pytest.raises(Unreadable) as refusal:
        translate(body, asked(MAPPING))
    assert refusal.value.reason == "json"
