"""Browsers that may be rung."""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256

from msgspec import Struct
from sqlalchemy import Connection, delete, insert, select, update

from dispatch.access import Role
from services.store.tables import push_subscriptions, users

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


class Ringing(Struct, frozen=True, kw_only=True):
    """A browser that may be rung, and the name of whose it is."""

    username: str
    browser: Subscription

    def is_for(self, recipient: str, role: str) -> bool:
        """Say whether it is that person's: a worker is named by his id."""
        return recipient == (self.browser.worker_id if role == Role.WORKER else self.username)


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


def list_open(connection: Connection) -> Sequence[Ringing]:
    """Return the browsers whose accounts are open, each with its account's name."""
    columns = (*_COLUMNS, users.c.username)
    query = select(*columns).join_from(push_subscriptions, users, users.c.id == push_subscriptions.c.user_id)
    found = [dict(row._mapping) for row in connection.execute(query.where(users.c.disabled.is_(False)))]
    return [Ringing(username=row.pop("username"), browser=Subscription(**row)) for row in found]


def note_reached(connection: Connection, ids: Sequence[str], at: datetime) -> None:
    connection.execute(update(push_subscriptions).where(push_subscriptions.c.id.in_(ids)).values(reached_at=at))
