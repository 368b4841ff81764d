"""K01. The power goes, again and again, while the city speaks.

    senders  --POST-->  [ server ]  --facts-->  a console that comes back with the last seq it had
                           ^
                        kill -9, KILLS times, at moments nobody chose

What was answered is there; nothing is doubled, though senders send again what was not answered; the console has
every seq once; the books are what the journal says.
"""

import asyncio
import json
import random
import sqlite3
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from bench.city import PACK, list_happenings
from dispatch.case import Case, apply
from dispatch.facts import Fact
from dispatch.ids import CaseId
from services.city.build import build_city
from services.city.read import read_pack
from services.store import case_rows, journal
from services.store.database import Database
from tests.parts.wardline import Wardline, run_wardline

KILLS = 50
SENDERS = 8
PAUSE_S = 0.004
"""Between two messages of a sender: some hundreds a second in all, so that every kill finds work on the way."""


@dataclass
class Senders:
    """Programs that send each message until it is answered, as a well-made device does."""

    url: str
    key: str
    messages: Iterator[tuple[str, bytes]]
    answered: set[str] = field(default_factory=set)
    tried: Counter[str] = field(default_factory=Counter)
    stopping: bool = False

    async def run(self) -> None:
        async with httpx.AsyncClient(timeout=10) as client:
            while not self.stopping:
                name, body = next(self.messages)
                await self._send_until_answered(client, name, body)
                await asyncio.sleep(PAUSE_S)

    async def _send_until_answered(self, client: httpx.AsyncClient, name: str, body: bytes) -> None:
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/cloudevents+json"}
        while True:
            self.tried[name] += 1
            try:
                answer = await client.post(f"{self.url}/api/v1/events", content=body, headers=headers)
            except httpx.TransportError:
                await asyncio.sleep(0.05)
                continue
            assert answer.status_code == 202, answer.text
            self.answered.add(name)
            return


@dataclass
class Console:
    """A socket that comes back after each loss and goes on after the last seq it had."""

    url: str
    token: str
    seqs: list[int] = field(default_factory=list)
    resyncs: list[str] = field(default_factory=list)
    last: int = 0

    async def run(self) -> None:
        while True:
            try:
                await self._follow()
            except (OSError, WebSocketException, TimeoutError):
                await asyncio.sleep(0.05)

    async def _follow(self) -> None:
        headers = {"Cookie": f"wardline_session={self.token}"}
        async with connect(self.url, additional_headers=headers, max_size=None) as socket:
            await socket.send(json.dumps({"type": "subscribe", "topics": ["cases", "workers"], "after": self.last}))
            async for text in socket:
                frame = json.loads(text)
                if frame["type"] == "resync":
                    self.resyncs.append(frame["reason"])
                for fact in frame.get("facts", ()):
                    self.seqs.append(fact["seq"])
                    self.last = fact["seq"]


def _messages() -> Iterator[tuple[str, bytes]]:
    """Events of which no two are the same happening."""
    for n, (category, point) in enumerate(list_happenings(build_city(read_pack(PACK)))):
        data = {"category": category, "text": f"k{n}", "lon": point.lon, "lat": point.lat, "confidence": 0.99}
        event = {"specversion": "1.0", "type": "t", "source": "k01", "id": f"k{n}", "data": data}
        yield f"k{n}", json.dumps(event).encode()


@pytest.mark.slow
@pytest.mark.timeout(900)
async def test_k01_nothing_answered_is_lost_and_nothing_is_doubled(tmp_path: Path) -> None:
    chance = random.Random(20261123)
    with run_wardline(tmp_path / "data"):
        pass  # the demo city's pack and accounts are in the database then
    with run_wardline(tmp_path / "data", ("serve",), {"WARDLINE_DEMO": "true"}) as server:
        key = await asyncio.to_thread(server.add_source, "cloudevents", "k01")
        with server.sign_in("admin") as session:
            token = session.cookies["wardline_session"]
        senders = Senders(server.url, key, _messages())
        console = Console(server.live_url, token)
        tasks = [asyncio.create_task(senders.run()) for _ in range(SENDERS)]
        listening = asyncio.create_task(console.run())
        for _ in range(KILLS):
            await asyncio.sleep(chance.uniform(0.05, 0.7))
            server.kill()
            await asyncio.to_thread(server.start)
        senders.stopping = True
        await asyncio.wait_for(asyncio.gather(*tasks), 60)
        await _until_told(server, console)
        listening.cancel()
        server.stop()
    _check_books(tmp_path / "data" / "wardline.sqlite3", senders, console)


async def _until_told(server: Wardline, console: Console) -> None:
    """Wait until nothing is unread and the console has the last fact."""
    path = server.data_dir / "wardline.sqlite3"
    for _ in range(600):
        with sqlite3.connect(path) as db:
            pending = db.execute("SELECT count(*) FROM inbox WHERE state = 'pending'").fetchone()[0]
            last = db.execute("SELECT max(seq) FROM journal").fetchone()[0]
        if not pending and console.last == last:
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"{pending} messages unread, console at {console.last} of {last}")


def _check_books(path: Path, senders: Senders, console: Console) -> None:
    assert len(senders.answered) > 10 * KILLS, "the senders hardly sent: the test proves nothing"
    assert any(n > 1 for n in senders.tried.values()), "no kill hit a message on its way: the test proves nothing"
    db = Database(f"sqlite:///{path}")
    with db.engine.connect() as connection:
        entries = journal.list_after(connection, 0, 10_000_000)
        rows = [*map(case_rows.read_case, journal.list_open_docs(connection))]
    told = Counter(case.text for case in rows)
    assert {name for name in senders.answered if not told[name]} == set(), "answered, and lost"
    assert {name: n for name, n in told.items() if n > 1} == {}, "doubled"
    assert [entry.seq for entry in entries] == list(range(1, len(entries) + 1)), "the journal has a gap"
    assert console.resyncs == []
    assert console.seqs == list(range(1, len(entries) + 1)), "the console missed a fact or had one twice"
    assert _fold(entries) == {case.id: case for case in rows}, "the books are not what the journal says"


def _fold(entries: list[journal.Entry]) -> dict[CaseId, Case]:
    cases: dict[CaseId, Case] = {}
    for entry in entries:
        if entry.case_id:
            fact = Fact(entry.case_id, entry.at, journal.read_fact(entry))
            cases[entry.case_id] = apply(cases.get(entry.case_id), fact, entry.seq)
    return cases
