"""Rules of sensors in a running engine: what lasts, what is told as time passes, and what a trial finds."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from dispatch.city import SensingRule
from dispatch.citymap import City
from dispatch.ids import SourceId
from dispatch.reasons import render
from services.engine import messages, sensing
from services.engine.trying import Question, UnknownRule, try_rule
from services.observe import clock
from tests.builders import SOURCES
from tests.dispatch.sensors import GAS_ROW
from tests.parts.town import PARTNER, Town, make_town_city, open_database, run_town

SILENT = replace(GAS_ROW, id="gas_silent", kind="absence", unit="min", levels=(10, 60, None))
VENTED = replace(GAS_ROW, id="gas_unvented", levels=(None, 5, None), when="fan = 0")
HALF_HOUR = timedelta(minutes=30)


def city_with(*rules: SensingRule) -> City:
    return make_town_city(sources={each.id: each for each in (*SOURCES, PARTNER)}, sensing=rules)


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    async with run_town(open_database(tmp_path), city_with(SILENT, VENTED)) as running:
        yield running


async def measure(town: Town, *rows: tuple[float, float], metric: str = "CH4", ago: timedelta = HALF_HOUR / 2) -> None:
    """Send values, each so many seconds after a time ago."""
    start = clock.now() - ago
    readings = [
        {"metric": metric, "value": value, "at": (start + timedelta(seconds=at_s)).isoformat()} for at_s, value in rows
    ]
    await town.send("telemetry", "gas1", {"readings": readings})


def was_heard(town: Town, minutes: float) -> None:
    """Let the sensor have been heard so long ago, and us have listened since."""
    state, at = town.desk.state, clock.now() - timedelta(minutes=minutes)
    state.senders.listening_since = at - timedelta(hours=1)
    before = state.sensing["gas1/gas_silent"]
    state.sensing["gas1/gas_silent"] = replace(before, heard_us=int(at.timestamp() * 1e6))


async def test_a_sensor_that_falls_silent_opens_a_case_that_says_why_and_is_cleared_when_it_speaks(town: Town) -> None:
    await measure(town, (0, 1))
    was_heard(town, 9)
    assert not sensing.has_overdue(town.desk.state, clock.now())
    was_heard(town, 61)
    assert sensing.has_overdue(town.desk.state, clock.now())
    assert await town.desk.order(messages.tell_overdue) == 1
    assert await town.desk.order(messages.tell_overdue) == 0
    (case,) = town.open_cases()
    said = [render(reason, town.city.codes)["en"] for reason in case.because]
    assert any("no reading for 61 min" in each for each in said), said
    await measure(town, (900, 1))
    (case,) = town.open_cases()
    assert case.cleared


async def test_silence_that_was_told_is_not_told_again_after_a_restart_and_our_own_is_not_told(tmp_path: Path) -> None:
    async with run_town(open_database(tmp_path), city_with(SILENT)) as town:
        await measure(town, (0, 1))
        was_heard(town, 61)
        await town.desk.order(messages.tell_overdue)
    async with run_town(open_database(tmp_path), city_with(SILENT)) as town:
        assert town.desk.state.sensing["gas1/gas_silent"].told == 2
        assert town.desk.state.timed == {"gas1/gas_silent"}
        assert not sensing.has_overdue(town.desk.state, clock.now() + timedelta(minutes=9))
        assert len(town.open_cases()) == 1


async def test_metrics_of_one_source_are_put_together(town: Town) -> None:
    await measure(town, (0, 1), metric="fan")
    await measure(town, (10, 8))
    assert town.open_cases() == []
    await measure(town, (20, 0), metric="fan")
    (case,) = town.open_cases()
    said = [render(reason, town.city.codes) for reason in case.because]
    assert any("fan = 0" in each["en"] and "fan = 0" in each["zh"] for each in said), said


async def test_what_may_still_be_overtaken_outlives_the_process(tmp_path: Path) -> None:
    """A gap in an alarm, told late and after a restart, takes its place between the readings of before."""
    start = clock.now() - timedelta(minutes=10)

    async def tell(town: Town, at_s: float, value: float) -> None:
        at = (start + timedelta(seconds=at_s)).isoformat()
        await town.send("telemetry", "gas1", {"readings": [{"metric": "CH4", "value": value, "at": at}]})

    for gap_told, cases in ((True, 0), (False, 1)):
        folder = tmp_path / str(gap_told)
        folder.mkdir()
        async with run_town(open_database(folder), city_with()) as town:
            await tell(town, 0, 30)
            await tell(town, 50, 30)
        async with run_town(open_database(folder), city_with()) as town:
            if gap_told:
                await tell(town, 30, 1)
            await tell(town, 65, 30)
            assert len(town.open_cases()) == cases


async def test_a_backlog_opens_a_case_only_if_it_is_still_so(town: Town) -> None:
    await measure(town, (0, 60), (100, 60), (600, 1), (900, 1), ago=timedelta(hours=5))
    await town.desk.order(messages.tell_overdue)
    assert town.open_cases() == []
    await measure(town, (0, 60), (100, 60), ago=timedelta(hours=2))
    assert town.open_cases() == []
    state = town.desk.state
    owed = state.sensing["gas1/septic_gas"]
    assert "gas1/septic_gas" in state.timed
    state.sensing["gas1/septic_gas"] = replace(owed, owed_us=(owed.owed_us or 0) - 60_000_000)
    assert await town.desk.order(messages.tell_overdue) == 1
    (case,) = town.open_cases()
    assert case.severity == 3
    assert "gas1/septic_gas" not in state.timed


async def test_a_case_tells_by_which_rule_what_value_and_for_how_long(town: Town) -> None:
    await measure(town, (0, 30), (70, 31))
    (case,) = town.open_cases()
    said = [render(reason, town.city.codes) for reason in case.because]
    assert any("31 %LEL" in each["en"] and "for 70 s" in each["en"] for each in said), said
    assert any("31 %LEL" in each["zh"] and "70秒" in each["zh"] for each in said), said


# --- trials ----------------------------------------------------------------------------------------------


async def ask(town: Town, city: City, rule: str, **changes: Any) -> Any:
    values: dict[str, Any] = {"rule": rule, "days": 1} | changes
    asked = Question(**values)
    return await try_rule(town.db, town.desk.feeds, town.desk.state.senders, city, asked, town.city)


async def test_a_trial_reads_the_kept_messages_once_more_and_nothing_comes_of_it(town: Town) -> None:
    await measure(town, (0, 12), (100, 12), (200, 1), (300, 1), (400, 12), (500, 13))
    facts, kept = len(town.told), dict(town.desk.state.sensing)
    stricter = city_with(replace(GAS_ROW, id="septic_gas", levels=(None, 12, None)))
    tried = await ask(town, stricter, "septic_gas")
    assert [each.opens_case for each in tried.openings] == [True, True]
    assert tried.openings[0].closed_at is not None
    assert tried.openings[1].closed_at is None
    assert (tried.messages, tried.readings, tried.sensors, tried.is_cut) == (1, 6, 1, False)
    assert [each.opens_case for each in tried.was] == [False, False], "advisories, as it is at work"
    assert (len(town.told), town.desk.state.sensing) == (facts, kept)


async def test_a_rule_that_is_off_is_tried_as_if_it_were_on_and_one_that_is_not_there_not_at_all(town: Town) -> None:
    await measure(town, (0, 5))
    off = replace(GAS_ROW, id="gas_low", levels=(None, 4, None), is_on=False)
    tried = await ask(town, city_with(off), "gas_low")
    assert len(tried.openings) == 1
    assert tried.was is None
    with pytest.raises(UnknownRule):
        await ask(town, city_with(off), "gas_lower")
    with pytest.raises(UnknownRule):
        await ask(town, city_with(off), "gas_low", only=SourceId("lamp1"))


async def test_a_trial_of_silence_finds_the_gaps_between_what_came(town: Town) -> None:
    await measure(town, (0, 1))
    early = replace(SILENT, levels=(1, None, None))
    tried = await ask(town, city_with(early), "gas_silent", days=30)
    assert tried.openings == []


async def test_a_trial_with_no_time_left_says_that_it_has_not_seen_all(town: Town, monkeypatch: Any) -> None:
    for n in range(4):
        await measure(town, (n, 30))
    monkeypatch.setattr("services.engine.trying.ROWS_PER_PAGE", 2)
    tried = await ask(town, city_with(), "septic_gas", seconds=0)
    assert tried.is_cut
    assert tried.messages == 2
    assert tried.start > clock.now() - timedelta(hours=1)
    whole = await ask(town, city_with(), "septic_gas")
    assert (whole.is_cut, whole.messages) == (False, 4)
    assert isinstance(whole.start, datetime)
