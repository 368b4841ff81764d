"""What several facts change in the same way. A change is field -> new value; the stage is not among them."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Protocol

from msgspec.structs import replace

from dispatch.clocks import HandlingClock, run_clock, stop_clock
from dispatch.ids import TaskId, WorkerId
from dispatch.reasons import Reason
from dispatch.record import Case

Changes = Mapping[str, Any]
Change = Callable[[Case, Any, datetime], Changes]

MARKS = (50, 80, 100, 150)
"""The shares of a limit, in hundredths, that are told when they are used (cn_standards 2.4)."""

NO_TASK: Changes = {
    "worker": WorkerId(""),
    "task_id": TaskId(""),
    "dispatched_at": None,
    "accepted_at": None,
    "departed_at": None,
    "arrived_at": None,
}
NO_REQUEST: Changes = {"held": None, "request": None}


class Limited(Protocol):
    """A fact that brings a limit, or none (`due_at` is None)."""

    @property
    def due_at(self) -> datetime | None: ...
    @property
    def warn_at(self) -> datetime | None: ...
    @property
    def marks(self) -> tuple[datetime, ...]: ...
    @property
    def clock(self) -> HandlingClock | None: ...


def nothing(_case: Case, _data: object, _at: datetime) -> Changes:
    return {}


def reasons(case: Case, new: tuple[Reason, ...], *families: str) -> tuple[Reason, ...]:
    """The reasons that hold now: new ones take the place of those of the families that they answer anew."""
    answered = tuple(f"{family}." for family in families)
    return (*[reason for reason in case.because if not reason.rule.startswith(answered)], *new)


def limit(case: Case, data: Limited, at: datetime) -> Changes:
    """A new limit, if there is one. A case that has become due later than now is no longer overdue."""
    if data.due_at is None:
        return {}
    passed = [percent for percent, mark in zip(MARKS, data.marks, strict=False) if mark <= at]
    return {
        "due_at": data.due_at,
        "warn_at": data.warn_at,
        "marks": data.marks,
        "clock": data.clock or case.clock,
        # What was told and holds no longer is told again when it comes; what holds and was not told is told at once.
        "warned": min(case.warned, passed[-1] if passed else 0),
        "overdue": case.overdue and data.due_at <= at,
    }


def stop(case: Case, at: datetime, why: str) -> Changes:
    """The handling clock stands still from now on."""
    return {"clock": stop_clock(case.clock, at, why)} if case.clock else {}


def run(case: Case, data: Limited, at: datetime) -> Changes:
    """The handling clock runs again; the span in which it stood is kept."""
    return {**({"clock": run_clock(case.clock, at)} if case.clock else {}), **limit(case, data, at)}


def end(case: Case, at: datetime) -> Changes:
    """The case ends: who goes along is set free, and nobody's claim or request stands, and no review."""
    left = tuple(each if each.ended_at else replace(each, ended_at=at) for each in case.assists)
    nobody: Changes = {"claimed_by": "", "claimed_at": None, "asked": "", "answer_by": None, "verifier": ""}
    return {"assists": left, "review_at": None, "review_told": False, **nobody, **NO_REQUEST}


def said_at(case: Case, happened_at: datetime | None, at: datetime) -> datetime:
    """When it happened: by the worker's own phone, but neither before he was sent nor after it was told."""
    if happened_at is None:
        return at
    earliest = case.dispatched_at or at
    return min(max(happened_at, earliest), at)
