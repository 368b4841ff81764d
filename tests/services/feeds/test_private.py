"""Faces and plates that devices tell of: which box belongs to which picture, and what is done where none says so."""

import json
import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from dispatch.blurs import WHOLE, Blur
from dispatch.event import Event
from services.feeds import FetchPicture, Unreadable, load_feeds, with_media
from services.feeds._multipart import split_pictured
from services.feeds.frigate import translate as translate_frigate
from tests.services.feeds.asking import RECEIVED_AT, make_origin, make_street_origin
from tests.services.feeds.test_fuzz import VALUES
from tests.shared_data import shared_path

FEEDS = load_feeds()
A, B, C = ("a" * 40, "b" * 40, "c" * 40)
NOTHING: dict[str, Any] = {}


def about(*edges: float) -> Any:
    """Return what a blur is compared with: edges of a box with its margin, as (x, y, width, height)."""
    return pytest.approx(edges, abs=1e-3)


def only_event(feed: str, body: bytes, kind: str = "blocked_fire_lane") -> Event:
    (event,) = FEEDS[feed].translate(body, make_street_origin(feed, kinds=(kind,)))
    assert isinstance(event, Event)
    return event


# --- Hikvision --------------------------------------------------------------------------------------------------------

PLATE = "<plateRect><X>430</X><Y>275</Y><width>106</width><height>65</height></plateRect>"
NO_FACE = "<PilotRect><x>0</x><y>0</y><width>0</width><height>0</height></PilotRect>"
ON_SCENE: tuple[Blur, ...] = (about(0.4035, 0.2588, 0.159, 0.0975),)


def alert(inner: str, word: str = "fielddetection") -> bytes:
    told = f"<channelID>1</channelID><eventType>{word}</eventType>{inner}"
    return f"<EventNotificationAlert>{told}</EventNotificationAlert>".encode()


def anpr(*infos: str) -> bytes:
    return alert(f"<ANPR><licensePlate>AB1234</licensePlate><pictureInfoList>{''.join(infos)}</pictureInfoList></ANPR>")


def info(name: str, rects: str = "") -> str:
    return f"<pictureInfo><fileName>{name}.jpg</fileName><type>{name}</type>{rects}</pictureInfo>"


BOTH = anpr(info("licensePlatePicture"), info("detectionPicture", PLATE + NO_FACE))
NAMES = ("detectionPicture.jpg", "licensePlatePicture.jpg")


def hikvision(body: bytes, media: tuple[str, ...], names: tuple[str, ...] = ()) -> dict[str, Any]:
    return dict(only_event("hikvision", with_media(media, body, names)).blurs)


def test_a_plate_is_hidden_on_the_scene_and_its_cut_out_is_hidden_whole_in_whatever_order_they_come() -> None:
    assert hikvision(BOTH, (A, B), NAMES) == {A: ON_SCENE, B: (WHOLE,)}
    assert hikvision(BOTH, (B, A), NAMES[::-1]) == {A: ON_SCENE, B: (WHOLE,)}
    assert hikvision(BOTH, (), ()) == NOTHING


def test_the_recorded_passing_vehicle_says_where_its_plate_is() -> None:
    body = shared_path("data", "feeds", "hikvision", "anpr", "anpr_ds_tcg405_trimmed.xml").read_bytes()
    body = body.replace(b"<eventType>ANPR", b"<eventType>fielddetection", 1)
    assert hikvision(body, (A, B), NAMES) == {A: ON_SCENE, B: (WHOLE,)}


def test_faces_behind_the_windscreen_are_hidden_too() -> None:
    pilot = "<PilotRect><x>100</x><y>200</y><width>40</width><height>80</height></PilotRect>"
    found = hikvision(anpr(info("detectionPicture", PLATE + pilot)), (A,), NAMES)
    assert found == {A: (*ON_SCENE, about(0.09, 0.18, 0.06, 0.12))}


