"""Accounts, their sessions and their tokens. Secrets are kept as hashes only; SQL of this family lives here.

A session's or token's secret has 256 random bits, so one SHA-256 keeps it safe; passwords have few, and are
hashed with argon2 by `services/api/passwords.py`.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import Connection, Row, delete, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from dispatch.access import granted_commands, granted_permissions
from dispatch.city import Names
from services.store.roles import split_names
from services.store.tables import roles, sessions, source_keys, tokens, users

NO_PASSWORD = "!"
"""In place of a password's hash: this account signs in elsewhere. Nothing hashes to it."""


class Account(Struct, frozen=True, kw_only=True):
    """One who may sign in. `area` and `department` bound what he sees ("" for everything).

    `permissions` and `commands` are what he is granted in place of what his role has: by his custom role, whose base
    `role` is then, and less than that where a token of narrower scope speaks for him. None: as his role.
    """

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
    custom_role: str = ""
    managed_by: str = ""
    permissions: frozenset[str] | None = None
    commands: frozenset[str] | None = None


class NameTaken(Exception):
    """There is an account of that name already."""

    zh, en = "已有同名账户。", "There is an account of that name already."


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
    users.c.custom_role,
    users.c.managed_by,
)
GRANTED = (*_ACCOUNT, roles.c.permissions.label("of_role"), roles.c.commands.label("commands_of_role"))
"""Columns of an account and of its custom role; from `HOLDERS`."""
HOLDERS = users.outerjoin(roles, users.c.custom_role == roles.c.id)


def read_account(row: Row[*tuple[Any, ...]] | Mapping[str, Any]) -> Account:
    """Return the account of a row of GRANTED; it may have more columns. A custom role that is gone grants nothing."""
    values = row if isinstance(row, Mapping) else row._mapping
    account = Account(**{column.name: values[column.name] for column in _ACCOUNT})
    if not account.custom_role:
        return account
    return replace(
        account, permissions=split_names(values["of_role"]), commands=split_names(values["commands_of_role"])
    )


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
    row = connection.execute(select(*GRANTED).select_from(HOLDERS).where(users.c.username == username)).first()
    return None if row is None else read_account(row)


def get_account(connection: Connection, username: str) -> Account:
    """Return the account of that name.

    :raises UnknownAccount: if there is none.
    """
    account = find_account(connection, username)
    if account is None:
        raise UnknownAccount(username)
    return account


def find_account_by_id(connection: Connection, user_id: str) -> Account | None:
    row = connection.execute(select(*GRANTED).select_from(HOLDERS).where(users.c.id == user_id)).first()
    return None if row is None else read_account(row)


def find_login(connection: Connection, username: str) -> tuple[Account, str] | None:
    """Return the account of that name and the hash of its password; None if there is none or it is disabled."""
    query = select(*GRANTED, users.c.password_hash).select_from(HOLDERS)
    row = connection.execute(query.where(users.c.username == username, users.c.disabled.is_(False))).first()
    return None if row is None else (read_account(row), str(row.password_hash))


def list_accounts(connection: Connection) -> Sequence[Account]:
    query = select(*GRANTED).select_from(HOLDERS).order_by(users.c.username)
    return [read_account(row) for row in connection.execute(query)]


def change_account(connection: Connection, account: Account) -> None:
    """Replace what an account says of its person, its role and its bounds. Its name and its secrets stay.

    :raises UnknownAccount: if there is no such account.
    """
    values = {column.name: getattr(account, column.name) for column in _ACCOUNT if column.name in _CHANGEABLE}
    if not connection.execute(update(users).where(users.c.username == account.username).values(values)).rowcount:
        raise UnknownAccount(account.username)


_CHANGEABLE = frozenset({"role", "custom_role", "name_zh", "name_en", "worker_id", "department", "area"})


def find_names(connection: Connection, usernames: Iterable[str]) -> dict[str, Names]:
    """Return what the accounts' people are called, of those that there are."""
    query = select(users.c.username, users.c.name_zh, users.c.name_en).where(users.c.username.in_(set(usernames)))
    return {
        row.username: Names(row.name_zh or row.username, row.name_en or row.username)
        for row in connection.execute(query)
    }


