"""What follows by itself: a case that may be filed is filed, a filed case is sent, a checked case is closed."""

from datetime import datetime

from dispatch.assign import BUSY_STAGES, NobodyFree, assign
from dispatch.case import (
    Case,
    CaseClosed,
    CaseFiled,
    CaseOverdue,
    CaseQueued,
    CaseSummary,
    Fact,
    FactData,
    Stage,
    TaskDispatched,
    apply,
)
from dispatch.category import Category, Priority
from dispatch.city import Worker
from dispatch.citymap import City
from dispatch.deadlines import due_and_warning, limit_of
from dispatch.duties import duty_table
from dispatch.ids import CaseId, TaskId
from dispatch.reasons import Reason
from dispatch.situation import Situation

BY_RULE = "rule"
"""Who did what no person did (`by` of facts)."""

RUNNING_STAGES = BUSY_STAGES | {Stage.FILED}
"""Stages in which the handling clock runs."""


class Draft:
    """Facts in the making: each is applied at once, so that the next is decided on the case as it will be.

    A version of a draft's case means nothing: the journal gives the numbers.
    """

    def __init__(self, case: Case | None, case_id: CaseId, at: datetime) -> None:
        self._case = case
        self._case_id = case_id
        self.at = at
        self.facts: list[Fact] = []

    @property
    def case(self) -> Case:
        """The case as the facts so far make it."""
        if self._case is None:
            raise LookupError("the draft has opened no case")
        return self._case

    def add(self, *facts: FactData) -> None:
        """Add facts that happen now.

        :raises IllegalChange: if one is not allowed after those before it.
        """
        for data in facts:
            fact = Fact(self._case_id, self.at, data)
            self._case = apply(self._case, fact, self._case.version if self._case else 0)
            self.facts.append(fact)


def follow_up(case: Case, situation: Situation, *, task_id: TaskId, at: datetime) -> list[Fact]:
    """Return what follows now without anybody's doing; [] where a person must act."""
    draft = Draft(case, case.id, at)
    continue_flow(draft, situation, task_id)
    return draft.facts


def retry(case: Case, situation: Situation, *, task_id: TaskId, at: datetime) -> list[Fact]:
    """Return the sending of a queued case, or why not if that is another reason than before; [] if nothing is new."""
    if case.stage is not Stage.FILED:
        return []
    sent = send(case, situation, task_id)
    if isinstance(sent, CaseQueued) and sent.reason == case.waiting:
        return []
    return [Fact(case.id, at, sent)]


def fall_due(case: Case, at: datetime) -> list[Fact]:
    """Return what the clock alone brings about: a case whose limit has passed while it runs is overdue, once."""
    if case.due_at is None or case.overdue or case.stage not in RUNNING_STAGES or at < case.due_at:
        return []
    return [Fact(case.id, at, CaseOverdue(due_at=case.due_at))]


def continue_flow(draft: Draft, situation: Situation, task_id: TaskId) -> None:
    """Add to a draft what follows by itself."""
    if draft.case.stage is Stage.FILED:
        draft.add(send(draft.case, situation, task_id))
    elif draft.case.stage is Stage.CHECKED and situation.city.flow.auto_close:
        draft.add(closing(draft.case, BY_RULE, because=(Reason("close.check_passed"),)))


def filing(case: Case, city: City, by: str, at: datetime, because: tuple[Reason, ...] = ()) -> CaseFiled | None:
    """Return the filing of a case; None if its category or the department that answers for it is not known."""
    category = city.codes.categories.get(case.category)
    responsible = duty_table(city.codes).find(category, case.place) if category else None
    if category is None or responsible is None:
        return None
    limit = limit_of(category, case.priority)
    due_at, warn_at = due_and_warning(city.calendar, at, limit)
    reason = Reason("file.limit", {"amount": f"{limit.amount:g}", "unit": limit.unit.value})
    return CaseFiled(
        department=responsible.department,
        due_at=due_at,
        warn_at=warn_at,
        by=by,
        because=(*because, responsible.because, reason),
    )


def send(case: Case, situation: Situation, task_id: TaskId) -> TaskDispatched | CaseQueued:
    """Return the sending of a filed case to the worker who fits best, or that nobody can be sent."""
    found = assign(case, situation.city.codes, situation.city.flow, situation.roster)
    if isinstance(found, NobodyFree):
        return CaseQueued(reason=found.because[0].rule, because=found.because)
    return TaskDispatched(
        task_id=task_id,
        worker=found.worker,
        department=case.department,
        by=BY_RULE,
        attempt=case.attempts + 1,
        case=summary(case),
        candidates=found.candidates,
        because=found.because,
    )


def send_by_hand(case: Case, worker: Worker, by: str, task_id: TaskId) -> TaskDispatched:
    """Return the sending of a filed case to the worker whom a person has chosen."""
    return TaskDispatched(
        task_id=task_id,
        worker=worker.id,
        department=worker.department,
        by=by,
        attempt=case.attempts + 1,
        case=summary(case),
        because=(Reason("assign.by_person", {"worker": worker.id, "by": by}),),
    )


def summary(case: Case) -> CaseSummary:
    """Return what a worker must know of a filed case."""
    assert case.due_at is not None, "only a filed case is sent"
    return CaseSummary(
        number=case.number,
        category=case.category,
        priority=case.priority,
        place=case.place,
        due_at=case.due_at,
        text=case.text,
        media=case.media,
    )


def closing(case: Case, by: str, note: str = "", because: tuple[Reason, ...] = ()) -> CaseClosed:
    """Return the closing of a checked case, on time if it was handled within its limit: the check is not counted."""
    on_time = case.handled_at is not None and case.due_at is not None and case.handled_at <= case.due_at
    return CaseClosed(by=by, on_time=on_time, note=note, because=because)


def new_limit(
    case: Case, category: Category, priority: Priority, city: City, start: datetime
) -> tuple[datetime, datetime] | None:
    """Return due and warning time of a filed case under another category or priority; None before it is filed."""
    if case.filed_at is None:
        return None
    return due_and_warning(city.calendar, start, limit_of(category, priority))
