"""The citizen's door: no login. A report gets a number and a private link; the link shows what became of it."""

import asyncio
import json
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Annotated, Any
from uuid import uuid4

from fastapi import Path, Request
from fastapi.exceptions import RequestValidationError
from msgspec import Struct
from pydantic import ValidationError
from sqlalchemy import Connection
from starlette.responses import FileResponse

from dispatch.case import Case
from dispatch.city import Codes
from dispatch.flags import Flag
from dispatch.ids import CategoryCode, SourceId
from dispatch.situation import Situation
from dispatch.understand import understand
from services.api.answers import check_answers
from services.api.doorkeeper import admit, find_ban, is_wave, look_at, needs_proof, with_flags
from services.api.fields import Form, Id, Prose
from services.api.follow_view import FollowView, follow_view, look_up, result_of
from services.api.hands import Hold
from services.api.identity import address_of, find_caller
from services.api.limits import RateLimit
from services.api.once import once
from services.api.platform import Platform, platform_of, tools_of
from services.api.problems import Problem
from services.api.proofs import Challenge, make_challenge
from services.api.public_cases import is_shown
from services.api.report_form import PHOTO_BYTES, PHOTOS_MAX, REPORT_BODY, Meant, ReportForm
from services.api.routes.media import Size, send_picture, store_picture
from services.api.routes.session import new_secret
from services.api.senders import network_of, remember_device, sender_of
from services.api.uploads import Received, Upload, read_upload
from services.api.wire import Page, Reply, reply, router
from services.live.views import CategoryName, category_name
from services.observe.clock import now
from services.store import journal
from services.store.abuse import NewSender, hold, note_senders
from services.store.accounts import hash_secret
from services.store.inbox import keyed_id
from services.store.reporters import CitizenReport, NewReport, Reporter, add_reporter, add_reports, find_report

routes = router("reports")

FEED = "report"
PORTAL = "citizen"
"""What the city pack calls the source that our own page is (`external_id`)."""

Token = Annotated[str, Path(min_length=20, max_length=80, pattern="^[A-Za-z0-9_-]+$")]


class Receipt(Struct, frozen=True, kw_only=True):
    """What a citizen gets: his number, and the token of the link by which he follows."""

    number: str
    token: str
    url: str


class ChallengeView(Struct, frozen=True, kw_only=True):
    """A proof of work to find; `required` says whether the next report must bring one."""

    required: bool
    challenge: Challenge


class CategoryCandidate(Struct, frozen=True, kw_only=True):
    """A category that some words may mean. `confidence` is 0..1."""

    category: CategoryName
    confidence: float


class Suggestions(Page[CategoryCandidate], frozen=True, kw_only=True):
    """Categories that some words may mean. `beside_us` says that they are surely no matter of the city's desk: who
    reports is told so, and may send them all the same.
    """

    beside_us: bool


class Words(Form):
    text: Prose


def check_rate(request: Request, limit: RateLimit) -> None:
    """:raises Problem: `too-many-requests` where this address has asked too often."""
    if wait_s := limit.wait_s(network_of(address_of(request)), now()):
        raise Problem("too-many-requests", f"Wait {wait_s} s.", headers={"Retry-After": str(wait_s)})


@routes.post("/reports", operation_id="report", status_code=201, openapi_extra=REPORT_BODY)
async def report(request: Request) -> Reply[Receipt]:
    """Report something, without a login. JSON, or a form with up to four `photos`. Honours Idempotency-Key."""
    caller = await find_caller(request)
    if caller is None:
        await admit(request)
    async with tools_of(request).hands.hold() as hold:
        form, photos = await _read_report(request, hold)
        said = form.model_dump_json().encode() + b"".join(photos)

        async def run() -> Reply[Receipt]:
            meant = await understand_report(platform_of(request), form)
            media = tuple([(await store_picture(request, photo, PORTAL)).id for photo in photos])
            return reply(await take_in(request, form, meant, media), 201)

        answer = await once(request, PORTAL, said, run)
    remember_device(request, answer)
    return answer


