"""The handling clock of a case: it runs, stands still, runs again, is given more time.

A clock is a value; what is done to it makes another. It keeps its own limit, so that a category that changes later
moves it only where `recompute` is asked.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

from msgspec import Struct
from msgspec.structs import replace

from dispatch.calendars import Calendar
from dispatch.category import Limit, Priority
from dispatch.citymap import City
from dispatch.deadlines import (
    WARN_SHARE,
    WARN_SHARES,
    Stop,
    due_and_warning,
    limit_of,
    remaining_s,
    thresholds,
    used_share,
)
from dispatch.ids import CategoryCode, DepartmentId
from dispatch.place import Place


class HandlingClock(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A limit that runs from `start`. `extra` is in the limit's unit; `stopped_since` is None while it runs."""

    limit: Limit
    start: datetime
    extra: float = 0.0
    stops: tuple[Stop, ...] = ()
    stopped_since: datetime | None = None
    why: str = ""
    """Why it stands still now."""
    is_rework: bool = False
    """The limit is one of its own, for a rework: not the category's."""

    def due_and_warning(self, calendar: Calendar) -> tuple[datetime, datetime]:
        """Return when the limit is over and when its light turns yellow, in UTC, from the stops that have ended."""
        return due_and_warning(calendar, self.start, self.limit, extra=self.extra, stops=self.stops)

    def used_share(self, calendar: Calendar, at: datetime) -> float:
        """Return what part of the limit is used; 1 when it is due."""
        return used_share(
            calendar,
            self.start,
            self.limit,
            at,
            extra=self.extra,
            stops=self.stops,
            stopped_since=self.stopped_since,
        )

    def remaining_s(self, calendar: Calendar, at: datetime) -> float:
        """Return the seconds that are left, in the time that the limit counts; below 0 when it is overdue."""
        return remaining_s(
            calendar,
            self.start,
            self.limit,
            at,
            extra=self.extra,
            stops=self.stops,
            stopped_since=self.stopped_since,
        )

    def light(self, calendar: Calendar, at: datetime) -> str:
        """Return the light: green, yellow from 70 % of the limit, red from its end."""
        share = self.used_share(calendar, at)
        return "red" if share >= 1 else "yellow" if share >= WARN_SHARE else "green"

    def next_warning(self, calendar: Calendar, warned: float) -> tuple[float, datetime] | None:
        """Return the next of WARN_SHARES above what was `warned` of and when it is used; None after the last, and
        while the clock stands still.
        """
        if self.stopped_since is not None:
            return None
        times = thresholds(calendar, self.start, self.limit, extra=self.extra, stops=self.stops)
        return next((pair for pair in zip(WARN_SHARES, times, strict=True) if pair[0] > warned), None)


def stop_clock(clock: HandlingClock, at: datetime, why: str) -> HandlingClock:
    """Return the clock stopped; one that stands still already is left as it is."""
    return clock if clock.stopped_since is not None else replace(clock, stopped_since=at, why=why)


def run_clock(clock: HandlingClock, at: datetime) -> HandlingClock:
    """Return the clock running again, the stop added to it; one that runs is left as it is."""
    if clock.stopped_since is None:
        return clock
    stop = Stop(clock.stopped_since, max(at, clock.stopped_since), clock.why)
    return replace(clock, stops=(*clock.stops, stop), stopped_since=None, why="")


def extend_clock(clock: HandlingClock, amount: float) -> HandlingClock:
    """Return the clock with more time, in its limit's unit.

    :raises ValueError: if the amount is not more than nothing.
    """
    if amount <= 0:
        raise ValueError(f"an extension of {amount:g} is none")
    return replace(clock, extra=clock.extra + amount)


def rework_clock(clock: HandlingClock, at: datetime, fixed: Limit | None = None) -> HandlingClock:
    """Return the clock of a rework: the old one with what was left of it, or one with a short limit of its own."""
    return run_clock(clock, at) if fixed is None else HandlingClock(limit=fixed, start=at, is_rework=True)


class Clocked(Protocol):
    """What a case must tell of itself for its limit to be counted anew. `clock` is None before it is filed."""

    @property
    def category(self) -> CategoryCode: ...
    @property
    def priority(self) -> Priority: ...
    @property
    def department(self) -> DepartmentId: ...
    @property
    def place(self) -> Place: ...
    @property
    def clock(self) -> HandlingClock | None: ...
    @property
    def due_at(self) -> datetime | None: ...
    @property
    def warn_at(self) -> datetime | None: ...


class NewLimit(Struct, frozen=True, kw_only=True):
    """A limit that was counted anew; aware UTC times."""

    clock: HandlingClock
    due_at: datetime
    warn_at: datetime


def recompute(case: Clocked, city: City) -> NewLimit | None:
    """Return the limit of a case by the city as it is now; None where it stays as it is, and where there is none.

    Asked when the pack (its calendars, its categories) has changed, or the case's category, priority, department
    or place. Start, stops and extensions stay; an extension is counted in the new limit's unit only where the unit
    is the old one: days of the one are no hours of the other, so with another unit the old limit is kept.
    """
    clock = case.clock
    if clock is None:
        return None
    category = city.codes.categories.get(case.category)
    if category is not None and not clock.is_rework:
        limit = limit_of(category, case.priority)
        if not clock.extra or limit.unit is clock.limit.unit:
            clock = replace(clock, limit=limit)
    calendar = city.calendar_of(case.category, case.department, case.place)
    due_at, warn_at = clock.due_and_warning(calendar)
    if clock == case.clock and (due_at, warn_at) == (case.due_at, case.warn_at):
        return None
    return NewLimit(clock=clock, due_at=due_at, warn_at=warn_at)


class Effect(Struct, frozen=True, kw_only=True):
    """What another pack would do to the limits of the open cases: how many would be due sooner, later, and of these
    how many would become overdue at once, or would be overdue no longer.
    """

    cases: int = 0
    sooner: int = 0
    later: int = 0
    overdue: int = 0
    relieved: int = 0

    @property
    def changed(self) -> int:
        return self.sooner + self.later


def effect_of(cases: Iterable[Clocked], city: City, at: datetime) -> Effect:
    """Return what a city (a changed pack) would do to the limits of cases that run by another one."""
    counted = sooner = later = overdue = relieved = 0
    for case in cases:
        if case.clock is None or case.due_at is None:
            continue
        counted += 1
        new = recompute(case, city)
        if new is None or new.due_at == case.due_at:
            continue
        sooner += new.due_at < case.due_at
        later += new.due_at > case.due_at
        overdue += new.due_at <= at < case.due_at
        relieved += case.due_at <= at < new.due_at
    return Effect(cases=counted, sooner=sooner, later=later, overdue=overdue, relieved=relieved)
