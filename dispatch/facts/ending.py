"""Handling, checking, closing (处置, 核查, 结案), and what comes after."""

from datetime import datetime

from dispatch.clocks import HandlingClock
from dispatch.facts.base import Answer, FactData
from dispatch.ids import EventId, SourceId, TaskId, WorkerId
from dispatch.reasons import Reason


class CaseHandled(FactData, frozen=True, kw_only=True):
    """处置完毕. The handling clock stops. `before` and `media` are pictures of how it was and how it is now."""

    task_id: TaskId
    worker: WorkerId
    by: str = ""
    note: str = ""
    media: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    happened_at: datetime | None = None


class CheckSent(FactData, frozen=True, kw_only=True):
    """送核查. Somebody is to look whether it is done: `collector` (a username), or whoever of them is near ("")."""

    by: str
    collector: str = ""
    note: str = ""


class CheckAsked(FactData, frozen=True, kw_only=True):
    """智能核查. The source that told of it is asked whether it is over, and has until `answer_by` to say."""

    source_id: SourceId
    answer_by: datetime
    because: tuple[Reason, ...] = ()


class CheckAnswered(FactData, frozen=True, kw_only=True):
    """What the source says, with what shows it. `because` says what follows."""

    source_id: SourceId
    answer: Answer
    event_id: EventId = EventId("")
    media: tuple[str, ...] = ()
    note: str = ""
    because: tuple[Reason, ...] = ()


class CheckPassed(FactData, frozen=True, kw_only=True):
    by: str
    note: str = ""
    media: tuple[str, ...] = ()
    because: tuple[Reason, ...] = ()


class CaseReworked(FactData, frozen=True, kw_only=True):
    """返工. The check failed: the same worker again, with a new task; the clock runs on."""

    task_id: TaskId
    worker: WorkerId
    by: str
    reason: str
    media: tuple[str, ...] = ()
    due_at: datetime | None = None
    warn_at: datetime | None = None
    marks: tuple[datetime, ...] = ()
    clock: HandlingClock | None = None
    because: tuple[Reason, ...] = ()


class CaseClosed(FactData, frozen=True, kw_only=True):
    by: str
    on_time: bool
    note: str = ""
    because: tuple[Reason, ...] = ()


class CaseForceClosed(FactData, frozen=True, kw_only=True):
    """非正常结案. It cannot be done or is no longer there; counted apart."""

    by: str
    reason: str


class CallbackDone(FactData, frozen=True, kw_only=True):
    """回访. Somebody has called who reported it: `report` is the number of his report, never who he is.

    `tries` counts the calls since the case has ended. `is_last` says that nobody calls again: he was reached, or was
    tried as often as the city tries. `satisfied` is None where he was not reached or would not say.
    """

    by: str
    report: str
    reached: bool
    satisfied: bool | None = None
    note: str = ""
    tries: int = 1
    is_last: bool = True


class CaseReopened(FactData, frozen=True, kw_only=True):
    """重开. With a new clock once it is filed again.

    Where who reported wants it, `report` is his number and `message_id` names his reason, which is not told here.
    """

    by: str
    reason: str
    report: str = ""
    message_id: str = ""
