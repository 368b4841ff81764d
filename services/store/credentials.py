"""Sessions and tokens as they are listed, seen, withdrawn, and asked for again while a socket stays open.

A session's or token's id is the hash of its secret: it names it, and opens nothing.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from msgspec import Struct
from sqlalchemy import Connection, delete, or_, select, update

from services.store.accounts import GRANTED, HOLDERS, Account, narrow, read_account
from services.store.roles import split_names
from services.store.tables import second_factors, sessions, tokens, users

SEEN_EVERY = timedelta(minutes=1)
"""How exactly it is known when a session was last seen: one write a minute, not one a request."""


class SessionRow(Struct, frozen=True, kw_only=True):
    """What may be told of a session: never its secret."""

    id: str
    username: str
    method: str
    address: str
    device: str
    created_at: datetime
    last_seen_at: datetime | None
    expires_at: datetime


class TokenRow(Struct, frozen=True, kw_only=True):
    """What may be told of a token: never the token. `scopes` is None for all that its account has."""

    id: str
    username: str
    label: str
    scopes: Sequence[str] | None
    created_at: datetime
    last_seen_at: datetime | None
    expires_at: datetime | None


_SESSION = (
    sessions.c.token_hash.label("id"),
    users.c.username,
    sessions.c.method,
    sessions.c.address,
    sessions.c.device,
    sessions.c.created_at,
    sessions.c.last_seen_at,
    sessions.c.expires_at,
)
_TOKEN = (
    tokens.c.token_hash.label("id"),
    users.c.username,
    tokens.c.label,
    tokens.c.scopes,
    tokens.c.created_at,
    tokens.c.last_seen_at,
    tokens.c.expires_at,
)


def list_sessions(connection: Connection, at: datetime, user_id: str = "") -> Sequence[SessionRow]:
    """Return the sessions that are not over, of one account or of all, the latest seen first."""
    query = select(*_SESSION).join_from(sessions, users, users.c.id == sessions.c.user_id)
    query = query.where(sessions.c.expires_at > at).order_by(sessions.c.last_seen_at.desc(), sessions.c.created_at)
    if user_id:
        query = query.where(sessions.c.user_id == user_id)
    return [SessionRow(**row._mapping) for row in connection.execute(query)]


def list_tokens(connection: Connection, user_id: str = "") -> Sequence[TokenRow]:
    """Return the tokens of one account or of all, the oldest first."""
    query = select(*_TOKEN).join_from(tokens, users, users.c.id == tokens.c.user_id).order_by(tokens.c.created_at)
    if user_id:
        query = query.where(tokens.c.user_id == user_id)
    return [
        TokenRow(**{**row._mapping, "scopes": None if row.scopes is None else sorted(split_names(row.scopes))})
        for row in connection.execute(query)
    ]


def remove_session(connection: Connection, session_id: str, user_id: str = "") -> str | None:
    """End a session, of one account or of any; return whose it was, None if there is no such session."""
    owner: str | None = connection.scalar(select(sessions.c.user_id).where(sessions.c.token_hash == session_id))
    if owner is None or (user_id and owner != user_id):
        return None
    connection.execute(delete(sessions).where(sessions.c.token_hash == session_id))
    return owner


def remove_sessions(connection: Connection, user_id: str, *, keep: str = "") -> int:
    """End an account's sessions but the one with the id `keep`; return how many."""
    query = delete(sessions).where(sessions.c.user_id == user_id, sessions.c.token_hash != keep)
    return connection.execute(query).rowcount


def remove_token(connection: Connection, token_id: str, user_id: str = "") -> str | None:
    """Withdraw a token, of one account or of any; return whose it was, None if there is no such token."""
    owner: str | None = connection.scalar(select(tokens.c.user_id).where(tokens.c.token_hash == token_id))
    if owner is None or (user_id and owner != user_id):
        return None
    connection.execute(delete(tokens).where(tokens.c.token_hash == token_id))
    return owner


def touch(connection: Connection, key: str, at: datetime) -> None:
    """Note that a session or a token was seen."""
    for table in (sessions, tokens):
        connection.execute(update(table).where(table.c.token_hash == key).values(last_seen_at=at))


class Holder(Struct, frozen=True, kw_only=True):
    """Whose a session or a token is, and what is told of its use. `guarded`: the account has a second factor."""

    key: str
    account: Account
    via: str
    """session or token"""
    method: str = ""
    last_seen_at: datetime | None = None
    guarded: bool = False


_GUARDED = second_factors.c.confirmed_at.is_not(None).label("guarded")


def find_holders(connection: Connection, keys: Iterable[str], at: datetime) -> dict[str, Holder]:
    """Return, for those of the sessions and tokens that are still good, whose they are. `keys` are hashes."""
    wanted = list(keys)
    if not wanted:
        return {}
    good = (
        select(*GRANTED, _GUARDED, sessions.c.token_hash, sessions.c.method, sessions.c.last_seen_at)
        .select_from(
            sessions.join(HOLDERS, users.c.id == sessions.c.user_id).outerjoin(
                second_factors, second_factors.c.user_id == users.c.id
            )
        )
        .where(sessions.c.token_hash.in_(wanted), sessions.c.expires_at > at, users.c.disabled.is_(False))
    )
    found = {
        row.token_hash: Holder(
            key=row.token_hash,
            account=read_account(row),
            via="session",
            method=row.method,
            last_seen_at=row.last_seen_at,
            guarded=bool(row.guarded),
        )
        for row in connection.execute(good)
    }
    missing = [key for key in wanted if key not in found]
    if not missing:
        return found
    bearer = (
        select(*GRANTED, tokens.c.token_hash, tokens.c.scopes, tokens.c.last_seen_at)
        .select_from(tokens.join(HOLDERS, users.c.id == tokens.c.user_id))
        .where(tokens.c.token_hash.in_(missing), users.c.disabled.is_(False))
        .where(or_(tokens.c.expires_at.is_(None), tokens.c.expires_at > at))
    )
    for row in connection.execute(bearer):
        found[row.token_hash] = Holder(
            key=row.token_hash,
            account=narrow(read_account(row), row.scopes),
            via="token",
            last_seen_at=row.last_seen_at,
        )
    return found
