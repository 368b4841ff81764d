"""What the console asks beside the cases themselves: counts, what is like a case, colleagues, who named me."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import Query, Request, Response
from msgspec import Struct
from pydantic import Field
from sqlalchemy import Connection

from dispatch.access import Actor, Role, may_see_fact
from dispatch.case import Case
from dispatch.city import Names
from gis.point import distance_m
from services.api.fields import Form, Id
from services.api.identity import Reader
from services.api.platform import platform_of
from services.api.routes.case_filter import CaseQuery, filter_of, scope_of
from services.api.routes.cases import get_seen_case
from services.api.wire import Page, Reply, reply, reply_page, router
from services.engine.book import Book
from services.engine.people import actor_of
from services.live.views import CaseRow, case_row
from services.observe.clock import now
from services.store import case_queries, search
from services.store.accounts import list_accounts
from services.store.case_queries import StageCount

routes = router("desk")

LOOK_BACK = timedelta(days=30)
"""What was in the same street longer ago tells nothing of today."""
BESIDE_M = 60.0
"""Within so many metres any other case is told of: it may be the same happening under another name."""
SIMILAR_MAX = 20
MENTIONS_MAX = 50


class QueueCounts(Struct, frozen=True, kw_only=True):
    """The open cases of a filter, by stage: what the queues of a console are counted from."""

    stages: Sequence[StageCount]


class SimilarCase(Struct, frozen=True, kw_only=True):
    """A case that may be the same happening. `distance_m` is null where one of the two has no place."""

    case: CaseRow
    distance_m: float | None
    same_category: bool
    same_street: bool


class Colleague(Struct, frozen=True, kw_only=True):
    """One who can be named in a note."""

    username: str
    name: Names
    role: str
    department: str


class MentionView(Struct, frozen=True, kw_only=True):
    """Where I was named. `seq` is the note's in the journal of the case."""

    seq: int
    case_id: str
    at: datetime
    seen: bool


class SeenUntil(Form):
    """The last mention that has been seen."""

    seq: Annotated[int, Field(ge=0, lt=2**62)]


@routes.get("/queues", operation_id="countQueues")
async def count_queues(request: Request, account: Reader, query: Annotated[CaseQuery, Query()]) -> Reply[QueueCounts]:
    """How many open cases the filter has in each stage, and how many of them are over their limit."""
    wanted, scope = filter_of(query, account), scope_of(request, account)
    stages = await platform_of(request).db.read(lambda c: case_queries.count_stages(c, wanted, scope))
    return reply(QueueCounts(stages=stages))


@routes.get("/cases/{case_id}/similar", operation_id="listSimilarCases")
async def list_similar(
    request: Request, case_id: Id, account: Reader, within_m: Annotated[float, Query(gt=0, le=2_000)] = 300.0
) -> Reply[Page[SimilarCase]]:
    """Cases of the same category near by or in the same street, open or lately closed; and any just beside it."""
    platform = platform_of(request)
    of = await get_seen_case(request, case_id, account)
    scope, at, actor = scope_of(request, account), now(), actor_of(account, platform.city)
    street = await platform.db.read(lambda c: case_queries.list_same_street(c, of, scope, at - LOOK_BACK))
    near = _near(platform.desk.state.book, of, within_m, platform.city.codes.categories)
    seen = {case.id: case for case in (*near, *street) if case.id != of.id and _may_see(actor, case)}
    found = sorted((_similarity(of, case) for case in seen.values()), key=_how_like)[:SIMILAR_MAX]
    codes = platform.city.codes
    rows = [
        SimilarCase(case=case_row(case, codes, at), distance_m=away, same_category=category, same_street=in_street)
        for case, away, category, in_street in found
    ]
    return reply_page(rows)


_Likeness = tuple[Case, float | None, bool, bool]


def _near(book: Book, of: Case, within_m: float, categories: Iterable[str]) -> Iterable[Case]:
    """Yield open cases of the same category within reach, and any others that are just beside it."""
    point = of.place.point
    if point is None:
        return
    for category in categories:
        reach = within_m if category == of.category else BESIDE_M
        for case in book.near(category, point, reach):  # type: ignore[arg-type]
            if case.place.point is not None and distance_m(point, case.place.point) <= reach:
                yield case


def _may_see(actor: Actor, case: Case) -> bool:
    return may_see_fact(actor, case.place.area, case.department, (case.worker,))


def _similarity(of: Case, other: Case) -> _Likeness:
    here, there = of.place.point, other.place.point
    away = distance_m(here, there) if here and there else None
    in_street = bool(of.place.street) and of.place.street == other.place.street
    return other, away, bool(of.category) and of.category == other.category, in_street


def _how_like(likeness: _Likeness) -> tuple[bool, bool, float]:
    case, away, same_category, _ = likeness
    return not same_category, not case.is_open, away if away is not None else float("inf")


@routes.get("/colleagues", operation_id="listColleagues")
async def list_colleagues(request: Request, _account: Reader) -> Reply[Page[Colleague]]:
    """Who can be named in a note: the accounts of people that are not closed, by name."""
    found = await platform_of(request).db.read(list_accounts)
    rows = [
        Colleague(
            username=each.username,
            name=Names(each.name_zh or each.username, each.name_en or each.username),
            role=each.role,
            department=each.department,
        )
        for each in found
        if not each.disabled and each.role != Role.INTEGRATION
    ]
    return reply_page(rows)


@routes.get("/me/mentions", operation_id="listMentions")
async def list_mentions(request: Request, account: Reader) -> Reply[Page[MentionView]]:
    """Where I was named in a note, the latest first."""
    platform = platform_of(request)
    await platform.follower.flush()
    found = await platform.db.read(lambda c: search.list_mentions(c, account.username, MENTIONS_MAX))
    return reply_page(
        [MentionView(seq=each.seq, case_id=each.case_id, at=each.at, seen=each.seen_at is not None) for each in found]
    )


@routes.post("/me/mentions/seen", operation_id="seeMentions", status_code=204)
async def see_mentions(request: Request, body: SeenUntil, account: Reader) -> Response:
    """I have seen all mentions up to that one."""

    def write(connection: Connection) -> None:
        search.see_mentions(connection, account.username, body.seq, now())

    await platform_of(request).db.write(write)
    return Response(status_code=204)
