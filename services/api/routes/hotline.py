"""Who calls the hotline, what he speaks of and where, and the report that is taken down."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Query, Request
from msgspec import Struct

from dispatch.access import Actor, may_see_fact
from dispatch.case import Case
from dispatch.city import Names
from dispatch.citymap import City
from dispatch.ids import CategoryCode
from gis.components import Component
from gis.gazetteer import Match
from gis.point import LonLat, distance_m
from services.api.fields import Latitude, Longitude, Short
from services.api.hotline import HotlineReport, take_down
from services.api.identity import deed_of, needs, permission
from services.api.once import once
from services.api.platform import platform_of
from services.api.problems import Problem
from services.api.routes.desk import SimilarCase
from services.api.wire import Page, Reply, reply, reply_page, router
from services.engine.book import Book
from services.engine.people import actor_of
from services.live.calls import sees_number
from services.live.masking import mask_phone
from services.live.phones import LENGTH_MAX, read_phone
from services.live.views import CaseRow, case_row
from services.observe.clock import now
from services.store import callbacks
from services.store.accounts import Account
from services.store.audit import note

routes = router("hotline")

NEAR_M = 150.0
"""An open case of the same kind within so many metres may be the same happening."""
BESIDE_M = 40.0
"""And one of any kind within so many."""
NEAR_MAX = 5
"""Cases that are offered: an operator reads no more while somebody waits on the line."""
PLACES_MAX = 8
COMPONENT_M = 5.0
"""How far a registered part may be from where the books have it."""
PART_SHORTEST = 2
"""Characters from which on parts are looked for by name."""

Operator = Annotated[Account, Depends(permission("hotline.use"))]


# --- who calls -------------------------------------------------------------------------------------------------------


class EarlierView(Struct, frozen=True, kw_only=True):
    """An earlier report; `case` is null while it is not read, or is none of the reader's business."""

    number: str
    at: datetime
    case: CaseRow | None


class CallerView(Struct, frozen=True, kw_only=True):
    """Who calls: his number as it is kept and as it is read out, the name that he gave last, what he has reported."""

    number: str
    shown: str
    is_valid: bool
    name: str
    reports: Sequence[EarlierView]


@routes.get("/hotline/callers", operation_id="findCaller")
async def find_caller(
    request: Request,
    account: Annotated[Account, Depends(permission("hotline.use"))],
    number: Annotated[str, Query(min_length=1, max_length=LENGTH_MAX)],
) -> Reply[CallerView]:
    """What somebody has reported from a number before. It is a look at personal data, and stands in the audit."""
    platform, at = platform_of(request), now()
    if not sees_number(account):
        raise Problem("not-allowed", "Who calls is not shown to this role.", permission="reporters.read")
    phone = read_phone(number.replace("\x00", ""), platform.city.hotline)
    if phone is None:
        raise Problem("invalid", "query.number: a telephone number is meant.")
    deed = deed_of(request, account, "caller.looked-up", mask_phone(phone.kept))
    await platform.db.write(lambda connection: note(connection, deed))
    found = await platform.db.read(lambda connection: callbacks.list_earlier(connection, phone.written))
    actor, codes = actor_of(account, platform.city), platform.city.codes
    return reply(
        CallerView(
            number=phone.kept,
            shown=phone.shown,
            is_valid=bool(phone.e164),
            name=next((each.name for each in found if each.name), ""),
            reports=[
                EarlierView(
                    number=each.number,
                    at=each.at,
                    case=case_row(each.case, codes, at) if each.case and _may_see(actor, each.case) else None,
                )
                for each in found
            ],
        )
    )


def _may_see(actor: Actor, case: Case) -> bool:
    return may_see_fact(actor, case.place.area, case.department, (case.worker,))


# --- what and where --------------------------------------------------------------------------------------------------


class PlaceHit(Struct, frozen=True, kw_only=True):
    """A place that some words may mean. `component` is its id where it is a registered part."""

    name: Names
    kind: str
    point: LonLat
    accuracy_m: float
    component: str
    street: str


