"""Answers kept under the client's Idempotency-Key, so that a request sent twice has one effect.

(draft-ietf-httpapi-idempotency-key-header.)
"""

from datetime import datetime

from msgspec import Struct
from sqlalchemy import Connection, delete, insert, select

from services.store.tables import idempotency


class Kept(Struct, frozen=True, kw_only=True):
    """One answer as it was given. `request_hash` tells whether the same key came with the same request."""

    request_hash: str
    status: int
    response: bytes


def find_kept(connection: Connection, key: str, since: datetime) -> Kept | None:
    """Return the answer kept under the key, unless it is older than `since`."""
    columns = (idempotency.c.request_hash, idempotency.c.status, idempotency.c.response)
    query = select(*columns).where(idempotency.c.key == key, idempotency.c.created_at >= since)
    row = connection.execute(query).first()
    return None if row is None else Kept(**row._mapping)


def keep(connection: Connection, key: str, kept: Kept, at: datetime) -> None:
    """Keep an answer; an older one under the same key gives way (it was past its time)."""
    connection.execute(delete(idempotency).where(idempotency.c.key == key))
    connection.execute(
        insert(idempotency).values(
            key=key, request_hash=kept.request_hash, status=kept.status, response=kept.response, created_at=at
        )
    )


def delete_kept(connection: Connection, before: datetime) -> int:
    """Delete what was kept before that instant; return how many."""
    return connection.execute(delete(idempotency).where(idempotency.c.created_at < before)).rowcount
