"""The outbox: who waits for what, until when; alike on both databases."""

from datetime import timedelta
from typing import Any

from sqlalchemy import text

from dispatch.ids import CaseId
from services.store import journal, migrate, outbox
from services.store.database import Database
from services.store.journal import Batch, Notice
from services.store.types import to_us
from tests.builders import TUESDAY_10
from tests.services.store.samples import make_cases, make_entry

MINUTE = timedelta(minutes=1)


def make_notice(
    seq: int, recipient: str, role: str = "supervisor", *, after_min: int = 0, kind: str = "chain"
) -> Notice:
    return Notice(
        seq=seq,
        kind=kind,
        recipient=recipient,
        role=role,
        case_id=None if kind == "task" else CaseId("c1"),
        created_at=TUESDAY_10,
        deliver_at=TUESDAY_10 + after_min * MINUTE,
    )


async def write(db: Database, *notices: Notice, stopped: list[tuple[CaseId, str]] | None = None) -> None:
    made, _ = make_cases("c1")
    seqs = {notice.seq for notice in notices}
    known = {entry.seq for entry in await db.read(lambda c: journal.list_after(c, 0, 100))}
    entries = [make_entry(seq) for seq in sorted(seqs - known)]
    batch = Batch(entries=entries, cases={each.id: each for each in made}, notices=list(notices), stopped=stopped or [])
    await db.submit(journal.record, batch)


async def due(db: Database, after_min: int = 0, **people: list[str]) -> list[tuple[int, str]]:
    names: Any = {"workers": [], "users": [], **people}
    at = TUESDAY_10 + after_min * MINUTE
    return [each.key for each in await db.read(lambda c: outbox.list_due(c, names["workers"], names["users"], at, 9))]


async def test_a_fact_has_several_notices_and_each_waits_for_its_person_and_its_time(db: Database) -> None:
    await write(
        db,
        make_notice(1, "sun"),
        make_notice(1, "sam", after_min=10),
        make_notice(1, "w1", "worker"),
        make_notice(2, "w1", "worker", kind="task"),
    )
    assert await due(db, users=["sun", "sam", "w1"]) == [(1, "sun")], "a user may be called as a worker is"
    assert await due(db, 10, users=["sun", "sam"]) == [(1, "sun"), (1, "sam")]
    assert await due(db, workers=["w1", "sun"]) == [(1, "w1")], "a task goes out with its fact"
    await db.write(lambda c: outbox.mark_delivered(c, [(1, "sun")], ["w1"], TUESDAY_10))
    assert await due(db, 10, users=["sun", "sam"]) == [(1, "sam")]
    assert await due(db, workers=["w1"]) == [(1, "w1")], (
        "a phone that joins has its tasks, and is still to be told this"
    )


async def test_what_a_push_service_has_taken_is_pushed_no_more_and_still_waits(db: Database) -> None:
    await write(
        db, make_notice(1, "sun"), make_notice(2, "w1", "worker", kind="task"), make_notice(3, "sun", after_min=90)
    )

    async def unheard() -> list[tuple[int, str]]:
        since, before = TUESDAY_10 - MINUTE, TUESDAY_10 + MINUTE
        found = await db.read(lambda c: outbox.list_unheard(c, ["w1"], ["sun"], since, before, 9))
        return [each.key for each in found]

    assert await unheard() == [(1, "sun"), (2, "w1")]
    await db.write(lambda c: outbox.mark_pushed(c, [(1, "sun"), (2, "w1")], TUESDAY_10))
    assert await unheard() == []
    assert await due(db, users=["sun"]) == [(1, "sun")]


async def test_what_is_stopped_is_dropped_unless_it_was_told_and_what_comes_with_it_stays(db: Database) -> None:
    await write(db, make_notice(1, "sun"), make_notice(1, "sam"), make_notice(2, "sun", kind="limit"))
    await db.write(lambda c: outbox.mark_delivered(c, [(1, "sam")], [], TUESDAY_10))
    await write(db, make_notice(3, "sun"), stopped=[(CaseId("c1"), "chain")])
    assert await due(db, users=["sun", "sam"]) == [(2, "sun"), (3, "sun")]
    assert await db.read(outbox.count_undelivered) == 2


async def test_what_nobody_has_come_for_is_deleted_in_time_and_tasks_are_kept(db: Database) -> None:
    await write(
        db, make_notice(1, "sun"), make_notice(2, "w1", "worker", kind="task"), make_notice(3, "sun", after_min=9)
    )
    assert await db.write(lambda c: outbox.delete_told(c, TUESDAY_10 + MINUTE)) == 1
    assert await db.read(outbox.count_undelivered) == 2


def test_notices_of_the_version_before_are_kept_both_ways(empty: Database) -> None:
    migrate.upgrade(empty.engine, "0009")
    at = to_us(TUESDAY_10)
    with empty.engine.begin() as connection:
        for seq in (1, 2):
            row = f"({seq}, 'task', 'w{seq}', {at}, NULL)"
            names = "(seq, kind, recipient, created_at, delivered_at)"
            connection.execute(text(f"INSERT INTO outbox {names} VALUES {row}"))
        connection.execute(text(f"INSERT INTO pushes (seq, at) VALUES (2, {at + 1})"))
    migrate.upgrade(empty.engine, "0010")
    asked = "SELECT seq, recipient, role, deliver_at, pushed_at FROM outbox ORDER BY seq, recipient"
    with empty.engine.begin() as connection:
        rows = [tuple(row) for row in connection.execute(text(asked))]
        assert rows == [(1, "w1", "worker", at, None), (2, "w2", "worker", at, at + 1)]
        for recipient, kind in (("w3", "task"), ("sun", "chain")):
            values = f"(1, '{kind}', '{recipient}', 'worker', {at}, {at})"
            columns = "(seq, kind, recipient, role, created_at, deliver_at)"
            connection.execute(text(f"INSERT INTO outbox {columns} VALUES {values}"))
    migrate.downgrade(empty.engine, "0009")
    with empty.engine.begin() as connection:
        assert [tuple(row) for row in connection.execute(text("SELECT seq, recipient FROM outbox ORDER BY seq"))] == [
            (1, "w1"),
            (2, "w2"),
        ]
        assert [tuple(row) for row in connection.execute(text("SELECT seq, at FROM pushes"))] == [(2, at + 1)]
