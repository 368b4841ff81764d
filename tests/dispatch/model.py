"""The life of a case, told a second time: a small model that knows nothing of the code that it is held against.

With plain words, sets and minutes it says who may do what in which stage, and how long the clock has run; what comes of
each command is in deeds.py, what follows by itself in world.py. Where the rules choose a worker the model takes whom
they chose, if it may be him.
"""

from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

MINUTE = timedelta(minutes=1)

# --- the clock -------------------------------------------------------------------------------------------

SPANS = ((time(1), time(4)), (time(5), time(10)))
"""The working hours of the small city, 9 to 12 and 13 to 18, in UTC: its clocks never change."""
HOLIDAYS, MAKE_UP_DAYS = {date(2026, 5, 1)}, {date(2026, 5, 9)}


def _days(start: datetime) -> Iterator[date]:
    day = start.date() - timedelta(days=1)
    while True:
        if day in MAKE_UP_DAYS or (day.weekday() < 5 and day not in HOLIDAYS):
            yield day
        day += timedelta(days=1)


def _spans(start: datetime) -> Iterator[tuple[datetime, datetime]]:
    for day in _days(start):
        for begin, end in SPANS:
            yield max(start, datetime.combine(day, begin, UTC)), datetime.combine(day, end, UTC)


def minutes(unit: str, start: datetime, end: datetime) -> float:
    """Return the minutes between two instants, in the time that a unit counts."""
    if unit == "UH":
        return max(0.0, (end - start) / MINUTE)
    total = 0.0
    for begin, finish in _spans(start):
        if begin >= end:
            return total
        total += max(0.0, (min(finish, end) - begin) / MINUTE)
    raise AssertionError("time ended")


def after(unit: str, start: datetime, amount: float) -> datetime:
    """Return the first instant by which so many minutes have passed."""
    if unit == "UH" or amount <= 0:
        return start + amount * MINUTE
    for begin, finish in _spans(start):
        length = (finish - begin) / MINUTE
        if length > 0 and amount <= length:
            return begin + amount * MINUTE
        amount -= max(0.0, length)
    raise AssertionError("time ended")


@dataclass
class Clock:
    """A limit in minutes of a unit, and the spans in which it has run; the last may run still (its end is None)."""

    unit: str
    limit: float
    runs: list[tuple[datetime, datetime | None]]
    extra: float = 0.0
    is_rework: bool = False

    @property
    def total(self) -> float:
        return self.limit + self.extra

    @property
    def is_running(self) -> bool:
        return self.runs[-1][1] is None

    def stop(self, at: datetime) -> None:
        if self.is_running:
            self.runs[-1] = (self.runs[-1][0], at)

    def run(self, at: datetime) -> None:
        if not self.is_running:
            self.runs.append((at, None))

    def used(self, at: datetime) -> float:
        return sum(minutes(self.unit, start, end or at) for start, end in self.runs)

    def due(self) -> datetime | None:
        """Return when all of it is used; None while it stands still and is not."""
        left = self.total
        for start, end in self.runs:
            length = minutes(self.unit, start, end) if end else None
            if length is None or left <= length:
                return after(self.unit, start, left)
            left -= length
        return None


LIMITS: Mapping[tuple[str, bool], tuple[str, float]] = {
    ("gas", True): ("UH", 120),
    ("gas", False): ("WH", 360),
    ("litter", True): ("WH", 240),
    ("litter", False): ("WH", 240),
}
"""(category, whether it is urgent) -> (unit, minutes)."""

DUTY = {"gas": "MUN", "litter": "SAN"}
STAFF = {"ann": ("MUN", {"gas"}), "bob": ("MUN", {"gas"}), "cai": ("SAN", {"litter"})}
"""Worker -> department, and what he can do."""

# --- the table -------------------------------------------------------------------------------------------