def test_of_several_pictures_that_nobody_names_all_is_hidden() -> None:
    assert hikvision(BOTH, (A, B)) == {A: (WHOLE,), B: (WHOLE,)}
    assert hikvision(BOTH, (A, B), ("p", "detectionPicture.jpg")) == {A: (WHOLE,), B: ON_SCENE}
    assert hikvision(BOTH, (A,)) == {A: (WHOLE,)}, "the other one was not kept: this may be the plate's"


def test_one_picture_of_which_alone_the_alert_tells_needs_no_name() -> None:
    assert hikvision(anpr(info("detectionPicture", PLATE)), (A,)) == {A: ON_SCENE}
    assert hikvision(anpr(info("detectionPicture", PLATE)), (A,), ("licensePlatePicture.jpg",)) == {A: (WHOLE,)}


def test_rectangles_of_other_pictures_than_the_scene_count_for_none() -> None:
    assert hikvision(anpr(info("vehiclePicture", PLATE)), (A,), ("vehiclePicture.jpg",)) == NOTHING


def test_a_rectangle_beyond_the_thousand_is_in_pixels_of_an_unknown_frame() -> None:
    for left in (950, 1430):
        pixels = f"<plateRect><X>{left}</X><Y>275</Y><width>106</width><height>65</height></plateRect>"
        assert hikvision(anpr(info("detectionPicture", pixels)), (A,), NAMES) == {A: (WHOLE,)}
    broken = "<plateRect><X>some</X><Y>275</Y></plateRect>"
    assert hikvision(anpr(info("detectionPicture", broken)), (A,), NAMES) == {A: (WHOLE,)}


def test_without_a_rectangle_nothing_is_hidden_but_a_plate_s_own_picture() -> None:
    bare = anpr(info("licensePlatePicture"), info("detectionPicture", NO_FACE))
    assert hikvision(bare, (A, B), NAMES) == {B: (WHOLE,)}
    target = "<TargetRect><X>0.6</X><Y>0.2</Y><width>0.1</width><height>0.5</height></TargetRect>"
    assert hikvision(alert(target), (A,), ("detectionPicture.jpg",)) == NOTHING, "a whole person is no face"


def test_the_target_of_a_face_detection_is_a_face() -> None:
    target = "<TargetRect><X>0.6</X><Y>0.2</Y><width>0.1</width><height>0.2</height></TargetRect>"
    body = with_media((A,), alert(target, "facedetection"))
    (event,) = FEEDS["hikvision"].translate(
        body, replace(make_street_origin("hikvision"), kinds_of_label=lambda _: ("crowd",))
    )
    assert isinstance(event, Event)
    assert event.blurs == {A: (about(0.575, 0.15, 0.15, 0.3),)}


def test_a_face_that_is_not_in_shares_hides_all() -> None:
    pixels = "<faces><faceRect><x>375</x><y>37</y><width>63</width><height>82</height></faceRect></faces>"
    assert hikvision(alert(pixels), (A,)) == {A: (WHOLE,)}


def test_json_and_its_captured_faces_are_read_the_same() -> None:
    face = {"faceRect": {"x": 0.6, "y": 0.2, "width": 0.1, "height": 0.2}}
    told = {
        "EventNotificationAlert": {
            "eventType": "fielddetection",
            "ANPR": {
                "pictureInfoList": [
                    {"type": "detectionPicture", "plateRect": {"X": 430, "Y": 275, "width": 106, "height": 65}}
                ]
            },
            "faceCapture": [{"faces": [face]}],
        }
    }
    found = hikvision(json.dumps(told).encode(), (A, B), ("backgroundImage.jpg", "faceImage.jpg"))
    assert found == {A: (*ON_SCENE, about(0.575, 0.15, 0.15, 0.3)), B: (WHOLE,)}


def test_a_picture_that_a_relay_has_added_shows_nobody_knows_what() -> None:
    body = anpr(info("detectionPicture", PLATE)).replace(
        b"</EventNotificationAlert>", f"<wardline_media>{C}</wardline_media></EventNotificationAlert>".encode()
    )
    assert hikvision(body, (A,), NAMES) == {A: ON_SCENE, C: (WHOLE,)}


