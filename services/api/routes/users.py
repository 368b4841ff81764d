"""Accounts, for administrators: who there is, what each may do, and an end to his sessions."""

from collections.abc import Sequence
from typing import Annotated
from uuid import uuid4

from fastapi import Depends, Path, Request, Response
from msgspec import Struct
from msgspec.structs import replace
from pydantic import Field
from sqlalchemy import Connection

from dispatch.city import Names
from services.api.fields import Form, Short
from services.api.identity import deed_of, needs, permission
from services.api.logins import BadAccount, check_account, generate_password, read_role, with_role
from services.api.password_check import check_password_aside
from services.api.passwords import MAX_LENGTH, hash_password_aside
from services.api.platform import platform_of
from services.api.problems import Problem
from services.api.routes.account import KeyId, SessionView, session_view
from services.api.wire import Page, Reply, reply, reply_page, router
from services.observe.clock import now
from services.store import accounts, credentials
from services.store.accounts import Account
from services.store.audit import detail_of, note
from services.store.second_factors import list_guarded, remove_factor

routes = router("accounts")

Admin = Annotated[Account, Depends(permission("accounts.manage"))]
Username = Annotated[str, Path(min_length=1, max_length=64)]


class AccountView(Struct, frozen=True, kw_only=True):
    """An account. `role` is the product's role, of a custom role its base. `totp`: a second factor guards it."""

    username: str
    role: str
    custom_role: str
    name: Names
    worker_id: str
    department: str
    area: str
    disabled: bool
    totp: bool
    managed_by: str


class NewAccount(Form):
    """An account to be made. `role` may be a custom one. Without a password one is made and answered, once."""

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
    """What is to be changed; what is not there stays. Role and bounds take hold at once, on open sockets too."""

    disabled: bool | None = None
    role: Short | None = None
    name_zh: Annotated[str, Field(max_length=80)] | None = None
    name_en: Annotated[str, Field(max_length=80)] | None = None
    worker_id: Annotated[str, Field(max_length=40)] | None = None
    department: Annotated[str, Field(max_length=40)] | None = None
    area: Annotated[str, Field(max_length=24)] | None = None


class Password(Struct, frozen=True, kw_only=True):
    password: str


def _view(account: Account, guarded: Sequence[str] | set[str] = ()) -> AccountView:
    return AccountView(
        username=account.username,
        role=account.role,
        custom_role=account.custom_role,
        name=Names(account.name_zh or account.username, account.name_en or account.username),
        worker_id=account.worker_id,
        department=account.department,
        area=account.area,
        disabled=account.disabled,
        totp=account.id in guarded,
        managed_by=account.managed_by,
    )


@routes.get("/users", operation_id="listAccounts", dependencies=needs("accounts.read"))
async def list_accounts(request: Request) -> Reply[Page[AccountView]]:
    """All accounts, by name."""

    def look_up(connection: Connection) -> list[AccountView]:
        guarded = list_guarded(connection)
        return [_view(account, guarded) for account in accounts.list_accounts(connection)]

    return reply_page(await platform_of(request).db.read(look_up))


def _bad(error: BadAccount) -> Problem:
    return Problem("invalid", f"body: {error}.", zh=error.zh)


@routes.post("/users", operation_id="addAccount", status_code=201)
async def add_account(request: Request, new: NewAccount, admin: Admin) -> Reply[MadeAccount]:
    """Make an account."""
    platform, at = platform_of(request), now()
    blank = Account(id=uuid4().hex, **new.model_dump(exclude={"password"}))
    try:
        custom = await platform.db.read(lambda connection: read_role(connection, new.role))
        account = with_role(blank, new.role, custom)
        check_account(account, platform.city)
    except BadAccount as error:
        raise _bad(error) from None
    password = new.password or generate_password()
    if new.password is not None:
        await check_password_aside(request, new.password, account)
    password_hash = await hash_password_aside(password)
    deed = deed_of(request, admin, "account.added", account.username, _grants_of(account))

    def write(connection: Connection) -> None:
        accounts.add_account(connection, account, password_hash, at)
        note(connection, deed)

    await platform.db.write(write)
    return reply(MadeAccount(account=_view(account), password=None if new.password else password), 201)


def _grants_of(account: Account) -> str:
    return detail_of(
        role=account.custom_role or account.role,
        department=account.department,
        area=account.area,
        worker=account.worker_id,
    )


