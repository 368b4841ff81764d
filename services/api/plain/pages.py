"""The form without scripts and its steps, and the addresses of all pages without scripts."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from html import escape
from pathlib import Path
from typing import Any

import msgspec
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from dispatch.flags import Flag, FlagKind
from dispatch.understand import understand
from services.api.doorkeeper import admit_plain
from services.api.hands import Hold
from services.api.once import once
from services.api.plain import views
from services.api.plain.filled import BadForm, Filled, Posted, prefill, read_posted
from services.api.plain.following import show_progress, take_act
from services.api.plain.render import HEADERS, PREFIX, language_of, refuse, render
from services.api.plain.steps import Fault, Halt, Mend, Offer, Ready, next_step
from services.api.plain.words import say
from services.api.platform import platform_of, tools_of
from services.api.problems import Problem
from services.api.report_form import PHOTOS_MAX
from services.api.routes import reports
from services.api.routes.media import store_picture
from services.api.routes.session import new_secret
from services.api.static import FRESH
from services.api.wire import Reply, reply
from services.engine.refusals import Overloaded
from services.live.views import category_name
from services.store.shelf import BucketAway

SUGGESTED = 4
FOUND_MAX = 8
TWICE_WAIT_S = 10.0
"""How long the second of two clicks waits for the answer of the first: a page, unlike a program, cannot ask again."""
TWICE_LOOK_S = 0.1
KEPT_PHOTO = "photo of a plain form"
STYLE = Path(__file__).resolve().parent / "plain.css"


# --- the form --------------------------------------------------------------------------------------------------------


async def show_form(request: Request) -> Response:
    """The form, with what the page's address says already in it."""
    language = language_of(request)
    filled = prefill(request.query_params, language, new_secret(), platform_of(request).city)
    return _form(request, filled)


def _form(
    request: Request, filled: Filled, faults: list[Fault] | None = None, *, status: int = 200, **more: Any
) -> Response:
    values = views.form_values(filled, platform_of(request).city, faults or [])
    kept = [_sealed(request, media_id) for media_id in filled.photos]
    return render(request, "report", filled.language, status=status, kept=kept, **(values | more))


async def take_form(request: Request) -> Response:
    """What somebody has sent: the next step, or where his report can be followed."""
    async with tools_of(request).hands.hold() as hold:
        return await _take_form(request, hold)


async def _take_form(request: Request, hold: Hold) -> Response:
    language = language_of(request)
    try:
        reports.check_rate(request, tools_of(request).questions)
        posted = await read_posted(request, language, _opener(request), hold)
    except BadForm as error:
        return refuse(request, language, error.status, "refused")
    except Problem as problem:
        return refuse(request, language, problem.kind.status, "refused", dict(problem.headers))
    except Overloaded:
        return refuse(request, language, 503, "refused", {"Retry-After": "30"})
    filled = replace(posted.filled, key=posted.filled.key or new_secret())
    if filled.component and platform_of(request).city.components.find(filled.component) is None:
        filled = replace(filled, component="")
    try:
        filled, faults = await _keep_pictures(request, posted, filled)
        if faults:
            return _form(request, filled, faults, status=422)
        return await (_ACTIONS.get(filled.action) or _send)(request, filled)
    except Problem as problem:
        return _form(request, *_told(filled, problem), status=problem.kind.status)
    except (Overloaded, BucketAway):
        return _form(request, filled, [Fault("send", say(language, "failed"))], status=503)
    except RequestValidationError as error:
        return _form(request, filled, [Fault("send", str(each["msg"])) for each in error.errors()], status=422)


def _told(filled: Filled, problem: Problem) -> tuple[Filled, list[Fault]]:
    """Return the form and what is wrong, in words; a key that was used up is replaced."""
    if problem.kind.slug == "idempotency-key-reused":
        return replace(filled, key=new_secret()), [Fault("send", say(filled.language, "again"))]
    wait_s = problem.headers.get("Retry-After")
    return filled, [Fault("send", say(filled.language, "busy", s=wait_s) if wait_s else say(filled.language, "failed"))]


async def _keep_pictures(request: Request, posted: Posted, filled: Filled) -> tuple[Filled, list[Fault]]:
    """Store the new photographs, so that a further step does not lose them; return the form that has them."""
    language, media, faults = filled.language, list(filled.photos), list(posted.faults)
    if posted.pictures:
        reports.check_rate(request, tools_of(request).reports)
    for body in posted.pictures:
        if len(media) == PHOTOS_MAX:
            faults.append("many_photos")
            break
        try:
            media.append((await store_picture(request, body, reports.PORTAL)).id)
        except Problem:
            faults.append("bad_photo")
    kept = replace(filled, photos=list(dict.fromkeys(media)))
    return kept, [Fault("photos", say(language, key, n=PHOTOS_MAX)) for key in dict.fromkeys(faults)]


def _sealed(request: Request, media_id: str) -> str:
    return f"{media_id}.{tools_of(request).vault.digest(KEPT_PHOTO, media_id)[:32]}"


