"""How a report stands, for who has its link and no scripts, and being told of it: an address, its code, and no more.

Where somebody is in that stands in the page's address (`asked`), so that to load a page again sends nothing again.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from services.api.follow_view import follow_view, look_up
from services.api.plain.filled import FORM_TYPES
from services.api.plain.render import HEADERS, PREFIX, language_of, refuse, render
from services.api.plain.words import say
from services.api.platform import platform_of, tools_of
from services.api.problems import KINDS, Problem
from services.api.routes.reports import get_report, situation_of
from services.api.routes.telling import contacts_view, forget_contact, masked_address
from services.api.subscribing import EMAIL_MAX, Wish, channels_of, confirm_code, send_code
from services.engine.refusals import Overloaded
from services.observe.clock import now
from services.store import contacts
from services.store.contacts import Contact
from services.store.reporters import CitizenReport

FIELDS_MAX = 8
VALUE_BYTES = 2_000
CODE_DIGITS = 6
TOLD = ("done", "removed")
"""What a page may say has just been done."""


class _Fault(NamedTuple):
    """What is wrong with what somebody typed, beside the field it is about."""

    words: str
    status: int
    headers: Mapping[str, str] = {}


class _Act(NamedTuple):
    """A button that was pressed on the page of a report."""

    request: Request
    language: str
    token: str
    mine: CitizenReport
    fields: Mapping[str, str]


async def show_progress(request: Request) -> Response:
    """The receipt, and how a report stands, for who has its link."""
    language, token = language_of(request), request.path_params["token"]
    try:
        mine = await get_report(request, token)
    except Problem as problem:
        return _refused(request, language, problem)
    asked = await _find_asked(request, mine, request.query_params.get("asked", ""))
    return await _page(request, language, token, mine, asked)


async def _page(
    request: Request,
    language: str,
    token: str,
    mine: CitizenReport,
    asked: Contact | None,
    *,
    fault: _Fault | None = None,
    typed: str = "",
) -> Response:
    platform, query = platform_of(request), request.query_params
    found = await platform.db.read(lambda connection: look_up(connection, mine))

    def local(at: datetime) -> str:
        return f"{at.astimezone(platform.city.timezone):%Y-%m-%d %H:%M}"

    values: dict[str, Any] = {
        "found": follow_view(mine, found, situation_of(platform), token, now()),
        "url": f"{str(request.base_url).rstrip('/')}{PREFIX}/follow/{token}",
        "is_new": query.get("new") == "1",
        "local": local,
        "token": token,
        "telling": await contacts_view(request, mine),
        "asked": asked.id if asked else "",
        "asked_at": masked_address(asked) if asked else "",
        "told": query.get("told") if query.get("told") in TOLD and fault is None else "",
        "fault": fault.words if fault else "",
        "typed": typed,
    }
    answer = render(request, "follow", language, status=fault.status if fault else 200, **values)
    answer.headers.update(fault.headers if fault else {})
    return answer


async def take_act(request: Request) -> Response:
    """An address to be told at, its code, another code, or an address that is to be told no more."""
    language, token = language_of(request), request.path_params["token"]
    # The link is what allows it, and no cookie is. A browser's own word keeps a page that has got hold of one from
    # having others press the button; one that says nothing of where it comes from is old.
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return refuse(request, language, 403, "refused")
    try:
        mine = await get_report(request, token)
        act = _Act(request, language, token, mine, await _read_fields(request))
        return await (_ACTIONS.get(act.fields.get("action", "")) or _unknown)(act)
    except Problem as problem:
        return _refused(request, language, problem)
    except Overloaded:
        return refuse(request, language, 503, "refused", {"Retry-After": "30"})


async def _read_fields(request: Request) -> Mapping[str, str]:
    """:raises Problem: for what is no form."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() not in FORM_TYPES:
        raise Problem("unsupported-media-type")
    try:
        async with request.form(max_files=0, max_fields=FIELDS_MAX, max_part_size=VALUE_BYTES) as form:
            items = [(name, value) for name, value in form.multi_items() if isinstance(value, str)]
    except HTTPException:
        raise Problem("malformed-request") from None
    return {name: value.encode("utf-8", "replace").decode().replace("\x00", "").strip() for name, value in items}


