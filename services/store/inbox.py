"""Messages as they came: stored before anything reads them."""

import sqlite3
from collections.abc import Collection, Sequence
from datetime import datetime
from functools import lru_cache
from hashlib import blake2b

from msgspec import Struct
from sqlalchemy import Connection, bindparam, delete, func, select, text, update

from dispatch.ids import MessageId, SourceId
from services.store.database import Database
from services.store.tables import inbox
from services.store.types import to_us
from services.store.upsert import insert_new, insert_returning_new, pages_of

REPLAYABLE = ("quarantined", "set_aside")
"""States from which a message can be read again."""


class Message(Struct, frozen=True, kw_only=True, gc=False):
    """One message of one source. `id` follows from feed, source and key, so that a repeat has the same one."""

    id: MessageId
    feed: str
    source_id: SourceId
    body: bytes
    received_at: datetime


class Outcome(Struct, frozen=True, kw_only=True, gc=False):
    """What became of a message: done, quarantined for a reason, or set aside (`set_aside`)."""

    message_id: MessageId
    at: datetime
    state: str = "done"
    reason: str = ""
    detail: str = ""


KEYED = b"k"
"""Begins what a key of the sender's own is made to: it and a hash of all bytes must never meet."""


def message_id(feed: str, source_id: SourceId, key: bytes) -> MessageId:
    """Return the message's id: 128 bits of BLAKE2b, so that the same message is the same row without a look-up."""
    digest = blake2b(digest_size=16)
    for part in (feed.encode(), source_id.encode(), key):
        digest.update(len(part).to_bytes(8, "big") + part)
    return MessageId(digest.hexdigest())


def keyed_id(feed: str, source_id: SourceId, key: bytes) -> MessageId:
    """Return the id of a message that its feed tells from others by a key of the sender's own."""
    return message_id(feed, source_id, KEYED + key)


def store(connection: Connection, groups: Sequence[Sequence[Message]]) -> Sequence[Sequence[Message]]:
    """Write the messages; of each group return those that were not there before. (A `Bulk` of `Database`.)"""
    first: dict[MessageId, Message] = {}
    for group in groups:
        for message in group:
            first.setdefault(message.id, message)
    new = insert_returning_new(connection, inbox, "id", [_row(message) for message in first.values()])
    # By identity: of two groups with the same message only the one whose row it is may hand it over.
    return [[message for message in group if message.id in new and first[message.id] is message] for group in groups]


class StoredMeanwhile(Exception):
    """A message that was new when it was read has been stored by another process since."""


def is_known(db: Database, wanted: MessageId) -> bool:
    """Return whether the message is stored; True where that cannot be said. For the event loop: it takes no longer than
    an index does.
    """
    try:
        return db.glance("SELECT 1 FROM inbox WHERE id = ?", (wanted,))
    except sqlite3.Error:
        return True


def save_turn(connection: Connection, arrivals: Sequence[Message], outcomes: Sequence[Outcome]) -> None:
    """Keep what has become of a turn's messages, and those that become durable with it.

    :raises StoredMeanwhile: if one of these is there: what it has brought about must not be written again.
    """
    own = {outcome.message_id: outcome for outcome in outcomes}
    if arrivals:
        written = insert_new(connection, inbox, [_row(each, own.pop(each.id, None)) for each in arrivals])
        if written < len(arrivals):
            raise StoredMeanwhile(f"{len(arrivals) - written} of {len(arrivals)} messages")
    settle(connection, list(own.values()))


def _row(message: Message, outcome: Outcome | None = None) -> dict[str, object]:
    return {
        "id": message.id,
        "feed": message.feed,
        "source_id": message.source_id,
        "body": message.body,
        "received_at": message.received_at,
        "state": outcome.state if outcome else "pending",
        "reason": outcome.reason if outcome else "",
        "detail": outcome.detail if outcome else "",
        "processed_at": outcome.at if outcome else None,
    }


def settle(connection: Connection, outcomes: Sequence[Outcome]) -> None:
    """Write what became of the messages. Those that were read without fault, and those of a flood, go together."""
    alike: dict[tuple[str, str], list[Outcome]] = {}
    others: list[Outcome] = []
    for outcome in outcomes:
        if outcome.detail:
            others.append(outcome)
        else:
            alike.setdefault((outcome.state, outcome.reason), []).append(outcome)
    for (state, reason), group in alike.items():
        for start, size in pages_of(len(group)):
            ids = [outcome.message_id for outcome in group[start : start + size]]
            values = (state, reason, to_us(group[-1].at), *ids)
            connection.exec_driver_sql(_alike_text(connection.dialect.name, size), values)
    if others:
        connection.execute(
            _SETTLE,
            [
                {"b_id": o.message_id, "b_state": o.state, "b_reason": o.reason, "b_detail": o.detail, "b_at": o.at}
                for o in others
            ],
        )


