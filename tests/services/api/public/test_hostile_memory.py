"""A server of its own takes all that is hostile at once, at each door that a stranger has: its memory has a bound."""

import asyncio
import os
import re
from collections.abc import Callable, Iterator, Mapping
from http.cookiejar import DefaultCookiePolicy
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from tests.parts.wardline import Wardline, run_wardline
from tests.services.api.asked import Note, counting
from tests.services.api.monsters import make_monsters

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


def noise() -> bytes:
    """Return a photograph of some 5 MB, which no packing makes smaller."""
    out = BytesIO()
    Image.frombytes("RGB", (2_300, 2_000), os.urandom(2_300 * 2_000 * 3)).save(out, "JPEG", quality=93)
    return out.getvalue()


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
    photo, monsters = noise(), make_monsters()
    form = {"Content-Type": "multipart/form-data; boundary=x"}
    for path, said in DOORS.items():
        field = FIELDS.get(path, "photos")
        for count, head in ((10_000, ""), (10_000, '; filename="a.jpg"'), (500_000, "")):
            yield send(path, content=of_parts(count, head), headers=form)
        for body in monsters.values():
            yield send(path, data=said, files={field: ("a.jpg", body, "image/jpeg")})
        for _ in range(8):
            yield send(path, data=said, files=[(field, ("a.jpg", photo, "image/jpeg"))] * 4)
