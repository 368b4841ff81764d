"""What follows by itself: a case that may be filed is filed, a filed case is sent, a handled one is asked about at its
source, a checked case is closed, and who waits for a case to end is told.
"""

from datetime import datetime, timedelta
from typing import Any

from msgspec.structs import replace

from dispatch.assign import NobodyFree, assign
from dispatch.case import (
    ENDED_STAGES,
    Case,
    CaseClosed,
    CaseFiled,
    CaseQueued,
    CaseReworked,
    CaseSummary,
    CheckAsked,
    ChildEnded,
    Fact,
    FactData,
    ForwardEnded,
    LimitChanged,
    MasterEnded,
    Stage,
    TaskDispatched,
    apply,
)
from dispatch.category import Limit, LimitUnit, SmartCheck
from dispatch.city import Worker
from dispatch.citymap import City
from dispatch.clocks import rework_clock
from dispatch.duties import Responsible, duty_table
from dispatch.escalate import chain_for
from dispatch.facts.base import BY_RULE
from dispatch.forwarding import ended, follows, forwarding
from dispatch.ids import CaseId, TaskId
from dispatch.limits import changed, first_times, recounted, stage_due_at
from dispatch.reasons import Reason
from dispatch.situation import Situation

BY_SENDING = "dispatch.department"
"""The reason of a LimitChanged that a sending to another department has brought about."""

ASKED_KINDS = frozenset({"camera", "sensor"})
"""Kinds of sources that can be asked whether a happening is over."""


class Draft:
    """Facts in the making: each is applied at once, so that the next is decided on the case as it will be.

    A version of a draft's case means nothing: the journal gives the numbers.
    """

    def __init__(self, case: Case | None, case_id: CaseId, at: datetime, city: City) -> None:
        self._case = case
        self._case_id = case_id
        self.city = city
        self._facts: list[Fact] = []
        self._echoes: list[Fact] = []
        self._moved: int | None = None
        """Which of the facts was the last to change the stage."""
        self.at = at

    @property
    def case(self) -> Case:
        """The case as the facts so far make it."""
        if self._case is None:
            raise LookupError("the draft has opened no case")
        return self._case

    @property
    def facts(self) -> list[Fact]:
        """All facts in order, those of other cases last. The last that changed the stage says by when to leave it."""
        facts = list(self._facts)
        if self._moved is not None:
            due_at = stage_due_at(self.case.stage, self.case, self.city, self.at)
            if due_at is not None:
                fact = facts[self._moved]
                facts[self._moved] = Fact(fact.case_id, fact.at, replace(fact.data, stage_due_at=due_at))
        return facts + self._echoes

    def add(self, *facts: FactData) -> None:
        """Add facts that happen now.

        :raises IllegalChange: if one is not allowed after those before it.
        """
        for data in facts:
            fact = Fact(self._case_id, self.at, data)
            before = self._case
            self._case = apply(before, fact, before.version if before else 0)
            if before is None or self._case.stage is not before.stage:
                self._moved = len(self._facts)
            self._facts.append(fact)

    def tell(self, case_id: CaseId, data: FactData) -> None:
        """Add a fact of another case, which follows from those of this one."""
        self._echoes.append(Fact(case_id, self.at, data))


def follow_up(case: Case, situation: Situation, *, task_id: TaskId, at: datetime) -> list[Fact]:
    """Return what follows now without anybody's doing; [] where a person must act."""
    draft = Draft(case, case.id, at, situation.city)
    continue_flow(draft, situation, task_id)
    return draft.facts


def retry(case: Case, situation: Situation, *, task_id: TaskId, at: datetime) -> list[Fact]:
    """Return the sending of a queued case, or why not if that is another reason than before; [] if nothing is new."""
    if case.stage is not Stage.FILED or case.partner is not None:
        return []
    sent = send(case, situation, task_id, at)
    if isinstance(sent, CaseQueued) and sent.reason == case.waiting:
        return []
    return [Fact(case.id, at, sent)]


def continue_flow(draft: Draft, situation: Situation, task_id: TaskId) -> None:
    """Add to a draft what follows by itself."""
    if draft.case.stage is Stage.FILED:
        _pass_on(draft, situation, task_id)
    if draft.case.stage is Stage.HANDLED:
        _ask_source(draft, situation)
    elif draft.case.stage is Stage.CHECKED and situation.city.flow.auto_close and not draft.case.open_children:
        draft.add(closing(draft.case, BY_RULE, because=(Reason("close.check_passed"),)))
    if draft.case.stage in ENDED_STAGES:
        tell_family(draft, situation)


def _pass_on(draft: Draft, situation: Situation, task_id: TaskId) -> None:
    """Tell the partners whom the city names, and send someone, unless one of them handles the case."""
    city = situation.city
    draft.add(*forwarding(draft.case, city.codes))
    if (news := follows(draft.case, city, draft.at)) is not None:
        draft.add(news)
    if draft.case.stage is Stage.FILED and draft.case.partner is None:
        draft.add(send(draft.case, situation, task_id, draft.at))


