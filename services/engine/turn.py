"""One turn of the engine: everything that is decided together and committed together."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby

import msgspec

from dispatch.case import Case, apply
from dispatch.escalate import deliver_at
from dispatch.event import Event
from dispatch.facts import CallbackDone, Fact, FactData, WorkerSignedOff, WorkerSignedOn
from dispatch.forwarding import parcels_of
from dispatch.health import Episode
from dispatch.ids import CaseId, SourceId, WorkerId
from dispatch.notices import STOPPERS, TELLERS, Around, NoticeKind, stopped_by, told_of
from dispatch.sensing import SensorState
from services.engine.state import State
from services.feeds import Ask
from services.store.inbox import Outcome
from services.store.journal import Batch, Entry, Notice
from services.store.parcels import NewParcel

_encode = msgspec.json.Encoder().encode


class Change(msgspec.Struct, frozen=True, gc=False):
    """A case before and after what has happened to it: what the measures are counted from."""

    before: Case | None
    after: Case


@dataclass(slots=True)
class Turn:
    """Collects what happens; `state` is changed at once, so that the next decision of the same turn sees it."""

    state: State
    at: datetime
    batch: Batch = field(default_factory=Batch)
    changes: list[Change] = field(default_factory=list)
    asks: list[tuple[SourceId, Ask]] = field(default_factory=list)
    """What messages would have us ask their senders, once the turn is durable."""
    ailing: dict[SourceId, None] = field(default_factory=dict)
    """Sources whose vitals are to be written with this turn: once, however often they change in it."""

    def seal(self, dialect: str) -> Batch:
        """Return all that is to be committed, laid out for the database: the writer has less to do then."""
        ward = self.state.senders.ward
        self.batch.vitals.update((source, ward.write(source)) for source in self.ailing)
        self.batch.lay_out(dialect)
        return self.batch

    def find(self, case_id: CaseId) -> Case | None:
        """Return the case as the turn has made it so far; None if it is neither open nor lately closed."""
        return self.state.book.find(case_id)

    def record_all(self, facts: Iterable[Fact]) -> Case | None:
        """Record the facts in order; return the case of the last one.

        :raises IllegalChange: if a case does not allow its fact; nothing of that case is recorded then.
        """
        case: Case | None = None
        for case_id, group in groupby(facts, key=_case_id_of):
            if case_id:
                case = self._record_of_case(case_id, group)
            else:
                self._record_of_none(group)
        return case

    def record(self, fact: Fact) -> Case | None:
        """Record one fact; see `record_all`."""
        return self.record_all((fact,))

    def _record_of_none(self, facts: Iterable[Fact]) -> None:
        for fact in facts:
            data = _encode(fact.data)
            self.state.seq += 1
            self._note_staff(fact)
            self._enter(fact, data, self.state.seq, None, None)

    def _record_of_case(self, case_id: CaseId, facts: Iterable[Fact]) -> Case:
        """Give the facts their places in the journal and fold them; the books take the case as it is after the last."""
        state, first = self.state, self.state.book.find(case_id)
        steps, case = [], first
        for seq, fact in enumerate(facts, state.seq + 1):
            before, case = case, apply(case, fact, seq)
            # Written out before anything changes: a fact that cannot be must leave neither a gap nor a ghost.
            steps.append((fact, _encode(fact.data), seq, before, case))
        assert case is not None, "a group has a fact"
        state.seq += len(steps)
        state.book.put(first, case)
        state.roster.follow(first, case)
        if first is not None and case_id not in self.batch.cases:
            self.batch.held[case_id] = first
        self.batch.cases[case_id] = case
        for step in steps:
            self._enter(*step)
        self.changes.append(Change(first, case))
        return case

    def note_source(self, source: SourceId) -> None:
        """Keep whether the source is lost, in the same commit as the fact that says so."""
        senders = self.state.senders
        self.batch.sources[source] = (senders.last_heard.get(source), source in senders.lost)

    def note_vitals(self, source: SourceId) -> None:
        """Keep what is remembered of the source, in the same commit as what has changed it."""
        self.ailing[source] = None

    def attach(self, case_id: CaseId, event: Event) -> None:
        """Keep the event beside the case that it belongs to ("" where it concerns none)."""
        self.batch.events.append((case_id, event))

    def note_sensing(self, key: str, state: SensorState) -> None:
        """Keep where a rule stands with a sensor."""
        self.batch.sensing[key] = state.write()

    def note_episode(self, key: str, episode: Episode | None) -> None:
        """Keep what is remembered of an episode; None to forget it."""
        self.state.episodes.put(key, episode)
        self.batch.episodes[key] = (None, None) if episode is None else (episode.write(), episode.due_at)

    def note_learned(self, source: SourceId, key: str, doc: bytes) -> None:
        """Keep what a feed has learned of a sender."""
        self.state.senders.learn(source, key, doc)
        self.batch.learned[source, key] = doc

    def settle(self, outcome: Outcome) -> None:
        self.batch.outcomes.append(outcome)

    def _enter(self, fact: Fact, data: bytes, seq: int, before: Case | None, after: Case | None) -> None:
        kind = type(fact.data)
        workers = _concerned(before, after) if after else _worker_of(fact.data)
        is_moved = before is not None and after is not None and before.place is not after.place
        area = after.place.area if after else ""
        was_area = before.place.area if before and is_moved else ""
        self.batch.entries.append(
            Entry(
                seq=seq,
                at=fact.at,
                kind=kind.__name__,
                case_id=fact.case_id,
                area=area,
                department=after.department if after else self._department_of(workers),
                was_area=was_area if was_area != area else "",
                was_department=before.department if before and after and before.department != after.department else "",
                workers=workers,
                data=data,
            )
        )
        if isinstance(fact.data, CallbackDone):
            self.batch.called.append((fact.at, fact.data))
        if after is not None and kind in STOPPERS and before is not None:
            self._stop_notices(before, after)
        if after is not None and kind in TELLERS:
            self._give_notice(fact, seq, before, after)
        if after is not None and after.forwards:
            self._write_parcels(fact, seq, after)

    def _write_parcels(self, fact: Fact, seq: int, after: Case) -> None:
        """Write to the partners who are to hear of the fact: in the commit of the fact itself."""
        self.batch.parcels.extend(
            NewParcel(
                seq=seq,
                partner=each.partner,
                case_id=after.id,
                reference=each.reference,
                status=each.status,
                at=fact.at,
            )
            for each in parcels_of(fact.data, after, self.state.city.codes)
        )

    def _give_notice(self, fact: Fact, seq: int, before: Case | None, after: Case) -> None:
        """Note whom the fact is told to, and when: in the commit of the fact itself."""
        city, at = self.state.city, fact.at
        for each in told_of(fact.data, Around(before, after, city, self.state.people)):
            is_task = each.kind is NoticeKind.TASK
            when = at if is_task else deliver_at(each.recipient, each.role, after.priority, at, city.notices)
            self.batch.notices.append(
                Notice(
                    seq=seq,
                    kind=each.kind.value,
                    recipient=each.recipient,
                    role=each.role,
                    case_id=None if is_task else after.id,
                    created_at=at,
                    deliver_at=when,
                )
            )

    def _stop_notices(self, before: Case, after: Case) -> None:
        """Drop what has nothing to say any more, of this turn and of those before it."""
        for kind in stopped_by(before, after):
            stopped = after.id, kind.value
            self.batch.notices[:] = [each for each in self.batch.notices if (each.case_id, each.kind) != stopped]
            self.batch.stopped.append(stopped)

    def _department_of(self, workers: tuple[WorkerId, ...]) -> str:
        """Return the department of the worker who signs on or off, "" where a fact is about no worker."""
        known = self.state.city.codes.workers
        return next((known[worker].department for worker in workers if worker in known), "")

    def _note_staff(self, fact: Fact) -> None:
        data = fact.data
        if isinstance(data, WorkerSignedOn | WorkerSignedOff):
            signed_on = isinstance(data, WorkerSignedOn)
            self.state.sign(data.worker, on=signed_on, at=fact.at)
            self.batch.signed[data.worker] = (signed_on, fact.at)


def _case_id_of(fact: Fact) -> CaseId:
    return fact.case_id


def _concerned(before: Case | None, after: Case) -> tuple[WorkerId, ...]:
    """Return who has a task of the case and who had one just before: all their phones must hear of a change."""
    pair = (before.worker if before else WorkerId(""), after.worker)
    along = (*(before.helpers if before and before.assists else ()), *(after.helpers if after.assists else ()))
    return tuple(dict.fromkeys(filter(None, (*pair, *along))))


def _worker_of(data: FactData) -> tuple[WorkerId, ...]:
    return (data.worker,) if isinstance(data, WorkerSignedOn | WorkerSignedOff) else ()
