"""What a handler asks of the centre (回退, 延期, 挂账), what it answers, and cases that stand still."""

from datetime import datetime

from dispatch.clocks import HandlingClock
from dispatch.facts.base import FactData, RequestKind
from dispatch.ids import CaseId, DepartmentId, WorkerId
from dispatch.reasons import Reason


class ReturnRequested(FactData, frozen=True, kw_only=True):
    """回退申请. It is not this department's, the handler says."""

    by: str
    worker: WorkerId
    reason: str
    media: tuple[str, ...] = ()


class ExtensionRequested(FactData, frozen=True, kw_only=True):
    """延期申请. So much more time is asked for, in the unit of the case's limit."""

    by: str
    worker: WorkerId
    reason: str
    amount: float
    media: tuple[str, ...] = ()


class SuspensionRequested(FactData, frozen=True, kw_only=True):
    """挂账申请. It cannot be handled now; it is to be looked at again at `review_at`."""

    by: str
    worker: WorkerId
    reason: str
    review_at: datetime
    media: tuple[str, ...] = ()


class RequestWithdrawn(FactData, frozen=True, kw_only=True):
    """Who asked needs it no longer."""

    kind: RequestKind
    by: str


class RequestRefused(FactData, frozen=True, kw_only=True):
    kind: RequestKind
    by: str
    note: str = ""


class ReturnGranted(FactData, frozen=True, kw_only=True):
    """The case goes back to be sent anew, with a new clock; `misdispatched_s` is what the wrong sending cost."""

    by: str
    department: DepartmentId
    due_at: datetime
    warn_at: datetime
    misdispatched_s: float
    marks: tuple[datetime, ...] = ()
    clock: HandlingClock | None = None
    note: str = ""
    because: tuple[Reason, ...] = ()


class ExtensionGranted(FactData, frozen=True, kw_only=True):
    """`amount` is in the unit of the case's limit."""

    by: str
    amount: float
    due_at: datetime
    warn_at: datetime
    marks: tuple[datetime, ...] = ()
    clock: HandlingClock | None = None
    note: str = ""


class CaseSuspended(FactData, frozen=True, kw_only=True):
    """挂账. The handling clock stands still until it is taken up again; at `review_at` somebody must look."""

    by: str
    reason: str
    review_at: datetime


class CoordinationBegun(FactData, frozen=True, kw_only=True):
    """协调. Whose duty it is, is disputed or shared. `stops` says whether the clock stands still meanwhile."""

    by: str
    reason: str
    stops: bool = True


class CaseResumed(FactData, frozen=True, kw_only=True):
    """The clock runs again; the time that it stood still is added to the limit."""

    by: str
    due_at: datetime | None = None
    warn_at: datetime | None = None
    marks: tuple[datetime, ...] = ()
    clock: HandlingClock | None = None
    note: str = ""


class CoordinationSettled(FactData, frozen=True, kw_only=True):
    """定责. `department` leads; `assisting` ones have each a case of their own beside this one."""

    by: str
    department: DepartmentId
    assisting: tuple[DepartmentId, ...] = ()
    due_at: datetime | None = None
    warn_at: datetime | None = None
    marks: tuple[datetime, ...] = ()
    clock: HandlingClock | None = None
    reason: str = ""


class ChildOpened(FactData, frozen=True, kw_only=True):
    """A part of this happening has a case of its own, for another department."""

    child: CaseId
    number: str
    department: DepartmentId
    by: str


class ChildEnded(FactData, frozen=True, kw_only=True):
    child: CaseId
    number: str
    stage: str


class ReviewDue(FactData, frozen=True, kw_only=True):
    """A suspended case's review date has come."""

    review_at: datetime