def test_the_parts_of_a_form_keep_the_names_that_the_device_gives_them() -> None:
    def part(disposition: str, body: bytes, kind: str = "image/jpeg") -> bytes:
        return f"--b\r\nContent-Disposition: {disposition}\r\nContent-Type: {kind}\r\n\r\n".encode() + body + b"\r\n"

    picture = b"\xff\xd8\xff\xe0 %d"
    body = (
        part('form-data; name="licensePlatePicture.jpg"; filename="licensePlatePicture.jpg"', picture % 1)
        + part('form-data; name="anpr.xml"', BOTH, "application/xml")
        + part('form-data; filename="detectionPicture.jpg"; name="x"', picture % 2, "application/octet-stream")
        + part('form-data; name="a name of no file"', picture % 3)
        + b"--b--\r\n"
    )
    ((message, pictures),) = FEEDS["hikvision"].split_pictured(body)  # type: ignore[misc]
    assert message == BOTH
    assert [(getattr(each, "name", ""), bytes(each)) for each in pictures] == [
        ("licensePlatePicture.jpg", picture % 1), ("detectionPicture.jpg", picture % 2), ("", picture % 3)
    ]  # fmt: skip
    assert split_pictured(picture % 4, lambda text: [text], re.compile(b"x")) == [(picture % 4, ())]


# --- Dahua ------------------------------------------------------------------------------------------------------------


def dahua(data: dict[str, Any], *media: str) -> dict[str, Any]:
    body = b"Code=CrossLineDetection;action=Pulse;index=0;data=" + json.dumps(data).encode()
    return dict(only_event("dahua", with_media(media, body)).blurs)


GRID_BOX = [4096, 2048, 4915, 2458]
ON_GRID = about(0.475, 0.2375, 0.15, 0.075)


@pytest.mark.parametrize(
    "data",
    [
        {"Object": {"ObjectType": "Plate", "BoundingBox": GRID_BOX}},
        {"Object": {"ObjectType": "HumanFace", "BoundingBox": GRID_BOX}},
        {"Faces": [{"BoundingBox": GRID_BOX}]},
        {"NonMotor": {"BoundingBox": [0, 0, 8191, 8191], "Plate": {"BoundingBox": GRID_BOX, "Text": "AB"}}},
        {"TrafficCar": {"BoundingBox": GRID_BOX, "VehicleBoundingBox": [0, 0, 8191, 8191]}},
    ],
)
def test_the_boxes_of_plates_and_faces_are_on_the_grid_of_the_picture(data: dict[str, Any]) -> None:
    assert dahua(data, A) == {A: (ON_GRID,)}
    assert dahua(data) == NOTHING


def test_of_several_pictures_a_dahua_device_names_none() -> None:
    assert dahua({"Faces": [{"BoundingBox": GRID_BOX}]}, A, B) == {A: (WHOLE,), B: (WHOLE,)}
    relayed = {"Faces": [{"BoundingBox": GRID_BOX}], "wardline_media": [C]}
    assert dahua(relayed, A) == {A: (ON_GRID,), C: (WHOLE,)}


def test_people_vehicles_and_boxes_of_nought_hide_nothing() -> None:
    seen = {
        "Object": {"ObjectType": "Plate", "BoundingBox": [0, 0, 0, 0]},
        "Vehicle": {"ObjectType": "NonMotor", "BoundingBox": GRID_BOX},
        "Face": {"ObjectType": "Human", "BoundingBox": GRID_BOX},
    }
    assert dahua(seen, A) == NOTHING


@pytest.mark.parametrize("box", [[1, 2, 3], [1, 2, 30_000, 40_000], ["x", 1, 2, 3], [5000, 0, 100, 100]])
def test_a_box_that_is_not_on_the_grid_hides_all(box: list[Any]) -> None:
    assert dahua({"Object": {"ObjectType": "Face", "BoundingBox": box}}, A) == {A: (WHOLE,)}


# --- Frigate ----------------------------------------------------------------------------------------------------------

