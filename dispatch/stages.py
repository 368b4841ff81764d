"""The stages of a case, and every move between them: the table that docs/generated/stages.md is drawn from.

The stages are those of GB/T 30428.8 (collect, file, dispatch, handle, feed back, check and close) with the side-stages
of practice (cn_standards 2.2). Flags that stand beside the stage (supervised, urgent, overdue ...) are fields of the
case.
"""

from collections.abc import Mapping
from enum import Enum, StrEnum

from dispatch.facts import (
    AssistMoved,
    AssistSent,
    CallbackDone,
    CaseAccepted,
    CaseClaimed,
    CaseClosed,
    CaseDeclined,
    CaseEscalated,
    CaseFiled,
    CaseForceClosed,
    CaseForwarded,
    CaseHandled,
    CaseMarked,
    CaseMerged,
    CaseOverdue,
    CaseQueued,
    CaseReclassified,
    CaseRelocated,
    CaseReminded,
    CaseReopened,
    CaseResumed,
    CaseReworked,
    CaseSelfHandled,
    CaseSupervised,
    CaseSuspended,
    CaseVoided,
    CaseWarned,
    CheckAnswered,
    CheckAsked,
    CheckPassed,
    CheckSent,
    ChildEnded,
    ChildOpened,
    ClaimReleased,
    ClearedBySilence,
    CoordinationBegun,
    CoordinationSettled,
    DuplicateMerged,
    EventAttached,
    ExtensionGranted,
    ExtensionRequested,
    FactData,
    ForwardEnded,
    ForwardFailed,
    ForwardTaken,
    LimitChanged,
    MasterEnded,
    MoveUndone,
    NoteAdded,
    PartnerUpdated,
    PersonalDataErased,
    PriorityRaised,
    PrioritySet,
    ReporterAnswered,
    ReporterWrote,
    ReportRated,
    ReportRedacted,
    ReportWithdrawn,
    RequestRefused,
    RequestWithdrawn,
    ReturnGranted,
    ReturnRequested,
    ReviewDue,
    SilenceExcused,
    StageOverdue,
    SupervisionEnded,
    SuspensionRequested,
    TaskAccepted,
    TaskDeclined,
    TaskDispatched,
    TaskWithdrawn,
    VerificationAsked,
    VerificationFailed,
    VerificationPassed,
    WorkerArrived,
    WorkerDeparted,
)


class Stage(StrEnum):
    """Where a case stands."""

    REPORTED = "reported"  # 待受理: a person must look at it first
    VERIFYING = "verifying"  # 待核实: someone is to look whether it is so
    PENDING_FILING = "pending_filing"  # 待立案: accepted, to be filed
    SELF_HANDLED = "self_handled"  # 自行处置: the collector put it right, to be looked through and closed
    REOPENED = "reopened"  # 重开: had ended, and is to be filed again
    FILED = "filed"  # 待派遣: waits for a worker
    DISPATCHED = "dispatched"  # 已派遣: on a worker's phone
    REWORK = "rework"  # 返工: on the same worker's phone again, the check failed
    ACCEPTED = "accepted"  # 已接单: the worker is coming
    ARRIVED = "arrived"  # 已到场
    RETURN_REQUESTED = "return_requested"  # 回退申请
    EXTENSION_REQUESTED = "extension_requested"  # 延期申请
    SUSPENSION_REQUESTED = "suspension_requested"  # 挂账申请
    SUSPENDED = "suspended"  # 挂账: the clock stands still
    COORDINATING = "coordinating"  # 协调: whose duty it is, is being settled
    HANDLED = "handled"  # 已反馈: waits for a check
    CHECKING = "checking"  # 待核查: someone, or its source, is asked to look
    CHECKED = "checked"  # 待结案
    CLOSED = "closed"  # 结案
    FORCED_CLOSED = "forced_closed"  # 非正常结案: counted apart
    NOT_FILED = "not_filed"  # 不予立案
    MERGED = "merged"  # 合并: goes on in another case
    VOID = "void"  # 作废


class Back(Enum):
    """Stages after a fact that depend on the case."""

    HELD = "the stage that it was held in"
    """Where it stood before the request or the suspension (`Case.held`)."""
    RESTORED = "the stage before the move that is undone"


ENDED_STAGES = frozenset({Stage.CLOSED, Stage.FORCED_CLOSED, Stage.NOT_FILED, Stage.MERGED, Stage.VOID})
OPEN_STAGES = frozenset(Stage) - ENDED_STAGES

