"""M01. A busy day fits into a small machine: the demo city, 10,000 open cases and 200 sockets in 350 MB.

195 phones and 5 consoles listen; 10,000 events come in batches, each a case of its own
"""

import asyncio
import json
from itertools import islice
from pathlib import Path

import httpx
import psutil
import pytest
from websockets.asyncio.client import ClientConnection, connect

from bench.city import PACK, list_happenings
from services.city.build import build_city
from services.city.read import read_pack
from tests.parts.wardline import Wardline, run_wardline

CASES = 10_000
PHONES, CONSOLES = 195, 5
BATCH = 100
LIMIT_BYTES = 350 * 1000 * 1000


async def _listen(server: Wardline, session: str, topics: list[str]) -> ClientConnection:
    headers = {"Cookie": f"wardline_session={session}"}
    socket = await connect(server.live_url, additional_headers=headers, max_size=None, compression=None)
    await socket.send(json.dumps({"type": "subscribe", "topics": topics, "after": None}))
    assert json.loads(await socket.recv())["type"] == "snapshot"
    return socket


async def _read(socket: ClientConnection) -> None:
    async for _ in socket:
        continue


def _session(server: Wardline, username: str) -> str:
    with server.sign_in(username) as client:
        return client.cookies["wardline_session"]


def _batches() -> list[bytes]:
    city = build_city(read_pack(PACK))
    events = []
    for n, (category, point) in enumerate(islice(list_happenings(city), CASES)):
        data = {"category": category, "text": f"案件 {n}", "lon": point.lon, "lat": point.lat, "confidence": 0.99}
        events.append({"specversion": "1.0", "type": "t", "source": "m01", "id": str(n), "data": data})
    return [json.dumps(events[at : at + BATCH]).encode() for at in range(0, CASES, BATCH)]


@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_m01_ten_thousand_open_cases_and_two_hundred_sockets(tmp_path: Path) -> None:
    with run_wardline(tmp_path / "data") as server:
        key = await asyncio.to_thread(server.add_source, "cloudevents", "m01")
        phone, console = _session(server, "worker1"), _session(server, "dispatcher")
        sockets = [await _listen(server, phone, ["tasks"]) for _ in range(PHONES)]
        sockets += [await _listen(server, console, ["cases", "workers", "metrics"]) for _ in range(CONSOLES)]
        readers = [asyncio.create_task(_read(socket)) for socket in sockets]
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/cloudevents-batch+json"}
        async with httpx.AsyncClient(base_url=server.url, headers=headers, timeout=60) as client:
            for batch in _batches():
                assert (await client.post("/api/v1/events", content=batch)).status_code == 202
        await _until_open(server, CASES)
        used = psutil.Process(server.pid).memory_info().rss
        assert all(not reader.done() for reader in readers), "a socket was lost"
        for reader in readers:
            reader.cancel()
        assert used < LIMIT_BYTES, f"{used / 1e6:.0f} MB resident"


async def _until_open(server: Wardline, wanted: int) -> None:
    with server.sign_in("supervisor") as client:
        for _ in range(600):
            cells = client.get("/api/v1/metrics/overview").json()["cells"]
            if cells["open"]["value"] == wanted:
                return
            await asyncio.sleep(0.1)
    raise AssertionError(f"{cells['open']['value']} of {wanted} cases are open")
