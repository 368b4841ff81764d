"""Who is told when nobody acts: chains of escalation, quiet hours, and notices that are gathered.

A chain is made when a task is sent and is frozen then: a pack that changes meanwhile changes no chain that runs.
It goes on over a sending to the next worker (else each new sending would begin it anew and nobody above would ever
hear of it); it ends when somebody acknowledges. Percentages of the handling limit are looked up as they are reached.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Protocol
from zoneinfo import ZoneInfo

from msgspec import Struct

from dispatch.category import Priority, most_urgent
from dispatch.citymap import City
from dispatch.deadlines import stage_due
from dispatch.escalations import Action, Escalation, NoticeRule, NoticeRules, Unit
from dispatch.facts.base import Step
from dispatch.ids import CaseId, CategoryCode, DepartmentId, WorkerId
from dispatch.place import Place

LONGEST_QUIET_DAYS = 8
"""Quiet hours are left after at most a week and a day: no row may be quiet all day on all days."""


class Escalated(Protocol):
    """What a case must tell of itself for its chain to be made."""

    @property
    def category(self) -> CategoryCode: ...
    @property
    def priority(self) -> Priority: ...
    @property
    def department(self) -> DepartmentId: ...
    @property
    def place(self) -> Place: ...
    @property
    def worker(self) -> WorkerId: ...


def chain_for(case: Escalated, city: City, at: datetime) -> tuple[Step, ...]:
    """Return the chain of a task that is sent now, with its times; () where the city has none.

    The order of the steps is that of the rows: a step in working time that would come after its follower takes its
    follower with it. A team lead where the department has none is the duty leader.
    """
    steps: list[Step] = []
    for row in city.escalations.chain(case.department, case.priority):
        if row.unit is Unit.CLOCK:
            due = at.astimezone(UTC) + timedelta(minutes=row.after)
        else:
            due = stage_due(city.calendar_of(case.category, case.department, case.place), at, row.after)
        steps.append(_step(row, case, city, max(due, steps[-1].at) if steps else due))
    return tuple(steps)


def steps_at(case: Escalated, city: City, percent: int, at: datetime) -> tuple[Step, ...]:
    """Return what is to be done now that this part of the handling limit is used."""
    rows = city.escalations.by_limit(case.department, case.priority)
    return tuple(_step(row, case, city, at) for row in rows if row.after == percent)


def next_step(chain: Sequence[Step], done: int) -> Step | None:
    """Return the step that is next when so many are done; None when all are."""
    return chain[done] if done < len(chain) else None


def due_steps(chain: Sequence[Step], done: int, at: datetime) -> tuple[Step, ...]:
    """Return the steps that are due by now and not done: more than one after an outage."""
    return tuple(step for step in chain[done:] if step.at <= at)


def _step(row: Escalation, case: Escalated, city: City, at: datetime) -> Step:
    action, target = row.action, row.target
    if not target and action is Action.WORKER:
        target = case.worker
    elif not target and action is Action.TEAM_LEAD:
        department = city.codes.departments.get(case.department)
        target = department.lead if department else ""
        action = action if target else Action.DUTY_LEADER
    return Step(at, action.value, target)


class Notice(Struct, frozen=True, kw_only=True):
    """What somebody is to be told. `recipient` is a user's name or a worker's id, `kind` a word of the sender's."""

    recipient: str
    role: str
    kind: str
    priority: Priority
    cases: tuple[CaseId, ...]
    at: datetime
    """When it came up; of several, the first."""
    told_at: datetime
    """When it is told, by the rules as they were when it came up (`deliver_at`)."""
    seqs: tuple[int, ...] = ()
    """The facts that it tells."""


DIGEST = "digest"


@lru_cache(maxsize=512)  # a storm tells the same few people of thousands of cases at one moment
def deliver_at(recipient: str, role: str, priority: Priority, at: datetime, rules: NoticeRules) -> datetime:
    """Return when a notice that comes up at `at` is told: now, at the end of its window, or after the quiet hours."""
    rule = rules.find(recipient, role)
    at = at.astimezone(UTC)
    if rule is None or priority is Priority.CRITICAL or priority in rule.passes:
        return at
    told = _end_of_window(at, rule.digest_min, rules.timezone)
    for _ in range(LONGEST_QUIET_DAYS):
        end = _end_of_quiet(told, rule, rules.timezone)
        if end is None:
            break
        told = end
    return told


def digest(notices: Sequence[Notice]) -> Notice:
    """Return one notice for those that one person is to be told at one time; each case stands in it once.

    :raises ValueError: if there is none, or if they are for different people.
    """
    if len({(notice.recipient, notice.role) for notice in notices}) != 1:
        raise ValueError("a digest is of notices for one person")
    if len(notices) == 1:
        return notices[0]
    ordered = sorted(notices, key=lambda notice: notice.at)
    return Notice(
        recipient=ordered[0].recipient,
        role=ordered[0].role,
        kind=DIGEST,
        priority=most_urgent(*(notice.priority for notice in notices)),
        cases=tuple(dict.fromkeys(case for notice in ordered for case in notice.cases)),
        at=ordered[0].at,
        told_at=max(notice.told_at for notice in notices),
        seqs=tuple(dict.fromkeys(seq for notice in ordered for seq in notice.seqs)),
    )


def gather(notices: Iterable[Notice]) -> list[Notice]:
    """Return what is told, in the order in which it is: notices that were held back for one person and are told at one
    time are one. What is told at once stays alone.
    """
    told: dict[tuple[datetime, str, str, int], list[Notice]] = {}
    for number, notice in enumerate(notices):
        alone = number if notice.told_at <= notice.at else -1
        told.setdefault((notice.told_at, notice.recipient, notice.role, alone), []).append(notice)
    return sorted((digest(each) for each in told.values()), key=lambda notice: notice.told_at)


def _end_of_window(at: datetime, minutes: float, timezone: ZoneInfo) -> datetime:
    """Windows are counted from the local midnight, so that all who are told are told at round times."""
    if not minutes:
        return at
    today = at.astimezone(timezone).date()
    midnight, next_midnight = _at(today, time(), timezone), _at(today + timedelta(days=1), time(), timezone)
    window_s = minutes * 60
    full = -((at - midnight).total_seconds() // -window_s)
    return min(midnight + timedelta(seconds=full * window_s), next_midnight)


def _end_of_quiet(at: datetime, rule: NoticeRule, timezone: ZoneInfo) -> datetime | None:
    """Return when the quiet hours that `at` lies in are over; None if it lies in none."""
    if rule.quiet is None:
        return None
    start, end = rule.quiet
    today = at.astimezone(timezone).date()
    for day in (today - timedelta(days=1), today):
        last = day + timedelta(days=end <= start)
        if day.weekday() in rule.days and _at(day, start, timezone) <= at < _at(last, end, timezone):
            return _at(last, end, timezone)
    return None


def _at(day: date, clock: time, timezone: ZoneInfo) -> datetime:
    return datetime.combine(day, clock, timezone).astimezone(UTC)
