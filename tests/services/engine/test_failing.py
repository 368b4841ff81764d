"""What the engine does when something fails: nothing is half done, nothing that was answered is lost, others go on."""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from sqlalchemy.exc import OperationalError

from dispatch.event import Event
from dispatch.ids import CaseId, SourceId, WorkerId
from dispatch.refusals import IllegalMove
from services.engine import orders
from services.engine.desk import RETRY_AFTER_S
from services.engine.refusals import ShuttingDown, UnknownCase
from services.engine.turn import Turn
from services.feeds import Feed, Origin, Said, load_feeds
from services.observe import clock
from services.store import journal
from services.store.journal import Entry
from tests.builders import IN_G4, make_actor
from tests.parts.town import Town, open_database, prepare, run_town, url_in
from tests.services.engine.shaky import ShakyDatabase, fail_times

ANN, DESK, GAS1 = WorkerId("ann"), SourceId("desk"), SourceId("gas1")
REPORT = {"text": "gas leak at the gate", "category": "E0496", "lon": 106.505, "lat": 29.515}


def away() -> Exception:
    return OperationalError("COMMIT", {}, RuntimeError("the server has gone away"))


async def test_a_turn_that_cannot_be_committed_has_not_happened(tmp_path: Path) -> None:
    db = prepare(ShakyDatabase(url_in(tmp_path)))
    async with run_town(db) as town:
        before = town.desk.state.seq
        db.before = fail_times(1, away)
        report = town.inbox.receive("report", DESK, json.dumps(REPORT).encode(), clock.now())
        waiting = asyncio.create_task(report)
        with pytest.raises(OperationalError):
            await town.desk.set_duty(ANN, on=False)
        ids = await waiting
        assert town.told[-1].seq == before
        assert await town.states() == {"pending": 1}, "answered, so it is kept"
        await asyncio.sleep(RETRY_AFTER_S + 0.1)
        await town.read_all()
        assert (await town.case_of(ids[0])) is not None
        assert town.desk.state.roster.get(ANN).on_duty
        assert await town.states() == {"done": 1}
        await town.check()


async def test_positions_and_liveness_outlive_a_failed_turn(tmp_path: Path) -> None:
    db = prepare(ShakyDatabase(url_in(tmp_path)))
    async with run_town(db) as town:
        town.desk.set_position(ANN, IN_G4)
        await town.send("telemetry", "gas1", {"readings": [{"metric": "CH4", "value": 1}]})
        heard = town.desk.state.senders.last_heard[GAS1]
        db.before = fail_times(1, away)
        with pytest.raises(OperationalError):
            await town.desk.set_duty(ANN, on=False)
        await asyncio.sleep(RETRY_AFTER_S + 0.1)
        await town.read_all()
        assert town.desk.state.roster.get(ANN).point == IN_G4
        assert ANN in town.desk.state.positions
        assert town.desk.state.senders.last_heard[GAS1] == heard
        assert "gas1" in town.desk.state.senders.changed


async def test_a_turn_whose_answer_was_lost_is_told_once(tmp_path: Path) -> None:
    db = prepare(ShakyDatabase(url_in(tmp_path)))
    async with run_town(db) as town:
        db.after = fail_times(1, away)
        await town.inbox.receive("report", DESK, json.dumps(REPORT).encode(), clock.now())
        await asyncio.sleep(RETRY_AFTER_S + 0.2)
        await town.read_all()
        assert len(town.open_cases()) == 1
        await town.check()
        await town.tally.flush()
        assert await town.tally.recompute() == 0


