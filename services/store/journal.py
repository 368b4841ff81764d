"""The journal, and the rows that are a fold of it: written together or not at all."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Connection, Row, delete, func, or_, select

from dispatch.access import Role
from dispatch.case import Case
from dispatch.event import Event
from dispatch.facts import FACTS, CallbackDone, FactData
from dispatch.ids import CaseId, SourceId, WorkerId
from services.store import blurs, callbacks, case_rows, health, inbox, media, report_words, sources
from services.store.case_rows import read_case
from services.store.erasing import Erasure, scrub
from services.store.parcels import Change as ParcelChange
from services.store.parcels import NewParcel, add_parcels, change_parcels
from services.store.report_words import Redaction, ReportMessage
from services.store.tables import assists, case_stops, cases, events, journal, outbox, sensing_state, worker_state
from services.store.upsert import Statement, insert_new, insert_rows, lay_rows, run, upsert

_encode = msgspec.json.Encoder().encode


class Entry(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One fact as the journal holds it. `workers` are those whose task it is, or was just before.

    `was_area` and `was_department` are those of the case before, "" where the fact has not changed them: who
    has seen the case must hear that it has left.
    """

    seq: int
    at: datetime
    kind: str
    case_id: CaseId
    area: str
    department: str
    workers: tuple[WorkerId, ...]
    data: bytes
    was_area: str = ""
    was_department: str = ""


