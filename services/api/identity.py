"""Who asks: the cookie of a session, an API token or a source's key; and the proof that our own page asked.

A cookie travels with every request that any page sends, so an unsafe request by cookie must also carry in
`X-CSRF-Token` what only our own origin can read: the cookie `wardline_csrf`. Its value is derived from the
session's secret, so one planted from a neighbouring host does not fit (OWASP: signed double submit).

This is the one place where a request is let in or not: every route says which permission it takes by `permission`, or
that it is one's own business by `Signed`; `services/live` asks the same questions for sockets.
"""

from base64 import urlsafe_b64encode
from collections.abc import Awaitable, Callable, Iterable, Iterator
from functools import cache
from hashlib import sha256
from hmac import compare_digest
from typing import Annotated

from fastapi import Depends, Request
from fastapi.dependencies.models import Dependant
from fastapi.params import Depends as DependsOn
from fastapi.routing import APIRoute
from msgspec import Struct
from starlette.requests import HTTPConnection

from dispatch.access import Actor, may
from dispatch.citymap import City
from services.api.platform import platform_of
from services.api.problems import Problem
from services.engine.people import actor_of
from services.observe.clock import now
from services.settings import Settings
from services.store.accounts import Account, find_key_owner, hash_secret
from services.store.audit import Deed
from services.store.credentials import SEEN_EVERY, Holder, find_holders, touch
from services.store.database import Database

SESSION_COOKIE = "wardline_session"
CSRF_COOKIE = "wardline_csrf"
CSRF_HEADER = "X-CSRF-Token"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
SECRET_MAX = 200
"""Our secrets have 43 characters; a longer one is not looked up."""


class Caller(Struct, frozen=True, kw_only=True):
    """Who sent the request: a person (or a program in his name), or a source.

    `via` is session, token or key; `key` the hash of the session's or token's secret. `must_enrol`: his role takes a
    second factor and he has none yet.
    """

    account: Account | None = None
    source_id: str = ""
    via: str = "key"
    key: str = ""
    must_enrol: bool = False

    @property
    def name(self) -> str:
        return self.account.username if self.account else f"source:{self.source_id}"


def csrf_of(session_token: str) -> str:
    """Return the value of the cookie `wardline_csrf` for a session."""
    digest = sha256(b"wardline csrf\0" + session_token.encode("utf-8", "surrogatepass")).digest()
    return urlsafe_b64encode(digest).rstrip(b"=").decode()


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


# --- who it is --------------------------------------------------------------------------------------------------------


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
    caller = await _by_key(request, hash_secret(session), "session")
    if caller is not None and request.scope.get("method", "GET") not in SAFE_METHODS:
        check_csrf(request, session)
    return caller


def check_csrf(request: HTTPConnection, session: str) -> None:
    given = request.headers.get(CSRF_HEADER, "").encode("utf-8", "replace")
    if not compare_digest(given, csrf_of(session).encode()):
        raise Problem("csrf-failed", f"Send the value of the cookie {CSRF_COOKIE} in {CSRF_HEADER}.")


async def _by_secret(request: HTTPConnection, secret: str) -> Caller | None:
    if len(secret) > SECRET_MAX:
        return None
    if caller := await _by_key(request, hash_secret(secret), "token"):
        return caller
    source_id = await platform_of(request).db.read(lambda connection: find_key_owner(connection, secret))
    return Caller(source_id=source_id) if source_id else None


async def _by_key(request: HTTPConnection, key: str, via: str) -> Caller | None:
    platform, at = platform_of(request), now()
    found = (await platform.db.read(lambda connection: find_holders(connection, [key], at))).get(key)
    if found is None or found.via != via:  # a session's secret opens nothing as a token, which needs no CSRF proof
        return None
    if found.last_seen_at is None or at - found.last_seen_at > SEEN_EVERY:
        await platform.db.write(lambda connection: touch(connection, key, at))
    return caller_of(found, platform.settings)


def caller_of(found: Holder, settings: Settings) -> Caller:
    """Return who asks with a session or token that is good."""
    needs_factor = found.via == "session" and found.method != "oidc" and found.account.role in settings.totp_roles
    return Caller(account=found.account, via=found.via, key=found.key, must_enrol=needs_factor and not found.guarded)


async def find_actors(db: Database, settings: Settings, city: City, keys: Iterable[str]) -> dict[str, Actor]:
    """Return, for those of the sessions and tokens that are still good, who acts by them now."""
    wanted, at = list(keys), now()
    held = await db.read(lambda connection: find_holders(connection, wanted, at))
    callers = {key: caller_of(found, settings) for key, found in held.items()}
    return {key: actor_of(one.account, city) for key, one in callers.items() if one.account and not one.must_enrol}


