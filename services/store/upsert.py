"""Many rows at once: INSERT, INSERT ... ON CONFLICT and UPDATE for the database at hand.

SQLAlchemy writes the statements and knows their types; the rows then go to the driver as they are. On the engine's
path that halves what a commit costs: most of it was the binding of every row by name.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, lru_cache
from itertools import chain
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Executable, Insert, Table, bindparam, insert
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.compiler import SQLCompiler

from services.store.types import Instant, to_us

Row = Mapping[str, object]

ROWS_PER_STATEMENT = 500
"""SQLite takes 32,766 parameters in one statement; an inbox row has eight."""

_POSITIONAL: Mapping[str, Dialect] = {
    "sqlite": SQLiteDialect_pysqlite(paramstyle="qmark"),
    "postgresql": PGDialect_psycopg(paramstyle="format"),  # type: ignore[no-untyped-call]
}
"""Dialects that number the parameters instead of naming them."""


class Prepared:
    """A statement compiled once. Its parameters are looked up in each row by name."""

    def __init__(self, statement: Executable, dialect: str) -> None:
        compiled = statement.compile(dialect=_POSITIONAL[dialect])  # type: ignore[attr-defined]
        assert isinstance(compiled, SQLCompiler)
        assert compiled.positiontup is not None
        names = compiled.positiontup
        self._sql = str(compiled)
        self._pick: Callable[[Row], Sequence[object]] = (
            itemgetter(*names) if len(names) > 1 else lambda row: (row[names[0]],)
        )
        self._instants = [at for at, name in enumerate(names) if isinstance(compiled.binds[name].type, Instant)]

    def run(self, connection: Connection, rows: Sequence[Row]) -> None:
        """Run the statement for each row, as one call of the driver."""
        if rows:
            connection.exec_driver_sql(self._sql, [self._values(row) for row in rows])

    def run_returning(self, connection: Connection, rows: Sequence[Row]) -> list[Any]:
        """Run an INSERT ... RETURNING of one column for all rows in one statement; return what it returned."""
        head, values, tail = self._parts
        found: list[Any] = []
        for start in range(0, len(rows), ROWS_PER_STATEMENT):
            page = rows[start : start + ROWS_PER_STATEMENT]
            sql = head + ", ".join([values] * len(page)) + tail
            parameters = tuple(chain.from_iterable(map(self._values, page)))
            found.extend(connection.exec_driver_sql(sql, parameters).scalars())
        return found

    @cached_property
    def _parts(self) -> tuple[str, str, str]:
        """Return what stands before, in and after VALUES: the group in brackets is repeated for each row."""
        found = re.fullmatch(r"(.* VALUES )(\([^()]*\))(.*)", self._sql, re.DOTALL)
        assert found is not None, "an INSERT of one row"
        return found[1], found[2], found[3]

    def _values(self, row: Row) -> tuple[object, ...]:
        values = list(self._pick(row))
        for at in self._instants:
            instant: Any = values[at]
            if instant is not None:
                values[at] = to_us(instant)
        return tuple(values)


def insert_rows(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Insert the rows; each has every column."""
    _insert(table, connection.dialect.name).run(connection, rows)


def insert_new(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Insert the rows whose key is not there yet; leave the others as they are."""
    _insert_new(table, connection.dialect.name).run(connection, rows)


def upsert(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Insert the rows, or replace all columns of those whose primary key is there."""
    _upsert(table, connection.dialect.name).run(connection, rows)


def insert_returning_new(connection: Connection, table: Table, key: str, rows: Sequence[Row]) -> set[Any]:
    """Insert the rows whose key is not there yet; return the keys of those that were inserted.

    The rows have all columns but those that the database numbers itself.
    """
    return set(_insert_returning(table, key, connection.dialect.name).run_returning(connection, rows))


def _make(table: Table, dialect: str) -> postgresql.Insert | sqlite.Insert:
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)


@lru_cache(maxsize=64)
def _insert(table: Table, dialect: str) -> Prepared:
    statement: Insert = insert(table)
    return Prepared(statement, dialect)


@lru_cache(maxsize=64)
def _insert_new(table: Table, dialect: str) -> Prepared:
    return Prepared(_make(table, dialect).on_conflict_do_nothing(), dialect)


@lru_cache(maxsize=64)
def _insert_returning(table: Table, key: str, dialect: str) -> Prepared:
    given: dict[str, Any] = {column.name: bindparam(column.name) for column in table.columns if column.autoincrement is not True}
    statement = _make(table, dialect).values(given).on_conflict_do_nothing().returning(table.columns[key])
    return Prepared(statement, dialect)


@lru_cache(maxsize=64)
def _upsert(table: Table, dialect: str) -> Prepared:
    bare = _make(table, dialect)
    keys = [column.name for column in table.primary_key]
    others = {column.name: bare.excluded[column.name] for column in table.columns if column.name not in keys}
    return Prepared(bare.on_conflict_do_update(index_elements=keys, set_=others), dialect)
