"""C08. A sensor speaks in the very moment in which it is given up, again and again; and one that comes and goes.

gas1   .......x.......x.......x     x: its word and the round that looks for the silent, in one turn or two
story  Lost, Restored, Lost, Restored ... strictly by turns, and at the end as it really is
"""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from dispatch.citymap import City
from dispatch.ids import SourceId
from services.engine import rounds
from services.observe import clock
from tests.builders import SOURCES
from tests.parts.town import Town, make_town_city, open_database, run_town

GAS1 = SourceId("gas1")
RACES = 40


def make_city() -> City:
    impatient = [replace(each, silent_after_s=60) if each.id == GAS1 else each for each in SOURCES]
    return make_town_city(sources={each.id: each for each in impatient})


def silence(town: Town) -> None:
    """Let a minute and more have passed since the sensor was heard."""
    long_ago = clock.now() - timedelta(minutes=5)
    town.desk.state.senders.hear(GAS1, long_ago)
    town.desk.state.senders.listening_since = long_ago


async def speak(town: Town, n: int) -> None:
    await town.send("telemetry", GAS1, {"n": n, "readings": [{"metric": "CH4", "value": 1}]})


def availability(town: Town) -> list[str]:
    return [entry.kind for entry in town.told if entry.kind in ("SourceLost", "SourceRestored")]


async def test_c08_the_last_word_is_how_it_is_whoever_came_first(tmp_path: Path) -> None:
    async with run_town(open_database(tmp_path), make_city()) as town:
        await speak(town, -1)
        for n in range(RACES):
            silence(town)
            both = [town.desk.order(rounds.note_silent), speak(town, n)]
            await asyncio.gather(*(both if n % 2 else reversed(both)))
            assert GAS1 not in town.desk.state.senders.lost, "it has just spoken"
        told = availability(town)
        assert told == ["SourceLost", "SourceRestored"] * (len(told) // 2)
        entries = [each.kind for each in await town.entries() if each.kind in set(told)]
        assert entries == told
        assert town.open_cases() == [], "a round that raced is no fault of the sensor's"


@pytest.mark.parametrize("ends_heard", [True, False])
async def test_c08_what_is_known_of_it_outlives_the_process(tmp_path: Path, ends_heard: bool) -> None:
    async with run_town(open_database(tmp_path), make_city()) as town:
        await speak(town, 0)
        silence(town)
        await town.desk.order(rounds.note_silent)
        if ends_heard:
            await speak(town, 1)
    async with run_town(open_database(tmp_path), make_city()) as again:
        assert (GAS1 in again.desk.state.senders.lost) is not ends_heard
        await speak(again, 2)
        assert availability(again) == ([] if ends_heard else ["SourceRestored"])
