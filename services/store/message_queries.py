"""Lists of messages for people: what was taken in, what could not be read and why."""

from datetime import datetime

from msgspec import Struct
from sqlalchemy import Connection, select

from services.store.tables import inbox


class MessageRow(Struct, frozen=True, kw_only=True):
    """One message. `n` is its place in the order of receipt."""

    n: int
    id: str
    feed: str
    source_id: str
    received_at: datetime
    processed_at: datetime | None
    state: str
    reason: str
    detail: str
    body: bytes


_COLUMNS = (
    inbox.c.n,
    inbox.c.id,
    inbox.c.feed,
    inbox.c.source_id,
    inbox.c.received_at,
    inbox.c.processed_at,
    inbox.c.state,
    inbox.c.reason,
    inbox.c.detail,
    inbox.c.body,
)


def list_messages(connection: Connection, *, state: str, feed: str, before: int | None, limit: int) -> list[MessageRow]:
    """Return messages of a state, the newest first; `before` is the `n` to go on from."""
    query = select(*_COLUMNS).where(inbox.c.state == state)
    if feed:
        query = query.where(inbox.c.feed == feed)
    if before is not None:
        query = query.where(inbox.c.n < before)
    return [MessageRow(**row._mapping) for row in connection.execute(query.order_by(inbox.c.n.desc()).limit(limit))]


def find_message(connection: Connection, message_id: str) -> MessageRow | None:
    row = connection.execute(select(*_COLUMNS).where(inbox.c.id == message_id)).first()
    return None if row is None else MessageRow(**row._mapping)