async def require_caller(request: Request) -> Caller:
    """Return who asks, person or source.

    :raises Problem: `not-signed-in` for a stranger.
    """
    known: Caller | None = getattr(request.state, "caller", None)
    if known is not None:  # asked before, by another dependency of the same route
        return known
    caller = await find_caller(request)
    if caller is None:
        raise Problem("not-signed-in", "Sign in, or send a token.", headers={"WWW-Authenticate": "Bearer"})
    request.state.caller = caller
    return caller


async def require_person(request: Request) -> Caller:
    """Return the person who asks, whether he has the second factor that his role takes or not yet.

    :raises Problem: `not-signed-in` for a stranger, `not-allowed` for a source's key.
    """
    caller = await require_caller(request)
    if caller.account is None:
        raise Problem("not-allowed", "A source's key opens the intake only.")
    return caller


async def require_account(request: Request) -> Account:
    """Return the person who asks.

    :raises Problem: as `require_person`, and `second-factor-required` for who has yet to set one up.
    """
    caller = await require_person(request)
    assert caller.account is not None
    if caller.must_enrol:
        raise Problem("second-factor-required", "This role signs in with a second factor: set one up first.")
    return caller.account


async def require_session(request: Request) -> Caller:
    """Return the person who asks by a session of his own: what concerns his secrets is out of a token's reach.

    :raises Problem: as `require_person`, and `not-allowed` for a token.
    """
    caller = await require_person(request)
    if caller.via != "session":
        raise Problem("not-allowed", "Only somebody who has signed in may do that, not a token.")
    return caller


async def require_whole_session(request: Request) -> Caller:
    """Return the person as `require_session` does, if he has the second factor that his role takes."""
    await require_account(request)
    return await require_session(request)


def owner_of(caller: Caller) -> Account:
    """Return the account of a caller who is a person."""
    assert caller.account is not None
    return caller.account


# --- what he may do ---------------------------------------------------------------------------------------------------


def check_permission(account: Account, name: str) -> None:
    """:raises Problem: `not-allowed` if the account has no such permission."""
    if not may(account, name):
        role = account.custom_role or account.role
        raise Problem("not-allowed", f"The role {role} has no permission {name}.", permission=name)


_ASKED: dict[object, str] = {}
"""What each dependency asks for."""


@cache
def permission(name: str) -> Callable[[Request], Awaitable[Account]]:
    """Return the dependency that gives the account if it has that permission."""

    async def require(request: Request) -> Account:
        account = await require_account(request)
        check_permission(account, name)
        return account

    _ASKED[require] = name
    return require


@cache
def permission_or_source(name: str) -> Callable[[Request], Awaitable[Caller]]:
    """Return the dependency that gives a person who has that permission, or a source by its key."""

    async def require(request: Request) -> Caller:
        caller = await require_caller(request)
        if caller.account is not None:
            check_permission(await require_account(request), name)
        return caller

    _ASKED[require] = name
    return require


OWN = "own"
"""What a route takes that asks for somebody who is signed in, and for no permission: his own business."""


def access_of(route: APIRoute) -> str:
    """Return the permission that a route takes, OWN, or "" where it asks for nobody."""
    calls = list(_calls_of(route.dependant))
    asked = next((_ASKED[call] for call in calls if call in _ASKED), "")
    return asked or (OWN if any(call in _SIGNED for call in calls) else "")


def _calls_of(dependant: Dependant) -> Iterator[object]:
    for each in dependant.dependencies:
        yield each.call
        yield from _calls_of(each)


def deed_of(request: Request, account: Account, action: str, subject: str, detail: str = "") -> Deed:
    """Return an entry for the audit: this account does this now, from where the request came."""
    return Deed(
        at=now(), username=account.username, action=action, subject=subject, address=address_of(request), detail=detail
    )


def needs(name: str) -> list[DependsOn]:
    """Return what a route that does not ask who its reader is puts into `dependencies`."""
    return [Depends(permission(name))]


_SIGNED = frozenset({require_account, require_person, require_session, require_whole_session})

Signed = Annotated[Account, Depends(require_account)]
"""A person, for what is everybody's own business."""
Reader = Annotated[Account, Depends(permission("cases.read"))]
"""Who may see cases; which of them, `services/api/sight.py` says."""
Person = Annotated[Caller, Depends(require_person)]
"""A person, whether he has the second factor that his role takes or not yet."""
InPerson = Annotated[Caller, Depends(require_session)]
"""A person who has signed in himself: no token."""
WhollyInPerson = Annotated[Caller, Depends(require_whole_session)]
"""And with the second factor that his role takes."""
