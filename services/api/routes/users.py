"""Accounts, for administrators; and the API tokens of one's own account."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated
from uuid import uuid4

from fastapi import Depends, Path, Query, Request, Response
from msgspec import Struct
from pydantic import Field
from sqlalchemy import Connection

from dispatch.city import Names
from services.api.fields import Form, Short
from services.api.identity import Signed, deed_of, needs, permission
from services.api.logins import BadAccount, check_account, check_password, generate_password
from services.api.passwords import MAX_LENGTH, hash_password_aside
from services.api.platform import platform_of
from services.api.problems import Problem
from services.api.routes.session import new_secret
from services.api.wire import Page, Reply, reply, reply_page, router
from services.observe.clock import now
from services.store import accounts
from services.store.accounts import Account, TokenRow
from services.store.audit import list_deeds, note

routes = router("accounts")

TOKEN_DAYS_MAX = 366
"""A token that nobody renews within a year is nobody's."""

AUDIT_PAGE_MAX = 500

Admin = Annotated[Account, Depends(permission("accounts.manage"))]
Username = Annotated[str, Path(min_length=1, max_length=64)]


class AccountView(Struct, frozen=True, kw_only=True):
    username: str
    role: str
    name: Names
    worker_id: str
    department: str
    area: str
    disabled: bool


class NewAccount(Form):
    """An account to be made. Without a password one is made and answered, once."""

    username: Annotated[str, Field(min_length=2, max_length=64)]
    role: Short
    name_zh: Annotated[str, Field(max_length=80)] = ""
    name_en: Annotated[str, Field(max_length=80)] = ""
    worker_id: Annotated[str, Field(max_length=40)] = ""
    department: Annotated[str, Field(max_length=40)] = ""
    area: Annotated[str, Field(max_length=24)] = ""
    password: Annotated[str, Field(max_length=MAX_LENGTH)] | None = None


class MadeAccount(Struct, frozen=True, kw_only=True):
    """The account; `password` only where it was made by us."""

    account: AccountView
    password: str | None


class AccountChange(Form):
    disabled: bool


class Password(Struct, frozen=True, kw_only=True):
    password: str


class NewToken(Form):
    label: Annotated[str, Field(min_length=1, max_length=80)]
    days: int = Field(90, ge=1, le=TOKEN_DAYS_MAX)


class MadeToken(Struct, frozen=True, kw_only=True):
    """A token, shown once."""

    id: str
    token: str
    expires_at: datetime


class DeedView(Struct, frozen=True, kw_only=True):
    """Who did what beside the cases: looked at a person's data, gave out a key, changed an account."""

    at: datetime
    username: str
    action: str
    subject: str
    address: str


class TokenView(Struct, frozen=True, kw_only=True):
    id: str
    label: str
    created_at: datetime
    expires_at: datetime | None


def _view(account: Account) -> AccountView:
    return AccountView(
        username=account.username,
        role=account.role,
        name=Names(account.name_zh or account.username, account.name_en or account.username),
        worker_id=account.worker_id,
        department=account.department,
        area=account.area,
        disabled=account.disabled,
    )


@routes.get("/users", operation_id="listAccounts", dependencies=needs("accounts.manage"))
async def list_accounts(request: Request) -> Reply[Page[AccountView]]:
    """All accounts, by name."""
    found = await platform_of(request).db.read(accounts.list_accounts)
    return reply_page([_view(account) for account in found])


@routes.post("/users", operation_id="addAccount", status_code=201)
async def add_account(request: Request, new: NewAccount, admin: Admin) -> Reply[MadeAccount]:
    """Make an account."""
    platform, at = platform_of(request), now()
    given = new.model_dump(exclude={"password"})
    account = Account(id=uuid4().hex, **given)
    password = new.password or generate_password()
    try:
        if any("\x00" in value for value in given.values()):
            raise BadAccount("a NUL character cannot be stored")
        check_account(account, platform.city)
        check_password(password)
    except BadAccount as error:
        raise Problem("invalid", f"body: {error}.") from None
    password_hash = await hash_password_aside(password)
    deed = deed_of(request, admin, "account.added", account.username)

    def write(connection: Connection) -> None:
        accounts.add_account(connection, account, password_hash, at)
        note(connection, deed)

    await platform.db.write(write)
    return reply(MadeAccount(account=_view(account), password=None if new.password else password), 201)


