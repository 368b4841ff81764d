"""What the facts of sending change: tasks, their workers, and who goes along."""

from collections.abc import Callable, Mapping
from datetime import datetime

from msgspec.structs import replace

from dispatch.changes.base import NO_REQUEST, NO_TASK, Change, Changes, reasons, said_at
from dispatch.facts import (
    AssistMoved,
    AssistSent,
    AssistStep,
    CaseEscalated,
    CaseQueued,
    FactData,
    TaskAccepted,
    TaskDeclined,
    TaskDispatched,
    TaskWithdrawn,
    WorkerArrived,
    WorkerDeparted,
)
from dispatch.record import Assist, Case
from dispatch.stages import Stage

ASSISTS_KEPT = 16
"""Assisting workers of one case, gone ones too: more than a squad is sent by cases of its own."""

ESCALATED_TO_NEXT = "next_worker"
"""The action of a chain's step that takes the task from who has not accepted it."""


def _queue(case: Case, data: CaseQueued, _at: datetime) -> Changes:
    return {"waiting": data.reason, "because": reasons(case, data.because, "queue", "assign")}


def _dispatch(case: Case, data: TaskDispatched, at: datetime) -> Changes:
    """The worker has the task from now on. One who went along goes along no longer: the task is his own."""
    chain: Changes = {"chain": data.chain, "chain_done": 0} if data.chain else {}
    return {
        **NO_TASK,
        "worker": data.worker,
        "task_id": data.task_id,
        "department": data.department,
        "attempts": data.attempt,
        "first_dispatched_at": case.first_dispatched_at or at,
        "dispatched_at": at,
        "waiting": "",
        "because": reasons(case, data.because, "queue", "assign"),
        "assists": tuple(
            replace(each, ended_at=at) if each.worker == data.worker and each.ended_at is None else each
            for each in case.assists
        ),
        **chain,
    }


def _accept(case: Case, data: TaskAccepted, at: datetime) -> Changes:
    return {"accepted_at": said_at(case, data.happened_at, at), "chain": (), "chain_done": 0}


def _decline(case: Case, data: TaskDeclined, _at: datetime) -> Changes:
    return {**NO_TASK, "declined_by": (*case.declined_by, data.worker), "chain": (), "chain_done": 0}


def _depart(case: Case, data: WorkerDeparted, at: datetime) -> Changes:
    return {"departed_at": said_at(case, data.happened_at, at)}


def _arrive(case: Case, data: WorkerArrived, at: datetime) -> Changes:
    return {
        "arrived_at": said_at(case, data.happened_at, at),
        "held": Stage.ARRIVED if case.held is not None else None,
    }


def _escalate(case: Case, data: CaseEscalated, _at: datetime) -> Changes:
    if data.step < 0:
        return {}
    passed_over = (*case.declined_by, case.worker) if data.action == ESCALATED_TO_NEXT else case.declined_by
    return {"chain_done": data.step + 1, "declined_by": passed_over}


def _send_along(case: Case, data: AssistSent, at: datetime) -> Changes:
    assist = Assist(task_id=data.task_id, worker=data.worker, department=data.department, dispatched_at=at)
    return {"assists": (*case.assists, assist)[-ASSISTS_KEPT:]}


_STEPS: Mapping[AssistStep, Callable[[datetime], Changes]] = {
    AssistStep.ACCEPT: lambda at: {"accepted_at": at},
    AssistStep.DEPART: lambda at: {"departed_at": at},
    AssistStep.ARRIVE: lambda at: {"arrived_at": at},
    AssistStep.LEAVE: lambda at: {"left_at": at, "ended_at": at},
    AssistStep.DECLINE: lambda at: {"ended_at": at},
    AssistStep.WITHDRAW: lambda at: {"ended_at": at},
}


def _move_along(case: Case, data: AssistMoved, at: datetime) -> Changes:
    changes = _STEPS[data.step](said_at(case, data.happened_at, at))
    moved = tuple(replace(each, **changes) if each.task_id == data.task_id else each for each in case.assists)
    return {"assists": moved}


CHANGES: Mapping[type[FactData], Change] = {
    CaseQueued: _queue,
    TaskDispatched: _dispatch,
    TaskAccepted: _accept,
    TaskDeclined: _decline,
    TaskWithdrawn: lambda _case, _data, _at: {**NO_TASK, **NO_REQUEST},
    WorkerDeparted: _depart,
    WorkerArrived: _arrive,
    CaseEscalated: _escalate,
    AssistSent: _send_along,
    AssistMoved: _move_along,
}
