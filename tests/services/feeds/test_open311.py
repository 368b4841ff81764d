"""Requests of partner systems, as the interface puts them into messages."""

import json
from typing import Any

import pytest

from dispatch.event import Event, Vocabulary
from services.feeds import MEDIA_MAX, Unreadable
from services.feeds.open311 import FEED, translate
from tests.services.feeds.asking import make_origin

REQUEST: dict[str, Any] = {
    "service_code": "P0118",
    "description": "路灯不亮",
    "answers": [{"question": "几盏？", "answer": "3"}],
    "lat": 29.556,
    "long": 106.547,
    "address": "解放碑",
    "component": "5001030118000001",
    "media": ["a" * 40],
    "reporter": "r1",
    "key": "k1",
}


def read(**change: Any) -> Event:
    (event,) = translate(json.dumps({**REQUEST, **change}).encode(), make_origin("open311"))
    assert isinstance(event, Event)
    return event


def test_a_request_is_one_event_of_its_category_that_only_the_public_has_seen() -> None:
    event = read()
    assert (event.vocabulary, event.kind) == (Vocabulary.CATEGORY, "P0118")
    assert event.text == "路灯不亮\n几盏？ 3"
    assert event.point == (106.547, 29.556)
    assert (event.place_text, event.component, event.media) == ("解放碑", "5001030118000001", ("a" * 40,))
    assert (event.attributes["channel"], event.reporter) == ("partner", "r1")


def test_a_request_without_a_position_or_words_is_one_too() -> None:
    event = read(lat=None, long=None, description=" ", answers=[])
    assert (event.point, event.text) == (None, "")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"service_code": ""}, "empty"),
        ({"service_code": "x" * 25}, "size"),
        ({"service_code": 1}, "shape"),
        ({"email": "a@b.cn"}, "shape"),
        ({"lat": None}, "position"),
        ({"lat": 91}, "position"),
        ({"media": ["a"] * (MEDIA_MAX + 1)}, "size"),
        ({"description": "x" * 10_001}, "size"),
    ],
)
def test_what_does_not_fit_is_unreadable_for_a_named_reason(change: dict[str, Any], reason: str) -> None:
    with pytest.raises(Unreadable) as caught:
        read(**change)
    assert caught.value.reason == reason


def test_requests_are_told_apart_by_their_key_and_without_one_by_all_their_bytes() -> None:
    assert FEED.key(b'{"key": "k1"}') == b"k1"
    assert FEED.key(b'{"key": ""}') is None
    assert FEED.key(b"no json") is None


def test_many_may_come_in_one_message() -> None:
    assert [bytes(part) for part in FEED.split(b'[{"key": "a"}, {"key": "b"}]')] == [b'{"key": "a"}', b'{"key": "b"}']
