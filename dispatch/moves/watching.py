"""Remarks, reminders, supervision, claims, and taking back one's last move (备注, 催办, 督办, 占用, 撤销)."""

from datetime import datetime, timedelta

import msgspec

from dispatch.case import (
    CaseAccepted,
    CaseClaimed,
    CaseClosed,
    CaseDeclined,
    CaseFiled,
    CaseForceClosed,
    CaseMarked,
    CaseReclassified,
    CaseRelocated,
    CaseReminded,
    CaseReopened,
    CaseResumed,
    CaseSupervised,
    CaseSuspended,
    CaseVoided,
    CheckPassed,
    CheckSent,
    ClaimReleased,
    CoordinationBegun,
    FactData,
    MoveUndone,
    NoteAdded,
    PrioritySet,
    RequestRefused,
    SupervisionEnded,
    TaskDispatched,
    TaskWithdrawn,
    VerificationAsked,
)
from dispatch.facts.base import BY_RULE
from dispatch.moves.asking import Ask, Fields, Pictures, Prose, Words
from dispatch.refusals import BadField, Claimed, MissingField, NothingToUndo


class Noting(Fields, frozen=True):
    note: Prose = ""
    media: Pictures = ()
    mentions: Words = ()


class Supervising(Fields, frozen=True):
    note: Prose = ""
    due_at: datetime | None = None


class Marking(Fields, frozen=True):
    urgent: bool | None = None
    key_case: bool | None = None


def note(ask: Ask) -> None:
    data: Noting = ask.data
    mentions = tuple(dict.fromkeys(data.mentions))
    ask.draft.add(NoteAdded(by=ask.by, note=data.note, media=data.media, mentions=mentions))


def remind(ask: Ask) -> None:
    ask.draft.add(CaseReminded(by=ask.by, note=ask.data.note))


def supervise(ask: Ask) -> None:
    data: Supervising = ask.data
    if data.due_at is not None and (data.due_at.tzinfo is None or data.due_at <= ask.at):
        raise BadField(command=ask.name, why="due_at must be in the future, with a zone")
    ask.draft.add(CaseSupervised(by=ask.by, note=data.note, due_at=data.due_at))


def unsupervise(ask: Ask) -> None:
    ask.draft.add(SupervisionEnded(by=ask.by, note=ask.data.note))


def mark(ask: Ask) -> None:
    data: Marking = ask.data
    if data.urgent is None and data.key_case is None:
        raise MissingField(command=ask.name, field="urgent")
    ask.draft.add(CaseMarked(by=ask.by, urgent=data.urgent, key_case=data.key_case))


# --- claims ----------------------------------------------------------------------------------------------


def claim(ask: Ask) -> None:
    """Take the case for oneself. From who has it already only with a reason, but for the moment after he took it."""
    case, flow = ask.case, ask.situation.city.flow
    holder = find_holder(ask)
    if not holder:
        ask.draft.add(CaseClaimed(by=ask.by))
        return
    assert case.claimed_at is not None
    is_fresh = ask.at <= case.claimed_at + timedelta(seconds=flow.claim_grace_s)
    if not (is_fresh or ask.data.reason.strip()):
        raise Claimed(by=holder, command=ask.name)
    ask.draft.add(CaseClaimed(by=ask.by, taken_from=holder, reason=ask.data.reason))


def release(ask: Ask) -> None:
    """Let go of the case: one's own claim, or one that binds nobody any more."""
    if holder := find_holder(ask):
        raise Claimed(by=holder, command=ask.name)
    ask.draft.add(ClaimReleased(by=ask.by))


def find_holder(ask: Ask) -> str:
    """Return who else of the desk works on the case now; "" if nobody does, or not any more."""
    case = ask.case
    if not case.claimed_by or case.claimed_by == ask.by or case.claimed_at is None:
        return ""
    stale_at = case.claimed_at + timedelta(seconds=ask.situation.city.flow.claim_stale_s)
    return "" if ask.at > stale_at else case.claimed_by


# --- undo ------------------------------------------------------------------------------------------------

UNDOABLE: frozenset[type[FactData]] = frozenset(
    {
        CaseAccepted,
        CaseClosed,
        CaseDeclined,
        CaseFiled,
        CaseForceClosed,
        CaseMarked,
        CaseReclassified,
        CaseRelocated,
        CaseReopened,
        CaseResumed,
        CaseSupervised,
        CaseSuspended,
        CaseVoided,
        CheckPassed,
        CheckSent,
        CoordinationBegun,
        PrioritySet,
        RequestRefused,
        SupervisionEnded,
        TaskDispatched,
        TaskWithdrawn,
        VerificationAsked,
    }
)
"""Facts by which a move that may be undone begins. One that another case has a part in is not among them."""


def undo(ask: Ask) -> None:
    """Take back the last move, if it was one's own, nothing has happened since, and it is not too long ago."""
    last, case = ask.situation.last, ask.case
    window = timedelta(seconds=ask.situation.city.flow.undo_s)
    if last is None or last.version != case.version or type(last.first) not in UNDOABLE:
        raise NothingToUndo(command=ask.name)
    if last.by - {BY_RULE} != {ask.by} or ask.at > last.at + window:
        raise NothingToUndo(command=ask.name)
    if last.others:
        raise NothingToUndo(command=ask.name)
    before = last.before
    ask.draft.add(
        MoveUndone(
            by=ask.by,
            undoes=last.seq,
            what=type(last.first).__name__,
            before=msgspec.to_builtins(before),
            task_id=before.task_id,
            worker=before.worker,
        )
    )
