"""A restart: what is loaded is what there was, and what was left is taken up."""

import asyncio
import json
import random
from datetime import timedelta
from pathlib import Path

import pytest

from dispatch.city import Source
from dispatch.ids import SourceId, WorkerId
from services.engine.state import State
from services.feeds import with_address
from services.feeds.sparkplug import make_payload
from services.observe import clock
from services.store import inbox, sources
from services.store.inbox import Message
from tests.builders import IN_G4
from tests.parts.town import Town, open_database, run_town
from tests.services.engine.living import live


def picture(state: State) -> dict[str, object]:
    """Return all that a state knows that must outlive the process."""
    book = state.book
    return {
        "seq": state.seq,
        "number": state.peek_number(clock.now()),
        "cases": book.cases,
        "recent": dict(book.recent),
        "queue": set(book.queue),
        "episodes": {episode: book.of_episode(episode) for case in book.cases.values() for episode in case.episodes},
        "workers": {each.worker: (each.open_tasks, each.on_duty) for each in state.roster},
        "signed": state.signed,
        "sensing": state.sensing,
        "lost": state.senders.lost,
        "learned": state.senders.learned,
    }


@pytest.mark.parametrize("seed", range(4))
async def test_what_is_loaded_is_what_there_was(tmp_path: Path, seed: int) -> None:
    async with run_town(open_database(tmp_path)) as town:
        await live(town, random.Random(seed), 120)
        before = picture(town.desk.state)
        entries = await town.entries()
        book = town.desk.state.book
        assert await town.fold() == {**book.recent, **book.cases}
    async with run_town(open_database(tmp_path)) as town:
        assert picture(town.desk.state) == before
        assert await town.entries() == entries


async def test_what_a_feed_has_learned_outlives_the_process(tmp_path: Path) -> None:
    """A Sparkplug node names its metrics once, at its birth; its data then carry bare numbers."""
    at_ms = round(clock.now().timestamp() * 1_000)

    def message(word: str, age_ms: int, **metric: object) -> bytes:
        payload = make_payload({"timestamp": at_ms - age_ms, "metrics": [{"alias": 7, **metric}]})
        return with_address(f"spBv1.0/water/{word}/edge-1", payload)

    async with run_town(open_database(tmp_path)) as town:
        await town.send("sparkplug", "gas1", message("NDATA", 50, double_value=0.5))
        await town.send("sparkplug", "gas1", message("NBIRTH", 40, name=b"level", double_value=0.5))
        assert await town.states() == {"quarantined": 1, "done": 1}
    async with run_town(open_database(tmp_path)) as town:
        await town.send("sparkplug", "gas1", message("NDATA", 30, double_value=0.75))
        assert await town.states() == {"quarantined": 1, "done": 2}


async def test_what_was_answered_and_not_read_is_read_at_the_start(tmp_path: Path) -> None:
    async with run_town(open_database(tmp_path)) as town:
        await town.tell("first")
    db = open_database(tmp_path)
    db.open()
    await db.submit(inbox.store, [from_door({"text": "gas leak", "category": "E0496"})])
    await db.close()
    async with run_town(open_database(tmp_path)) as town:
        assert await town.states() == {"done": 2}
        assert len(town.open_cases()) == 2


def from_door(report: dict[str, object], source: str = "desk") -> Message:
    """Return a message as the door of another process stores it, some seconds ago."""
    body = json.dumps(report).encode()
    return Message(
        id=inbox.message_id("report", SourceId(source), body),
        feed="report",
        source_id=SourceId(source),
        body=body,
        received_at=clock.now() - timedelta(seconds=10),
    )


async def test_what_another_process_stores_is_read_within_seconds(town: Town) -> None:
    await town.db.submit(inbox.store, [from_door({"text": "gas leak", "category": "E0496"})])
    await wait_until_read(town, 1)
    assert len(town.open_cases()) == 1


async def test_a_source_that_another_process_made_is_met(town: Town) -> None:
    source = Source(id=SourceId("report:new"), feed="report", kind="gateway", external_id="n", name_zh="", name_en="")
    await town.db.write(lambda connection: sources.add_source(connection, source, clock.now()))
    await town.db.submit(inbox.store, [from_door({"text": "gas leak", "category": "E0496"}, "report:new")])
    await wait_until_read(town, 1)
    assert await town.states() == {"done": 1}


async def wait_until_read(town: Town, n: int) -> None:
    for _ in range(100):
        states = await town.states()
        if states.get("pending", 0) == 0 and sum(states.values()) == n:
            return
        await asyncio.sleep(0.05)
    raise AssertionError(await town.states())


async def test_a_position_is_forgotten_with_the_process(tmp_path: Path) -> None:
    async with run_town(open_database(tmp_path)) as town:
        town.desk.set_position(WorkerId("ann"), IN_G4)
    async with run_town(open_database(tmp_path)) as town:
        assert town.desk.state.positions == {}
