"""The audit only grows: its rows cannot be changed through the database, and a change around it breaks the chain."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from services.store import migrate
from services.store.audit import Broken, Deed, Wanted, detail_of, find_break, find_head, list_actions, list_deeds, note
from services.store.chain import GENESIS
from services.store.database import Database

AT = datetime(2026, 3, 3, 2, 0, tzinfo=UTC)


def deed(n: int, **changes: object) -> Deed:
    values = {"at": AT + timedelta(seconds=n), "username": "admin", "action": "account.added", "subject": f"u{n}"}
    return Deed(**(values | changes))  # type: ignore[arg-type]


async def fill(db: Database, count: int = 5) -> None:
    for n in range(1, count + 1):
        await db.write(partial(note, deed=deed(n, detail=detail_of(n=n, 词="字"))))


async def test_acts_are_numbered_chained_and_found(db: Database) -> None:
    assert await db.read(find_head) == (0, GENESIS)
    await fill(db)
    rows = await db.read(lambda connection: list_deeds(connection, before=None, limit=2))
    assert [row.n for row in rows] == [5, 4]
    assert rows[0].deed == deed(5, detail='{"n":5,"词":"字"}')
    assert await db.read(find_head) == (5, rows[0].hash)
    assert await db.read(find_break) is None
    rest = await db.read(lambda connection: list_deeds(connection, before=4, limit=10))
    assert [row.n for row in rest] == [3, 2, 1]


async def test_acts_that_are_written_at_once_make_one_chain(db: Database) -> None:
    await asyncio.gather(*(db.write(partial(note, deed=deed(n))) for n in range(40)))
    assert await db.read(find_break) is None
    assert (await db.read(find_head))[0] == 40


async def test_what_no_database_can_store_is_left_out_of_a_name_that_a_stranger_typed(db: Database) -> None:
    await db.write(lambda connection: note(connection, deed(1, username="a\x00b\ud800" + "x" * 99, subject="\udfff")))
    assert await db.read(find_break) is None
    (row,) = await db.read(lambda connection: list_deeds(connection, before=None, limit=1))
    assert row.deed.username.startswith("ab?xxx")
    assert len(row.deed.username) == 64


async def test_a_filter_finds_a_person_a_thing_a_family_and_a_span(db: Database) -> None:
    for n, (who, action) in enumerate(
        [("ann", "session.opened"), ("bob", "session.opened"), ("ann", "account.added"), ("ann", "sessionless")]
    ):
        await db.write(partial(note, deed=deed(n, username=who, action=action)))

    async def found(**wanted: object) -> list[int]:
        asked = Wanted(**wanted)  # type: ignore[arg-type]
        return [row.n for row in await db.read(lambda c: list_deeds(c, before=None, limit=10, wanted=asked))]

    assert await found(username="ann") == [4, 3, 1]
    assert await found(actions=("session",)) == [2, 1]
    assert await found(actions=("session.opened", "account")) == [3, 2, 1]
    assert await found(subject="u2") == [3]
    assert await found(start=AT + timedelta(seconds=1), end=AT + timedelta(seconds=3)) == [3, 2]
    assert await found(actions=("%",)) == []
    assert await db.read(list_actions) == ["account.added", "session.opened", "sessionless"]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET username = 'nobody' WHERE n = 2",
        "UPDATE audit SET hash = hash",
        "DELETE FROM audit WHERE n = 5",
        "DELETE FROM audit",
    ],
)
async def test_the_database_itself_refuses_to_change_or_delete_a_row(db: Database, statement: str) -> None:
    await fill(db)
    with pytest.raises(DBAPIError, match="only ever added to"):
        await db.write(lambda connection: connection.execute(text(statement)))
    assert await db.read(find_break) is None
    assert len(await db.read(lambda connection: list_deeds(connection, before=None, limit=10))) == 5


async def test_postgresql_refuses_to_empty_the_table(db: Database) -> None:
    if db.is_sqlite:
        pytest.skip("SQLite has no TRUNCATE")
    await fill(db)
    with pytest.raises(DBAPIError, match="only ever added to"):
        await db.write(lambda connection: connection.execute(text("TRUNCATE audit")))


def disarm(connection: Connection) -> None:
    """Take the triggers away, as somebody with the database's own password could."""
    if connection.dialect.name == "sqlite":
        for name in ("audit_no_update", "audit_no_delete"):
            connection.execute(text(f"DROP TRIGGER {name}"))
    else:
        connection.execute(text("ALTER TABLE audit DISABLE TRIGGER ALL"))


