"""What a command comes with: its fields, and the case, the city and the family that it may look at."""

from datetime import datetime
from typing import Annotated, Any

from msgspec import Meta, Struct
from msgspec.structs import replace

from dispatch.access import Actor
from dispatch.case import BUSY_STAGES, Case, TaskWithdrawn
from dispatch.category import Category
from dispatch.city import Worker
from dispatch.flow import Draft
from dispatch.ids import CaseId, TaskId, WorkerId
from dispatch.place import Basis, Place
from dispatch.refusals import MissingField, UnknownCase, UnknownCategory, UnknownWorker
from dispatch.situation import Situation
from gis.point import LonLat

Prose = Annotated[str, Meta(max_length=2_000)]
Word = Annotated[str, Meta(max_length=200)]
Pictures = Annotated[tuple[Word, ...], Meta(max_length=12)]
Words = Annotated[tuple[Word, ...], Meta(max_length=20)]
Longitude = Annotated[float, Meta(ge=-180, le=180)]
Latitude = Annotated[float, Meta(ge=-90, le=90)]
Amount = Annotated[float, Meta(gt=0, le=10_000)]


class Fields(Struct, frozen=True, forbid_unknown_fields=True):
    """The fields of a command. One that must be there is named in its row, so that all say so in the same words."""


class Reasoned(Fields, frozen=True):
    reason: Prose = ""


class Noting(Fields, frozen=True):
    note: Prose = ""


class Happened(Fields, frozen=True, kw_only=True):
    """What the worker's phone may say late: when it happened, where it was without a network."""

    happened_at: datetime | None = None


class NewCase(Struct, frozen=True):
    """The names of a case that a command may open."""

    id: CaseId
    number: str
    task_id: TaskId


class Ask(Struct, frozen=True, eq=False):
    """A command on its way: the case and the facts so far (`draft`), its fields read, and what it may look at.

    `drafts` are those of other cases that change with it; `new_cases` the names of those that it may open.
    """

    draft: Draft
    name: str
    actor: Actor
    data: Any
    situation: Situation
    task_id: TaskId
    drafts: list[Draft]
    new_cases: tuple[NewCase, ...] = ()

    @property
    def case(self) -> Case:
        return self.draft.case

    @property
    def by(self) -> str:
        return self.actor.user

    @property
    def at(self) -> datetime:
        return self.draft.at

    @property
    def for_worker(self) -> str:
        """Who says it for the worker; "" if he says it himself."""
        return "" if self.actor.worker_id == self.case.worker else self.actor.user


def withdraw(ask: Ask, reason: str = "") -> None:
    """Take the task back from who has it; nothing where nobody has."""
    case = ask.case
    if case.stage in BUSY_STAGES:
        ask.draft.add(TaskWithdrawn(task_id=case.task_id, worker=case.worker, by=ask.by, reason=reason))


def get_worker(ask: Ask, code: str) -> Worker:
    """:raises UnknownWorker: if the city has no such worker."""
    worker = ask.situation.city.codes.workers.get(WorkerId(code))
    if worker is None:
        raise UnknownWorker(worker=code)
    return worker


def get_category(ask: Ask, code: str) -> Category:
    """:raises UnknownCategory: if the city has no such category."""
    category = ask.situation.city.codes.categories.get(code)  # type: ignore[call-overload]
    if category is None:
        raise UnknownCategory(category=code)
    return category  # type: ignore[no-any-return]


def get_relative(ask: Ask, name: str) -> Case:
    """Return another case by its id or its number.

    :raises UnknownCase: if it is not among those at hand.
    """
    for case in ask.situation.cases:
        if name in (case.id, case.number):
            return case
    raise UnknownCase(case=name)


def read_point(ask: Ask) -> LonLat:
    """:raises MissingField: if one of `lon` and `lat` is missing."""
    for field in ("lon", "lat"):
        if getattr(ask.data, field) is None:
            raise MissingField(command=ask.name, field=field)
    return LonLat(ask.data.lon, ask.data.lat)


def place_at(ask: Ask, point: LonLat) -> Place:
    """Return the place of a point that a person has named."""
    address = ask.data.address or ask.case.place.address
    return replace(ask.situation.city.locate(point), basis=Basis.PERSON, address=address)
