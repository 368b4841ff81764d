"""Single sign-on: out to the provider, and back with a session. These are pages for a browser, not for programs."""

import re
from datetime import timedelta
from secrets import compare_digest
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Query, Request, Response
from starlette.responses import RedirectResponse

from services.api.identity import address_of
from services.api.platform import platform_of, tools_of
from services.api.problems import Problem
from services.api.routes.session import begin_session, is_https, set_cookies
from services.api.sso import SignOn, SignOnFailed
from services.api.sso_accounts import Visit, sign_on
from services.api.wire import router
from services.observe.clock import now
from services.store.accounts import Account, NameTaken
from services.store.audit import Deed, detail_of, note
from services.store.sso import add_attempt, take_attempt

routes = router("session")

BACK = "/api/v1/session/sso/callback"
"""What the provider must know as the redirect address, after the public address of this server."""
STATE_COOKIE = "wardline_sso"
"""Binds the state to the browser that began: nobody can have another sign in as himself by a prepared link."""
AT_PROVIDER = timedelta(minutes=10)
"""So long somebody may take at the provider: his password, a second factor, a lost telephone."""

_PAGE = re.compile(r"/(?![/\\])[\x21-\x7e]*")

Next = Annotated[str, Query(max_length=300, description="The page of ours to come back to")]
Word = Annotated[str, Query(max_length=2_000)]


def _provider(request: Request) -> SignOn:
    sso = tools_of(request).sso
    if sso is None:
        raise Problem("not-found", "There is no single sign-on here.")
    return sso


def _back_address(request: Request) -> str:
    base = platform_of(request).settings.public_url or str(request.base_url).rstrip("/")
    return base + BACK


def page_of_ours(text: str) -> str:
    """Return the page if it is one of this server, "" otherwise: a login must not lead elsewhere."""
    return text if _PAGE.fullmatch(text) else ""


@routes.get("/session/sso", operation_id="beginSignOn", status_code=302)
async def begin(request: Request, next_page: Annotated[str, Next] = "") -> Response:
    """Go to the provider."""
    sso, at = _provider(request), now()
    try:
        url, state, attempt = await sso.begin(_back_address(request), page_of_ours(next_page))
    except SignOnFailed as failed:
        return _to_login(failed.reason)
    await platform_of(request).db.write(lambda connection: add_attempt(connection, state, attempt, at + AT_PROVIDER))
    answer = RedirectResponse(url, 302)
    answer.set_cookie(
        STATE_COOKIE,
        state,
        max_age=int(AT_PROVIDER.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=is_https(request),
        path="/api/v1/session/sso",
    )
    return answer


@routes.get("/session/sso/callback", operation_id="endSignOn", status_code=302)
async def end(request: Request, code: Word = "", state: Word = "", error: Word = "", iss: Word = "") -> Response:
    """Come back from the provider: with a session, or to the login with the reason why not."""
    sso = _provider(request)
    try:
        if error:
            raise SignOnFailed("refused", error[:80])
        if iss and iss.rstrip("/") != sso.settings.issuer:
            raise SignOnFailed("not-proven", "the answer is of another provider")  # RFC 9207
        account, next_page = await _finish(request, sso, code, state)
    except SignOnFailed as failed:
        await _note_failure(request, failed)
        return _forget(_to_login(failed.reason))
    token = await begin_session(request, account, "oidc", now())
    answer = RedirectResponse(next_page or "/login/", 302)
    set_cookies(request, answer, token)
    return _forget(answer)


async def _finish(request: Request, sso: SignOn, code: str, state: str) -> tuple[Account, str]:
    platform, at = platform_of(request), now()
    bound = request.cookies.get(STATE_COOKIE, "")
    if not state or not code or not compare_digest(bound.encode(), state.encode()):
        raise SignOnFailed("expired", "no state of this browser")
    attempt = await platform.db.write(lambda connection: take_attempt(connection, state, at))
    if attempt is None:
        raise SignOnFailed("expired", "unknown state")
    person = await sso.finish(_back_address(request), code, state, attempt)
    visit = Visit(person=person, address=address_of(request), at=at)
    try:
        account = await platform.db.write(lambda connection: sign_on(connection, visit, sso.settings, platform.city))
    except NameTaken:
        raise SignOnFailed("name-taken") from None
    return account, attempt.next


async def _note_failure(request: Request, failed: SignOnFailed) -> None:
    deed = Deed(
        at=now(),
        username="",
        action="sso.refused",
        subject=failed.reason,
        address=address_of(request),
        detail=detail_of(why=str(failed)),
    )
    await platform_of(request).db.write(lambda connection: note(connection, deed))


def _to_login(reason: str) -> RedirectResponse:
    return RedirectResponse(f"/login/?{urlencode({'sso': reason})}", 302)


def _forget(answer: Response) -> Response:
    answer.delete_cookie(STATE_COOKIE, path="/api/v1/session/sso")
    return answer
