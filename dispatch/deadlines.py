"""When something is due: limits counted in clock hours, working hours and working days, and clocks that stop.

The rules are those of cn_standards 2.4 (after GB/T 30428.8), described in docs/dictionary.md:

- UH: the start and so many hours, day and night.
- WH: so many hours of working time after the start.
- WD: the end of working time on the n-th working day after the day of the start. A start after the end of
  that day's work, or on a day off, counts as a start on the next working day.

An extension is added to the limit, in the limit's unit. A time in which the clock stood still is added in the
limit's unit too: clock time (UH), working time (WH), or working days (WD): each day by the part of its working time
that the clock stood still, all stops together, rounded up to whole days. A stop that begins when the limit is over
moves nothing: what is late stays late.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import partial
from math import ceil, nextafter
from typing import NamedTuple

from dispatch.calendars import Calendar, add_working, working_days, working_s
from dispatch.category import Category, Limit, LimitUnit, Priority

LIMITS_KEPT = 4_096
"""Answers of `due_and_warning` kept: more than one turn can ask for."""

WARN_SHARE = 0.7
"""The part of a limit after which its light turns yellow."""

WARN_SHARES = (0.5, WARN_SHARE, 0.8, 1.0, 1.5)
"""The parts of a limit at which something is due to be told or shown; from 1.0 on the light is red."""

ALMOST = nextafter(1.0, 0.0)

ROUNDING_DAYS = 1e-6
"""So much over a whole number of working days is an error of the arithmetic, and no further day."""


class Stop(NamedTuple):
    """From when until when a clock stood still, and why (a stage, or a word of the case)."""

    start: datetime
    end: datetime
    why: str = ""


def limit_of(category: Category, priority: Priority) -> Limit:
    """Return the handling limit: the urgent one for what is more than general, where the category has one."""
    if priority is Priority.GENERAL or category.urgent_limit is None:
        return category.normal_limit
    return category.urgent_limit


def due_and_warning(
    calendar: Calendar, start: datetime, limit: Limit, *, extra: float = 0.0, stops: Sequence[Stop] = ()
) -> tuple[datetime, datetime]:
    """Return `due` and `warn_at` of a limit, in UTC.

    :param extra: extensions, in the limit's unit.
    :param stops: when the clock stood still; in any order, they may touch and overlap.
    :raises ValueError: if a stop ends before it begins, or if the limit and its extensions are less than nothing.
    """
    _, warned, _, end, _ = thresholds(calendar, start, limit, extra=extra, stops=stops)
    return end, warned


def thresholds(
    calendar: Calendar, start: datetime, limit: Limit, *, extra: float = 0.0, stops: Sequence[Stop] = ()
) -> tuple[datetime, ...]:
    """Return when each of WARN_SHARES is used, in UTC. Arguments as of `due_and_warning`."""
    if extra or stops:
        return _thresholds(calendar, start, limit, extra, stops)
    # What is decided in one turn starts at one instant and has one of a few limits, so the last answers are kept.
    known = calendar._limits.get((start, limit))
    if known is None:
        if len(calendar._limits) >= LIMITS_KEPT:
            calendar._limits.clear()
        known = calendar._limits[start, limit] = _thresholds(calendar, start, limit, 0.0, ())
    return known


def due(
    calendar: Calendar, start: datetime, limit: Limit, *, extra: float = 0.0, stops: Sequence[Stop] = ()
) -> datetime:
    """Return when a limit that starts to run at `start` is over, in UTC. Arguments as of `due_and_warning`."""
    amount = limit.amount + extra
    if amount < 0:
        raise ValueError(f"a limit of {amount:g} {limit.unit.value} is less than nothing")
    return _DUE[limit.unit](calendar, start, amount, _joined(start, stops))


def warn_at(calendar: Calendar, start: datetime, limit: Limit) -> datetime:
    """Return when WARN_SHARE of the limit is used, in UTC."""
    return due_and_warning(calendar, start, limit)[1]


def stage_due(calendar: Calendar, start: datetime, minutes: float) -> datetime:
    """Return when a stage that may last so many working minutes is over, in UTC."""
    return add_working(calendar, start, minutes * 60)


def stage_warn_at(calendar: Calendar, start: datetime, minutes: float) -> datetime:
    """Return when WARN_SHARE of a stage's working minutes is used, in UTC."""
    return add_working(calendar, start, minutes * 60 * WARN_SHARE)


