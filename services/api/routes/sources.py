"""Sources: who sends, and whether each is still heard."""

import asyncio
from collections.abc import Mapping, Sequence, Set
from datetime import datetime, timedelta
from typing import Annotated, Literal

from fastapi import Depends, Path, Query, Request, Response
from msgspec import Struct
from sqlalchemy import Connection

from dispatch.city import Names, Source
from dispatch.ids import SourceId
from gis.point import LonLat
from services.api.fields import CommaList, parts_of
from services.api.identity import deed_of, needs, permission
from services.api.platform import platform_of
from services.api.problems import Problem
from services.api.routes.case_filter import box_of
from services.api.wire import Page, Reply, encode, reply, reply_page, router
from services.engine.pulled import LineState
from services.observe.clock import now
from services.store.accounts import Account, hash_secret
from services.store.audit import note
from services.store.sources import add_key, list_keys, remove_key

routes = router("sources")

PAGE_MAX = 5_000
"""A city's sources come in one page for the map; a larger one asks by box or kind."""
SILENT_AFTER = timedelta(minutes=10)
"""When a source that may be silent for as long as it likes is shown as silent."""

SourceIdPath = Annotated[str, Path(min_length=1, max_length=80)]

SourceState = Literal["live", "silent", "lost", "never"]


class SourceView(Struct, frozen=True, kw_only=True):
    """One sender. `state`: live, silent (no word lately), lost (silent longer than it may be), never heard."""

    id: str
    feed: str
    kind: str
    name: Names
    external_id: str
    gateway: str
    point: LonLat | None
    state: SourceState
    last_heard_at: datetime | None
    heading_deg: float | None
    view_deg: float | None
    range_m: float | None
    kinds: Sequence[str]
    line: LineState | None
    """How the line stands to a device that Wardline pulls; null for one that sends by itself."""


class KeyView(Struct, frozen=True, kw_only=True):
    """A key that was given out; `hint` are its last characters ("" for one of before they were kept)."""

    id: str
    hint: str
    created_at: datetime
    created_by: str


class NewKey(Struct, frozen=True, kw_only=True):
    """A key, shown once."""

    key: str


def _state(source: Source, heard_at: datetime | None, *, lost: bool, at: datetime) -> SourceState:
    if lost:
        return "lost"
    if heard_at is None:
        return "never"
    limit = timedelta(seconds=source.silent_after_s) if source.silent_after_s else SILENT_AFTER
    return "live" if at - heard_at <= limit else "silent"


Heard = Mapping[SourceId, datetime]
Lines = Mapping[SourceId, LineState]


def _view(source: Source, heard: Heard, lost: Set[SourceId], lines: Lines, at: datetime) -> SourceView:
    return SourceView(
        id=source.id,
        feed=source.feed,
        kind=source.kind,
        name=Names(source.name_zh, source.name_en),
        external_id=source.external_id,
        gateway=source.gateway,
        point=source.point,
        state=_state(source, heard.get(source.id), lost=source.id in lost, at=at),
        last_heard_at=heard.get(source.id),
        heading_deg=source.heading_deg,
        view_deg=source.view_deg,
        range_m=source.range_m,
        kinds=source.kinds,
        line=lines.get(source.id),
    )


def _is_in(point: LonLat | None, box: tuple[float, float, float, float]) -> bool:
    west, south, east, north = box
    return point is not None and west <= point.lon <= east and south <= point.lat <= north


@routes.get("/sources", operation_id="listSources", dependencies=needs("sources.read"))
async def list_sources(
    request: Request,
    kind: Annotated[CommaList, Query()] = "",
    feed: Annotated[CommaList, Query()] = "",
    state: Annotated[CommaList, Query(description="live, silent, lost, never")] = "",
    bbox: Annotated[str, Query(max_length=120, description="west,south,east,north in degrees")] = "",
    after: Annotated[str, Query(max_length=80)] = "",
    limit: Annotated[int, Query(ge=1, le=PAGE_MAX)] = PAGE_MAX,
) -> Reply[Page[SourceView]]:
    """Cameras, sensors, gateways and desks, by id, with when each was last heard."""
    box, kinds, feeds, states = box_of(bbox), parts_of(kind), parts_of(feed), parts_of(state)
    senders = platform_of(request).desk.state.senders
    # Copies: the engine goes on hearing sources while a thread writes the answer.
    known, heard, lost, at = list(senders), dict(senders.last_heard), set(senders.lost), now()
    lines = dict(platform_of(request).lines)

    def write() -> bytes:
        found = [
            view
            for source in sorted(known, key=lambda source: source.id)
            if source.id > after
            and (not kinds or source.kind in kinds)
            and (not feeds or source.feed in feeds)
            and (box is None or _is_in(source.point, box))
            for view in (_view(source, heard, lost, lines, at),)
            if not states or view.state in states
        ]
        page = found[:limit]
        return encode(Page(items=page, next=page[-1].id if len(found) > limit else None))

    return Reply(await asyncio.to_thread(write))


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