@routes.get("/reports/challenge", operation_id="getChallenge")
async def get_challenge(request: Request) -> Reply[ChallengeView]:
    """A proof of work to find, and whether one is needed now. Each is valid for ten minutes and used once."""
    check_rate(request, tools_of(request).questions)
    made = make_challenge(tools_of(request).vault, now(), is_wave=is_wave(request))
    answer = reply(ChallengeView(required=needs_proof(request), challenge=made))
    remember_device(request, answer)
    return answer


async def _read_report(request: Request, hold: Hold) -> tuple[ReportForm, Sequence[bytes]]:
    """Return the report and its photographs' bytes.

    :raises RequestValidationError, Problem: where it is not one.
    """
    if request.headers.get("content-type", "").lower().startswith("multipart/"):
        fields = len(ReportForm.model_fields)
        upload = await read_upload(
            request, Upload(files={"photos": PHOTOS_MAX}, file_bytes=PHOTO_BYTES, fields_max=fields), hold
        )
    else:
        upload = Received((), await _read_json(request))
    try:
        return ReportForm.model_validate(upload.fields), upload.files
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False, include_context=False)
        raise RequestValidationError([{**fault, "loc": ("body", *fault["loc"])} for fault in faults]) from None


async def _read_json(request: Request) -> dict[str, Any]:
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type != "application/json":
        raise Problem("unsupported-media-type", "The body must be application/json or multipart/form-data.")
    try:
        body = json.loads(await request.body())
    except (ValueError, RecursionError):
        raise Problem("malformed-request", "The body is not JSON.") from None
    if not isinstance(body, dict):
        raise Problem("invalid", "body: an object is meant.")
    return body


async def understand_report(platform: Platform, form: ReportForm) -> Meant:
    """Return what the form's codes lead to.

    :raises RequestValidationError: for answers that do not fit, a component or a case that the public does not know.
    """
    codes = platform.city.codes
    faults: list[tuple[str, str]] = []
    answers: Sequence[tuple[str, str]] = ()
    if form.answers is not None:
        questions = codes.questions.get(CategoryCode(form.category), ())
        answered = check_answers(questions, form.answers, form.language)
        faults += [(f"answers.{each.code}", f"an answer is required: {each.en}") for each in answered.missing]
        faults += [(f"answers.{each.code}", f"it does not fit: {each.en}") for each in answered.unfit]
        answers = answered.words
    if form.component and platform.city.components.find(form.component) is None:
        faults.append(("component", "no component of the city has this id"))
    case_id = await _find_named(platform, form.same_as)
    if form.same_as and not case_id:
        faults.append(("same_as", "no public case has this number"))
    if faults:
        raise RequestValidationError(
            [{"type": "value_error", "loc": ("body", *name.split(".", 1)), "msg": why} for name, why in faults]
        )
    return Meant(answers, case_id)


async def _find_named(platform: Platform, number: str) -> str:
    """Return the id of the public case of that number, "" where there is none. Whether it is open the engine says."""
    if not number:
        return ""

    def find(connection: Connection) -> Case | None:
        case_id = journal.find_case_id(connection, number)
        return None if case_id is None else journal.find_case(connection, case_id)

    case = await platform.db.read(find)
    is_known = case is not None and case.number == number and is_shown(case, platform.city.codes)
    return case.id if case is not None and is_known else ""


async def take_in(
    request: Request, form: ReportForm, meant: Meant, media: tuple[str, ...], seen: Sequence[Flag] = ()
) -> Receipt:
    """Store the report as a message of the portal, and what its sender follows; both are durable on return.

    That of a banned sender is held beside the inbox, and he is not told. `seen` is why the door finds that it should be
    looked at first.
    """
    platform = platform_of(request)
    at, token = now(), new_secret()
    sender = sender_of(request, phone=form.phone)
    ban = await find_ban(request, sender)
    flags = await look_at(request, form.text, media, seen)
    reporter_id = await _add_reporter(platform, form, at)
    # Tells this report from another; the token itself opens the private link, and messages are read by the staff.
    key, portal = hash_secret(token)[:32], portal_of(platform)
    message = with_flags(form.message(media, reporter_id, key=key, meant=meant), flags)
    message_id = keyed_id(FEED, portal, key.encode())
    mine = CitizenReport(message_id=message_id, reporter_id=reporter_id, media=media, created_at=at)
    day = at.astimezone(platform.city.timezone).date()

    async def receive() -> None:
        if ban is None:
            await platform.inbox.receive(FEED, portal, message, at)
        else:
            await platform.db.write(lambda connection: hold(connection, message_id, message, ban.id, at))

    received = asyncio.ensure_future(receive())
    await asyncio.sleep(0)  # by now it has been handed to the writer, or refused
    if received.done():
        await received
    # Handed over behind its message: one commit holds all, and a crowd's reports share one question for the number.
    number, *_ = await asyncio.gather(
        platform.db.submit(add_reports, NewReport(token, mine, day)),
        platform.db.submit(note_senders, NewSender(message_id, sender, at)),
        received,
    )
    return Receipt(number=number, token=token, url=f"/report/#/follow/{token}")


