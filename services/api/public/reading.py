"""What the public's doors read, the JSON of the map's screen and the pages and feeds that need no script alike."""

from functools import partial

from starlette.requests import Request

from services.api.platform import platform_of
from services.api.problems import Problem
from services.api.public.asked import PublicListQuery, PublicQuery, filter_of, read_place, seen_of, write_place
from services.api.public.views import TOLD, PublicMap, PublicRow, PublicView, map_of, row_of, view_of
from services.api.wire import Page
from services.observe.clock import now
from services.store.public_cases import find_public_file, list_public_cases, list_spots

SPOTS_MAX = 20_000
"""Cases that one map counts: the open ones of a large city; reading them takes about 50 ms."""


async def read_list(request: Request, query: PublicListQuery) -> Page[PublicRow]:
    """Return a page of public cases, the latest first.

    :raises Problem: `invalid` for an area, a box or a cursor that is none.
    """
    platform = platform_of(request)
    city = platform.city
    wanted, after = filter_of(query, city, now()), read_place(query.after)
    found, place = await platform.db.read(
        partial(list_public_cases, wanted=wanted, seen=seen_of(city), after=after, limit=query.limit)
    )
    return Page(items=[row_of(each, city) for each in found], next=write_place(place))


async def read_map(request: Request, query: PublicQuery) -> PublicMap:
    """Return what a map of public cases shows.

    :raises Problem: `invalid` for an area or a box that is none.
    """
    platform = platform_of(request)
    city = platform.city
    wanted, seen = filter_of(query, city, now()), seen_of(city)
    # The grid is reckoned in the reading thread too: twenty thousand cases take as long as reading them.
    return await platform.db.read(
        lambda connection: map_of(list_spots(connection, wanted, seen, SPOTS_MAX + 1), wanted.box, SPOTS_MAX)
    )


async def find_view(request: Request, number: str) -> PublicView:
    """Return what the public reads of a case.

    :raises Problem: `not-found`, also for what is not public.
    """
    platform = platform_of(request)
    city = platform.city
    found = await platform.db.read(partial(find_public_file, number=number, seen=seen_of(city), told=TOLD))
    if found is None:
        raise Problem("not-found", "No public case has that number.")
    return view_of(found, city)
