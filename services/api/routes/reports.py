"""The citizen's door: no login. A report gets a number and a private link; the link shows what became of it."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import uuid4

from fastapi import Path, Request
from fastapi.exceptions import RequestValidationError
from msgspec import Struct
from pydantic import ValidationError
from sqlalchemy import Connection
from starlette.responses import FileResponse

from dispatch.case import Case
from dispatch.ids import CaseId, SourceId
from dispatch.understand import understand
from services.api.doorkeeper import admit, find_ban, is_wave, look_at, needs_proof, with_flags
from services.api.fields import Form, Id, Prose
from services.api.identity import address_of, find_caller
from services.api.limits import RateLimit
from services.api.once import once
from services.api.platform import Platform, platform_of, tools_of
from services.api.problems import Problem
from services.api.proofs import Challenge, make_challenge
from services.api.report_form import PHOTO_BYTES, PHOTOS_MAX, REPORT_BODY, ReportForm
from services.api.routes.media import Size, send_picture, store_picture
from services.api.routes.session import new_secret
from services.api.senders import network_of, remember_device, sender_of
from services.api.timeline import RECEIVED, TimelineItem, make_timeline, public_stage
from services.api.uploads import Received, Upload, read_upload
from services.api.wire import Page, Reply, reply, reply_page, router
from services.live.views import CategoryName, category_name
from services.observe.clock import now
from services.store import journal
from services.store.abuse import hold, note_sender
from services.store.accounts import hash_secret
from services.store.inbox import keyed_id
from services.store.reporters import CitizenReport, Reporter, add_report, add_reporter, find_report

routes = router("reports")

FEED = "report"
PORTAL = "citizen"
"""What the city pack calls the source that our own page is (`external_id`)."""
ROUNDED = 4
"""Decimals of a place on the public link: about 10 m."""

Token = Annotated[str, Path(min_length=20, max_length=80, pattern="^[A-Za-z0-9_-]+$")]


class Receipt(Struct, frozen=True, kw_only=True):
    """What a citizen gets: his number, and the token of the link by which he follows."""

    number: str
    token: str
    url: str


class RoughPlace(Struct, frozen=True, kw_only=True):
    lon: float | None
    lat: float | None
    street: str
    community: str


class ChallengeView(Struct, frozen=True, kw_only=True):
    """A proof of work to find; `required` says whether the next report must bring one."""

    required: bool
    challenge: Challenge


class FollowView(Struct, frozen=True, kw_only=True):
    """What has become of a report. `stage` is "received" until the desk has read it."""

    number: str
    stage: str
    category: CategoryName | None
    place: RoughPlace | None
    opened_at: datetime
    due_at: datetime | None
    timeline: Sequence[TimelineItem]
    photos: Sequence[str]


class CategoryCandidate(Struct, frozen=True, kw_only=True):
    """A category that some words may mean. `confidence` is 0..1."""

    category: CategoryName
    confidence: float


class Words(Form):
    text: Prose


def _check_rate(request: Request, limit: RateLimit) -> None:
    if wait_s := limit.wait_s(network_of(address_of(request)), now()):
        raise Problem("too-many-requests", f"Wait {wait_s} s.", headers={"Retry-After": str(wait_s)})


@routes.post("/reports", operation_id="report", status_code=201, openapi_extra=REPORT_BODY)
async def report(request: Request) -> Reply[Receipt]:
    """Report something, without a login. JSON, or a form with up to four `photos`. Honours Idempotency-Key."""
    caller = await find_caller(request)
    if caller is None:
        await admit(request)
    form, photos = await _read_report(request)
    said = form.model_dump_json().encode() + b"".join(photos)

    async def run() -> Reply[Receipt]:
        media = tuple([(await store_picture(request, photo, PORTAL)).id for photo in photos])
        return reply(await _take_in(request, form, media), 201)

    answer = await once(request, PORTAL, said, run)
    remember_device(request, answer)
    return answer


@routes.get("/reports/challenge", operation_id="getChallenge")
async def get_challenge(request: Request) -> Reply[ChallengeView]:
    """A proof of work to find, and whether one is needed now. Each is valid for ten minutes and used once."""
    _check_rate(request, tools_of(request).questions)
    made = make_challenge(tools_of(request).vault, now(), is_wave=is_wave(request))
    answer = reply(ChallengeView(required=needs_proof(request), challenge=made))
    remember_device(request, answer)
    return answer


async def _read_report(request: Request) -> tuple[ReportForm, Sequence[bytes]]:
    """Return the report and its photographs' bytes.

    :raises RequestValidationError, Problem: where it is not one.
    """
    if request.headers.get("content-type", "").lower().startswith("multipart/"):
        fields = len(ReportForm.model_fields)
        upload = await read_upload(
            request, Upload(files={"photos": PHOTOS_MAX}, file_bytes=PHOTO_BYTES, fields_max=fields)
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


async def _take_in(request: Request, form: ReportForm, media: tuple[str, ...]) -> Receipt:
    """Store the report as a message of the portal, and what its sender follows; both are durable on return.

    That of a banned sender is held beside the inbox, and he is not told.
    """
    platform = platform_of(request)
    at, token = now(), new_secret()
    sender = sender_of(request, phone=form.phone)
    ban = await find_ban(request, sender)
    flags = await look_at(request, form.text, media)
    reporter_id = await _add_reporter(platform, form, at)
    # Tells this report from another; the token itself opens the private link, and messages are read by the staff.
    key = hash_secret(token)[:32]
    message = with_flags(form.message(media, reporter_id, key=key), flags)
    message_id = keyed_id(FEED, portal_of(platform), key.encode())
    if ban is None:
        await platform.inbox.receive(FEED, portal_of(platform), message, at)
    mine = CitizenReport(message_id=message_id, reporter_id=reporter_id, media=media, created_at=at)
    day = at.astimezone(platform.city.timezone).date()

    def write(connection: Connection) -> str:
        note_sender(connection, message_id, sender, at)
        if ban is not None:
            hold(connection, message_id, message, ban.id, at)
        return add_report(connection, token, mine, day)

    number = await platform.db.write(write)
    return Receipt(number=number, token=token, url=f"/report/#/follow/{token}")


async def _add_reporter(platform: Platform, form: ReportForm, at: datetime) -> str:
    if not (form.name.strip() or form.phone.strip()):
        return ""
    reporter = Reporter(id=uuid4().hex, name=form.name.strip(), phone=form.phone.strip())
    await platform.db.write(lambda connection: add_reporter(connection, reporter, at))
    return reporter.id


def portal_of(platform: Platform) -> SourceId:
    """Return the source that our own page is; a city pack without one gets reports from a source of that name."""
    for source in platform.city.codes.sources.values():
        if source.feed == FEED and source.external_id == PORTAL:
            return source.id
    return SourceId(PORTAL)


@routes.post("/reports/suggest", operation_id="suggestCategories")
async def suggest_categories(request: Request, words: Words) -> Reply[Page[CategoryCandidate]]:
    """Which categories some words may mean, the likeliest first."""
    _check_rate(request, tools_of(request).questions)
    codes = platform_of(request).city.codes
    return reply_page(
        [
            CategoryCandidate(category=category_name(found.category, codes), confidence=found.confidence)
            for found in understand(words.text, codes).suggestions
        ]
    )


async def _find(request: Request, token: str) -> CitizenReport:
    _check_rate(request, tools_of(request).questions)
    found = await platform_of(request).db.read(lambda connection: find_report(connection, token))
    if found is None:
        raise Problem("not-found", "No report has that link.")
    return found


@routes.get("/reports/{token}", operation_id="followReport")
async def follow(request: Request, token: Token) -> Reply[FollowView]:
    """What has become of a report, for who has its link."""
    mine = await _find(request, token)

    def look_up(connection: Connection) -> tuple[Case | None, list[journal.Entry]]:
        if not mine.case_id:
            return None, []
        case_id = CaseId(mine.case_id)
        return journal.find_case(connection, case_id), journal.list_of_case(connection, case_id)

    platform = platform_of(request)
    case, entries = await platform.db.read(look_up)
    timeline = make_timeline(mine.created_at, entries)
    stage = public_stage(case, timeline) if case else RECEIVED[0]
    return reply(
        FollowView(
            number=mine.number,
            stage=stage,
            category=category_name(case.category, platform.city.codes) if case and case.category else None,
            place=_rough(case) if case else None,
            opened_at=mine.created_at,
            due_at=case.due_at if case else None,
            timeline=timeline,
            photos=[f"/api/v1/reports/{token}/photos/{media_id}" for media_id in mine.media],
        )
    )


def _rough(case: Case) -> RoughPlace:
    place = case.place
    return RoughPlace(
        lon=round(place.point.lon, ROUNDED) if place.point else None,
        lat=round(place.point.lat, ROUNDED) if place.point else None,
        street=place.street,
        community=place.community,
    )


@routes.get("/reports/{token}/photos/{media_id}", operation_id="getReportPhoto")
async def get_photo(request: Request, token: Token, media_id: Id, size: Size = "full") -> FileResponse:
    """A photograph of one's own report."""
    mine = await _find(request, token)
    if media_id not in mine.media:
        raise Problem("not-found", "The report has no such photograph.")
    return await send_picture(request, media_id, size)
