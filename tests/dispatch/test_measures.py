"""Figures are the sum of what the cases add, however one comes to it."""

from collections import Counter
from datetime import date, datetime, timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from dispatch.case import Case, Stage
from dispatch.ids import CategoryCode, DepartmentId
from dispatch.measures import (
    COUNTERS,
    STAGES,
    Delta,
    Key,
    bucket_name,
    contribution,
    quantile_s,
    summarise,
)
from tests.builders import MUN, SHANGHAI, local, make_case
from tests.dispatch.histories import Life, some_lives
from tests.taxonomy import GAS, LITTER

Sums = dict[tuple[Key, str], int]


def total(rows: list[Delta]) -> Sums:
    sums: Counter[tuple[Key, str]] = Counter()
    for key, counter, amount in rows:
        sums[key, counter] += amount
    return {each: amount for each, amount in sums.items() if amount}


def difference(before: Case | None, after: Case) -> list[Delta]:
    """Return what a change of a case adds to the sums, as the engine's tally counts it."""
    lost = [(key, counter, -n) for key, counter, n in contribution(before, SHANGHAI)] if before else []
    return [*lost, *contribution(after, SHANGHAI)]


def by_day(case: Case) -> dict[tuple[date, str], int]:
    """Return what a case adds beside the durations."""
    return {(key.day, counter): n for key, counter, n in contribution(case, SHANGHAI) if counter in COUNTERS}


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_kept_from_fact_to_fact_the_sums_are_those_made_anew(seed: int) -> None:
    life = Life(Random(seed)).live(80)
    kept = total([row for _, before, after in life.changes for row in difference(before, after)])
    anew = total([row for case in life.cases.values() for row in contribution(case, SHANGHAI)])
    assert kept == anew


def test_the_histories_of_these_tests_reach_everything_that_is_counted() -> None:
    """Otherwise the law above would say little."""
    seen: set[str] = set()
    for life in some_lives():
        seen |= {row[1].partition(":")[0] for case in life.cases.values() for row in contribution(case, SHANGHAI)}
    assert seen == {*COUNTERS, *STAGES}


def handled_case(**changes: object) -> Case:
    """A case of Tuesday 10:00, due on Thursday at 18:00, handled on Wednesday and closed on Thursday morning."""
    times = {
        "due_at": local(5, 18),
        "handled_at": local(4, 9),
        "checked_at": local(5, 8),
        "closed_at": local(5, 9),
        "stage": Stage.CLOSED,
        "on_time": True,
    }
    return replace(make_case(), **(times | changes))


TUE, WED, THU, FRI = (date(2026, 3, day) for day in (3, 4, 5, 6))


def test_a_case_counts_as_due_on_the_day_of_closing_if_that_is_earlier() -> None:
    early = by_day(handled_case(closed_at=local(4, 9)))
    assert early[WED, "due"] == early[WED, "on_time"] == early[WED, "closed"] == 1
    assert (THU, "due") not in early


def test_a_case_closed_after_its_limit_counts_on_the_day_it_was_due() -> None:
    handled_in_time = by_day(handled_case(closed_at=local(6, 9)))
    assert (handled_in_time[THU, "due"], handled_in_time[THU, "on_time"]) == (1, 1)
    assert (handled_in_time[FRI, "closed"], (FRI, "due") in handled_in_time) == (1, False)
    late = by_day(handled_case(closed_at=local(6, 9), on_time=False, overdue=True))
    assert (late[THU, "due"], late[THU, "overdue"], (THU, "on_time") in late) == (1, 1, False)


def test_an_overdue_case_counts_as_due_before_it_is_closed_and_a_running_or_voided_one_does_not() -> None:
    running = {"stage": Stage.ARRIVED, "closed_at": None, "checked_at": None, "handled_at": None, "on_time": None}
    assert (THU, "due") not in by_day(handled_case(**running))
    overdue = by_day(handled_case(**running, overdue=True))
    assert overdue[THU, "due"] == overdue[THU, "overdue"] == 1
    voided = handled_case(**(running | {"stage": Stage.VOID, "voided_at": local(6, 9)}), overdue=True)
    assert by_day(voided)[FRI, "voided"] == 1
    assert (THU, "due") not in by_day(voided)


def test_days_are_the_citys_own() -> None:
    night = datetime.fromisoformat("2026-03-03T23:30:00+08:00")
    assert (date(2026, 3, 3), "reported") in by_day(make_case(opened_at=night))
    assert (date(2026, 3, 4), "reported") in by_day(make_case(opened_at=night + timedelta(minutes=31)))


def test_a_case_that_is_moved_takes_all_it_added_with_it() -> None:
    before = handled_case()
    after = replace(before, category=LITTER, department=DepartmentId("SAN"))
    sums = total([*contribution(before, SHANGHAI), *difference(before, after)])
    assert sums == total(contribution(after, SHANGHAI))
    assert {key.category for key, _ in sums} == {LITTER}


def test_rates_have_the_denominators_that_they_are_defined_with() -> None:
    cases = [
        handled_case(),
        handled_case(on_time=False, overdue=True, reworks=2),
        make_case(),
        handled_case(closed_at=None, stage=Stage.ARRIVED, overdue=True, on_time=None),
    ]
    figures = summarise((counter, n) for case in cases for _, counter, n in contribution(case, SHANGHAI))
    assert figures.counts["due"] == 3
    assert figures.on_time_rate == pytest.approx(1 / 3)
    assert figures.rework_rate == pytest.approx(1 / 2)
    assert figures.counts["reworks"] == 2
    assert figures.counts["reported"] == 4


def test_without_cases_there_is_no_rate_and_no_median() -> None:
    figures = summarise([])
    assert (figures.on_time_rate, figures.rework_rate) == (None, None)
    assert set(figures.median_s.values()) == set(figures.p90_s.values()) == {None}
    assert quantile_s({}, 0.5) is None


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(1.01, 3e6), min_size=1, max_size=60), st.sampled_from([0.5, 0.9, 1.0]))
def test_a_quantile_is_told_to_within_nine_per_cent(seconds: list[float], share: float) -> None:
    rows = [(bucket_name("total", each), 1) for each in seconds]
    figures = summarise(rows)
    told = {0.5: figures.median_s["total"], 0.9: figures.p90_s["total"]}.get(share)
    if told is None:
        told = quantile_s({int(name.partition(":")[2]): 1 for name, _ in rows}, 1.0)
    assert told is not None
    rank = -int(-share * len(seconds) // 1)
    assert told == pytest.approx(sorted(seconds)[rank - 1], rel=0.095)


def test_less_than_a_second_is_the_first_bucket_whatever_the_clocks_say() -> None:
    assert bucket_name("total", 0.2) == bucket_name("total", -30) == "total:0"
    assert quantile_s({0: 3}, 0.5) == 0.5


def test_a_key_names_where_what_whose_and_from_whom() -> None:
    key = contribution(make_case(), SHANGHAI)[0][0]
    assert key == Key(TUE, "S1", CategoryCode(GAS), MUN, "cloudevents")  # type: ignore[arg-type]
