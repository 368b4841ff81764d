"""When a case is due and when the shares of its limit are used, and by when its stage should be left.

The arithmetic is that of dispatch/deadlines, the clock as a value that of dispatch/clocks; here they meet the city's
calendars. What runs when is that of cn_standards 2.4: the handling clock starts at filing, stands still while the case
is suspended, coordinated or checked, and is lengthened by extensions.
"""

from datetime import datetime
from typing import NamedTuple

from dispatch.category import Category, Limit, Priority
from dispatch.citymap import City
from dispatch.clocks import HandlingClock, relimit_clock, run_clock
from dispatch.deadlines import limit_of, stage_due, thresholds
from dispatch.ids import DepartmentId
from dispatch.place import Place
from dispatch.record import Case
from dispatch.stages import Stage

STAGE_LIMITS = {
    Stage.REPORTED: "accept",
    Stage.REOPENED: "accept",
    Stage.VERIFYING: "verify",
    Stage.PENDING_FILING: "file",
    Stage.SELF_HANDLED: "close",
    Stage.FILED: "dispatch",
    Stage.COORDINATING: "dispatch",
    Stage.HANDLED: "check",
    Stage.CHECKING: "check",
    Stage.CHECKED: "close",
}
"""Stage -> the limit of `[flow.limits]` that it has. While a worker has the case, the handling limit runs instead."""


class Times(NamedTuple):
    """The fields of a fact that brings a limit. `marks` are when 50, 80, 100 and 150 % are used."""

    due_at: datetime
    warn_at: datetime
    marks: tuple[datetime, ...]


def times_of(clock: HandlingClock, city: City, category: str, department: str, place: Place) -> Times:
    """Return the times of a clock by the calendar of the category, the department and the place."""
    calendar = city.calendar_of(category, department, place)  # type: ignore[arg-type]
    half, warn_at, most, due_at, far = thresholds(
        calendar, clock.start, clock.limit, extra=clock.extra, stops=clock.stops
    )
    return Times(due_at, warn_at, (half, most, due_at, far))


def first_times(
    case: Case, category: Category, department: DepartmentId, city: City, at: datetime
) -> tuple[Limit, Times]:
    """Return the limit of a case that is filed now, and its times."""
    limit = limit_of(category, case.priority)
    return limit, times_of(HandlingClock(limit=limit, start=at), city, category.code, department, case.place)


def changed(case: Case, clock: HandlingClock | None, city: City) -> dict[str, object]:
    """Return the fields of a fact that brings a case this clock; {} where no clock runs."""
    if clock is None:
        return {}
    times = times_of(clock, city, case.category, case.department, case.place)
    return {"clock": clock, **times._asdict()}


def resumed(case: Case, city: City, at: datetime) -> dict[str, object]:
    """Return the fields of a fact by which a case's clock runs again now."""
    return changed(case, run_clock(case.clock, at) if case.clock else None, city)


def relimited(
    case: Case, category: Category, priority: Priority, place: Place, city: City, department: str = ""
) -> dict[str, object]:
    """Return the fields of a fact that changes a filed case's category, priority or place: its limit from the same
    start, with its stops and extensions (`clocks.relimit_clock`).

    `department` is the one that the case gets with it, "" where it keeps its own.
    """
    if case.clock is None:
        return {}
    clock = relimit_clock(case.clock, limit_of(category, priority))
    times = times_of(clock, city, category.code, department or case.department, place)
    return {"clock": clock, **times._asdict()}


def recounted(case: Case, city: City) -> dict[str, object]:
    """Return the fields of a fact that counts a case's limit anew, by another version of the city or for the
    department that has the case now. {} where the limit stays as it is, and where there is none.

    A category that the city has no longer leaves the case the limit that it was filed with.
    """
    category = city.codes.categories.get(case.category)
    if category is None:
        new = changed(case, case.clock, city)
    else:
        new = relimited(case, category, case.priority, case.place, city)
    return {} if all(getattr(case, name) == value for name, value in new.items()) else new


def stage_due_at(stage: Stage, case: Case, city: City, at: datetime) -> datetime | None:
    """Return by when a stage that begins now should be left, in the desk's working minutes; None without a limit,
    and while a partner has what would else be sent.
    """
    if stage is Stage.FILED and case.partner is not None:
        return None
    name = STAGE_LIMITS.get(stage)
    minutes = city.flow.limits.get(name) if name else None
    if not minutes:
        return None
    return stage_due(city.desk_calendar_of(case.category, case.place), at, minutes)
