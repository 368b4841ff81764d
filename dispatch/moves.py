"""What each command does to a case: its fields, and the function that turns them into facts.

The rows that join the two, and say who may give which and when, stand in dispatch/commands.py.
"""

from datetime import datetime, timedelta
from typing import Annotated, Any

from msgspec import Meta, Struct
from msgspec.structs import replace

from dispatch.access import Actor
from dispatch.assign import BUSY_STAGES
from dispatch.case import (
    Case,
    CaseHandled,
    CaseReclassified,
    CaseRelocated,
    CaseReminded,
    CaseReworked,
    CaseVoided,
    CheckPassed,
    NoteAdded,
    Stage,
    TaskAccepted,
    TaskDeclined,
    TaskWithdrawn,
    WorkerArrived,
    WorkerDeparted,
)
from dispatch.category import Category
from dispatch.city import Worker
from dispatch.classify import priority_of
from dispatch.duties import duty_table
from dispatch.flow import Draft, closing, filing, new_limit, send_by_hand
from dispatch.ids import CategoryCode, DepartmentId, TaskId, WorkerId
from dispatch.place import Basis, Place
from dispatch.reasons import Reason
from dispatch.refusals import BadField, MissingField, NoDepartment, SameWorker, UnknownCategory, UnknownWorker
from dispatch.situation import Situation
from gis.point import LonLat

SAID_WITHIN = timedelta(hours=72)
"""A phone that was without a signal for a long weekend still tells what was done."""

Prose = Annotated[str, Meta(max_length=2_000)]
Word = Annotated[str, Meta(max_length=200)]
Pictures = Annotated[tuple[Word, ...], Meta(max_length=12)]
Longitude = Annotated[float, Meta(ge=-180, le=180)]
Latitude = Annotated[float, Meta(ge=-90, le=90)]


class Fields(Struct, frozen=True, forbid_unknown_fields=True):
    """The fields of a command. One that must be there is named in its row, so that all say so in the same words."""


class Timed(Fields, frozen=True):
    """What a worker may tell later than it happened, because his phone had no signal."""

    happened_at: datetime | None = None


class Filing(Fields, frozen=True):
    category: Word = ""
    lon: Longitude | None = None
    lat: Latitude | None = None
    address: Word = ""


class Reasoned(Fields, frozen=True):
    reason: Prose = ""


class Declining(Timed, frozen=True):
    reason: Prose = ""


class Sending(Fields, frozen=True):
    worker: Word = ""
    reason: Prose = ""


class Arriving(Timed, frozen=True):
    lon: Longitude | None = None
    lat: Latitude | None = None


class Telling(Timed, frozen=True):
    note: Prose = ""
    media: Pictures = ()
    before: Pictures = ()


class Checking(Fields, frozen=True):
    passed: bool | None = None
    note: Prose = ""
    media: Pictures = ()


class Noting(Fields, frozen=True):
    note: Prose = ""


class Writing(Noting, frozen=True):
    media: Pictures = ()


class Classing(Fields, frozen=True):
    category: Word = ""
    reason: Prose = ""


class Locating(Fields, frozen=True):
    lon: Longitude | None = None
    lat: Latitude | None = None
    address: Word = ""
    reason: Prose = ""


class Ask(Struct, frozen=True, eq=False):
    """A command on its way: the case and the facts so far (`draft`), its fields read, and what it may look at."""

    draft: Draft
    name: str
    actor: Actor
    data: Any
    situation: Situation
    task_id: TaskId

    @property
    def case(self) -> Case:
        return self.draft.case

    @property
    def by(self) -> str:
        return self.actor.user

    @property
    def happened_at(self) -> datetime | None:
        """When it happened by the worker's word; None where he says it now.

        :raises BadField: for a time to come, or one that nobody would still wait to tell.
        """
        said: datetime | None = self.data.happened_at
        if said is not None and not self.draft.at - SAID_WITHIN <= said <= self.draft.at:
            raise BadField(command=self.name, why="happened_at lies in the future, or more than 72 hours back")
        return said

    @property
    def for_worker(self) -> str:
        """Who says it for the worker; "" if he says it himself."""
        return "" if self.actor.worker_id == self.case.worker else self.actor.user


# --- what each does --------------------------------------------------------------------------------------


def file(ask: Ask) -> None:
    data: Filing = ask.data
    if data.category:
        _set_category(ask, data.category, "")
    if data.lon is not None or data.lat is not None:
        _set_place(ask, "")
    elif data.address:
        ask.draft.add(CaseRelocated(place=replace(ask.case.place, address=data.address), by=ask.by))
    if not ask.case.category:
        raise MissingField(command=ask.name, field="category")
    if ask.case.place.point is None and not ask.case.place.address:
        raise MissingField(command=ask.name, field="lon")
    filed = filing(ask.case, ask.situation.city, ask.by, ask.draft.at)
    if filed is None:
        raise NoDepartment(category=ask.case.category)
    ask.draft.add(filed)


def void(ask: Ask) -> None:
    if ask.case.stage in BUSY_STAGES:
        _withdraw(ask)
    ask.draft.add(CaseVoided(by=ask.by, reason=ask.data.reason))


def dispatch(ask: Ask) -> None:
    if ask.data.worker:
        ask.draft.add(send_by_hand(ask.case, _get_worker(ask), ask.by, ask.task_id))


