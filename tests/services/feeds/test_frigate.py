"""Frigate: the captured and the documented messages, and what a camera's object must do to count."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from dispatch.event import Event, Phase
from services.feeds import FetchPicture, Origin, Unreadable, with_media
from services.feeds.frigate import FEED, translate
from tests.services.feeds.asking import RECEIVED_AT, make_origin
from tests.shared_data import shared_path

ORIGIN = make_origin("frigate")
START_S = RECEIVED_AT.timestamp() - 600


def seen(kind: str = "update", **changes: Any) -> list[Event]:
    after = {
        "id": "a",
        "camera": "cam_1",
        "label": "trash",
        "start_time": START_S,
        "frame_time": START_S + 90,
        **changes,
    }
    said = translate(json.dumps({"type": kind, "before": {}, "after": after}).encode(), ORIGIN)
    assert all(isinstance(each, Event) for each in said)
    return [each for each in said if isinstance(each, Event)]


def test_the_camera_that_is_named_is_the_source() -> None:
    (event,) = seen("new")
    assert (event.source_id, event.kind, event.phase) == ("cam1", "exposed_litter", Phase.OPEN)
    assert seen(camera="nobody_knows")[0].source_id == "gate"


def test_what_must_last_says_nothing_before_it_has_lasted() -> None:
    assert seen("new", frame_time=START_S + 59) == []
    assert len(seen("update", frame_time=START_S + 60)) == 1


def test_the_end_closes_whatever_it_was() -> None:
    (event,) = seen("end", end_time=START_S + 10)
    assert event.phase is Phase.CLOSE
    assert event.episode == seen()[0].episode


def test_a_finer_word_goes_before_the_label() -> None:
    assert seen(label="car", sub_label=["trash", 0.8], stationary=True)[0].kind == "exposed_litter"
    assert seen(label="car", sub_label=None) == []


def test_what_the_detector_takes_back_says_nothing() -> None:
    assert seen(false_positive=True) == []


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"id": None}, "shape"),
        ({"start_time": "x"}, "shape"),
        ({"frame_time": 9e18}, "time"),
    ],
)
def test_what_is_wrong_is_named(change: dict[str, Any], reason: str) -> None:
    with pytest.raises(Unreadable) as refusal:
        seen(**change)
    assert refusal.value.reason == reason


def samples() -> list[Path]:
    return sorted(shared_path("data", "feeds", "frigate").rglob("*.json"))


def test_every_recorded_message_is_read_or_refused_by_name() -> None:
    for path in samples():
        body = path.read_bytes()
        if "triggers" in path.name:
            with pytest.raises(Unreadable):
                translate(body, ORIGIN)
            continue
        for event in translate(body, ORIGIN):
            assert isinstance(event, Event)
            assert event.observed_at <= RECEIVED_AT


def test_the_captured_end_of_a_review_closes_it() -> None:
    folder = shared_path("data", "feeds", "frigate")
    new, end = (translate((folder / f"reviews_{word}_v0.15.json").read_bytes(), ORIGIN) for word in ("new", "end"))
    assert [each.phase for each in new if isinstance(each, Event)] == [Phase.OPEN]
    assert [each.phase for each in end if isinstance(each, Event)] == [Phase.CLOSE]
    assert {each.episode for each in new if isinstance(each, Event)} == {
        each.episode for each in end if isinstance(each, Event)
    }


def test_the_sender_is_the_camera() -> None:
    assert FEED.sender(b'{"type": "new", "after": {"camera": "cam_1"}}') == "cam_1"
    assert FEED.sender(b'{"after": null}') == FEED.sender(b"{") == FEED.sender(b'{"after": {"camera": 7}}') == ""


PULLED = replace(ORIGIN, source=structs.replace(ORIGIN.source, pull="http://frigate:5000"))


def wanted(origin: Origin = PULLED, kind: str = "update", **changes: Any) -> list[FetchPicture]:
    after = {
        "id": "1718987129.308396-fqk5ka",
        "camera": "cam_1",
        "label": "trash",
        "start_time": START_S,
        "frame_time": START_S + 90,
        "has_snapshot": True,
        **changes,
    }
    said = translate(json.dumps({"type": kind, "before": {}, "after": after}).encode(), origin)
    return [each for each in said if isinstance(each, FetchPicture)]


def test_the_picture_of_what_counts_is_asked_for_where_the_city_says_where() -> None:
    (ask,) = wanted()
    assert ask.key == "1718987129.308396-fqk5ka"
    assert ask.paths == (
        "/api/events/1718987129.308396-fqk5ka/snapshot.jpg?bbox=1",
        "/api/events/1718987129.308396-fqk5ka/thumbnail.jpg",
    )
    assert wanted(ORIGIN) == []
    assert wanted(has_snapshot=False) == []
    assert wanted(frame_time=START_S + 5) == [], "it has not lasted"
    assert wanted(label="giraffe") == []


@pytest.mark.parametrize("name", ["../../config", "a/b", "a?b", "a b", "", "x" * 65])
def test_no_picture_is_asked_for_by_a_name_that_is_none(name: str) -> None:
    assert wanted(id=name) == []


def test_the_picture_comes_back_as_a_state_of_the_same_episode() -> None:
    (ask,) = wanted()
    (event,) = translate(with_media(("a" * 40,), ask.message), ORIGIN)
    assert isinstance(event, Event)
    assert (event.phase, event.media) == (Phase.SYNC, ("a" * 40,))
    assert event.episode == seen(id="1718987129.308396-fqk5ka")[0].episode
    assert translate(ask.message, ORIGIN) == (), "without it there is nothing to say"