class Notice(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Something that must be told to someone, whatever happens to this process. `case_id` is that of a notice that its
    case may stop before it is delivered.
    """

    seq: int
    kind: str
    recipient: str
    created_at: datetime
    deliver_at: datetime
    role: str = Role.WORKER.value
    case_id: CaseId | None = None


class Laid(NamedTuple):
    """What most of a batch is written by."""

    entries: Sequence[Statement]
    cases: Sequence[Statement]
    notices: Sequence[Statement]


@dataclass(slots=True, kw_only=True)
class Batch:
    """All that one turn of the engine brings about; committed as one."""

    entries: list[Entry] = field(default_factory=list)
    cases: dict[CaseId, Case] = field(default_factory=dict)
    held: dict[CaseId, Case] = field(default_factory=dict)
    """Those of `cases` that were there before, as the database holds them."""
    events: list[tuple[CaseId, Event]] = field(default_factory=list)
    arrivals: list[inbox.Message] = field(default_factory=list)
    """Messages of this turn that become durable with it."""
    outcomes: list[inbox.Outcome] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    stopped: list[tuple[CaseId, str]] = field(default_factory=list)
    """Case and kind of notices that have nothing to say any more; those of this very batch are in neither list."""
    parcels: list[NewParcel] = field(default_factory=list)
    answered: list[ParcelChange] = field(default_factory=list)
    """What has become of parcels, with the facts that say so."""
    sensing: dict[str, bytes] = field(default_factory=dict)
    learned: dict[tuple[SourceId, str], bytes] = field(default_factory=dict)
    signed: dict[WorkerId, tuple[bool, datetime]] = field(default_factory=dict)
    sources: dict[SourceId, tuple[datetime | None, bool]] = field(default_factory=dict)
    vitals: dict[SourceId, bytes] = field(default_factory=dict)
    episodes: dict[str, tuple[bytes | None, datetime | None]] = field(default_factory=dict)
    """Key -> what is remembered of it and when its time comes; (None, None) for one that is forgotten."""
    said: list[ReportMessage] = field(default_factory=list)
    withdrawn: list[tuple[str, datetime]] = field(default_factory=list)
    """Numbers of reports that were taken back, and when."""
    redactions: list[Redaction] = field(default_factory=list)
    """What reporters take back."""
    erasures: list[Erasure] = field(default_factory=list)
    """What of persons has had its time."""
    called: list[tuple[datetime, CallbackDone]] = field(default_factory=list)
    laid: Laid | None = None

    def lay_out(self, dialect: str) -> Laid:
        """Make the statements, once; nothing is added to the batch afterwards."""
        if self.laid is None:
            self.laid = Laid(
                lay_rows(journal, dialect, [_entry_row(entry) for entry in self.entries]),
                case_rows.lay_out(self.cases.values(), self.held, dialect),
                lay_rows(outbox, dialect, [_notice_row(notice) for notice in self.notices]),
            )
        return self.laid


def record(connection: Connection, batches: Sequence[Batch]) -> Sequence[None]:
    """Write the batches: state, journal and outbox in the transaction at hand. (A `Bulk` of `Database`.)"""
    for batch in batches:
        laid = batch.lay_out(connection.dialect.name)
        inbox.save_turn(connection, batch.arrivals, batch.outcomes)
        run(connection, (*laid.entries, *laid.cases))
        _save_beside(connection, batch.cases.values())
        insert_new(connection, events, [_event_row(case_id, event) for case_id, event in batch.events])
        media.note_cases(connection, _docs(batch))
        # Before anybody may see it as the case's picture, what its camera tells to be a face is none.
        blurs.tell_boxes(connection, (event for _, event in batch.events if event.blurs))
        blurs.tell_recognised(connection, batch.events)
        for case_id, kind in batch.stopped:
            stop_notices(connection, case_id, kind)
        run(connection, laid.notices)
        upsert(connection, sensing_state, [{"key": key, "doc": doc} for key, doc in batch.sensing.items()])
        upsert(
            connection,
            worker_state,
            [{"worker_id": w, "signed_on": on, "changed_at": at} for w, (on, at) in batch.signed.items()],
        )
        sources.save_learned(connection, [(*names, doc) for names, doc in batch.learned.items()])
        sources.save_states(connection, [(source, at, lost) for source, (at, lost) in batch.sources.items()])
        if batch.vitals:
            health.save_vitals(connection, batch.vitals)
        if batch.episodes:
            health.save_episodes(connection, batch.episodes)
        _save_outside(connection, batch)
    return [None] * len(batches)


def _save_outside(connection: Connection, batch: Batch) -> None:
    """Keep what concerns people and systems outside: parcels to partners, words and calls of who reported."""
    if batch.parcels:
        add_parcels(connection, batch.parcels)
    if batch.answered:
        change_parcels(connection, batch.answered)
    for message in batch.said:
        report_words.save_message(connection, message)
    for number, at in batch.withdrawn:
        report_words.note_withdrawn(connection, number, at)
    for redaction in batch.redactions:
        report_words.redact(connection, redaction)
    for at, call in batch.called:
        callbacks.keep_call(connection, call, at)
    if batch.erasures:
        scrub(connection, batch.erasures)


def _save_beside(connection: Connection, changed: Iterable[Case]) -> None:
    """Keep who goes along, and when the clocks stood still, as rows: few cases have either."""
    for case in changed:
        if case.assists:
            connection.execute(delete(assists).where(assists.c.case_id == case.id))
            insert_rows(
                connection,
                assists,
                [{"case_id": case.id, "worker": worker} for worker in dict.fromkeys(case.helpers)],
            )
        if case.clock is not None and case.clock.stops:
            rows = [
                {"case_id": case.id, "n": n, "started_at": stop.start, "ended_at": stop.end, "why": stop.why}
                for n, stop in enumerate(case.clock.stops, start=1)
            ]
            upsert(connection, case_stops, rows)


def _docs(batch: Batch) -> Iterator[tuple[str, bytes]]:
    """Yield (case id, JSON) of all that may name a picture of a case."""
    yield from ((entry.case_id, entry.data) for entry in batch.entries)
    yield from ((case_id, _encode(event.media)) for case_id, event in batch.events if event.media)


def _entry_row(entry: Entry) -> dict[str, object]:
    return {
        "seq": entry.seq,
        "at": entry.at,
        "kind": entry.kind,
        "case_id": entry.case_id,
        "area": entry.area,
        "department": entry.department,
        "was_area": entry.was_area,
        "was_department": entry.was_department,
        "workers": join_workers(entry.workers),
        "data": entry.data,
    }


def join_workers(workers: Sequence[WorkerId]) -> str:
    """Return |w1|w2|, so that `LIKE '%|w1|%'` finds exactly w1."""
    return f"|{'|'.join(workers)}|" if workers else ""


def _notice_row(notice: Notice) -> dict[str, object]:
    return {
        "seq": notice.seq,
        "kind": notice.kind,
        "recipient": notice.recipient,
        "role": notice.role,
        "case_id": notice.case_id,
        "created_at": notice.created_at,
        "deliver_at": notice.deliver_at,
        "pushed_at": None,
        "delivered_at": None,
    }


def stop_notices(connection: Connection, case_id: CaseId, kind: str) -> None:
    """Drop what nobody has been told of the case yet."""
    waiting = (outbox.c.case_id == case_id, outbox.c.kind == kind, outbox.c.delivered_at.is_(None))
    connection.execute(delete(outbox).where(*waiting))


def _event_row(case_id: CaseId, event: Event) -> dict[str, object]:
    return {
        "id": event.id,
        "case_id": case_id,
        "feed": event.feed,
        "source_id": event.source_id,
        "observed_at": event.observed_at,
        "received_at": event.received_at,
        "phase": event.phase.value,
        "severity": event.severity,
        "doc": _encode(event),
    }


def find_case(connection: Connection, case_id: CaseId) -> Case | None:
    doc = connection.scalar(select(cases.c.doc).where(cases.c.id == case_id))
    return None if doc is None else read_case(doc)


def find_case_id(connection: Connection, name: str) -> CaseId | None:
    """Return the id of the case that has this id or this number."""
    found: str | None = connection.scalar(select(cases.c.id).where(or_(cases.c.id == name, cases.c.number == name)))
    return None if found is None else CaseId(found)


def list_open_docs(connection: Connection) -> list[bytes]:
    """Return the open cases as `read_case` reads them, the longest open first.

    They are sorted here: to have them in order a database would go through all cases that there ever were.
    """
    query = select(cases.c.opened_at, cases.c.id, cases.c.doc).where(cases.c.is_open)
    return [row.doc for row in sorted(connection.execute(query))]


def list_ended_since(connection: Connection, since: datetime, limit: int) -> list[Case]:
    """Return cases closed or voided since then, the latest `limit` of them, oldest first."""
    ended: list[tuple[datetime, Case]] = []
    # One query for each column, so that each has its index; a case has one of the two.
    for column in (cases.c.closed_at, cases.c.voided_at):
        query = select(column, cases.c.doc).where(column >= since).order_by(column.desc()).limit(limit)
        ended.extend((at, read_case(doc)) for at, doc in connection.execute(query))
    ended.sort(key=lambda pair: (pair[0], pair[1].version))
    return [case for _, case in ended[-limit:]]


class Due(NamedTuple):
    """A case, and when time alone changes it."""

    case_id: CaseId
    at: datetime


def list_due(connection: Connection, until: datetime, limit: int) -> list[Due]:
    """Return the cases whose time comes until then, the longest due first (index `ix_cases_next_timer_at`)."""
    query = select(cases.c.id, cases.c.next_timer_at).where(cases.c.next_timer_at <= until)
    rows = connection.execute(query.order_by(cases.c.next_timer_at).limit(limit))
    return [Due(CaseId(row.id), row.next_timer_at) for row in rows]


def last_seq(connection: Connection) -> int:
    return connection.scalar(select(func.max(journal.c.seq))) or 0


def last_number(connection: Connection) -> str | None:
    """Return the highest number of a case that was opened here; imported ones are numbered apart (H...)."""
    highest: str | None = connection.scalar(select(func.max(cases.c.number)).where(cases.c.number < "A"))
    if highest is None:
        return None
    # A busy day's serials grow a digit, and 100000 sorts before 99999: of the last day the longest counts first.
    day, _, _ = highest.partition("-")
    of_day = cases.c.number.between(f"{day}-0", f"{day}-9999999999")
    query = select(cases.c.number).where(of_day).order_by(func.length(cases.c.number).desc(), cases.c.number.desc())
    last: str | None = connection.scalar(query.limit(1))
    return last


ENTRY_COLUMNS = (
    journal.c.seq,
    journal.c.at,
    journal.c.kind,
    journal.c.case_id,
    journal.c.area,
    journal.c.department,
    journal.c.was_area,
    journal.c.was_department,
    journal.c.workers,
    journal.c.data,
)


def list_after(connection: Connection, after: int, limit: int, *, until: int | None = None) -> list[Entry]:
    """Return entries with `after` < seq (<= until), in order."""
    query = select(*ENTRY_COLUMNS).where(journal.c.seq > after).order_by(journal.c.seq).limit(limit)
    if until is not None:
        query = query.where(journal.c.seq <= until)
    return [read_entry(row) for row in connection.execute(query)]


def list_by_seq(connection: Connection, seqs: Sequence[int]) -> list[Entry]:
    """Return those entries, in order."""
    query = select(*ENTRY_COLUMNS).where(journal.c.seq.in_(seqs)).order_by(journal.c.seq)
    return [read_entry(row) for row in connection.execute(query)]


def list_of_case(connection: Connection, case_id: CaseId, after: int = 0, limit: int = 500) -> list[Entry]:
    query = select(*ENTRY_COLUMNS).where(journal.c.case_id == case_id, journal.c.seq > after)
    return [read_entry(row) for row in connection.execute(query.order_by(journal.c.seq).limit(limit))]


def read_entry(row: Row[*tuple[Any, ...]]) -> Entry:
    return Entry(
        seq=row.seq,
        at=row.at,
        kind=row.kind,
        case_id=row.case_id,
        area=row.area,
        department=row.department,
        was_area=row.was_area,
        was_department=row.was_department,
        workers=tuple(WorkerId(worker) for worker in row.workers.split("|") if worker),
        data=row.data,
    )


def read_fact(entry: Entry) -> FactData:
    """Return the fact of a journal entry.

    :raises KeyError: if its kind is not one of this version's.
    """
    return msgspec.json.decode(entry.data, type=FACTS[entry.kind])
