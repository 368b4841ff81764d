"""When something is due: limits counted in clock hours, working hours and working days.

The rules are those of cn_standards 2.4 (after GB/T 30428.8), described in docs/dictionary.md:

- UH: the start and so many hours, day and night.
- WH: so many hours of working time after the start.
- WD: the end of working time on the n-th working day after the day of the start. A start after the end of
  that day's work, or on a day off, counts as a start on the next working day.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from math import ceil
from typing import NamedTuple
from zoneinfo import ZoneInfo

from dispatch.category import Category, Limit, LimitUnit, Priority

LIMITS_KEPT = 4_096
"""Answers of `due_and_warning` kept: more than one turn can ask for."""

WARN_SHARE = 0.7
"""The part of a limit after which its light turns yellow."""


class Span(NamedTuple):
    """Working time between two instants, and how many working seconds its year had before it."""

    start_s: float
    end_s: float
    before_s: float


class Year(NamedTuple):
    starts: tuple[float, ...]
    spans: tuple[Span, ...]


@dataclass(frozen=True)
class Calendar:
    """A city's working time.

    `spans` are local wall-clock hours of a working day, in order and apart; an end of 00:00 is midnight after.
    `weekend` holds `date.weekday()` numbers. A date of `workdays` (make-up days) is worked whatever the others say.

    :raises ValueError: if the spans are missing, out of order or overlap, or if every day of the week is off.
    """

    timezone: ZoneInfo
    spans: tuple[tuple[time, time], ...]
    weekend: frozenset[int] = frozenset({5, 6})
    holidays: frozenset[date] = frozenset()
    workdays: frozenset[date] = frozenset()
    _years: dict[int, Year] = field(default_factory=dict, init=False, repr=False, compare=False)
    _limits: dict[tuple[datetime, Limit], tuple[datetime, datetime]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def __post_init__(self) -> None:
        if not self.spans:
            raise ValueError("a calendar needs at least one span of working hours")
        edges = [edge for start, end in self.spans for edge in (_minutes(start), _minutes(end) or 24 * 60)]
        if any(earlier >= later for earlier, later in pairwise(edges)):
            raise ValueError("spans of working hours must be in order and must not overlap")
        if self.weekend >= frozenset(range(7)):
            raise ValueError("a week needs at least one working day")

    def is_workday(self, day: date) -> bool:
        """Say whether people work on this local date."""
        return day in self.workdays or (day.weekday() not in self.weekend and day not in self.holidays)

    def day_of(self, at: datetime) -> date:
        """Return the local date of an instant."""
        return at.astimezone(self.timezone).date()

    def end_of(self, day: date) -> datetime:
        """Return the instant at which work ends on a local date, were it a working day."""
        return self._instant(day, self.spans[-1][1], is_end=True)

    def year(self, number: int) -> Year:
        """Return the working spans of a local year, in order (made once per year)."""
        if number not in self._years:
            spans = tuple(self._spans_of(number))
            self._years[number] = Year(tuple(span.start_s for span in spans), spans)
        return self._years[number]

    def _spans_of(self, number: int) -> Iterator[Span]:
        total = 0.0
        day = date(number, 1, 1)
        while day.year == number:
            if self.is_workday(day):
                for start, end in self.spans:
                    start_s = self._instant(day, start).timestamp()
                    end_s = self._instant(day, end, is_end=True).timestamp()
                    yield Span(start_s, end_s, total)
                    total += end_s - start_s
            day += timedelta(days=1)

    def _instant(self, day: date, clock: time, *, is_end: bool = False) -> datetime:
        if is_end and clock == time():
            day += timedelta(days=1)
        return datetime.combine(day, clock, self.timezone).astimezone(UTC)


def _minutes(clock: time) -> float:
    return clock.hour * 60 + clock.minute + clock.second / 60


def working_s(calendar: Calendar, start: datetime, end: datetime) -> float:
    """Return the seconds of working time between two instants; 0 if the end is not after the start."""
    if end <= start:
        return 0.0
    first, last = calendar.day_of(start).year, calendar.day_of(end).year
    whole = sum(_worked_s(calendar, year, end) for year in range(first, last + 1))
    return whole - _worked_s(calendar, first, start)


def _worked_s(calendar: Calendar, number: int, until: datetime) -> float:
    """Return the working seconds of a year that are over at an instant."""
    year = calendar.year(number)
    until_s = until.timestamp()
    index = bisect_right(year.starts, until_s) - 1
    if index < 0:
        return 0.0
    span = year.spans[index]
    return span.before_s + min(until_s, span.end_s) - span.start_s


def add_working(calendar: Calendar, start: datetime, seconds: float) -> datetime:
    """Return the first instant by which so much working time has passed since the start."""
    if seconds <= 0:
        return start
    number = calendar.day_of(start).year
    needed_s = _worked_s(calendar, number, start) + seconds
    while needed_s > (total_s := _total_s(calendar.year(number))):
        needed_s -= total_s
        number += 1
    spans = calendar.year(number).spans
    span = spans[bisect_left(spans, needed_s, key=_end_of_work)]
    return datetime.fromtimestamp(span.start_s + needed_s - span.before_s, UTC)


def _end_of_work(span: Span) -> float:
    return span.before_s + span.end_s - span.start_s


def _total_s(year: Year) -> float:
    return _end_of_work(year.spans[-1]) if year.spans else 0.0


def limit_of(category: Category, priority: Priority) -> Limit:
    """Return the handling limit: the urgent one for what is more than general, where the category has one."""
    if priority is Priority.GENERAL or category.urgent_limit is None:
        return category.normal_limit
    return category.urgent_limit


def due_and_warning(calendar: Calendar, start: datetime, limit: Limit) -> tuple[datetime, datetime]:
    """Return `due` and `warn_at` of a limit.

    What is decided in one turn starts at one instant and has one of a few limits, so the last answers are kept.
    """
    known = calendar._limits.get((start, limit))
    if known is None:
        if len(calendar._limits) >= LIMITS_KEPT:
            calendar._limits.clear()
        known = calendar._limits[start, limit] = (due(calendar, start, limit), warn_at(calendar, start, limit))
    return known


def due(calendar: Calendar, start: datetime, limit: Limit) -> datetime:
    """Return when a limit that starts to run at `start` is over, in UTC."""
    return _DUE[limit.unit](calendar, start, limit.amount)


def warn_at(calendar: Calendar, start: datetime, limit: Limit) -> datetime:
    """Return when WARN_SHARE of the limit is used, counted in the time that the limit counts, in UTC."""
    if limit.unit is LimitUnit.URGENT_HOURS:
        return _due_urgent_hours(calendar, start, limit.amount * WARN_SHARE)
    whole_s = working_s(calendar, start, due(calendar, start, limit))
    return add_working(calendar, start.astimezone(UTC), whole_s * WARN_SHARE)


def _due_urgent_hours(_calendar: Calendar, start: datetime, hours: float) -> datetime:
    return start.astimezone(UTC) + timedelta(hours=hours)


def _due_working_hours(calendar: Calendar, start: datetime, hours: float) -> datetime:
    return add_working(calendar, start.astimezone(UTC), hours * 3600)


def _due_working_days(calendar: Calendar, start: datetime, days: float) -> datetime:
    day = calendar.day_of(start)
    if start >= calendar.end_of(day) or not calendar.is_workday(day):
        day = _next_workday(calendar, day)
    for _ in range(ceil(days)):
        day = _next_workday(calendar, day)
    return calendar.end_of(day)


def _next_workday(calendar: Calendar, day: date) -> date:
    day += timedelta(days=1)
    while not calendar.is_workday(day):
        day += timedelta(days=1)
    return day


_DUE: Mapping[LimitUnit, Callable[[Calendar, datetime, float], datetime]] = {
    LimitUnit.URGENT_HOURS: _due_urgent_hours,
    LimitUnit.WORKING_HOURS: _due_working_hours,
    LimitUnit.WORKING_DAYS: _due_working_days,
}
