"""What a handler's requests, their answers, and standing still change."""

from collections.abc import Mapping
from datetime import datetime

from dispatch.changes.base import NO_REQUEST, NO_TASK, Change, Changes, limit, reasons, run, stop
from dispatch.facts import (
    CaseResumed,
    CaseSuspended,
    ChildEnded,
    ChildOpened,
    CoordinationBegun,
    CoordinationSettled,
    ExtensionGranted,
    ExtensionRequested,
    FactData,
    RequestKind,
    RequestRefused,
    RequestWithdrawn,
    ReturnGranted,
    ReturnRequested,
    ReviewDue,
    SuspensionRequested,
)
from dispatch.record import Case, Request


def _ask_return(case: Case, data: ReturnRequested, at: datetime) -> Changes:
    request = Request(kind=RequestKind.RETURN, by=data.by, at=at, reason=data.reason, media=data.media)
    return {"held": case.stage, "request": request}


def _ask_extension(case: Case, data: ExtensionRequested, at: datetime) -> Changes:
    request = Request(
        kind=RequestKind.EXTENSION, by=data.by, at=at, reason=data.reason, amount=data.amount, media=data.media
    )
    return {"held": case.stage, "request": request}


def _ask_suspension(case: Case, data: SuspensionRequested, at: datetime) -> Changes:
    request = Request(
        kind=RequestKind.SUSPENSION,
        by=data.by,
        at=at,
        reason=data.reason,
        review_at=data.review_at,
        media=data.media,
    )
    return {"held": case.stage, "request": request}


def _grant_return(case: Case, data: ReturnGranted, at: datetime) -> Changes:
    return {
        **NO_TASK,
        **NO_REQUEST,
        **limit(case, data, at),
        "overdue": False,
        "warned": 0,
        "department": data.department,
        "returns": case.returns + 1,
        "misdispatched_s": case.misdispatched_s + data.misdispatched_s,
        # Another department has other people; of the same one whoever returned it is not sent it again by a rule.
        "declined_by": () if data.department != case.department else (*case.declined_by, case.worker),
        "chain": (),
        "chain_done": 0,
        "because": reasons(case, data.because, "duty"),
    }


def _extend(case: Case, data: ExtensionGranted, at: datetime) -> Changes:
    return {**NO_REQUEST, **limit(case, data, at), "extensions": case.extensions + 1}


def _suspend(case: Case, data: CaseSuspended, at: datetime) -> Changes:
    return {
        "held": case.held or case.stage,
        "request": None,
        "review_at": data.review_at,
        "review_told": False,
        "suspensions": case.suspensions + 1,
        **stop(case, at, "suspended"),
    }


def _resume(case: Case, data: CaseResumed, at: datetime) -> Changes:
    return {"held": None, "review_at": None, "review_told": False, **run(case, data, at)}


def _coordinate(case: Case, data: CoordinationBegun, at: datetime) -> Changes:
    return {"waiting": "coordinating", **(stop(case, at, "coordinating") if data.stops else {})}


def _settle(case: Case, data: CoordinationSettled, at: datetime) -> Changes:
    return {
        "department": data.department,
        "waiting": "",
        "declined_by": (),
        **run(case, data, at),
    }


def _open_child(case: Case, data: ChildOpened, _at: datetime) -> Changes:
    """A part is opened, or reopened: then it is known already."""
    others = tuple(each for each in case.children if each != data.child)
    return {"children": (*others, data.child), "open_children": (*case.open_children, data.child)}


def _end_child(case: Case, data: ChildEnded, _at: datetime) -> Changes:
    return {"open_children": tuple(each for each in case.open_children if each != data.child)}


CHANGES: Mapping[type[FactData], Change] = {
    ReturnRequested: _ask_return,
    ExtensionRequested: _ask_extension,
    SuspensionRequested: _ask_suspension,
    RequestWithdrawn: lambda _case, _data, _at: NO_REQUEST,
    RequestRefused: lambda _case, _data, _at: NO_REQUEST,
    ReturnGranted: _grant_return,
    ExtensionGranted: _extend,
    CaseSuspended: _suspend,
    CaseResumed: _resume,
    CoordinationBegun: _coordinate,
    CoordinationSettled: _settle,
    ChildOpened: _open_child,
    ChildEnded: _end_child,
    ReviewDue: lambda _case, _data, _at: {"review_told": True},
}