UNFILED = "reported verifying pending_filing reopened"
AT_WORK = "dispatched rework accepted arrived"
REQUESTS = "return_requested extension_requested suspension_requested"
ENDED = "closed forced_closed not_filed merged void"
OPEN = f"{UNFILED} self_handled filed {AT_WORK} {REQUESTS} suspended coordinating handled checking checked"

DESK = "acceptor leader dispatcher admin"
SENDERS = "leader dispatcher admin"
HEADS = "leader admin"
HANDLERS = "worker leader dispatcher admin"
WATCHERS = f"{DESK} supervisor"

TABLE = f"""
accept             | {DESK}                | reported                                                 | desk
accept             | {HANDLERS}            | dispatched rework                                        | task
verify             | {DESK}                | reported pending_filing reopened                         | desk
report_verified    | {DESK} collector      | verifying                                                |
file               | {DESK}                | {UNFILED} self_handled                                   | desk
decline            | {DESK}                | {UNFILED}                                                | desk
decline            | {HANDLERS}            | {AT_WORK}                                                | task
void               | {DESK}                | {UNFILED} self_handled filed {AT_WORK} {REQUESTS} coordinating | desk
merge              | {DESK}                | {UNFILED} filed {AT_WORK} {REQUESTS}                     | desk
self_handle        | collector admin       | reported verifying pending_filing                        |
dispatch           | {SENDERS}             | filed                                                    | desk
reassign           | {SENDERS}             | {AT_WORK} {REQUESTS}                                     | desk
assist             | {SENDERS}             | {AT_WORK} {REQUESTS}                                     | desk
release_assist     | {SENDERS}             | {OPEN}                                                   | desk
depart             | {HANDLERS}            | accepted extension_requested                             | task
arrive             | {HANDLERS}            | accepted extension_requested                             | task
leave              | {HANDLERS}            |                                                          | task
hand_over          | {HANDLERS}            | accepted arrived                                         | task
report_handled     | {HANDLERS}            | arrived extension_requested                              | task
return             | {HANDLERS}            | {AT_WORK}                                                | task
request_extension  | {HANDLERS}            | {AT_WORK}                                                | task
request_suspension | {HANDLERS}            | {AT_WORK}                                                | task
withdraw_request   | {HANDLERS}            | {REQUESTS}                                               | task
grant              | {HEADS}               | {REQUESTS}                                               | desk answer
refuse             | {HEADS}               | {REQUESTS}                                               | desk answer
suspend            | {HEADS}               | filed {AT_WORK}                                          | desk
resume             | {HEADS}               | suspended                                                | desk
coordinate         | {SENDERS}             | filed {AT_WORK}                                          | desk
settle             | {SENDERS}             | coordinating                                             | desk
split              | {SENDERS}             | filed {AT_WORK} coordinating                             | desk
send_to_check      | {DESK} collector      | handled checking                                         | desk
check              | {DESK} collector      | handled checking                                         |
rework             | {DESK} collector      | handled checking checked                                 | desk
close              | {SENDERS}             | checked self_handled                                     | desk
force_close        | {HEADS}               | filed {AT_WORK} {REQUESTS} suspended coordinating        | desk
reopen             | {DESK}                | closed forced_closed not_filed                           | desk
reclassify         | {DESK}                | {OPEN}                                                   | desk
set_priority       | {DESK}                | {OPEN}                                                   | desk
claim              | {DESK}                | {OPEN}                                                   |
release            | {DESK}                | {OPEN}                                                   |
undo               | {DESK} collector worker supervisor | {OPEN} {ENDED}                                           |
supervise          | {HEADS} supervisor    | {OPEN}                                                   |
unsupervise        | {HEADS} supervisor    | {OPEN}                                                   |
mark               | {WATCHERS}            | {OPEN}                                                   |
remind             | {WATCHERS}            | {OPEN}                                                   |
note               | {WATCHERS} worker collector | {OPEN} {ENDED}                                     |
"""

