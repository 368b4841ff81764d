"""C12. Clocks that were never set, that are ten minutes fast or slow, that jump: what they say is heard all the same.

1970      x----------------------------->  taken as of its receipt, marked `bad`, its own time kept
slow      |<- 600 s ->|                    after five looks corrected by what was learned
"""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import select

from dispatch.access import Role
from dispatch.health import Skew, judge
from dispatch.ids import SourceId
from services.observe import clock
from services.store.tables import events
from tests.parts.town import Town, make_town_city
from tests.services.api.world import open_world

LEARNED_SLOW = Skew(delays_s=(600.0, 601.0, 600.0, 602.0, 600.0), offset_s=600.0, corrected=True)


async def list_events(town: Town) -> list[dict[str, Any]]:
    rows = await town.db.read(lambda c: list(c.execute(select(events.c.doc).order_by(events.c.received_at))))
    return [msgspec.json.decode(row.doc) for row in rows]


@pytest.mark.parametrize("at", ["1970-01-01T00:03:00Z", "2099-01-01T00:00:00+08:00"])
async def test_c12_what_a_clock_that_was_never_set_tells_is_a_case(town: Town, at: str) -> None:
    said = {"specversion": "1.0", "id": at, "source": "s", "type": "t", "time": at}
    data = {"category": "E0496", "lon": 106.505, "lat": 29.515}
    await town.send("cloudevents", "partner", said | {"data": data})
    (case,) = town.open_cases()
    (event,) = await list_events(town)
    assert event["attributes"]["clock"] == "bad"
    assert datetime.fromisoformat(event["attributes"]["observed_raw"]) == datetime.fromisoformat(at)
    assert event["observed_at"] == event["received_at"]
    assert abs((case.opened_at - clock.now()).total_seconds()) < 60
    assert (await town.states()) == {"done": 1}, "nothing is lost to quarantine"


async def test_c12_a_gas_alarm_of_1970_is_sensed_by_the_time_of_receipt(town: Town) -> None:
    for n in range(2):
        readings = [{"metric": "open", "value": 1, "at": f"1970-01-01T00:0{n}:00Z"}]
        await town.send("telemetry", "gas1", {"readings": readings})
    (case,) = town.open_cases()
    assert case.source_id == "gas1"


async def test_c12_a_slow_clock_is_corrected_told_and_its_own_time_kept(town: Town) -> None:
    town.desk.state.senders.ward.of(SourceId("partner")).skew = LEARNED_SLOW
    told_at = clock.now() - timedelta(seconds=600)
    said = {"specversion": "1.0", "id": "1", "source": "s", "type": "t", "time": told_at.isoformat()}
    await town.send("cloudevents", "partner", said | {"data": {"category": "E0496", "lon": 106.505, "lat": 29.515}})
    (event,) = await list_events(town)
    assert event["attributes"]["clock"] == "corrected"
    assert event["attributes"]["clock_offset_s"] == 600.0
    assert datetime.fromisoformat(event["attributes"]["observed_raw"]) == told_at
    observed, received = (datetime.fromisoformat(event[name]) for name in ("observed_at", "received_at"))
    assert timedelta(0) <= received - observed < timedelta(seconds=60)
    senders = town.desk.state.senders
    found = judge(
        senders.get(SourceId("partner")), senders.signs_of(SourceId("partner")), town.city.health, clock.now()
    )
    assert "clock-bad" in [each.condition.value for each in found]


async def test_c12_a_clock_that_jumps_makes_no_alarm_of_the_jump(town: Town) -> None:
    """One value above the limit by the slow clock, one by the corrected: ten minutes between them, and none passed."""

    async def measure(value: float, at: datetime) -> None:
        await town.send("telemetry", "gas1", {"readings": [{"metric": "CH4", "value": value, "at": at.isoformat()}]})

    await measure(60, clock.now() - timedelta(seconds=600))
    town.desk.state.senders.ward.of(SourceId("gas1")).skew = Skew(
        delays_s=(600.0, 601.0, 600.0, 602.0, 600.0), slot_at=clock.now() - timedelta(seconds=60)
    )
    await measure(60, clock.now() - timedelta(seconds=600))
    assert town.desk.state.senders.ward.of(SourceId("gas1")).skew.corrected
    assert town.open_cases() == []
    await measure(60, clock.now() - timedelta(seconds=600) + timedelta(milliseconds=1))
    assert town.open_cases() == [], "the minute above the limit begins anew with the corrected clock"


async def test_c12_what_was_learned_of_a_clock_outlives_the_process_and_is_shown(tmp_path: Path) -> None:
    for round_ in range(2):
        async with open_world(make_town_city(), tmp_path) as world:
            desk = world.parts.desk
            if round_ == 0:
                vitals = desk.state.senders.ward.of(SourceId("gas1"))
                vitals.skew = LEARNED_SLOW
                desk.state.senders.ward.changed.add(SourceId("gas1"))
                continue
            async with world.sign_in("boss", Role.ADMIN) as boss:
                listed = (await boss.get("/api/v1/sources")).json()["items"]
            (gas,) = [each for each in listed if each["id"] == "gas1"]
            assert gas["clock_offset_s"] == 600.0
            assert [each for each in gas["conditions"] if each["condition"] == "clock-bad"] == [
                {"condition": "clock-bad", "values": {"offset_s": 600.0}}
            ]
