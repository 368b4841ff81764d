"""What strangers send as photographs: refused by name or made into our own plain picture, and memory has a bound."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from httpx import AsyncClient

from services.store.pictures import BadPicture, PictureTooLarge, reencode
from tests.services.api.asked import Asked, Note, counting
from tests.services.api.monsters import SCRIPT, broken, make_monsters
from tests.services.api.open311.partner import a_request, make_key
from tests.services.api.places import IN_GRID
from tests.services.api.samples import jpeg
from tests.services.api.unhurried import lift_limits, tools_behind
from tests.services.api.world import World

pytestmark = pytest.mark.public

EXAMPLES = int(os.environ.get("WARDLINE_EXAMPLES", "8"))
MONSTERS = make_monsters()
MEMORY_MAX_MB = 420
"""Of a process that reads them all, one after the other: 60 MB before it begins, and a picture of 36 megapixels as
Pillow holds it (4 bytes a pixel) with what is made of it."""

READ_ALL = """
import pathlib, re, sys
from services.store.pictures import BadPicture, PictureTooLarge, reencode
from tests.services.api.asked import Asked, Note, counting
from tests.services.api.monsters import make_monsters
for name, body in make_monsters().items():
    if name == sys.argv[1] or not sys.argv[1]:
        try:
            reencode(body)
        except (BadPicture, PictureTooLarge):
            pass
# Not ru_maxrss: that begins with what the tests' own process held when it started this one.
print(int(re.search(r"VmHWM:\\s+(\\d+)", pathlib.Path("/proc/self/status").read_text())[1]) // 1024)
"""


def pictures(world: World) -> Iterator[Path]:
    folder = world.parts.settings.data_dir / "media"
    return (path for path in folder.rglob("*") if path.is_file()) if folder.exists() else iter(())


async def report(client: AsyncClient, body: bytes, name: str = "a.jpg", kind: str = "image/jpeg") -> Any:
    fields = {"text": "照片", "lon": str(IN_GRID[0]), "lat": str(IN_GRID[1])}
    return await client.post("/api/v1/reports", data=fields, files={"photos": (name, body, kind)})


async def file(client: AsyncClient, key: str, body: bytes) -> Any:
    form = {"api_key": key, **a_request()}
    return await client.post("/open311/v2/requests.json", data=form, files={"media": ("a.jpg", body, "image/jpeg")})


@pytest.fixture
async def unhurried(world: World) -> World:
    """A world whose doors do not count how often one address or browser comes."""
    lift_limits(tools_behind(world.transport.app))
    return world


async def test_no_monster_makes_either_door_fail_and_none_is_kept_as_it_came(unhurried: World, note: Note) -> None:
    with counting(note) as asked:
        await _send_all(unhurried, asked)
    for path in pictures(unhurried):
        kept = path.read_bytes()
        assert kept.startswith(b"\xff\xd8\xff")
        assert kept.endswith(b"\xff\xd9")
        for foreign in (SCRIPT, b"Exif", b"PK\x03\x04", b"xap/1.0"):
            assert foreign not in kept, (path, foreign)


async def _send_all(unhurried: World, asked: Asked) -> None:
    async with unhurried.stranger() as client:
        key = await make_key(unhurried)
        for name, body in MONSTERS.items():
            before = set(pictures(unhurried))
            answers = [await report(client, body), await file(client, key, body)]
            for answer in answers:
                asked.send()
                assert answer.status_code < 500, (name, answer.text)
                assert answer.status_code in (200, 201, 400, 413, 422), (name, answer.status_code)
                assert b"alert" not in answer.content, name
            stored = set(pictures(unhurried)) - before
            if all(answer.status_code >= 400 for answer in answers):
                assert not stored, name


@pytest.mark.parametrize(
    "name",
    [
        "200 megapixels of jpeg", "200 megapixels of png", "65535 by 65535 of jpeg", "a bomb of 49 megapixels",
        "200 megapixels of bmp in runs", "268 megapixels of webp", "65535 by 65535 of gif",
    ],
)  # fmt: skip
def test_what_has_too_many_pixels_is_refused_as_too_large(name: str) -> None:
    with pytest.raises(PictureTooLarge):
        reencode(MONSTERS[name])


@pytest.mark.parametrize(
    "name",
    [
        "a picture of vectors with a script", "a page", "an archive", "a document", "a program for a printer", "a film",
        "a tiff", "an icon", "a tga", "half a jpeg", "nothing", "200 megapixels of tiff", "an avif", "a heic",
        "a jpeg 2000", "36 megapixels in 2,000 scans", "36 megapixels in scans that fill a file",
        "a jpeg of 100,000 bits of exif", "a jpeg of a million headers",
    ],
)  # fmt: skip
def test_what_is_no_photograph_is_refused_whatever_it_says_it_is(name: str) -> None:
    with pytest.raises(BadPicture):
        reencode(MONSTERS[name])


def test_of_what_moves_the_first_picture_is_kept() -> None:
    large, _small, size = reencode(MONSTERS["a gif of 400 pictures"])
    assert size == (64, 64)
    assert len(large) < 10_000


def test_broken_ones_are_read_or_refused_by_name(note: Note) -> None:
    with counting(note) as asked:
        for body in broken(MONSTERS, EXAMPLES * 5, seed=311):
            asked.send()
            _read(body)


def _read(body: bytes) -> None:
    try:
        large, small, _ = reencode(body)
    except (BadPicture, PictureTooLarge):
        return
    assert large.startswith(b"\xff\xd8\xff")
    assert small.startswith(b"\xff\xd8\xff")
    assert SCRIPT not in large


async def test_broken_ones_make_the_citizens_door_fail_never(unhurried: World, note: Note) -> None:
    with counting(note) as asked:
        async with unhurried.stranger() as client:
            for body in broken(MONSTERS, EXAMPLES, seed=5):
                asked.send()
                answer = await report(client, body)
                assert answer.status_code in (201, 413, 422), answer.text


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("../../etc/passwd", "image/jpeg"),
        ("a.svg", "image/svg+xml"),
        ('"><script>alert(1)</script>.jpg', "text/html"),
        ("a" * 2_000 + ".jpg", "image/jpeg"),
        ("照片.jpg", "application/x-msdownload"),
        ("con.jpg", ""),
    ],
)
async def test_what_a_file_is_called_and_called_to_be_does_not_count(unhurried: World, name: str, kind: str) -> None:
    async with unhurried.stranger() as client:
        answer = await report(client, jpeg(60, 40), name, kind)
        assert answer.status_code in (201, 400, 422), answer.text
    found = list(pictures(unhurried))
    assert all(path.suffix == ".jpg" and path.stem.removesuffix("-thumb").isalnum() for path in found)
    assert len(found) in (0, 2)


def test_memory_has_a_bound_whatever_comes() -> None:
    root = Path(__file__).resolve().parents[4]
    made = subprocess.run(
        [sys.executable, "-c", READ_ALL, ""], capture_output=True, text=True, cwd=root, check=True, timeout=300
    )
    assert int(made.stdout) < MEMORY_MAX_MB + 110  # and the monsters themselves: 100 MB of zeros are packed into two
