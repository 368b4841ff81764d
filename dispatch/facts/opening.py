"""How a case comes to be known, and what else speaks of it."""

from datetime import datetime

from dispatch.boxes import Box
from dispatch.category import Priority
from dispatch.event import Phase
from dispatch.facts.base import FactData
from dispatch.ids import CaseId, CategoryCode, DepartmentId, EventId, SourceId, WorkerId
from dispatch.place import Place
from dispatch.reasons import Reason


class CaseOpened(FactData, frozen=True, kw_only=True):
    """A happening nobody knew of. `waiting` says why a person must look first ("" where none need).

    `parent` is the case that this one is a part of, for another department. `kind` is the video or sensor type that a
    machine spoke of, "" for anything else. `clear_after_s` is how long its episode may be silent before it is over.
    """

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
    kind: str = ""
    phase: Phase = Phase.PULSE
    box: Box | None = None
    clear_after_s: float = 0.0
    waiting: str = ""
    flags: tuple[str, ...] = ()
    """Why its reporter's words or pictures should be looked at first (`dispatch.flags.FlagKind`)."""
    parent: CaseId = CaseId("")
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
    """One more event that speaks of a case that is known.

    `cleared` says whether nothing speaks of the case any more with the end that this tells; None in facts that were
    written before that was told (there the phase alone says it).
    """

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
    box: Box | None = None
    clear_after_s: float = 0.0
    cleared: bool | None = None
    because: tuple[Reason, ...] = ()


class ClearedBySilence(FactData, frozen=True, kw_only=True):
    """An episode has said nothing for so long that it is over. No source has said so: it was the clock.

    `is_last` says that nothing else speaks of the case any more.
    """

    source_id: SourceId
    episode: str
    silent_since: datetime
    after_s: float
    is_last: bool


class SilenceExcused(FactData, frozen=True, kw_only=True):
    """An episode was silent while nobody listened (the server was away): its time begins anew."""

    source_id: SourceId
    episode: str
    until: datetime
