"""Messages that become durable in the commit of what they bring about: once, whatever happens meanwhile."""

import asyncio
import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dispatch.ids import MessageId, SourceId, WorkerId
from services.engine.refusals import ShuttingDown
from services.engine.waiting import ARRIVING_MAX, Waiting
from services.observe import clock
from services.store import inbox, journal
from services.store.inbox import Message
from tests.parts.town import Town, prepare, run_town, url_in
from tests.services.engine.shaky import ShakyDatabase

DESK = SourceId("desk")


def report(n: int = 0) -> bytes:
    return json.dumps(
        {"text": f"gas leak {n}", "category": "E0496", "lon": 106.505 + n * 0.001, "lat": 29.515}
    ).encode()


def send(town: Town, n: int = 0) -> "asyncio.Task[list[MessageId]]":
    return asyncio.create_task(town.inbox.receive("report", DESK, report(n), clock.now()))


class WatchedDatabase(ShakyDatabase):
    """Notes what the writer is given."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.written: list[Callable[..., Any]] = []

    def submit(self, bulk: Any, value: Any, *, patient: bool = False) -> Any:
        self.written.append(bulk)
        return super().submit(bulk, value, patient=patient)


async def check(town: Town, cases: int) -> None:
    """All is read, the books are what the journal says, and there are so many cases."""
    await town.read_all()
    await town.check()
    assert len(town.open_cases()) == cases


async def test_a_message_is_stored_in_the_commit_of_its_case(tmp_path: Path) -> None:
    db = prepare(WatchedDatabase(url_in(tmp_path)))
    async with run_town(db) as town:
        before = len(db.written)
        (message,) = await send(town)
        assert db.written[before:] == [journal.record]
        assert await town.states() == {"done": 1}
        assert await town.case_of(message) is not None
        await check(town, 1)


async def test_the_same_message_again_has_the_same_answer_and_no_effect(tmp_path: Path) -> None:
    db = prepare(WatchedDatabase(url_in(tmp_path)))
    async with run_town(db) as town:
        at_once = await asyncio.gather(send(town), send(town), send(town))
        before = len(db.written)
        later = await send(town)
        assert db.written[before:] == [inbox.store], "it is known, so it is not read again"
        assert len({*map(tuple, at_once), tuple(later)}) == 1
        await check(town, 1)


async def test_who_hangs_up_takes_nobody_s_answer_with_him(tmp_path: Path) -> None:
    async with run_town(prepare(WatchedDatabase(url_in(tmp_path)))) as town:
        async with town.desk.quiet():
            first, second = send(town), send(town)
            await asyncio.sleep(0)
            first.cancel()
            await asyncio.sleep(0)
        assert len(await second) == 1
        await check(town, 1)


async def test_what_another_process_has_stored_meanwhile_is_read_once(tmp_path: Path) -> None:
    db = prepare(WatchedDatabase(url_in(tmp_path)))
    async with run_town(db) as town:
        stored: list[str] = []

        def store_elsewhere() -> None:
            message = inbox.message_id("report", DESK, b"b" + report())
            if not stored:
                stored.append(message)
                with sqlite3.connect(tmp_path / "town.sqlite3") as other:
                    row = (message, "report", DESK, report(), round(clock.now().timestamp() * 1e6))
                    columns = "id, feed, source_id, body, received_at, state, reason, detail"
                    other.execute(f"INSERT INTO inbox ({columns}) VALUES (?, ?, ?, ?, ?, 'pending', '', '')", row)

        db.before = store_elsewhere
        assert await asyncio.wait_for(send(town), 10) == stored
        await town.read_all()
        assert await town.states() == {"done": 1}
        await check(town, 1)


async def test_when_the_engine_stops_messages_are_kept_for_the_next(tmp_path: Path) -> None:
    url = url_in(tmp_path)
    async with run_town(prepare(WatchedDatabase(url))) as town:
        async with town.desk.quiet():
            arriving = send(town)
            await asyncio.sleep(0)
            stopping = asyncio.create_task(town.desk.stop())
            await asyncio.sleep(0)
        await stopping
        assert len(await arriving) == 1
        assert len(await send(town, 1)) == 1
        assert sum((await town.states()).values()) == 2
        with pytest.raises(ShuttingDown):
            await town.desk.set_duty(WorkerId("ann"), on=True)


async def test_many_messages_at_once_are_each_read_once(tmp_path: Path) -> None:
    async with run_town(prepare(WatchedDatabase(url_in(tmp_path)))) as town:
        answers = await asyncio.gather(*(send(town, n % 200) for n in range(500)))
        assert len({answer for (answer,) in answers}) == 200
        await town.read_all()
        assert await town.states() == {"done": 200}
        await town.check()


def make_message(n: int, source: str = "desk") -> Message:
    return Message(
        id=MessageId(f"{n:032x}"), feed="report", source_id=SourceId(source), body=b"", received_at=clock.now()
    )


async def test_what_comes_while_many_wait_is_stored_first() -> None:
    waiting = Waiting(lambda _id: False)
    waiting.open()
    offered = [waiting.offer(make_message(n)) for n in range(ARRIVING_MAX + 2)]
    assert [answer is not None for answer in offered] == [True] * ARRIVING_MAX + [False] * 2
    messages, is_trial = waiting.take(256)
    assert waiting.arriving_of(messages) == messages
    assert not is_trial
    waiting.done(messages)
    assert all(answer.result() for answer in offered if answer)
    assert waiting.arriving_of(messages) == []


async def test_nothing_is_taken_in_unstored_that_is_known_or_waits_or_while_it_is_closed() -> None:
    known, new, queued = make_message(1), make_message(2), make_message(3)
    waiting = Waiting(known.id.__eq__)
    assert waiting.offer(new) is None, "not open yet"
    waiting.open()
    waiting.put([queued])
    assert waiting.offer(known) is None
    assert waiting.offer(queued) is None
    answer = waiting.offer(new)
    assert answer is not None
    assert waiting.offer(new) is answer
    assert waiting.arriving_of([queued, new]) == [new]
    waiting.close()
    assert answer.result() is False
    assert waiting.offer(new) is None
    assert Waiting().offer(new) is None
