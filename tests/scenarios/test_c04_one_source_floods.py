"""C04. A partner's program loops: ten thousand words of litter in one breath.

partner  ################################      20 pass, the rest is set aside and can be read again
                    ^ a gas alarm among them passes
desk     litter . flood case ........ over: N set aside
"""

import asyncio
import dataclasses
from collections import Counter
from pathlib import Path
from typing import Any

from dispatch.access import Role
from dispatch.case import Case
from dispatch.health import BucketRule, FloodRules, HealthRules
from services.observe import clock
from tests.builders import IN_G1, IN_G4
from tests.parts.town import Town, make_town_city, open_database, run_town
from tests.services.api.world import open_world
from tests.taxonomy import GAS, LAMP, LITTER

FLOOD = "flood:partner"
BURST = 20
SLOW = BucketRule(per_s=0.001, burst=BURST)


def make_city(quiet_s: float = 0.2) -> Any:
    rules = FloodRules(buckets={"gateway": SLOW}, quiet_s=quiet_s)
    return dataclasses.replace(make_town_city(), flood=rules, health=HealthRules(category=LAMP))


def cloud(n: object, **data: Any) -> dict[str, Any]:
    said = {"category": LITTER, "lon": IN_G1.lon, "lat": IN_G1.lat, **data}
    return {"specversion": "1.0", "id": str(n), "source": "loop", "type": "t", "data": said}


def flood_cases(town: Town) -> list[Case]:
    return [case for case in town.open_cases() if FLOOD in case.episodes]


async def test_c04_what_is_over_the_brim_is_set_aside_and_told_as_one_case(tmp_path: Path) -> None:
    async with open_world(make_city(), tmp_path) as world, world.sign_in("boss", Role.ADMIN) as boss:
        key = (await boss.post("/api/v1/sources/partner/key")).json()["key"]
        alarm = cloud("alarm", category=GAS, severity=3, lon=IN_G4.lon, lat=IN_G4.lat)
        words = [cloud(n) for n in range(250)] + [alarm] + [cloud(n) for n in range(250, 500)]
        async with world.stranger() as partner:
            headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/cloudevents-batch+json"}
            answer = await partner.post("/api/v1/events", json=words, headers=headers)
        assert answer.status_code == 202, "nobody is refused for what is ours to sort"
        desk = world.parts.desk
        async with asyncio.timeout(30):
            while desk.waiting() or not any(case.cleared for case in desk.state.book.open_cases()):
                await asyncio.sleep(0.05)
        cases = {case.category: case for case in desk.state.book.open_cases()}
        assert set(cases) == {LITTER, GAS, LAMP}, "the alarm passes; the flood is one case of maintenance"
        assert cases[GAS].severity == 3
        events = (await boss.get(f"/api/v1/cases/{cases[LAMP].id}/events")).json()["items"]
        counts = [each["attributes"]["set_aside"] for each in events]
        assert max(counts) == 500 - BURST
        assert Counter(each["phase"] for each in events)["close"] == 1
        assert len(events) <= 12, "a doubling is news, a message is none"
        listed = (await boss.get("/api/v1/messages", params={"state": "set_aside", "limit": 5})).json()["items"]
        assert {each["reason"] for each in listed} == {"flood"}
        wanted = listed[0]["id"]
        assert (await boss.post(f"/api/v1/messages/{wanted}/replay")).status_code == 202
        async with asyncio.timeout(30):
            while (await boss.get(f"/api/v1/messages/{wanted}")).json()["state"] != "done":
                await asyncio.sleep(0.05)
        (partner_now,) = [
            each for each in (await boss.get("/api/v1/sources")).json()["items"] if each["id"] == "partner"
        ]
        assert partner_now["set_aside"] == 500 - BURST
        assert partner_now["health"] != "flooding"


async def test_c04_a_crash_loses_neither_the_flood_nor_its_case(tmp_path: Path) -> None:
    async with run_town(open_database(tmp_path), make_city(quiet_s=3_600)) as town:
        await town.send("cloudevents", "partner", [cloud(n) for n in range(100)])
        (case,) = flood_cases(town)
        assert not case.cleared
        assert (await town.states())["set_aside"] == 100 - BURST
    async with run_town(open_database(tmp_path), make_city()) as town:
        async with asyncio.timeout(30):
            while not (flood_cases(town) and flood_cases(town)[0].cleared):
                await asyncio.sleep(0.05)
        await town.read_all()
        (over,) = flood_cases(town)
        assert over.id == case.id
        assert (await town.fold())[case.id] == over


async def test_c04_readings_are_sensed_whatever_their_gateway_says(tmp_path: Path) -> None:
    city = dataclasses.replace(make_city(), flood=FloodRules(buckets={"sensor": BucketRule(per_s=0.001, burst=1)}))
    async with run_town(open_database(tmp_path), city) as town:
        now_ms = int(clock.now().timestamp() * 1000)
        for n in range(40):
            values = [{"metric": "CH4", "value": 60, "at": _iso(now_ms - (80 - 2 * n) * 1000)}]
            await town.send("telemetry", "gas1", {"readings": values})
        assert [case.source_id for case in town.open_cases()] == ["gas1"]
        assert "set_aside" not in await town.states()


def _iso(epoch_ms: int) -> str:
    return clock.now().fromtimestamp(epoch_ms / 1000, clock.now().tzinfo).isoformat()
