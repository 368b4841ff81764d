"""Sources: who sends, and whether each is still heard."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Path, Query, Request, Response
from msgspec import Struct
from pydantic import Field
from sqlalchemy import Connection

from dispatch.city import Source
from dispatch.ids import SourceId
from gis.point import LonLat
from services.api.boxes import box_of
from services.api.fields import CommaList, Form, Moment, parts_of
from services.api.identity import deed_of, needs, permission
from services.api.platform import Platform, platform_of
from services.api.problems import Problem
from services.api.source_views import SourceHealthView, SourceView, Watcher
from services.api.wire import Page, Reply, encode, reply, reply_page, router
from services.observe.clock import now
from services.store.accounts import Account, hash_secret
from services.store.audit import note
from services.store.sources import add_key, list_keys, remove_key

routes = router("sources")

PAGE_MAX = 5_000
"""A city's sources come in one page for the map; a larger one asks by box or kind."""
SourceIdPath = Annotated[str, Path(min_length=1, max_length=80)]


class KeyView(Struct, frozen=True, kw_only=True):
    """A key that was given out; `hint` are its last characters ("" for one of before they were kept)."""

    id: str
    hint: str
    created_at: datetime
    created_by: str


class NewKey(Struct, frozen=True, kw_only=True):
    """A key, shown once."""

    key: str


def _is_in(point: LonLat | None, box: tuple[float, float, float, float]) -> bool:
    west, south, east, north = box
    return point is not None and west <= point.lon <= east and south <= point.lat <= north


class SourceQuery(Form):
    """Which sources. Comma lists mean "any of these"; all that are given must hold."""

    kind: CommaList = ""
    feed: CommaList = ""
    state: CommaList = Field("", description="live, silent, lost, never")
    health: CommaList = Field("", description="Conditions; a source of which any holds")
    area: CommaList = Field("", description="Codes of streets or communities")
    gateway: CommaList = Field("", description="Ids of gateways: they and the sources behind them")
    bbox: Annotated[str, Field(max_length=120)] = Field("", description="west,south,east,north in degrees")
    since: Moment | None = Field(None, description="Only those that may read otherwise than then")
    after: Annotated[str, Field(max_length=80)] = ""
    limit: Annotated[int, Field(ge=1, le=PAGE_MAX)] = PAGE_MAX


@routes.get("/sources", operation_id="listSources", dependencies=needs("sources.read"))
async def list_sources(request: Request, query: Annotated[SourceQuery, Query()]) -> Reply[Page[SourceView]]:
    """Cameras, sensors, gateways and desks, by id, with when each was last heard and how it fares."""
    watcher = _watcher(platform_of(request))
    asked, shown = _about(query), _showing(query)

    def write() -> bytes:
        found = [
            view
            for source in watcher.sources
            if source.id > query.after
            and asked(source)
            and (query.since is None or watcher.has_news(source, query.since))
            for view in (watcher.view(source),)
            if shown(view)
        ]
        page = found[: query.limit]
        return encode(Page(items=page, next=page[-1].id if len(found) > query.limit else None))

    return Reply(await asyncio.to_thread(write))


def _watcher(platform: Platform) -> Watcher:
    return Watcher(platform.desk.state, now(), platform.lines)


def _about(query: SourceQuery) -> Callable[[Source], bool]:
    """Return whether a source is asked for by what the pack says of it."""
    box, kinds, feeds, gateways = box_of(query.bbox), *map(parts_of, (query.kind, query.feed, query.gateway))
    return lambda source: (
        (not kinds or source.kind in kinds)
        and (not feeds or source.feed in feeds)
        and (not gateways or source.gateway in gateways or source.id in gateways)
        and (box is None or _is_in(source.point, box))
    )


def _showing(query: SourceQuery) -> Callable[[SourceView], bool]:
    """Return whether a source is asked for by how it fares and where it stands."""
    states, conditions, areas = map(parts_of, (query.state, query.health, query.area))
    return lambda view: (
        (not states or view.state in states)
        and (not conditions or any(each.condition in conditions for each in view.conditions))
        and (not areas or view.street in areas or view.community in areas)
    )


@routes.get("/sources/health", operation_id="countSourceHealth", dependencies=needs("sources.read"))
async def count_health(request: Request) -> Reply[SourceHealthView]:
    """How many sources are how: the worst that can be said of each."""
    watcher = _watcher(platform_of(request))
    return Reply(await asyncio.to_thread(lambda: encode(watcher.count())))


@routes.get("/sources/{source_id:path}/keys", operation_id="listSourceKeys", dependencies=needs("sources.manage"))
async def get_keys(request: Request, source_id: SourceIdPath) -> Reply[Page[KeyView]]:
    """The keys of a source that are valid, without the keys themselves."""
    found = await platform_of(request).db.read(lambda connection: list_keys(connection, SourceId(source_id)))
    return reply_page(
        [KeyView(id=key.key_hash, hint=key.hint, created_at=key.created_at, created_by=key.created_by) for key in found]
    )


@routes.delete("/sources/{source_id:path}/keys/{key_id}", operation_id="withdrawSourceKey", status_code=204)
async def withdraw_key(
    request: Request,
    source_id: SourceIdPath,
    key_id: Annotated[str, Path(pattern="^[0-9a-f]{64}$")],
    account: Annotated[Account, Depends(permission("sources.manage"))],
) -> Response:
    """Withdraw a key: what is sent with it from now on is refused."""
    platform = platform_of(request)
    deed = deed_of(request, account, "source.key-withdrawn", source_id)

    def write(connection: Connection) -> bool:
        if not remove_key(connection, SourceId(source_id), key_id):
            return False
        note(connection, deed)
        return True

    if not await platform.db.write(write):
        raise Problem("not-found", "The source has no such key.")
    platform.desk.state.senders.remove_key(key_id)
    return Response(status_code=204)


@routes.post(
    "/sources/{source_id:path}/key",
    operation_id="makeSourceKey",
    status_code=201,
)
async def make_key(
    request: Request,
    source_id: SourceIdPath,
    account: Annotated[Account, Depends(permission("sources.manage"))],
) -> Reply[NewKey]:
    """Make a key for a source. It is shown this once; earlier keys stay valid until they are withdrawn."""
    platform = platform_of(request)
    senders = platform.desk.state.senders
    if senders.find(SourceId(source_id)) is None:
        raise Problem("not-found", "No source has that id.")
    at = now()
    deed = deed_of(request, account, "source.key-made", source_id)

    def write(connection: Connection) -> str:
        note(connection, deed)
        return add_key(connection, SourceId(source_id), at, account.username)

    key = await platform.db.write(write)
    senders.add_key(hash_secret(key), SourceId(source_id))
    return reply(NewKey(key=key), 201)
