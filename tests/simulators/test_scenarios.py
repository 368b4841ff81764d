"""Scenarios, the rhythm of a day, and the verdict."""

from random import Random
from statistics import mean

import msgspec
import pytest
from msgspec.structs import replace

from simulators.ledger import Ledger
from simulators.pace import Channel, plan, weight_at
from simulators.run import shorten
from simulators.scenario import UnknownScenario, list_scenarios, read_scenario
from simulators.verdict import COUNTED, Counts, judge, report


def test_the_three_scenarios_ship() -> None:
    assert list_scenarios() == ["flood_night", "golden_week", "ordinary_day"]
    for name in list_scenarios():
        assert read_scenario(name).title_zh


def test_golden_week_is_6668_cases_in_eight_days() -> None:
    week = read_scenario("golden_week")
    assert (week.cases, week.hours, len(week.day_weights)) == (6668, 8 * 24, 8)


def test_an_unknown_scenario_is_named_with_those_there_are() -> None:
    with pytest.raises(UnknownScenario, match="ordinary_day"):
        read_scenario("quiet_sunday")


def test_a_misspelt_field_of_a_scenario_is_refused(tmp_path: object) -> None:
    with pytest.raises(msgspec.ValidationError, match="unknown field"):
        msgspec.convert(
            {**msgspec.to_builtins(read_scenario("ordinary_day")), "sped": 3}, type(read_scenario("ordinary_day"))
        )


def test_a_plan_has_as_many_happenings_as_its_share_says() -> None:
    day = read_scenario("ordinary_day")
    counts = [len(plan(day, Channel(0.5, "video"), Random(seed))) for seed in range(40)]
    assert mean(counts) == pytest.approx(day.cases * 0.5, rel=0.06)


def test_a_plan_is_the_same_for_the_same_seed_and_in_order() -> None:
    day = read_scenario("flood_night")
    first, again = (plan(day, Channel(0.5, "video"), Random(7)) for _ in range(2))
    assert first == again
    assert [moment.at_s for moment in first] == sorted(moment.at_s for moment in first)
    assert first != plan(day, Channel(0.5, "video"), Random(8))


def test_a_surge_happens_in_its_hours_and_only_to_those_it_names() -> None:
    night = read_scenario("flood_night")
    surged = [moment for moment in plan(night, Channel(0.1, "video"), Random(1)) if moment.surge]
    assert surged
    for moment in surged:
        assert moment.surge is not None
        assert moment.surge.video
        assert moment.surge.from_h * 3600 <= moment.at_s < moment.surge.to_h * 3600
    assert not [moment for moment in plan(night, Channel(0.1, "none"), Random(1)) if moment.surge]


def test_four_at_night_is_quieter_than_ten_in_the_morning() -> None:
    day = replace(read_scenario("ordinary_day"), starts_at=0.0, hours=24.0)
    assert weight_at(day, 4) < 0.2 * weight_at(day, 10)


def test_minutes_cut_a_scenario_and_its_cases_alike() -> None:
    day = read_scenario("ordinary_day")
    short = shorten(day, speed=60, minutes=8)
    assert (short.hours, short.cases) == (8.0, day.cases / 2)
    assert shorten(day, speed=60, minutes=1000) == day


def test_a_scenario_cut_short_ends_before_its_later_surges() -> None:
    night = replace(read_scenario("flood_night"), hours=2.0)
    assert max(moment.at_s for moment in plan(night, Channel(0.5, "said"), Random(1))) < 2 * 3600


def counts(unassigned: float = 0.0, quarantined: float = 0.0, **cells: float) -> Counts:
    return Counts({name: cells.get(name, 0.0) for name in COUNTED}, unassigned, quarantined)


def ledger_of(happenings: int) -> Ledger:
    ledger = Ledger()
    ledger.happenings["frigate"] = happenings
    return ledger


def test_the_verdict_passes_what_came_as_expected() -> None:
    before = counts(reported=10, filed=10, closed=8, due=8, on_time=8)
    after = counts(reported=110, filed=108, closed=103, due=100, on_time=99)
    lines = judge(read_scenario("ordinary_day").expect, ledger_of(104), before, after, {"2xx": 900})
    assert {line.figure for line in lines if not line.passed} == set()
    assert "PASS  cases_per_happening        0.962" in report(lines, ledger_of(104), {"2xx": 900})


@pytest.mark.parametrize(
    ("after", "tallies", "figure"),
    [
        (counts(reported=40, filed=40, closed=40), {}, "cases_per_happening"),
        (counts(reported=100, filed=100, closed=30), {}, "closed_share"),
        (counts(reported=100, filed=100, closed=95, due=90, on_time=45), {}, "on_time_rate"),
        (counts(reported=100, filed=100, closed=95, quarantined=1), {}, "quarantined"),
        (counts(reported=100, filed=100, closed=95), {"5xx": 1}, "server_errors"),
        (counts(reported=100, filed=100, closed=95, unassigned=60), {}, "unassigned_share"),
    ],
)
def test_the_verdict_fails_what_did_not(after: Counts, tallies: dict[str, int], figure: str) -> None:
    lines = judge(read_scenario("ordinary_day").expect, ledger_of(100), counts(), after, tallies)
    assert [line.figure for line in lines if not line.passed] == [figure]


def test_a_server_that_did_nothing_fails() -> None:
    lines = judge(read_scenario("ordinary_day").expect, ledger_of(100), counts(), counts(), {})
    assert not all(line.passed for line in lines)