@routes.get("/hotline/places", operation_id="findCallersPlace", dependencies=needs("hotline.use"))
async def find_places(request: Request, q: Annotated[Short, Query(min_length=1)]) -> Reply[Page[PlaceHit]]:
    """Places by a part of their name, by the number of a registered part, or as a sentence speaks of them."""
    city = platform_of(request).city
    return reply_page(await asyncio.to_thread(_places, city, q.strip()))


def _places(city: City, words: str) -> list[PlaceHit]:
    named = city.gazetteer.search(words, PLACES_MAX)
    english = {entry.name_zh: entry.name_en for entry in city.gazetteer.entries}
    found = [_hit(city, match, english) for match in named or city.gazetteer.find(words)]
    if len(words) >= PART_SHORTEST:
        found += [_part(city, each) for _, each in zip(range(PLACES_MAX), _parts(city, words), strict=False)]
    return found[:PLACES_MAX]


def _hit(city: City, match: Match, english: Mapping[str, str]) -> PlaceHit:
    return PlaceHit(
        name=Names(match.name, english.get(match.name) or match.name),
        kind=match.kind,
        point=match.point,
        accuracy_m=round(match.accuracy_m, 1),
        component="",
        street=city.locate(match.point).street,
    )


def _parts(city: City, words: str) -> Iterator[Component]:
    exact = city.components.find(words)
    if exact is not None:
        yield exact
        return
    yield from (each for each in city.components.by_id.values() if words in each.name_zh or each.id.endswith(words))


def _part(city: City, part: Component) -> PlaceHit:
    return PlaceHit(
        name=Names(part.name_zh, part.name_zh),
        kind="component",
        point=part.point,
        accuracy_m=COMPONENT_M,
        component=part.id,
        street=city.locate(part.point).street,
    )


@routes.get("/hotline/near", operation_id="listNearCases")
async def list_near(
    request: Request,
    account: Operator,
    lon: Annotated[Longitude, Query()],
    lat: Annotated[Latitude, Query()],
    category: Annotated[Short, Query()] = "",
) -> Reply[Page[SimilarCase]]:
    """Open cases that may be what the caller speaks of: of the same kind near by, of any kind just beside it."""
    platform, at, point = platform_of(request), now(), LonLat(lon, lat)
    codes, actor = platform.city.codes, actor_of(account, platform.city)
    found = [
        SimilarCase(
            case=case_row(case, codes, at),
            distance_m=round(away_m, 1),
            same_category=case.category == category,
            same_street=False,
        )
        for away_m, case in _near(platform.desk.state.book, CategoryCode(category), point, codes.categories)
        if _may_see(actor, case)
    ]
    return reply_page(found[:NEAR_MAX])


def _near(
    book: Book, category: CategoryCode, point: LonLat, categories: Mapping[CategoryCode, object]
) -> list[tuple[float, Case]]:
    found: dict[str, tuple[float, Case]] = {}
    for code in categories:
        reach_m = NEAR_M if code == category else BESIDE_M
        for case in book.near(code, point, reach_m):
            away_m = distance_m(point, case.place.point) if case.place.point else reach_m
            if away_m <= reach_m:
                found[case.id] = away_m, case
    return sorted(found.values(), key=lambda pair: (pair[1].category != category, pair[0], pair[1].id))


# --- filing it -------------------------------------------------------------------------------------------------------


class TakenDown(Struct, frozen=True, kw_only=True):
    """What the caller is told: his number. `case` is null where the desk has not read it yet.

    `attached`: it was known, and is told of in that case. `refused` says why a case was not filed as was wished.
    """

    number: str
    case: CaseRow | None
    attached: bool
    refused: Names | None


@routes.post("/hotline/reports", operation_id="takeDownReport", status_code=201)
async def file_report(
    request: Request, form: HotlineReport, account: Annotated[Account, Depends(permission("hotline.use"))]
) -> Reply[TakenDown]:
    """File what a caller has said: durable when answered, and once, however often it is sent under its key."""

    async def run() -> Reply[TakenDown]:
        platform = platform_of(request)
        outcome = await take_down(request, form, account)
        row = case_row(outcome.case, platform.city.codes, now()) if outcome.case else None
        return reply(
            TakenDown(number=outcome.number, case=row, attached=outcome.is_attached, refused=outcome.refused), 201
        )

    return await once(request, account.username, await request.body(), run)
