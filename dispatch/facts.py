"""What can happen to a case, in the past tense.

A fact is stored for good: a field may be added here with a default; none may be taken away or change its meaning.
"""

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct

from dispatch.category import Priority
from dispatch.event import Phase
from dispatch.ids import CaseId, CategoryCode, DepartmentId, EventId, SourceId, TaskId, WorkerId
from dispatch.place import Place
from dispatch.reasons import Reason
from gis.point import LonLat


class FactData(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What has happened, in the past tense. The class name is the fact's kind."""


class CaseOpened(FactData, frozen=True, kw_only=True):
    """A happening nobody knew of. `waiting` says why a person must look first ("" where none need)."""

    number: str
    category: CategoryCode
    priority: Priority
    severity: int
    place: Place
    feed: str
    source_id: SourceId
    event_id: EventId
    observed_at: datetime | None = None
    episode: str = ""
    text: str = ""
    confidence: float | None = None
    media: tuple[str, ...] = ()
    reporter: str = ""
    waiting: str = ""
    because: tuple[Reason, ...] = ()


class CaseImported(FactData, frozen=True, kw_only=True):
    """A case of the past, from another system, as far as it came there. Times that were not recorded are None.

    The one fact of its past: what happened in between was not ours to see.
    """

    number: str
    category: CategoryCode
    priority: Priority
    severity: int
    place: Place
    feed: str
    source_id: SourceId
    event_id: EventId
    text: str = ""
    waiting: str = ""
    department: DepartmentId = DepartmentId("")
    worker: WorkerId = WorkerId("")
    filed_at: datetime | None = None
    due_at: datetime | None = None
    warn_at: datetime | None = None
    dispatched_at: datetime | None = None
    accepted_at: datetime | None = None
    arrived_at: datetime | None = None
    handled_at: datetime | None = None
    checked_at: datetime | None = None
    closed_at: datetime | None = None
    overdue: bool = False
    on_time: bool | None = None
    because: tuple[Reason, ...] = ()


class EventAttached(FactData, frozen=True, kw_only=True):
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


class PriorityRaised(FactData, frozen=True, kw_only=True):
    """An event told of something worse than the case was opened for. A filed case gets its new limit with it."""

    priority: Priority
    severity: int
    due_at: datetime | None = None
    warn_at: datetime | None = None
    because: tuple[Reason, ...] = ()


class CaseReclassified(FactData, frozen=True, kw_only=True):
    """Another category. A filed case gets its new limit with it, and its new department while nobody is sent."""

    category: CategoryCode
    priority: Priority
    by: str
    reason: str = ""
    department: DepartmentId = DepartmentId("")
    due_at: datetime | None = None
    warn_at: datetime | None = None
    because: tuple[Reason, ...] = ()


class CaseRelocated(FactData, frozen=True, kw_only=True):
    """Another place. A filed case gets its new department with it while nobody is sent."""

    place: Place
    by: str
    reason: str = ""
    department: DepartmentId = DepartmentId("")
    because: tuple[Reason, ...] = ()


class CaseFiled(FactData, frozen=True, kw_only=True):
    """立案. The handling clock starts; `warn_at` is when 70 % of the limit is used."""

    department: DepartmentId
    due_at: datetime
    warn_at: datetime
    by: str
    because: tuple[Reason, ...] = ()


class CaseQueued(FactData, frozen=True, kw_only=True):
    """Nobody could be sent. `reason` is the rule of the first reason. The case is tried again when someone is free."""

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


class TaskDispatched(FactData, frozen=True, kw_only=True):
    """派遣. One worker is sent. `attempt` counts the sendings of this case from 1."""

    task_id: TaskId
    worker: WorkerId
    department: DepartmentId
    by: str
    attempt: int
    case: CaseSummary
    candidates: tuple[Candidate, ...] = ()
    because: tuple[Reason, ...] = ()


class TaskAccepted(FactData, frozen=True, kw_only=True):
    """接单. `by` is the user who said so for the worker, "" for the worker himself; so in the facts below."""

    task_id: TaskId
    worker: WorkerId
    by: str = ""


class TaskDeclined(FactData, frozen=True, kw_only=True):
    task_id: TaskId
    worker: WorkerId
    reason: str
    by: str = ""


class TaskWithdrawn(FactData, frozen=True, kw_only=True):
    """The task is taken back from the worker, to be sent to another or because the case ended."""

    task_id: TaskId
    worker: WorkerId
    by: str
    reason: str = ""


class WorkerDeparted(FactData, frozen=True, kw_only=True):
    task_id: TaskId
    worker: WorkerId
    by: str = ""


class WorkerArrived(FactData, frozen=True, kw_only=True):
    task_id: TaskId
    worker: WorkerId
    point: LonLat | None = None
    by: str = ""


class CaseHandled(FactData, frozen=True, kw_only=True):
    """处置完毕. The handling clock stops."""

    task_id: TaskId
    worker: WorkerId
    by: str = ""
    note: str = ""
    media: tuple[str, ...] = ()


class CheckPassed(FactData, frozen=True, kw_only=True):
    by: str
    note: str = ""
    media: tuple[str, ...] = ()


class CaseReworked(FactData, frozen=True, kw_only=True):
    """返工. The check failed: the same worker again, with a new task."""

    task_id: TaskId
    worker: WorkerId
    by: str
    reason: str
    media: tuple[str, ...] = ()


class CaseClosed(FactData, frozen=True, kw_only=True):
    by: str
    on_time: bool
    note: str = ""
    because: tuple[Reason, ...] = ()


class CaseVoided(FactData, frozen=True, kw_only=True):
    by: str
    reason: str


class CaseOverdue(FactData, frozen=True, kw_only=True):
    """The handling limit has passed and the case is not handled."""

    due_at: datetime


class LimitChanged(FactData, frozen=True, kw_only=True):
    """The case is due at another time: the city's calendar or the limit of its category has changed."""

    due_at: datetime
    warn_at: datetime
    by: str
    reason: str = ""


class CaseReminded(FactData, frozen=True, kw_only=True):
    """催办."""

    by: str
    note: str = ""


class NoteAdded(FactData, frozen=True, kw_only=True):
    by: str
    note: str


class WorkerSignedOn(FactData, frozen=True, kw_only=True):
    worker: WorkerId


class WorkerSignedOff(FactData, frozen=True, kw_only=True):
    worker: WorkerId


class SourceLost(FactData, frozen=True, kw_only=True):
    """A source has not been heard of for longer than it may be silent."""

    source_id: SourceId
    last_heard_at: datetime | None


class SourceRestored(FactData, frozen=True, kw_only=True):
    source_id: SourceId


class Fact(Struct, frozen=True):
    """One fact about one case; `case_id` is "" for facts about workers and sources."""

    case_id: CaseId
    at: datetime
    data: FactData

    @property
    def kind(self) -> str:
        return type(self.data).__name__


FACTS: Mapping[str, type[FactData]] = {each.__name__: each for each in FactData.__subclasses__()}
"""Kind -> class, to read the journal with."""
