"""What every fact has, and the values that several facts hold."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from dispatch.category import Priority
from dispatch.ids import CaseId, CategoryCode, WorkerId
from dispatch.place import Place

BY_RULE = "rule"
"""Who did what no person did (`by` of facts)."""
BY_REPORTER = "reporter"
"""Who did what somebody without an account did, by the private link of his report (`by` of facts)."""


class FactData(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What has happened, in the past tense. The class name is the fact's kind.

    `stage_due_at` is by when the stage that the fact leads to should be left, None where that stage has no limit of its
    own.
    """

    stage_due_at: datetime | None = None


class Candidate(Struct, frozen=True, kw_only=True, gc=False):
    """One worker who could have been sent, and how well he fitted (the smallest cost is sent)."""

    worker: WorkerId
    distance_m: float
    travel_s: float
    load: int
    cost: float


class CaseSummary(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What a worker must know of a case that he has not seen before."""

    number: str
    category: CategoryCode
    priority: Priority
    place: Place
    due_at: datetime
    text: str = ""
    media: tuple[str, ...] = ()


class Step(Struct, frozen=True, omit_defaults=True, gc=False):
    """One step of an escalation chain: at that time, if nobody has accepted the task by then.

    `action` is `next_worker`, `team_lead`, `duty_leader` or `supervisor`; `target` whom it tells ("" for all of that
    role).
    """

    at: datetime
    action: str
    target: str = ""


class RequestKind(StrEnum):
    """What a handler may ask the centre for (cn_standards 2.3)."""

    RETURN = "return"  # 回退
    EXTENSION = "extension"  # 延期
    SUSPENSION = "suspension"  # 挂账


class AssistStep(StrEnum):
    """What an assisting worker does with his task."""

    ACCEPT = "accept"
    DECLINE = "decline"
    DEPART = "depart"
    ARRIVE = "arrive"
    LEAVE = "leave"
    WITHDRAW = "withdraw"  # the desk takes it back


class Answer(StrEnum):
    """What a source says when it is asked whether a happening is over (智能核查)."""

    CLEAR = "clear"
    PRESENT = "present"
    UNKNOWN = "unknown"


class Fact(Struct, frozen=True, gc=False):
    """One fact about one case; `case_id` is "" for facts about workers and sources."""

    case_id: CaseId
    at: datetime
    data: FactData

    @property
    def kind(self) -> str:
        return type(self.data).__name__
