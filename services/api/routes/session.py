"""Signing in and out, and who am I."""

from base64 import urlsafe_b64encode
from collections.abc import Sequence
from datetime import datetime, timedelta
from secrets import token_bytes
from typing import Annotated

from fastapi import Request, Response
from msgspec import Struct
from pydantic import Field
from sqlalchemy import Connection

from dispatch.access import granted_commands, granted_permissions
from dispatch.city import Names
from services.api.fields import Form, Short
from services.api.identity import (
    CSRF_COOKIE,
    SESSION_COOKIE,
    Caller,
    Person,
    address_of,
    check_csrf,
    csrf_of,
    deed_of,
)
from services.api.passwords import MAX_LENGTH, TooManyWaiting, verify_password
from services.api.platform import platform_of, tools_of
from services.api.problems import Problem
from services.api.totp import digest_code, find_factor_step, is_recovery_code
from services.api.wire import Reply, reply, router
from services.observe.clock import now
from services.store.accounts import Account, Opening, add_session, end_session, find_login, hash_secret
from services.store.audit import Deed, detail_of, note
from services.store.credentials import find_holders
from services.store.roles import find_role
from services.store.second_factors import Factor, find_factor, use_recovery_code, use_step

routes = router("session")


class Me(Struct, frozen=True, kw_only=True):
    """Who is signed in, and what he may do.

    `role` is the product's role, of a custom role its base; `custom_role` and `role_name` tell the custom one.
    `must_enrol`: his role takes a second factor and he has none; until he has, nothing else is open to him.
    """

    username: str
    role: str
    name: Names
    worker_id: str
    department: str
    area: str
    permissions: Sequence[str]
    commands: Sequence[str]
    custom_role: str
    role_name: Names | None
    managed_by: str
    must_enrol: bool


class Login(Form):
    """`totp` is a code of the second factor, or a recovery code, where the account has one."""

    username: Short
    password: Annotated[str, Field(max_length=MAX_LENGTH)]
    totp: Annotated[str, Field(max_length=40)] = ""


class Ways(Struct, frozen=True, kw_only=True):
    """How one may sign in here. `sso` is what the button of the single sign-on says, null without one."""

    sso: str | None


def new_secret() -> str:
    """Return 256 random bits as text."""
    return urlsafe_b64encode(token_bytes(32)).rstrip(b"=").decode()


async def me_of(request: Request, caller: Caller) -> Me:
    account = caller.account
    assert account is not None
    return Me(
        username=account.username,
        role=account.role,
        name=Names(account.name_zh or account.username, account.name_en or account.username),
        worker_id=account.worker_id,
        department=account.department,
        area=account.area,
        permissions=[] if caller.must_enrol else sorted(granted_permissions(account)),
        commands=[] if caller.must_enrol else sorted(granted_commands(account)),
        custom_role=account.custom_role,
        role_name=await _role_name(request, account.custom_role),
        managed_by=account.managed_by,
        must_enrol=caller.must_enrol,
    )


async def _role_name(request: Request, custom_role: str) -> Names | None:
    if not custom_role:
        return None
    found = await platform_of(request).db.read(lambda connection: find_role(connection, custom_role))
    return Names(found.name_zh, found.name_en) if found else Names(custom_role, custom_role)


@routes.get("/session/ways", operation_id="getWaysToSignIn")
async def get_ways(request: Request) -> Reply[Ways]:
    """How one may sign in here."""
    sso = tools_of(request).sso
    return reply(Ways(sso=None if sso is None else sso.settings.label or "SSO"))


@routes.post("/session", operation_id="signIn")
async def sign_in(request: Request, login: Login) -> Reply[Me]:
    """Sign in. Sets the session's cookie (HttpOnly) and the cookie whose value goes into X-CSRF-Token.

    Where the account has a second factor, a right password without a code is `second-factor-needed`: send both.
    """
    tools, at, address = tools_of(request), now(), address_of(request)
    account = await check_login(request, login.username, login.password, at)
    method = "password"
    factor = await platform_of(request).db.read(lambda connection: find_factor(connection, account.id))
    if factor is not None and factor.confirmed:
        if not login.totp.strip():
            # Of itself no failed try: the password was right, and the code follows in another request.
            tools.logins.succeed(login.username, address)
            raise Problem("second-factor-needed")
        method = await _check_code(request, account, factor, login.totp, at)
    tools.logins.succeed(login.username, address)
    return await open_session(request, account, method, at)