REQUEST_STAGES = frozenset({Stage.RETURN_REQUESTED, Stage.EXTENSION_REQUESTED, Stage.SUSPENSION_REQUESTED})
"""The handler has asked for something and has the task still."""

SENT_STAGES = frozenset({Stage.DISPATCHED, Stage.REWORK})
"""On a worker's phone, not accepted yet."""

BUSY_STAGES = SENT_STAGES | {Stage.ACCEPTED, Stage.ARRIVED} | REQUEST_STAGES
"""A worker has it."""

RUNNING_STAGES = BUSY_STAGES | {Stage.FILED}
"""Stages in which the handling clock runs."""

UNFILED_STAGES = frozenset({Stage.REPORTED, Stage.VERIFYING, Stage.PENDING_FILING, Stage.REOPENED})
"""Whether it is filed is still to be said."""


_Target = Stage | Back
_Moves = dict[type[FactData], _Target]

_ANYWHERE: tuple[type[FactData], ...] = (
    EventAttached,
    NoteAdded,
    ChildEnded,
    ReporterWrote,
    ReporterAnswered,
    ReportRated,
    ReportWithdrawn,
    ReportRedacted,
    PersonalDataErased,
    ForwardTaken,
    ForwardFailed,
    PartnerUpdated,
)
"""Facts that every stage allows and none is changed by."""

_WHILE_OPEN: tuple[type[FactData], ...] = (
    PriorityRaised,
    PrioritySet,
    CaseReclassified,
    CaseRelocated,
    CaseReminded,
    CaseSupervised,
    SupervisionEnded,
    CaseMarked,
    CaseClaimed,
    ClaimReleased,
    DuplicateMerged,
    ChildOpened,
    StageOverdue,
    ClearedBySilence,
    SilenceExcused,
)

_WHILE_DUE: tuple[type[FactData], ...] = (LimitChanged, CaseWarned, CaseOverdue, CaseEscalated)
"""While there is a limit that has not been met."""

_LEFT_OUT: _Moves = {CaseDeclined: Stage.NOT_FILED, CaseVoided: Stage.VOID, CaseMerged: Stage.MERGED}
_UNFILED: _Moves = {CaseFiled: Stage.FILED, VerificationAsked: Stage.VERIFYING, **_LEFT_OUT}
_STOPS: _Moves = {CaseSuspended: Stage.SUSPENDED, CaseForceClosed: Stage.FORCED_CLOSED}
_ASKS: _Moves = {
    ReturnRequested: Stage.RETURN_REQUESTED,
    ExtensionRequested: Stage.EXTENSION_REQUESTED,
    SuspensionRequested: Stage.SUSPENSION_REQUESTED,
}
_TAKEN_BACK: _Moves = {TaskDeclined: Stage.FILED, TaskWithdrawn: Stage.FILED}
_ANSWERED: _Moves = {
    RequestRefused: Back.HELD,
    RequestWithdrawn: Back.HELD,
    TaskWithdrawn: Stage.FILED,
    CaseForceClosed: Stage.FORCED_CLOSED,
}


def _stay(stage: Stage, *facts: type[FactData]) -> _Moves:
    return dict.fromkeys(facts, stage)


