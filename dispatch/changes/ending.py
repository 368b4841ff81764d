"""What handling, checking, closing and reopening change."""

from collections.abc import Mapping
from datetime import datetime

from dispatch.changes.base import NO_REQUEST, NO_TASK, Change, Changes, end, run, said_at, stop
from dispatch.facts import (
    CallbackDone,
    CaseClosed,
    CaseForceClosed,
    CaseHandled,
    CaseReopened,
    CaseReworked,
    CheckAnswered,
    CheckAsked,
    CheckPassed,
    CheckSent,
    FactData,
)
from dispatch.record import Callback, Case

NOT_ASKED: Changes = {"asked": "", "answer_by": None}


def _handle(case: Case, data: CaseHandled, at: datetime) -> Changes:
    handled_at = said_at(case, data.happened_at, at)
    in_time = case.due_at is None or handled_at <= case.due_at
    return {
        **NO_REQUEST,
        "handled_at": handled_at,
        "overdue": case.overdue and not in_time,
        "before": data.before or case.before,
        **stop(case, handled_at, "checking"),
    }


def _send_to_check(_case: Case, data: CheckSent, _at: datetime) -> Changes:
    return {"verifier": data.collector, **NOT_ASKED}


def _ask(_case: Case, data: CheckAsked, _at: datetime) -> Changes:
    return {"verifier": "", "asked": data.source_id, "answer_by": data.answer_by}


def _pass(_case: Case, _data: CheckPassed, at: datetime) -> Changes:
    return {"checked_at": at, "verifier": "", **NOT_ASKED}


def _rework(case: Case, data: CaseReworked, at: datetime) -> Changes:
    return {
        **NO_TASK,
        **NOT_ASKED,
        **run(case, data, at),
        "worker": data.worker,
        "task_id": data.task_id,
        "dispatched_at": at,
        "handled_at": None,
        "checked_at": None,
        "verifier": "",
        "reworks": case.reworks + 1,
    }


def _close(case: Case, data: CaseClosed, at: datetime) -> Changes:
    return {"closed_at": at, "on_time": data.on_time, **end(case, at)}


def _force(case: Case, _data: CaseForceClosed, at: datetime) -> Changes:
    return {"closed_at": at, **end(case, at)}


def _reopen(case: Case, _data: CaseReopened, _at: datetime) -> Changes:
    anew = dict.fromkeys(
        ("filed_at", "due_at", "warn_at", "handled_at", "checked_at", "closed_at", "voided_at", "on_time", "clock")
    )
    return {
        **NO_TASK,
        **anew,
        "marks": (),
        "warned": 0,
        "overdue": False,
        "declined_by": (),
        "reopened": case.reopened + 1,
    }


CALLBACKS_KEPT = 50
"""Reports of one case whose callbacks it carries: more callers than one happening has."""


def _call_back(case: Case, data: CallbackDone, at: datetime) -> Changes:
    called = Callback(
        report=data.report,
        at=at,
        reached=data.reached,
        satisfied=data.satisfied,
        tries=data.tries,
        is_last=data.is_last,
    )
    others = [each for each in case.callbacks if each.report != data.report]
    changes: dict[str, object] = {"callbacks": (*others, called)[-CALLBACKS_KEPT:]}
    if data.reached:
        changes |= {"called_at": at, "satisfied": data.satisfied}
    return changes


CHANGES: Mapping[type[FactData], Change] = {
    CaseHandled: _handle,
    CheckSent: _send_to_check,
    CheckAsked: _ask,
    CheckAnswered: lambda _case, _data, _at: NOT_ASKED,
    CheckPassed: _pass,
    CaseReworked: _rework,
    CaseClosed: _close,
    CaseForceClosed: _force,
    CaseReopened: _reopen,
    CallbackDone: _call_back,
}
