"""The tables: alike by migration and by description, up and down, and read by their indexes."""

from collections.abc import Iterator

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

from services.store import journal, migrate, migrating
from services.store.database import Database
from services.store.tables import metadata
from tests.builders import TUESDAY_10


def revisions(db: Database) -> Iterator[str]:
    script = ScriptDirectory.from_config(migrating.make_config(db.engine))
    return reversed([each.revision for each in script.walk_revisions()])


def is_described(name: str | None, *_: object) -> bool:
    """The index over words is made by each database in its own way (migration 0007), and described by no table."""
    return not (name or "").startswith("case_fts")


def differences(db: Database) -> list[object]:
    with db.engine.connect() as connection:
        opts = {"compare_type": True, "include_name": is_described}
        context = MigrationContext.configure(connection, opts=opts)
        return list(compare_metadata(context, metadata))


def test_the_migrations_make_what_the_tables_say(empty: Database) -> None:
    migrate.upgrade(empty.engine)
    assert differences(empty) == []
    names = inspect(empty.engine).get_table_names()
    assert set(filter(is_described, names)) == {*metadata.tables, "alembic_version"}


def test_every_migration_goes_up_and_down_and_up(empty: Database) -> None:
    for revision in revisions(empty):
        migrate.upgrade(empty.engine, revision)
        migrate.downgrade(empty.engine, "-1")
        migrate.upgrade(empty.engine, revision)
    assert differences(empty) == []
    migrate.downgrade(empty.engine)
    assert inspect(empty.engine).get_table_names() == ["alembic_version"]


def test_the_newest_migration_is_known_without_alembic(empty: Database) -> None:
    assert migrate.newest_revision() == [*revisions(empty)][-1]
    assert migrate.find_revision(empty.engine) is None
    migrate.upgrade(empty.engine)
    assert migrate.find_revision(empty.engine) == migrate.newest_revision()


def test_an_upgrade_that_is_not_needed_does_nothing(empty: Database) -> None:
    migrate.upgrade(empty.engine)
    migrate.upgrade(empty.engine)
    assert differences(empty) == []


INDEXED = {
    "ix_cases_next_timer_at": "SELECT id FROM cases WHERE next_timer_at <= 5 ORDER BY next_timer_at LIMIT 10",
    "ix_inbox_pending": "SELECT n FROM inbox WHERE state = 'pending' AND n > 0 ORDER BY n LIMIT 10",
    "ix_cases_voided_at": "SELECT doc FROM cases WHERE voided_at >= 5 ORDER BY voided_at DESC LIMIT 10",
    "ix_cases_closed_at": "SELECT doc FROM cases WHERE closed_at >= 5 ORDER BY closed_at DESC LIMIT 10",
    "ix_inbox_set_aside": "SELECT n FROM inbox WHERE state = 'set_aside' ORDER BY n DESC LIMIT 10",
    "ix_episode_state_due_at": "SELECT key FROM episode_state WHERE due_at <= 5 ORDER BY due_at LIMIT 10",
    "ix_journal_case_id": "SELECT seq FROM journal WHERE case_id = 'c1'",
}


@pytest.mark.parametrize("index", sorted(INDEXED))
async def test_what_is_asked_often_is_found_by_its_index(db: Database, index: str) -> None:
    def explain(connection: Connection) -> str:
        if db.is_sqlite:
            return "\n".join(row[3] for row in connection.execute(text(f"EXPLAIN QUERY PLAN {INDEXED[index]}")))
        connection.execute(text("SET LOCAL enable_seqscan = off"))
        return "\n".join(row[0] for row in connection.execute(text(f"EXPLAIN {INDEXED[index]}")))

    assert index in await db.read(explain)


async def test_the_due_index_is_asked_as_the_desk_asks_it(db: Database) -> None:
    """The statement itself, not one that was written out for this test."""
    seen: list[str] = []

    def explain(connection: Connection) -> str:
        from_desk = _statement_of(connection, seen)
        words = "EXPLAIN QUERY PLAN" if db.is_sqlite else "EXPLAIN"
        if not db.is_sqlite:
            connection.execute(text("SET LOCAL enable_seqscan = off"))
        return "\n".join(str(tuple(row)) for row in connection.exec_driver_sql(f"{words} {from_desk}"))

    assert "ix_cases_next_timer_at" in await db.read(explain)


def _statement_of(connection: Connection, seen: list[str]) -> str:
    """Return the statement that `list_due` runs, with its values in it."""
    from_engine = _Recorder(connection)
    journal.list_due(from_engine, TUESDAY_10, 10)  # type: ignore[arg-type]
    seen.append(from_engine.statement)
    return from_engine.statement


class _Recorder:
    """Stands in for a connection, and keeps what it is asked."""

    def __init__(self, connection: Connection) -> None:
        self.dialect = connection.dialect
        self.statement = ""

    def execute(self, query: object) -> list[object]:
        compiled = query.compile(dialect=self.dialect, compile_kwargs={"literal_binds": True})  # type: ignore[attr-defined]
        self.statement = str(compiled)
        return []
