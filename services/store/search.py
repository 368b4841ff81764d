"""The index by which cases are found, and who was named in a note: written after the commit, with the seq reached.

The words of a case stand in `case_words`; over them lies an index of the database at hand, `case_fts`: FTS5 in SQLite,
GIN over a tsvector in PostgreSQL. Neither is asked to find words by itself: that is `services/store/words.py`.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Row,
    cast,
    column,
    delete,
    false,
    func,
    insert,
    literal_column,
    select,
    table,
    update,
)
from sqlalchemy.dialects.postgresql import TSQUERY

from dispatch.case import Case
from dispatch.ids import CaseId
from services.store.case_rows import read_case
from services.store.reporters import find_ids_of_reporters
from services.store.tables import case_words, cases, follow_head, mentions
from services.store.types import from_us, to_us
from services.store.upsert import insert_new, insert_rows
from services.store.words import asked_tokens

BACKLOG_PAGE = 200
"""Cases of the past that are indexed in one go: what a new column, or a crash, has left undone."""
PLACE_US = 100
"""Microseconds of one place in the order of the index."""
AT_ONCE = 10_000
"""Places after a moment that are looked at together: a burst of a second, and more."""
_ONLY = 1
"""The head has one row."""
_FTS = table("case_fts", column("rowid"), column("words"))
_FTS_ORDERS = table("case_fts", column("case_fts"), column("rowid"), column("words"))
"""SQLite's index as it takes orders: it keeps no words of its own, and must be told what they were to forget them."""


class Words(Struct, frozen=True):
    """What one case is found by, and when it was opened: the order in which it is found."""

    case_id: CaseId
    opened_at: datetime
    reporter: str
    tokens: str


class Mention(Struct, frozen=True, kw_only=True):
    """One who was named in a note. `seq` is the note's."""

    username: str
    seq: int
    case_id: str
    at: datetime
    seen_at: datetime | None = None


class Step(Struct, frozen=True):
    """What the follower writes at once. `seq` is None while older cases are still to be indexed."""

    words: Sequence[Words]
    mentions: Sequence[Mention]
    seq: int | None


def read_head(connection: Connection) -> int:
    """Return the seq of the last fact that the index knows of; 0 before the first."""
    return connection.scalar(select(follow_head.c.seq)) or 0


def follow(connection: Connection, steps: Sequence[Step]) -> Sequence[None]:
    """Write the steps; one that is written again changes nothing. (A `Bulk` of `Database`.)"""
    words = {each.case_id: each for step in steps for each in step.words}
    if words:
        _replace(connection, list(words.values()))
    insert_new(connection, mentions, [_mention_row(each) for step in steps for each in step.mentions])
    reached = [step.seq for step in steps if step.seq is not None]
    if reached and max(reached) > read_head(connection):
        connection.execute(delete(follow_head))
        connection.execute(insert(follow_head).values(id=_ONLY, seq=max(reached)))
    return [None] * len(steps)


def _mention_row(mention: Mention) -> dict[str, object]:
    return {
        "username": mention.username,
        "seq": mention.seq,
        "case_id": mention.case_id,
        "at": mention.at,
        "seen_at": mention.seen_at,
    }


def _replace(connection: Connection, words: Sequence[Words]) -> None:
    held = {row.case_id: row for row in connection.execute(select(case_words).where(_are(words)))}
    new = [each for each in words if each.case_id not in held]
    changed = [
        (held[each.case_id], each)
        for each in words
        if each.case_id in held
        and (held[each.case_id].words, held[each.case_id].reporter) != (each.tokens, each.reporter)
    ]
    rows = [_row(held_row.n, each) for held_row, each in changed]
    if changed:
        _forget(connection, [held_row for held_row, _ in changed])
    rows += [_row(n, each) for n, each in zip(_places(connection, new), new, strict=True)]
    if rows:
        insert_rows(connection, case_words, rows)
        if connection.dialect.name == "sqlite":
            insert_rows(connection, _FTS, [{"rowid": row["n"], "words": row["words"]} for row in rows])


def _are(words: Sequence[Words]) -> ColumnElement[bool]:
    return case_words.c.case_id.in_([each.case_id for each in words])


def _row(n: int, words: Words) -> dict[str, object]:
    return {"n": n, "case_id": words.case_id, "reporter": words.reporter, "words": words.tokens}


def _forget(connection: Connection, rows: Sequence[Row[Any]]) -> None:
    if connection.dialect.name == "sqlite":
        forget = [{"case_fts": "delete", "rowid": row.n, "words": row.words} for row in rows]
        insert_rows(connection, _FTS_ORDERS, forget)
    connection.execute(delete(case_words).where(case_words.c.n.in_([row.n for row in rows])))


def place_of(at: datetime) -> int:
    """Return where a case that was opened then stands: the index gives what it finds in the order of these numbers."""
    return to_us(at) // PLACE_US


def time_of(place: int) -> datetime:
    """Return the time that a place stands for: `place_of` of it is the place again."""
    return from_us(place * PLACE_US)


