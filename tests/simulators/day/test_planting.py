"""What is planted where, and what is said of it."""

import json
from datetime import datetime
from itertools import pairwise
from typing import Any

import pytest
from msgspec.structs import replace

from gis.point import distance_m
from simulators.day.parts import Letter
from simulators.day.planting import SAME_M, SILENT_S, NoRoom, make_plan
from simulators.day.spec import Day, list_days, read_day
from tests.simulators.day.builders import CALENDAR, CATEGORIES, NO_FAULTS, NOTHING, make_day, make_world


def play(day: Day, seed: int = 1) -> tuple[list[Letter], list[Any]]:
    plan = make_plan(day, make_world(), CATEGORIES, CALENDAR, seed)
    return list(plan.letters), list(plan.planted)


def said_by(letters: list[Letter], name: str) -> list[tuple[float, dict[str, Any]]]:
    bodies = [(each.at_s, each.body) for each in letters if isinstance(each.body, dict)]
    return [(at_s, body) for at_s, body in bodies if body.get("source") == name.upper()]


def values_of(letters: list[Letter], name: str) -> list[tuple[float, float]]:
    return [(at_s, body["readings"][0]["value"]) for at_s, body in said_by(letters, name)]


def test_the_days_that_ship_can_be_read() -> None:
    assert list_days() == ["day_of_faults", "hours_of_faults"]
    whole = read_day("day_of_faults")
    assert (whole.hours, whole.share, whole.missed_most, whole.false_share_most) == (24, 1, 0, 0.02)


def test_all_sources_speak_in_order_and_the_same_for_the_same_seed() -> None:
    letters, planted = play(make_day())
    assert planted == []
    assert [each.at_s for each in letters] == sorted(each.at_s for each in letters)
    assert {each.body["source"] for each in letters if each.feed == "telemetry"} == {f"S{n}" for n in range(60)}  # type: ignore[call-overload]
    again, other = play(make_day())[0], play(make_day(), seed=2)[0]
    assert [(each.at_s, each.body) for each in letters] == [(each.at_s, each.body) for each in again]
    assert [each.at_s for each in letters] != [each.at_s for each in other]


def test_quiet_readings_stay_below_the_first_level() -> None:
    letters, _ = play(make_day(hours=24))
    assert max(value for _, value in values_of(letters, "s0")) < 10
    assert max(value for _, value in values_of(letters, "s2")) < 10


def test_what_is_planted_is_far_from_what_it_could_be_taken_for() -> None:
    _, planted = play(make_day(replace(NOTHING, exceedance=20, seen=15)))
    assert len({each.name for each in planted}) == 35
    assert len({source for each in planted for source in each.sources}) == 35
    pairs = [(one, other) for one in planted for other in planted if one.name < other.name]
    assert all(distance_m(one.point, other.point) >= SAME_M for one, other in pairs if one.category == other.category)


def test_an_exceedance_is_over_its_level_for_longer_than_its_type_asks() -> None:
    letters, planted = play(make_day(replace(NOTHING, exceedance=6)))
    levels = {"E0496": (25, 60), "E0406": (15, 120), "E0190": (90, 600)}
    for each in planted:
        (source,) = each.sources
        level, persist_s = levels[each.category]
        over = [at_s for at_s, value in values_of(letters, source) if value >= level]
        assert each.from_s <= over[0] <= over[-1] <= each.to_s
        assert over[-1] - over[0] > persist_s
        assert values_of(letters, source)[-1][1] < level


def test_a_chatter_is_never_over_its_level_twice_in_a_row() -> None:
    letters, planted = play(make_day(faults=replace(NO_FAULTS, chatter=4)))
    assert planted == []
    jumps = 0
    for name in (f"s{n}" for n in range(60) if n % 4 != 3):  # a bin's fill is above it on any day
        high = [value >= 15 for _, value in values_of(letters, name)]
        jumps += sum(high)
        assert not any(one and other for one, other in pairwise(high))
    assert jumps > 40


def test_a_dead_gateway_lets_nothing_through_and_is_one_happening() -> None:
    letters, (planted,) = play(make_day(replace(NOTHING, dead_gateways=1)))
    (gateway,) = planted.sources
    times = [each.at_s for each in letters if each.gateway == gateway]
    longest_s = max(after - before for before, after in pairwise(times))
    assert longest_s > 1.4 * SILENT_S
    assert planted.category == "P0136"


def test_a_sensor_with_a_wrong_clock_speaks_at_its_time_and_says_another() -> None:
    letters, _ = play(make_day(faults=replace(NO_FAULTS, bad_clock_quiet=4)))
    off_s: dict[str, float] = {}
    for each in letters:
        if isinstance(each.body, dict) and each.feed == "telemetry":
            said = datetime.fromisoformat(each.body["at"])
            off_s[each.body["source"]] = (said - CALENDAR.began_at).total_seconds() - each.at_s
    wrong = sorted(value for value in off_s.values() if abs(value) > 1)
    assert wrong[1:] == pytest.approx([-7_200, 5_400, 3 * 86_400], abs=1)
    assert wrong[0] < -50 * 365 * 86_400


def test_what_is_late_comes_together_and_in_order() -> None:
    letters, (planted,) = play(make_day(replace(NOTHING, late_and_true=1)))
    (source,) = planted.sources
    held = [
        at_s
        for at_s, body in said_by(letters, source)
        if at_s - (datetime.fromisoformat(body["at"]) - CALENDAR.began_at).total_seconds() > 1
    ]
    assert len(held) > 10
    assert len(set(held)) == 1


def test_a_message_that_is_cut_off_is_no_json() -> None:
    letters, _ = play(make_day(faults=replace(NO_FAULTS, broken=5)))
    broken = [each.body for each in letters if isinstance(each.body, bytes)]
    assert len(set(broken)) == 5
    for body in broken:
        with pytest.raises(json.JSONDecodeError):
            json.loads(body)


def test_a_repeat_is_the_same_message_again() -> None:
    once, _ = play(make_day())
    thrice, _ = play(make_day(faults=replace(NO_FAULTS, repeated_share=1)))
    bodies = [json.dumps(each.body) for each in thrice if each.feed == "telemetry"]
    assert len(bodies) > 2.8 * len(set(bodies))
    assert len(set(bodies)) == len([each for each in once if each.feed == "telemetry"])


@pytest.mark.parametrize("planted", [replace(NOTHING, exceedance=80), replace(NOTHING, seen=40)])
def test_a_city_too_small_for_what_is_planted_says_so(planted: Any) -> None:
    with pytest.raises(NoRoom):
        play(make_day(planted))


def test_a_day_too_short_for_what_is_planted_says_so() -> None:
    with pytest.raises(NoRoom, match="too short"):
        play(make_day(replace(NOTHING, dead_sensors=1), hours=1))
