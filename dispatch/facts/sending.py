"""Who goes (派遣): tasks and what their workers do with them; who goes along."""

from datetime import datetime

from dispatch.facts.base import AssistStep, Candidate, CaseSummary, FactData, Step
from dispatch.ids import DepartmentId, TaskId, WorkerId
from dispatch.reasons import Reason
from gis.point import LonLat


class CaseQueued(FactData, frozen=True, kw_only=True):
    """Nobody could be sent. `reason` is the rule of the first reason. The case is tried again when someone is free."""

    reason: str
    because: tuple[Reason, ...] = ()


class TaskDispatched(FactData, frozen=True, kw_only=True):
    """派遣. One worker is sent. `attempt` counts the sendings of this case from 1.

    `chain` is what happens if he does not accept in time, frozen as the city's rules were then; () keeps the chain that
    runs.
    """

    task_id: TaskId
    worker: WorkerId
    department: DepartmentId
    by: str
    attempt: int
    case: CaseSummary
    candidates: tuple[Candidate, ...] = ()
    chain: tuple[Step, ...] = ()
    because: tuple[Reason, ...] = ()


class TaskAccepted(FactData, frozen=True, kw_only=True):
    """接单. `by` is the user who said so for the worker, "" for the worker himself; so in the facts below.

    `happened_at` is when it happened by the worker's own phone, where the message came later than that.
    """

    task_id: TaskId
    worker: WorkerId
    by: str = ""
    happened_at: datetime | None = None


class TaskDeclined(FactData, frozen=True, kw_only=True):
    task_id: TaskId
    worker: WorkerId
    reason: str
    by: str = ""
    happened_at: datetime | None = None


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
    happened_at: datetime | None = None


class WorkerArrived(FactData, frozen=True, kw_only=True):
    task_id: TaskId
    worker: WorkerId
    point: LonLat | None = None
    by: str = ""
    happened_at: datetime | None = None


class AssistSent(FactData, frozen=True, kw_only=True):
    """增派. One more worker goes along with the one whose task it is."""

    task_id: TaskId
    worker: WorkerId
    department: DepartmentId
    by: str
    case: CaseSummary
    reason: str = ""


class AssistMoved(FactData, frozen=True, kw_only=True):
    """What an assisting worker has done with his task, or the desk with it."""

    task_id: TaskId
    worker: WorkerId
    step: AssistStep
    by: str = ""
    reason: str = ""
    point: LonLat | None = None
    happened_at: datetime | None = None


class CaseEscalated(FactData, frozen=True, kw_only=True):
    """Nobody has accepted the task in time, or so much of the limit is used: someone above is told.

    `step` is that of the chain, from 0; -1 where it is the limit that is told of.
    """

    step: int
    action: str
    target: str = ""
    because: tuple[Reason, ...] = ()