class _Places:
    """Which places are taken, read page by page: an import may hold a hundred thousand cases of one midnight."""

    def __init__(self, connection: Connection, first: int, last: int) -> None:
        self._connection = connection
        self._taken: set[int] = set()
        self._read_to = first - 1
        self._read(last + AT_ONCE)

    def _read(self, until: int) -> None:
        near = case_words.c.n.between(self._read_to + 1, until)
        self._taken.update(self._connection.scalars(select(case_words.c.n).where(near)))
        self._read_to = until

    def take(self, place: int) -> int:
        """Take the place, or the next free one after it."""
        while place in self._taken:
            place += 1
            if place > self._read_to:
                self._read(place + AT_ONCE)
        self._taken.add(place)
        return place


def _places(connection: Connection, words: Sequence[Words]) -> list[int]:
    """Return a free place for each: that of its time, or the next ones where several were opened at once."""
    if not words:
        return []
    wanted = [place_of(each.opened_at) for each in words]
    places = _Places(connection, min(wanted), max(wanted))
    return [places.take(place) for place in wanted]


def list_unknown(connection: Connection, head: int, after: str, limit: int = BACKLOG_PAGE) -> list[Case]:
    """Return cases that have changed after `head`, in the order of their ids, from the one after `after` on."""
    query = select(cases.c.doc).where(cases.c.id > after, cases.c.version > head).order_by(cases.c.id)
    return [read_case(doc) for doc in connection.scalars(query.limit(limit))]


# --- asking ------------------------------------------------------------------------------------------------

_fts = table("case_fts", column("rowid"))


class Reading(Struct, frozen=True):
    """How found cases are read: out of which tables, on which conditions, and by which number downwards."""

    tables: FromClause
    conditions: Sequence[ColumnElement[bool]]
    place: ColumnElement[int]


def speaks_of(connection: Connection, question: str) -> ColumnElement[bool]:
    """Return the condition that a case has all words of the question; where it has no words no case is meant."""
    if not asked_tokens(question):
        return false()
    if connection.dialect.name == "sqlite":
        places = select(_fts.c.rowid).where(_matches_in_sqlite(question))
        return cases.c.id.in_(select(case_words.c.case_id).where(case_words.c.n.in_(places)))
    return cases.c.id.in_(select(case_words.c.case_id).where(_matches_in_postgresql(question)))


def read_down(connection: Connection, question: str, before: int | None) -> Reading:
    """Return how the cases that have all words of the question are read, the latest first, from `before` on downwards.

    In SQLite it is the index itself that is read, from its end: what is not looked at costs nothing.
    """
    if not asked_tokens(question):
        return Reading(cases.join(case_words, case_words.c.case_id == cases.c.id), [false()], case_words.c.n)
    if connection.dialect.name == "sqlite":
        place = _fts.c.rowid
        tables = _fts.join(case_words, case_words.c.n == place).join(cases, cases.c.id == case_words.c.case_id)
        matches = _matches_in_sqlite(question)
    else:
        place = case_words.c.n
        tables = case_words.join(cases, cases.c.id == case_words.c.case_id)
        matches = _matches_in_postgresql(question)
    return Reading(tables, [matches] if before is None else [matches, place < before], place)


def _matches_in_sqlite(question: str) -> ColumnElement[bool]:
    asked = " ".join(f'"{token}"{" *" if begins else ""}' for token, begins in asked_tokens(question))
    matches: ColumnElement[bool] = literal_column("case_fts").op("MATCH", is_comparison=True)(asked)
    return matches


def _matches_in_postgresql(question: str) -> ColumnElement[bool]:
    asked = " & ".join(f"'{token}'{':*' if begins else ''}" for token, begins in asked_tokens(question))
    tokens = func.array_to_tsvector(func.string_to_array(case_words.c.words, literal_column("' '")))
    matches: ColumnElement[bool] = tokens.op("@@", is_comparison=True)(cast(asked, TSQUERY))
    return matches


def reported_by(connection: Connection, person: str) -> ColumnElement[bool]:
    """Return the condition that a case was reported by someone of that name or telephone, or a part of it."""
    ids = find_ids_of_reporters(connection, person)
    return cases.c.id.in_(select(case_words.c.case_id).where(case_words.c.reporter.in_(ids)))


# --- mentions ----------------------------------------------------------------------------------------------


def list_mentions(connection: Connection, username: str, limit: int) -> list[Mention]:
    """Return where somebody was named, the latest first."""
    query = select(mentions).where(mentions.c.username == username).order_by(mentions.c.seq.desc()).limit(limit)
    return [Mention(**row._mapping) for row in connection.execute(query)]


def see_mentions(connection: Connection, username: str, until: int, at: datetime) -> None:
    """Note that he has seen all up to that seq."""
    mine = (mentions.c.username == username, mentions.c.seq <= until, mentions.c.seen_at.is_(None))
    connection.execute(update(mentions).where(*mine).values(seen_at=at))
