"""Accounts, their sessions and their tokens. Secrets are kept as hashes only; SQL of this family lives here.

A session's or token's secret has 256 random bits, so one SHA-256 keeps it safe; passwords have few, and are
hashed with argon2 by `services/api/passwords.py`.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, Row, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from dispatch.city import Names
from services.store.tables import sessions, source_keys, tokens, users


class Account(Struct, frozen=True, kw_only=True):
    """One who may sign in. `area` and `department` bound what he sees ("" for everything)."""

    id: str
    username: str
    role: str
    name_zh: str = ""
    name_en: str = ""
    worker_id: str = ""
    department: str = ""
    area: str = ""
    is_demo: bool = False
    disabled: bool = False


class NameTaken(Exception):
    """There is an account of that name already."""


class UnknownAccount(Exception):
    """There is no account of that name."""


_ACCOUNT = (
    users.c.id,
    users.c.username,
    users.c.role,
    users.c.name_zh,
    users.c.name_en,
    users.c.worker_id,
    users.c.department,
    users.c.area,
    users.c.is_demo,
    users.c.disabled,
)


def _account(row: Row[*tuple[Any, ...]]) -> Account:
    return Account(**row._mapping)


def hash_secret(secret: str) -> str:
    """Return what is stored in place of a session's, a token's or a key's secret."""
    return sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


# --- accounts ----------------------------------------------------------------------------------------------


def add_account(connection: Connection, account: Account, password_hash: str, at: datetime) -> None:
    """Store a new account.

    :raises NameTaken: if its name is in use.
    """
    values = {column.name: getattr(account, column.name) for column in _ACCOUNT}
    if find_account(connection, account.username) is not None:
        raise NameTaken(account.username)
    try:
        with connection.begin_nested():
            connection.execute(insert(users).values(password_hash=password_hash, created_at=at, **values))
    except IntegrityError:
        raise NameTaken(account.username) from None


def find_account(connection: Connection, username: str) -> Account | None:
    row = connection.execute(select(*_ACCOUNT).where(users.c.username == username)).first()
    return None if row is None else _account(row)


def find_login(connection: Connection, username: str) -> tuple[Account, str] | None:
    """Return the account of that name and the hash of its password; None if there is none or it is disabled."""
    query = select(*_ACCOUNT, users.c.password_hash).where(users.c.username == username, users.c.disabled.is_(False))
    row = connection.execute(query).first()
    if row is None:
        return None
    values = dict(row._mapping)
    password_hash = str(values.pop("password_hash"))
    return Account(**values), password_hash


def list_accounts(connection: Connection) -> Sequence[Account]:
    return [_account(row) for row in connection.execute(select(*_ACCOUNT).order_by(users.c.username))]


def find_names(connection: Connection, usernames: Iterable[str]) -> dict[str, Names]:
    """Return what the accounts' people are called, of those that there are."""
    query = select(users.c.username, users.c.name_zh, users.c.name_en).where(users.c.username.in_(set(usernames)))
    return {
        row.username: Names(row.name_zh or row.username, row.name_en or row.username)
        for row in connection.execute(query)
    }


def set_password(connection: Connection, username: str, password_hash: str) -> None:
    """Replace a password and end every session that the old one opened.

    :raises UnknownAccount: if there is no such account.
    """
    user_id = connection.scalar(select(users.c.id).where(users.c.username == username))
    if user_id is None:
        raise UnknownAccount(username)
    connection.execute(update(users).where(users.c.id == user_id).values(password_hash=password_hash))
    connection.execute(delete(sessions).where(sessions.c.user_id == user_id))


def set_disabled(connection: Connection, username: str, *, disabled: bool) -> None:
    """Close or reopen an account; closing ends its sessions, and its tokens are refused meanwhile.

    :raises UnknownAccount: if there is no such account.
    """
    user_id = connection.scalar(select(users.c.id).where(users.c.username == username))
    if user_id is None:
        raise UnknownAccount(username)
    connection.execute(update(users).where(users.c.id == user_id).values(disabled=disabled))
    if disabled:
        connection.execute(delete(sessions).where(sessions.c.user_id == user_id))


