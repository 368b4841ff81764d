"""The journal and its folds: in order, without a gap, together or not at all."""

import asyncio
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from dispatch.case import Stage
from dispatch.ids import CaseId, WorkerId
from services.store import case_rows, inbox, journal, outbox
from services.store.database import Database
from services.store.journal import Batch, Due, Notice
from services.store.tables import cases as cases_table
from services.store.tables import journal as journal_table
from tests.builders import TUESDAY_10
from tests.services.store.samples import make_batch, make_cases, make_entry, make_message


async def test_batches_of_one_group_keep_their_order(db: Database) -> None:
    batches = [make_batch(f"c{n}", first_seq=1 + 3 * n) for n in range(30)]
    await asyncio.gather(*[db.submit(journal.record, batch) for batch in batches])
    entries = await db.read(lambda connection: journal.list_after(connection, 0, 1_000))
    assert [entry.seq for entry in entries] == list(range(1, 91))
    assert entries == [entry for batch in batches for entry in batch.entries]


async def test_state_journal_and_inbox_are_written_together_or_not_at_all(db: Database) -> None:
    message = make_message()
    await db.submit(inbox.store, [message])
    await db.submit(journal.record, make_batch("c1"))
    clash = make_batch("c2", first_seq=3)  # its first seq is taken
    clash.outcomes.append(inbox.Outcome(message_id=message.id, at=TUESDAY_10))
    with pytest.raises(IntegrityError):
        await db.submit(journal.record, clash)
    assert await db.read(lambda c: journal.find_case(c, CaseId("c2"))) is None
    assert await db.read(inbox.count_by_state) == {"pending": 1}
    assert await db.read(journal.last_seq) == 3


async def test_a_case_is_read_as_it_was_written(db: Database) -> None:
    (case,), entries = make_cases("c1")
    await db.submit(journal.record, Batch(entries=entries, cases={case.id: case}))
    assert await db.read(lambda connection: journal.find_case(connection, case.id)) == case
    assert await db.read(lambda connection: [*map(case_rows.read_case, journal.list_open_docs(connection))]) == [case]
    again = msgspec.structs.replace(case, text="another", version=9)
    await db.submit(journal.record, Batch(cases={case.id: again}))
    assert await db.read(lambda connection: [*map(case_rows.read_case, journal.list_open_docs(connection))]) == [again]
    assert await db.read(lambda c: c.scalar(select(func.count()).select_from(cases_table))) == 1


async def test_the_ended_are_listed_oldest_first_the_voided_too(db: Database) -> None:
    made, _ = make_cases("a", "b", "c", "d")
    ends = {"a": {"closed_at": 5}, "b": {"voided_at": 3}, "c": {"closed_at": 1}, "d": {"voided_at": 4}}
    ended = [
        msgspec.structs.replace(case, **{name: TUESDAY_10 + timedelta(hours=h) for name, h in ends[case.id].items()})
        for case in made
    ]
    await db.submit(journal.record, Batch(cases={case.id: case for case in ended}))

    async def since(hours: int, limit: int) -> list[str]:
        at = TUESDAY_10 + timedelta(hours=hours)
        return [case.id for case in await db.read(lambda c: journal.list_ended_since(c, at, limit))]

    assert await since(0, 9) == ["c", "b", "d", "a"]
    assert await since(0, 2) == ["d", "a"]
    assert await since(4, 9) == ["d", "a"]


async def test_the_due_are_those_whose_clock_runs_the_longest_due_first(db: Database) -> None:
    made, _ = make_cases("late", "later", "handled", "told")
    changes: dict[str, dict[str, Any]] = {
        "late": {"due_at": TUESDAY_10 - timedelta(hours=1)},
        "later": {"due_at": TUESDAY_10 - timedelta(hours=2)},
        "handled": {"due_at": TUESDAY_10 - timedelta(hours=3), "stage": Stage.HANDLED},
        "told": {"due_at": TUESDAY_10 - timedelta(hours=3), "overdue": True},
    }
    rows = [msgspec.structs.replace(case, **changes[case.id]) for case in made]
    await db.submit(journal.record, Batch(cases={case.id: case for case in rows}))
    late, later = (Due(case.id, case.due_at) for case in rows[:2] if case.due_at)
    assert await db.read(lambda connection: journal.list_due(connection, TUESDAY_10, 9)) == [later, late]
    assert await db.read(lambda connection: journal.list_due(connection, TUESDAY_10, 1)) == [later]
    assert await db.read(lambda connection: journal.list_due(connection, TUESDAY_10 - timedelta(days=1), 9)) == []


@pytest.mark.parametrize(
    ("numbers", "last"),
    [
        ([], None),
        (["260303-00002", "260303-00010"], "260303-00010"),
        (["260303-99999", "260303-100000", "260303-100001"], "260303-100001"),
        (["260303-123456", "260304-00001"], "260304-00001"),
        (["H00000007", "260303-00002"], "260303-00002"),
        (["H00000007"], None),
    ],
)
async def test_the_last_number_is_the_highest_of_the_last_day(db: Database, numbers: list[str], last: str) -> None:
    made, _ = make_cases(*[f"c{n}" for n in range(len(numbers))])
    rows = [msgspec.structs.replace(case, number=number) for case, number in zip(made, numbers, strict=True)]
    await db.submit(journal.record, Batch(cases={case.id: case for case in rows}))
    assert await db.read(journal.last_number) == last


async def test_an_entry_is_read_as_it_was_written(db: Database) -> None:
    entries = [
        make_entry(1, workers=["w1", "w2"]),
        make_entry(2, at=TUESDAY_10 + timedelta(microseconds=1)),
        make_entry(3, workers=["w|x".replace("|", "")]),
    ]
    await db.submit(journal.record, Batch(entries=entries))
    assert await db.read(lambda connection: journal.list_after(connection, 0, 9)) == entries
    assert await db.read(lambda connection: journal.list_after(connection, 1, 9, until=2)) == entries[1:2]
    assert await db.read(lambda connection: journal.list_of_case(connection, CaseId("c1"), 1, 1)) == entries[1:2]


def make_notice(seq: int, recipient: str, **changes: Any) -> Notice:
    notice = Notice(seq=seq, kind="task", recipient=recipient, created_at=TUESDAY_10, deliver_at=TUESDAY_10)
    return msgspec.structs.replace(notice, **changes)


async def test_notices_wait_until_they_are_delivered(db: Database) -> None:
    notices = [make_notice(n, f"w{n % 2}") for n in range(1, 1_203)]
    await db.submit(journal.record, Batch(notices=notices))
    assert await db.read(outbox.count_undelivered) == 1_202
    keys = [(notice.seq, notice.recipient) for notice in notices[:1_001]]
    await db.write(lambda connection: outbox.mark_delivered(connection, keys, [], TUESDAY_10))
    assert await db.read(outbox.count_undelivered) == 201
    await db.write(lambda connection: outbox.mark_delivered(connection, [], ["w0"], TUESDAY_10))
    assert await db.read(outbox.count_undelivered) == 100


def test_workers_stand_between_bars() -> None:
    assert journal.join_workers(()) == ""
    assert journal.join_workers((WorkerId("w1"), WorkerId("w12"))) == "|w1|w12|"


async def test_a_seq_is_used_once(db: Database) -> None:
    await db.submit(journal.record, Batch(entries=[make_entry(1)]))
    with pytest.raises(IntegrityError):
        await db.submit(journal.record, Batch(entries=[make_entry(1, case="c2")]))
    assert await db.read(lambda c: c.scalar(select(journal_table.c.case_id))) == "c1"
