"""C05 and C09. A camera that says over, on, over, on; and a sensor whose last hour comes at once.

camera  open close open close open close open close     the case hears each beginning, and few of the ends
sensor  ......(an hour without a network)......######   what rose and fell meanwhile is history and no case
"""

import asyncio
import dataclasses
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import select

from dispatch.case import Case
from dispatch.citymap import City
from dispatch.health import HealthRules
from services.observe import clock
from services.store import journal
from services.store.tables import events
from tests.parts.town import Town, make_town_city, open_database, run_town

HOLD_S = 1.5


def make_city(hold_s: float = HOLD_S) -> City:
    rules = HealthRules(flap_count=2, flap_window_s=3_600, hold_s=hold_s, hold_max_s=hold_s, late_wait_s=0.3)
    return dataclasses.replace(make_town_city(), health=rules)


async def phases(town: Town, case: Case) -> list[str]:
    story = []
    for entry in await town.entries():
        if entry.case_id == case.id and entry.kind in ("CaseOpened", "EventAttached"):
            story.append(str(getattr(journal.read_fact(entry), "phase", "open")))
    return story


async def flap(town: Town, times: int) -> Case:
    for n in range(times):
        await town.tell(n=f"o{n}", episode="door", phase="open")
        await town.tell(n=f"c{n}", episode="door", phase="close")
    (case,) = town.open_cases()
    return case


async def until_cleared(town: Town) -> Case:
    async with asyncio.timeout(30):
        while not (cases := town.open_cases()) or not cases[0].cleared:
            await asyncio.sleep(0.05)
    await town.read_all()
    return cases[0]


async def test_c05_the_recovery_of_what_flaps_is_held_back_and_no_raise_is(tmp_path: Path) -> None:
    async with run_town(open_database(tmp_path), make_city(hold_s=3_600)) as town:
        case = await flap(town, 20)
        story = await phases(town, case)
        assert story.count("open") == 20, "no beginning is held back"
        assert story.count("close") == 2, "the first two ends pass, the others wait"
        assert not case.cleared
        assert await town.fold() == {case.id: case}


async def test_c05_an_end_that_stays_is_told_when_its_time_comes(tmp_path: Path) -> None:
    async with run_town(open_database(tmp_path), make_city()) as town:
        case = await flap(town, 3)
        cleared = await until_cleared(town)
        assert cleared.id == case.id
        assert (await phases(town, cleared)).count("close") == 3


async def test_c05_an_end_that_is_held_back_outlives_a_crash(tmp_path: Path) -> None:
    async with run_town(open_database(tmp_path), make_city()) as town:
        case = await flap(town, 3)
    async with run_town(open_database(tmp_path), make_city()) as town:
        cleared = await until_cleared(town)
        assert cleared.id == case.id
        assert await town.fold() == {case.id: cleared}


async def test_c09_what_has_ended_since_opens_no_case_and_is_history(tmp_path: Path) -> None:
    hour_ago = (clock.now() - timedelta(hours=1)).isoformat()
    async with run_town(open_database(tmp_path), make_city()) as town:
        await _tell_at(town, "over", clock.now().isoformat(), phase="close", episode="e")
        await _tell_at(town, "began", hour_ago, phase="open", episode="e")
        assert town.open_cases() == []
        assert await _count_events(town, "began") == 1, "late data is kept"
    async with run_town(open_database(tmp_path), make_city()) as town:
        await _tell_at(town, "again", hour_ago, phase="open", episode="e")
        assert town.open_cases() == [], "a restart forgets no end"
        await _tell_at(town, "true", hour_ago, phase="open", episode="other")
        assert len(town.open_cases()) == 1, "what has not ended is still true"


async def test_c09_an_hour_of_readings_at_once_opens_a_case_only_if_it_is_still_so(tmp_path: Path) -> None:
    start = clock.now() - timedelta(hours=1)

    def reading(minute: float, value: float) -> dict[str, Any]:
        return {"metric": "CH4", "value": value, "at": (start + timedelta(minutes=minute)).isoformat()}

    rose_and_fell = [reading(m, 60 if 10 <= m < 20 else 1) for m in range(40)]
    async with run_town(open_database(tmp_path), make_city()) as town:
        await town.send("telemetry", "gas1", {"readings": rose_and_fell})
        assert town.open_cases() == []
        still = [reading(m, 60) for m in range(40, 44)]
        await town.send("telemetry", "gas1", {"readings": still})
        async with asyncio.timeout(30):
            while not town.open_cases():
                await asyncio.sleep(0.05)
        await town.read_all()  # what is in memory may be a commit ahead of the journal
        (case,) = town.open_cases()
        assert case.severity == 3
        assert await town.fold() == {case.id: case}


async def _tell_at(town: Town, n: str, at: str, **data: Any) -> None:
    said = {"category": "E0496", "lon": 106.505, "lat": 29.515, **data}
    event = {"specversion": "1.0", "id": n, "source": "town", "type": "t", "time": at, "data": said}
    await town.send("cloudevents", "partner", event | {"data": {**said, "text": n}})


async def _count_events(town: Town, text: str) -> int:
    docs = await town.db.read(lambda c: list(c.scalars(select(events.c.doc))))
    return sum(msgspec.json.decode(doc).get("text") == text for doc in docs)
