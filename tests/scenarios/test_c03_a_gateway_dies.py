"""C03 and C07. A gateway dies with its sensors, and comes back without one of them.

gw      #########..................########
s0..s9  #########..................########     one case, ten listed; over when most are back
gas     #########..............................  then a case of its own
"""

import asyncio
import dataclasses
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import replace
from sqlalchemy import select

from dispatch.access import Role
from dispatch.case import Case
from dispatch.city import Source
from dispatch.citymap import City
from dispatch.health import HealthRules
from dispatch.ids import SourceId
from services.engine import rounds
from services.store.tables import events
from tests.builders import IN_G1, IN_G4, SOURCES, make_codes
from tests.parts.town import ALWAYS, Town, make_town_city, open_database, run_town
from tests.services.api.world import open_world
from tests.taxonomy import LAMP

SILENT_AFTER_S = 1.0
GATEWAY = Source(
    id=SourceId("gw"), feed="telemetry", kind="gateway", external_id="gw", name_zh="网关", name_en="Gateway"
)
BINS = [f"s{n}" for n in range(10)]


def make_child(name: str, kind: str = "nothing") -> Source:
    return Source(
        id=SourceId(name),
        feed="telemetry",
        kind="sensor",
        external_id=name,
        name_zh=f"传感器{name}",
        name_en=f"Sensor {name}",
        point=IN_G4 if kind == "septic_gas" else IN_G1,
        gateway=GATEWAY.id,
        kinds=(kind,),
        silent_after_s=SILENT_AFTER_S,
    )


def make_city() -> City:
    children = [make_child(name) for name in BINS] + [make_child("gas", "septic_gas")]
    codes = replace(make_codes(sources=[*SOURCES, GATEWAY, *children]), shifts=ALWAYS)
    rules = HealthRules(category=LAMP, settle_s=0.1)
    return dataclasses.replace(make_town_city(), codes=codes, health=rules)


async def speak(town: Town, names: Iterable[str], n: object) -> None:
    for name in names:
        readings = [{"metric": "bytes", "value": 1}]
        await town.send("telemetry", "gw", {"source": name, "n": str(n), "readings": readings})


async def until(town: Town, find: Callable[[], Case | None], speakers: Iterable[str] = ()) -> Case:
    """Let these speak and the rounds be made until there is such a case."""
    names = list(speakers)
    async with asyncio.timeout(50):
        n = 0
        while (found := find()) is None:
            n += 1
            await speak(town, names, f"{id(find)}/{n}")
            await town.desk.order(rounds.note_silent)
            await asyncio.sleep(0.05)
    await town.read_all()
    return found


def of_episode(town: Town, key: str, *, cleared: bool) -> Case | None:
    case = town.desk.state.book.of_episode(key)
    return case if case is not None and case.cleared is cleared else None


async def test_c03_a_gateways_death_is_one_case_and_the_one_that_stays_dead_another(tmp_path: Path) -> None:
    async with run_town(open_database(tmp_path), make_city()) as town:
        await speak(town, [*BINS, "gas"], "first")
        dead = await until(town, lambda: of_episode(town, "silent:gw", cleared=False))
        assert [case.id for case in town.open_cases()] == [dead.id], "one case, not eleven"
        assert dead.category == LAMP
        assert dead.place.point is not None
        (event,) = [each for case_id, each in await _events(town) if case_id == dead.id][:1]
        assert set(str(event["listed"]).split("|")) <= {*BINS, "gas"}
        assert event["sources"] >= 6
        back = await until(town, lambda: of_episode(town, "silent:gw", cleared=True), BINS)
        assert back.id == dead.id
        own = await until(town, lambda: of_episode(town, "silent:gas", cleared=False), BINS)
        assert own.source_id == "gas"
        assert own.place.point == IN_G4
        await until(town, lambda: of_episode(town, "silent:gas", cleared=True), [*BINS, "gas"])
        assert len(town.open_cases()) == 2
        assert await town.fold() == {case.id: case for case in town.open_cases()}


async def test_c03_a_restart_in_between_makes_no_second_case(tmp_path: Path) -> None:
    async with run_town(open_database(tmp_path), make_city()) as town:
        await speak(town, [*BINS, "gas"], "first")
        dead = await until(town, lambda: of_episode(town, "silent:gw", cleared=False))
    async with run_town(open_database(tmp_path), make_city()) as town:
        await town.desk.order(rounds.note_silent)
        assert [case.id for case in town.open_cases()] == [dead.id]
        back = await until(town, lambda: of_episode(town, "silent:gw", cleared=True), [*BINS, "gas"])
        assert back.id == dead.id


async def test_c07_what_is_silent_or_was_never_heard_is_not_shown_as_clear(tmp_path: Path) -> None:
    async with open_world(make_city(), tmp_path) as world, world.sign_in("boss", Role.ADMIN) as boss:
        before = {each["id"]: each for each in (await boss.get("/api/v1/sources")).json()["items"]}
        assert {each["health"] for each in before.values()} == {"unknown"}
        key = (await boss.post("/api/v1/sources/gw/key")).json()["key"]
        async with world.stranger() as gateway:
            headers = {"Authorization": f"Bearer {key}"}
            url = "/api/v1/intake/telemetry"
            said = {"source": "gas", "readings": [{"metric": "CH4", "value": 1}]}
            assert (await gateway.post(url, json=said, headers=headers)).status_code == 202
            for n in range(4):
                garbage = await gateway.post(url, content=b'{"broken": %d' % n, headers=headers)
                assert garbage.status_code == 202, "no device is refused for what it says"
        desk = world.parts.desk
        async with asyncio.timeout(30):
            while desk.waiting() or not desk.state.senders.last_heard.get(SourceId("gas")):
                await asyncio.sleep(0.05)
            while True:
                await desk.order(rounds.note_silent)
                now = {each["id"]: each for each in (await boss.get("/api/v1/sources")).json()["items"]}
                if now["gas"]["health"] == "silent" and now["gas"]["case"]:
                    break
                await asyncio.sleep(0.05)
        assert now["gas"]["state"] == "lost"
        assert now["s1"]["health"] == "unknown"
        assert now["gw"]["health"] == "parse-errors"
        counts = (await boss.get("/api/v1/sources/health")).json()
        assert counts["counts"]["silent"] == 1
        assert counts["critical_silent"] == 1
        assert sum(counts["counts"].values()) == counts["total"] == len(now)
        listed = (await boss.get("/api/v1/sources", params={"health": "silent"})).json()["items"]
        assert [each["id"] for each in listed] == ["gas"]


async def _events(town: Town) -> list[tuple[str, dict[str, Any]]]:
    """Return (case, attributes) of all events that are kept."""
    rows = await town.db.read(lambda c: list(c.execute(select(events.c.case_id, events.c.doc))))
    return [(row.case_id, msgspec.json.decode(row.doc).get("attributes", {})) for row in rows]