def threshold_at(
    calendar: Calendar,
    start: datetime,
    limit: Limit,
    share: float,
    *,
    extra: float = 0.0,
    stops: Sequence[Stop] = (),
) -> datetime:
    """Return when this part of the limit is used (0.7 for 70 %, 1.5 for half as long again), in UTC.

    It is counted in the time that the limit counts: clock time for UH, working time for WH and WD.
    """
    return _shares_at(calendar, start, limit, (share,), extra, stops)[0]


def _thresholds(
    calendar: Calendar, start: datetime, limit: Limit, extra: float, stops: Sequence[Stop]
) -> tuple[datetime, ...]:
    return _shares_at(calendar, start, limit, WARN_SHARES, extra, stops)


def _shares_at(
    calendar: Calendar,
    start: datetime,
    limit: Limit,
    shares: Sequence[float],
    extra: float,
    stops: Sequence[Stop],
) -> tuple[datetime, ...]:
    end = due(calendar, start, limit, extra=extra, stops=stops)
    joined = _joined(start, stops)
    whole_s = _running_s(calendar, start, end, limit.unit, joined)
    return tuple(
        end if share == 1 else _after_running(calendar, start, whole_s * share, limit.unit, joined) for share in shares
    )


def used_share(
    calendar: Calendar,
    start: datetime,
    limit: Limit,
    at: datetime,
    *,
    extra: float = 0.0,
    stops: Sequence[Stop] = (),
    stopped_since: datetime | None = None,
) -> float:
    """Return what part of the limit is used at `at`: 0 at the start, 1 when it is due, and on beyond.

    :param stopped_since: since when the clock stands still now; it has used nothing since.
    """
    whole_s, used_s = _whole_and_used_s(calendar, start, limit, extra, stops, at, stopped_since)
    if whole_s == 0:
        return 1.0 if at >= start else 0.0
    share = used_s / whole_s
    # A day's end is due even where the clock stood still to that end, with nothing left to use: until then not 1.
    is_due = share < 1 or at >= due(calendar, start, limit, extra=extra, stops=stops)
    return share if is_due else ALMOST


def remaining_s(
    calendar: Calendar,
    start: datetime,
    limit: Limit,
    at: datetime,
    *,
    extra: float = 0.0,
    stops: Sequence[Stop] = (),
    stopped_since: datetime | None = None,
) -> float:
    """Return the seconds that are left at `at`, in the time that the limit counts; below 0 when it is overdue.

    A clock that stops keeps them: when it runs again, the stop is added, and as many are left as before (with WD,
    where stops are rounded up to whole days, as many or more).
    """
    whole_s, used_s = _whole_and_used_s(calendar, start, limit, extra, stops, at, stopped_since)
    return whole_s - used_s


def _whole_and_used_s(
    calendar: Calendar,
    start: datetime,
    limit: Limit,
    extra: float,
    stops: Sequence[Stop],
    at: datetime,
    stopped_since: datetime | None,
) -> tuple[float, float]:
    joined = _joined(start, stops)
    until = at if stopped_since is None else min(at, stopped_since)
    end = due(calendar, start, limit, extra=extra, stops=stops)
    whole_s = _running_s(calendar, start, end, limit.unit, joined)
    return whole_s, _running_s(calendar, start, until, limit.unit, joined)


