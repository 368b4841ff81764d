"""Who asks: the cookie of a session, an API token or a source's key; and the proof that our own page asked.

A cookie travels with every request that any page sends, so an unsafe request by cookie must also carry in
`X-CSRF-Token` what only our own origin can read: the cookie `wardline_csrf`. Its value is derived from the
session's secret, so one planted from a neighbouring host does not fit (OWASP: signed double submit).
"""

from base64 import urlsafe_b64encode
from collections.abc import Awaitable, Callable
from functools import lru_cache
from hashlib import sha256
from hmac import compare_digest
from typing import Annotated

from fastapi import Depends, Request
from fastapi.params import Depends as DependsOn
from msgspec import Struct
from sqlalchemy import Connection
from starlette.requests import HTTPConnection

from dispatch.access import Actor, list_within, permissions_of
from dispatch.citymap import City
from dispatch.ids import AreaCode, DepartmentId, WorkerId
from services.api.platform import platform_of
from services.api.problems import Problem
from services.observe.clock import now
from services.store.accounts import Account, find_key_owner, find_session, find_token
from services.store.audit import Deed

SESSION_COOKIE = "wardline_session"
CSRF_COOKIE = "wardline_csrf"
CSRF_HEADER = "X-CSRF-Token"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
SECRET_MAX = 200
"""Our secrets have 43 characters; a longer one is not looked up."""


class Caller(Struct, frozen=True, kw_only=True):
    """Who sent the request: a person (or a program in his name), or a source."""

    account: Account | None = None
    source_id: str = ""

    @property
    def name(self) -> str:
        return self.account.username if self.account else f"source:{self.source_id}"


def csrf_of(session_token: str) -> str:
    """Return the value of the cookie `wardline_csrf` for a session."""
    digest = sha256(b"wardline csrf\0" + session_token.encode("utf-8", "surrogatepass")).digest()
    return urlsafe_b64encode(digest).rstrip(b"=").decode()


def actor_of(account: Account, city: City) -> Actor:
    """Return the account as the desk knows him."""
    return Actor(
        user=account.username,
        role=account.role,
        worker_id=WorkerId(account.worker_id),
        department=DepartmentId(account.department),
        area=AreaCode(account.area),
        areas=_areas_in(city, AreaCode(account.area)) if account.area else frozenset(),
    )


@lru_cache(maxsize=256)
def _areas_in(city: City, area: AreaCode) -> frozenset[AreaCode]:
    return list_within(city.codes.areas, area)


def address_of(request: HTTPConnection) -> str:
    """Return the address that the request came from.

    Behind a proxy that we trust (`WARDLINE_TRUST_PROXY`), the last entry of X-Forwarded-For: the one the proxy wrote.
    """
    if platform_of(request).settings.trust_proxy:
        forwarded = request.headers.get("x-forwarded-for", "").rpartition(",")[2].strip()
        if forwarded:
            return forwarded[:64]
    return request.client.host if request.client else ""


def _bearer(request: HTTPConnection) -> str:
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    return secret.strip() if scheme.lower() == "bearer" else ""


async def find_caller(request: HTTPConnection) -> Caller | None:
    """Return who asks; None for a stranger.

    :raises Problem: `not-signed-in` for credentials that are not valid, `csrf-failed` for a cookie without proof.
    """
    if secret := _bearer(request):
        caller = await _by_secret(request, secret)
        if caller is None:
            raise Problem("not-signed-in", "The token is not valid.", headers={"WWW-Authenticate": "Bearer"})
        return caller
    session = request.cookies.get(SESSION_COOKIE, "")
    if not session or len(session) > SECRET_MAX:
        return None
    account = await platform_of(request).db.read(lambda connection: find_session(connection, session, now()))
    if account is None:
        return None
    if request.scope.get("method", "GET") not in SAFE_METHODS:
        check_csrf(request, session)
    return Caller(account=account)


def check_csrf(request: HTTPConnection, session: str) -> None:
    given = request.headers.get(CSRF_HEADER, "").encode("utf-8", "replace")
    if not compare_digest(given, csrf_of(session).encode()):
        raise Problem("csrf-failed", f"Send the value of the cookie {CSRF_COOKIE} in {CSRF_HEADER}.")


async def _by_secret(request: HTTPConnection, secret: str) -> Caller | None:
    if len(secret) > SECRET_MAX:
        return None

    def look_up(connection: Connection) -> Caller | None:
        if account := find_token(connection, secret, now()):
            return Caller(account=account)
        source_id = find_key_owner(connection, secret)
        return Caller(source_id=source_id) if source_id else None

    return await platform_of(request).db.read(look_up)


async def require_caller(request: Request) -> Caller:
    """Return who asks, person or source.

    :raises Problem: `not-signed-in` for a stranger.
    """
    caller = await find_caller(request)
    if caller is None:
        raise Problem("not-signed-in", "Sign in, or send a token.", headers={"WWW-Authenticate": "Bearer"})
    return caller


async def require_account(request: Request) -> Account:
    """Return the person who asks.

    :raises Problem: `not-signed-in` for a stranger, `not-allowed` for a source's key.
    """
    caller = await require_caller(request)
    if caller.account is None:
        raise Problem("not-allowed", "A source's key opens the intake only.")
    return caller.account


def check_permission(account: Account, name: str) -> None:
    """:raises Problem: `not-allowed` if the account's role has no such permission."""
    if name not in permissions_of(account.role):
        raise Problem("not-allowed", f"The role {account.role} has no permission {name}.", permission=name)


def permission(name: str) -> Callable[[Request], Awaitable[Account]]:
    """Return a dependency that gives the account if its role has that permission."""

    async def require(request: Request) -> Account:
        account = await require_account(request)
        check_permission(account, name)
        return account

    return require


def deed_of(request: Request, account: Account, action: str, subject: str) -> Deed:
    """Return an entry for the audit: this account does this now, from where the request came."""
    return Deed(at=now(), username=account.username, action=action, subject=subject, address=address_of(request))


def needs(name: str) -> list[DependsOn]:
    """Return what a route that does not ask who its reader is puts into `dependencies`."""
    return [Depends(permission(name))]


Signed = Annotated[Account, Depends(require_account)]
AnyCaller = Annotated[Caller, Depends(require_caller)]
