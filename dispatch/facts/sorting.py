"""Whether it is a case, what of, where, and whose: accepting, verifying, filing (受理, 核实, 立案)."""

from datetime import datetime

from dispatch.category import Limit, Priority
from dispatch.clocks import HandlingClock
from dispatch.facts.base import FactData
from dispatch.ids import CaseId, CategoryCode, DepartmentId
from dispatch.place import Place
from dispatch.reasons import Reason


class CaseAccepted(FactData, frozen=True, kw_only=True):
    """受理. The report is one for the city; whether it is filed is still to be said."""

    by: str
    note: str = ""


class VerificationAsked(FactData, frozen=True, kw_only=True):
    """核实. Someone is to look whether it is so: `collector` (a username), or whoever of them is near ("")."""

    by: str
    collector: str = ""
    note: str = ""


class VerificationPassed(FactData, frozen=True, kw_only=True):
    """It is so."""

    by: str
    note: str = ""
    media: tuple[str, ...] = ()


class VerificationFailed(FactData, frozen=True, kw_only=True):
    """It is not so: the case is void."""

    by: str
    note: str
    media: tuple[str, ...] = ()


class CaseFiled(FactData, frozen=True, kw_only=True):
    """立案. The handling clock starts.

    `warn_at` is when 70 % of the limit is used, `marks` when 50, 80, 100 and 150 % are.
    """

    department: DepartmentId
    due_at: datetime
    warn_at: datetime
    by: str
    marks: tuple[datetime, ...] = ()
    limit: Limit | None = None
    because: tuple[Reason, ...] = ()


class CaseDeclined(FactData, frozen=True, kw_only=True):
    """不予立案. It is so, but below what the city files."""

    by: str
    reason: str


class CaseVoided(FactData, frozen=True, kw_only=True):
    """作废. False, a test, or a double of what has ended. `false_alarm` says that there was nothing of the kind."""

    by: str
    reason: str
    false_alarm: bool = False


class CaseMerged(FactData, frozen=True, kw_only=True):
    """合并. The case is the same happening as another, its master, and ends in it."""

    into: CaseId
    number: str
    by: str
    reason: str = ""


class DuplicateMerged(FactData, frozen=True, kw_only=True):
    """Another case has ended in this one; who reported it is told how this one ends."""

    duplicate: CaseId
    number: str
    by: str
    reason: str = ""


class MasterEnded(FactData, frozen=True, kw_only=True):
    """The case that this one was merged into has ended, so that its reporter can be told."""

    master: CaseId
    number: str
    stage: str


class CaseSelfHandled(FactData, frozen=True, kw_only=True):
    """自行处置. A trifle that the collector put right on the spot; `before` and `after` show it."""

    by: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    note: str = ""


class PriorityRaised(FactData, frozen=True, kw_only=True):
    """An event told of something worse than the case was opened for. A filed case gets its new limit with it."""

    priority: Priority
    severity: int
    due_at: datetime | None = None
    warn_at: datetime | None = None
    marks: tuple[datetime, ...] = ()
    clock: HandlingClock | None = None
    because: tuple[Reason, ...] = ()


class PrioritySet(FactData, frozen=True, kw_only=True):
    """A person has said how soon it must be. A filed case gets its new limit with it."""

    priority: Priority
    by: str
    reason: str = ""
    due_at: datetime | None = None
    warn_at: datetime | None = None
    marks: tuple[datetime, ...] = ()
    clock: HandlingClock | None = None


class CaseReclassified(FactData, frozen=True, kw_only=True):
    """Another category. A filed case gets its new limit with it, and its new department while nobody is sent."""

    category: CategoryCode
    priority: Priority
    by: str
    reason: str = ""
    department: DepartmentId = DepartmentId("")
    due_at: datetime | None = None
    warn_at: datetime | None = None
    marks: tuple[datetime, ...] = ()
    clock: HandlingClock | None = None
    because: tuple[Reason, ...] = ()


class CaseRelocated(FactData, frozen=True, kw_only=True):
    """Another place. A filed case gets its new limit with it, and its new department while nobody is sent."""

    place: Place
    by: str
    reason: str = ""
    department: DepartmentId = DepartmentId("")
    due_at: datetime | None = None
    warn_at: datetime | None = None
    marks: tuple[datetime, ...] = ()
    clock: HandlingClock | None = None
    because: tuple[Reason, ...] = ()


class LimitChanged(FactData, frozen=True, kw_only=True):
    """The city's calendar or limits have changed, or the department has, and with them when this case is due."""

    due_at: datetime
    warn_at: datetime
    by: str
    marks: tuple[datetime, ...] = ()
    clock: HandlingClock | None = None
    reason: str = ""
