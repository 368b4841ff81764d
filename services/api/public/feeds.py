"""Cases to subscribe to: RSS 2.0 and Atom (RFC 4287) of the city, an area, a kind of case, or one case.

An entry's id is the same for ever; its time is when the public was last told something of it, so that a reader shows
what has moved. Who asks with what he has (ETag, Last-Modified) is answered 304 while nothing has.
"""

from collections.abc import Mapping, Sequence
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
from services.api.public.reading import find_view
from services.api.public.views import TOLD, PublicRow, row_of
from services.api.timeline import RECEIVED, say
from services.observe.clock import now
from services.store.journal import Entry
from services.store.public_cases import last_told, list_public_cases

ENTRIES_MAX = 50
"""Entries of a feed: a reader that asks every hour misses none of a street, and few of a city."""
NUMBER_MAX = 40
"""Characters of a case's number that are looked up; none is as long."""
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


class Item(Struct, frozen=True, kw_only=True):
    """One entry. `key` is the end of its id, `at` when the public was told of it."""

    key: str
    title: str
    link: str
    words: str
    kind: str
    opened_at: datetime
    at: datetime


class Told(Struct, frozen=True):
    """A case and the last that the public was told of it."""

    row: PublicRow
    case_id: str
    entry: Entry | None

    @property
    def at(self) -> datetime:
        ended = self.row.closed_at or self.row.opened_at
        return max(ended, self.entry.at) if self.entry else ended


class Feed(Struct, frozen=True, kw_only=True):
    """What a feed is of: its `title` behind the city's name, the page that shows the same, its own parameters."""

    title: Sequence[str]
    page: str
    asked: Mapping[str, str]
    key: str
    items: Sequence[Item]


async def get_feed(request: Request) -> Response:
    """Answer with a feed, or with 304 for who has it already."""
    kind = request.path_params["kind"]
    try:
        check_rate(request, tools_of(request).public)
        if kind not in KINDS:
            raise Problem("not-found", "There are two kinds of feeds: feed.atom and feed.rss.")
        page, number = Page(request), request.query_params.get("case", "")[:NUMBER_MAX]
        feed = await (_read_case(page, number) if number else _read_cases(page, read_query(request)))
    except Problem as problem:
        return answer(problem.kind, problem.detail, headers=problem.headers)
    newest = max((each.at for each in feed.items), default=platform_of(request).started_at)
    return _unless_known(request, kind, _write(page, kind, feed, newest).encode(), newest)


async def _read_case(page: Page, number: str) -> Feed:
    """Return what has happened to one public case, step by step, the latest first.

    :raises Problem: `not-found`, also for what is not public.
    """
    view = await find_view(page.request, number)
    name, link = page.name(view.category.name), f"/report/case/{view.number}"
    items = [
        Item(
            key=f"case:{view.number}:{step.at.astimezone(UTC):%Y%m%dT%H%M%S%f}-{step.stage}",
            title=" · ".join([name, page.stage(step.stage)]),
            link=link,
            words=step.zh if page.language == "zh" else step.en,
            kind=name,
            opened_at=step.at,
            at=step.at,
        )
        for step in reversed(view.timeline)
    ]
    asked = {"case": view.number}
    return Feed(title=[name, view.number], page=page.address(link), asked=asked, key=f"case:{view.number}", items=items)


async def _read_cases(page: Page, query: PublicListQuery) -> Feed:
    told = await _read(page.request, query)
    asked = {"category": query.category, "area": query.area}
    return Feed(
        title=[page.say("title"), *_narrowed(page, query)],
        page=page.address("/report/list", **asked),
        asked=asked,
        key=f"{query.area}:{query.category}",
        items=[_item_of(page, each) for each in told],
    )


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


def _item_of(page: Page, told: Told) -> Item:
    row = told.row
    words = (say(told.entry) if told.entry else None) or RECEIVED
    name = page.name(row.category.name)
    return Item(
        key=f"case:{row.number}",
        title=" · ".join(filter(None, [name, page.where(row.place), page.stage(row.stage)])),
        link=f"/report/case/{row.number}",
        words=words[1] if page.language == "zh" else words[2],
        kind=name,
        opened_at=row.opened_at,
        at=told.at,
    )


def _write(page: Page, kind: str, told: Feed, newest: datetime) -> str:
    base = _base_url(page.request)
    feed = KINDS[kind](
        title=" · ".join(filter(None, [page.name(page.city.name), *told.title])),
        link=base + told.page,
        description=page.say("lead"),
        subtitle=page.say("lead"),
        language="zh-CN" if page.language == "zh" else "en",
        feed_url=base + page.address(f"/report/feed.{kind}", **told.asked),
        feed_guid=f"urn:wardline:{page.city.id}:feed:{told.key}",
        ttl=TTL_MIN if kind == "rss" else None,
    )
    feed.newest = newest
    for each in told.items:
        feed.add_item(
            title=each.title,
            link=base + page.address(each.link),
            description=each.words,
            unique_id=f"urn:wardline:{page.city.id}:{each.key}",
            unique_id_is_permalink=False,
            pubdate=each.opened_at,
            updateddate=each.at,
            categories=[each.kind],
            # Atom asks who is meant; it is the city.
            author_name=page.name(page.city.name),
        )
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
