"""The case as a value: what its facts have made of it. How they do it is said in dispatch/changes and dispatch/case."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from dispatch.category import Priority
from dispatch.clocks import HandlingClock
from dispatch.episodes import Sighting
from dispatch.facts import RequestKind, Step
from dispatch.ids import CaseId, CategoryCode, DepartmentId, SourceId, TaskId, WorkerId
from dispatch.place import Place
from dispatch.reasons import Reason
from dispatch.stages import OPEN_STAGES, Stage


class Request(Struct, frozen=True, kw_only=True, gc=False):
    """What the handler has asked for and nobody has answered. `amount` is in the unit of the case's limit."""

    kind: RequestKind
    by: str
    at: datetime
    reason: str
    amount: float | None = None
    review_at: datetime | None = None
    media: tuple[str, ...] = ()


class Assist(Struct, frozen=True, kw_only=True, gc=False):
    """One who goes along with the worker whose task it is. `ended_at` is when he left, declined or was taken back."""

    task_id: TaskId
    worker: WorkerId
    department: DepartmentId
    dispatched_at: datetime
    accepted_at: datetime | None = None
    departed_at: datetime | None = None
    arrived_at: datetime | None = None
    left_at: datetime | None = None
    ended_at: datetime | None = None


class Forward(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """转交: one partner who was told of the case. `handles` says that he deals with it now.

    `request_id` is his number for it; `word`, `meaning`, `note` and `said_at` are of the last that he said.
    """

    partner: str
    service_code: str
    reference: str
    at: datetime
    handles: bool = False
    request_id: str = ""
    word: str = ""
    meaning: str = ""
    note: str = ""
    said_at: datetime | None = None
    failed: str = ""


class Supervision(Struct, frozen=True, kw_only=True, gc=False):
    """督办: who answers for it, since when and until when."""

    by: str
    at: datetime
    note: str = ""
    due_at: datetime | None = None


class Rating(Struct, frozen=True, kw_only=True, gc=False):
    """How one who reported finds it done: 1 to 5 stars."""

    report: str
    stars: int
    at: datetime


class Callback(Struct, frozen=True, kw_only=True, gc=False):
    """回访: the last call to who made one of the reports, since the case has ended. See `CallbackDone`."""

    report: str
    at: datetime
    reached: bool
    satisfied: bool | None
    tries: int
    is_last: bool


class Verdict(StrEnum):
    """What a person has said of a machine's case that waited for him."""

    NONE = ""
    CONFIRMED = "confirmed"  # it is so, whether the city files it or not
    REFUSED = "refused"  # a false alarm


class Case(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
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
    first_event_at: datetime | None = None
    """The earliest time that an event of it was of; None in cases from before that was kept."""
    sightings: tuple[Sighting, ...] = ()
    """The last word of each of its episodes."""
    kind: str = ""
    """The video or sensor type that it was opened for; "" where no machine did."""
    verdict: Verdict = Verdict.NONE
    judged_at: datetime | None = None
    department: DepartmentId = DepartmentId("")
    worker: WorkerId = WorkerId("")
    task_id: TaskId = TaskId("")
    attempts: int = 0
    declined_by: tuple[WorkerId, ...] = ()
    """Who has declined, or not accepted in time; he is not sent this case again by a rule."""
    reworks: int = 0
    reminders: int = 0
    overdue: bool = False
    cleared: bool = False
    """Its last word was an end that a source has told, and nothing else goes on."""
    silent: bool = False
    """Nothing speaks of it any more, and what spoke last has told no end: it has just fallen silent."""
    on_time: bool | None = None

    # the clock of the stage
    stage_since: datetime | None = None
    stage_due_at: datetime | None = None
    stage_overdue: bool = False

    # the handling clock
    filed_at: datetime | None = None
    due_at: datetime | None = None
    warn_at: datetime | None = None
    marks: tuple[datetime, ...] = ()
    """When 50, 80, 100 and 150 % of the limit are used."""
    warned: int = 0
    """The last of these that has been told."""
    clock: HandlingClock | None = None
    """None before it is filed, and for a case of the past."""

    first_dispatched_at: datetime | None = None
    dispatched_at: datetime | None = None
    """When the task that runs now was sent; so for the three times below."""
    accepted_at: datetime | None = None
    departed_at: datetime | None = None
    arrived_at: datetime | None = None
    handled_at: datetime | None = None
    checked_at: datetime | None = None
    closed_at: datetime | None = None
    """When it was closed, by force too."""
    voided_at: datetime | None = None
    """When it ended without being handled: void, not filed, or merged."""

    # the first, and last, time of each desk stage: what the posts are measured by
    received_at: datetime | None = None
    """When it was accepted (受理)."""

    # what the handler asks for
    held: Stage | None = None
    """Where it stood before the request or the suspension."""
    request: Request | None = None
    review_at: datetime | None = None
    review_told: bool = False
    extensions: int = 0
    returns: int = 0
    suspensions: int = 0
    misdispatched_s: float = 0.0

    # who else is on it
    assists: tuple[Assist, ...] = ()
    chain: tuple[Step, ...] = ()
    chain_done: int = 0
    forwards: tuple[Forward, ...] = ()
    """The partners who were told of it, in order."""
    claimed_by: str = ""
    claimed_at: datetime | None = None
    verifier: str = ""
    """Whom the case was sent to for verification or check; "" for whoever is near."""
    asked: SourceId = SourceId("")
    """The source that is asked whether it is over."""
    answer_by: datetime | None = None

    # what its reporters have said since
    unanswered: tuple[str, ...] = ()
    """Numbers of the reports whose senders have written and wait for an answer."""
    ratings: tuple[Rating, ...] = ()
    """One for each report that was rated; the latest stands last."""
    withdrawn: tuple[str, ...] = ()
    """Numbers of the reports that were taken back."""

    # its family
    parent: CaseId = CaseId("")
    children: tuple[CaseId, ...] = ()
    open_children: tuple[CaseId, ...] = ()
    merged: tuple[CaseId, ...] = ()
    merged_into: CaseId = CaseId("")

    # what those who reported it say of how it ended
    callbacks: tuple[Callback, ...] = ()
    """One for each report whose sender was called; the latest call to him."""
    called_at: datetime | None = None
    """When one of them was last reached; None while none has been."""
    satisfied: bool | None = None

    # marks
    flags: tuple[str, ...] = ()
    """Why what its reporter sent is to be looked at first (`dispatch.flags.FlagKind`)."""
    urgent: bool = False
    key_case: bool = False
    supervised: Supervision | None = None
    reopened: int = 0
    before: tuple[str, ...] = ()
    """Pictures of how it was, by who handled it."""
    erased: tuple[str, ...] = ()
    """Fields of persons that were deleted in all of it (`dispatch.retention.Field`)."""

    @property
    def is_open(self) -> bool:
        return self.stage in OPEN_STAGES

    @property
    def is_flagged(self) -> bool:
        """Whether nobody has yet looked at what should be looked at before anybody else sees it."""
        return bool(self.flags) and self.stage is Stage.REPORTED

    @property
    def helpers(self) -> tuple[WorkerId, ...]:
        """The workers who go along now."""
        return tuple(each.worker for each in self.assists if each.ended_at is None)

    @property
    def partner(self) -> Forward | None:
        """The partner who handles it now, None where the city does itself."""
        return next((each for each in self.forwards if each.handles), None)

    def find_forward(self, reference: str) -> Forward | None:
        """Return what was forwarded under that reference."""
        return next((each for each in self.forwards if each.reference == reference), None)

    def find_assist(self, worker: WorkerId) -> Assist | None:
        """Return the running task of an assisting worker."""
        return next((each for each in self.assists if each.worker == worker and each.ended_at is None), None)