# --- the buttons -----------------------------------------------------------------------------------------------------


async def _ask(act: _Act) -> Response:
    """Send a code to the address."""
    address = act.fields.get("address", "")[: EMAIL_MAX + 1]
    offered = channels_of(platform_of(act.request))
    channel = offered[0] if len(offered) == 1 else "email" if "@" in address else "sms"
    try:
        return await _send(act, channel, address)
    except Problem as problem:
        if problem.kind.slug == "invalid":
            kind = "any" if len(offered) > 1 and "@" not in address else channel
            fault = _Fault(say(act.language, f"tell_bad_{kind}"), 422)
        else:
            fault = _enough(act, problem)
        return await _page(act.request, act.language, act.token, act.mine, None, fault=fault, typed=address)


async def _again(act: _Act) -> Response:
    """Send another code to the address that one was sent to."""
    asked = await _find_asked(act.request, act.mine, act.fields.get("asked", ""))
    if asked is None:
        return await _lead(act)
    try:
        return await _send(act, asked.channel, asked.address)
    except Problem as problem:
        return await _page(act.request, act.language, act.token, act.mine, asked, fault=_enough(act, problem))


async def _send(act: _Act, channel: str, address: str) -> Response:
    # The letters lead back to this page: the other needs scripts.
    link = tools_of(act.request).vault.seal(f"plain/follow/{act.token}")
    wish = Wish(kind="report", number=act.mine.number, sealed_link=link)
    asked = await send_code(act.request, channel, address, act.language, wish)
    return await _lead(act, f"&asked={asked}")


async def _confirm(act: _Act) -> Response:
    """Take the code: from now on its address is told."""
    asked = await _find_asked(act.request, act.mine, act.fields.get("asked", ""))
    code = "".join(act.fields.get("code", "").split())
    try:
        if asked is None:  # it was confirmed by the first of two clicks, or is forgotten
            return await _lead(act)
        if len(code) != CODE_DIGITS or not (code.isascii() and code.isdigit()):
            raise Problem("wrong-code")  # no try of the five: it cannot be it
        await confirm_code(act.request, asked.id, code, act.mine.number)
    except Problem as problem:
        kind = problem.kind
        fault = _Fault(kind.zh if act.language == "zh" else kind.en, 422)
        return await _page(act.request, act.language, act.token, act.mine, asked, fault=fault)
    return await _lead(act, "&told=done#tell")


async def _stop(act: _Act) -> Response:
    """Forget an address; one that is forgotten already is told nothing either."""
    try:
        await forget_contact(act.request, act.mine, act.fields.get("contact", ""))
    except Problem as problem:
        if problem.kind.slug != "not-found":
            raise
    return await _lead(act, "&told=removed#tell")


async def _unknown(act: _Act) -> Response:
    return await _lead(act)


_ACTIONS = {"ask": _ask, "again": _again, "confirm": _confirm, "stop": _stop}
"""What the buttons of the page are called."""


# --- what they share -------------------------------------------------------------------------------------------------


async def _lead(act: _Act, more: str = "#tell") -> Response:
    """Lead to the page by GET: loaded again, it does nothing again."""
    return RedirectResponse(f"{PREFIX}/follow/{act.token}?lang={act.language}{more}", 303, HEADERS)


async def _find_asked(request: Request, mine: CitizenReport, contact_id: str) -> Contact | None:
    """Return the address that waits for its code."""
    if not contact_id:
        return None
    found = await platform_of(request).db.read(lambda connection: contacts.find_contact(connection, contact_id))
    return found if found and found.number == mine.number and found.confirmed_at is None else None


def _enough(act: _Act, problem: Problem) -> _Fault:
    """Return what an address, or who asks, has had enough of; anything else goes on its way."""
    if problem.kind is not KINDS["too-many-requests"]:
        raise problem
    return _Fault(say(act.language, "tell_enough"), problem.kind.status, dict(problem.headers))


def _refused(request: Request, language: str, problem: Problem) -> Response:
    key = "not_found" if problem.kind.slug == "not-found" else "refused"
    return refuse(request, language, problem.kind.status, key, dict(problem.headers))
