"""Rows to write, in tests of the store."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from dispatch.case import Case, apply
from dispatch.facts import Fact
from dispatch.ids import CaseId, SourceId, WorkerId
from services.store import inbox
from services.store.inbox import Message
from services.store.journal import Batch, Entry
from tests.builders import TUESDAY_10, decide_event, make_event


def make_message(body: bytes = b"{}", source: str = "s1", at: datetime = TUESDAY_10) -> Message:
    source_id = SourceId(source)
    return Message(
        id=inbox.message_id("report", source_id, body), feed="report", source_id=source_id, body=body, received_at=at
    )


def make_entry(seq: int, case: str = "c1", workers: Sequence[str] = (), at: datetime = TUESDAY_10) -> Entry:
    return Entry(
        seq=seq,
        at=at,
        kind="NoteAdded",
        case_id=CaseId(case),
        area="S1G1",
        department="MUN",
        workers=tuple(map(WorkerId, workers)),
        data=b'{"by":"a","note":"b"}',
    )


def make_cases(*names: str, first_seq: int = 1) -> tuple[list[Case], list[Entry]]:
    """Return cases that were opened, filed and sent one after the other, a second apart, and their journal."""
    cases, entries, seq = [], [], first_seq - 1
    for n, name in enumerate(names):
        at = TUESDAY_10 + timedelta(seconds=n)
        case: Case | None = None
        for fact in decide_event(make_event(observed_at=at, received_at=at), new_id=name):
            seq += 1
            case = apply(case, fact, seq)
            entries.append(_entry(fact, case, seq))
        assert case is not None
        cases.append(msgspec.structs.replace(case, number=f"260303-{first_seq + n:05d}"))
    return cases, entries


def _entry(fact: Fact, case: Case, seq: int) -> Entry:
    return Entry(
        seq=seq,
        at=fact.at,
        kind=fact.kind,
        case_id=case.id,
        area=case.place.area,
        department=case.department,
        workers=(case.worker,) if case.worker else (),
        data=msgspec.json.encode(fact.data),
    )


def make_batch(*names: str, first_seq: int = 1) -> Batch:
    cases, entries = make_cases(*names, first_seq=first_seq)
    return Batch(entries=entries, cases={case.id: case for case in cases})
