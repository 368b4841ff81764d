"""Figures are the sum of what the cases add, however one comes to it."""

from collections import Counter
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

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
    change,
    contribution,
    quantile_s,
    summarise,
)
from dispatch.record import Rating
from tests.builders import MUN, SHANGHAI, fold, local, make_case
from tests.dispatch.asking import ADMIN, at_stage, give, reported
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
    return change(before, after, SHANGHAI)


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


# --- the side-flows --------------------------------------------------------------------------------------


def counted_of(case: Case) -> dict[str, int]:
    """Return what a case counts for, whatever the day."""
    return {counter: n for (_, counter), n in by_day(case).items()}


def told_from_fact_to_fact(case: Case, *commands: tuple[str, dict[str, Any]]) -> Case:
    """Give the commands; the sums that are kept through every fact must be those of the last case."""
    kept = [*contribution(case, SHANGHAI)]
    for name, data in commands:
        for fact in give(name, case, ADMIN, **data):
            after = fold([fact], case)
            kept += difference(case, after)
            case = after
    assert total(kept) == total(contribution(case, SHANGHAI))
    return case


HANDLE: tuple[tuple[str, dict[str, Any]], ...] = (("accept", {}), ("arrive", {}), ("report_handled", {}))
CLOSE: tuple[str, dict[str, Any]] = ("check", {"passed": True})


def test_what_was_left_out_counts_as_what_it_was_left_out_for_and_in_no_rate() -> None:
    for name, counter in (("void", "voided"), ("decline", "not_filed")):
        case = told_from_fact_to_fact(reported(), (name, {"reason": "x"}))
        assert counted_of(case) == {"reported": 1, counter: 1}
    assert counted_of(at_stage(Stage.MERGED)) == {"reported": 1, "merged": 1}


def test_a_case_that_was_filed_and_left_out_was_filed_all_the_same() -> None:
    case = told_from_fact_to_fact(replace(make_case(), overdue=True), ("void", {"reason": "x"}))
    assert counted_of(case) == {"reported": 1, "filed": 1, "dispatched": 1, "voided": 1}


def test_what_was_closed_by_force_is_counted_apart_and_is_not_due() -> None:
    case = told_from_fact_to_fact(replace(make_case(), overdue=True), ("force_close", {"reason": "x"}))
    assert counted_of(case) == {"reported": 1, "filed": 1, "dispatched": 1, "forced_closed": 1}


def test_what_a_collector_put_right_is_closed_and_has_no_limit() -> None:
    case = told_from_fact_to_fact(reported(), ("self_handle", {"before": ["m1"], "after": ["m2"]}), ("close", {}))
    assert counted_of(case) == {"reported": 1, "closed": 1, "self_handled": 1}


def test_side_steps_are_counted_on_the_day_of_the_filing() -> None:
    case = told_from_fact_to_fact(
        make_case(),
        ("request_extension", {"amount": 1, "reason": "x"}),
        ("grant", {}),
        ("suspend", {"review_at": local(5, 9), "reason": "x"}),
        ("resume", {}),
        ("return", {"reason": "x"}),
        ("grant", {"department": "MUN"}),
        *HANDLE,
        ("rework", {"reason": "x"}),
        *HANDLE,
        CLOSE,
    )
    counts = by_day(case)
    assert {day for day, _ in counts} == {TUE}
    assert {name: counts[TUE, name] for name in ("extended", "suspended", "returned", "reworks", "reworked")} == {
        "extended": 1,
        "suspended": 1,
        "returned": 1,
        "reworks": 1,
        "reworked": 1,
    }
    assert (counts[TUE, "due"], counts[TUE, "on_time"], counts[TUE, "closed"]) == (1, 1, 1)


def test_an_overdue_case_is_not_reckoned_with_while_it_is_suspended() -> None:
    late = replace(make_case(), overdue=True)
    at_half_past_noon = {"at": local(3, 12, 30), "review_at": local(5, 9), "reason": "x"}
    suspended = told_from_fact_to_fact(late, ("suspend", at_half_past_noon))
    assert "overdue" in counted_of(late)
    assert not {"due", "overdue"} & set(counted_of(suspended))
    resumed = told_from_fact_to_fact(suspended, ("resume", {"at": local(5, 9)}))
    assert counted_of(resumed)["overdue"] == 1, "and is again afterwards"


def test_a_reopened_case_is_closed_no_longer_and_counts_as_reopened_with_its_new_filing() -> None:
    closed = told_from_fact_to_fact(make_case(), *HANDLE, CLOSE)
    assert counted_of(closed)["closed"] == 1
    case = told_from_fact_to_fact(closed, ("reopen", {"reason": "x"}))
    assert not {"closed", "due", "on_time"} & set(counted_of(case))
    assert (counted_of(case)["reopened"], counted_of(case)["filed"]) == (1, 1)
    again = told_from_fact_to_fact(case, *HANDLE, CLOSE)
    assert (counted_of(again)["reopened"], counted_of(again)["closed"]) == (1, 1)


def test_a_case_is_rated_on_the_day_of_its_last_rating_and_once() -> None:
    first = Rating(report="R-260303-00001", stars=5, at=local(4, 9, 0))
    last = Rating(report="R-260303-00002", stars=2, at=local(6, 23, 30))
    case = replace(at_stage(Stage.CLOSED), ratings=(first,))
    on = date(2026, 3, 4)
    assert stars_of(case) == {(on, "rated"): 1, (on, "rated_well"): 1, (on, "stars"): 5}
    on = date(2026, 3, 6)
    assert stars_of(replace(case, ratings=(first, last))) == {(on, "rated"): 1, (on, "stars"): 2}
    assert stars_of(replace(case, ratings=())) == {}


def stars_of(case: Case) -> dict[tuple[date, str], int]:
    return {key: n for key, n in by_day(case).items() if key[1] in ("rated", "rated_well", "stars")}


def test_the_mean_of_the_stars_is_that_of_the_cases_and_none_where_nobody_rated() -> None:
    found = summarise([("rated", 3), ("rated_well", 2), ("stars", 11)])
    assert found.stars_mean == pytest.approx(11 / 3)
    assert summarise([("closed", 3)]).stars_mean is None
