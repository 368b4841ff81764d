"""INSERT ... ON CONFLICT for the database at hand; SQLAlchemy keeps it apart by dialect."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Column, Connection, Table
from sqlalchemy.dialects import postgresql, sqlite


def insert_new(connection: Connection, table: Table, rows: Sequence[dict[str, object]]) -> None:
    """Insert the rows whose key is not there yet; leave the others as they are."""
    if rows:
        make = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
        connection.execute(make(table).on_conflict_do_nothing(), rows)


def insert_returning_new(
    connection: Connection, table: Table, key: Column[Any], rows: Sequence[dict[str, object]]
) -> set[Any]:
    """Insert the rows whose key is not there yet; return the keys of those that were inserted."""
    if not rows:
        return set()
    make = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    return set(connection.scalars(make(table).on_conflict_do_nothing().returning(key), rows))


def upsert(connection: Connection, table: Table, rows: Sequence[dict[str, object]]) -> None:
    """Insert the rows, or replace all columns of those whose primary key is there."""
    if rows:
        connection.execute(_upsert_of(table, connection.dialect.name), rows)


def _upsert_of(table: Table, dialect: str) -> postgresql.Insert | sqlite.Insert:
    statement = _STATEMENTS.get((table.name, dialect))
    if statement is None:
        make = postgresql.insert if dialect == "postgresql" else sqlite.insert
        bare = make(table)
        keys = [column.name for column in table.primary_key]
        others = {column.name: bare.excluded[column.name] for column in table.columns if column.name not in keys}
        statement = bare.on_conflict_do_update(index_elements=keys, set_=others)
        _STATEMENTS[(table.name, dialect)] = statement
    return statement


_STATEMENTS: dict[tuple[str, str], postgresql.Insert | sqlite.Insert] = {}
"""Built once: SQLAlchemy's own cache then finds the compiled text by the same object."""