START_S = RECEIVED_AT.timestamp() - 100
FACE = {"label": "face", "box": [442, 506, 534, 524], "score": 0.86}
ORIGIN = make_origin("frigate")
PULLED = replace(ORIGIN, source=structs.replace(ORIGIN.source, pull="http://frigate:5000"))
FRAME = {"path": "/api/events/1.5-abc/snapshot.jpg?bbox=1", "width": 1280, "height": 720}
REGION = [0.2, 0.3, 0.225, 0.4]
"""A square of pixels of a frame of 16 by 9."""
KEPT = {
    "box": [0.2, 0.2, 0.4, 0.6],
    "region": REGION,
    "attributes": [
        {"label": "license_plate", "box": [0.4, 0.5, 0.1, 0.05], "score": 0.9},
        {"label": "amazon", "box": [0.1, 0.1, 0.1, 0.1], "score": 0.9},
    ],
}
ON_FRAME = about(0.375, 0.4875, 0.15, 0.075)


def asked(**changes: Any) -> FetchPicture:
    after = {
        "id": "1.5-abc", "camera": "cam_1", "label": "trash", "start_time": START_S, "frame_time": START_S + 90,
        "has_snapshot": True, "stationary": True, **changes,
    }  # fmt: skip
    said = translate_frigate(json.dumps({"type": "update", "before": {}, "after": after}).encode(), PULLED)
    (ask,) = [each for each in said if isinstance(each, FetchPicture)]
    return ask


def fetched(about: Any, picture: Any = FRAME, **changes: Any) -> dict[str, Any]:
    """Return what is blurred of a snapshot that came back with what Frigate says of its object."""
    message = json.loads(asked(**changes).message) | {"about": about, "picture": picture}
    (event,) = translate_frigate(with_media((A,), json.dumps(message).encode()), PULLED)
    assert isinstance(event, Event)
    assert event.media == (A,)
    return dict(event.blurs)


def test_frigate_is_asked_for_the_object_behind_its_snapshot() -> None:
    assert asked().about == "/api/events/1.5-abc"


def test_the_boxes_that_frigate_keeps_of_the_snapshot_are_hidden_on_it() -> None:
    assert fetched({"end_time": None, "data": KEPT}) == {A: (ON_FRAME,)}
    small = FRAME | {"width": 640, "height": 360}
    assert fetched({"data": KEPT}, small) == {A: (ON_FRAME,)}, "shares are the same of a smaller picture"
    assert fetched({"data": KEPT, "end_time": START_S}, stationary=False) == {A: (ON_FRAME,)}


def test_a_camera_for_plates_alone_tells_them_as_objects() -> None:
    private = replace(PULLED, kind_of_label=lambda label: "litter" if label == "license_plate" else "")
    message = json.loads(asked().message)
    message["after"]["label"] = "license_plate"
    message |= {"about": {"data": KEPT | {"attributes": []}}, "picture": FRAME}
    (event,) = translate_frigate(with_media((A,), json.dumps(message).encode()), private)
    assert isinstance(event, Event)
    assert event.blurs == {A: (about(0.1, 0.05, 0.6, 0.9),)}


def test_what_moves_may_be_elsewhere_on_the_picture_than_frigate_says_yet() -> None:
    assert fetched({"end_time": None, "data": KEPT}, stationary=False) == {A: (WHOLE,)}


@pytest.mark.parametrize(
    "picture",
    [
        FRAME | {"width": 300, "height": 300},
        FRAME | {"width": 640, "height": 480},
        FRAME | {"width": 0, "height": 0},
        {},
    ],
)
def test_on_a_cut_out_or_thumbnail_the_boxes_of_the_frame_are_nowhere(picture: Any) -> None:
    assert fetched({"data": KEPT}, picture) == {A: (WHOLE,)}


@pytest.mark.parametrize("region", [None, [0, 0, 0, 0], [0.1, 0.1, 0.2], "all", [0.1, 0.1, 10**400, 0.1]])
def test_a_picture_of_which_nobody_knows_whether_it_is_the_frame_is_hidden_whole(region: Any) -> None:
    assert fetched({"data": KEPT | {"region": region}}) == {A: (WHOLE,)}