_MOVES: Mapping[Stage, _Moves] = {
    Stage.REPORTED: _UNFILED | {CaseAccepted: Stage.PENDING_FILING, CaseSelfHandled: Stage.SELF_HANDLED},
    Stage.VERIFYING: _UNFILED
    | {
        VerificationPassed: Stage.PENDING_FILING,
        VerificationFailed: Stage.VOID,
        CaseSelfHandled: Stage.SELF_HANDLED,
    },
    Stage.PENDING_FILING: _UNFILED | {CaseSelfHandled: Stage.SELF_HANDLED},
    Stage.REOPENED: _UNFILED,
    Stage.SELF_HANDLED: {CaseFiled: Stage.FILED, CaseClosed: Stage.CLOSED, CaseVoided: Stage.VOID},
    Stage.FILED: {
        TaskDispatched: Stage.DISPATCHED,
        CaseHandled: Stage.HANDLED,  # by a partner, who has it in place of a worker
        CoordinationBegun: Stage.COORDINATING,
        CaseVoided: Stage.VOID,
        CaseMerged: Stage.MERGED,
        **_stay(Stage.FILED, CaseQueued, AssistMoved, CaseForwarded, ForwardEnded),
        **_STOPS,
    },
    Stage.DISPATCHED: {
        TaskAccepted: Stage.ACCEPTED,
        **_stay(Stage.DISPATCHED, AssistSent, AssistMoved),
        **_TAKEN_BACK,
        **_ASKS,
        **_STOPS,
    },
    Stage.REWORK: {
        TaskAccepted: Stage.ACCEPTED,
        **_stay(Stage.REWORK, AssistSent, AssistMoved),
        **_TAKEN_BACK,
        **_ASKS,
        **_STOPS,
    },
    Stage.ACCEPTED: {
        WorkerArrived: Stage.ARRIVED,
        **_stay(Stage.ACCEPTED, WorkerDeparted, AssistSent, AssistMoved),
        **_TAKEN_BACK,
        **_ASKS,
        **_STOPS,
    },
    Stage.ARRIVED: {
        CaseHandled: Stage.HANDLED,
        **_stay(Stage.ARRIVED, AssistSent, AssistMoved),
        **_TAKEN_BACK,
        **_ASKS,
        **_STOPS,
    },
    Stage.RETURN_REQUESTED: {
        ReturnGranted: Stage.FILED,
        **_stay(Stage.RETURN_REQUESTED, AssistSent, AssistMoved),
        **_ANSWERED,
    },
    Stage.EXTENSION_REQUESTED: {
        ExtensionGranted: Back.HELD,
        CaseHandled: Stage.HANDLED,
        **_stay(Stage.EXTENSION_REQUESTED, WorkerDeparted, WorkerArrived, AssistSent, AssistMoved),
        **_ANSWERED,
    },
    Stage.SUSPENSION_REQUESTED: {
        CaseSuspended: Stage.SUSPENDED,
        **_stay(Stage.SUSPENSION_REQUESTED, AssistSent, AssistMoved),
        **_ANSWERED,
    },
    Stage.SUSPENDED: {
        CaseResumed: Back.HELD,
        CaseForceClosed: Stage.FORCED_CLOSED,
        **_stay(Stage.SUSPENDED, ReviewDue, AssistMoved),
    },
    Stage.COORDINATING: {
        CoordinationSettled: Stage.FILED,
        CaseForceClosed: Stage.FORCED_CLOSED,
        CaseVoided: Stage.VOID,
        **_stay(Stage.COORDINATING, AssistMoved),
    },
    Stage.HANDLED: {
        CheckSent: Stage.CHECKING,
        CheckAsked: Stage.CHECKING,
        CheckPassed: Stage.CHECKED,
        CaseReworked: Stage.REWORK,
        ForwardEnded: Stage.FILED,
        **_stay(Stage.HANDLED, AssistMoved),
    },
    Stage.CHECKING: {
        CheckPassed: Stage.CHECKED,
        CaseReworked: Stage.REWORK,
        ForwardEnded: Stage.FILED,
        **_stay(Stage.CHECKING, CheckSent, CheckAsked, CheckAnswered, AssistMoved),
    },
    Stage.CHECKED: {
        CaseClosed: Stage.CLOSED,
        CaseReworked: Stage.REWORK,
        ForwardEnded: Stage.FILED,
        **_stay(Stage.CHECKED, AssistMoved),
    },
    Stage.CLOSED: {CaseReopened: Stage.REOPENED},
    Stage.FORCED_CLOSED: {CaseReopened: Stage.REOPENED},
    Stage.NOT_FILED: {CaseReopened: Stage.REOPENED},
    Stage.MERGED: {MasterEnded: Stage.MERGED},
    Stage.VOID: {},
}

DUE_STAGES = RUNNING_STAGES | {Stage.COORDINATING}


def _row(stage: Stage, moves: _Moves) -> _Moves:
    row: _Moves = dict.fromkeys(_ANYWHERE, stage)
    if stage in OPEN_STAGES:
        row |= dict.fromkeys(_WHILE_OPEN, stage)
    else:
        row[CallbackDone] = stage
    if stage in DUE_STAGES:
        row |= dict.fromkeys(_WHILE_DUE, stage)
    return row | {MoveUndone: Back.RESTORED} | moves


TRANSITIONS: Mapping[Stage, Mapping[type[FactData], _Target]] = {stage: _row(stage, m) for stage, m in _MOVES.items()}
"""Stage -> fact -> the stage after. What is not here cannot happen."""
