"""What the handler asks of the centre and what it answers (回退, 延期, 挂账), and cases whose duty is to be settled."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Annotated

from msgspec import Meta
from msgspec.structs import replace

from dispatch.access import Actor, Role, commands_of
from dispatch.case import (
    CaseForceClosed,
    CaseOpened,
    CaseResumed,
    CaseSuspended,
    ChildOpened,
    CoordinationBegun,
    CoordinationSettled,
    ExtensionGranted,
    ExtensionRequested,
    Request,
    RequestKind,
    RequestRefused,
    RequestWithdrawn,
    ReturnGranted,
    ReturnRequested,
    SuspensionRequested,
)
from dispatch.city import Flow
from dispatch.clocks import HandlingClock, extend_clock
from dispatch.duties import Responsible, duty_table
from dispatch.flow import Draft, continue_flow, filing
from dispatch.ids import CategoryCode, DepartmentId, EventId
from dispatch.limits import changed, first_times, resumed
from dispatch.moves.asking import (
    Amount,
    Ask,
    Fields,
    NewCase,
    Pictures,
    Prose,
    Reasoned,
    Word,
    get_category,
    withdraw,
)
from dispatch.reasons import Reason
from dispatch.refusals import BadField, MissingField, NoDepartment, NotAllowed, TooLate, TooOften, UnknownDepartment

HOUR = timedelta(hours=1)
YEARS = timedelta(days=3 * 366)
"""A suspended case must be looked at again before this: nothing is put away for good."""

TO_COORDINATION = "request.returned_too_often"


class Asking(Fields, frozen=True):
    reason: Prose = ""
    media: Pictures = ()


class MoreTime(Fields, frozen=True):
    amount: Amount | None = None
    reason: Prose = ""
    media: Pictures = ()


class Suspending(Fields, frozen=True):
    review_at: datetime | None = None
    reason: Prose = ""
    media: Pictures = ()


class Granting(Fields, frozen=True):
    """Who grants may change what was asked for; a returned case may be given the department that it belongs to."""

    note: Prose = ""
    amount: Amount | None = None
    review_at: datetime | None = None
    department: Word = ""


class Settling(Fields, frozen=True):
    lead: Word = ""
    assisting: Annotated[tuple[Word, ...], Meta(max_length=8)] = ()
    reason: Prose = ""


class Splitting(Fields, frozen=True):
    department: Word = ""
    category: Word = ""
    text: Prose = ""


# --- asking ----------------------------------------------------------------------------------------------


def ask_return(ask: Ask) -> None:
    case, hours = ask.case, ask.situation.city.flow.return_within_h
    sent_at = case.dispatched_at
    if sent_at is not None and ask.at > sent_at + hours * HOUR:
        raise TooLate(command=ask.name, limit=f"{hours:g} h")
    data: Asking = ask.data
    ask.draft.add(ReturnRequested(by=ask.by, worker=case.worker, reason=data.reason, media=data.media))


def ask_extension(ask: Ask) -> None:
    case, flow = ask.case, ask.situation.city.flow
    if case.extensions >= flow.extension_max:
        raise TooOften(command=ask.name, limit=str(flow.extension_max))
    if flow.extension_before_due and case.due_at is not None and ask.at >= case.due_at:
        raise TooLate(command=ask.name, limit="due_at")
    data: MoreTime = ask.data
    assert data.amount is not None, "the row of the command needs it"
    ask.draft.add(
        ExtensionRequested(by=ask.by, worker=case.worker, reason=data.reason, amount=data.amount, media=data.media)
    )


def ask_suspension(ask: Ask) -> None:
    data: Suspending = ask.data
    review_at = _read_review(ask, data.review_at)
    ask.draft.add(
        SuspensionRequested(
            by=ask.by, worker=ask.case.worker, reason=data.reason, review_at=review_at, media=data.media
        )
    )


def withdraw_request(ask: Ask) -> None:
    request = ask.case.request
    assert request is not None, "the stage says that there is one"
    ask.draft.add(RequestWithdrawn(kind=request.kind, by=ask.by))


# --- answering -------------------------------------------------------------------------------------------

_GRANTED_BY: Mapping[RequestKind, Callable[[Flow], str]] = {
    RequestKind.RETURN: lambda flow: flow.return_by,
    RequestKind.EXTENSION: lambda flow: flow.extension_by,
    RequestKind.SUSPENSION: lambda flow: flow.suspension_by,
}
"""Kind of request -> the role that answers to it, by the city's settings."""

