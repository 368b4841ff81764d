"""A database with very many open cases, each with a timer: what `bench/timers.py` measures on.

Cases are decided as the engine decides them, some hundred of them; the others are copies with names and times of their
own. Copies whose time will come have their whole journal. Of those that only lie there the rows alone are written: the
server reads the journal from where it has counted, and nothing of theirs comes after that.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice

import msgspec
from msgspec.structs import replace

from bench.city import list_happenings
from dispatch.assign import Roster
from dispatch.case import Case, CaseFiled, Fact, TaskAccepted, TaskDispatched, apply
from dispatch.citymap import City
from dispatch.decide import decide, triage
from dispatch.event import Event, Vocabulary
from dispatch.facts import CaseOpened
from dispatch.ids import CaseId, EventId, SourceId, TaskId
from dispatch.situation import Situation
from services.store import case_rows, journal
from services.store.database import Database
from services.store.journal import Batch, Entry
from services.store.tables import cases as cases_table
from services.store.upsert import insert_rows

PATTERNS = 400
ROWS_AT_ONCE = 2_000
CHECKPOINT_EVERY = 20 * ROWS_AT_ONCE
NEAREST, FARTHEST = timedelta(days=1), timedelta(days=400)
"""When the timers that only lie there are due."""

_encode = msgspec.json.Encoder().encode


def make_patterns(city: City, at: datetime) -> list[list[Fact]]:
    """Return the facts of some hundred cases that are opened, filed, sent and accepted at that time."""
    roster = Roster(city.codes)
    for worker in city.codes.workers:
        roster.set_duty(worker, on_duty=True)
    patterns = []
    for n, (category, point) in enumerate(islice(list_happenings(city), PATTERNS)):
        event = Event(
            id=EventId(f"bench{n}"),
            feed="cloudevents",
            source_id=SourceId("bench"),
            vocabulary=Vocabulary.CATEGORY,
            kind=category,
            observed_at=at,
            received_at=at,
            confidence=0.99,
            text=f"A happening of the benchmark, number {n}",
            point=point,
        )
        facts = decide(
            triage(event, city),
            Situation(city=city, roster=roster, cases=()),
            new_id=CaseId("pattern"),
            number="0",
            task_id=TaskId("task"),
            at=at,
        )
        sent = facts[-1].data
        if isinstance(sent, TaskDispatched):
            facts.append(Fact(facts[-1].case_id, at, TaskAccepted(task_id=sent.task_id, worker=sent.worker)))
            patterns.append(facts)
    if not patterns:
        raise RuntimeError("no happening of the benchmark's city is sent to anybody")
    return patterns


def add_lying(db: Database, patterns: Sequence[list[Fact]], count: int, now: datetime) -> None:
    """Add so many open cases whose time is far off: rows of patterns, each with its own name and time."""
    chance = random.Random(1)
    blank = CaseId("lying-blank")
    rows = [
        case_rows.case_row(replace(_fold(facts, 0), id=blank, due_at=now, warn_at=now, marks=())) for facts in patterns
    ]
    spread_s = (FARTHEST - NEAREST).total_seconds()
    for first in range(0, count, ROWS_AT_ONCE):
        made = []
        for n in range(first, min(count, first + ROWS_AT_ONCE)):
            due_at = now + NEAREST + timedelta(seconds=chance.random() * spread_s)
            made.append(_renamed_row(rows[n % len(rows)], n, now, due_at))
        with db.engine.begin() as connection:
            insert_rows(connection, cases_table, made)
        if first % CHECKPOINT_EVERY == 0:
            _fold_log(db)
    _fold_log(db)


def _renamed_row(row: Mapping[str, object], n: int, at: datetime, due_at: datetime) -> dict[str, object]:
    """Return a row of its own: decoding and encoding the case anew would take five times as long."""
    name, number, doc = f"lying-{n:09d}", f"L{n:09d}", row["doc"]
    assert isinstance(doc, bytes)
    doc = doc.replace(_encode(row["id"]), _encode(name), 1)
    doc = doc.replace(b'"number":%s' % _encode(row["number"]), b'"number":%s' % _encode(number), 1)
    for key in (b"due_at", b"warn_at"):
        doc = doc.replace(b'"%s":%s' % (key, _encode(at)), b'"%s":%s' % (key, _encode(due_at)), 1)
    return {**row, "id": name, "number": number, "due_at": due_at, "next_timer_at": due_at, "doc": doc}


def _fold_log(db: Database) -> None:
    """Fold SQLite's log into the file, which a server does all the time: it would grow to twice the database."""
    if db.is_sqlite:
        with db.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")


def add_due(db: Database, patterns: Sequence[list[Fact]], name: str, times: Sequence[datetime]) -> list[CaseId]:
    """Add an open case for each time at which one is to be due, with its journal; return their ids."""
    ids: list[CaseId] = []
    for first in range(0, len(times), ROWS_AT_ONCE):
        with db.engine.begin() as connection:
            seq = journal.last_seq(connection)
            batch = Batch()
            for n, due_at in enumerate(times[first : first + ROWS_AT_ONCE], first):
                case_id = CaseId(f"{name}-{n:06d}")
                facts = list(_renamed(patterns[n % len(patterns)], case_id, f"D{name}{n:06d}", due_at))
                case = _fold(facts, seq)
                for fact in facts:
                    seq += 1
                    batch.entries.append(_entry(fact, case, seq))
                batch.cases[case_id] = case
                ids.append(case_id)
            journal.record(connection, [batch])
    return ids


def _renamed(facts: Sequence[Fact], case_id: CaseId, number: str, due_at: datetime) -> Iterator[Fact]:
    for fact in facts:
        data = fact.data
        if isinstance(data, CaseOpened):
            data = replace(data, number=number)
        elif isinstance(data, CaseFiled):
            data = replace(data, due_at=due_at, warn_at=due_at, marks=())
        elif isinstance(data, TaskDispatched | TaskAccepted):
            data = replace(data, task_id=TaskId(f"t-{case_id}"))
        yield Fact(case_id, fact.at, data)


def _fold(facts: Sequence[Fact], seq: int) -> Case:
    case: Case | None = None
    for number, fact in enumerate(facts, seq + 1):
        case = apply(case, fact, number)
    assert case is not None
    return case


def _entry(fact: Fact, case: Case, seq: int) -> Entry:
    return Entry(
        seq=seq,
        at=fact.at,
        kind=fact.kind,
        case_id=fact.case_id,
        area=case.place.area,
        department=case.department,
        workers=(case.worker,),
        data=_encode(fact.data),
    )
