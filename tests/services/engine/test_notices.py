"""What the escalation and the limits bring about is noted for the right people, in the commit of its fact."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from dispatch.access import Role
from dispatch.case import Case, Fact, LimitChanged
from dispatch.citymap import City
from dispatch.escalations import Action, Escalation, Escalations, NoticeRule, Unit
from dispatch.ids import CaseId
from services.engine.turn import Turn
from services.store.accounts import Account, add_account, set_disabled
from services.store.tables import outbox
from tests.builders import TUESDAY_10
from tests.parts.town import Town, make_town_city, open_database, run_town

FIRST = (
    (0, Unit.CLOCK, Action.TEAM_LEAD, "cai"),
    (0, Unit.CLOCK, Action.DUTY_LEADER, ""),
    (0, Unit.CLOCK, Action.SUPERVISOR, ""),
)
"""A chain whose steps are all due when the task is sent."""
ONCE_A_DAY = NoticeRule(who="supervisor", digest_min=24 * 60)


def city_of(*steps: tuple[float, Unit, Action, str], rules: Sequence[NoticeRule] = ()) -> City:
    rows = [
        Escalation(step=number, after=after, unit=unit, action=action, target=target)
        for number, (after, unit, action, target) in enumerate(steps, start=1)
    ]
    return replace(make_town_city(), escalations=Escalations(tuple(rows)), notice_rules=tuple(rules))


async def add(town: Town, username: str, role: Role, **more: Any) -> None:
    account = Account(id=f"id-{username}", username=username, role=role, **more)
    await town.db.write(lambda connection: add_account(connection, account, "!", TUESDAY_10))


async def rows_of(town: Town, kind: str = "") -> list[Any]:
    rows = await town.db.read(lambda c: list(c.execute(select(outbox).order_by(outbox.c.seq, outbox.c.recipient))))
    return [row for row in rows if kind in ("", row.kind)]


async def risen(town: Town, **data: Any) -> Case:
    """Return a case whose chain has been gone through to its end."""
    case = await town.tell(f"gas at {data}", **data)
    assert case is not None
    while len(case.chain) != case.chain_done:
        await town.desk.order(lambda _: None)
        case = town.desk.state.book.find(case.id)
        assert case is not None
    return case


async def test_each_step_is_noted_for_whom_it_names(tmp_path: Path) -> None:
    async with run_town(open_database(tmp_path), city_of(*FIRST)) as town:
        await add(town, "lin", Role.LEADER)
        await add(town, "sun", Role.SUPERVISOR)
        await add(town, "sam", Role.SUPERVISOR)
        await add(town, "gone", Role.SUPERVISOR)
        await town.db.write(lambda connection: set_disabled(connection, "gone", disabled=True))
        case = await risen(town)
        rows = await rows_of(town, "chain")
        assert [(row.recipient, row.role, row.case_id) for row in rows] == [
            ("cai", "worker", case.id),
            ("lin", "leader", case.id),
            ("sam", "supervisor", case.id),
            ("sun", "supervisor", case.id),
        ]
        seqs = [entry.seq for entry in await town.entries() if entry.kind == "CaseEscalated"]
        assert [row.seq for row in rows] == [seqs[0], seqs[1], seqs[2], seqs[2]]
        assert all(row.deliver_at == row.created_at for row in rows)
        assert [row.recipient for row in await rows_of(town, "task")] == [case.worker], "and his task for the worker"


async def test_a_digest_holds_a_notice_back_and_a_restart_adds_none(tmp_path: Path) -> None:
    city = city_of(*FIRST, rules=[ONCE_A_DAY])
    async with run_town(open_database(tmp_path), city) as town:
        await add(town, "sun", Role.SUPERVISOR)
        await risen(town)
        before = await rows_of(town)
        (held,) = [row for row in before if row.recipient == "sun"]
        assert held.created_at < held.deliver_at <= held.created_at + timedelta(days=1)
        assert held.delivered_at is None
    async with run_town(open_database(tmp_path), city) as again:
        await again.read_all()
        assert await rows_of(again) == before


async def test_an_acknowledgement_drops_what_was_not_delivered_and_leaves_the_rest(tmp_path: Path) -> None:
    async with run_town(open_database(tmp_path), city_of(*FIRST, rules=[ONCE_A_DAY])) as town:
        await add(town, "sun", Role.SUPERVISOR)
        case, other = await risen(town), await risen(town, lon=106.515, lat=29.505)
        assert case.id != other.id
        told = outbox.update().where(outbox.c.case_id == case.id, outbox.c.recipient == "cai")
        await town.db.write(lambda connection: connection.execute(told.values(delivered_at=TUESDAY_10)))
        await town.do(case, "acknowledge", "worker")
        rows = await rows_of(town, "chain")
        assert [row.recipient for row in rows if row.case_id == case.id] == ["cai"], "what was told is told"
        assert sorted(row.recipient for row in rows if row.case_id == other.id) == ["cai", "sun"]


async def test_a_mark_of_the_limit_outlives_the_acknowledgement_and_ends_with_the_case(tmp_path: Path) -> None:
    async with run_town(open_database(tmp_path), city_of((50, Unit.PERCENT, Action.SUPERVISOR, ""))) as town:
        await add(town, "sun", Role.SUPERVISOR)
        case = await town.tell("gas")
        assert case is not None
        case_id = case.id
        await town.desk.order(lambda turn: turn.record(_half_used(turn, case_id)))
        while not await rows_of(town, "limit"):
            await town.desk.order(lambda _: None)
        case = town.desk.state.book.find(case_id)
        assert case is not None
        await town.do(case, "acknowledge", "worker")
        assert [row.recipient for row in await rows_of(town, "limit")] == ["sun"]
        await town.do(case, "force_close", reason="it is gone")
        assert await rows_of(town, "limit") == []


def _half_used(turn: Turn, case_id: CaseId) -> Fact:
    """Half of the limit is used now, whenever it began."""
    case = turn.find(case_id)
    assert case is not None
    assert case.due_at is not None
    assert case.warn_at is not None
    marks = (turn.at, *case.marks[1:])
    data = LimitChanged(due_at=case.due_at, warn_at=case.warn_at, marks=marks, clock=case.clock, by="x")
    return Fact(case_id, turn.at, data)


async def test_a_forced_close_and_its_undoing_tell_all_who_are_on_it(tmp_path: Path) -> None:
    async with run_town(open_database(tmp_path), city_of()) as town:
        case = await town.tell("gas")
        assert case is not None
        helper = "bob" if case.worker == "ann" else "ann"
        await town.do(case, "assist", worker=helper)
        await town.do(case, "force_close", reason="it is gone")
        last = [row for row in await rows_of(town, "task") if row.seq == town.told[-1].seq]
        assert sorted(row.recipient for row in last) == ["ann", "bob"]
        await town.do(case, "undo")
        last = [row for row in await rows_of(town, "task") if row.seq == town.told[-1].seq]
        assert sorted(row.recipient for row in last) == ["ann", "bob"]
