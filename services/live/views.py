"""How a case looks to the world. The lists, the single case and the live snapshot all have it from here."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from operator import attrgetter
from typing import Any

from msgspec import Struct, field

from dispatch.assign import WorkerState
from dispatch.case import Assist, Case, Request, Stage, Supervision
from dispatch.city import Codes, Names, Worker
from dispatch.clocks import HandlingClock
from dispatch.duties import CODES_KEPT
from dispatch.place import Place
from dispatch.reasons import Reason, render
from dispatch.record import Rating
from gis.point import LonLat

_NO_LIGHT = frozenset({Stage.VOID, Stage.NOT_FILED, Stage.MERGED, Stage.SUSPENDED})


class Ground(Struct, frozen=True):
    """One reason of an automatic choice: the rule and its words."""

    rule: str
    zh: str
    en: str


class CategoryName(Struct, frozen=True):
    code: str
    name: Names


class PlaceView(Struct, frozen=True, kw_only=True):
    """Codes are of the city pack ("" where not known); the names stand in /api/v1/city."""

    lon: float | None
    lat: float | None
    accuracy_m: float | None
    district: str
    street: str
    community: str
    grid: str
    address: str
    component: str
    basis: str
    inside: bool


class StopView(Struct, frozen=True):
    """A span in which the handling clock stood still; `to` is null while it does."""

    from_: datetime = field(name="from")
    to: datetime | None
    why: str


class StepView(Struct, frozen=True):
    """One step of the escalation chain: what is done then while nobody has accepted the task."""

    at: datetime
    action: str
    target: str


class ChainView(Struct, frozen=True):
    """The chain that runs; `next` is the place of the step that comes next, null after the last."""

    steps: Sequence[StepView]
    next: int | None


class CaseRow(Struct, frozen=True, kw_only=True):
    """A case in a list. `light` is as of the answer; from `warn_at` and `due_at` a screen keeps it up to date."""

    id: str
    number: str
    stage: str
    version: int
    category: CategoryName
    priority: str
    severity: int
    place: PlaceView
    department: str
    worker: str
    task_id: str
    feed: str
    source: str
    text: str
    media: Sequence[str]
    reporter: bool
    waiting: str
    events: int
    attempts: int
    reworks: int
    reminders: int
    overdue: bool
    cleared: bool
    silent: bool
    kind: str
    confidence: float | None
    opened_at: datetime
    last_event_at: datetime
    due_at: datetime | None
    warn_at: datetime | None
    light: str
    filed_at: datetime | None
    dispatched_at: datetime | None
    accepted_at: datetime | None
    departed_at: datetime | None
    arrived_at: datetime | None
    handled_at: datetime | None
    checked_at: datetime | None
    closed_at: datetime | None
    on_time: bool | None
    stage_since: datetime | None
    stage_due_at: datetime | None
    stage_overdue: bool
    warned: int
    held: str | None
    stopped: Sequence[StopView]
    review_at: datetime | None
    request: Request | None
    claimed_by: str
    claimed_at: datetime | None
    unanswered: Sequence[str]
    verifier: str
    asked: str
    answer_by: datetime | None
    assists: Sequence[Assist]
    chain: ChainView | None
    parent: str
    children: Sequence[str]
    open_children: Sequence[str]
    merged_into: str
    merged: Sequence[str]
    supervised: Supervision | None
    urgent: bool
    key_case: bool
    extensions: int
    returns: int
    suspensions: int
    reopened: int
    received_at: datetime | None
    voided_at: datetime | None


class LimitView(Struct, frozen=True):
    """How much of what: UH clock hours, WH working hours, WD working days."""

    amount: float
    unit: str


class ClockView(Struct, frozen=True, kw_only=True):
    """The handling clock: its limit from `start`, with extensions (`extra`, in the limit's unit)."""

    limit: LimitView
    start: datetime
    extra: float
    is_rework: bool


class CaseView(CaseRow, frozen=True, kw_only=True):
    """One case for one who looks at it: also what he may do with it now, and why it is as it is."""

    allowed_commands: Sequence[str]
    because: Sequence[Ground]
    clock: ClockView | None
    marks: Sequence[datetime]
    before: Sequence[str]
    ratings: Sequence[Rating]
    withdrawn: Sequence[str]


def light_of(case: Case, at: datetime) -> str:
    """Return green, yellow (70 % of the limit is used), red (it has passed) or none (no limit runs)."""
    if case.due_at is None or case.stage in _NO_LIGHT:
        return "none"
    if case.on_time is not None:
        return "green" if case.on_time else "red"
    seen_at = case.handled_at if case.handled_at is not None and not case.overdue else at
    if case.overdue or seen_at > case.due_at:
        return "red"
    return "yellow" if case.warn_at is not None and seen_at >= case.warn_at else "green"


def place_view(place: Place) -> PlaceView:
    point = place.point
    return PlaceView(
        lon=point.lon if point else None,
        lat=point.lat if point else None,
        accuracy_m=place.accuracy_m,
        district=place.district,
        street=place.street,
        community=place.community,
        grid=place.grid,
        address=place.address,
        component=place.component,
        basis=place.basis,
        inside=place.inside,
    )


@lru_cache(maxsize=CODES_KEPT)
def _category_names(codes: Codes) -> dict[str, CategoryName]:
    return {str(code): CategoryName(code, Names(row.name_zh, row.name_en)) for code, row in codes.categories.items()}


_UNSORTED = CategoryName("", Names("类别待定", "Category not known yet"))
"""A case whose category a person must still say."""


def category_name(code: str, codes: Codes) -> CategoryName:
    """Return the category with its names; a code that the city no longer has is its own name."""
    if not code:
        return _UNSORTED
    return _category_names(codes).get(code) or CategoryName(code, Names(code, code))


_PLAIN = (
    "id",
    "number",
    "version",
    "severity",
    "department",
    "worker",
    "task_id",
    "feed",
    "text",
    "media",
    "waiting",
    "events",
    "attempts",
    "reworks",
    "reminders",
    "overdue",
    "cleared",
    "silent",
    "kind",
    "confidence",
    "opened_at",
    "last_event_at",
    "due_at",
    "warn_at",
    "filed_at",
    "dispatched_at",
    "accepted_at",
    "departed_at",
    "arrived_at",
    "handled_at",
    "checked_at",
    "closed_at",
    "on_time",
    "stage_since",
    "stage_due_at",
    "stage_overdue",
    "warned",
    "review_at",
    "request",
    "claimed_by",
    "claimed_at",
    "unanswered",
    "verifier",
    "asked",
    "answer_by",
    "assists",
    "parent",
    "children",
    "open_children",
    "merged_into",
    "merged",
    "supervised",
    "urgent",
    "key_case",
    "extensions",
    "returns",
    "suspensions",
    "reopened",
    "received_at",
    "voided_at",
)
"""Fields of a case that the world sees as they are."""


_read_plain = attrgetter(*_PLAIN)


def _fields(case: Case, codes: Codes, at: datetime) -> dict[str, Any]:
    fields: dict[str, Any] = dict(zip(_PLAIN, _read_plain(case), strict=True))
    fields["stage"] = case.stage
    fields["category"] = category_name(case.category, codes)
    fields["priority"] = case.priority
    fields["place"] = place_view(case.place)
    fields["source"] = case.source_id
    fields["reporter"] = bool(case.reporter)
    fields["light"] = light_of(case, at)
    fields["held"] = case.held
    fields["stopped"] = stopped_of(case)
    fields["chain"] = chain_of(case)
    return fields


def grounds(because: Sequence[Reason], codes: Codes) -> list[Ground]:
    """Return the reasons in words."""
    return [Ground(**render(reason, codes)) for reason in because]


def case_row(case: Case, codes: Codes, at: datetime) -> CaseRow:
    """Return the case as a row of a list, as of `at`."""
    return CaseRow(**_fields(case, codes, at))


def case_view(case: Case, codes: Codes, at: datetime, allowed: Sequence[str]) -> CaseView:
    """Return the case with the commands that its reader may give now, and with its reasons."""
    return CaseView(
        **_fields(case, codes, at),
        allowed_commands=allowed,
        because=grounds(case.because, codes),
        clock=_clock_view(case.clock) if case.clock else None,
        marks=case.marks,
        before=case.before,
        ratings=case.ratings,
        withdrawn=case.withdrawn,
    )


def stopped_of(case: Case) -> Sequence[StopView]:
    """Return the spans in which the case's clock stood still, the last one open while it does."""
    clock = case.clock
    if clock is None:
        return ()
    past = [StopView(stop.start, stop.end, stop.why) for stop in clock.stops]
    return past if clock.stopped_since is None else [*past, StopView(clock.stopped_since, None, clock.why)]


def chain_of(case: Case) -> ChainView | None:
    """Return the escalation chain that runs; None where none does."""
    if not case.chain:
        return None
    steps = [StepView(step.at, step.action, step.target) for step in case.chain]
    return ChainView(steps, case.chain_done if case.chain_done < len(steps) else None)


def _clock_view(clock: HandlingClock) -> ClockView:
    return ClockView(
        limit=LimitView(clock.limit.amount, clock.limit.unit.value),
        start=clock.start,
        extra=clock.extra,
        is_rework=clock.is_rework,
    )


class WorkerView(Struct, frozen=True, kw_only=True):
    """One of the staff. `point` is his home until his phone has told another; `at` is when it did."""

    id: str
    name: Names
    department: str
    skills: Sequence[str]
    areas: Sequence[str]
    shift: str
    on_duty: bool
    point: LonLat
    at: datetime | None
    open_tasks: int
    username: str


def worker_view(worker: Worker, state: WorkerState, at: datetime | None, username: str) -> WorkerView:
    """Return a worker as the map shows him; `at` is when his position was told, `username` "" where he has no login."""
    return WorkerView(
        id=worker.id,
        name=Names(worker.name_zh, worker.name_en),
        department=worker.department,
        skills=sorted(worker.skills),
        areas=worker.areas,
        shift=worker.shift,
        on_duty=state.on_duty,
        point=state.point,
        at=at,
        open_tasks=state.open_tasks,
        username=username,
    )
