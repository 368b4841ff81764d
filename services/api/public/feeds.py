"""Cases to subscribe to: RSS 2.0 and Atom (RFC 4287) of the city, an area or a kind of case.

An entry's id is the same for ever; its time is when the public was last told something of it, so that a reader shows
what has moved. Who asks with what he has (ETag, Last-Modified) is answered 304 while nothing has.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from functools import partial
from hashlib import sha256
from io import StringIO

from feedgenerator import Atom1Feed, Rss201rev2Feed, SyndicationFeed
from msgspec import Struct
from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.api.platform import platform_of, tools_of
from services.api.problems import Problem, answer
from services.api.public.asked import PublicListQuery, check_rate, filter_of, seen_of
from services.api.public.pages import Page, language_of, read_query
from services.api.public.views import TOLD, PublicRow, row_of
from services.api.timeline import RECEIVED, say
from services.observe.clock import now
from services.store.journal import Entry
from services.store.public_cases import last_told, list_public_cases

ENTRIES_MAX = 50
"""Entries of a feed: a reader that asks every hour misses none of a street, and few of a city."""
TTL_MIN = 15
"""How often a reader should ask at most."""


class _Atom(Atom1Feed):  # type: ignore[misc]
    """An empty one is as old as we say, and not new with every question."""

    newest: datetime

    def latest_post_date(self) -> datetime:
        return self.newest


class _Rss(Rss201rev2Feed):  # type: ignore[misc]
    newest: datetime

    def latest_post_date(self) -> datetime:
        return self.newest


KINDS: Mapping[str, type[SyndicationFeed]] = {"atom": _Atom, "rss": _Rss}
CONTENT_TYPES = {"atom": "application/atom+xml; charset=utf-8", "rss": "application/rss+xml; charset=utf-8"}


class Told(Struct, frozen=True):
    """A case and the last that the public was told of it."""

    row: PublicRow
    case_id: str
    entry: Entry | None

    @property
    def at(self) -> datetime:
        ended = self.row.closed_at or self.row.opened_at
        return max(ended, self.entry.at) if self.entry else ended


async def get_feed(request: Request) -> Response:
    """Answer with a feed, or with 304 for who has it already."""
    kind = request.path_params["kind"]
    try:
        check_rate(request, tools_of(request).public)
        if kind not in KINDS:
            raise Problem("not-found", "There are two kinds of feeds: feed.atom and feed.rss.")
        query = read_query(request)
        told = await _read(request, query)
    except Problem as problem:
        return answer(problem.kind, problem.detail, headers=problem.headers)
    newest = told[0].at if told else platform_of(request).started_at
    body = _write(Page(request), kind, query, told, newest).encode()
    return _unless_known(request, kind, body, newest)


async def _read(request: Request, query: PublicListQuery) -> list[Told]:
    """Return the cases that were last opened and last closed, those of which was told last first."""
    platform = platform_of(request)
    city, at = platform.city, now()
    wanted = [
        filter_of(query.model_copy(update={"state": state, "bbox": ""}), city, at) for state in ("open", "closed")
    ]

    def look_up(connection: Connection) -> list[Told]:
        read = partial(list_public_cases, connection, seen=seen_of(city), after=None, limit=ENTRIES_MAX)
        found = [case for each in wanted for case in read(wanted=each)[0]]
        last = last_told(connection, [case.id for case in found], TOLD)
        return [Told(row_of(case, city), case.id, last.get(case.id)) for case in found]

    told = await platform.db.read(look_up)
    return sorted(told, key=lambda each: (each.at, each.row.number), reverse=True)[:ENTRIES_MAX]


def _write(page: Page, kind: str, query: PublicListQuery, told: list[Told], newest: datetime) -> str:
    base = _base_url(page.request)
    asked = {"category": query.category, "area": query.area}
    title = " · ".join(filter(None, [page.name(page.city.name), page.say("title"), *_narrowed(page, query)]))
    feed = KINDS[kind](
        title=title,
        link=base + page.address("/report/list", **asked),
        description=page.say("lead"),
        subtitle=page.say("lead"),
        language="zh-CN" if page.language == "zh" else "en",
        feed_url=base + page.address(f"/report/feed.{kind}", **asked),
        feed_guid=f"urn:wardline:{page.city.id}:feed:{query.area}:{query.category}",
        ttl=TTL_MIN if kind == "rss" else None,
    )
    feed.newest = newest
    for each in told:
        _add(feed, page, base, each)
    out = StringIO()
    feed.write(out, "utf-8")
    return out.getvalue()


def _narrowed(page: Page, query: PublicListQuery) -> list[str]:
    codes = page.city.codes.categories
    names = [
        row.name_zh if page.language == "zh" else row.name_en
        for code, row in codes.items()
        if code in query.category.split(",")
    ]
    return [", ".join(names), page.area_name(query.area) if query.area else ""]


def _add(feed: SyndicationFeed, page: Page, base: str, told: Told) -> None:
    row = told.row
    words = (say(told.entry) if told.entry else None) or RECEIVED
    name = page.name(row.category.name)
    feed.add_item(
        title=" · ".join(filter(None, [name, page.where(row.place), page.stage(row.stage)])),
        link=base + page.address(f"/report/case/{row.number}"),
        description=words[1] if page.language == "zh" else words[2],
        unique_id=f"urn:wardline:{page.city.id}:case:{row.number}",
        unique_id_is_permalink=False,
        pubdate=row.opened_at,
        updateddate=told.at,
        categories=[name],
        # Atom asks who is meant; it is the city.
        author_name=page.name(page.city.name),
    )


def _base_url(request: Request) -> str:
    """Return how the world calls this server."""
    configured = platform_of(request).settings.public_url
    return configured or f"{request.url.scheme}://{request.url.netloc}"


def _unless_known(request: Request, kind: str, body: bytes, newest: datetime) -> Response:
    """Return the feed, or 304 (RFC 9110, 13.1): the tag decides where there is one, else the time."""
    tag, modified = f'"{sha256(body).hexdigest()[:32]}"', newest.astimezone(UTC).replace(microsecond=0)
    headers = {
        "ETag": tag,
        "Last-Modified": format_datetime(modified, usegmt=True),
        "Cache-Control": "public, max-age=60",
        "Access-Control-Allow-Origin": "*",
        "Content-Language": language_of(request),
        "Vary": "Accept-Language",
    }
    if _is_known(request, tag, modified):
        return Response(status_code=304, headers=headers)
    return Response(body, headers={**headers, "Content-Type": CONTENT_TYPES[kind]})


def _is_known(request: Request, tag: str, modified: datetime) -> bool:
    tags = request.headers.get("if-none-match")
    if tags is not None:
        return "*" in tags or tag in [each.strip().removeprefix("W/") for each in tags.split(",")]
    try:
        since = parsedate_to_datetime(request.headers.get("if-modified-since", ""))
    except ValueError:
        return False
    return since.tzinfo is not None and modified <= since


ROUTES = (Route("/report/feed.{kind}", get_feed),)