def set_password(connection: Connection, username: str, password_hash: str, *, keep: str = "") -> None:
    """Replace a password and end every session that the old one opened, but the one with the id `keep`.

    :raises UnknownAccount: if there is no such account.
    """
    user_id = connection.scalar(select(users.c.id).where(users.c.username == username))
    if user_id is None:
        raise UnknownAccount(username)
    connection.execute(update(users).where(users.c.id == user_id).values(password_hash=password_hash))
    connection.execute(delete(sessions).where(sessions.c.user_id == user_id, sessions.c.token_hash != keep))


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


def list_told(connection: Connection, named: Iterable[str]) -> Sequence[Account]:
    """Return the open accounts of all who are no workers, and of those who are named."""
    query = select(*GRANTED).select_from(HOLDERS).where(users.c.disabled.is_(False))
    told = or_(users.c.worker_id == "", users.c.username.in_(sorted(named)))
    return [read_account(row) for row in connection.execute(query.where(told).order_by(users.c.username))]


# --- sessions and tokens -----------------------------------------------------------------------------------


class Opening(Struct, frozen=True, kw_only=True):
    """How a session was opened: `method` is password, totp, recovery or oidc; `device` the browser's own word."""

    method: str = "password"
    address: str = ""
    device: str = ""


def add_session(
    connection: Connection, token: str, user_id: str, at: datetime, expires_at: datetime, opening: Opening | None = None
) -> None:
    how = opening or Opening()
    row = {
        "token_hash": hash_secret(token),
        "user_id": user_id,
        "created_at": at,
        "expires_at": expires_at,
        "method": how.method,
        "address": how.address[:64],
        "device": how.device[:200],
        "last_seen_at": at,
    }
    connection.execute(insert(sessions).values(row))


def end_session(connection: Connection, token: str) -> None:
    connection.execute(delete(sessions).where(sessions.c.token_hash == hash_secret(token)))


def find_session(connection: Connection, token: str, at: datetime) -> Account | None:
    """Return whose session it is; None if it is unknown, over, or its account is disabled."""
    query = (
        select(*GRANTED)
        .select_from(sessions.join(HOLDERS, users.c.id == sessions.c.user_id))
        .where(sessions.c.token_hash == hash_secret(token), sessions.c.expires_at > at, users.c.disabled.is_(False))
    )
    row = connection.execute(query).first()
    return None if row is None else read_account(row)


COMMAND_SCOPE = "command:"
"""In a token's scopes, before the name of a command right; the other scopes are permissions."""


def add_token(
    connection: Connection,
    token: str,
    user_id: str,
    label: str,
    at: datetime,
    expires_at: datetime | None = None,
    *,
    scopes: Iterable[str] | None = None,
) -> None:
    """Store a token. `scopes` are permissions and `command:RIGHT`; None is all that its account has at the time."""
    row = {
        "token_hash": hash_secret(token),
        "user_id": user_id,
        "label": label,
        "created_at": at,
        "expires_at": expires_at,
        "scopes": None if scopes is None else "|".join(sorted(set(scopes))),
    }
    connection.execute(insert(tokens).values(row))


def narrow(account: Account, scopes: str | None) -> Account:
    """Return the account as a token of those scopes speaks for it: what is in both, never more."""
    if scopes is None:
        return account
    names = split_names(scopes)
    commands = {name.removeprefix(COMMAND_SCOPE) for name in names if name.startswith(COMMAND_SCOPE)}
    return replace(
        account,
        permissions=granted_permissions(account) & names,
        commands=granted_commands(account) & commands,
    )


def find_token(connection: Connection, token: str, at: datetime) -> Account | None:
    """Return whose API token it is; None if it is unknown, over, or its account is disabled."""
    query = (
        select(*GRANTED, tokens.c.scopes)
        .select_from(tokens.join(HOLDERS, users.c.id == tokens.c.user_id))
        .where(tokens.c.token_hash == hash_secret(token), users.c.disabled.is_(False))
        .where(tokens.c.expires_at.is_(None) | (tokens.c.expires_at > at))
    )
    row = connection.execute(query).first()
    return None if row is None else narrow(read_account(row), row.scopes)


def find_key_owner(connection: Connection, key: str) -> str | None:
    """Return the id of the source whose key this is."""
    return connection.scalar(select(source_keys.c.source_id).where(source_keys.c.key_hash == hash_secret(key)))


def delete_ended_sessions(connection: Connection, at: datetime) -> int:
    """Delete sessions and tokens that are over; return how many."""
    ended = connection.execute(delete(sessions).where(sessions.c.expires_at <= at)).rowcount
    return ended + connection.execute(delete(tokens).where(tokens.c.expires_at <= at)).rowcount
