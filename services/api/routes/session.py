"""Signing in and out, and who am I."""

from base64 import urlsafe_b64encode
from collections.abc import Sequence
from datetime import timedelta
from secrets import token_bytes
from typing import Annotated

from fastapi import Request, Response
from msgspec import Struct
from pydantic import Field

from dispatch.access import permissions_of
from dispatch.city import Names
from services.api.fields import Form, Short
from services.api.identity import CSRF_COOKIE, SESSION_COOKIE, Signed, address_of, check_csrf, csrf_of
from services.api.passwords import MAX_LENGTH, TooManyWaiting, verify_password
from services.api.platform import platform_of, tools_of
from services.api.problems import Problem
from services.api.wire import Reply, reply, router
from services.observe.clock import now
from services.store.accounts import Account, add_session, end_session, find_login

routes = router("session")


class Me(Struct, frozen=True, kw_only=True):
    """Who is signed in, and what he may do."""

    username: str
    role: str
    name: Names
    worker_id: str
    department: str
    area: str
    permissions: Sequence[str]


class Login(Form):
    username: Short
    password: Annotated[str, Field(max_length=MAX_LENGTH)]


def new_secret() -> str:
    """Return 256 random bits as text."""
    return urlsafe_b64encode(token_bytes(32)).rstrip(b"=").decode()


def me_of(account: Account) -> Me:
    return Me(
        username=account.username,
        role=account.role,
        name=Names(account.name_zh or account.username, account.name_en or account.username),
        worker_id=account.worker_id,
        department=account.department,
        area=account.area,
        permissions=sorted(permissions_of(account.role)),
    )


@routes.post("/session", operation_id="signIn")
async def sign_in(request: Request, login: Login) -> Reply[Me]:
    """Sign in. Sets the session's cookie (HttpOnly) and the cookie whose value goes into X-CSRF-Token."""
    platform, tools, at = platform_of(request), tools_of(request), now()
    address = address_of(request)
    if wait_s := tools.logins.begin(login.username, address, at):
        raise Problem("too-many-requests", f"Wait {wait_s} s.", headers={"Retry-After": str(wait_s)})
    found = await platform.db.read(lambda connection: find_login(connection, login.username))
    try:
        right = await verify_password(found[1] if found else None, login.password)
    except TooManyWaiting:
        raise Problem("overloaded", headers={"Retry-After": "2"}) from None
    if found is None or not right:
        raise Problem("wrong-password")
    tools.logins.succeed(login.username, address)
    account, token = found[0], new_secret()
    max_age = timedelta(seconds=platform.settings.session_max_age_s)
    await platform.db.write(lambda connection: add_session(connection, token, account.id, at, at + max_age))
    answer = reply(me_of(account))
    _set_cookies(request, answer, token, int(max_age.total_seconds()))
    return answer


def _set_cookies(request: Request, answer: Response, token: str, max_age_s: int) -> None:
    public_url = platform_of(request).settings.public_url
    secure = request.url.scheme == "https" or public_url.startswith("https:")
    for name, value, http_only in ((SESSION_COOKIE, token, True), (CSRF_COOKIE, csrf_of(token), False)):
        answer.set_cookie(name, value, max_age=max_age_s, httponly=http_only, samesite="lax", secure=secure, path="/")


@routes.delete("/session", operation_id="signOut", status_code=204)
async def sign_out(request: Request) -> Response:
    """Sign out. The session is over on the server, whoever else has its cookie."""
    token = request.cookies.get(SESSION_COOKIE, "")
    if token:
        check_csrf(request, token)
        await platform_of(request).db.write(lambda connection: end_session(connection, token))
    answer = Response(status_code=204)
    for name in (SESSION_COOKIE, CSRF_COOKIE):
        answer.delete_cookie(name, path="/")
    return answer


@routes.get("/me", operation_id="getMe")
async def get_me(account: Signed) -> Reply[Me]:
    """Who am I, and what may I do?"""
    return reply(me_of(account))
