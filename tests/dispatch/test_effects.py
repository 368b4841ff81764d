"""What a new version of the city does to the open cases."""

from dataclasses import replace as replace_city
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from dispatch.calendars import Calendars
from dispatch.case import Fact, Stage, apply
from dispatch.category import Limit, LimitUnit
from dispatch.city import Duty
from dispatch.citymap import City
from dispatch.effects import BY_SETTINGS, Effect, effect_of, limit_changed
from tests.builders import CITY, GRE, MUN, SAN, TUESDAY_10, make_case, make_city, make_codes
from tests.taxonomy import CATEGORIES, GAS


def city_with(**limits: Any) -> City:
    """Return the city with the category of gas changed."""
    return make_city(codes=make_codes(categories=[replace(c, **limits) if c.code == GAS else c for c in CATEGORIES]))


FOUR_HOURS = city_with(urgent_limit=Limit(4, LimitUnit.URGENT_HOURS))


def test_a_longer_limit_gives_an_open_case_more_time() -> None:
    case = make_case()
    (change,) = effect_of([case], CITY, FOUR_HOURS).due
    assert case.due_at == TUESDAY_10 + timedelta(hours=2)
    assert change.due_at == TUESDAY_10 + timedelta(hours=4)
    assert change.warn_at == TUESDAY_10 + timedelta(hours=2.8)


def test_a_new_calendar_counts_where_working_time_does() -> None:
    before = city_with(urgent_limit=Limit(10, LimitUnit.WORKING_HOURS))
    calendar = replace_city(
        before.calendar, holidays=before.calendar.holidays | {(TUESDAY_10 + timedelta(days=1)).date()}
    )
    after = replace_city(before, calendars=Calendars(calendar))
    due = limit_of(before)
    (change,) = effect_of([make_case()], before, after).due
    assert change.due_at - due == timedelta(days=1)
    assert effect_of([make_case()], CITY, replace_city(CITY, calendars=Calendars(calendar))).due == ()


def limit_of(city: City) -> Any:
    return effect_of([make_case()], CITY, city).due[0].due_at


@pytest.mark.parametrize("stage", [Stage.HANDLED, Stage.CHECKED, Stage.REPORTED])
def test_a_case_whose_clock_does_not_run_keeps_its_limit(stage: Stage) -> None:
    assert effect_of([make_case(stage=stage)], CITY, FOUR_HOURS).due == ()


def test_a_clock_of_its_own_is_left_as_it_runs() -> None:
    """A rework with a limit of its own has nothing of the category's."""
    case = make_case()
    assert case.clock is not None
    own = replace(case, clock=replace(case.clock, is_rework=True))
    assert effect_of([own], CITY, FOUR_HOURS).due == ()


def test_the_same_city_does_nothing() -> None:
    assert effect_of([make_case()], CITY, make_city()) == Effect()


def test_another_department_is_told_and_the_case_stays() -> None:
    after = make_city(codes=make_codes(duties=[Duty(department=GRE, trade="municipal")]))
    (change,) = effect_of([make_case()], CITY, after).duties
    assert (change.case.department, change.department) == (MUN, GRE)
    assert effect_of([make_case(department=GRE)], CITY, after).duties == ()


def test_what_open_cases_need_may_not_vanish() -> None:
    codes = CITY.codes
    gone = replace(
        codes,
        categories={},
        workers={},
        departments={SAN: codes.departments[SAN]},
        areas={code: area for code, area in codes.areas.items() if code != "S1G1"},
    )
    found = effect_of([make_case()], CITY, make_city(codes=gone)).in_use
    assert [(each.what, each.code) for each in found] == [
        ("area", "S1G1"),
        ("category", GAS),
        ("department", "MUN"),
        ("worker", "ann"),
    ]
    assert all(len(each.cases) == 1 for each in found)


def test_a_worker_without_a_task_may_leave() -> None:
    case = make_case(stage=Stage.HANDLED)
    after = make_city(codes=replace(CITY.codes, workers={}))
    assert effect_of([case], CITY, after).in_use == ()


def test_a_new_limit_is_a_fact_and_may_end_being_overdue() -> None:
    case = make_case(overdue=True)
    (change,) = effect_of([case], CITY, FOUR_HOURS).due
    fact = limit_changed(change, "ada")
    assert (fact.due_at, fact.warn_at, fact.by, fact.reason) == (change.due_at, change.warn_at, "ada", BY_SETTINGS)
    assert fact.clock == change.clock
    assert fact.marks[2] == change.due_at
    for after_h, overdue in ((3, False), (5, True)):
        at = TUESDAY_10 + timedelta(hours=after_h)
        later = apply(case, Fact(case.id, at, fact), case.version + 1)
        assert (later.due_at, later.warn_at, later.overdue) == (change.due_at, change.warn_at, overdue)
        assert later.stage is case.stage