_SETTLE = (
    update(inbox)
    .where(inbox.c.id == bindparam("b_id"))
    .values(
        state=bindparam("b_state"),
        reason=bindparam("b_reason"),
        detail=bindparam("b_detail"),
        processed_at=bindparam("b_at"),
    )
)


@lru_cache(maxsize=128)
def _alike_text(dialect: str, count: int) -> str:
    mark = "%s" if dialect == "postgresql" else "?"
    marks = ", ".join([mark] * count)
    return f"UPDATE inbox SET state = {mark}, reason = {mark}, detail = '', processed_at = {mark} WHERE id IN ({marks})"


def list_pending(
    connection: Connection, after: int, limit: int, *, received_before: datetime | None = None
) -> list[tuple[int, Message]]:
    """Return pending messages in the order in which they came, with their row numbers."""
    query = (
        select(inbox.c.n, inbox.c.id, inbox.c.feed, inbox.c.source_id, inbox.c.body, inbox.c.received_at)
        # As literals: SQLite uses a partial index only where it can see its condition.
        .where(text("state = 'pending'"), inbox.c.n > after)
        .order_by(inbox.c.n)
        .limit(limit)
    )
    if received_before is not None:
        query = query.where(inbox.c.received_at < received_before)
    rows = connection.execute(query)
    return [
        (row.n, Message(id=row.id, feed=row.feed, source_id=row.source_id, body=row.body, received_at=row.received_at))
        for row in rows
    ]


def span_since(connection: Connection, start: datetime) -> tuple[int, int] | None:
    """Return the row number of the first message received since then, and one past that of the last; None for none."""
    first = connection.scalar(
        select(inbox.c.n).where(inbox.c.received_at >= start).order_by(inbox.c.received_at).limit(1)
    )
    last = connection.scalar(select(func.max(inbox.c.n)))
    return None if first is None or last is None else (first, last + 1)


SENDERS_ASKED_MAX = 500
"""Senders named in one question: of more than that all messages are looked at."""


def list_past(
    connection: Connection, low: int, high: int, sources: Collection[SourceId], start: datetime
) -> list[Message]:
    """Return the messages of some senders that were read, received since `start`, of the rows from `low` up to `high`
    (exclusive), in the order in which they came.
    """
    query = (
        select(inbox.c.id, inbox.c.feed, inbox.c.source_id, inbox.c.body, inbox.c.received_at)
        .where(inbox.c.n >= low, inbox.c.n < high, inbox.c.state == "done", inbox.c.received_at >= start)
        .order_by(inbox.c.n)
    )
    if len(sources) <= SENDERS_ASKED_MAX:
        query = query.where(inbox.c.source_id.in_(sorted(sources)))
    return [
        Message(id=row.id, feed=row.feed, source_id=row.source_id, body=row.body, received_at=row.received_at)
        for row in connection.execute(query)
        if row.source_id in sources
    ]


def replay(connection: Connection, wanted: MessageId) -> Message | None:
    """Set a message to pending again; None if none of that id is quarantined or set aside."""
    row = connection.execute(
        select(inbox.c.feed, inbox.c.source_id, inbox.c.body, inbox.c.received_at).where(
            inbox.c.id == wanted, inbox.c.state.in_(REPLAYABLE)
        )
    ).one_or_none()
    if row is None:
        return None
    connection.execute(update(inbox).where(inbox.c.id == wanted).values(state="pending", reason="", detail=""))
    return Message(id=wanted, feed=row.feed, source_id=row.source_id, body=row.body, received_at=row.received_at)


def count_by_state(connection: Connection) -> dict[str, int]:
    rows = connection.execute(select(inbox.c.state, func.count()).group_by(inbox.c.state))
    return {row[0]: row[1] for row in rows}


def delete_done_before(connection: Connection, before: datetime, limit: int) -> int:
    """Delete up to `limit` messages that are done or were set aside and came before that; return how many."""
    old = select(inbox.c.n).where(inbox.c.received_at < before, inbox.c.state.in_(("done", "set_aside"))).limit(limit)
    return connection.execute(delete(inbox).where(inbox.c.n.in_(old.scalar_subquery()))).rowcount
