"""What holds of every clock, whatever the calendar: laws, and a model that counts minute by minute."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from math import ceil
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dispatch.calendars import Calendar, working_days, working_s
from dispatch.category import Limit, LimitUnit
from dispatch.deadlines import (
    WARN_SHARES,
    Stop,
    due,
    due_and_warning,
    remaining_s,
    stage_due,
    stage_warn_at,
    threshold_at,
    thresholds,
    used_share,
)
from tests.china import ALWAYS, NIGHT, OFFICE, SANITATION, on

UH, WH, WD = LimitUnit.URGENT_HOURS, LimitUnit.WORKING_HOURS, LimitUnit.WORKING_DAYS

PACIFIC, BERLIN = ZoneInfo("America/Los_Angeles"), ZoneInfo("Europe/Berlin")
LA_OFFICE = Calendar(PACIFIC, ((time(9), time(17)),), id="la")
LA_NIGHT = Calendar(PACIFIC, ((time(0), time(6)), (time(22), time(0))), weekend=frozenset(), id="la-night")
BERLIN_ODD = Calendar(
    BERLIN, ((time(1), time(2, 30)), (time(2, 45), time(3, 15)), (time(20), time(23))), weekend=frozenset({0})
)
"""Hours that the change of the clocks falls into."""

whole_hours = st.sampled_from([OFFICE, SANITATION, NIGHT, ALWAYS, LA_OFFICE, LA_NIGHT])
calendars = st.one_of(whole_hours, st.just(BERLIN_ODD))
units = st.sampled_from(list(LimitUnit))
starts = st.integers(0, 420 * 1440).map(lambda minute: on(1, 1, 0) + timedelta(minutes=minute))
amounts = st.integers(1, 40).map(lambda quarter: quarter / 4)
offsets = st.tuples(st.integers(-300, 12_000), st.integers(0, 6_000))
pauses = st.lists(offsets, max_size=4)


def stops_from(start: datetime, pauses: Sequence[tuple[int, int]]) -> list[Stop]:
    """Stops from (minutes after the start, minutes long)."""
    minute = timedelta(minutes=1)
    return [Stop(start + begin * minute, start + (begin + length) * minute) for begin, length in pauses]


def runs(calendar: Calendar, unit: LimitUnit, minute: datetime, stops: Sequence[Stop]) -> bool:
    """Say whether a clock runs in the minute that begins here: the definition, without a shortcut."""
    if any(stop.start <= minute < stop.end for stop in stops):
        return False
    if unit is UH:
        return True
    local = minute.astimezone(calendar.timezone)
    clock = local.time()
    worked = any(begin <= clock and (clock < end or end == time()) for begin, end in calendar.spans)
    return worked and calendar.is_workday(local.date())


def minutes_of(start: datetime, end: datetime) -> Iterator[datetime]:
    """Yield the minutes between two instants by the instant at which each begins."""
    while start < end:
        yield start
        start += timedelta(minutes=1)


def day_of(calendar: Calendar, day: date) -> Iterator[datetime]:
    return minutes_of(calendar.midnight(day), calendar.midnight(day + timedelta(days=1)))


@settings(max_examples=60, deadline=None)
@given(whole_hours, starts, st.integers(1, 900), pauses)
def test_hours_end_when_a_clock_that_is_watched_has_counted_them(
    calendar: Calendar, start: datetime, minutes: int, pauses: list[tuple[int, int]]
) -> None:
    stops = stops_from(start, pauses)
    for unit in (UH, WH):
        at, left = start, minutes
        while left:
            left -= runs(calendar, unit, at, stops)
            at += timedelta(minutes=1)
        assert due(calendar, start, Limit(minutes / 60, unit), stops=stops) == at


@settings(max_examples=60, deadline=None)
@given(whole_hours, starts, st.integers(0, 6), pauses)
def test_days_end_as_they_would_with_as_many_more_as_the_clock_stood_still(
    calendar: Calendar, start: datetime, days: int, pauses: list[tuple[int, int]]
) -> None:
    stops = stops_from(start, pauses)
    stood: dict[date, int] = {}
    for at in sorted({at for stop in stops for at in minutes_of(max(start, stop.start), stop.end)}):
        if runs(calendar, WH, at, ()):
            day = calendar.day_of(at)
            stood[day] = stood.get(day, 0) + 1
    parts = [count / sum(runs(calendar, WH, at, ()) for at in day_of(calendar, day)) for day, count in stood.items()]
    whole = ceil(sum(parts) - 1e-6)
    end, plain = due(calendar, start, Limit(days, WD), stops=stops), due(calendar, start, Limit(days, WD))
    assert plain <= end <= due(calendar, start, Limit(days + whole, WD))
    if all(stop.start < plain for stop in stops):
        assert end == due(calendar, start, Limit(days + whole, WD))


@settings(max_examples=150, deadline=None)
@given(calendars, starts, amounts, units, pauses, st.integers(0, 10), st.data())
def test_a_stop_that_is_told_of_in_two_parts_is_the_same_stop(
    calendar: Calendar,
    start: datetime,
    amount: float,
    unit: LimitUnit,
    pauses: list[tuple[int, int]],
    cut: int,
    data: st.DataObject,
) -> None:
    stops = stops_from(start, pauses)
    parts: list[Stop] = []
    for stop in stops:
        middle = stop.start + (stop.end - stop.start) * cut / 10
        parts += [Stop(stop.start, middle), Stop(middle, stop.end, "the rest")]
    shuffled = data.draw(st.permutations(parts))
    limit = Limit(amount, unit)
    assert due(calendar, start, limit, stops=shuffled) == due(calendar, start, limit, stops=stops)
    assert thresholds(calendar, start, limit, stops=[*shuffled, *stops]) == thresholds(
        calendar, start, limit, stops=stops
    ), "and a stop that is told of twice"


@settings(max_examples=150, deadline=None)
@given(calendars, starts, amounts, amounts, units, pauses)
def test_an_extension_is_a_longer_limit(
    calendar: Calendar, start: datetime, amount: float, extra: float, unit: LimitUnit, pauses: list[tuple[int, int]]
) -> None:
    stops = stops_from(start, pauses)
    longer = Limit(amount + extra, unit)
    assert due_and_warning(calendar, start, Limit(amount, unit), extra=extra, stops=stops) == due_and_warning(
        calendar, start, longer, stops=stops
    )


@settings(max_examples=150, deadline=None)
@given(calendars, starts, amounts, amounts, units, pauses, offsets)
def test_more_time_and_more_stops_are_never_due_sooner(
    calendar: Calendar,
    start: datetime,
    amount: float,
    extra: float,
    unit: LimitUnit,
    pauses: list[tuple[int, int]],
    another: tuple[int, int],
) -> None:
    limit, stops = Limit(amount, unit), stops_from(start, pauses)
    end = due(calendar, start, limit, stops=stops)
    assert due(calendar, start, limit, extra=extra, stops=stops) >= end
    assert due(calendar, start, limit, stops=[*stops, *stops_from(start, [another])]) >= end
    late = Stop(end, end + timedelta(minutes=another[1]))
    # A clock that stands still when it would be due, and goes on standing still, has stood still in one.
    if not any(stop.start < end <= stop.end for stop in stops):
        assert due(calendar, start, limit, stops=[*stops, late]) == end, "what is late stays late"


@settings(max_examples=150, deadline=None)
@given(calendars, starts, amounts, units, pauses)
@example(SANITATION, on(1, 1, 16, 38), 0.25, WD, [(0, 1), (2243, 959)])  # stands still to the end of the last day
def test_warnings_come_in_order_and_the_light_is_red_when_it_is_due(
    calendar: Calendar, start: datetime, amount: float, unit: LimitUnit, pauses: list[tuple[int, int]]
) -> None:
    limit, stops = Limit(amount, unit), stops_from(start, pauses)
    times = thresholds(calendar, start, limit, stops=stops)
    end, warned = due_and_warning(calendar, start, limit, stops=stops)
    assert list(times) == sorted(times)
    assert start <= times[0]
    assert (warned, end) == (times[1], times[3])
    for share, at in zip(WARN_SHARES, times, strict=True):
        assert at == threshold_at(calendar, start, limit, share, stops=stops)
        assert used_share(calendar, start, limit, at, stops=stops) == pytest.approx(share, abs=1e-6)
        assert used_share(calendar, start, limit, at - timedelta(seconds=1), stops=stops) < share
    assert remaining_s(calendar, start, limit, end, stops=stops) == pytest.approx(0, abs=1e-3)
    assert used_share(calendar, start, limit, start, stops=stops) == 0


@settings(max_examples=100, deadline=None)
@given(calendars, starts, amounts, units, st.integers(0, 4_000), st.integers(0, 9_000))
def test_a_clock_that_runs_again_has_what_it_had_left(
    calendar: Calendar, start: datetime, amount: float, unit: LimitUnit, ran: int, stood: int
) -> None:
    limit = Limit(amount, unit)
    since = start + timedelta(minutes=ran)
    again = since + timedelta(minutes=stood)
    left_s = remaining_s(calendar, start, limit, again, stopped_since=since)
    after_s = remaining_s(calendar, start, limit, again, stops=[Stop(since, again)])
    if unit is WD and left_s > 0:
        assert after_s >= left_s - 1e-3, "whole days are given for parts of days"
    else:
        assert after_s == pytest.approx(left_s, abs=1e-3)


@settings(max_examples=80, deadline=None)
@given(calendars, starts, st.integers(0, 40_000), st.integers(0, 40_000))
def test_working_days_add_up(calendar: Calendar, start: datetime, one: int, two: int) -> None:
    middle = start + timedelta(minutes=one)
    end = middle + timedelta(minutes=two)
    parts = working_days(calendar, start, middle) + working_days(calendar, middle, end)
    assert working_days(calendar, start, end) == pytest.approx(parts, abs=1e-6)
    assert working_days(calendar, end, start) == 0 or one + two == 0


@settings(max_examples=60, deadline=None)
@given(calendars, starts, st.integers(1, 600))
def test_a_stage_runs_for_its_working_minutes(calendar: Calendar, start: datetime, minutes: int) -> None:
    end = stage_due(calendar, start, minutes)
    assert working_s(calendar, start, end) == pytest.approx(minutes * 60, abs=1e-3)
    assert working_s(calendar, start, stage_warn_at(calendar, start, minutes)) == pytest.approx(minutes * 42, abs=1e-3)


def test_a_stop_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot run again"):
        due(OFFICE, on(3, 2, 9), Limit(1, WH), stops=[Stop(on(3, 2, 11), on(3, 2, 10))])


@pytest.mark.parametrize("unit", list(LimitUnit))
def test_a_limit_of_less_than_nothing_is_refused(unit: LimitUnit) -> None:
    with pytest.raises(ValueError, match="less than nothing"):
        due(OFFICE, on(3, 2, 9), Limit(1, unit), extra=-1.5)
    with pytest.raises(ValueError, match="less than nothing"):
        due_and_warning(OFFICE, on(3, 2, 9), Limit(-1, unit))


def test_a_limit_of_nothing_is_used_at_once() -> None:
    start, limit = on(3, 2, 10), Limit(0, WH)
    assert due(OFFICE, start, limit) == start
    assert used_share(OFFICE, start, limit, start) == 1
    assert used_share(OFFICE, start, limit, start - timedelta(hours=1)) == 0


def at(zone: ZoneInfo, month: int, day: int, hour: int, minute: int = 0, *, fold: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=zone, fold=fold).astimezone(UTC)


@pytest.mark.parametrize(
    ("calendar", "start", "limit", "end"),
    [
        # The clocks jump from 2:00 to 3:00 on the 8th of March, and back on the 1st of November.
        pytest.param(LA_OFFICE, at(PACIFIC, 3, 7, 20), Limit(12, UH), at(PACIFIC, 3, 8, 9), id="la spring UH"),
        pytest.param(LA_OFFICE, at(PACIFIC, 10, 31, 20), Limit(12, UH), at(PACIFIC, 11, 1, 7), id="la autumn UH"),
        pytest.param(LA_OFFICE, at(PACIFIC, 3, 6, 16), Limit(2, WH), at(PACIFIC, 3, 9, 10), id="la spring WH"),
        pytest.param(LA_OFFICE, at(PACIFIC, 10, 30, 16), Limit(2, WH), at(PACIFIC, 11, 2, 10), id="la autumn WH"),
        pytest.param(LA_NIGHT, at(PACIFIC, 3, 7, 22), Limit(7, WH), at(PACIFIC, 3, 8, 6), id="a night of seven hours"),
        pytest.param(LA_NIGHT, at(PACIFIC, 10, 31, 22), Limit(9, WH), at(PACIFIC, 11, 1, 6), id="a night of nine"),
        pytest.param(LA_NIGHT, at(PACIFIC, 3, 7, 22), Limit(4, WH), at(PACIFIC, 3, 8, 3), id="into the hour left out"),
        pytest.param(
            LA_NIGHT,
            at(PACIFIC, 10, 31, 22),
            Limit(4.5, WH),
            at(PACIFIC, 11, 1, 1, 30, fold=1),
            id="into the hour that comes twice",
        ),
        pytest.param(LA_OFFICE, at(PACIFIC, 3, 6, 10), Limit(1, WD), at(PACIFIC, 3, 9, 17), id="la spring WD"),
        # 2:00 to 3:00 on the 29th of March, and back on the 25th of October.
        pytest.param(ALWAYS, at(BERLIN, 3, 28, 20), Limit(12, UH), at(BERLIN, 3, 29, 9), id="berlin spring UH"),
        pytest.param(ALWAYS, at(BERLIN, 10, 24, 20), Limit(12, UH), at(BERLIN, 10, 25, 7), id="berlin autumn UH"),
        pytest.param(
            Calendar(BERLIN, ((time(0), time(0)),), weekend=frozenset()),
            at(BERLIN, 3, 29, 0),
            Limit(23, WH),
            at(BERLIN, 3, 30, 0),
            id="a day of 23 hours",
        ),
        pytest.param(
            Calendar(BERLIN, ((time(0), time(0)),), weekend=frozenset()),
            at(BERLIN, 10, 25, 0),
            Limit(25, WH),
            at(BERLIN, 10, 26, 0),
            id="a day of 25 hours",
        ),
    ],
)
def test_limits_run_over_the_change_of_the_clocks(
    calendar: Calendar, start: datetime, limit: Limit, end: datetime
) -> None:
    assert due(calendar, start, limit) == end


def test_a_day_that_is_an_hour_short_or_long_is_a_day() -> None:
    """Else a stop over the night of a change would cost a working day more, or come at one less."""
    always = Calendar(PACIFIC, ((time(0), time(0)),), weekend=frozenset())
    for month, day in ((3, 8), (11, 1)):
        begin, end = at(PACIFIC, month, day, 0), at(PACIFIC, month, day + 1, 0)
        assert working_days(always, begin, end) == 1
        late = due(always, begin, Limit(1, WD), stops=[Stop(begin, end)])
        assert late == due(always, begin, Limit(2, WD))


def test_no_span_runs_backwards_when_the_clocks_change() -> None:
    for number in (2026, 2027):
        spans = BERLIN_ODD.year(number).spans
        assert all(span.start_s <= span.end_s for span in spans)
        assert all(before.end_s <= after.start_s for before, after in pairwise(spans))
    # 1:00 to 2:30 is to 3:30, where there is no 2:30, and then 2:45 to 3:15 is over.
    assert working_s(BERLIN_ODD, at(BERLIN, 3, 29, 0), at(BERLIN, 3, 29, 12)) == 1.5 * 3600
    # Where 2:30 and 2:45 come twice it is their first coming: to 3:15 there is an hour more.
    assert working_s(BERLIN_ODD, at(BERLIN, 10, 25, 0), at(BERLIN, 10, 25, 12)) == 3 * 3600
