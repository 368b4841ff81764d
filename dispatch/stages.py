"""The stages of a case, and every move between them: the table that docs/generated/stages.md is drawn from."""

from collections.abc import Mapping
from enum import StrEnum

from dispatch.facts import (
    CaseClosed,
    CaseFiled,
    CaseHandled,
    CaseOverdue,
    CaseQueued,
    CaseReclassified,
    CaseRelocated,
    CaseReminded,
    CaseReworked,
    CaseVoided,
    CheckPassed,
    EventAttached,
    FactData,
    LimitChanged,
    NoteAdded,
    PriorityRaised,
    TaskAccepted,
    TaskDeclined,
    TaskDispatched,
    TaskWithdrawn,
    WorkerArrived,
    WorkerDeparted,
)


class Stage(StrEnum):
    """Where a case stands (GB/T 30428.8: filing, handling, closing)."""

    REPORTED = "reported"  # 已上报: a person must look at it first
    FILED = "filed"  # 已立案: waits for a worker
    DISPATCHED = "dispatched"  # 已派遣: on a worker's phone
    ACCEPTED = "accepted"  # 已接单: the worker is coming
    ARRIVED = "arrived"  # 已到场
    HANDLED = "handled"  # 已处置: waits for the check
    CHECKED = "checked"  # 已核查: waits to be closed
    CLOSED = "closed"  # 已结案
    VOID = "void"  # 作废


OPEN_STAGES = frozenset(Stage) - {Stage.CLOSED, Stage.VOID}


_ANYWHERE: tuple[type[FactData], ...] = (EventAttached, NoteAdded)
"""Facts that every stage allows and none is changed by."""

_WHILE_OPEN: tuple[type[FactData], ...] = (PriorityRaised, CaseReclassified, CaseRelocated, CaseReminded, LimitChanged)

_MOVES: Mapping[Stage, dict[type[FactData], Stage]] = {
    Stage.REPORTED: {CaseFiled: Stage.FILED, CaseVoided: Stage.VOID},
    Stage.FILED: {
        TaskDispatched: Stage.DISPATCHED,
        CaseQueued: Stage.FILED,
        CaseOverdue: Stage.FILED,
        CaseVoided: Stage.VOID,
    },
    Stage.DISPATCHED: {
        TaskAccepted: Stage.ACCEPTED,
        TaskDeclined: Stage.FILED,
        TaskWithdrawn: Stage.FILED,
        CaseOverdue: Stage.DISPATCHED,
    },
    Stage.ACCEPTED: {
        WorkerDeparted: Stage.ACCEPTED,
        WorkerArrived: Stage.ARRIVED,
        TaskDeclined: Stage.FILED,
        TaskWithdrawn: Stage.FILED,
        CaseOverdue: Stage.ACCEPTED,
    },
    Stage.ARRIVED: {
        CaseHandled: Stage.HANDLED,
        TaskDeclined: Stage.FILED,
        TaskWithdrawn: Stage.FILED,
        CaseOverdue: Stage.ARRIVED,
    },
    Stage.HANDLED: {CheckPassed: Stage.CHECKED, CaseReworked: Stage.DISPATCHED},
    Stage.CHECKED: {CaseClosed: Stage.CLOSED, CaseReworked: Stage.DISPATCHED},
    Stage.CLOSED: {},
    Stage.VOID: {},
}

TRANSITIONS: Mapping[Stage, Mapping[type[FactData], Stage]] = {
    stage: dict.fromkeys(_ANYWHERE, stage) | dict.fromkeys(_WHILE_OPEN if stage in OPEN_STAGES else (), stage) | moves
    for stage, moves in _MOVES.items()
}
"""Stage -> fact -> the stage after. What is not here cannot happen."""