def has_demo_accounts(connection: Connection) -> bool:
    return connection.execute(select(users.c.id).where(users.c.is_demo.is_(True)).limit(1)).first() is not None


def find_usernames_of_workers(connection: Connection) -> dict[str, str]:
    """Return worker id -> the name he signs in with."""
    query = select(users.c.worker_id, users.c.username).where(users.c.worker_id != "", users.c.disabled.is_(False))
    return {str(row.worker_id): str(row.username) for row in connection.execute(query)}


# --- sessions and tokens -----------------------------------------------------------------------------------


def add_session(connection: Connection, token: str, user_id: str, at: datetime, expires_at: datetime) -> None:
    row = {"token_hash": hash_secret(token), "user_id": user_id, "created_at": at, "expires_at": expires_at}
    connection.execute(insert(sessions).values(row))


def end_session(connection: Connection, token: str) -> None:
    connection.execute(delete(sessions).where(sessions.c.token_hash == hash_secret(token)))


def find_session(connection: Connection, token: str, at: datetime) -> Account | None:
    """Return whose session it is; None if it is unknown, over, or its account is disabled."""
    query = (
        select(*_ACCOUNT)
        .join_from(sessions, users, users.c.id == sessions.c.user_id)
        .where(sessions.c.token_hash == hash_secret(token), sessions.c.expires_at > at, users.c.disabled.is_(False))
    )
    row = connection.execute(query).first()
    return None if row is None else _account(row)


def add_token(
    connection: Connection, token: str, user_id: str, label: str, at: datetime, expires_at: datetime | None = None
) -> None:
    row = {
        "token_hash": hash_secret(token),
        "user_id": user_id,
        "label": label,
        "created_at": at,
        "expires_at": expires_at,
    }
    connection.execute(insert(tokens).values(row))


def find_token(connection: Connection, token: str, at: datetime) -> Account | None:
    """Return whose API token it is; None if it is unknown, over, or its account is disabled."""
    query = (
        select(*_ACCOUNT)
        .join_from(tokens, users, users.c.id == tokens.c.user_id)
        .where(tokens.c.token_hash == hash_secret(token), users.c.disabled.is_(False))
        .where(tokens.c.expires_at.is_(None) | (tokens.c.expires_at > at))
    )
    row = connection.execute(query).first()
    return None if row is None else _account(row)


def remove_token(connection: Connection, token_hash: str, user_id: str) -> bool:
    """Withdraw a token of that account; False if it has no such token."""
    query = delete(tokens).where(tokens.c.token_hash == token_hash, tokens.c.user_id == user_id)
    return connection.execute(query).rowcount > 0


class TokenRow(Struct, frozen=True, kw_only=True):
    """What may be told of a token: never the token."""

    token_hash: str
    label: str
    created_at: datetime
    expires_at: datetime | None


def list_tokens(connection: Connection, user_id: str) -> Sequence[TokenRow]:
    query = (
        select(tokens.c.token_hash, tokens.c.label, tokens.c.created_at, tokens.c.expires_at)
        .where(tokens.c.user_id == user_id)
        .order_by(tokens.c.created_at)
    )
    return [TokenRow(**row._mapping) for row in connection.execute(query)]


def find_key_owner(connection: Connection, key: str) -> str | None:
    """Return the id of the source whose key this is."""
    return connection.scalar(select(source_keys.c.source_id).where(source_keys.c.key_hash == hash_secret(key)))


def delete_ended_sessions(connection: Connection, at: datetime) -> int:
    """Delete sessions and tokens that are over; return how many."""
    ended = connection.execute(delete(sessions).where(sessions.c.expires_at <= at)).rowcount
    return ended + connection.execute(delete(tokens).where(tokens.c.expires_at <= at)).rowcount
