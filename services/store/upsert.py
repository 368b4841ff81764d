"""Many rows at once: INSERT and INSERT ... ON CONFLICT for the database at hand.

SQLAlchemy writes the statements and knows their types; the rows then go to the driver as they are. On the engine's
path that halves what a commit costs: most of it was the binding of every row by name.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import chain
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import Connection, Insert, Table, TableClause, bindparam, insert
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.compiler import SQLCompiler

from services.store.types import Instant, to_us

Row = Mapping[str, object]

SMALL_STATEMENT = 32
"""Up to so many rows go in one statement of exactly their number; the driver keeps that many compiled ones."""
ROWS_PER_STATEMENT = (1024, 512, 256, 128, 64, SMALL_STATEMENT)
"""Above it a few sizes only, then the rest."""
PARAMETERS_MAX = 32_000
"""SQLite takes 32,766 in one statement, PostgreSQL twice that; a case has 47."""

_POSITIONAL: Mapping[str, Dialect] = {
    "sqlite": SQLiteDialect_pysqlite(paramstyle="qmark"),
    "postgresql": PGDialect_psycopg(paramstyle="format"),  # type: ignore[no-untyped-call]
}
"""Dialects that number the parameters instead of naming them."""


class Statement(NamedTuple):
    """One that writes rows, and all their values: made where there is time for it, run by the writer."""

    text: str
    parameters: tuple[object, ...]


class Prepared:
    """An INSERT compiled once. Its parameters are looked up in each row by name.

    Many rows go in one statement, not one by one: SQLite's driver lets go of the interpreter for each statement and
    must get it back from a busy event loop each time, so a hundred small statements wait a hundred times.
    """

    def __init__(self, statement: Insert, dialect: str) -> None:
        compiled = statement.compile(dialect=_POSITIONAL[dialect])
        assert isinstance(compiled, SQLCompiler)
        assert compiled.positiontup is not None
        names = compiled.positiontup
        found = re.fullmatch(r"(.* VALUES )(\([^()]*\))(.*)", str(compiled), re.DOTALL)
        assert found is not None, "an INSERT of one row"
        self._head, self._group, self._tail = found[1], found[2], found[3]
        self._columns = len(names)
        self._texts: dict[int, str] = {}
        self._pick: Callable[[Row], Sequence[object]] = itemgetter(*names)
        self._instants = [at for at, name in enumerate(names) if isinstance(compiled.binds[name].type, Instant)]

    def run(self, connection: Connection, rows: Sequence[Row]) -> int:
        """Insert the rows; return how many were written."""
        return run(connection, self.statements(rows))

    def run_returning(self, connection: Connection, rows: Sequence[Row]) -> list[Any]:
        """Insert the rows; return the one column that is returned for each row that was inserted."""
        found: list[Any] = []
        for text, parameters in self.statements(rows):
            found.extend(connection.exec_driver_sql(text, parameters).scalars())
        return found

    def statements(self, rows: Sequence[Row]) -> Iterator[Statement]:
        """Yield what the database is given for the rows."""
        for at, size in pages_of(len(rows), self._columns):
            values = tuple(chain.from_iterable(map(self._values, rows[at : at + size])))
            yield Statement(self._text(size), values)

    def _text(self, size: int) -> str:
        text = self._texts.get(size)
        if text is None:
            text = self._texts[size] = self._head + ", ".join([self._group] * size) + self._tail
        return text

    def _values(self, row: Row) -> Sequence[object]:
        values = list(self._pick(row))
        for at in self._instants:
            instant: Any = values[at]
            if instant is not None:
                values[at] = to_us(instant)
        return values


def pages_of(count: int, columns: int = 1) -> Iterator[tuple[int, int]]:
    """Yield (start, size) of pages that are together all: long ones of a few sizes, then what is left."""
    at = 0
    for size in ROWS_PER_STATEMENT:
        while count - at >= size and size * columns <= PARAMETERS_MAX:
            yield at, size
            at += size
    if at < count:
        yield at, count - at


def lay_rows(table: TableClause, dialect: str, rows: Sequence[Row]) -> list[Statement]:
    """Return what `insert_rows` would run."""
    return list(_insert(table, dialect).statements(rows))


def lay_upsert(table: Table, dialect: str, rows: Sequence[Row], *, kept: tuple[str, ...] = ()) -> list[Statement]:
    """Return what `upsert` would run, but that it leaves the columns `kept` of a row that is there."""
    return list(_upsert(table, dialect, kept).statements(rows))


def run(connection: Connection, statements: Iterable[Statement]) -> int:
    """Run what was laid out; return how many rows were written."""
    return sum(connection.exec_driver_sql(text, parameters).rowcount for text, parameters in statements)


def insert_rows(connection: Connection, table: TableClause, rows: Sequence[Row]) -> None:
    """Insert the rows; each has every column."""
    _insert(table, connection.dialect.name).run(connection, rows)


def insert_new(connection: Connection, table: Table, rows: Sequence[Row]) -> int:
    """Insert the rows whose key is not there yet, and leave the others as they are; return how many were inserted.

    The rows have all columns but those that the database numbers itself.
    """
    return _insert_new(table, connection.dialect.name).run(connection, rows)


def upsert(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Insert the rows, or replace all columns of those whose primary key is there."""
    _upsert(table, connection.dialect.name, ()).run(connection, rows)


def add_up(connection: Connection, table: Table, column: str, rows: Sequence[Row]) -> None:
    """Insert the rows, or add the number in the column to that of those whose primary key is there."""
    _add_up(table, column, connection.dialect.name).run(connection, rows)


def insert_returning_new(connection: Connection, table: Table, key: str, rows: Sequence[Row]) -> set[Any]:
    """Insert the rows whose key is not there yet; return the keys of those that were inserted.

    The rows have all columns but those that the database numbers itself.
    """
    return set(_insert_returning(table, key, connection.dialect.name).run_returning(connection, rows))


def _make(table: Table, dialect: str) -> postgresql.Insert | sqlite.Insert:
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)


@lru_cache(maxsize=64)
def _insert(table: TableClause, dialect: str) -> Prepared:
    return Prepared(insert(table), dialect)


@lru_cache(maxsize=64)
def _insert_new(table: Table, dialect: str) -> Prepared:
    return Prepared(_if_new(table, dialect), dialect)


@lru_cache(maxsize=64)
def _insert_returning(table: Table, key: str, dialect: str) -> Prepared:
    return Prepared(_if_new(table, dialect).returning(table.columns[key]), dialect)


def _if_new(table: Table, dialect: str) -> postgresql.Insert | sqlite.Insert:
    given: dict[str, Any] = {
        column.name: bindparam(column.name) for column in table.columns if column.autoincrement is not True
    }
    return _make(table, dialect).values(given).on_conflict_do_nothing()


@lru_cache(maxsize=64)
def _upsert(table: Table, dialect: str, kept: tuple[str, ...]) -> Prepared:
    bare = _make(table, dialect)
    keys = [column.name for column in table.primary_key]
    names = [column.name for column in table.columns if column.name not in keys and column.name not in kept]
    others = {name: bare.excluded[name] for name in names}
    return Prepared(bare.on_conflict_do_update(index_elements=keys, set_=others), dialect)


@lru_cache(maxsize=64)
def _add_up(table: Table, column: str, dialect: str) -> Prepared:
    bare = _make(table, dialect)
    keys = [each.name for each in table.primary_key]
    total = table.columns[column] + bare.excluded[column]
    return Prepared(bare.on_conflict_do_update(index_elements=keys, set_={column: total}), dialect)