def _opener(request: Request) -> Callable[[str], str]:
    def may_keep(sealed: str) -> str:
        media_id = sealed.partition(".")[0]
        return media_id if sealed == _sealed(request, media_id) else ""

    return may_keep


# --- its buttons -----------------------------------------------------------------------------------------------------


async def _find(request: Request, filled: Filled) -> Response:
    found = platform_of(request).city.gazetteer.search(filled.query, FOUND_MAX) if filled.query else []
    names = {entry.name_zh: entry.name_en for entry in platform_of(request).city.gazetteer.entries}
    return _form(request, filled, places=views.spots_of(found, names, filled.language), looked=bool(filled.query))


async def _suggest(request: Request, filled: Filled) -> Response:
    codes = platform_of(request).city.codes
    understood = understand(filled.text, codes)
    suggested = [category_name(each.category, codes) for each in understood.suggestions[:SUGGESTED]]
    beside_us = understood.beside_us is not None
    return _form(request, filled, suggested=suggested, asked_words=True, beside_us=beside_us)


async def _change(request: Request, filled: Filled) -> Response:
    """Back from a step to the form."""
    return _form(request, filled)


async def _send(request: Request, filled: Filled) -> Response:
    platform = platform_of(request)
    step = next_step(filled, platform)
    hidden = views.hidden_of(filled, [_sealed(request, media_id) for media_id in filled.photos])
    if isinstance(step, Halt):
        return render(request, "stop", filled.language, hidden=hidden, **views.stop_values(step))
    if isinstance(step, Mend):
        asked = replace(filled, asked=filled.category)
        if step.faults:
            return _form(request, asked, list(step.faults), status=422)
        return _form(request, asked, newly_asked=True)
    if isinstance(step, Offer):
        hidden = [(name, value) for name, value in hidden if name not in ("offered", "same_as")]
        values = views.offer_values(step, platform.city, filled.language)
        return render(request, "near", filled.language, hidden=hidden, offer=filled.offer, **values)
    return await _file(request, filled, step)


_ACTIONS = {"find": _find, "suggest": _suggest, "change": _change}
"""What the buttons of a page are called; every other one sends."""


async def _file(request: Request, filled: Filled, step: Ready) -> Response:
    """Take the report in, once for one form however often it is sent, and lead to where it can be followed."""
    platform, form, media = platform_of(request), step.form, tuple(filled.photos)
    # Not refused: a person whose browser has filled it in would not know why.
    seen = [Flag(FlagKind.ROBOT)] if filled.bait else []

    async def run() -> Reply[reports.Receipt]:
        await admit_plain(request)
        meant = await reports.understand_report(platform, form)
        return reply(await reports.take_in(request, form, meant, media, seen), 201)

    said = form.model_dump_json().encode() + "|".join(media).encode()
    until = asyncio.get_running_loop().time() + TWICE_WAIT_S
    while True:
        try:
            answer = await once(request, reports.PORTAL, said, run, key=filled.key)
            break
        except Problem as problem:
            is_early = asyncio.get_running_loop().time() < until
            if problem.kind.slug != "request-in-progress" or not is_early:
                raise
            await asyncio.sleep(TWICE_LOOK_S)
    receipt = msgspec.json.decode(answer.body, type=reports.Receipt)
    url = f"{PREFIX}/follow/{receipt.token}?new=1&lang={filled.language}"
    return RedirectResponse(url, 303, HEADERS)


# --- what stands beside it --------------------------------------------------------------------------------------------


async def _show_screen(request: Request) -> Response:
    """The full page. Without scripts it leads on to the plain form, which gets what the address says, too."""
    page = platform_of(request).settings.front_dir / "report" / "index.html"
    if not page.is_file():
        raise HTTPException(404)
    if not request.url.query:
        return FileResponse(page, media_type="text/html", headers={"Cache-Control": FRESH})
    html = page.read_text(encoding="utf-8").replace(f"{PREFIX}/", f"{PREFIX}/?{escape(request.url.query)}")
    return HTMLResponse(html, headers={"Cache-Control": FRESH})


async def _style(_request: Request) -> Response:
    return FileResponse(STYLE, media_type="text/css", headers={"Cache-Control": FRESH})


async def _to_folder(request: Request) -> Response:
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(f"{PREFIX}/{query}", 307)


ROUTES: list[BaseRoute] = [
    Route("/report/", _show_screen, methods=["GET"]),
    Route(PREFIX, _to_folder, methods=["GET"]),
    Route(f"{PREFIX}/", show_form, methods=["GET"]),
    Route(f"{PREFIX}/", take_form, methods=["POST"]),
    Route(f"{PREFIX}/plain.css", _style, methods=["GET"]),
    Route(f"{PREFIX}/follow/{{token}}", show_progress, methods=["GET"]),
    Route(f"{PREFIX}/follow/{{token}}", take_act, methods=["POST"]),
]
"""Before the files of the front, which have the rest of /report/."""
