"""Limits are counted as the standard says, whatever the calendar."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from dispatch.calendars import Calendar, add_working, working_s
from dispatch.category import Limit, LimitUnit, Priority
from dispatch.deadlines import due, limit_of, warn_at
from tests.builders import CALENDAR, SHANGHAI, local
from tests.taxonomy import GAS, make_category

UH, WH, WD = LimitUnit.URGENT_HOURS, LimitUnit.WORKING_HOURS, LimitUnit.WORKING_DAYS


@pytest.mark.parametrize(
    ("start", "limit", "end"),
    [
        # Monday is the 2nd of March.
        pytest.param(local(6, 20), Limit(2, UH), local(6, 22), id="urgent hours run at night"),
        pytest.param(local(6, 23), Limit(48, UH), local(8, 23), id="urgent hours run at the weekend"),
        pytest.param(local(3, 10), Limit(2, WH), local(3, 12), id="working hours end with the morning"),
        pytest.param(local(3, 11), Limit(2, WH), local(3, 14), id="working hours leave the noon out"),
        pytest.param(local(3, 12, 30), Limit(1, WH), local(3, 14), id="a start at noon waits for the afternoon"),
        pytest.param(local(3, 17), Limit(2, WH), local(4, 10), id="working hours go on the next day"),
        pytest.param(local(6, 17), Limit(2, WH), local(9, 10), id="working hours pass over the weekend"),
        pytest.param(local(7, 10), Limit(4, WH), local(9, 14), id="a start on Saturday begins on Monday"),
        pytest.param(local(3, 10), Limit(0, WH), local(3, 10), id="no time is no time"),
        pytest.param(local(3, 10), Limit(1, WD), local(4, 18), id="one working day is the end of the next"),
        pytest.param(local(3, 18), Limit(1, WD), local(5, 18), id="after work counts from the next day"),
        pytest.param(local(3, 17, 59), Limit(1, WD), local(4, 18), id="before the end of work still counts today"),
        pytest.param(local(6, 10), Limit(1, WD), local(9, 18), id="Friday and one is Monday"),
        pytest.param(local(7, 10), Limit(1, WD), local(10, 18), id="Saturday counts as Monday"),
        pytest.param(local(30, 10, month=4), Limit(1, WD), local(4, 18, month=5), id="a holiday is passed over"),
        pytest.param(local(8, 10, month=5), Limit(1, WD), local(9, 18, month=5), id="a make-up day is worked"),
        pytest.param(local(3, 10), Limit(1.5, WD), local(5, 18), id="a part of a day is a day"),
        pytest.param(local(31, 17, month=12), Limit(2, WH), datetime(2027, 1, 1, 2, tzinfo=UTC), id="a year ends"),
    ],
)
def test_a_limit_ends(start: datetime, limit: Limit, end: datetime) -> None:
    assert due(CALENDAR, start, limit) == end


@pytest.mark.parametrize(
    ("limit", "warned"),
    [
        (Limit(10, UH), local(3, 17)),
        (Limit(4, WH), local(3, 13, 48)),  # 2.8 h of work after 10:00
        (Limit(1, WD), local(4, 13, 30)),  # 15 h of work from 10:00 to the end of the next day, 10.5 h of them
    ],
)
def test_the_light_turns_yellow_at_seventy_per_cent_of_the_time_that_counts(limit: Limit, warned: datetime) -> None:
    assert warn_at(CALENDAR, local(3, 10), limit) == warned


def test_a_limit_of_the_urgent_kind_is_for_what_is_urgent() -> None:
    category = make_category(GAS)
    assert limit_of(category, Priority.URGENT) == category.urgent_limit == limit_of(category, Priority.CRITICAL)
    assert limit_of(category, Priority.GENERAL) == category.normal_limit
    assert limit_of(replace(category, urgent_limit=None), Priority.CRITICAL) == category.normal_limit


moments = st.integers(0, 480 * 86_400).map(lambda second: local(1, 0, month=1) + timedelta(seconds=second))
amounts = st.floats(0, 200).map(lambda amount: round(amount, 2))
units = st.sampled_from(list(LimitUnit))


@settings(max_examples=80, deadline=None)
@given(moments, st.integers(0, 400_000), amounts, amounts, units)
def test_due_times_never_run_backwards(start: datetime, later_s: int, one: float, more: float, unit: LimitUnit) -> None:
    limit = Limit(one, unit)
    end = due(CALENDAR, start, limit)
    assert end >= start
    assert end.tzinfo is UTC
    assert due(CALENDAR, start + timedelta(seconds=later_s), limit) >= end, "a later start is not due sooner"
    assert due(CALENDAR, start, Limit(one + more, unit)) >= end, "a longer limit is not due sooner"
    assert start <= warn_at(CALENDAR, start, limit) <= end


@settings(max_examples=80, deadline=None)
@given(moments, st.floats(1, 500_000))
def test_working_time_that_is_added_is_the_working_time_between(start: datetime, seconds: float) -> None:
    end = add_working(CALENDAR, start, seconds)
    assert working_s(CALENDAR, start, end) == pytest.approx(seconds, abs=1e-4)
    one_less = end - timedelta(milliseconds=1)
    assert working_s(CALENDAR, start, one_less) < seconds, "no earlier instant would do"


@settings(max_examples=40, deadline=None)
@given(moments, st.integers(0, 3_000_000), st.integers(0, 3_000_000))
def test_working_time_adds_up(start: datetime, one_s: int, two_s: int) -> None:
    middle = start + timedelta(seconds=one_s)
    end = middle + timedelta(seconds=two_s)
    parts = working_s(CALENDAR, start, middle) + working_s(CALENDAR, middle, end)
    assert working_s(CALENDAR, start, end) == pytest.approx(parts, abs=1e-4)
    assert working_s(CALENDAR, end, start) == 0 or one_s + two_s == 0


def test_hours_are_of_the_wall_clock_when_the_clocks_change() -> None:
    """San Francisco, 2026-03-08: the clocks jump from 2:00 to 3:00, so the night shift is an hour shorter."""
    pacific = ZoneInfo("America/Los_Angeles")
    calendar = Calendar(timezone=pacific, spans=((time(0), time(0)),), weekend=frozenset())
    start, end = (datetime(2026, 3, day, tzinfo=pacific) for day in (8, 9))
    assert working_s(calendar, start, end) == 23 * 3600
    assert due(calendar, start, Limit(1, WD)) == datetime(2026, 3, 10, tzinfo=pacific)


def test_a_year_without_work_is_passed_over() -> None:
    days = frozenset(date(2026, 1, 1) + timedelta(days=n) for n in range(365))
    calendar = Calendar(timezone=SHANGHAI, spans=((time(9), time(17)),), holidays=days)
    assert add_working(calendar, local(3, 10), 3600) == datetime(2027, 1, 1, 10, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("spans", "weekend"),
    [
        ((), {5, 6}),
        (((time(12), time(9)),), {5, 6}),
        (((time(9), time(9)),), {5, 6}),
        (((time(9), time(13)), (time(12), time(18))), {5, 6}),
        (((time(13), time(0)), (time(9), time(12))), {5, 6}),
        (((time(9), time(18)),), set(range(7))),
    ],
)
def test_a_calendar_by_which_nothing_ever_ends_is_refused(
    spans: tuple[tuple[time, time], ...], weekend: set[int]
) -> None:
    with pytest.raises(ValueError, match="working"):
        Calendar(timezone=SHANGHAI, spans=spans, weekend=frozenset(weekend))