LEFT_OPEN = {
    ("dispatcher", "verify"),
    ("dispatcher", "report_verified"),
    ("dispatcher", "decline"),
    ("dispatcher", "reopen"),
    ("collector", "send_to_check"),
    ("collector", "rework"),
}
"""What the city's matrix of roles (dispatch/access) may say as it likes."""


@dataclass(frozen=True)
class Row:
    name: str
    roles: frozenset[str]
    stages: frozenset[str]
    flags: frozenset[str]


def _rows() -> Iterator[Row]:
    for line in TABLE.strip().splitlines():
        name, roles, stages, flags = (part.split() for part in line.split("|"))
        yield Row(name[0], frozenset(roles), frozenset(stages), frozenset(flags))


_ROWS = tuple(_rows())
ROWS = {name: tuple(row for row in _ROWS if row.name == name) for name in dict.fromkeys(row.name for row in _ROWS)}
"""Command -> what it means, by stage."""
NAMES = tuple(ROWS)

UNDOABLE = {
    "close", "file", "force_close", "mark", "reclassify", "reopen", "resume", "supervise", "unsupervise", "suspend",
    "void", "send_to_check", "coordinate", "set_priority", "refuse", "reassign", "hand_over", "verify",
}  # fmt: skip


# --- one case --------------------------------------------------------------------------------------------


@dataclass
class M:
    """What the model knows of a case. Words are those of the API; "" is nothing."""

    id: str
    category: str
    priority: str
    stage: str = "reported"
    held: str = ""
    department: str = ""
    worker: str = ""
    steps: set[str] = field(default_factory=set)
    """What the worker has done with the task that runs: accepted, departed, arrived."""
    sent_at: datetime | None = None
    assists: dict[str, set[str]] = field(default_factory=dict)
    declined: set[str] = field(default_factory=set)
    extensions: int = 0
    returns: int = 0
    suspensions: int = 0
    reworks: int = 0
    reopened: int = 0
    amount: float = 0.0
    review_at: datetime | None = None
    """What the handler has asked for."""
    clock: Clock | None = None
    handled_at: datetime | None = None
    ended_at: datetime | None = None
    on_time: bool | None = None
    claimed: tuple[str, datetime] | None = None
    supervised: bool = False
    answer_by: datetime | None = None
    cleared: bool = False
    parent: str = ""
    open_children: set[str] = field(default_factory=set)
    merged: list[str] = field(default_factory=list)
    merged_into: str = ""

    @property
    def is_open(self) -> bool:
        return self.stage not in ENDED.split()

    def free(self) -> None:
        """Nobody has the task any more."""
        self.worker, self.held, self.steps, self.sent_at = "", "", set(), None


@dataclass(frozen=True)
class Rules:
    """The city's settings that the model knows of."""

    extension_max: int = 1
    extension_before_due: bool = True
    extension_by: str = "leader"
    return_by: str = "leader"
    suspension_by: str = "leader"
    return_within_h: float = 1.0
    returns_max: int = 2
    coordinating_stops_clock: bool = True
    reopen_days: float = 15
    rework_h: float = 0.0
    undo_s: float = 120
    claim_grace_s: float = 20
    claim_stale_s: float = 600
    auto_close: bool = True
    answer_min: float = 5
    asked: Mapping[str, str] = field(default_factory=dict)
    """Category -> what its source's answer is worth: suggest or close; it is not asked where there is none."""


@dataclass(frozen=True)
class Last:
    """The last thing that was done to a case, and the case before it."""

    user: str
    at: datetime
    may_be_undone: bool
    before: M


def snapshot(case: M) -> M:
    return deepcopy(case)


def able(case: M, on_duty: Iterable[str]) -> set[str]:
    """Return whom the rules may send."""
    return {
        worker
        for worker in on_duty
        if STAFF[worker][0] == case.department and case.category in STAFF[worker][1] and worker not in case.declined
    }


Data = Mapping[str, Any]
