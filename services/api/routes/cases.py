"""Cases: lists, one case, its facts, the events behind it, who reported it, and a case by hand."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Literal

import msgspec
from fastapi import Depends, Query, Request
from msgspec import Struct
from pydantic import Field, model_validator
from sqlalchemy import Connection

from dispatch.case import Case
from dispatch.city import Codes, Names
from dispatch.commands import legal_commands
from dispatch.event import Event
from dispatch.facts import FactData
from dispatch.forwarding import OF_PARTNER
from dispatch.ids import CaseId
from dispatch.reasons import Reason
from services.api.fields import Form, Id, Latitude, Longitude, MediaIds, Prose, Short
from services.api.identity import Reader, deed_of, permission
from services.api.naming import name_sources
from services.api.once import once
from services.api.platform import platform_of
from services.api.problems import Problem
from services.api.routes.case_filter import CaseListQuery, filter_of, scope_of
from services.api.wire import Page, Reply, encode, reply, reply_page, router
from services.engine.people import actor_of
from services.live.masking import mask_email, mask_name, mask_phone
from services.live.views import CaseRow, CaseView, Ground, case_row, case_view, grounds
from services.observe.clock import now
from services.store import case_queries, journal
from services.store.accounts import Account, find_names
from services.store.audit import note
from services.store.case_queries import PAGE_MAX, Cursor
from services.store.media import find_missing
from services.store.reporters import find_reporter

routes = router("cases")

Limit = Annotated[int, Query(ge=1, le=PAGE_MAX)]


class CasePage(Struct, frozen=True, kw_only=True):
    """A page of cases; `total` only where it was asked for."""

    items: Sequence[CaseRow]
    next: str | None
    total: int | None


class FactView(Struct, frozen=True, kw_only=True):
    """One fact of the journal, with its reasons in words. `data` depends on `kind`."""

    seq: int
    at: datetime
    kind: str
    case_id: str
    data: msgspec.Raw
    because: Sequence[Ground]
    by_name: Names | None
    """What the account in `data.by`, or the partner in `data.partner`, is called; null where there is none."""


class EventView(Struct, frozen=True, kw_only=True):
    """One event behind a case."""

    id: str
    feed: str
    source: str
    source_name: Names
    observed_at: datetime
    received_at: datetime
    phase: str
    severity: int
    confidence: float | None
    text: str
    media: Sequence[str]
    attributes: Mapping[str, str | float | int | bool | None]


class ReporterView(Struct, frozen=True, kw_only=True):
    """Who reported a case; masked unless it was asked for in clear."""

    name: str
    phone: str
    masked: bool
    email: str = ""


class NewCase(Form):
    """A case by hand: what a patrol saw, what the hotline heard."""

    channel: Literal["patrol", "hotline", "console"] = "console"
    text: Prose = ""
    category: Short = ""
    lon: Longitude | None = None
    lat: Latitude | None = None
    accuracy_m: Annotated[float, Field(ge=0, le=100_000)] | None = None
    address: Short = ""
    component: Short = ""
    media: MediaIds = ()

    @model_validator(mode="after")
    def _is_whole(self) -> "NewCase":
        if (self.lon is None) != (self.lat is None):
            raise ValueError("lon and lat belong together")
        if not (self.text.strip() or self.category or self.media):
            raise ValueError("words, a category or a picture are needed")
        return self


def write_cursor(cursor: Cursor | None) -> str | None:
    if cursor is None:
        return None
    text = f"{cursor.at.isoformat()}|{cursor.case_id}"
    return urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def read_cursor(text: str) -> Cursor | None:
    """Return the cursor that `next` gave; None for "".

    :raises Problem: `invalid` for any other text.
    """
    if not text:
        return None
    try:
        plain = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4)).decode("utf-8")
        at, _, case_id = plain.partition("|")
        opened_at = datetime.fromisoformat(at)
    except (ValueError, Base64Error):
        raise Problem("invalid", "query.after is not a cursor of this list.") from None
    if opened_at.tzinfo is None or "\x00" in case_id:
        raise Problem("invalid", "query.after is not a cursor of this list.")
    return Cursor(opened_at, case_id)


@routes.get("/cases", operation_id="listCases")
async def list_cases(request: Request, account: Reader, query: Annotated[CaseListQuery, Query()]) -> Reply[CasePage]:
    """Cases, in the order asked for. Pages stay put while new cases come in. A search for a person is in the audit."""
    platform, at = platform_of(request), now()
    wanted, scope, after = filter_of(query, account), scope_of(request, account), read_cursor(query.after)
    if wanted.words or wanted.person:
        await platform.follower.flush()
    if wanted.person:
        deed = deed_of(request, account, "reporter.searched", wanted.person)
        await platform.db.write(lambda connection: note(connection, deed))

    def write(connection: Connection) -> bytes:
        """Read and encode in the reader's thread: five hundred cases would hold the event loop up for 10 ms."""
        page, cursor = case_queries.list_cases(
            connection, wanted, scope, after=after, limit=query.limit, order=query.sort
        )
        total = case_queries.count_cases(connection, wanted, scope) if query.count == "exact" else None
        rows = [case_row(case, platform.city.codes, at) for case in page]
        return encode(CasePage(items=rows, next=write_cursor(cursor), total=total))

    return Reply(await platform.db.read(write))


def reply_case(request: Request, case: Case, account: Account, status: int = 200) -> Reply[CaseView]:
    """Answer with a case as this account sees it; its version is the ETag."""
    platform = platform_of(request)
    allowed = legal_commands(case, actor_of(account, platform.city), platform.city.flow)
    view = case_view(case, platform.city.codes, now(), allowed)
    return reply(view, status, {"ETag": f'"{case.version}"'})


