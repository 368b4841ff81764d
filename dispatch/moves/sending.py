"""Sending, and what workers do with their tasks (派遣, 接单, 处置)."""

from datetime import datetime, timedelta

from dispatch.case import (
    AssistMoved,
    AssistSent,
    AssistStep,
    CaseHandled,
    TaskAccepted,
    TaskDeclined,
    WorkerArrived,
    WorkerDeparted,
)
from dispatch.flow import send_by_hand, summary
from dispatch.forwarding import ended
from dispatch.ids import WorkerId
from dispatch.moves.asking import (
    Ask,
    Fields,
    Happened,
    Latitude,
    Longitude,
    Pictures,
    Prose,
    Word,
    get_worker,
    read_point,
    withdraw,
)
from dispatch.refusals import BadField, NotAssisting, SameWorker

LATEST_REPORT = timedelta(hours=72)
"""How old what a phone tells late may be: a weekend without a network."""

SLACK = timedelta(minutes=2)
"""By how much a phone's clock may be ahead of ours."""


class Sending(Fields, frozen=True):
    worker: Word = ""
    reason: Prose = ""


class Taking(Happened, frozen=True):
    pass


class Declining(Happened, frozen=True):
    reason: Prose = ""


class Arriving(Happened, frozen=True):
    lon: Longitude | None = None
    lat: Latitude | None = None


class Telling(Happened, frozen=True):
    note: Prose = ""
    media: Pictures = ()
    before: Pictures = ()


def dispatch(ask: Ask) -> None:
    if not ask.data.worker and ask.case.partner is not None:
        ask.draft.add(ended(ask.case, ask.situation.city, ask.at, by=ask.by, reason=ask.data.reason))
    if ask.data.worker:
        worker = get_worker(ask, ask.data.worker)
        send_by_hand(ask.draft, worker, ask.by, ask.task_id)


def reassign(ask: Ask) -> None:
    """Send another in the worker's place; so does `hand_over`, by which a worker gives his task to a colleague."""
    worker = get_worker(ask, ask.data.worker)
    if worker.id == ask.case.worker:
        raise SameWorker(worker=worker.id)
    withdraw(ask, ask.data.reason)
    send_by_hand(ask.draft, worker, ask.by, ask.task_id)


def accept(ask: Ask) -> None:
    case = ask.case
    ask.draft.add(
        TaskAccepted(task_id=case.task_id, worker=case.worker, by=ask.for_worker, happened_at=read_happened(ask))
    )


def decline(ask: Ask) -> None:
    case = ask.case
    ask.draft.add(
        TaskDeclined(
            task_id=case.task_id,
            worker=case.worker,
            reason=ask.data.reason,
            by=ask.for_worker,
            happened_at=read_happened(ask),
        )
    )


def depart(ask: Ask) -> None:
    case = ask.case
    ask.draft.add(
        WorkerDeparted(task_id=case.task_id, worker=case.worker, by=ask.for_worker, happened_at=read_happened(ask))
    )


def arrive(ask: Ask) -> None:
    case = ask.case
    point = read_point(ask) if ask.data.lon is not None or ask.data.lat is not None else None
    ask.draft.add(
        WorkerArrived(
            task_id=case.task_id,
            worker=case.worker,
            point=point,
            by=ask.for_worker,
            happened_at=read_happened(ask),
        )
    )


def report_handled(ask: Ask) -> None:
    case, data = ask.case, ask.data
    ask.draft.add(
        CaseHandled(
            task_id=case.task_id,
            worker=case.worker,
            by=ask.for_worker,
            note=data.note,
            media=data.media,
            before=data.before,
            happened_at=read_happened(ask),
        )
    )


def assist(ask: Ask) -> None:
    case, worker = ask.case, get_worker(ask, ask.data.worker)
    if worker.id == case.worker or case.find_assist(worker.id) is not None:
        raise SameWorker(worker=worker.id)
    ask.draft.add(
        AssistSent(
            task_id=ask.task_id,
            worker=worker.id,
            department=worker.department,
            by=ask.by,
            case=summary(case),
            reason=ask.data.reason,
        )
    )


def release_assist(ask: Ask) -> None:
    worker = WorkerId(ask.data.worker)
    assisting = ask.case.find_assist(worker)
    if assisting is None:
        raise NotAssisting(worker=worker)
    ask.draft.add(
        AssistMoved(
            task_id=assisting.task_id, worker=worker, step=AssistStep.WITHDRAW, by=ask.by, reason=ask.data.reason
        )
    )


def move_along(ask: Ask, step: AssistStep) -> None:
    """Do what an assisting worker asks for his own task."""
    worker = ask.actor.worker_id
    assisting = ask.case.find_assist(worker)
    assert assisting is not None, "only who assists comes here"
    has_point = step is AssistStep.ARRIVE and (ask.data.lon is not None or ask.data.lat is not None)
    ask.draft.add(
        AssistMoved(
            task_id=assisting.task_id,
            worker=worker,
            step=step,
            reason=getattr(ask.data, "reason", ""),
            point=read_point(ask) if has_point else None,
            happened_at=read_happened(ask),
        )
    )


def read_happened(ask: Ask) -> datetime | None:
    """Return when the phone says that it happened; None where it says nothing.

    :raises BadField: for a time without a zone, in the future, or too long ago to be believed.
    """
    happened_at: datetime | None = ask.data.happened_at
    if happened_at is None:
        return None
    if happened_at.tzinfo is None:
        raise BadField(command=ask.name, why="happened_at has no zone")
    if not ask.at - LATEST_REPORT <= happened_at <= ask.at + SLACK:
        raise BadField(command=ask.name, why="happened_at is not within the last 72 hours")
    return min(happened_at, ask.at)
