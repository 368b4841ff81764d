"""What time alone brings about: limits that are used up, chains that go on, reviews and answers that are due.

`next_timer_at` is what the due index is made of (`services/store`): a case whose time has come is asked with
`pass_time` what has happened, until nothing is due.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from operator import itemgetter

from dispatch.case import (
    SENT_STAGES,
    Answer,
    Case,
    CaseEscalated,
    CaseOverdue,
    CaseQueued,
    CaseWarned,
    ClearedBySilence,
    Fact,
    ReviewDue,
    SilenceExcused,
    Stage,
    StageOverdue,
    TaskWithdrawn,
)
from dispatch.changes import MARKS
from dispatch.changes.sending import ESCALATED_TO_NEXT
from dispatch.episodes import fall_silent, goes_on, next_clear_at
from dispatch.escalate import steps_at
from dispatch.facts.base import BY_RULE
from dispatch.flow import Draft, send
from dispatch.ids import TaskId
from dispatch.reasons import Reason
from dispatch.recheck import take_answer
from dispatch.situation import Situation
from dispatch.stages import DUE_STAGES

OVERDUE = 100
"""The mark at which a case is overdue."""

STEPS_AT_ONCE = 12
"""Things that one case may be told at one moment: after a long standstill each of its clocks may have passed."""


def next_timer_at(case: Case) -> datetime | None:
    """Return when time alone will next change the case, None if it will not."""
    return min((at for at, _ in _timers(case)), default=None)


def pass_time(case: Case, situation: Situation, *, task_id: TaskId, at: datetime) -> list[Fact]:
    """Return what the clock has brought about by now, in order; [] where nothing is due."""
    draft = Draft(case, case.id, at, situation.city)
    for _ in range(STEPS_AT_ONCE):
        due = [timer for timer in _timers(draft.case) if timer[0] <= at]
        if not due:
            break
        _, happen = min(due, key=itemgetter(0))  # of two at one moment, the first in the table
        happen(draft, situation, task_id)
    return draft.facts


_Happening = Callable[[Draft, Situation, TaskId], None]


def _timers(case: Case) -> Iterator[tuple[datetime, _Happening]]:
    """Yield every clock that runs for a case, and what happens when it has run out."""
    if case.stage_due_at is not None and not case.stage_overdue:
        yield case.stage_due_at, _stage_runs_out
    if case.stage in DUE_STAGES and (case.clock is None or case.clock.stopped_since is None):
        yield from _marks(case)
    if case.stage in SENT_STAGES and case.chain_done < len(case.chain):
        yield case.chain[case.chain_done].at, _escalate
    if case.stage is Stage.SUSPENDED and case.review_at is not None and not case.review_told:
        yield case.review_at, _call_for_review
    if case.stage is Stage.CHECKING and case.answer_by is not None:
        yield case.answer_by, _go_without_answer
    if case.sightings and case.is_open and (clears_at := next_clear_at(case.sightings)) is not None:
        yield clears_at, _fall_silent


def _marks(case: Case) -> Iterator[tuple[datetime, _Happening]]:
    if case.due_at is not None and not case.overdue:
        yield case.due_at, _fall_due
    coming = [(mark, percent) for mark, percent in _told(case.marks) if percent > case.warned and percent != OVERDUE]
    if coming:
        yield coming[0][0], _warn


def _told(marks: Sequence[datetime]) -> Iterator[tuple[datetime, int]]:
    yield from zip(marks, MARKS, strict=False)


def _stage_runs_out(draft: Draft, _situation: Situation, _task_id: TaskId) -> None:
    due_at = draft.case.stage_due_at
    assert due_at is not None
    draft.add(StageOverdue(stage=draft.case.stage.value, due_at=due_at))


def _fall_due(draft: Draft, situation: Situation, _task_id: TaskId) -> None:
    assert draft.case.due_at is not None
    draft.add(CaseOverdue(due_at=draft.case.due_at))
    _tell_above(draft, situation, OVERDUE)


def _tell_above(draft: Draft, situation: Situation, percent: int) -> None:
    """Tell whom the city's rules name for this part of the limit."""
    for step in steps_at(draft.case, situation.city, percent, draft.at):
        reason = Reason("escalate.limit", {"percent": str(percent)})
        draft.add(CaseEscalated(step=-1, action=step.action, target=step.target, because=(reason,)))


def _warn(draft: Draft, situation: Situation, _task_id: TaskId) -> None:
    """Tell the highest mark that has passed: after a standstill of the server nobody needs the lower ones."""
    case = draft.case
    assert case.due_at is not None
    passed = max(percent for mark, percent in _told(case.marks) if mark <= draft.at and percent != OVERDUE)
    draft.add(CaseWarned(percent=passed, due_at=case.due_at))
    _tell_above(draft, situation, passed)


def _escalate(draft: Draft, situation: Situation, task_id: TaskId) -> None:
    case = draft.case
    step = case.chain[case.chain_done]
    reason = Reason("escalate.not_accepted", {"worker": case.worker})
    draft.add(CaseEscalated(step=case.chain_done, action=step.action, target=step.target, because=(reason,)))
    if step.action != ESCALATED_TO_NEXT:
        return
    next_one = send(draft.case, situation, task_id, draft.at, escalated=True)
    if isinstance(next_one, CaseQueued):
        return  # nobody else is free: he keeps it, and the chain goes on to who leads him
    draft.add(TaskWithdrawn(task_id=case.task_id, worker=case.worker, by=BY_RULE, reason="escalate.not_accepted"))
    draft.add(send(draft.case, situation, task_id, draft.at, escalated=True))


def _call_for_review(draft: Draft, _situation: Situation, _task_id: TaskId) -> None:
    assert draft.case.review_at is not None
    draft.add(ReviewDue(review_at=draft.case.review_at))


def _go_without_answer(draft: Draft, situation: Situation, task_id: TaskId) -> None:
    """The source has not said whether it is over: its last word stands if that was an end, else a person must look."""
    answer = Answer.CLEAR if draft.case.cleared else Answer.UNKNOWN
    why = Reason("check.silent") if draft.case.silent else None
    take_answer(draft, situation, task_id, answer, why=why)


def _fall_silent(draft: Draft, situation: Situation, _task_id: TaskId) -> None:
    """An episode whose end nobody tells is over; while nobody listened its silence says nothing."""
    sightings = draft.case.sightings
    clears_at = next_clear_at(sightings)
    quiet = next(each for each in sightings if each.clears_at == clears_at)
    since = situation.listening_since
    until = since + timedelta(seconds=quiet.clear_after_s) if since else draft.at
    if until > draft.at:
        draft.add(SilenceExcused(source_id=quiet.source_id, episode=quiet.episode, until=until))
        return
    draft.add(
        ClearedBySilence(
            source_id=quiet.source_id,
            episode=quiet.episode,
            silent_since=quiet.seen_at,
            after_s=quiet.clear_after_s,
            is_last=not goes_on(fall_silent(sightings, quiet.episode)),
        )
    )