def reassign(ask: Ask) -> None:
    worker = _get_worker(ask)
    if worker.id == ask.case.worker:
        raise SameWorker(worker=worker.id)
    _withdraw(ask)
    ask.draft.add(send_by_hand(ask.case, worker, ask.by, ask.task_id))


def accept(ask: Ask) -> None:
    case = ask.case
    ask.draft.add(
        TaskAccepted(task_id=case.task_id, worker=case.worker, by=ask.for_worker, happened_at=ask.happened_at)
    )


def decline(ask: Ask) -> None:
    case = ask.case
    ask.draft.add(
        TaskDeclined(
            task_id=case.task_id,
            worker=case.worker,
            reason=ask.data.reason,
            by=ask.for_worker,
            happened_at=ask.happened_at,
        )
    )


def depart(ask: Ask) -> None:
    case = ask.case
    ask.draft.add(
        WorkerDeparted(task_id=case.task_id, worker=case.worker, by=ask.for_worker, happened_at=ask.happened_at)
    )


def arrive(ask: Ask) -> None:
    case = ask.case
    point = _read_point(ask) if ask.data.lon is not None or ask.data.lat is not None else None
    ask.draft.add(
        WorkerArrived(
            task_id=case.task_id, worker=case.worker, point=point, by=ask.for_worker, happened_at=ask.happened_at
        )
    )


def report_handled(ask: Ask) -> None:
    case, data = ask.case, ask.data
    handled = CaseHandled(
        task_id=case.task_id,
        worker=case.worker,
        by=ask.for_worker,
        note=data.note,
        media=data.media,
        before=data.before,
        happened_at=ask.happened_at,
    )
    ask.draft.add(handled)


def check(ask: Ask) -> None:
    data: Checking = ask.data
    if data.passed:
        ask.draft.add(CheckPassed(by=ask.by, note=data.note, media=data.media))
        return
    if not data.note.strip():
        raise MissingField(command=ask.name, field="note")
    _again(ask, data.note, data.media)


def rework(ask: Ask) -> None:
    _again(ask, ask.data.reason, ())


def close(ask: Ask) -> None:
    ask.draft.add(closing(ask.case, ask.by, ask.data.note))


def note(ask: Ask) -> None:
    ask.draft.add(NoteAdded(by=ask.by, note=ask.data.note, media=ask.data.media))


def remind(ask: Ask) -> None:
    ask.draft.add(CaseReminded(by=ask.by, note=ask.data.note))


def reclassify(ask: Ask) -> None:
    _set_category(ask, ask.data.category, ask.data.reason)


def relocate(ask: Ask) -> None:
    _set_place(ask, ask.data.reason)


# --- what several share ----------------------------------------------------------------------------------


def _withdraw(ask: Ask) -> None:
    case = ask.case
    ask.draft.add(TaskWithdrawn(task_id=case.task_id, worker=case.worker, by=ask.by, reason=ask.data.reason))


def _again(ask: Ask, reason: str, media: tuple[str, ...]) -> None:
    ask.draft.add(CaseReworked(task_id=ask.task_id, worker=ask.case.worker, by=ask.by, reason=reason, media=media))


def _get_worker(ask: Ask) -> Worker:
    worker = ask.situation.city.codes.workers.get(WorkerId(ask.data.worker))
    if worker is None:
        raise UnknownWorker(worker=ask.data.worker)
    return worker


def _set_category(ask: Ask, code: str, reason: str) -> None:
    case, city = ask.case, ask.situation.city
    category = city.codes.categories.get(CategoryCode(code))
    if category is None:
        raise UnknownCategory(category=code)
    priority = priority_of(category, category.priority, case.severity)
    department, because = _department_of(ask, category, case.place)
    limit = new_limit(case, category, priority, city, case.filed_at) if case.filed_at else None
    ask.draft.add(
        CaseReclassified(
            category=category.code,
            priority=priority,
            by=ask.by,
            reason=reason,
            department=department,
            due_at=limit[0] if limit else None,
            warn_at=limit[1] if limit else None,
            because=because,
        )
    )


def _set_place(ask: Ask, reason: str) -> None:
    city, case = ask.situation.city, ask.case
    address = ask.data.address or case.place.address
    place = replace(city.locate(_read_point(ask)), basis=Basis.PERSON, address=address)
    category = city.codes.categories.get(case.category)
    department, because = _department_of(ask, category, place) if category else (DepartmentId(""), ())
    ask.draft.add(CaseRelocated(place=place, by=ask.by, reason=reason, department=department, because=because))


def _department_of(ask: Ask, category: Category, place: Place) -> tuple[DepartmentId, tuple[Reason, ...]]:
    """Return the department that a filed case waits for, "" where the case has none yet or a worker has the case."""
    if ask.case.stage is not Stage.FILED:
        return DepartmentId(""), ()
    responsible = duty_table(ask.situation.city.codes).find(category, place)
    if responsible is None:
        raise NoDepartment(category=category.code)
    return responsible.department, (responsible.because,)


def _read_point(ask: Ask) -> LonLat:
    for field in ("lon", "lat"):
        if getattr(ask.data, field) is None:
            raise MissingField(command=ask.name, field=field)
    return LonLat(ask.data.lon, ask.data.lat)