@routes.patch("/users/{username}", operation_id="changeAccount")
async def change_account(
    request: Request, username: Username, change: AccountChange, admin: Admin
) -> Reply[AccountView]:
    """Change what an account may do and see, close or reopen it. Closing ends its sessions."""
    platform = platform_of(request)
    wanted = change.model_dump(exclude_none=True)
    if not wanted:
        raise Problem("invalid", "body: nothing is to be changed.")
    if username == admin.username and wanted.keys() & {"disabled", "role"}:
        raise Problem(
            "conflict",
            "Nobody closes his own account, or changes his own role.",
            zh="不能停用自己的账户，也不能修改自己的角色。",
        )

    def write(connection: Connection) -> AccountView:
        before = accounts.get_account(connection, username)
        after = _changed(connection, before, wanted)
        check_account(after, platform.city)
        if after != before:
            accounts.change_account(connection, after)
            note(connection, deed_of(request, admin, "account.changed", username, _grants_of(after)))
        if change.disabled is not None and change.disabled is not before.disabled:
            accounts.set_disabled(connection, username, disabled=change.disabled)
            action = "account.closed" if change.disabled else "account.reopened"
            note(connection, deed_of(request, admin, action, username))
        return _view(accounts.get_account(connection, username), list_guarded(connection))

    try:
        return reply(await platform.db.write(write))
    except BadAccount as error:
        raise _bad(error) from None


def _changed(connection: Connection, before: Account, wanted: dict[str, str]) -> Account:
    if "role" in wanted and before.managed_by:
        raise Problem(
            "conflict", "The single sign-on says what this account may do.", zh="该账户的权限由单点登录决定。"
        )
    fields = {name: value for name, value in wanted.items() if name not in ("disabled", "role")}
    after = replace(before, **fields)
    if "role" not in wanted:
        return after
    return with_role(after, wanted["role"], read_role(connection, wanted["role"]))


@routes.post("/users/{username}/password", operation_id="resetPassword")
async def reset_password(request: Request, username: Username, admin: Admin) -> Reply[Password]:
    """Give an account a new password, shown once; its sessions end."""
    password = generate_password()
    password_hash = await hash_password_aside(password)
    deed = deed_of(request, admin, "account.password-reset", username)

    def write(connection: Connection) -> None:
        if accounts.get_account(connection, username).managed_by:
            raise Problem(
                "conflict",
                "This account signs in by single sign-on; it has no password here.",
                zh="该账户通过单点登录进入，此处没有密码。",
            )
        accounts.set_password(connection, username, password_hash)
        note(connection, deed)

    await platform_of(request).db.write(write)
    return reply(Password(password=password))


@routes.post("/users/{username}/totp/remove", operation_id="resetSecondFactor", status_code=204)
async def reset_factor(request: Request, username: Username, admin: Admin) -> Response:
    """Take an account's second factor away: its telephone is lost, and so are the recovery codes."""
    deed = deed_of(request, admin, "totp.reset", username)

    def write(connection: Connection) -> None:
        account = accounts.get_account(connection, username)
        if not remove_factor(connection, account.id):
            raise Problem("conflict", "The account has no second factor.", zh="该账户未启用两步验证。")
        credentials.remove_sessions(connection, account.id)
        note(connection, deed)

    await platform_of(request).db.write(write)
    return Response(status_code=204)


# --- sessions of all --------------------------------------------------------------------------------------------------


@routes.get("/sessions", operation_id="listSessions", dependencies=needs("accounts.read"))
async def list_sessions(request: Request) -> Reply[Page[SessionView]]:
    """Who is signed in, and where; the latest seen first."""
    at, key = now(), request.state.caller.key
    rows = await platform_of(request).db.read(lambda connection: credentials.list_sessions(connection, at))
    return reply_page([session_view(row, key) for row in rows])


@routes.delete("/sessions/{session_id}", operation_id="revokeSession", status_code=204)
async def revoke_session(request: Request, session_id: KeyId, admin: Admin) -> Response:
    """End anybody's session. Its sockets are closed within seconds."""

    def write(connection: Connection) -> bool:
        owner = credentials.remove_session(connection, session_id)
        if owner is None:
            return False
        account = accounts.find_account_by_id(connection, owner)
        note(connection, deed_of(request, admin, "session.revoked", account.username if account else owner))
        return True

    if not await platform_of(request).db.write(write):
        raise Problem("not-found", "There is no such session.")
    return Response(status_code=204)


@routes.delete("/users/{username}/sessions", operation_id="revokeSessions", status_code=204)
async def revoke_sessions(request: Request, username: Username, admin: Admin) -> Response:
    """End all sessions of an account. Their sockets are closed within seconds."""
    deed = deed_of(request, admin, "session.revoked", username)

    def write(connection: Connection) -> None:
        account = accounts.get_account(connection, username)
        if credentials.remove_sessions(connection, account.id):
            note(connection, deed)

    await platform_of(request).db.write(write)
    return Response(status_code=204)
