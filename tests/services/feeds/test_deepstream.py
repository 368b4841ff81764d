"""DeepStream: the events of the full schema, the counts of the minimal one, and the shapes that NVIDIA documents."""

import json
from typing import Any

import pytest

from dispatch.event import Event, Phase, Reading, Vocabulary
from services.feeds import Unreadable
from services.feeds.deepstream import FEED, translate
from tests.services.feeds.asking import RECEIVED_AT, make_origin
from tests.shared_data import shared_path

ORIGIN = make_origin("deepstream", known=["CAM_1"])
FULL: dict[str, Any] = {
    "messageid": "a1b2",
    "mdsversion": "1.0",
    "@timestamp": "2026-03-03T01:59:00.000Z",
    "place": {"id": "1", "name": "Lot A", "type": "garage", "location": {"lat": 29.6, "lon": 106.6, "alt": 0.0}},
    "sensor": {"id": "CAM_1", "type": "Camera", "location": {"lat": 29.7, "lon": 106.7, "alt": 0.0}},
    "object": {
        "id": "17",
        "person": {"age": 30, "gender": "", "confidence": 0.9},
        "bbox": {"topleftx": 100, "toplefty": 200, "bottomrightx": 300, "bottomrighty": 400.5},
        "location": {"lat": 0.0, "lon": 0.0, "alt": 0.0},
    },
    "event": {"id": "e", "type": "entry"},
    "videoPath": "",
}
FRAME = {
    "version": "4.0",
    "id": "124",
    "@timestamp": "2026-03-03T01:59:00.000Z",
    "sensorId": "CAM_1",
    "objects": [
        "1|100|200|300|400|Vehicle|#|sedan|Honda|Accord|gray|CA|XX1234|0.95", "2|4|1|5|3|Person", "3|4|1|5|3|Person"
    ],
}  # fmt: skip


def seen(**changes: Any) -> Event:
    (only,) = translate(json.dumps({**FULL, **changes}).encode(), ORIGIN)
    assert isinstance(only, Event)
    return only


def thing(**changes: Any) -> dict[str, Any]:
    return {**FULL["object"], **changes}


def test_an_object_that_comes_in_opens() -> None:
    event = seen()
    assert (event.kind, event.vocabulary, event.phase) == ("vendor", Vocabulary.VIDEO, Phase.OPEN)
    assert (event.source_id, event.episode, event.confidence) == ("CAM_1", "CAM_1/CAM_1/17", 0.9)
    assert (RECEIVED_AT - event.observed_at).total_seconds() == 60
    assert event.attributes == {
        "camera": "CAM_1", "label": "person", "event": "entry", "place": "Lot A", "box": "100,200,300,400.5"
    }  # fmt: skip


@pytest.mark.parametrize(("word", "phase"), [("moving", "update"), ("exit", "close"), ("empty", "close")])
def test_it_goes_on_and_ends_in_one_episode(word: str, phase: str) -> None:
    event = seen(event={"type": word})
    assert (event.phase.value, event.episode) == (phase, seen().episode)


def test_what_must_last_says_nothing_before_it_is_parked() -> None:
    """The small city's litter must lie for a minute."""
    litter = thing(person=None, vehicle={"type": "trash"})
    assert [seen(object=litter, event={"type": word}).kind for word in ("entry", "moving", "stopped")] == ["", "", ""]
    assert seen(object=litter, event={"type": "parked"}).kind == "exposed_litter"
    assert seen(object=litter, event={"type": "exit"}).phase is Phase.CLOSE


def test_what_the_city_has_no_type_for_is_a_note() -> None:
    note = seen(object=thing(person=None, vehicle={"type": "tank"}))
    assert (note.phase, note.kind, note.text) == (Phase.SYNC, "", "")
    assert seen(object={"id": "1"}).attributes == {"camera": "CAM_1"}


def test_the_objects_place_is_taken_and_a_known_cameras_is_not() -> None:
    assert seen().point is None
    assert seen(object=thing(location={"lat": 29.5, "lon": 106.5})).point == pytest.approx((106.5, 29.5))
    assert seen(sensor={**FULL["sensor"], "id": "stranger"}).point == pytest.approx((106.7, 29.7))


def test_a_frame_becomes_counts() -> None:
    found = translate(json.dumps(FRAME).encode(), ORIGIN)
    assert all(isinstance(each, Reading) and each.source_id == "CAM_1" for each in found)
    assert [(each.metric, each.value) for each in found if isinstance(each, Reading)] == [
        ("objects", 3), ("objects.person", 2), ("objects.vehicle", 1)
    ]  # fmt: skip
    (none,) = translate(json.dumps({**FRAME, "objects": []}).encode(), ORIGIN)
    assert isinstance(none, Reading)
    assert (none.metric, none.value) == ("objects", 0)


def test_a_message_is_known_by_its_id_and_its_camera() -> None:
    one = json.dumps(FULL).encode()
    assert FEED.key(one) == FEED.key(json.dumps({**FULL, "videoPath": "x"}).encode()) == b"a1b2"
    assert FEED.key(json.dumps(FRAME).encode()) is FEED.key(b"{") is None
    assert FEED.sender(one) == FEED.sender(json.dumps(FRAME).encode()) == "CAM_1"
    assert FEED.sender(b"{") == FEED.sender(b"{}") == ""


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"{", "json"),
        (b"{}", "shape"),
        (json.dumps({**FULL, "event": {"type": "flying"}}).encode(), "shape"),
        (json.dumps({**FULL, "@timestamp": "soon"}).encode(), "time"),
        (json.dumps({**FULL, "sensor": {"id": "x" * 201}}).encode(), "size"),
        (json.dumps({**FRAME, "objects": ["1|2|3"]}).encode(), "shape"),
        (json.dumps({**FRAME, "objects": ["1|2|3|4|5|a"] * 1_001}).encode(), "size"),
        (b'{"sensorId": "a", "objects": ' + b"[" * 50_000, "json"),
        ('{"sensorId": "摄像机", "objects": []}'.encode("gb18030"), "json"),
    ],
)
def test_what_is_wrong_is_named(body: bytes, reason: str) -> None:
    with pytest.raises(Unreadable) as refusal:
        translate(body, ORIGIN)
    assert refusal.value.reason == reason


def test_the_documented_shapes_are_read() -> None:
    folder = shared_path("data", "feeds", "deepstream")
    for path in sorted(folder.glob("*.json")):
        assert translate(path.read_bytes(), ORIGIN)
        assert FEED.sender(path.read_bytes()) == "CAMERA_001"
