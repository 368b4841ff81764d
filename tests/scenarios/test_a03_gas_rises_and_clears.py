"""A03. Gas in a septic tank: it rises, stays, and goes.

CH4 %LEL   60 |            ####
           30 |     ###########      the alarm needs a minute above the level, not one value
           10 | ....|    |   |  \\___
                spike   warning alarm  clear
"""

from datetime import timedelta

from dispatch.category import Priority
from services.observe import clock
from tests.parts.town import Town


async def measure(town: Town, *values: tuple[int, float]) -> None:
    """Send values, each so many seconds after a quarter of an hour ago."""
    start = clock.now() - timedelta(minutes=15)
    readings = [
        {"metric": "CH4", "value": value, "at": (start + timedelta(seconds=at_s)).isoformat()} for at_s, value in values
    ]
    await town.send("telemetry", "gas1", {"readings": readings})


async def test_a03_gas_rises_stays_and_clears(town: Town) -> None:
    await measure(town, (0, 5), (10, 60), (20, 5))
    assert town.open_cases() == [], "one value is a fault of the sensor"
    await measure(town, (30, 30), (60, 31), (95, 32))
    (case,) = town.open_cases()
    assert (case.source_id, case.stage, case.severity) == ("gas1", "dispatched", 2)
    await measure(town, (100, 60), (130, 61), (170, 62))
    (raised,) = town.open_cases()
    assert raised.severity == 3
    assert list(Priority).index(raised.priority) <= list(Priority).index(case.priority)
    assert not raised.cleared
    await measure(town, (200, 2), (230, 2), (300, 2))
    (cleared,) = town.open_cases()
    assert cleared.id == case.id
    assert cleared.cleared
    assert (await town.kinds(cleared)).count("TaskDispatched") == 1


async def test_a03_the_next_alarm_of_the_tank_is_another_case(town: Town) -> None:
    await measure(town, (0, 30), (70, 31), (100, 1), (170, 1))
    (first,) = town.open_cases()
    await town.do(await town.carry_out(first, "accept", "arrive", "report_handled"), "check", passed=True)
    assert town.open_cases() == []
    await measure(town, (300, 30), (370, 31))
    (second,) = town.open_cases()
    assert second.id != first.id
    assert second.episodes == first.episodes
    await town.do(town.desk.state.book.recent[first.id], "note", note="the first one, looked at again")
    await measure(town, (380, 60), (450, 61))
    (raised,) = town.open_cases()
    assert raised.id == second.id
    assert raised.severity == 3