ANSWERS = frozenset({"grant", "refuse"})
"""The rights of those who answer."""


def grant(ask: Ask) -> None:
    _GRANTS[_check_answerer(ask)](ask)


def refuse(ask: Ask) -> None:
    ask.draft.add(RequestRefused(kind=_check_answerer(ask), by=ask.by, note=ask.data.note))


def may_answer(actor: Actor, right: str, request: Request, flow: Flow) -> bool:
    """Say whether somebody answers to what a case's handler has asked for: whose role the city names, an administrator,
    and who has been granted the right beside his role. A worker never answers to himself, and who speaks with fewer
    rights than his role has needs this one among them.
    """
    if actor.role == Role.WORKER or (actor.commands is not None and right not in actor.commands):
        return False
    is_granted = actor.commands is not None and right not in commands_of(actor.role)
    return is_granted or actor.role in (_GRANTED_BY[request.kind](flow), Role.ADMIN)


def _check_answerer(ask: Ask) -> RequestKind:
    request = ask.case.request
    assert request is not None, "the stage says that there is one"
    if not may_answer(ask.actor, ask.name, request, ask.situation.city.flow):
        raise NotAllowed(command=ask.name, role=ask.actor.role, worker=ask.case.worker)
    return request.kind


def _grant_return(ask: Ask) -> None:
    case, city = ask.case, ask.situation.city
    category = city.codes.categories.get(case.category)
    if category is None:
        raise NoDepartment(category=case.category)
    responsible = _department(ask, ask.data.department) or duty_table(city.codes).find(category, case.place)
    if responsible is None:
        raise NoDepartment(category=case.category)
    limit, times = first_times(case, category, responsible.department, city, ask.at)
    lost_s = (ask.at - case.dispatched_at).total_seconds() if case.dispatched_at else 0.0
    ask.draft.add(
        ReturnGranted(
            by=ask.by,
            department=responsible.department,
            misdispatched_s=lost_s,
            note=ask.data.note,
            because=(responsible.because,),
            clock=HandlingClock(limit=limit, start=ask.at),
            **times._asdict(),
        )
    )
    if case.returns >= city.flow.returns_max:
        begin_coordination(ask, TO_COORDINATION)


def _grant_extension(ask: Ask) -> None:
    case = ask.case
    amount = ask.data.amount or (case.request.amount if case.request else None)
    if amount is None or case.clock is None:
        raise MissingField(command=ask.name, field="amount")
    limits = changed(case, extend_clock(case.clock, amount), ask.situation.city)
    ask.draft.add(ExtensionGranted(by=ask.by, amount=amount, note=ask.data.note, **limits))  # type: ignore[arg-type]


def _grant_suspension(ask: Ask) -> None:
    request = ask.case.request
    assert request is not None
    review_at = _read_review(ask, ask.data.review_at or request.review_at)
    ask.draft.add(CaseSuspended(by=ask.by, reason=ask.data.note or request.reason, review_at=review_at))


_GRANTS: Mapping[RequestKind, Callable[[Ask], None]] = {
    RequestKind.RETURN: _grant_return,
    RequestKind.EXTENSION: _grant_extension,
    RequestKind.SUSPENSION: _grant_suspension,
}


