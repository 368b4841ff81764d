"""Timers: told in time, in pages, one beside the other; none lost, none told twice, none in another's way."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec
import pytest
from prometheus_client import REGISTRY
from sqlalchemy import update

from dispatch.case import Case, Fact, LimitChanged
from dispatch.ids import CaseId
from services.engine import timing
from services.engine.timing import DUE_PER_TURN, Timers
from services.engine.turn import Turn
from services.observe import clock
from services.store import journal
from services.store.journal import Due
from services.store.tables import cases as cases_table
from tests.builders import IN_G1
from tests.parts.town import Town

FAR = timedelta(days=30)


async def open_cases(town: Town, count: int) -> list[Case]:
    """Return so many cases, too far apart to be one, each sent to somebody and not due for a month."""
    for n in range(count):
        await town.tell(f"case {n}", lon=IN_G1.lon - 0.004 + n % 20 * 0.0006, lat=IN_G1.lat - 0.004 + n // 20 * 0.0006)
    cases = [case for case in town.desk.state.book.open_cases() if case.due_at is not None]
    assert len(cases) == count
    await set_due(town, cases, clock.now() + FAR)
    return cases


async def set_due(town: Town, cases: Sequence[Case], due_at: datetime) -> None:
    """Let the limit of these cases be over at that time, and nothing else ever happen to them."""

    def change(turn: Turn) -> None:
        for case in cases:
            limit = LimitChanged(due_at=due_at, warn_at=due_at, marks=(), by="test", reason="a test")
            turn.record(Fact(case.id, turn.at, limit))

    await town.desk.order(change)


def overdue(town: Town) -> list[journal.Entry]:
    return [entry for entry in town.told if entry.kind == "CaseOverdue"]


async def until_told(town: Town, count: int, seconds: float = 15.0) -> list[journal.Entry]:
    async with asyncio.timeout(seconds):
        while len(overdue(town)) < count:
            await asyncio.sleep(0.01)
    return overdue(town)


async def test_a_limit_is_told_when_it_passes_and_once(town: Town) -> None:
    (case,) = await open_cases(town, 1)
    before = REGISTRY.get_sample_value("wardline_timer_lateness_seconds_count") or 0
    due_at = clock.now() + timedelta(seconds=0.8)
    await set_due(town, [case], due_at)
    (entry,) = await until_told(town, 1)
    assert due_at <= entry.at < due_at + timedelta(seconds=1)
    await asyncio.sleep(1.2)
    assert len(overdue(town)) == 1
    assert REGISTRY.get_sample_value("wardline_timer_lateness_seconds_count") == before + 1


async def test_what_has_passed_meanwhile_is_told_at_the_next_look(town: Town) -> None:
    (case,) = await open_cases(town, 1)
    await set_due(town, [case], clock.now() - timedelta(hours=5))
    (entry,) = await until_told(town, 1, 2)
    assert entry.case_id == case.id


async def test_a_storm_is_told_page_by_page_and_commands_go_between(town: Town) -> None:
    wanted = 2 * DUE_PER_TURN + 30
    (case, *others) = await open_cases(town, 40)
    storm = await _copies(town, others, wanted)
    due_at = clock.now() + timedelta(seconds=0.5)
    await set_due(town, storm, due_at)
    await until_told(town, 1)
    begun = asyncio.get_running_loop().time()
    await town.do(case, "note", note="in between")
    waited_s = asyncio.get_running_loop().time() - begun
    told = await until_told(town, wanted)
    took_s = asyncio.get_running_loop().time() - begun
    assert sorted(entry.case_id for entry in told) == sorted(each.id for each in storm), "each once"
    note = next(entry.seq for entry in town.told if entry.kind == "NoteAdded")
    assert note < told[-1].seq, "the command did not wait for the storm to end"
    assert waited_s < took_s


async def _copies(town: Town, cases: Sequence[Case], count: int) -> list[Case]:
    """Return so many cases more, put into the book and the rows as they are: to open as many takes a minute."""
    made = [
        msgspec.structs.replace(cases[n % len(cases)], id=CaseId(f"copy{n:05d}"), number=f"C{n}", episodes=())
        for n in range(count)
    ]

    def put(turn: Turn) -> None:
        for case in made:
            turn.state.book.put(None, case)
            turn.batch.cases[case.id] = case

    await town.desk.order(put)
    return made


async def test_a_row_that_is_wrong_is_put_right(town: Town) -> None:
    """An index that was written by other rules says that a case is due that is not."""
    (case,) = await open_cases(town, 1)
    wrong = clock.now() - timedelta(minutes=1)
    await town.db.write(lambda c: c.execute(update(cases_table).values(next_timer_at=wrong)))
    await asyncio.sleep(1.2)
    assert overdue(town) == []
    until = clock.now() + 2 * FAR
    rows = await town.db.read(lambda connection: journal.list_due(connection, until, 9))
    assert [row.case_id for row in rows] == [case.id]
    assert rows[0].at > clock.now() + timedelta(days=29)


async def test_a_case_of_which_nothing_comes_is_in_nobodys_way(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timing, "DUE_PER_TURN", 2)
    *broken, case = await open_cases(town, 4)
    now = clock.now()

    def spoil(turn: Turn) -> None:
        for each in broken:
            spoilt = msgspec.structs.replace(turn.find(each.id) or each, marks=("not a time",))
            turn.state.book.put(turn.find(each.id), spoilt)

    await town.desk.order(spoil)
    ids = [each.id for each in broken]
    early = now - timedelta(hours=1)
    await town.db.write(
        lambda c: c.execute(update(cases_table).where(cases_table.c.id.in_(ids)).values(next_timer_at=early))
    )
    await set_due(town, [case], now + timedelta(seconds=0.7))
    (entry,) = await until_told(town, 1, 5)
    assert entry.case_id == case.id, "three stand before it in the index, and a page has two"


async def test_what_another_has_changed_in_the_same_turn_is_not_due(town: Town) -> None:
    (case,) = await open_cases(town, 1)
    timers = Timers(town.db)

    def tell_what_is_not_due(turn: Turn) -> tuple[int, int]:
        before = len(turn.batch.entries)
        timers.tell(turn, [Due(case.id, turn.at)])
        return len(turn.batch.entries) - before, len(timers._stuck)

    assert await town.desk.order(tell_what_is_not_due) == (0, 0)


async def test_the_index_says_how_long_to_wait(town: Town) -> None:
    first, second = await open_cases(town, 2)
    timers, now = Timers(town.db), clock.now() + timedelta(days=1)
    assert await timers.look(now) == pytest.approx(timing.LOOK_EVERY_S)
    assert len(timers) == 0
    await set_due(town, [first], now - timedelta(seconds=1))
    await set_due(town, [second], now + timedelta(seconds=0.2))
    assert await timers.look(now) == pytest.approx(0.2)
    assert timers.take() == [Due(first.id, now - timedelta(seconds=1))]
    assert timers.take() == [], "a page is taken once"


async def test_a_full_page_is_followed_by_the_next_at_once(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timing, "DUE_PER_TURN", 2)
    cases = await open_cases(town, 3)
    timers, now = Timers(town.db), clock.now() + timedelta(days=1)
    await set_due(town, cases, now - timedelta(seconds=1))
    assert await timers.look(now) == 0
    assert len(timers.take()) == 2
    assert await timers.look(now) == 0, "what is left is taken first"
    assert len(timers.take()) == 1
    assert len(timers) == 0