@pytest.mark.parametrize(
    "changes",
    [
        {"current_attributes": [FACE]},
        {"snapshot": {"frame_time": START_S, "attributes": [FACE]}},
        {"attributes": {"face": 0.86}},
        {"recognized_license_plate": ["AB1234", 0.9]},
        {"recognized_license_plate": "AB1234"},
        {"current_attributes": [{"label": "license_plate", "box": None}]},
    ],
)
def test_a_face_that_was_seen_and_is_nowhere_on_the_snapshot_hides_all_of_it(changes: Any) -> None:
    assert fetched(None, **changes) == {A: (WHOLE,)}
    assert fetched({"data": KEPT | {"attributes": []}}, **changes) == {A: (WHOLE,)}
    assert fetched({"data": KEPT}, **changes) == {A: (ON_FRAME,)}


@pytest.mark.parametrize(
    "changes",
    [
        {}, {"current_attributes": [], "attributes": {}, "snapshot": None}, {"recognized_license_plate": None},
        {"recognized_license_plate": []}, {"recognized_license_plate": [None, None]}, {"attributes": {"amazon": 0.9}},
        {"snapshot": {"attributes": None}}, {"current_attributes": "face"}, {"attributes": ["x"]},
    ],
)  # fmt: skip
def test_where_no_face_and_no_plate_is_told_of_nothing_is_hidden(changes: Any) -> None:
    told: list[Any] = [None, {}, {"data": None}, {"data": {"attributes": [{"label": 7}, "face"]}}, []]
    for said in told:
        assert fetched(said, **changes) == NOTHING


def test_a_picture_that_the_sender_has_stored_itself_is_of_a_frame_that_only_he_knows() -> None:
    after = {
        "id": "1.5-abc", "camera": "cam_1", "label": "trash", "start_time": START_S, "frame_time": START_S + 90,
        "wardline_media": [A], "current_attributes": [FACE],
    }  # fmt: skip
    for has_face in (True, False):
        if not has_face:
            del after["current_attributes"]
        (event,) = translate_frigate(json.dumps({"type": "update", "after": after}).encode(), ORIGIN)
        assert isinstance(event, Event)
        assert event.blurs == ({A: (WHOLE,)} if has_face else {})


@given(VALUES, VALUES, VALUES, st.booleans())
def test_whatever_frigate_says_of_a_picture_is_read_or_refused_and_never_hides_less(
    data: Any, attributes: Any, box: Any, is_stationary: bool
) -> None:
    seen = {"label": "face", "box": box}
    for said in (data, {"data": data}, {"data": {"attributes": attributes}}, {"data": KEPT | {"attributes": [seen]}}):
        try:
            found = fetched(said, stationary=is_stationary, current_attributes=[FACE])
        except Unreadable:
            continue
        assert found[A], "a face was told of"


# --- CloudEvents, and feeds without pictures --------------------------------------------------------------------------


def cloud(data: dict[str, Any]) -> Event:
    told = {"id": "1", "source": "s", "specversion": "1.0", "type": "t", "data": {"text": "x"} | data}
    (event,) = FEEDS["cloudevents"].translate(json.dumps(told).encode(), make_origin("cloudevents"))
    assert isinstance(event, Event)
    return event


def test_a_cloud_event_says_of_which_of_its_pictures_its_boxes_are() -> None:
    box = [0.4, 0.5, 0.1, 0.05]
    assert cloud({"media": [A, B], "private": {A: [box]}}).blurs == {A: (ON_FRAME,)}
    assert cloud({"media": [B], "private": {A: [box]}}).blurs == {}, "of a picture that is not its own"
    assert cloud({"media": [A], "private": {A: []}}).blurs == {}
    assert cloud({"media": [A], "private": {A: [[0, 0, 1, 1]]}}).blurs == {A: (WHOLE,)}


@pytest.mark.parametrize("private", [{A: [[0, 0, 2, 1]]}, {A: [[0, 0, 1]]}, {A: "all"}, [A]])
def test_boxes_that_are_none_make_a_cloud_event_unreadable(private: Any) -> None:
    with pytest.raises(Unreadable):
        cloud({"media": [A], "private": private})
