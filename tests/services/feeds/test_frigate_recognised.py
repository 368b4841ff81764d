"""What a Frigate recognises later: which kinds of things its messages say to be in an object's pictures."""

import json
from dataclasses import replace
from typing import Any

import pytest

from dispatch.blurs import WHOLE
from dispatch.event import Event, Phase
from services.feeds import FetchPicture, with_media
from services.feeds.frigate import FEED, sender, translate
from tests.services.feeds.test_private import FACE, FRAME, KEPT, ORIGIN, PULLED, START_S, A

OBJECT: dict[str, Any] = {
    "id": "1.5-abc", "camera": "cam_1", "label": "trash", "start_time": START_S, "frame_time": START_S + 90,
    "has_snapshot": True, "stationary": True,
}  # fmt: skip


def said(**changes: Any) -> list[Any]:
    return list(translate(json.dumps({"type": "update", "after": OBJECT | changes}).encode(), PULLED))


def private_of(**changes: Any) -> tuple[str, ...] | None:
    (event,) = [each for each in said(**changes) if isinstance(each, Event)]
    private: tuple[str, ...] | None = event.private
    return private


def snapshot(about: Any, **changes: Any) -> Event:
    (ask,) = [each for each in said(**changes) if isinstance(each, FetchPicture)]
    message = json.loads(ask.message) | {"about": about, "picture": FRAME}
    (event,) = translate(with_media((A,), json.dumps(message).encode()), PULLED)
    assert isinstance(event, Event)
    return event


@pytest.mark.parametrize(("type_", "kind"), [("face", "face"), ("lpr", "license_plate")])
def test_a_face_or_a_plate_that_is_recognised_is_heard_of_its_object(type_: str, kind: str) -> None:
    told = {"type": type_, "id": "1.5-abc", "camera": "cam_1", "name": "John", "plate": "AB 1234", "score": 0.9}
    body = json.dumps(told | {"timestamp": START_S + 95}).encode()
    (event,) = translate(body, ORIGIN)
    (of_object,) = [each for each in said() if isinstance(each, Event)]
    assert isinstance(event, Event)
    assert (event.episode, event.source_id) == (of_object.episode, of_object.source_id)
    assert (event.private, event.phase, event.kind, event.media) == ((kind,), Phase.SYNC, "", ())
    assert "John" not in str(event), "whose it is, is none of the city's business"
    assert "1234" not in str(event)
    assert sender(body) == "cam_1"
    assert "frigate/tracked_object_update" in FEED.mqtt_topics


@pytest.mark.parametrize(
    "told",
    [
        {"type": "description", "id": "x"},
        {"type": "classification", "id": "x"},
        {"type": "lpr"},
        {"type": "face", "id": ""},
    ],
)
def test_what_else_is_added_later_says_nothing(told: dict[str, Any]) -> None:
    assert translate(json.dumps(told).encode(), ORIGIN) == ()


@pytest.mark.parametrize(
    ("changes", "kinds"),
    [
        ({}, None),
        ({"current_attributes": [FACE]}, ("face",)),
        ({"attributes": {"license_plate": 0.9, "face": 0.8}}, ("face", "license_plate")),
        ({"recognized_license_plate": ["AB1234", 0.9]}, ("license_plate",)),
        ({"attributes": {"amazon": 0.9}}, None),
        ({"wardline_media": [A]}, ()),
    ],
)
def test_each_message_of_an_object_says_what_was_seen_by_then(changes: Any, kinds: Any) -> None:
    assert private_of(**changes) == kinds


@pytest.mark.parametrize(
    ("label", "sub_label", "is_private"),
    [
        ("person", ["John", 0.9], True), ("car", "Ann's car", True), ("car", ["usps", 0.9], False),
        ("person", None, False), ("trash", ["full", 0.8], False), ("car", [None, None], False),
    ],
)  # fmt: skip
def test_a_name_as_sub_label_is_that_of_a_face_or_a_plate(label: str, sub_label: Any, is_private: bool) -> None:
    after = OBJECT | {"label": label, "sub_label": sub_label}
    found = translate(json.dumps({"type": "update", "after": after}).encode(), replace(PULLED, kind_of_label=_any))
    (event,) = [each for each in found if isinstance(each, Event)]
    assert event.private == ((("face",) if label == "person" else ("license_plate",)) if is_private else None)


def _any(label: str) -> str:
    """Know the detector's own words, and none of who was recognised."""
    return "litter" if label in ("person", "car", "trash") else ""


def test_a_snapshot_says_of_which_kinds_it_has_the_boxes() -> None:
    assert snapshot({"data": KEPT}).private == ("license_plate",)
    assert snapshot(None).private == ()
    hidden = snapshot(None, current_attributes=[FACE])
    assert hidden.blurs == {A: (WHOLE,)}
    assert hidden.private == ("face", "license_plate"), "where all is hidden nothing more can be"
