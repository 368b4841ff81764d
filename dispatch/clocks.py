"""The handling clock of a case: it runs, stands still, runs again, is given more time.

A clock is a value; what is done to it makes another. It keeps its own limit, so that a category that changes later
moves it only where `limits.relimited` is asked.
"""

from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from dispatch.calendars import Calendar
from dispatch.category import Limit
from dispatch.deadlines import (
    WARN_SHARE,
    WARN_SHARES,
    Stop,
    due_and_warning,
    remaining_s,
    thresholds,
    used_share,
)


class HandlingClock(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
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


def relimit_clock(clock: HandlingClock, limit: Limit) -> HandlingClock:
    """Return the clock with another limit from the same start: what it has used stays used. A rework keeps its own.

    What extensions have given is neither lost nor read in a unit that nobody granted it in: where the unit is another,
    it stays the same part of the limit. Half as long again in days is half as long again in hours.
    """
    if clock.is_rework or limit == clock.limit:
        return clock
    extra = clock.extra
    if limit.unit is not clock.limit.unit and clock.limit.amount:
        extra *= limit.amount / clock.limit.amount
    return replace(clock, limit=limit, extra=extra)