async def _add_reporter(platform: Platform, form: ReportForm, at: datetime) -> str:
    if not (form.name.strip() or form.phone.strip()):
        return ""
    reporter = Reporter(id=uuid4().hex, name=form.name.strip(), phone=form.phone.strip())
    await platform.db.write(lambda connection: add_reporter(connection, reporter, at))
    return reporter.id


def portal_of(platform: Platform) -> SourceId:
    return _portal_of(platform.city.codes)


@lru_cache(maxsize=4)  # a city has thousands of sources, and this is asked with every report
def _portal_of(codes: Codes) -> SourceId:
    """Return the source that our own page is; a city pack without one gets reports from a source of that name."""
    for source in codes.sources.values():
        if source.feed == FEED and source.external_id == PORTAL:
            return source.id
    return SourceId(PORTAL)


@routes.post("/reports/suggest", operation_id="suggestCategories")
async def suggest_categories(request: Request, words: Words) -> Reply[Suggestions]:
    """Which categories some words may mean, the likeliest first; and whether they are no matter of the city's desk."""
    check_rate(request, tools_of(request).questions)
    codes = platform_of(request).city.codes
    understood = understand(words.text, codes)
    items = [
        CategoryCandidate(category=category_name(found.category, codes), confidence=found.confidence)
        for found in understood.suggestions
    ]
    return reply(Suggestions(items=items, next=None, beside_us=understood.beside_us is not None))


async def get_report(request: Request, token: str) -> CitizenReport:
    """Return the report that a private link leads to.

    :raises Problem: `not-found`, or `too-many-requests` for who asks too often.
    """
    check_rate(request, tools_of(request).questions)
    found = await platform_of(request).db.read(lambda connection: find_report(connection, token))
    if found is None:
        raise Problem("not-found", "No report has that link.")
    return found


@routes.get("/reports/{token}", operation_id="followReport")
async def follow(request: Request, token: Token) -> Reply[FollowView]:
    """What has become of a report, for who has its link."""
    mine = await get_report(request, token)
    platform = platform_of(request)
    found = await platform.db.read(lambda connection: look_up(connection, mine))
    return reply(follow_view(mine, found, situation_of(platform), token, now()))


@routes.get("/reports/{token}/photos/{media_id}", operation_id="getReportPhoto")
async def get_photo(request: Request, token: Token, media_id: Id, size: Size = "full") -> FileResponse:
    """A photograph of one's own report."""
    mine = await get_report(request, token)
    if media_id not in mine.media:
        raise Problem("not-found", "The report has no such photograph.")
    return await send_picture(request, media_id, size)


@routes.get("/reports/{token}/result/{media_id}", operation_id="getReportResult")
async def get_result(request: Request, token: Token, media_id: Id, size: Size = "full") -> FileResponse:
    """A photograph of how it was done, once that was looked at and found in order."""
    mine = await get_report(request, token)
    found = await platform_of(request).db.read(lambda connection: look_up(connection, mine))
    if media_id not in result_of(found):
        raise Problem("not-found", "The report has no such photograph.")
    return await send_picture(request, media_id, size)


def situation_of(platform: Platform) -> Situation:
    """Return what an act of a reporter may look at."""
    return Situation(city=platform.city, roster=platform.desk.state.roster)