def _joined(start: datetime, stops: Sequence[Stop]) -> tuple[Stop, ...]:
    """Return the stops after the start, in order and apart."""
    joined: list[Stop] = []
    for begin, end, *_ in sorted(stops):
        if end < begin:
            raise ValueError(f"a clock that stops at {begin} cannot run again at {end}")
        if end <= start:
            continue
        if joined and begin <= joined[-1].end:
            joined[-1] = Stop(joined[-1].start, max(joined[-1].end, end))
        else:
            joined.append(Stop(max(begin, start), end))
    return tuple(joined)


def _clock_s(_calendar: Calendar, start: datetime, end: datetime) -> float:
    return max(0.0, (end - start).total_seconds())


def _add_clock(_calendar: Calendar, start: datetime, seconds: float) -> datetime:
    return start.astimezone(UTC) + timedelta(seconds=seconds)


def _running_s(calendar: Calendar, start: datetime, end: datetime, unit: LimitUnit, stops: Sequence[Stop]) -> float:
    """Return the seconds that the clock ran between two instants, in the time that it counts."""
    measure = _MEASURE[unit]
    stopped_s = sum(measure(calendar, begin, min(end, finish)) for begin, finish, _ in stops)
    return measure(calendar, start, end) - stopped_s


def _after_running(
    calendar: Calendar, start: datetime, seconds: float, unit: LimitUnit, stops: Sequence[Stop]
) -> datetime:
    """Return the first instant by which the clock has run for so many seconds, in the time that it counts."""
    measure, add = _MEASURE[unit], _ADD[unit]
    end = add(calendar, start, seconds)
    for begin, finish, _ in stops:
        if begin >= end:
            break
        seconds += measure(calendar, begin, finish)
        end = add(calendar, start, seconds)
    return end


def _due_hours(unit: LimitUnit, calendar: Calendar, start: datetime, hours: float, stops: Sequence[Stop]) -> datetime:
    return _after_running(calendar, start, hours * 3600, unit, stops)


def _due_days(calendar: Calendar, start: datetime, days: float, stops: Sequence[Stop]) -> datetime:
    day = calendar.day_of(start)
    if start >= calendar.end_of(day) or not calendar.is_workday(day):
        day = calendar.next_workday(day)
    ends = _ends_of_days(calendar, day, ceil(days - ROUNDING_DAYS))
    end, stopped, added = next(ends), 0.0, 0
    for begin, finish, _ in stops:
        if begin >= end:
            break
        stopped += working_days(calendar, begin, finish)
        while added < ceil(stopped - ROUNDING_DAYS):
            end, added = next(ends), added + 1
    return end


def _ends_of_days(calendar: Calendar, day: date, skipped: int) -> Iterator[datetime]:
    """Yield the ends of work of a working day's followers, after the first so many days; with 0, from itself on."""
    while True:
        if skipped <= 0:
            yield calendar.end_of(day)
        skipped -= 1
        day = calendar.next_workday(day)


_DUE: Mapping[LimitUnit, Callable[[Calendar, datetime, float, Sequence[Stop]], datetime]] = {
    LimitUnit.URGENT_HOURS: partial(_due_hours, LimitUnit.URGENT_HOURS),
    LimitUnit.WORKING_HOURS: partial(_due_hours, LimitUnit.WORKING_HOURS),
    LimitUnit.WORKING_DAYS: _due_days,
}

_MEASURE: Mapping[LimitUnit, Callable[[Calendar, datetime, datetime], float]] = {
    LimitUnit.URGENT_HOURS: _clock_s,
    LimitUnit.WORKING_HOURS: working_s,
    LimitUnit.WORKING_DAYS: working_s,
}

_ADD: Mapping[LimitUnit, Callable[[Calendar, datetime, float], datetime]] = {
    LimitUnit.URGENT_HOURS: _add_clock,
    LimitUnit.WORKING_HOURS: add_working,
    LimitUnit.WORKING_DAYS: add_working,
}
