"""What who reported does afterwards, by his private link, and the messages as the office sees them.

Each act is answered once it is durable. Under an Idempotency-Key it is done once: its words have a name that is made of
the key, so that it is known even where the answer was lost in a crash.
"""

from datetime import datetime, timedelta
from hashlib import sha256
from typing import Annotated

from fastapi import Depends, Request
from msgspec import Struct
from pydantic import AfterValidator, Field

from dispatch.ids import CaseId
from dispatch.refusals import ReportNotRead
from services.api.fields import Form, Id, Prose, refuse_nul
from services.api.follow_view import FollowView, follow_view, look_up
from services.api.identity import permission
from services.api.once import once
from services.api.platform import Platform, platform_of
from services.api.problems import Problem
from services.api.routes.cases import get_seen_case
from services.api.routes.reports import Token, get_report, situation_of
from services.api.wire import Page, Reply, reply, reply_page, router
from services.engine.orders import new_id
from services.engine.reporting import Act, Taken, act, take_back
from services.observe.clock import now
from services.store import report_words
from services.store.accounts import Account, hash_secret
from services.store.case_queries import find_event
from services.store.reporters import CitizenReport

routes = router("reports")

WORDS_MAX = 2_000
MESSAGES_PER_DAY = 20
"""Messages, ratings with a comment and reasons of one report in a day: a conversation needs fewer."""

Words = Annotated[
    str, Field(min_length=1, max_length=WORDS_MAX, pattern=r"\S"), AfterValidator(refuse_nul), AfterValidator(str.strip)
]


class Message(Form):
    text: Words


class RatingForm(Form):
    """1 to 5 stars, and what there is to say of it."""

    stars: Annotated[int, Field(ge=1, le=5)]
    comment: Annotated[Prose, Field(max_length=WORDS_MAX)] = ""


class Reason(Form):
    reason: Words


@routes.post("/reports/{token}/messages", operation_id="writeToOffice", status_code=201)
async def write(request: Request, token: Token, form: Message) -> Reply[FollowView]:
    """Write to the office. Honours Idempotency-Key."""
    return await _act(request, token, "write", kind="message", text=form.text, status=201)


@routes.post("/reports/{token}/rating", operation_id="rateReport")
async def rate(request: Request, token: Token, form: RatingForm) -> Reply[FollowView]:
    """Say how it was done, once it is closed; a later rating takes the place of an earlier one."""
    return await _act(request, token, "rate", kind="rating", text=form.comment.strip(), data={"stars": form.stars})


@routes.post("/reports/{token}/reopen", operation_id="reopenReport")
async def reopen(request: Request, token: Token, form: Reason) -> Reply[FollowView]:
    """Have it taken up again, within the city's days and as often as it allows. Honours Idempotency-Key."""
    return await _act(request, token, "reopen", kind="reopen", text=form.reason)


@routes.post("/reports/{token}/withdraw", operation_id="withdrawReport")
async def withdraw(request: Request, token: Token) -> Reply[FollowView]:
    """Take the report back, before somebody is sent. Done twice it is done once."""
    mine = await get_report(request, token)
    if mine.withdrawn_at is not None:
        return await _reply_view(request, token)
    return await _act(request, token, "withdraw", data={"reporter": mine.reporter_id})


@routes.post("/reports/{token}/redact", operation_id="redactReport")
async def redact(request: Request, token: Token) -> Reply[FollowView]:
    """Take one's words and photographs back: they are deleted, for the staff too. Done twice it is done once."""
    mine = await get_report(request, token)
    platform = platform_of(request)
    if mine.redacted_at is None:
        event = await platform.db.read(lambda connection: find_event(connection, f"{mine.message_id}/0"))
        taken = Taken(
            report=mine.number,
            message_id=mine.message_id,
            words=event.text if event else "",
            address=event.place_text if event else "",
            media=mine.media,
        )
        await take_back(platform.desk, _case_of(mine), taken)
    return await _reply_view(request, token)


async def _act(
    request: Request,
    token: str,
    name: str,
    *,
    kind: str = "",
    text: str = "",
    data: dict[str, object] | None = None,
    status: int = 200,
) -> Reply[FollowView]:
    async def run() -> Reply[FollowView]:
        mine = await get_report(request, token)
        platform, message_id = platform_of(request), _message_id(request, mine) if text else ""
        if message_id:
            if await platform.db.read(lambda connection: report_words.has_message(connection, message_id)):
                return await _reply_view(request, token, status)
            await _check_often(platform, mine)
        wanted = Act(name=name, report=mine.number, data=data or {}, message_id=message_id, kind=kind, text=text)
        await act(platform.desk, _case_of(mine), wanted)
        return await _reply_view(request, token, status)

    return await once(request, f"report:{hash_secret(token)}", await request.body(), run)


def _message_id(request: Request, mine: CitizenReport) -> str:
    key = request.headers.get("idempotency-key")
    return sha256(f"{mine.number}\0{request.url.path}\0{key}".encode()).hexdigest()[:32] if key else new_id(now())


async def _check_often(platform: Platform, mine: CitizenReport) -> None:
    since = now() - timedelta(days=1)
    if await platform.db.read(lambda c: report_words.count_since(c, mine.number, since)) >= MESSAGES_PER_DAY:
        raise Problem("too-many-requests", f"{MESSAGES_PER_DAY} messages a day.", headers={"Retry-After": "3600"})


def _case_of(mine: CitizenReport) -> CaseId:
    """:raises ReportNotRead: if the desk has not read the report yet."""
    if not mine.case_id:
        raise ReportNotRead()
    return CaseId(mine.case_id)


async def _reply_view(request: Request, token: str, status: int = 200) -> Reply[FollowView]:
    platform, mine = platform_of(request), await get_report(request, token)
    found = await platform.db.read(lambda connection: look_up(connection, mine))
    return reply(follow_view(mine, found, situation_of(platform), token, now()), status)


# --- the office's side ---------------------------------------------------------------------------------------


class CaseMessage(Struct, frozen=True, kw_only=True):
    """One message of a case, as the office sees it. `author` is a username, "" for the reporter; `report` is the number
    of the report, "" for an answer to all.
    """

    id: str
    at: datetime
    kind: str
    author: str
    report: str
    text: str


@routes.get("/cases/{case_id}/messages", operation_id="listCaseMessages")
async def list_messages(
    request: Request, case_id: Id, account: Annotated[Account, Depends(permission("reporters.read"))]
) -> Reply[Page[CaseMessage]]:
    """What those who reported a case and the office have written to each other, the oldest first."""
    await get_seen_case(request, case_id, account)
    found = await platform_of(request).db.read(lambda connection: report_words.list_of_case(connection, case_id))
    return reply_page([_case_message(each) for each in found])


def _case_message(each: report_words.ReportMessage) -> CaseMessage:
    return CaseMessage(id=each.id, at=each.at, kind=each.kind, author=each.author, report=each.number, text=each.text)
