"""Tells people what the escalation and the limits have to say to them, on whatever page of theirs listens.

Fed by the outbox. A notice waits there for its time (quiet hours, digests) and for its person; what was held back for
one person to one time is told as one. It counts as delivered once a socket of his has it; after a crash it may be told
twice, and `seqs` tell repeats apart.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec
from msgspec import Struct

from dispatch.access import Actor, Role, may_see_fact
from dispatch.case import Case, Stage
from dispatch.category import Priority
from dispatch.escalate import Notice, gather
from dispatch.facts import CaseEscalated
from dispatch.ids import CaseId
from services.live.hub import Hub, Listener, Person, person_of
from services.observe import clock
from services.store import outbox
from services.store.database import Database
from services.store.outbox import Due, Key

EVERY_S = 1.0
"""How often is looked for what is due: a critical case's step is told within a second of its commit."""
PER_RUN = 500
"""Notices told at once; those that are left have the next second."""

_encode = msgspec.json.Encoder().encode
_escalated = msgspec.json.Decoder(CaseEscalated)


class CaseTold(Struct, frozen=True, kw_only=True):
    """What one must know of a case that he may not have on his screen."""

    id: CaseId
    number: str
    category: str
    priority: Priority
    stage: Stage
    area: str
    address: str
    worker: str
    due_at: datetime | None


class NoticeView(Struct, frozen=True, kw_only=True):
    """One notice. `kind` is chain, limit or digest; `percent` how much of the limit is used, 0 in other kinds."""

    seqs: Sequence[int]
    kind: str
    priority: Priority
    at: datetime
    percent: int
    cases: Sequence[CaseTold]


class Told(Struct, frozen=True):
    """A notice as it is told, and what it is made of: one of the outbox, or several that were gathered."""

    notice: Notice
    parts: Sequence[Due]

    @property
    def keys(self) -> list[Key]:
        return [part.key for part in self.parts]

    @property
    def percent(self) -> int:
        return percent_of(self.parts[0]) if len(self.parts) == 1 else 0

    @property
    def cases(self) -> list[Case]:
        return list({part.case.id: part.case for part in self.parts}.values())


class Notifier:
    """Looks for what is due, and tells it."""

    def __init__(self, db: Database, hub: Hub) -> None:
        self.db, self.hub = db, hub

    async def tell_due(self) -> int:
        """Tell those who listen what is due for them; return how many notices."""
        names = self.hub.by_person()
        if not names:
            return 0
        workers = [name for is_worker, name in names if is_worker]
        users = [name for is_worker, name in names if not is_worker]
        now = clock.now()
        due = await self.db.read(lambda connection: outbox.list_due(connection, workers, users, now, PER_RUN))
        # Asked again: who has left meanwhile is told when he is back.
        told = self._tell(due, self.hub.by_person()) if due else []
        if told:
            await self.db.write(lambda connection: outbox.mark_delivered(connection, told, (), now))
        return len(told)

    def _tell(self, due: Sequence[Due], listening: dict[Person, list[Listener]]) -> list[Key]:
        told: list[Key] = []
        for person, own in _by_person(due).items():
            listeners = listening.get(person)
            if listeners is None:
                continue
            seen = [each for each in own if may_hear_of(listeners[0].actor, each)]
            if seen:
                frame = _encode({"type": "notices", "notices": [view_of(each) for each in gather_due(seen)]}).decode()
                for listener in listeners:
                    listener.offer(frame)
            # What he may no longer see is told to nobody.
            told += [each.key for each in own]
        return told


def gather_due(due: Iterable[Due]) -> list[Told]:
    """Return what is told of these, in order: what was held back for one person to one time is one."""
    by_key = {each.key: each for each in due}
    notices = gather(_notice_of(each) for each in by_key.values())
    return [Told(notice, [by_key[seq, notice.recipient] for seq in notice.seqs]) for notice in notices]


def may_hear_of(actor: Actor, due: Due) -> bool:
    """Say whether a notice may still be told: a worker was named, others must see the case."""
    case = due.case
    is_worker, _ = person_of(actor)
    return is_worker or may_see_fact(actor, case.place.area, case.department, (case.worker,))


def percent_of(due: Due) -> int:
    """Return how much of the limit is used, by the fact that says so; 0 in any other fact."""
    if due.fact != CaseEscalated.__name__:
        return 0
    values = (reason.values for reason in _escalated.decode(due.data).because)
    return next((int(each["percent"]) for each in values if "percent" in each), 0)


def view_of(told: Told) -> NoticeView:
    notice = told.notice
    return NoticeView(
        seqs=notice.seqs,
        kind=notice.kind,
        priority=notice.priority,
        at=notice.at,
        percent=told.percent,
        cases=[_case_told(case) for case in told.cases],
    )


def _by_person(due: Iterable[Due]) -> dict[Person, list[Due]]:
    found: dict[Person, list[Due]] = {}
    for each in due:
        found.setdefault((each.role == Role.WORKER, each.recipient), []).append(each)
    return found


def _notice_of(due: Due) -> Notice:
    return Notice(
        recipient=due.recipient,
        role=due.role,
        kind=due.kind,
        priority=due.case.priority,
        cases=(due.case.id,),
        at=due.created_at,
        told_at=due.deliver_at,
        seqs=(due.seq,),
    )


def _case_told(case: Case) -> CaseTold:
    return CaseTold(
        id=case.id,
        number=case.number,
        category=case.category,
        priority=case.priority,
        stage=case.stage,
        area=case.place.area,
        address=case.place.address,
        worker=case.worker,
        due_at=case.due_at,
    )