def _read_review(ask: Ask, review_at: datetime | None) -> datetime:
    """:raises BadField: for a review that is past, without a zone, or years away."""
    if review_at is None:
        raise MissingField(command=ask.name, field="review_at")
    if review_at.tzinfo is None:
        raise BadField(command=ask.name, why="review_at has no zone")
    if not ask.at < review_at <= ask.at + YEARS:
        raise BadField(command=ask.name, why="review_at must be in the future, within three years")
    return review_at


# --- standing still --------------------------------------------------------------------------------------


def suspend(ask: Ask) -> None:
    data: Suspending = ask.data
    ask.draft.add(CaseSuspended(by=ask.by, reason=data.reason, review_at=_read_review(ask, data.review_at)))


def resume(ask: Ask) -> None:
    ask.draft.add(CaseResumed(by=ask.by, note=ask.data.note, **resumed(ask.case, ask.situation.city, ask.at)))  # type: ignore[arg-type]


def coordinate(ask: Ask) -> None:
    withdraw(ask, ask.data.reason)
    begin_coordination(ask, ask.data.reason)


def begin_coordination(ask: Ask, reason: str) -> None:
    stops = ask.situation.city.flow.coordinating_stops_clock
    ask.draft.add(CoordinationBegun(by=ask.by, reason=reason, stops=stops))


def settle(ask: Ask) -> None:
    data: Settling = ask.data
    lead = _department(ask, data.lead)
    if lead is None:
        raise MissingField(command=ask.name, field="lead")
    helping = tuple(dict.fromkeys(each for each in data.assisting if each != data.lead))
    for department in helping:
        _department(ask, department)
    ask.draft.add(
        CoordinationSettled(
            by=ask.by,
            department=lead.department,
            assisting=tuple(DepartmentId(each) for each in helping),
            reason=data.reason,
            **resumed(replace(ask.case, department=lead.department), ask.situation.city, ask.at),  # type: ignore[arg-type]
        )
    )
    for department, names in zip(helping, ask.new_cases, strict=False):
        _open_child(ask, names, DepartmentId(department), ask.case.category, "")


def split(ask: Ask) -> None:
    data: Splitting = ask.data
    code = get_category(ask, data.category).code if data.category else ask.case.category
    given = _department(ask, data.department)
    if given is None:
        raise MissingField(command=ask.name, field="department")
    _open_child(ask, ask.new_cases[0], given.department, code, data.text)


def force_close(ask: Ask) -> None:
    data: Reasoned = ask.data
    ask.draft.add(CaseForceClosed(by=ask.by, reason=data.reason))


def _department(ask: Ask, code: str) -> Responsible | None:
    """Return the department that a person has named; None where he has named none.

    :raises UnknownDepartment: if the city has no such one.
    """
    if not code:
        return None
    if DepartmentId(code) not in ask.situation.city.codes.departments:
        raise UnknownDepartment(department=code)
    return Responsible(DepartmentId(code), Reason("duty.by_person", {"department": code, "by": ask.by}))


def _open_child(ask: Ask, names: NewCase, department: DepartmentId, category: CategoryCode, text: str) -> None:
    """Open a case of its own for a part of this one: its own department, task and clock; sent at once."""
    case, situation = ask.case, ask.situation
    given = _department(ask, department)
    draft = Draft(None, names.id, ask.at, situation.city)
    draft.add(
        CaseOpened(
            number=names.number,
            category=category,
            priority=case.priority,
            severity=case.severity,
            place=case.place,
            feed=case.feed,
            source_id=case.source_id,
            event_id=EventId(""),
            text=text or case.text,
            media=case.media,
            parent=case.id,
            because=(Reason("class.child", {"number": case.number, "by": ask.by}),),
        )
    )
    filed = filing(draft.case, situation.city, ask.by, ask.at, given=given)
    if filed is None:
        raise NoDepartment(category=category)
    draft.add(filed)
    continue_flow(draft, situation, names.task_id)
    ask.draft.add(ChildOpened(child=names.id, number=names.number, department=department, by=ask.by))
    ask.drafts.append(draft)