@routes.patch("/users/{username}", operation_id="changeAccount")
async def change_account(
    request: Request, username: Username, change: AccountChange, admin: Admin
) -> Reply[AccountView]:
    """Close or reopen an account; its sessions end."""
    if username == admin.username:
        raise Problem("conflict", "Nobody closes his own account.")
    db = platform_of(request).db
    deed = deed_of(request, admin, "account.closed" if change.disabled else "account.reopened", username)

    def write(connection: Connection) -> None:
        accounts.set_disabled(connection, username, disabled=change.disabled)
        note(connection, deed)

    await db.write(write)
    account = await db.read(lambda connection: accounts.find_account(connection, username))
    if account is None:
        raise Problem("not-found", "No account has that name.")
    return reply(_view(account))


@routes.post("/users/{username}/password", operation_id="resetPassword")
async def reset_password(request: Request, username: Username, admin: Admin) -> Reply[Password]:
    """Give an account a new password, shown once; its sessions end."""
    password = generate_password()
    password_hash = await hash_password_aside(password)
    deed = deed_of(request, admin, "account.password-reset", username)

    def write(connection: Connection) -> None:
        accounts.set_password(connection, username, password_hash)
        note(connection, deed)

    await platform_of(request).db.write(write)
    return reply(Password(password=password))


@routes.get("/audit", operation_id="listDeeds", dependencies=needs("accounts.manage"))
async def list_audit(
    request: Request,
    after: Annotated[int | None, Query(ge=0, lt=2**62)] = None,
    limit: Annotated[int, Query(ge=1, le=AUDIT_PAGE_MAX)] = 100,
) -> Reply[Page[DeedView]]:
    """What was done beside the cases, the newest first."""
    rows = await platform_of(request).db.read(lambda connection: list_deeds(connection, before=after, limit=limit))
    views = [
        DeedView(at=deed.at, username=deed.username, action=deed.action, subject=deed.subject, address=deed.address)
        for _, deed in rows
    ]
    return reply_page(views, str(rows[-1][0]) if len(rows) == limit else None)


@routes.get("/me/tokens", operation_id="listTokens")
async def list_tokens(request: Request, account: Signed) -> Reply[Page[TokenView]]:
    """One's own API tokens, without the tokens themselves."""
    rows: Sequence[TokenRow] = await platform_of(request).db.read(
        lambda connection: accounts.list_tokens(connection, account.id)
    )
    return reply_page(
        [
            TokenView(id=row.token_hash, label=row.label, created_at=row.created_at, expires_at=row.expires_at)
            for row in rows
        ]
    )


@routes.post("/me/tokens", operation_id="addToken", status_code=201)
async def add_token(request: Request, new: NewToken, account: Signed) -> Reply[MadeToken]:
    """Make an API token that may do what I may do. It is shown this once."""
    if "\x00" in new.label:
        raise Problem("invalid", "body.label: a NUL character cannot be stored.")
    token, at = f"wt_{new_secret()}", now()
    expires_at = at + timedelta(days=new.days)
    await platform_of(request).db.write(
        lambda connection: accounts.add_token(connection, token, account.id, new.label, at, expires_at)
    )
    return reply(MadeToken(id=accounts.hash_secret(token), token=token, expires_at=expires_at), 201)


@routes.delete("/me/tokens/{token_id}", operation_id="removeToken", status_code=204)
async def remove_token(
    request: Request, token_id: Annotated[str, Path(pattern="^[0-9a-f]{64}$")], account: Signed
) -> Response:
    """Withdraw a token of mine."""
    removed = await platform_of(request).db.write(
        lambda connection: accounts.remove_token(connection, token_id, account.id)
    )
    if not removed:
        raise Problem("not-found", "You have no such token.")
    return Response(status_code=204)
