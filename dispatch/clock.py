"""The clocks of a case, as its own fields and the city's calendars say: when it is due, and by when its stage ends.

The arithmetic is that of dispatch/deadlines; what runs when is that of cn_standards 2.4: the handling clock starts at
filing, stands still while the case is suspended, coordinated or checked, and is lengthened by extensions.
"""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from dispatch.category import Category, Priority
from dispatch.citymap import City
from dispatch.deadlines import limit_of, limit_times
from dispatch.ids import DepartmentId
from dispatch.record import Case, Stop
from dispatch.stages import Stage


class Times(Struct, frozen=True):
    """When a limit is used up, when its light turns yellow, and when 50, 80, 100 and 150 % of it are used."""

    due_at: datetime
    warn_at: datetime
    marks: tuple[datetime, ...]


def first_times(case: Case, category: Category, department: DepartmentId, city: City, start: datetime) -> Times:
    """Return the times of a limit that starts to run now."""
    calendar = city.calendar_of(category.code, department, case.place)
    return Times(*limit_times(calendar, start, limit_of(category, case.priority)))


def find_times(
    case: Case, city: City, *, category: Category | None = None, priority: Priority | None = None, extra: float = 0.0
) -> Times | None:
    """Return the times of a case's limit as it stands: with its extensions, `extra` more, and the spans that it stood.

    `category` and `priority` are what it is to be instead of what it is. None before it is filed, for a category that
    the city does not have, and while the clock stands still.
    """
    category = category or city.codes.categories.get(case.category)
    if case.clock_from is None or category is None:
        return None
    return _times(case, category, priority or case.priority, city, case.clock_from, case.extra + extra, case.stops)


def _times(
    case: Case,
    category: Category,
    priority: Priority,
    city: City,
    start: datetime,
    extra: float,
    stops: Sequence[Stop],
) -> Times:
    calendar = city.calendar_of(category.code, case.department, case.place)
    spans = [(each.start, each.end) for each in stops]
    return Times(*limit_times(calendar, start, limit_of(category, priority), extra=extra, stops=spans))


def stage_due_at(stage: Stage, at: datetime, city: City) -> datetime | None:
    """Return by when a stage that begins now should be left, counted in the desk's working minutes; None without limit.

    While a worker has the case its own handling limit runs instead.
    """
    return city.stage_due_at(stage.value, at)
