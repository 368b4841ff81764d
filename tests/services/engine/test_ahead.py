"""A turn is decided while the one before is written: in order, and undone with it where that cannot be written."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from dispatch.ids import WorkerId
from services.engine import desk, orders
from services.engine.refusals import ShuttingDown
from services.engine.turn import Turn
from services.store import journal
from services.store.database import Database
from tests.parts.town import Town, prepare, run_town, url_in

ANN, BEN = WorkerId("ann"), WorkerId("bob")


class SlowDatabase(Database):
    """Its writer waits before a turn until a test lets it go on, and fails where the test says so."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.free = asyncio.Event()
        self.free.set()
        self.writing = 0
        self.error: Exception | None = None
        self.is_answer_lost = False

    def submit(self, bulk: Any, value: Any, *, patient: bool = False) -> Any:
        if bulk is not journal.record:
            return super().submit(bulk, value, patient=patient)
        return asyncio.get_running_loop().create_task(self._submit(value))

    async def _submit(self, value: Any) -> Any:
        self.writing += 1
        assert self.writing == 1, "one turn is written at a time"
        try:
            await self.free.wait()
            error, self.error = self.error, None
            if error is None or self.is_answer_lost:
                await super().submit(journal.record, value)
            if error is not None:
                raise error
        finally:
            self.writing -= 1


@pytest.fixture(autouse=True)
def always_ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk, "AHEAD_FROM", 1)


def sign(worker: WorkerId, ran: list[WorkerId], *, on: bool) -> Callable[[Turn], None]:
    def run(turn: Turn) -> None:
        ran.append(worker)
        orders.sign(turn, worker, on=on)

    return run


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not is_so():
            await asyncio.sleep(0.01)


async def ahead(town: Town, db: SlowDatabase, ran: list[WorkerId]) -> "list[asyncio.Task[None]]":
    """Return two orders in two turns, of which the second has been decided while the first is written."""
    limit = desk.ORDERS_PER_TURN
    desk.ORDERS_PER_TURN = 1
    try:
        db.free.clear()
        tasks = [
            asyncio.create_task(town.desk.order(sign(ANN, ran, on=False))),
            asyncio.create_task(town.desk.order(sign(BEN, ran, on=False))),
        ]
        await until(lambda: ran == [ANN, BEN])
        assert db.writing == 1
        assert not any(each.done() for each in tasks)
    finally:
        desk.ORDERS_PER_TURN = limit
    return tasks


async def test_two_turns_are_told_in_order(tmp_path: Path) -> None:
    db = prepare(SlowDatabase(url_in(tmp_path)))
    async with run_town(db) as town:
        ran: list[WorkerId] = []
        tasks = await ahead(town, db, ran)
        db.free.set()
        await asyncio.gather(*tasks)
        assert ran == [ANN, BEN], "each is run once"
        assert [entry.workers for entry in town.told[-2:]] == [(ANN,), (BEN,)]
        await town.check()


@pytest.mark.parametrize(
    ("kind", "is_answer_lost"), [(OperationalError, False), (IntegrityError, False), (OperationalError, True)]
)
async def test_what_was_decided_on_a_turn_that_failed_is_decided_again(
    tmp_path: Path, kind: type[DBAPIError], is_answer_lost: bool
) -> None:
    db = prepare(SlowDatabase(url_in(tmp_path)))
    async with run_town(db) as town:
        ran: list[WorkerId] = []
        first, second = await ahead(town, db, ran)
        db.error, db.is_answer_lost = kind("COMMIT", {}, RuntimeError("no")), is_answer_lost
        db.free.set()
        with pytest.raises(kind):
            await first
        await second
        assert ran == [ANN, BEN, BEN]
        assert town.desk.state.roster.get(ANN).on_duty is not is_answer_lost, "it has happened if the journal has it"
        assert not town.desk.state.roster.get(BEN).on_duty
        await town.check()


async def test_in_quiet_the_state_is_what_was_told(tmp_path: Path) -> None:
    db = prepare(SlowDatabase(url_in(tmp_path)))
    async with run_town(db) as town:
        ran: list[WorkerId] = []
        tasks = await ahead(town, db, ran)
        tasks += [asyncio.create_task(town.desk.order(sign(ANN, ran, on=True))) for _ in range(20)]

        async def listen() -> None:
            async with town.desk.quiet():
                assert town.desk.state.seq == town.told[-1].seq
                assert db.writing == 0

        listeners = [asyncio.create_task(listen()) for _ in range(5)]
        await asyncio.sleep(0)
        db.free.set()
        await asyncio.wait_for(asyncio.gather(*tasks, *listeners), 10)
        await town.check()


async def test_nothing_is_written_on_a_turn_that_fails_while_the_engine_stops(tmp_path: Path) -> None:
    db = prepare(SlowDatabase(url_in(tmp_path)))
    async with run_town(db) as town:
        ran: list[WorkerId] = []
        first, second = await ahead(town, db, ran)
        stopping = asyncio.create_task(town.desk.stop())
        await asyncio.sleep(0)
        db.error = OperationalError("COMMIT", {}, RuntimeError("no"))
        db.free.set()
        await stopping
        with pytest.raises(OperationalError):
            await first
        with pytest.raises(ShuttingDown):
            await second
        assert await town.entries() == town.told


async def test_a_stop_ends_with_what_is_being_written(tmp_path: Path) -> None:
    db = prepare(SlowDatabase(url_in(tmp_path)))
    async with run_town(db) as town:
        ran: list[WorkerId] = []
        tasks = await ahead(town, db, ran)
        stopping = asyncio.create_task(town.desk.stop())
        await asyncio.sleep(0)
        db.free.set()
        await stopping
        await asyncio.gather(*tasks)
        await town.check()