def _ask_source(draft: Draft, situation: Situation) -> None:
    """Ask the source of a handled case whether it is over, where the category allows it and the source can be asked."""
    case, city = draft.case, situation.city
    category = city.codes.categories.get(case.category)
    source = city.codes.sources.get(case.source_id)
    if category is None or category.smart_check is SmartCheck.OFF:
        return
    if source is None or source.kind not in ASKED_KINDS:
        return
    answer_by = draft.at + timedelta(minutes=city.flow.answer_min)
    reason = Reason("check.source_asked", {"source": source.id})
    draft.add(CheckAsked(source_id=source.id, answer_by=answer_by, because=(reason,)))


def tell_family(draft: Draft, situation: Situation) -> None:
    """Tell those who wait for the case to end; where its parent ends with it, those who wait for that too."""
    ended: Case | None = draft.case
    while ended is not None:
        ended = _tell_of(draft, ended, situation)


def _tell_of(draft: Draft, case: Case, situation: Situation) -> Case | None:
    """Tell the duplicates how their master has ended, and the parent that one of its parts has; return the parent if
    it has waited for nothing else. The duplicates of one that is merged itself wait for its master.
    """
    for duplicate in case.merged if case.stage is not Stage.MERGED else ():
        draft.tell(duplicate, MasterEnded(master=case.id, number=case.number, stage=case.stage.value))
    if not case.parent:
        return None
    draft.tell(case.parent, ChildEnded(child=case.id, number=case.number, stage=case.stage.value))
    parent = next((each for each in situation.cases if each.id == case.parent), None)
    if parent is None or parent.stage is not Stage.CHECKED or not situation.city.flow.auto_close:
        return None
    if not set(parent.open_children) <= {case.id}:
        return None
    closed = closing(parent, BY_RULE, because=(Reason("close.check_passed"),))
    draft.tell(parent.id, closed)
    return apply(parent, Fact(parent.id, draft.at, closed), parent.version)


def filing(
    case: Case, city: City, by: str, at: datetime, because: tuple[Reason, ...] = (), given: Responsible | None = None
) -> CaseFiled | None:
    """Return the filing of a case; None if its category or the department that answers for it is not known.

    `given` is the department that a person has named.
    """
    category = city.codes.categories.get(case.category)
    responsible = (given or duty_table(city.codes).find(category, case.place)) if category else None
    if category is None or responsible is None:
        return None
    limit, times = first_times(case, category, responsible.department, city, at)
    reason = Reason("file.limit", {"amount": f"{limit.amount:g}", "unit": limit.unit.value})
    return CaseFiled(
        department=responsible.department,
        due_at=times.due_at,
        warn_at=times.warn_at,
        marks=times.marks,
        limit=limit,
        by=by,
        because=(*because, responsible.because, reason),
    )


def send(
    case: Case, situation: Situation, task_id: TaskId, at: datetime, *, escalated: bool = False
) -> TaskDispatched | CaseQueued:
    """Return the sending of a filed case to the worker who fits best, or that nobody can be sent.

    `escalated` says that it goes on because another has not accepted it: the chain that runs is kept.
    """
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
        chain=() if escalated else chain_for(case, situation.city, at),
        because=found.because,
    )


def send_by_hand(draft: Draft, worker: Worker, by: str, task_id: TaskId) -> None:
    """Add the sending of a filed case to the worker whom a person has chosen.

    Where he is of another department the case is that department's from now on: its chain is the one that runs, and
    its calendar the one that the limit is counted by, from the same start.
    """
    if draft.case.partner is not None:
        draft.add(ended(draft.case, draft.city, draft.at, by=by))
    before, city = draft.case, draft.city
    case = replace(before, department=worker.department)
    draft.add(
        TaskDispatched(
            task_id=task_id,
            worker=worker.id,
            department=worker.department,
            by=by,
            attempt=case.attempts + 1,
            case=summary(case),
            chain=chain_for(case, city, draft.at),
            because=(Reason("assign.by_person", {"worker": worker.id, "by": by}),),
        )
    )
    limits: dict[str, Any] = recounted(draft.case, city) if case.department != before.department else {}
    if limits:
        draft.add(LimitChanged(by=by, reason=BY_SENDING, **limits))


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


def reworking(
    case: Case,
    city: City,
    task_id: TaskId,
    at: datetime,
    *,
    by: str,
    reason: str,
    media: tuple[str, ...] = (),
    because: tuple[Reason, ...] = (),
) -> CaseReworked | ForwardEnded:
    """Return the sending back of a handled case to its worker: with what was left of its limit, or with the city's own
    limit for a rework. What a partner has handled our own people take up.
    """
    if case.partner is not None:
        return ended(case, city, at, by=by, reason=reason, media=media, because=because)
    hours = city.flow.rework_h
    fixed = Limit(hours, LimitUnit.WORKING_HOURS) if hours else None
    clock = rework_clock(case.clock, at, fixed) if case.clock else None
    limits: dict[str, Any] = changed(case, clock, city)
    return CaseReworked(
        task_id=task_id, worker=case.worker, by=by, reason=reason, media=media, because=because, **limits
    )


def closing(case: Case, by: str, note: str = "", because: tuple[Reason, ...] = ()) -> CaseClosed:
    """Return the closing of a checked case, on time if it was handled within its limit: the check is not counted.

    What a collector put right on the spot has no limit and is on time.
    """
    in_time = case.due_at is None or (case.handled_at is not None and case.handled_at <= case.due_at)
    return CaseClosed(by=by, on_time=case.handled_at is not None and in_time, note=note, because=because)
