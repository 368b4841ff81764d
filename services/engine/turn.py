"""One turn of the engine: everything that is decided together and committed together."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from dispatch.case import Case, apply
from dispatch.event import Event
from dispatch.facts import CaseReworked, Fact, FactData, TaskDispatched, TaskWithdrawn, WorkerSignedOff, WorkerSignedOn
from dispatch.ids import CaseId, SourceId, WorkerId
from dispatch.sensing import SensorState
from services.engine.state import State
from services.store.inbox import Outcome
from services.store.journal import Batch, Entry, Notice

_encode = msgspec.json.Encoder().encode

_TOLD_TO_WORKER = (TaskDispatched, TaskWithdrawn, CaseReworked)
"""Facts that must reach a worker's phone, whatever happens to this process."""


@dataclass(frozen=True, slots=True)
class Change:
    """A fact with the case before and after it: what the measures are counted from."""

    fact: Fact
    before: Case | None
    after: Case | None


@dataclass(slots=True)
class Turn:
    """Collects what happens; `state` is changed at once, so that the next decision of the same turn sees it."""

    state: State
    at: datetime
    batch: Batch = field(default_factory=Batch)
    changes: list[Change] = field(default_factory=list)

    def find(self, case_id: CaseId) -> Case | None:
        """Return the case as the turn has made it so far; None if it is neither open nor lately closed."""
        return self.state.book.find(case_id)

    def record_all(self, facts: Iterable[Fact]) -> Case | None:
        """Record the facts in order; return the case of the last one."""
        case: Case | None = None
        for fact in facts:
            case = self.record(fact)
        return case

    def record(self, fact: Fact) -> Case | None:
        """Give the fact its place in the journal and fold it into the state.

        :raises IllegalChange: if the case does not allow it; nothing is recorded then.
        """
        state = self.state
        if not fact.case_id:
            state.seq += 1
            self._note_staff(fact)
            self._enter(fact, None, None)
            return None
        before = state.book.find(fact.case_id)
        after = apply(before, fact, state.seq + 1)
        state.seq += 1
        state.book.put(before, after)
        state.roster.follow(before, after)
        self.batch.cases[after.id] = after
        self._enter(fact, before, after)
        return after

    def note_source(self, source: SourceId) -> None:
        """Keep whether the source is lost, in the same commit as the fact that says so."""
        senders = self.state.senders
        self.batch.sources[source] = (senders.last_heard.get(source), source in senders.lost)

    def attach(self, case_id: CaseId, event: Event) -> None:
        """Keep the event beside the case that it belongs to ("" where it concerns none)."""
        self.batch.events.append((case_id, event))

    def note_sensing(self, key: str, state: SensorState) -> None:
        """Keep where a rule stands with a sensor."""
        self.batch.sensing[key] = state.write()

    def settle(self, outcome: Outcome) -> None:
        self.batch.outcomes.append(outcome)

    def _enter(self, fact: Fact, before: Case | None, after: Case | None) -> None:
        kind = type(fact.data)
        workers = _concerned(before, after) if after else _worker_of(fact.data)
        self.batch.entries.append(
            Entry(
                seq=self.state.seq,
                at=fact.at,
                kind=kind.__name__,
                case_id=fact.case_id,
                area=after.place.area if after else "",
                department=after.department if after else self._department_of(workers),
                was_area=before.place.area if before and after and before.place.area != after.place.area else "",
                was_department=before.department if before and after and before.department != after.department else "",
                workers=workers,
                data=_encode(fact.data),
            )
        )
        if after is not None:
            self.changes.append(Change(fact, before, after))
        if kind in _TOLD_TO_WORKER:
            recipient = str(fact.data.worker)  # type: ignore[attr-defined]
            self.batch.notices.append(Notice(seq=self.state.seq, kind="task", recipient=recipient, created_at=fact.at))

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


def _concerned(before: Case | None, after: Case) -> tuple[WorkerId, ...]:
    """Return who has the task and who had it just before: both phones must hear of a change."""
    pair = (before.worker if before else WorkerId(""), after.worker)
    return tuple(dict.fromkeys(worker for worker in pair if worker))


def _worker_of(data: FactData) -> tuple[WorkerId, ...]:
    return (data.worker,) if isinstance(data, WorkerSignedOn | WorkerSignedOff) else ()
