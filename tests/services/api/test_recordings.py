"""Voice notes are looked through from end to end, hold sound alone, and are never opened as a page."""

from collections.abc import Callable, Mapping

import pytest

from dispatch.access import Role
from services.api.recordings import MAX_FILE_BYTES, BadRecording, check_recording
from tests.services.api.samples import jpeg
from tests.services.api.sounds import box, element, mp4, ogg, page, webm
from tests.services.api.world import World

KINDS: Mapping[str, Callable[[], bytes]] = {"audio/webm": webm, "audio/ogg": ogg, "audio/mp4": mp4}


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_recorder_makes_is_taken(kind: str) -> None:
    assert check_recording(KINDS[kind]()) == kind


@pytest.mark.parametrize("kind", KINDS)
def test_a_recording_that_is_cut_off_is_refused(kind: str) -> None:
    whole = KINDS[kind]()
    for end in range(5, len(whole)):
        if end == len(whole) - len(page(b"sound")) or end in _ends_of_parts(kind):
            continue
        with pytest.raises(BadRecording):
            check_recording(whole[:end])


def _ends_of_parts(kind: str) -> set[int]:
    """Where a shorter file is a whole one again: after a page, a box, an element of a live recording."""
    if kind == "audio/ogg":
        return {len(page(b"OpusHead\x01\x01")), len(page(b"OpusHead\x01\x01")) + len(page(b"OpusTags"))}
    if kind == "audio/mp4":
        return {len(mp4()) - len(box(b"mdat", b"sound"))}
    block, time = element(0xA3, b"\x81\x00\x00\x80sound"), element(0xE7, b"\x00")
    end = len(webm())
    cluster = end - len(block) - len(time) - 12
    return {end - len(block), end - len(block) - len(time), cluster}


@pytest.mark.parametrize(
    "make",
    [
        lambda: webm(track=1),
        lambda: webm(codec=b"V_VP9"),
        lambda: webm(doc_type=b"matroska"),
        lambda: webm(more=element(0x1941A469, b"a file within the file")),
        lambda: webm() + b"<script>alert(1)</script>",
        lambda: ogg(codec=b"\x80theora"),
        lambda: ogg() + page(b"another", serial=b"wxyz"),
        lambda: ogg() + b"PK\x03\x04",
        lambda: mp4(handler=b"vide"),
        lambda: mp4(more=box(b"udta", b"+29.5570+106.5770/")),
        lambda: mp4() + box(b"uuid", b"anything"),
        lambda: mp4() + b"<html>",
        lambda: b"",
        lambda: b"RIFF\x00\x00\x00\x00WAVE",
        lambda: webm() + element(0xEC, bytes(MAX_FILE_BYTES)),
        lambda: box(b"ftyp", b"isom") + box(b"moov", b"") * 3,
    ],
)
def test_what_holds_more_than_sound_is_refused(make: Callable[[], bytes]) -> None:
    with pytest.raises(BadRecording):
        check_recording(make())


@pytest.mark.parametrize("kind", KINDS)
def test_a_recording_with_any_byte_changed_is_taken_or_refused_by_name(kind: str) -> None:
    whole = KINDS[kind]()
    for at in range(len(whole)):
        broken = whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :]
        try:
            check_recording(broken)
        except BadRecording:
            continue


def test_boxes_in_boxes_without_end_are_refused() -> None:
    nested = b""
    for _ in range(20_000):
        nested = box(b"trak", nested)
    with pytest.raises(BadRecording):
        check_recording(box(b"ftyp", b"isom") + box(b"moov", nested))


async def test_a_voice_note_is_stored_played_and_never_a_page(world: World) -> None:
    async with world.sign_in("wang", Role.WORKER, worker_id="W001") as client:
        made = await client.post("/api/v1/media", files={"file": ("note.html", webm(), "text/html")})
        assert made.status_code == 201, made.text
        body = made.json()
        assert body["id"].startswith("rec-")
        assert (body["content_type"], body["thumbnail_url"]) == ("audio/webm", "")
        told = await client.get(body["url"])
        assert told.content == webm()
        assert told.headers["content-type"] == "audio/webm"
        assert told.headers["x-content-type-options"] == "nosniff"
        assert told.headers["content-disposition"].startswith("attachment")
        assert told.headers["content-security-policy"].startswith("sandbox")
        part = await client.get(body["url"], headers={"Range": "bytes=0-3"})
        assert (part.status_code, part.content) == (206, webm()[:4])
        again = await client.post("/api/v1/media", files={"file": ("again.webm", webm(), "audio/webm")})
        assert again.json()["id"] == body["id"]
        video = await client.post("/api/v1/media", files={"file": ("a.webm", webm(track=1), "audio/webm")})
        assert (video.status_code, video.json()["type"]) == (422, "urn:wardline:problem:bad-recording")
        picture = await client.post("/api/v1/media", files={"file": ("a.jpg", jpeg(8, 8), "image/jpeg")})
        assert picture.json()["content_type"] == "image/jpeg"


async def test_a_camera_sends_no_voices(world: World) -> None:
    async with world.sign_in("root", Role.ADMIN) as admin:
        key = (await admin.post("/api/v1/sources/gw-video-012/key")).json()["key"]
    async with world.stranger() as camera:
        sent = await camera.post(
            "/api/v1/media", files={"file": ("a.webm", webm())}, headers={"Authorization": f"Bearer {key}"}
        )
        assert sent.json()["type"] == "urn:wardline:problem:bad-picture"
