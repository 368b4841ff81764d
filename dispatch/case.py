"""A case, and the only ways it may change.

Rule 1: every change of a case is a fact, and every change of its stage is a row of TRANSITIONS (dispatch/stages.py).
Code elsewhere may record a fact; it never sets a stage.

Rule 2: this file does no I/O and does not read the clock.

The facts, the stages and the place are re-exported, so that who works with cases needs this one module.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from dispatch.category import Priority
from dispatch.event import Phase
from dispatch.facts import (
    FACTS,
    Candidate,
    CaseClosed,
    CaseFiled,
    CaseHandled,
    CaseImported,
    CaseOpened,
    CaseOverdue,
    CaseQueued,
    CaseReclassified,
    CaseRelocated,
    CaseReminded,
    CaseReworked,
    CaseSummary,
    CaseVoided,
    CheckPassed,
    EventAttached,
    Fact,
    FactData,
    LimitChanged,
    NoteAdded,
    PriorityRaised,
    SourceLost,
    SourceRestored,
    TaskAccepted,
    TaskDeclined,
    TaskDispatched,
    TaskWithdrawn,
    WorkerArrived,
    WorkerDeparted,
    WorkerSignedOff,
    WorkerSignedOn,
)
from dispatch.ids import CaseId, CategoryCode, DepartmentId, SourceId, TaskId, WorkerId
from dispatch.place import Basis, Place
from dispatch.reasons import Reason
from dispatch.stages import OPEN_STAGES, TRANSITIONS, Stage

__all__ = [
    "FACTS",
    "OPEN_STAGES",
    "TRANSITIONS",
    "Basis",
    "Candidate",
    "Case",
    "CaseClosed",
    "CaseFiled",
    "CaseHandled",
    "CaseImported",
    "CaseOpened",
    "CaseOverdue",
    "CaseQueued",
    "CaseReclassified",
    "CaseRelocated",
    "CaseReminded",
    "CaseReworked",
    "CaseSummary",
    "CaseVoided",
    "CheckPassed",
    "EventAttached",
    "Fact",
    "FactData",
    "IllegalChange",
    "LimitChanged",
    "NoteAdded",
    "Place",
    "PriorityRaised",
    "SourceLost",
    "SourceRestored",
    "Stage",
    "TaskAccepted",
    "TaskDeclined",
    "TaskDispatched",
    "TaskWithdrawn",
    "WorkerArrived",
    "WorkerDeparted",
    "WorkerSignedOff",
    "WorkerSignedOn",
    "apply",
]

MEDIA_KEPT = 24
"""Pictures that a case itself carries, the first ones; the others are found through its events."""

EPISODES_KEPT = 64
"""Episode keys that a case is known by, the latest; an older one is found again by category and place."""


class IllegalChange(Exception):
    """A fact does not apply to a case in this stage."""


class Case(Struct, frozen=True, kw_only=True):
    """A case as its facts have made it. `version` is the journal `seq` of its last fact."""

    id: CaseId
    number: str
    version: int
    stage: Stage
    category: CategoryCode
    priority: Priority
    severity: int
    place: Place
    feed: str
    source_id: SourceId
    text: str
    confidence: float | None
    media: tuple[str, ...]
    reporter: str
    waiting: str
    because: tuple[Reason, ...]
    episodes: tuple[str, ...]
    events: int
    opened_at: datetime
    last_event_at: datetime
    department: DepartmentId = DepartmentId("")
    worker: WorkerId = WorkerId("")
    task_id: TaskId = TaskId("")
    attempts: int = 0
    declined_by: tuple[WorkerId, ...] = ()
    """Who has declined; he is not sent this case again by a rule."""
    reworks: int = 0
    reminders: int = 0
    overdue: bool = False
    cleared: bool = False
    on_time: bool | None = None
    filed_at: datetime | None = None
    due_at: datetime | None = None
    warn_at: datetime | None = None
    first_dispatched_at: datetime | None = None
    dispatched_at: datetime | None = None
    """When the task that runs now was sent; so for the three times below."""
    accepted_at: datetime | None = None
    departed_at: datetime | None = None
    arrived_at: datetime | None = None
    handled_at: datetime | None = None
    checked_at: datetime | None = None
    closed_at: datetime | None = None
    voided_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        return self.stage in OPEN_STAGES


def apply(case: Case | None, fact: Fact, seq: int) -> Case:
    """Return the case as it is after the fact, which has the number `seq` in the journal.

    :raises IllegalChange: if the fact is not allowed in the case's stage, or if there is no case and it opens none.
    """
    data = fact.data
    if case is None:
        if isinstance(data, CaseOpened):
            return _open(fact.case_id, data, fact.at, seq)
        if isinstance(data, CaseImported):
            return _import(fact.case_id, data, fact.at, seq)
        raise IllegalChange(f"{fact.kind} on a case that was never opened")
    stage = TRANSITIONS[case.stage].get(type(data))
    if stage is None:
        raise IllegalChange(f"{fact.kind} on a case that is {case.stage.value}")
    return replace(case, version=seq, stage=stage, **_CHANGES[type(data)](case, data, fact.at))


def _open(case_id: CaseId, data: CaseOpened, at: datetime, seq: int) -> Case:
    return Case(
        id=case_id,
        number=data.number,
        version=seq,
        stage=Stage.REPORTED,
        category=data.category,
        priority=data.priority,
        severity=data.severity,
        place=data.place,
        feed=data.feed,
        source_id=data.source_id,
        text=data.text,
        confidence=data.confidence,
        media=data.media[:MEDIA_KEPT],
        reporter=data.reporter,
        waiting=data.waiting,
        because=data.because,
        episodes=(data.episode,) if data.episode else (),
        events=1,
        opened_at=at,
        last_event_at=data.observed_at or at,
    )


def _import(case_id: CaseId, data: CaseImported, at: datetime, seq: int) -> Case:
    """A case of the past is ended, or a person must say what is to become of it: it is never sent by itself."""
    return Case(
        id=case_id,
        number=data.number,
        version=seq,
        stage=Stage.CLOSED if data.closed_at else Stage.REPORTED,
        category=data.category,
        priority=data.priority,
        severity=data.severity,
        place=data.place,
        feed=data.feed,
        source_id=data.source_id,
        text=data.text,
        confidence=None,
        media=(),
        reporter="",
        waiting=data.waiting,
        because=data.because,
        episodes=(),
        events=1,
        opened_at=at,
        last_event_at=at,
        department=data.department,
        worker=data.worker,
        overdue=data.overdue,
        on_time=data.on_time,
        filed_at=data.filed_at,
        due_at=data.due_at,
        warn_at=data.warn_at,
        first_dispatched_at=data.dispatched_at,
        dispatched_at=data.dispatched_at,
        accepted_at=data.accepted_at,
        arrived_at=data.arrived_at,
        handled_at=data.handled_at,
        checked_at=data.checked_at,
        closed_at=data.closed_at,
    )


_Changes = Mapping[str, Any]

_NO_TASK: _Changes = {
    "worker": WorkerId(""),
    "task_id": TaskId(""),
    "dispatched_at": None,
    "accepted_at": None,
    "departed_at": None,
    "arrived_at": None,
}


def _reasons(case: Case, new: tuple[Reason, ...], *families: str) -> tuple[Reason, ...]:
    """The reasons that hold now: new ones take the place of those of the families that they answer anew."""
    kept = tuple(reason for reason in case.because if reason.rule.partition(".")[0] not in families)
    return kept + new


def _attach(case: Case, data: EventAttached, _at: datetime) -> _Changes:
    new = data.episode and data.episode not in case.episodes
    return {
        "events": case.events + 1,
        "last_event_at": max(case.last_event_at, data.observed_at),
        "episodes": (*case.episodes, data.episode)[-EPISODES_KEPT:] if new else case.episodes,
        "media": (case.media + tuple(each for each in data.media if each not in case.media))[:MEDIA_KEPT],
        "reporter": case.reporter or data.reporter,
        "cleared": case.cleared if data.phase is Phase.SYNC else data.phase is Phase.CLOSE,
    }


def _limit(case: Case, due_at: datetime | None, warn_at: datetime | None, at: datetime) -> _Changes:
    """A new limit, if there is one. A case that has become due later than now is no longer overdue."""
    if due_at is None:
        return {}
    return {"due_at": due_at, "warn_at": warn_at, "overdue": case.overdue and due_at <= at}


def _raise(case: Case, data: PriorityRaised, at: datetime) -> _Changes:
    limit = _limit(case, data.due_at, data.warn_at, at)
    return {"priority": data.priority, "severity": data.severity, **limit}


def _reclassify(case: Case, data: CaseReclassified, at: datetime) -> _Changes:
    limit = _limit(case, data.due_at, data.warn_at, at)
    return {"category": data.category, "priority": data.priority, **_new_duty(case, data), **limit}


def _new_duty(case: Case, data: CaseReclassified | CaseRelocated) -> _Changes:
    if not data.department:
        return {}
    return {"department": data.department, "because": _reasons(case, data.because, "duty")}


def _file(case: Case, data: CaseFiled, at: datetime) -> _Changes:
    return {
        "department": data.department,
        "due_at": data.due_at,
        "warn_at": data.warn_at,
        "filed_at": at,
        "waiting": "",
        "because": _reasons(case, data.because, "wait", "file", "duty"),
    }


def _queue(case: Case, data: CaseQueued, _at: datetime) -> _Changes:
    return {"waiting": data.reason, "because": _reasons(case, data.because, "queue", "assign")}


def _dispatch(case: Case, data: TaskDispatched, at: datetime) -> _Changes:
    return {
        **_NO_TASK,
        "worker": data.worker,
        "task_id": data.task_id,
        "department": data.department,
        "attempts": data.attempt,
        "first_dispatched_at": case.first_dispatched_at or at,
        "dispatched_at": at,
        "waiting": "",
        "because": _reasons(case, data.because, "queue", "assign"),
    }


def _decline(case: Case, data: TaskDeclined, _at: datetime) -> _Changes:
    return {**_NO_TASK, "declined_by": (*case.declined_by, data.worker)}


def _rework(case: Case, data: CaseReworked, at: datetime) -> _Changes:
    task = {**_NO_TASK, "worker": data.worker, "task_id": data.task_id, "dispatched_at": at}
    return {**task, "handled_at": None, "checked_at": None, "reworks": case.reworks + 1}


_CHANGES: Mapping[type[FactData], Callable[[Case, Any, datetime], _Changes]] = {
    EventAttached: _attach,
    NoteAdded: lambda _case, _data, _at: {},
    PriorityRaised: _raise,
    CaseReclassified: _reclassify,
    CaseRelocated: lambda case, data, _at: {"place": data.place, **_new_duty(case, data)},
    LimitChanged: lambda case, data, at: _limit(case, data.due_at, data.warn_at, at),
    CaseReminded: lambda case, _data, _at: {"reminders": case.reminders + 1},
    CaseFiled: _file,
    CaseQueued: _queue,
    CaseOverdue: lambda _case, _data, _at: {"overdue": True},
    TaskDispatched: _dispatch,
    TaskAccepted: lambda _case, _data, at: {"accepted_at": at},
    TaskDeclined: _decline,
    TaskWithdrawn: lambda _case, _data, _at: _NO_TASK,
    WorkerDeparted: lambda _case, _data, at: {"departed_at": at},
    WorkerArrived: lambda _case, _data, at: {"arrived_at": at},
    CaseHandled: lambda _case, _data, at: {"handled_at": at},
    CheckPassed: lambda _case, _data, at: {"checked_at": at},
    CaseReworked: _rework,
    CaseClosed: lambda _case, data, at: {"closed_at": at, "on_time": data.on_time},
    CaseVoided: lambda _case, _data, at: {"voided_at": at},
}
"""Fact -> what it changes beside the stage."""
