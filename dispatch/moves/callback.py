"""Calling who reported a case once it has ended, and what he says (回访)."""

from dispatch.access import may_command
from dispatch.case import CallbackDone, Stage
from dispatch.flow import continue_flow
from dispatch.moves.asking import Ask, Fields, Prose, Word
from dispatch.moves.sorting import take_up
from dispatch.record import Callback, Case
from dispatch.refusals import AlreadyCalledBack, BadField, IllegalMove, MissingField, NotAllowed

REOPENED_FROM = frozenset({Stage.CLOSED, Stage.FORCED_CLOSED, Stage.NOT_FILED})
"""Stages of which `reopen` takes a case up again."""


class Calling(Fields, frozen=True):
    """`report` is the number of the report whose sender was called; `reopen` takes the case up again with `note`."""

    report: Word = ""
    reached: bool | None = None
    satisfied: bool | None = None
    note: Prose = ""
    reopen: bool = False


def call_back(ask: Ask) -> None:
    """Keep how the call went. Who was reached is not called again, nor who was tried as often as the city tries.

    Where he is not satisfied the case may be taken up again with it, within the days that the city gives.
    """
    data: Calling = ask.data
    before = last_call(ask.case, data.report)
    if before is not None and before.is_last:
        raise AlreadyCalledBack(report=data.report)
    if data.satisfied is not None and not data.reached:
        raise BadField(command=ask.name, why="only who was reached can say whether he is satisfied")
    if data.reopen:
        _check_reopening(ask, data)
    tries = (before.tries if before else 0) + 1
    is_last = bool(data.reached) or tries >= ask.situation.city.hotline.callback_tries
    ask.draft.add(
        CallbackDone(
            by=ask.by,
            report=data.report,
            reached=bool(data.reached),
            satisfied=data.satisfied,
            note=data.note,
            tries=tries,
            is_last=is_last,
        )
    )
    if data.reopen:
        take_up(ask, data.note)
        continue_flow(ask.draft, ask.situation, ask.task_id)


def last_call(case: Case, report: str) -> Callback | None:
    """Return the last call to who made a report, of those since the case has ended."""
    ended_at = case.closed_at or case.voided_at
    calls = (each for each in case.callbacks if each.report == report)
    return next((each for each in calls if ended_at is None or each.at >= ended_at), None)


def _check_reopening(ask: Ask, data: Calling) -> None:
    if data.satisfied is not False:
        raise BadField(command=ask.name, why="only for who is not satisfied the case is taken up again")
    if not data.note.strip():
        raise MissingField(command=ask.name, field="note")
    if not may_command(ask.actor, "reopen"):
        raise NotAllowed(command="reopen", role=ask.actor.role)
    if ask.case.stage not in REOPENED_FROM:
        raise IllegalMove((ask.name,), command="reopen", stage=ask.case.stage.value)