async def get_seen_case(request: Request, case_id: str, account: Account) -> Case:
    """Return the case if this account may see it.

    :raises Problem: `not-found`; what one may not see is not said to exist.
    """
    scope = scope_of(request, account)

    def look_up(connection: Connection) -> Case | None:
        if not case_queries.may_see_case(connection, case_id, scope):
            return None
        return journal.find_case(connection, CaseId(case_id))

    case = await platform_of(request).db.read(look_up)
    if case is None:
        raise Problem("not-found", "No case has that id.")
    return case


@routes.get("/cases/{case_id}", operation_id="getCase")
async def get_case(request: Request, case_id: Id, account: Reader) -> Reply[CaseView]:
    """One case, with what the reader may do now and with the reasons of what was done by itself."""
    return reply_case(request, await get_seen_case(request, case_id, account), account)


@routes.get("/cases/{case_id}/journal", operation_id="getCaseJournal")
async def get_journal(
    request: Request,
    case_id: Id,
    account: Reader,
    after: Annotated[int, Query(ge=0, lt=2**62)] = 0,
    limit: Limit = PAGE_MAX,
) -> Reply[Page[FactView]]:
    """The facts of a case, in order; `after` is a seq."""
    await get_seen_case(request, case_id, account)
    codes = platform_of(request).city.codes

    def read(connection: Connection) -> list[FactView]:
        entries = journal.list_of_case(connection, CaseId(case_id), after, limit)
        facts = [(entry, journal.read_fact(entry)) for entry in entries]
        people = find_names(connection, (getattr(fact, "by", "") for _, fact in facts))
        return [_fact_view(entry, fact, people, codes) for entry, fact in facts]

    views = await platform_of(request).db.read(read)
    return reply_page(views, str(views[-1].seq) if len(views) == limit else None)


def _fact_view(entry: journal.Entry, fact: FactData, people: Mapping[str, Names], codes: Codes) -> FactView:
    because: Sequence[Reason] = getattr(fact, "because", ())
    return FactView(
        seq=entry.seq,
        at=entry.at,
        kind=entry.kind,
        case_id=entry.case_id,
        data=msgspec.Raw(entry.data),
        because=grounds(because, codes),
        by_name=people.get(getattr(fact, "by", "")) or _partner_name(fact, codes),
    )


def _partner_name(fact: FactData, codes: Codes) -> Names | None:
    """Return what the partner is called whom a fact is about, None for any other fact."""
    name = getattr(fact, "partner", "") or getattr(fact, "by", "").removeprefix(OF_PARTNER)
    partner = codes.partners.get(name)
    return Names(partner.name_zh, partner.name_en) if partner else None


@routes.get("/cases/{case_id}/events", operation_id="getCaseEvents")
async def get_events(
    request: Request,
    case_id: Id,
    account: Reader,
    after: Annotated[Short, Query()] = "",
    limit: Limit = PAGE_MAX,
) -> Reply[Page[EventView]]:
    """The events behind a case, as they were received; `after` is an event's id."""
    await get_seen_case(request, case_id, account)
    senders = platform_of(request).desk.state.senders

    def read(connection: Connection) -> list[EventView]:
        found = case_queries.list_events(connection, case_id, after=after, limit=limit)
        names = name_sources(connection, (event.source_id for event in found), senders)
        return [_event_view(event, names[event.source_id]) for event in found]

    views = await platform_of(request).db.read(read)
    return reply_page(views, views[-1].id if len(views) == limit else None)


def _event_view(event: Event, source_name: Names) -> EventView:
    return EventView(
        id=event.id,
        feed=event.feed,
        source=event.source_id,
        source_name=source_name,
        observed_at=event.observed_at,
        received_at=event.received_at,
        phase=event.phase.value,
        severity=event.severity,
        confidence=event.confidence,
        text=event.text,
        media=event.media,
        attributes=event.attributes,
    )


@routes.get("/cases/{case_id}/reporter", operation_id="getCaseReporter")
async def get_reporter(
    request: Request,
    case_id: Id,
    account: Annotated[Account, Depends(permission("reporters.read"))],
    clear: bool = False,
) -> Reply[ReporterView]:
    """Who reported it. Name, telephone and e-mail are masked; `clear=true` shows them, and the audit says to whom."""
    case = await get_seen_case(request, case_id, account)
    reporter = await platform_of(request).db.read(lambda connection: find_reporter(connection, case.reporter))
    if reporter is None:
        raise Problem("not-found", "Nobody left a name for this case.")
    if not clear:
        return reply(
            ReporterView(
                name=mask_name(reporter.name),
                phone=mask_phone(reporter.phone),
                email=mask_email(reporter.email),
                masked=True,
            )
        )
    deed = deed_of(request, account, "reporter.shown", case.id)
    await platform_of(request).db.write(lambda connection: note(connection, deed))
    return reply(ReporterView(name=reporter.name, phone=reporter.phone, email=reporter.email, masked=False))


@routes.post("/cases", operation_id="openCase", status_code=201)
async def open_case(
    request: Request, new: NewCase, account: Annotated[Account, Depends(permission("case.open"))]
) -> Reply[CaseView]:
    """Open a case by hand. Honours Idempotency-Key. What is known already is attached to its case."""
    await check_media(request, new.media)

    async def run() -> Reply[CaseView]:
        platform = platform_of(request)
        case = await platform.desk.open_case(actor_of(account, platform.city), new.model_dump())
        return reply_case(request, case, account, 201)

    return await once(request, account.username, await request.body(), run)


async def check_media(request: Request, media: tuple[str, ...]) -> None:
    """:raises Problem: `invalid` if one of the ids names no picture."""
    missing = await platform_of(request).db.read(lambda connection: find_missing(connection, media))
    if missing:
        raise Problem("invalid", f"body.media: no picture has the id {missing[0]}.")
