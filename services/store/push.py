"""Browsers that may be rung, and the notices for which they should be."""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256

from msgspec import Struct
from sqlalchemy import Connection, delete, insert, select, update

from dispatch.case import Case
from services.store.journal import read_case
from services.store.tables import cases, journal, outbox, push_subscriptions, pushes, users
from services.store.upsert import insert_new

PER_USER_MAX = 8
"""Browsers of one person; the oldest gives way."""


class Subscription(Struct, frozen=True, kw_only=True):
    """One browser: where its push service takes messages, and the keys that they are sealed with (RFC 8291)."""

    id: str
    user_id: str
    worker_id: str
    endpoint: str
    p256dh: str
    auth: str
    language: str
    device: str
    created_at: datetime
    reached_at: datetime | None = None


class Due(Struct, frozen=True, kw_only=True):
    """One notice that no phone has heard: its fact's number and kind, and the case as it is now."""

    seq: int
    kind: str
    worker: str
    case: Case


_COLUMNS = tuple(push_subscriptions.c)


def id_of(endpoint: str) -> str:
    """Return the id of a subscription: the same browser is stored once."""
    return sha256(endpoint.encode()).hexdigest()[:32]


def save_subscription(connection: Connection, new: Subscription) -> None:
    """Store a browser, or what has changed of it; a browser that another has signed in to is his from now on."""
    connection.execute(delete(push_subscriptions).where(push_subscriptions.c.id == new.id))
    connection.execute(
        insert(push_subscriptions).values({column.name: getattr(new, column.name) for column in _COLUMNS})
    )
    own = push_subscriptions.c.user_id == new.user_id
    kept = select(push_subscriptions.c.id).where(own).order_by(push_subscriptions.c.created_at.desc())
    ids = list(connection.scalars(kept.limit(PER_USER_MAX)))
    connection.execute(delete(push_subscriptions).where(own, push_subscriptions.c.id.not_in(ids)))


def remove_subscription(connection: Connection, subscription_id: str, user_id: str | None = None) -> bool:
    """Remove one, of that person where one is named; False if there is none."""
    query = delete(push_subscriptions).where(push_subscriptions.c.id == subscription_id)
    if user_id is not None:
        query = query.where(push_subscriptions.c.user_id == user_id)
    return connection.execute(query).rowcount > 0


def list_of_user(connection: Connection, user_id: str) -> Sequence[Subscription]:
    query = select(*_COLUMNS).where(push_subscriptions.c.user_id == user_id)
    return [Subscription(**row._mapping) for row in connection.execute(query.order_by(push_subscriptions.c.created_at))]


def list_of_workers(connection: Connection, workers: Sequence[str]) -> Sequence[Subscription]:
    """Return the browsers of these workers whose accounts are open."""
    query = select(*_COLUMNS).join_from(push_subscriptions, users, users.c.id == push_subscriptions.c.user_id)
    query = query.where(push_subscriptions.c.worker_id.in_(workers), users.c.disabled.is_(False))
    return [Subscription(**row._mapping) for row in connection.execute(query)]


def note_reached(connection: Connection, ids: Sequence[str], at: datetime) -> None:
    connection.execute(update(push_subscriptions).where(push_subscriptions.c.id.in_(ids)).values(reached_at=at))


def list_due(connection: Connection, since: datetime, before: datetime, limit: int) -> Sequence[Due]:
    """Return notices to workers with a browser that neither their phone nor a push service has taken, oldest first."""
    workers = list(connection.scalars(select(push_subscriptions.c.worker_id).distinct()))
    if not workers:
        return []
    query = (
        select(outbox.c.seq, outbox.c.recipient, journal.c.kind, cases.c.doc)
        .join_from(outbox, journal, journal.c.seq == outbox.c.seq)
        .join(cases, cases.c.id == journal.c.case_id)
        .outerjoin(pushes, pushes.c.seq == outbox.c.seq)
        .where(outbox.c.recipient.in_(workers), outbox.c.delivered_at.is_(None), pushes.c.seq.is_(None))
        .where(outbox.c.kind == "task", outbox.c.created_at >= since, outbox.c.created_at <= before)
        .order_by(outbox.c.seq)
        .limit(limit)
    )
    return [
        Due(seq=row.seq, kind=row.kind, worker=row.recipient, case=read_case(row.doc))
        for row in connection.execute(query)
    ]


def note_pushed(connection: Connection, seqs: Sequence[int], at: datetime) -> None:
    insert_new(connection, pushes, [{"seq": seq, "at": at} for seq in seqs])


def delete_pushed(connection: Connection, before: datetime) -> int:
    return connection.execute(delete(pushes).where(pushes.c.at < before)).rowcount
