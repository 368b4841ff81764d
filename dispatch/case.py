"""A case, and the only ways it may change.

Rule 1: every change of a case is a fact, and every change of its stage is a row of TRANSITIONS (dispatch/stages.py).
Code elsewhere may record a fact; it never sets a stage.

Rule 2: this file does no I/O and does not read the clock.

The case itself, the facts, the stages and the place are re-exported: who works with cases needs this one module.
"""

from datetime import datetime

from msgspec.structs import replace

from dispatch import facts as _facts
from dispatch.changes import CHANGES
from dispatch.changes.sorting import EPISODES_KEPT, MEDIA_KEPT
from dispatch.changes.watching import before_of
from dispatch.episodes import hear
from dispatch.facts import *  # noqa: F403 - the names of dispatch.facts.__all__, and those alone
from dispatch.facts import CaseImported, CaseOpened, Fact, FactData, MoveUndone
from dispatch.ids import CaseId
from dispatch.place import Basis, Place
from dispatch.record import Assist, Case, Forward, Request, Supervision, Verdict
from dispatch.stages import (
    BUSY_STAGES,
    ENDED_STAGES,
    OPEN_STAGES,
    REQUEST_STAGES,
    RUNNING_STAGES,
    SENT_STAGES,
    TRANSITIONS,
    UNFILED_STAGES,
    Back,
    Stage,
)

__all__ = [
    "BUSY_STAGES",
    "ENDED_STAGES",
    "EPISODES_KEPT",
    "MEDIA_KEPT",
    "OPEN_STAGES",
    "REQUEST_STAGES",
    "RUNNING_STAGES",
    "SENT_STAGES",
    "TRANSITIONS",
    "UNFILED_STAGES",
    "Assist",
    "Back",
    "Basis",
    "Case",
    "Forward",
    "IllegalChange",
    "Place",
    "Request",
    "Stage",
    "Supervision",
    "Verdict",
    "apply",
]
__all__ += _facts.__all__


class IllegalChange(Exception):
    """A fact does not apply to a case in this stage."""


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
    stage = _stage_after(case, data)
    if stage is None:
        raise IllegalChange(f"{fact.kind} on a case that is {case.stage.value}")
    changes = CHANGES[type(data)](case, data, fact.at)
    if stage is case.stage:
        if data.stage_due_at is not None:
            changes = {**changes, "stage_due_at": data.stage_due_at, "stage_overdue": False}
        return replace(case, **{**changes, "version": seq})
    moved = {"stage": stage, "stage_since": fact.at, "stage_due_at": data.stage_due_at, "stage_overdue": False}
    return replace(case, **{**moved, **changes, "stage": stage, "version": seq})


def _stage_after(case: Case, data: FactData) -> Stage | None:
    target = TRANSITIONS[case.stage].get(type(data))
    if target is Back.HELD:
        return case.held
    if target is Back.RESTORED:
        assert isinstance(data, MoveUndone)
        return before_of(data).stage
    return target


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
        flags=data.flags,
        because=data.because,
        episodes=(data.episode,) if data.episode else (),
        events=1,
        opened_at=at,
        last_event_at=data.observed_at or at,
        first_event_at=data.observed_at or at,
        sightings=hear((), data, data.observed_at or at, at),
        kind=data.kind,
        stage_since=at,
        stage_due_at=data.stage_due_at,
        parent=data.parent,
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
        stage_since=data.closed_at or at,
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
