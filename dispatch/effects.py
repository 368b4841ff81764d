"""What a new version of the city would do to the open cases, before it does it, and then while it does."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct

from dispatch.case import BUSY_STAGES, Case, LimitChanged
from dispatch.citymap import City
from dispatch.clocks import HandlingClock
from dispatch.duties import duty_table
from dispatch.ids import DepartmentId
from dispatch.limits import recounted
from dispatch.stages import DUE_STAGES

BY_SETTINGS = "settings.limits"
"""The reason of a LimitChanged that a new version of the city has brought about."""


class DueChange(Struct, frozen=True):
    """A case that gets a new due time."""

    case: Case
    due_at: datetime
    warn_at: datetime
    marks: tuple[datetime, ...]
    clock: HandlingClock


class DutyChange(Struct, frozen=True):
    """A case that would go to another department were it filed now. It stays where it is. "" is nobody."""

    case: Case
    department: DepartmentId


class InUse(Struct, frozen=True):
    """A row that may not vanish because open cases need it. `what` is category, department, worker or area."""

    what: str
    code: str
    cases: tuple[Case, ...]


class Effect(Struct, frozen=True, kw_only=True):
    """All that a new version of the city would do to the open cases."""

    due: tuple[DueChange, ...] = ()
    duties: tuple[DutyChange, ...] = ()
    in_use: tuple[InUse, ...] = ()


def effect_of(cases: Iterable[Case], before: City, after: City) -> Effect:
    """Return what becomes of the open cases when the city `before` is replaced by `after`."""
    due, duties, in_use = [], [], _InUse(before, after)
    for case in cases:
        in_use.look(case)
        if (change := limit_after(case, after)) is not None:
            due.append(change)
        if (moved := duty_after(case, before, after)) is not None:
            duties.append(moved)
    return Effect(due=tuple(due), duties=tuple(duties), in_use=in_use.found())


def limit_after(case: Case, after: City) -> DueChange | None:
    """Return the case's new limit, None where it keeps the one that it has: from the same start, with its stops and
    extensions.
    """
    new: dict[str, Any] = recounted(case, after) if case.stage in DUE_STAGES else {}
    return DueChange(case=case, **new) if new else None


def duty_after(case: Case, before: City, after: City) -> DutyChange | None:
    """Return who would answer for a filed case now, None where that is who answered before."""
    if not case.department:
        return None
    had, gets = _department_in(case, before), _department_in(case, after)
    return DutyChange(case, gets) if had != gets and gets != case.department else None


def _department_in(case: Case, city: City) -> DepartmentId:
    category = city.codes.categories.get(case.category)
    responsible = duty_table(city.codes).find(category, case.place) if category else None
    return responsible.department if responsible else DepartmentId("")


def limit_changed(change: DueChange, by: str) -> LimitChanged:
    """Return the fact of a new limit; `by` is who has changed the settings."""
    return LimitChanged(
        due_at=change.due_at,
        warn_at=change.warn_at,
        marks=change.marks,
        clock=change.clock,
        by=by,
        reason=BY_SETTINGS,
    )


class _InUse:
    """Collects the rows that vanish although open cases need them."""

    def __init__(self, before: City, after: City) -> None:
        old, new = before.codes, after.codes
        self._gone: Mapping[str, frozenset[str]] = {
            "category": frozenset(old.categories) - frozenset(new.categories),
            "department": frozenset(old.departments) - frozenset(new.departments),
            "worker": frozenset(old.workers) - frozenset(new.workers),
            "area": frozenset(old.areas) - frozenset(new.areas),
        }
        self._cases: dict[tuple[str, str], list[Case]] = {}

    def look(self, case: Case) -> None:
        holder = (case.worker,) if case.stage in BUSY_STAGES else ()
        for what, codes in (
            ("category", (case.category,)),
            ("department", (case.department,)),
            ("worker", holder),
            ("area", case.place.path),
        ):
            for code in codes:
                if code in self._gone[what]:
                    self._cases.setdefault((what, code), []).append(case)

    def found(self) -> tuple[InUse, ...]:
        return tuple(InUse(what, code, tuple(cases)) for (what, code), cases in sorted(self._cases.items()))
