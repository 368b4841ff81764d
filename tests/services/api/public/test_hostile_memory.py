"""A server of its own takes all that is hostile at once, at each door that a stranger has: its memory has a bound."""

import asyncio
import re
from base64 import b64encode
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from http.cookiejar import DefaultCookiePolicy
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.parts.wardline import Wardline, run_wardline
from tests.services.api.asked import Note, counting
from tests.services.api.monsters import make_monsters
from tests.services.api.samples import noise

pytestmark = [pytest.mark.public, pytest.mark.slow]

GROWTH_MAX_MB = 450
"""What the server may take besides what it had before: two forms of 34 MB with a copy of each, a picture of 40
megapixels at four bytes a pixel with what is made of it, and what Python keeps for later."""
AT_ONCE = 12
DOORS: Mapping[str, Mapping[str, str]] = {
    "/api/v1/reports": {"text": "x", "lon": "106.5747", "lat": "29.5602"},
    "/report/plain/": {"text": "x", "address": "y"},
    "/open311/v2/requests.json": {"api_key": "none", "service_code": "P0118", "lat": "29.5602", "long": "106.5747"},
    "/api/v1/media": {},
}
BASE64 = "/open311/v2/requests.json"
"""The door that takes pictures in fields of a form."""
URLENCODED = {"Content-Type": "application/x-www-form-urlencoded"}
SLOW_MAX_MB = 120
"""What ten senders may take in memory before their bodies are whole: a megabyte each, and what is on its way."""
FIELDS = {"/open311/v2/requests.json": "media", "/api/v1/media": "file"}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Wardline]:
    """It believes what addresses its proxy names: each input comes from one of its own, as from a crowd."""
    with run_wardline(tmp_path / "data", env={"WARDLINE_CHALLENGE": "never", "WARDLINE_TRUST_PROXY": "1"}) as running:
        yield running


def peak_mb(pid: int) -> int:
    """Return the most memory that a process has had."""
    status = Path(f"/proc/{pid}/status").read_text()
    found = re.search(r"VmHWM:\s+(\d+)", status)
    assert found is not None
    return int(found[1]) // 1024


def escaped(body: bytes) -> bytes:
    """Return bytes in base64 as a urlencoded form has them."""
    return b64encode(body).replace(b"+", b"%2B")


def of_parts(count: int, head: str) -> bytes:
    part = f'--x\r\nContent-Disposition: form-data; name="f"{head}\r\n\r\na\r\n'.encode()
    return part * count + b"--x--\r\n"


async def test_whatever_a_crowd_sends_at_once_memory_has_a_bound(server: Wardline, note: Note) -> None:
    before, turns = peak_mb(server.pid), asyncio.Semaphore(AT_ONCE)
    with counting(note) as asked:
        async with httpx.AsyncClient(base_url=server.url, timeout=200) as client:
            client.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=[]))  # a crowd is not one browser

            async def send(path: str, **what: Any) -> None:
                async with turns:
                    asked.send()
                    number = asked.sent
                    address = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
                    headers = {"X-Forwarded-For": address, **what.pop("headers", {})}
                    answer = await client.post(path, headers=headers, **what)
                assert answer.status_code < 500 or answer.status_code == 503, (path, answer.text[:300])
                assert "<script" not in answer.text
                asked.hear(answer.status_code)

            await asyncio.gather(*_all_of_it(send))
            assert (await client.get("/readyz")).status_code == 200
    after = peak_mb(server.pid)
    note("peak", f"{before} MB before, {after} MB at most")
    assert after - before < GROWTH_MAX_MB, f"{before} MB before, {after} MB at most"
    assert "Traceback" not in server.log()


def _all_of_it(send: Callable[..., Any]) -> Iterator[Any]:
    photo, monsters = noise(2_300, 2_000), make_monsters()
    form = {"Content-Type": "multipart/form-data; boundary=x"}
    for path, said in DOORS.items():
        field = FIELDS.get(path, "photos")
        for count, head in ((10_000, ""), (10_000, '; filename="a.jpg"'), (500_000, "")):
            yield send(path, content=of_parts(count, head), headers=form)
        for body in monsters.values():
            yield send(path, data=said, files={field: ("a.jpg", body, "image/jpeg")})
        for _ in range(8):
            yield send(path, data=said, files=[(field, ("a.jpg", photo, "image/jpeg"))] * 4)
    whole, pictures = b"api_key=none" + (b"&media=" + escaped(photo)) * 4, [b64encode(photo).decode()] * 4
    for _ in range(4):
        yield send(BASE64, content=whole, headers=URLENCODED)
        yield send(BASE64, data={**DOORS[BASE64], "media": pictures}, files={"file": ("", b"")})


async def test_pictures_in_base64_lie_on_the_disk_while_they_arrive_and_words_pass_them(
    server: Wardline, note: Note
) -> None:
    """Ten senders stop before their last byte; then all of them end."""
    before, going_on = peak_mb(server.pid), asyncio.Event()
    arrived = [asyncio.Event() for _ in range(10)]
    pair = b"media=" + escaped(noise(2_300, 2_000)) + b"&"

    async def body(whole: asyncio.Event) -> AsyncIterator[bytes]:
        yield b"api_key=none&"
        for _ in range(4):
            yield pair
        whole.set()
        await going_on.wait()
        yield b"lat=29.5602"

    async with httpx.AsyncClient(base_url=server.url, timeout=200) as client:
        sending = [asyncio.create_task(client.post(BASE64, content=body(each), headers=URLENCODED)) for each in arrived]
        await asyncio.gather(*(each.wait() for each in arrived))
        words = await client.post(BASE64, data={"api_key": "none", "description": "x"}, timeout=30)
        assert words.status_code == 403, "the small one has not waited"
        slow = peak_mb(server.pid)
        going_on.set()
        assert {answer.status_code for answer in await asyncio.gather(*sending)} == {403}
    after = peak_mb(server.pid)
    note("peak", f"{len(pair) * 40 // 1_000_000} MB arriving: {before} MB before, {slow} MB then, {after} MB at most")
    assert slow - before < SLOW_MAX_MB
    assert after - before < GROWTH_MAX_MB
    assert "Traceback" not in server.log()