async def check_login(request: Request, username: str, password: str, at: datetime) -> Account:
    """Return the account whose password this is. A try is counted until `logins.succeed` takes it back.

    :raises Problem: `too-many-requests`, `overloaded`, or `wrong-password`, which does not say what of it was wrong.
    """
    platform, tools, address = platform_of(request), tools_of(request), address_of(request)
    if wait_s := tools.logins.begin(username, address, at):
        raise Problem("too-many-requests", f"Wait {wait_s} s.", headers={"Retry-After": str(wait_s)})
    found = await platform.db.read(lambda connection: find_login(connection, username))
    try:
        right = await verify_password(found[1] if found else None, password)
    except TooManyWaiting:
        raise Problem("overloaded", headers={"Retry-After": "2"}) from None
    if found is None or not right:
        # A name that nobody has may be a password that was typed into the wrong field: it is not kept.
        await _note_failure(request, username if found else "", "password", at)
        raise Problem("wrong-password")
    return found[0]


async def _check_code(request: Request, account: Account, factor: Factor, code: str, at: datetime) -> str:
    """Return how the second factor was shown.

    :raises Problem: `wrong-code`.
    """
    vault, db = tools_of(request).vault, platform_of(request).db
    if is_recovery_code(code):
        digest = digest_code(vault, account.id, code)
        deed = deed_of(request, account, "totp.recovery-used", account.username)

        def use(connection: Connection) -> bool:
            used = use_recovery_code(connection, account.id, digest, at)
            if used:
                note(connection, deed)
            return used

        if await db.write(use):
            return "recovery"
    step = find_factor_step(vault, factor, code, at)
    if step is not None and await db.write(lambda connection: use_step(connection, account.id, step)):
        return "totp"
    await _note_failure(request, account.username, "code", at)
    raise Problem("wrong-code")


async def _note_failure(request: Request, username: str, why: str, at: datetime) -> None:
    deed = Deed(
        at=at,
        username=username,
        action="session.refused",
        subject=username,
        address=address_of(request),
        detail=detail_of(why=why),
    )
    await platform_of(request).db.write(lambda connection: note(connection, deed))


async def open_session(request: Request, account: Account, method: str, at: datetime) -> Reply[Me]:
    """Open a session and answer with who is signed in and with its cookies."""
    token = await begin_session(request, account, method, at)
    caller = Caller(
        account=account, via="session", key=hash_secret(token), must_enrol=_must_enrol(request, account, method)
    )
    answer = reply(await me_of(request, caller))
    set_cookies(request, answer, token)
    return answer


def _must_enrol(request: Request, account: Account, method: str) -> bool:
    return method == "password" and account.role in platform_of(request).settings.totp_roles


async def begin_session(request: Request, account: Account, method: str, at: datetime) -> str:
    """Store a new session and return its secret."""
    platform, token = platform_of(request), new_secret()
    expires_at = at + timedelta(seconds=platform.settings.session_max_age_s)
    opening = Opening(
        method=method, address=address_of(request), device=request.headers.get("user-agent", "").replace("\x00", "")
    )
    deed = deed_of(request, account, "session.opened", account.username, detail_of(method=method))

    def write(connection: Connection) -> None:
        add_session(connection, token, account.id, at, expires_at, opening)
        note(connection, deed)

    await platform.db.write(write)
    return token


def is_https(request: Request) -> bool:
    return request.url.scheme == "https" or platform_of(request).settings.public_url.startswith("https:")


def set_cookies(request: Request, answer: Response, token: str) -> None:
    max_age_s = platform_of(request).settings.session_max_age_s
    for name, value, http_only in ((SESSION_COOKIE, token, True), (CSRF_COOKIE, csrf_of(token), False)):
        answer.set_cookie(
            name, value, max_age=max_age_s, httponly=http_only, samesite="lax", secure=is_https(request), path="/"
        )


@routes.delete("/session", operation_id="signOut", status_code=204)
async def sign_out(request: Request) -> Response:
    """Sign out. The session is over on the server, whoever else has its cookie; its sockets are closed."""
    token = request.cookies.get(SESSION_COOKIE, "")
    if token:
        check_csrf(request, token)
        await _end(request, token)
    answer = Response(status_code=204)
    for name in (SESSION_COOKIE, CSRF_COOKIE):
        answer.delete_cookie(name, path="/")
    return answer


async def _end(request: Request, token: str) -> None:
    at, address, key = now(), address_of(request), hash_secret(token)

    def write(connection: Connection) -> None:
        held = find_holders(connection, [key], at).get(key)
        end_session(connection, token)
        if held is not None:
            name = held.account.username
            note(connection, Deed(at=at, username=name, action="session.ended", subject=name, address=address))

    await platform_of(request).db.write(write)


@routes.get("/me", operation_id="getMe")
async def get_me(request: Request, caller: Person) -> Reply[Me]:
    """Who am I, and what may I do?"""
    return reply(await me_of(request, caller))