def tampering(*statements: str) -> Callable[[Connection], None]:
    def run(connection: Connection) -> None:
        disarm(connection)
        for statement in statements:
            connection.execute(text(statement))

    return run


@pytest.mark.parametrize(
    ("statements", "broken"),
    [
        (("UPDATE audit SET username = 'nobody' WHERE n = 2",), Broken(n=2, why="changed")),
        (("UPDATE audit SET at = at + 1 WHERE n = 4",), Broken(n=4, why="changed")),
        (("UPDATE audit SET detail = '' WHERE n = 5",), Broken(n=5, why="changed")),
        (("DELETE FROM audit WHERE n = 3",), Broken(n=3, why="missing")),
        (("DELETE FROM audit WHERE n = 5",), Broken(n=5, why="missing")),
        (("DELETE FROM audit WHERE n = 1",), Broken(n=2, why="changed")),
        (("DELETE FROM audit",), Broken(n=1, why="missing")),
    ],
)
async def test_what_is_changed_around_the_triggers_shows(
    db: Database, statements: tuple[str, ...], broken: Broken
) -> None:
    await fill(db)
    await db.write(tampering(*statements))
    assert await db.read(find_break) == broken


async def test_a_chain_that_was_written_anew_is_held_to_an_end_that_was_kept_elsewhere(db: Database) -> None:
    await fill(db)
    kept = await db.read(find_head)
    assert await db.read(lambda connection: find_break(connection, kept)) is None

    def rewrite(connection: Connection) -> None:
        disarm(connection)
        connection.execute(text("DELETE FROM audit"))
        connection.execute(text(f"UPDATE audit_head SET n = 0, hash = '{GENESIS}'"))
        for n in range(1, 6):
            note(connection, deed(n, username="innocent"))

    await db.write(rewrite)
    assert await db.read(find_break) is None, "in itself it is whole"
    assert await db.read(lambda connection: find_break(connection, kept)) == Broken(n=5, why="rewritten")
    beyond = (9, kept[1])
    assert await db.read(lambda connection: find_break(connection, beyond)) == Broken(n=9, why="missing")


async def test_rows_from_before_the_chain_are_chained_by_the_migration(empty: Database) -> None:
    migrate.upgrade(empty.engine, "0003")
    odd = 'quote " slash / back \\ tab \t 王\x7f'
    with empty.engine.begin() as connection:
        for n in (1, 2, 4):
            connection.execute(
                text("INSERT INTO audit (n, at, username, action, subject, address) VALUES (:n, :n, :u, 'a', 's', '')"),
                {"n": n, "u": odd},
            )
        media = "a" * 40
        connection.execute(text("INSERT INTO media VALUES (:id, 'image/jpeg', 1, 1, 1, 1, 'wang')"), {"id": media})
        connection.execute(
            text(
                "INSERT INTO journal (seq, at, kind, case_id, area, department, workers, data) "
                "VALUES (1, 1, 'CaseOpened', 'c1', '', '', '', :data)"
            ),
            {"data": f'{{"media":["{media}"]}}'.encode()},
        )
    migrate.upgrade(empty.engine)
    with empty.engine.connect() as connection:
        # A number that was never given out (a rolled back insert) shows once, and is told.
        assert find_break(connection) == Broken(n=3, why="missing")
        assert find_head(connection)[0] == 4
        assert connection.execute(text("SELECT * FROM media_cases")).all() == [(media, "c1")]
        assert connection.execute(text("SELECT * FROM media_uploaders")).all() == [(media, "wang")]
