"""The public's view: open and recently closed cases on a map and in a list. No login, and nothing of persons."""

from typing import Annotated

from fastapi import Path, Query, Request

from services.api.platform import tools_of
from services.api.public.asked import PublicListQuery, PublicQuery, check_rate
from services.api.public.reading import find_view, read_list, read_map
from services.api.public.views import PublicMap, PublicRow, PublicView
from services.api.wire import Page, Reply, encode, router
from services.observe.clock import now

routes = router("public")

FRESH = {"Cache-Control": "public, max-age=10", "Access-Control-Allow-Origin": "*"}
"""Kept as long as we keep it ourselves (`services/api/kept.py`); pages of any origin may read it."""

Number = Annotated[str, Path(min_length=1, max_length=24, pattern="^[A-Za-z0-9-]+$")]
ComponentId = Annotated[str, Path(min_length=1, max_length=80, pattern=r"^[^\s/\x00]+$")]


@routes.get("/public/cases", operation_id="listPublicCases")
async def list_public(request: Request, query: Annotated[PublicListQuery, Query()]) -> Reply[Page[PublicRow]]:
    """A page of public cases, the latest first: what, where, how far; places are as rough as the city says."""
    check_rate(request, tools_of(request).public)

    async def make() -> bytes:
        return encode(await read_list(request, query))

    return Reply(await tools_of(request).kept.get(f"list {query.model_dump_json()}", now(), make), headers=FRESH)


@routes.get("/public/map", operation_id="getPublicMap")
async def get_map(request: Request, query: Annotated[PublicQuery, Query()]) -> Reply[PublicMap]:
    """Public cases on a map: one by one where the box is small, else gathered where they lie together."""
    check_rate(request, tools_of(request).public)

    async def make() -> bytes:
        return encode(await read_map(request, query))

    return Reply(await tools_of(request).kept.get(f"map {query.model_dump_json()}", now(), make), headers=FRESH)


@routes.get("/public/cases/{number}", operation_id="getPublicCase")
async def get_public(request: Request, number: Number) -> Reply[PublicView]:
    """One public case, with what has happened in plain words. A citizen's own number is known by his link alone."""
    check_rate(request, tools_of(request).public)

    async def make() -> bytes:
        return encode(await find_view(request, number))

    return Reply(await tools_of(request).kept.get(f"case {number}", now(), make), headers=FRESH)
