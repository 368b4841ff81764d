"""C14. Thirty-two write at once while consoles come and go: each hears every seq once and in order, and misses none.

w1 .. w32 ==> [ server ] ==> console A, always there
                         ==> console B, lost again and again, back with the last seq that it had
"""

import asyncio
import json
from pathlib import Path

import httpx
import pytest
from websockets.asyncio.client import connect

from bench.city import PACK, list_happenings
from services.city.build import build_city
from services.city.read import read_pack
from tests.parts.wardline import Wardline, run_wardline

WRITERS = 32
EACH = 12
LOSSES = 6
SUBSCRIBE = {"type": "subscribe", "topics": ["cases", "workers", "tasks", "metrics"], "area": None}


class Console:
    """A screen that keeps the seqs that it has heard."""

    def __init__(self, server: Wardline, token: str) -> None:
        self.server, self.token = server, token
        self.seqs: list[int] = []
        self.at: int | None = None
        """The last seq it knows of, from a snapshot or a fact."""
        self.started_at = 0

    async def listen(self, *, until: int | None = None) -> None:
        """Hear on from where it was; until a seq has come, or for good."""
        headers = {"Cookie": f"wardline_session={self.token}"}
        async with connect(self.server.live_url, additional_headers=headers) as socket:
            await socket.send(json.dumps(SUBSCRIBE | {"after": self.at}))
            async for text in socket:
                self._take(json.loads(text))
                if until is not None and self.at is not None and self.at >= until:
                    return

    def _take(self, frame: dict) -> None:  # type: ignore[type-arg]
        assert frame["type"] != "resync", frame
        if frame["type"] == "snapshot":
            assert self.at is None, "who says where he was is not sent everything again"
            self.at = self.started_at = frame["seq"]
        elif frame["type"] == "facts":
            self.seqs += [fact["seq"] for fact in frame["facts"]]
            self.at = self.seqs[-1]
        elif frame["type"] == "heartbeat":
            self.at = max(self.at or 0, frame["seq"])


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_c14_no_reader_misses_a_fact_whoever_writes_beside_whom(tmp_path: Path) -> None:
    happenings = list_happenings(build_city(read_pack(PACK)))
    with run_wardline(tmp_path / "data") as server:
        key = await asyncio.to_thread(server.add_source, "cloudevents", "many")
        with server.sign_in("admin") as admin:
            token = admin.cookies["wardline_session"]
        steady, broken = Console(server, token), Console(server, token)
        listening = asyncio.create_task(steady.listen())
        writing = asyncio.create_task(_write_all(server, key, happenings))
        for _ in range(LOSSES):
            # Lost in the middle of whatever it is being told: what it has not taken it must be told again.
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.4):
                    await broken.listen()
        await writing
        last = await _last_seq(server, token)
        async with asyncio.timeout(60):
            if (broken.at or 0) < last:
                await broken.listen(until=last)
            while (steady.at or 0) < last:
                await asyncio.sleep(0.05)
        listening.cancel()
    for console in (steady, broken):
        heard = [seq for seq in console.seqs if seq <= last]
        assert heard == list(range(console.started_at + 1, last + 1))


async def _write_all(server: Wardline, key: str, happenings: object) -> None:
    points = iter(happenings)  # type: ignore[call-overload]
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/cloudevents+json"}
    async with httpx.AsyncClient(timeout=60, limits=httpx.Limits(max_connections=WRITERS)) as client:

        async def write(n: int) -> None:
            for m in range(EACH):
                category, point = next(points)
                data = {"category": category, "lon": point.lon, "lat": point.lat, "confidence": 0.99}
                event = {"specversion": "1.0", "type": "t", "source": f"w{n}", "id": f"{n}-{m}", "data": data}
                answer = await client.post(f"{server.url}/api/v1/events", content=json.dumps(event), headers=headers)
                assert answer.status_code == 202, answer.text

        await asyncio.gather(*(write(n) for n in range(WRITERS)))


async def _last_seq(server: Wardline, token: str) -> int:
    """Return the seq of the last fact, once all messages have been read and nothing more comes of them."""
    console = Console(server, token)
    seen = -1
    while True:
        console.at = None
        headers = {"Cookie": f"wardline_session={token}"}
        async with connect(server.live_url, additional_headers=headers) as socket:
            await socket.send(json.dumps(SUBSCRIBE | {"after": None}))
            frame = json.loads(await socket.recv())
        if frame["seq"] == seen:
            return seen
        seen = frame["seq"]
        await asyncio.sleep(1)
