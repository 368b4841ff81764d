"""A notice is told to its person when its time has come, once, and what was held back together is one."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import select, update

from dispatch.access import Actor, Role
from dispatch.case import Case
from dispatch.citymap import City
from dispatch.escalations import Action, Escalation, Escalations, NoticeRule, Unit
from dispatch.ids import AreaCode, WorkerId
from services.live.hub import Listener
from services.live.notices import Notifier
from services.store.tables import outbox
from tests.builders import IN_G4, make_actor
from tests.parts.town import Town, make_town_city, open_database, run_town
from tests.services.engine.test_notices import add, risen, rows_of

STEPS = (Action.TEAM_LEAD, Action.DUTY_LEADER, Action.SUPERVISOR)
HELD = NoticeRule(who="supervisor", digest_min=24 * 60)
CASES = frozenset({"cases"})
SUN = make_actor("supervisor", user="sun")


def city_of(*rules: NoticeRule) -> City:
    rows = [
        Escalation(
            step=number,
            after=0,
            unit=Unit.CLOCK,
            action=action,
            target="cai" if action is Action.TEAM_LEAD else "",
        )
        for number, action in enumerate(STEPS, start=1)
    ]
    return replace(make_town_city(), escalations=Escalations(tuple(rows)), notice_rules=tuple(rules))


async def people(town: Town) -> None:
    await add(town, "lin", Role.LEADER)
    await add(town, "sun", Role.SUPERVISOR)


def listen(town: Town, actor: Actor, topics: frozenset[str] = CASES) -> Listener:
    listener = Listener(actor, topics)
    town.hub.join(listener)
    return listener


def notices(listener: Listener) -> list[dict[str, Any]]:
    """Take what the listener has heard; return the notices of it."""
    frames = [msgspec.json.decode(frame) for frame in listener.take()]
    return [notice for frame in frames if frame["type"] == "notices" for notice in frame["notices"]]


async def come_due(town: Town) -> None:
    """Let the time come that notices are held back to: they came up a day earlier."""
    day = timedelta(days=1)
    rows: Sequence[Any] = await town.db.read(lambda c: list(c.execute(select(outbox).where(outbox.c.kind != "task"))))
    latest = min(row.created_at for row in rows)
    moved = update(outbox).where(outbox.c.deliver_at > outbox.c.created_at).values(deliver_at=latest)
    await town.db.write(lambda c: c.execute(update(outbox).values(created_at=latest - day)))
    await town.db.write(lambda c: c.execute(moved))


async def test_who_listens_is_told_once_and_nobody_else(tmp_path: Path) -> None:
    async with run_town(open_database(tmp_path), city_of()) as town:
        await people(town)
        notifier = Notifier(town.db, town.hub)
        lead = listen(town, make_actor("worker", user="cai@phone", worker_id=WorkerId("cai")), frozenset({"tasks"}))
        desk, board = listen(town, make_actor("leader", user="lin")), listen(town, SUN, frozenset({"metrics"}))
        other = listen(town, make_actor("leader", user="lou"))
        case = await risen(town)
        assert await notifier.tell_due() == 2
        (told,) = notices(desk)
        assert (told["kind"], told["priority"], told["percent"]) == ("chain", case.priority, 0)
        (shown,) = told["cases"]
        assert (shown["id"], shown["number"], shown["worker"]) == (case.id, case.number, case.worker)
        assert [each["cases"][0]["id"] for each in notices(lead)] == [case.id], "a lead hears of what is not his task"
        assert notices(other) == notices(board) == []
        assert await notifier.tell_due() == 0, "once"
        assert [row.recipient for row in await rows_of(town, "chain") if row.delivered_at is None] == ["sun"]


async def test_a_notice_waits_for_its_person_and_over_a_restart(tmp_path: Path) -> None:
    async with run_town(open_database(tmp_path), city_of()) as town:
        await people(town)
        case = await risen(town)
        assert await Notifier(town.db, town.hub).tell_due() == 0
    async with run_town(open_database(tmp_path), city_of()) as again:
        catching_up = listen(again, SUN)
        catching_up.hold()
        notifier = Notifier(again.db, again.hub)
        assert await notifier.tell_due() == 0, "who is still catching up would lose it with a line that breaks"
        catching_up.release()
        assert await notifier.tell_due() == 1
        assert [each["cases"][0]["id"] for each in notices(catching_up)] == [case.id]


async def test_what_was_held_back_is_told_as_one_when_its_time_has_come(tmp_path: Path) -> None:
    async with run_town(open_database(tmp_path), city_of(HELD)) as town:
        await people(town)
        notifier, sun = Notifier(town.db, town.hub), listen(town, SUN)
        first = await risen(town, lon=IN_G4.lon, lat=IN_G4.lat)
        second = await risen(town)
        if "critical" in (first.priority, second.priority):
            raise AssertionError("critical ones are not held back")
        assert await notifier.tell_due() == 0
        await come_due(town)
        assert await notifier.tell_due() == 2
        (told,) = notices(sun)
        assert told["kind"] == "digest"
        assert [each["id"] for each in told["cases"]] == [first.id, second.id]
        assert len(told["seqs"]) == 2


async def test_what_is_acknowledged_before_its_time_is_not_told(tmp_path: Path) -> None:
    async with run_town(open_database(tmp_path), city_of(HELD)) as town:
        await people(town)
        sun, case = listen(town, SUN), await risen(town)
        await town.do(case, "acknowledge", "worker")
        assert [row for row in await rows_of(town, "chain") if row.recipient == "sun"] == []
        assert await Notifier(town.db, town.hub).tell_due() == 0
        assert notices(sun) == []


async def test_what_one_may_no_longer_see_is_told_to_nobody(tmp_path: Path) -> None:
    async with run_town(open_database(tmp_path), city_of()) as town:
        await people(town)
        case: Case = await risen(town)
        elsewhere = AreaCode("S2" if case.place.street == "S1" else "S1")
        narrowed = listen(town, make_actor("supervisor", user="sun", area=elsewhere))
        await Notifier(town.db, town.hub).tell_due()
        assert notices(narrowed) == []
        assert [row.recipient for row in await rows_of(town, "chain") if row.delivered_at is not None] == ["sun"]
