"""What a city says of escalation and of notices, as values: the rows of escalations.csv and notices.csv."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import time
from enum import StrEnum
from zoneinfo import ZoneInfo

from msgspec import Struct

from dispatch.category import Priority
from dispatch.ids import DepartmentId


class Unit(StrEnum):
    """What `after` of an escalation counts."""

    CLOCK = "clock"  # minutes since the task was sent, day and night
    WORKING = "working"  # minutes of working time since the task was sent
    PERCENT = "percent"  # of the handling limit


class Action(StrEnum):
    """What is done, or who is told."""

    NEXT_WORKER = "next_worker"  # the task is taken back and sent to another
    WORKER = "worker"
    DISPATCHER = "dispatcher"
    TEAM_LEAD = "team_lead"
    DUTY_LEADER = "duty_leader"
    SUPERVISOR = "supervisor"


class Escalation(Struct, frozen=True, kw_only=True):
    """A row of escalations.csv. `department` and `priority` are "" for any; `target` "" for whoever it is then."""

    step: int
    after: float
    unit: Unit
    action: Action
    department: DepartmentId = DepartmentId("")
    priority: str = ""
    target: str = ""


_Rows = tuple[Escalation, ...]


@dataclass(frozen=True, eq=False)
class Escalations:
    """The rows of a city. Those of a department go before those of any, and then those of a priority: the most
    particular rows are the whole chain, nothing is mixed.
    """

    rows: _Rows = ()
    _of: dict[tuple[str, str, bool], _Rows] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        for row in sorted(self.rows, key=lambda row: row.step):
            key = row.department, row.priority, row.unit is Unit.PERCENT
            self._of[key] = (*self._of.get(key, ()), row)

    def chain(self, department: DepartmentId, priority: Priority) -> _Rows:
        """Return the rows that run from the sending of a task, in order."""
        return self._find(department, priority, by_limit=False)

    def by_limit(self, department: DepartmentId, priority: Priority) -> _Rows:
        """Return the rows that run by the handling limit, in order."""
        return self._find(department, priority, by_limit=True)

    def _find(self, department: DepartmentId, priority: Priority, *, by_limit: bool) -> _Rows:
        for key in ((department, priority.value), (department, ""), ("", priority.value), ("", "")):
            if found := self._of.get((*key, by_limit)):
                return found
        return ()


class NoticeRule(Struct, frozen=True, kw_only=True):
    """A row of notices.csv: when somebody is not to be disturbed, and how often at most.

    `who` is a user's name, a worker's id or a role; "" is everybody. Quiet hours are of the wall clock, on the days
    (`date.weekday()` numbers) on which they begin; an end that is not after its start is on the next day; None is no
    quiet hours. Notices of `passes`, and all critical ones, are told at once at any hour.
    """

    who: str = ""
    quiet: tuple[time, time] | None = None
    days: frozenset[int] = frozenset(range(7))
    passes: frozenset[Priority] = frozenset({Priority.CRITICAL})
    digest_min: float = 0.0
    """Others are gathered, and told when so many minutes of the wall clock's day are full; 0 is at once."""


@dataclass(frozen=True, eq=False)
class NoticeRules:
    """The rows of a city; for a person the one with his name goes before that of his role, that before that of all."""

    timezone: ZoneInfo
    rows: Sequence[NoticeRule] = ()

    def find(self, recipient: str, role: str) -> NoticeRule | None:
        by_who = {row.who: row for row in self.rows}
        return next((by_who[who] for who in (recipient, role, "") if who in by_who), None)