def make_failing_feeds(how: str) -> Mapping[str, Feed]:
    """Return the feeds, of which `report` fails for a text of "poison" in that way."""
    feeds = dict(load_feeds())
    whole = feeds["report"].translate

    def translate(body: bytes, origin: Origin) -> list[Said]:
        (said,) = whole(body, origin)
        assert isinstance(said, Event)
        if "poison" not in said.text:
            return [said]
        if how == "raises":
            raise ZeroDivisionError("a bug")
        if how == "cannot be written":
            return [msgspec.structs.replace(said, text="\ud800")]
        if how == "half":
            return [said, msgspec.structs.replace(said, id=said.id + "b", text="\ud800", point=IN_G4)]
        return [msgspec.structs.replace(said, severity=2**63)]

    return {**feeds, "report": replace(feeds["report"], translate=translate)}


@pytest.mark.parametrize("how", ["raises", "cannot be written", "cannot be committed"])
async def test_a_poisoned_message_goes_aside_and_the_others_go_on(tmp_path: Path, how: str) -> None:
    async with run_town(open_database(tmp_path), feeds=make_failing_feeds(how)) as town:
        texts = ["one", "two", "poison", "three", "poison again", "four"]
        ids = []
        for n, text in enumerate(texts):
            place = {"lon": 106.505 + n * 0.001, "lat": 29.515}
            ids += await town.inbox.receive(
                "report", DESK, json.dumps({**REPORT, **place, "text": text}).encode(), clock.now()
            )
        await until(town, {"done": 4, "quarantined": 2})
        assert sorted(case.text for case in town.open_cases()) == ["four", "one", "three", "two"]
        await town.tell("and on")
        await town.check()


async def until(town: Town, states: dict[str, int]) -> None:
    for _ in range(200):
        if await town.states() == states:
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"{await town.states()}, not {states}")


async def test_what_a_message_said_before_it_failed_has_its_place_in_the_journal(tmp_path: Path) -> None:
    async with run_town(open_database(tmp_path), feeds=make_failing_feeds("half")) as town:
        await town.inbox.receive("report", DESK, json.dumps({**REPORT, "text": "poison"}).encode(), clock.now())
        await until(town, {"quarantined": 1})
        await town.check()


async def test_an_order_raises_to_its_asker_and_to_nobody_else(town: Town) -> None:
    case = await town.tell("hiss")
    assert case is not None
    answers = await asyncio.gather(
        town.do(case, "accept"),
        town.do(case, "close"),
        town.desk.command(CaseId("none"), "note", make_actor(), {"note": "x"}),
        town.do(case, "note", note="y"),
        return_exceptions=True,
    )
    assert [type(each).__name__ for each in answers] == ["Case", "IllegalMove", "UnknownCase", "Case"]
    assert isinstance(answers[1], IllegalMove)
    assert isinstance(answers[2], UnknownCase)
    await town.check()


async def test_an_order_that_records_and_then_raises_is_still_in_order(town: Town) -> None:
    def half(turn: Turn) -> None:
        orders.sign(turn, ANN, on=False)
        raise KeyError("later")

    with pytest.raises(KeyError):
        await town.desk.order(half)
    await town.tell("hiss")
    await town.check()


async def test_who_asks_too_late_is_told_so(tmp_path: Path) -> None:
    async with run_town(open_database(tmp_path)) as town:
        await town.desk.stop()
        with pytest.raises(ShuttingDown):
            await town.desk.set_duty(ANN, on=True)


async def test_the_engine_outlives_who_listens_to_it(tmp_path: Path) -> None:
    async with run_town(open_database(tmp_path)) as town:
        told = town.hub.publish
        town.hub.publish = fail_once(told)  # type: ignore[method-assign, assignment]
        case = await town.tell("hiss")
        assert case is not None
        assert (await town.do(case, "accept")).stage == "accepted"


def fail_once(run: Callable[[Sequence[Entry]], None]) -> Callable[[Sequence[Entry]], None]:
    fail = fail_times(1, lambda: KeyError("a listener's bug"))

    def wrapped(entries: Sequence[Entry]) -> None:
        fail()
        run(entries)

    return wrapped


async def test_the_journal_holds_what_a_reader_can_decode(town: Town) -> None:
    case = await town.tell("hiss", severity=3)
    assert case is not None
    for entry in await town.entries():
        journal.read_fact(entry)
