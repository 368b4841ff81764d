"""Cases that hear of each other, over the engine: however long ago one ended, and whoever ends the other."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from dispatch.case import Case, Stage
from dispatch.category import SmartCheck
from dispatch.citymap import City
from dispatch.event import Phase
from dispatch.ids import CaseId, CategoryCode, EventId, SourceId
from dispatch.refusals import NothingToUndo
from services.engine import book as book_module
from services.engine import state
from services.engine.book import Book
from services.engine.messages import take_event
from services.observe import clock
from tests.builders import IN_G1, IN_G4, make_case, make_event
from tests.parts.town import Town, make_town_city, open_database, run_town
from tests.taxonomy import CATEGORIES, GAS, LITTER


def town_that_asks() -> City:
    """A town in which the answer of a source closes a case of litter."""
    asked = [
        msgspec.structs.replace(each, smart_check=SmartCheck.CLOSE if each.code == LITTER else SmartCheck.OFF)
        for each in CATEGORIES
    ]
    return make_town_city(categories={each.code: each for each in asked})


@pytest.fixture
async def asking(tmp_path: Path) -> AsyncIterator[Town]:
    async with run_town(open_database(tmp_path), town_that_asks()) as running:
        yield running


async def see(town: Town, category: CategoryCode, phase: Phase = Phase.OPEN) -> Case:
    """Let camera 1 see something."""
    at = clock.now()
    event = make_event(
        id=EventId(f"{category}-{phase.value}"),
        source_id=SourceId("cam1"),
        kind=category,
        phase=phase,
        observed_at=at,
        point=IN_G1,
    )
    case = await town.desk.order(lambda turn: take_event(turn, event))
    assert case is not None
    return case


async def finish(town: Town, case: Case) -> Case:
    case = await town.carry_out(case, "accept", "arrive", "report_handled")
    return await town.do(case, "check", passed=True) if case.stage is Stage.HANDLED else case


async def test_a_duplicate_of_long_ago_hears_of_its_master_after_a_restart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with run_town(open_database(tmp_path)) as town:
        master = await town.tell("hiss")
        double = await town.tell("a bang", lon=IN_G4.lon, lat=IN_G4.lat)
        assert master is not None
        assert double is not None
        await town.do(double, "merge", into=master.number)
    monkeypatch.setattr(state, "RECENT_FOR", timedelta(0))
    async with run_town(open_database(tmp_path)) as town:
        (running,) = town.open_cases()
        closed = await finish(town, running)
        assert closed.stage is Stage.CLOSED
        assert (await town.kinds(double))[-1] == "MasterEnded"


async def test_a_whole_that_ended_long_ago_hears_of_its_part_after_a_restart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with run_town(open_database(tmp_path)) as town:
        whole = await town.tell("hiss")
        assert whole is not None
        await town.do(whole, "split", department="SAN", category=LITTER)
        await town.do(whole, "force_close", reason="it is gone")
    monkeypatch.setattr(state, "RECENT_FOR", timedelta(0))
    async with run_town(open_database(tmp_path)) as town:
        (part,) = town.open_cases()
        await finish(town, part)
        assert (await town.kinds(whole))[-1] == "ChildEnded"


async def test_a_whole_is_closed_by_what_the_source_of_its_last_part_says(asking: Town) -> None:
    whole = await see(asking, GAS)
    await asking.do(whole, "split", department="SAN", category=LITTER)
    (part,) = [case for case in asking.open_cases() if case.parent]
    assert (await finish(asking, whole)).stage is Stage.CHECKED
    asked = await finish(asking, part)
    assert (asked.stage, asked.asked) == (Stage.CHECKING, "cam1")
    closed = await see(asking, LITTER, Phase.CLOSE)
    assert (closed.id, closed.stage) == (part.id, Stage.CLOSED)
    assert asking.open_cases() == []
    assert (await asking.kinds(whole))[-2:] == ["ChildEnded", "CaseClosed"]


def test_who_waits_to_hear_of_an_open_case_is_not_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(book_module, "RECENT_MAX", 2)
    book, plain = Book(), make_case()

    def put(name: str, **changes: object) -> Case:
        case = msgspec.structs.replace(plain, **{"id": CaseId(name), **changes})
        book.put(book.find(case.id), case)
        return case

    put("whole", stage=Stage.CLOSED)
    put("double", stage=Stage.MERGED)
    put("part", parent=CaseId("whole"), merged=(CaseId("double"),))
    for n in range(5):
        put(f"e{n}", stage=Stage.CLOSED)
    assert list(book.recent) == ["whole", "double"]
    put("part", parent=CaseId("whole"), merged=(CaseId("double"),), stage=Stage.CLOSED)
    put("e6", stage=Stage.CLOSED)
    assert list(book.recent) == ["part", "e6"]
    assert book._waiting == {}


async def test_what_another_case_has_heard_of_is_not_undone(town: Town) -> None:
    whole = await town.tell("hiss")
    assert whole is not None
    await town.do(whole, "split", department="SAN", category=LITTER)
    (part,) = [case for case in town.open_cases() if case.parent]
    for name in ("force_close", "reopen"):
        part = await town.do(part, name, reason="x")
        with pytest.raises(NothingToUndo):
            await town.do(part, "undo")
    with pytest.raises(NothingToUndo):
        await town.do(whole, "undo")
