"""The index by which cases are found, and who was named in a note: written after the commit, with the seq reached.

The words of a case stand in `case_words`; over them lies an index of the database at hand, `case_fts`: FTS5 in SQLite,
GIN over a tsvector in PostgreSQL. Neither is asked to find words by itself: that is `services/store/words.py`.
"""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, bindparam, delete, insert, literal_column, select, text, update

from dispatch.case import Case
from dispatch.ids import CaseId
from services.store.journal import read_case
from services.store.reporters import find_ids_of_reporters
from services.store.tables import case_words, cases, follow_head, mentions
from services.store.upsert import insert_new
from services.store.words import asked_tokens

BACKLOG_PAGE = 200
"""Cases of the past that are indexed in one go: what a new column, or a crash, has left undone."""
_ONLY = 1
"""The head has one row."""


class Words(Struct, frozen=True):
    """What one case is found by."""

    case_id: CaseId
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
    is_sqlite = connection.dialect.name == "sqlite"
    held = {
        row.case_id: row
        for row in connection.execute(
            select(case_words).where(case_words.c.case_id.in_([each.case_id for each in words]))
        )
    }
    changed = [
        each
        for each in words
        if (row := held.get(each.case_id)) is None or (row.words, row.reporter) != (each.tokens, each.reporter)
    ]
    gone = [held[each.case_id] for each in changed if each.case_id in held]
    if gone and is_sqlite:
        # An index over a table of its own content must be told what the content was.
        forget = text("INSERT INTO case_fts(case_fts, rowid, words) VALUES ('delete', :n, :words)")
        connection.execute(forget, [{"n": row.n, "words": row.words} for row in gone])
    if gone:
        connection.execute(delete(case_words).where(case_words.c.n.in_([row.n for row in gone])))
    if not changed:
        return
    rows: list[dict[str, object]] = [
        {"case_id": each.case_id, "reporter": each.reporter, "words": each.tokens} for each in changed
    ]
    if is_sqlite:
        _insert_sqlite(connection, rows)
    else:
        connection.execute(insert(case_words), rows)


def _insert_sqlite(connection: Connection, rows: Sequence[dict[str, object]]) -> None:
    """Number the rows here: the one writer knows the next number, and the index needs it."""
    last = connection.scalar(text("SELECT coalesce(max(n), 0) FROM case_words")) or 0
    numbered = [{"n": last + place, **row} for place, row in enumerate(rows, 1)]
    connection.execute(insert(case_words), numbered)
    connection.execute(text("INSERT INTO case_fts(rowid, words) VALUES (:n, :words)"), numbered)


def list_unknown(connection: Connection, head: int, after: str, limit: int = BACKLOG_PAGE) -> list[Case]:
    """Return cases that have changed after `head`, in the order of their ids, from the one after `after` on."""
    query = select(cases.c.doc).where(cases.c.id > after, cases.c.version > head).order_by(cases.c.id)
    return [read_case(doc) for doc in connection.scalars(query.limit(limit))]


# --- asking ------------------------------------------------------------------------------------------------


def speaks_of(connection: Connection, question: str) -> ColumnElement[bool] | None:
    """Return the condition that a case has all words of the question; None where it holds no word at all."""
    tokens = asked_tokens(question)
    if not tokens:
        return None
    found = select(case_words.c.case_id)
    if connection.dialect.name == "sqlite":
        inner = text("SELECT rowid FROM case_fts WHERE case_fts MATCH :asked").columns(literal_column("rowid"))
        asked = " ".join(f'"{token}"{" *" if begins else ""}' for token, begins in tokens)
        return cases.c.id.in_(found.where(case_words.c.n.in_(inner.bindparams(asked=asked))))
    matches = text("array_to_tsvector(string_to_array(case_words.words, ' ')) @@ CAST(:asked AS tsquery)")
    asked = " & ".join(f"'{token}'{':*' if begins else ''}" for token, begins in tokens)
    return cases.c.id.in_(found.where(matches.bindparams(bindparam("asked", asked))))


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
