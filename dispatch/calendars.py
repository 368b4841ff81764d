"""Working time: which calendar a clock goes by, and how much of it lies between two instants.

Wall-clock hours become instants once per year and calendar; after that, adding working time and measuring it are two
searches in a table of sums.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

from msgspec import Struct

from dispatch.category import Limit
from dispatch.city import Names
from dispatch.ids import AreaCode, CategoryCode, DepartmentId
from dispatch.place import Place

MIDNIGHT = time()
NO_NAME = Names("", "")


class Span(NamedTuple):
    """Working time between two instants, and how many working seconds its year had before it."""

    start_s: float
    end_s: float
    before_s: float


class Year(NamedTuple):
    """The working spans of a year in order; `worked_s[i]` are the year's working seconds at the end of span i."""

    spans: tuple[Span, ...]
    starts: tuple[float, ...]
    worked_s: tuple[float, ...]


@dataclass(frozen=True)
class Calendar:
    """Working time of a city, or of a part of it.

    `spans` are local wall-clock hours of a working day, in order and apart; an end of 00:00 is midnight after.
    `weekend` holds `date.weekday()` numbers. A date of `workdays` (make-up days) is worked whatever the others say.
    A wall-clock time that a change of the clocks leaves out is read as so much later; one that comes twice, as its
    first coming.

    :raises ValueError: if the spans are missing, out of order or overlap, or if every day of the week is off.
    """

    timezone: ZoneInfo
    spans: tuple[tuple[time, time], ...]
    weekend: frozenset[int] = frozenset({5, 6})
    holidays: frozenset[date] = frozenset()
    workdays: frozenset[date] = frozenset()
    id: str = "default"
    name: Names = NO_NAME
    _years: dict[int, Year] = field(default_factory=dict, init=False, repr=False, compare=False)
    _limits: dict[tuple[datetime, Limit], tuple[datetime, ...]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    """Kept by `dispatch.deadlines.thresholds`."""

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

    def next_workday(self, day: date) -> date:
        """Return the first working day after a local date."""
        day += timedelta(days=1)
        while not self.is_workday(day):
            day += timedelta(days=1)
        return day

    def day_of(self, at: datetime) -> date:
        """Return the local date of an instant."""
        return at.astimezone(self.timezone).date()

    def midnight(self, day: date) -> datetime:
        """Return the instant at which a local date begins."""
        return self._instant(day, MIDNIGHT)

    def end_of(self, day: date) -> datetime:
        """Return the instant at which work ends on a local date, were it a working day."""
        return self._instant(day, self.spans[-1][1], is_end=True)

    def year(self, number: int) -> Year:
        """Return the working spans of a local year, in order (made once per year)."""
        if number not in self._years:
            spans = tuple(self._spans_of(number))
            worked_s = tuple(span.before_s + span.end_s - span.start_s for span in spans)
            self._years[number] = Year(spans, tuple(span.start_s for span in spans), worked_s)
        return self._years[number]

    def _spans_of(self, number: int) -> Iterator[Span]:
        total, last_s = 0.0, float("-inf")
        day = date(number, 1, 1)
        while day.year == number:
            if self.is_workday(day):
                for start, end in self.spans:
                    # On the night of a change a span may begin before the last one ended, or end before it began.
                    start_s = max(last_s, self._instant(day, start).timestamp())
                    last_s = max(start_s, self._instant(day, end, is_end=True).timestamp())
                    yield Span(start_s, last_s, total)
                    total += last_s - start_s
            day += timedelta(days=1)

    def _instant(self, day: date, clock: time, *, is_end: bool = False) -> datetime:
        if is_end and clock == MIDNIGHT:
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


def is_working(calendar: Calendar, at: datetime) -> bool:
    """Say whether people work at that instant."""
    year, at_s = calendar.year(calendar.day_of(at).year), at.timestamp()
    index = bisect_right(year.starts, at_s) - 1
    return index >= 0 and at_s < year.spans[index].end_s


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
    """Return the first instant by which so much working time has passed since the start, in UTC."""
    if seconds <= 0:
        return start.astimezone(UTC)
    number = calendar.day_of(start).year
    needed_s = _worked_s(calendar, number, start) + seconds
    while needed_s > (total_s := _total_s(calendar.year(number))):
        needed_s -= total_s
        number += 1
    year = calendar.year(number)
    span = year.spans[bisect_left(year.worked_s, needed_s)]
    return datetime.fromtimestamp(span.start_s + needed_s - span.before_s, UTC)


def _total_s(year: Year) -> float:
    return year.worked_s[-1] if year.worked_s else 0.0


def working_days(calendar: Calendar, start: datetime, end: datetime) -> float:
    """Return the working days between two instants: each day counts by the part of its working time in between."""
    if end <= start:
        return 0.0
    day, last = calendar.day_of(start), calendar.day_of(end)
    days = 0.0
    while day <= last:
        if calendar.is_workday(day):
            begin, finish = calendar.midnight(day), calendar.midnight(day + timedelta(days=1))
            whole_s = working_s(calendar, begin, finish)
            if whole_s:
                days += working_s(calendar, max(begin, start), min(finish, end)) / whole_s
        day += timedelta(days=1)
    return days


class SpecialDay(Struct, frozen=True, kw_only=True):
    """A holiday, or a day of a weekend that is worked for one. `calendars` are the ids of those that it is for; () all.

    `is_estimated` where it is computed and nobody has announced it yet.
    """

    date: date
    is_worked: bool = False
    name: Names = NO_NAME
    is_estimated: bool = False
    calendars: tuple[str, ...] = ()


def years_of(days: Iterable[SpecialDay]) -> Mapping[int, bool]:
    """Return each year whose holidays are known, and whether they are estimated."""
    estimated: dict[int, bool] = {}
    for day in days:
        estimated[day.date.year] = estimated.get(day.date.year, False) or day.is_estimated
    return dict(sorted(estimated.items()))


class CalendarRule(Struct, frozen=True, kw_only=True, eq=False):
    """Whom a calendar serves. "" is "any"; what is given must all fit."""

    calendar: Calendar
    category: CategoryCode = CategoryCode("")
    department: DepartmentId = DepartmentId("")
    area: AreaCode = AreaCode("")


ANSWERS_KEPT = 4_096
"""Answers kept: more than one turn of the engine can ask for."""

_Asked = tuple[CategoryCode, DepartmentId, tuple[AreaCode, ...]]
_AskedOfDesk = tuple[CategoryCode, tuple[AreaCode, ...]]


@dataclass(frozen=True, eq=False)
class Calendars:
    """The calendars of a city: its own, and others for some categories, departments and areas.

    The most particular rule wins: category before department, department before area, a small area before a large
    one; of two that are as particular, the first. `desk` is the calendar of the operations room, by which its own
    limits run (to accept, verify, file, dispatch, check, close); None where the room keeps the city's hours.
    """

    default: Calendar
    rules: Sequence[CalendarRule] = ()
    desk: Calendar | None = None
    days: Sequence[SpecialDay] = ()
    """Holidays and make-up days of all calendars, by date."""
    _answers: dict[_Asked, Calendar] = field(default_factory=dict, init=False, repr=False)
    _desk_answers: dict[_AskedOfDesk, Calendar] = field(default_factory=dict, init=False, repr=False)

    @property
    def all(self) -> tuple[Calendar, ...]:
        """Each calendar once, the city's own first."""
        found = {id(each): each for each in (self.default, *(rule.calendar for rule in self.rules))}
        if self.desk is not None:
            found.setdefault(id(self.desk), self.desk)
        return tuple(found.values())

    def of(self, category: CategoryCode, department: DepartmentId, place: Place) -> Calendar:
        """Return the calendar by which handling runs. `department` "" fits only the rules that name none."""
        asked = (category, department, place.path)
        if (known := self._answers.get(asked)) is not None:
            return known
        if len(self._answers) >= ANSWERS_KEPT:
            self._answers.clear()
        rule = self._find(*asked)
        found = self._answers[asked] = rule.calendar if rule else self.default
        return found

    def of_desk(self, category: CategoryCode, place: Place) -> Calendar:
        """Return the calendar by which the room's own limits run: a rule that names the category, else the desk's,
        else the city's for this place.
        """
        if self.desk is None:
            return self.of(category, DepartmentId(""), place)
        asked = (category, place.path)
        if (known := self._desk_answers.get(asked)) is not None:
            return known
        if len(self._desk_answers) >= ANSWERS_KEPT:
            self._desk_answers.clear()
        rule = self._find(category, DepartmentId(""), place.path)
        found = self._desk_answers[asked] = rule.calendar if rule and rule.category else self.desk
        return found

    def _find(
        self, category: CategoryCode, department: DepartmentId, path: tuple[AreaCode, ...]
    ) -> CalendarRule | None:
        """Return the rule that wins, None if none fits. `path` is the smallest area first."""
        smallness = {area: rank for rank, area in enumerate(reversed((*path, AreaCode(""))))}
        fitting = [
            rule
            for rule in self.rules
            if rule.category in ("", category) and rule.department in ("", department) and rule.area in smallness
        ]
        return max(fitting, key=lambda r: (r.category != "", r.department != "", smallness[r.area]), default=None)
