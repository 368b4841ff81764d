"""A case, and the only ways it may change.

Rule 1: every change of a case is a fact, and every change of its stage is a row of TRANSITIONS.
Code elsewhere may record a fact; it never sets a stage.

Rule 2: this file does no I/O and does not read the clock.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from dispatch.category import Priority
from dispatch.event import Phase
from dispatch.ids import AreaCode, CaseId, CategoryCode, DepartmentId, EventId, SourceId, TaskId, WorkerId
from dispatch.reasons import Reason
from gis.point import LonLat


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


class Basis(StrEnum):
    """What a place was found from."""

    COORDINATES = "coordinates"
    SOURCE = "source"
    GAZETTEER = "gazetteer"
    COMPONENT = "component"
    PERSON = "person"
    NONE = "none"


class Place(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where a case is. Codes are "" where not known; `inside` is False for a point outside the city."""

    point: LonLat | None = None
    accuracy_m: float | None = None
    district: AreaCode = AreaCode("")
    street: AreaCode = AreaCode("")
    community: AreaCode = AreaCode("")
    grid: AreaCode = AreaCode("")
    component: str = ""
    address: str = ""
    basis: Basis = Basis.NONE
    inside: bool = True


# --- facts -----------------------------------------------------------------------------------------------


class FactData(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What has happened, in the past tense. The class name is the fact's kind."""


class CaseOpened(FactData):
    """A happening nobody knew of. `waiting` says why a person must look first ("" where none need)."""

    number: str
    category: CategoryCode
    priority: Priority
    severity: int
    place: Place
    feed: str
    source_id: SourceId
    event_id: EventId
    episode: str = ""
    text: str = ""
    confidence: float | None = None
    media: tuple[str, ...] = ()
    reporter: str = ""
    waiting: str = ""
    because: tuple[Reason, ...] = ()


class EventAttached(FactData):
    """One more event that speaks of a case that is known."""

    event_id: EventId
    feed: str
    source_id: SourceId
    phase: Phase
    observed_at: datetime
    severity: int
    episode: str = ""
    text: str = ""
    media: tuple[str, ...] = ()
    reporter: str = ""
    because: tuple[Reason, ...] = ()


class PriorityRaised(FactData):
    """An event told of something worse than the case was opened for."""

    priority: Priority
    severity: int
    because: tuple[Reason, ...] = ()


class CaseReclassified(FactData):
    category: CategoryCode
    priority: Priority
    by: str
    reason: str = ""


class CaseRelocated(FactData):
    place: Place
    by: str
    reason: str = ""


class CaseFiled(FactData):
    """立案. The handling clock starts; `warn_at` is when 70 % of the limit is used."""

    department: DepartmentId
    due_at: datetime
    warn_at: datetime
    by: str
    because: tuple[Reason, ...] = ()


class CaseQueued(FactData):
    """Nobody could be sent. The case is tried again when someone is free."""

    reason: str
    because: tuple[Reason, ...] = ()


class Candidate(Struct, frozen=True, kw_only=True):
    """One worker who could have been sent, and how well he fitted (the smallest cost is sent)."""

    worker: WorkerId
    distance_m: float
    travel_s: float
    load: int
    cost: float


class CaseSummary(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a worker must know of a case that he has not seen before."""

    number: str
    category: CategoryCode
    priority: Priority
    place: Place
    due_at: datetime
    text: str = ""
    media: tuple[str, ...] = ()


class TaskDispatched(FactData):
    """派遣. One worker is sent. `attempt` counts the sendings of this case from 1."""

    task_id: TaskId
    worker: WorkerId
    department: DepartmentId
    by: str
    attempt: int
    case: CaseSummary
    candidates: tuple[Candidate, ...] = ()
    because: tuple[Reason, ...] = ()


class TaskAccepted(FactData):
    task_id: TaskId
    worker: WorkerId


class TaskDeclined(FactData):
    task_id: TaskId
    worker: WorkerId
    reason: str


class TaskWithdrawn(FactData):
    """The task is taken back from the worker, to be sent to another or because the case ended."""

    task_id: TaskId
    worker: WorkerId
    by: str
    reason: str = ""


class WorkerDeparted(FactData):
    task_id: TaskId
    worker: WorkerId


class WorkerArrived(FactData):
    task_id: TaskId
    worker: WorkerId
    point: LonLat | None = None


class CaseHandled(FactData):
    task_id: TaskId
    worker: WorkerId
    note: str = ""
    media: tuple[str, ...] = ()


class CheckPassed(FactData):
    by: str
    note: str = ""
    media: tuple[str, ...] = ()


class CaseReworked(FactData):
    """返工. The check failed: the same worker again, with a new task."""

    task_id: TaskId
    worker: WorkerId
    by: str
    reason: str
    media: tuple[str, ...] = ()


class CaseClosed(FactData):
    by: str
    on_time: bool
    note: str = ""
    because: tuple[Reason, ...] = ()


class CaseVoided(FactData):
    by: str
    reason: str


class CaseOverdue(FactData):
    """The handling limit has passed and the case is not handled."""

    due_at: datetime


class CaseReminded(FactData):
    """催办."""

    by: str
    note: str = ""


class NoteAdded(FactData):
    by: str
    note: str


class WorkerSignedOn(FactData):
    worker: WorkerId


class WorkerSignedOff(FactData):
    worker: WorkerId


class SourceLost(FactData):
    """A source has not been heard of for longer than it may be silent."""

    source_id: SourceId
    last_heard_at: datetime | None


class SourceRestored(FactData):
    source_id: SourceId


class Fact(Struct, frozen=True):
    """One fact about one case; `case_id` is "" for facts about workers and sources."""

    case_id: CaseId
    at: datetime
    data: FactData

    @property
    def kind(self) -> str:
        return type(self.data).__name__


# --- the table -------------------------------------------------------------------------------------------

_ANYWHERE: Mapping[type[FactData], None] = dict.fromkeys((EventAttached, NoteAdded))
"""Facts that every stage allows and none is changed by."""

_WHILE_OPEN: Mapping[type[FactData], None] = dict.fromkeys(
    (PriorityRaised, CaseReclassified, CaseRelocated, CaseReminded, CaseOverdue)
)

TRANSITIONS: Mapping[Stage, Mapping[type[FactData], Stage]] = {
    Stage.REPORTED: {CaseFiled: Stage.FILED, CaseVoided: Stage.VOID},
    Stage.FILED: {
        TaskDispatched: Stage.DISPATCHED,
        CaseQueued: Stage.FILED,
        CaseVoided: Stage.VOID,
    },
    Stage.DISPATCHED: {
        TaskAccepted: Stage.ACCEPTED,
        TaskDeclined: Stage.FILED,
        TaskWithdrawn: Stage.FILED,
    },
    Stage.ACCEPTED: {
        WorkerDeparted: Stage.ACCEPTED,
        WorkerArrived: Stage.ARRIVED,
        TaskDeclined: Stage.FILED,
        TaskWithdrawn: Stage.FILED,
    },
    Stage.ARRIVED: {CaseHandled: Stage.HANDLED, TaskDeclined: Stage.FILED, TaskWithdrawn: Stage.FILED},
    Stage.HANDLED: {CheckPassed: Stage.CHECKED, CaseReworked: Stage.DISPATCHED},
    Stage.CHECKED: {CaseClosed: Stage.CLOSED, CaseReworked: Stage.DISPATCHED},
    Stage.CLOSED: {},
    Stage.VOID: {},
}
"""Stage -> fact -> the stage after. What is not here cannot happen."""


class IllegalChange(Exception):
    """A fact does not apply to a case in this stage."""


class Case(Struct, frozen=True, kw_only=True):
    """A case as its facts have made it. `version` is the journal `seq` of its last fact."""

    id: CaseId
    number: str
    version: int
    stage: Stage
    category: CategoryCode
    priority: Priority
    severity: int
    place: Place
    feed: str
    source_id: SourceId
    text: str
    confidence: float | None
    media: tuple[str, ...]
    reporter: str
    waiting: str
    because: tuple[Reason, ...]
    episodes: tuple[str, ...]
    events: int
    opened_at: datetime
    last_event_at: datetime
    department: DepartmentId = DepartmentId("")
    worker: WorkerId = WorkerId("")
    task_id: TaskId = TaskId("")
    attempts: int = 0
    declined_by: tuple[WorkerId, ...] = ()
    reworks: int = 0
    reminders: int = 0
    overdue: bool = False
    cleared: bool = False
    on_time: bool | None = None
    filed_at: datetime | None = None
    due_at: datetime | None = None
    warn_at: datetime | None = None
    dispatched_at: datetime | None = None
    accepted_at: datetime | None = None
    departed_at: datetime | None = None
    arrived_at: datetime | None = None
    handled_at: datetime | None = None
    checked_at: datetime | None = None
    closed_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        return self.stage in OPEN_STAGES


