"""The list and one case's page as plain HTML: for browsers without script or WebGL, for search engines, for paper."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from dispatch.city import Area
from dispatch.citymap import City
from services.api.platform import platform_of, tools_of
from services.api.problems import Problem, prefers_english
from services.api.public.asked import PublicListQuery, check_rate
from services.api.public.reading import find_view, read_list
from services.api.public.views import PublicPlace
from services.api.public.words import STAGES, choose, say
from services.store.public_cases import LEVELS

TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
ASKED = ("state", "category", "area", "after")
"""Parameters of the list's address; what else stands there (a campaign's mark) is left alone."""
CACHE = {"Cache-Control": "public, max-age=10", "Vary": "Accept-Language"}


class Page:
    """What a template needs beside its own values: the city, the language, the words."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self.city: City = platform_of(request).city
        self.language = language_of(request)

    def say(self, key: str, **values: object) -> str:
        return say(key, self.language).format(**values)

    def name(self, names: Any) -> str:
        return choose(names, self.language)

    def stage(self, stage: str) -> str:
        return choose(STAGES[stage], self.language)

    def time(self, at: datetime) -> str:
        """Return the city's wall-clock time, the day and the minute."""
        return at.astimezone(ZoneInfo(str(self.city.timezone))).strftime("%Y-%m-%d %H:%M")

    def where(self, place: PublicPlace) -> str:
        return " · ".join(self.area_name(code) for code in (place.street, place.community) if code)

    def area_name(self, code: str) -> str:
        area = next(filter(None, [self.city.codes.areas.get(code)]), None)  # type: ignore[call-overload]
        return self.area_words(area) if area else code

    def area_words(self, area: Area) -> str:
        return area.name_zh if self.language == "zh" else area.name_en

    def department(self, department_id: str) -> str:
        found = {row.id: row for row in self.city.codes.departments.values()}.get(department_id)  # type: ignore[call-overload]
        return (found.name_zh if self.language == "zh" else found.name_en) if found else ""

    def address(self, path: str, **changes: str) -> str:
        """Return an address of ours in this language, with the parameters that are not empty."""
        query = {name: value for name, value in changes.items() if value} | {"lang": self.language}
        return f"{path}?{urlencode(query)}"

    def render(self, template: str, status: int = 200, **values: object) -> Response:
        other = "en" if self.language == "zh" else "zh"
        switch = self.request.url.include_query_params(lang=other)
        body = TEMPLATES.get_template(template).render(
            page=self, say=self.say, language=self.language, switch=f"{switch.path}?{switch.query}", **values
        )
        return HTMLResponse(body, status, headers={**CACHE, "Content-Language": self.language})


def language_of(request: Request) -> str:
    """Return the language that is asked for by `lang`, else by the browser; Chinese where neither says."""
    asked = request.query_params.get("lang", "")
    if asked in ("zh", "en"):
        return asked
    return "en" if prefers_english(request.headers.get("accept-language", "")) else "zh"


def read_query(request: Request) -> PublicListQuery:
    """Return what the address asks for.

    :raises Problem: `invalid`.
    """
    given: Mapping[str, str] = {name: request.query_params.get(name, "") for name in ASKED}
    try:
        return PublicListQuery(**{name: value for name, value in given.items() if value})
    except ValidationError:
        raise Problem("invalid", "The question cannot be read.") from None


async def get_list(request: Request) -> Response:
    page = Page(request)
    try:
        check_rate(request, tools_of(request).public)
        query = read_query(request)
        found = await read_list(request, query)
    except Problem as problem:
        return _refuse(page, problem)
    asked = {"state": query.state, "category": query.category, "area": query.area}
    categories = [row for row in page.city.codes.categories.values() if row.is_public]
    return page.render(
        "list.html",
        query=query,
        items=found.items,
        categories=sorted(categories, key=lambda row: row.code),
        areas=[(level, page.city.list_areas(level)) for level in LEVELS],
        following=page.address("/report/list", **asked, after=found.next) if found.next else "",
        feeds=_feeds(page, category=query.category, area=query.area),
    )


def _feeds(page: Page, **asked: str) -> Sequence[tuple[str, str]]:
    """Return the feeds of what a page shows: their kinds and addresses."""
    return [(kind, page.address(f"/report/feed.{kind.lower()}", **asked)) for kind in ("Atom", "RSS")]


async def get_case(request: Request) -> Response:
    page = Page(request)
    try:
        check_rate(request, tools_of(request).public)
        view = await find_view(request, request.path_params["number"][:40])
    except Problem as problem:
        return _refuse(page, problem)
    return page.render("case.html", case=view, feeds=_feeds(page, case=view.number))


_SAID = {"not-found": "missing", "too-many-requests": "busy"}


def _refuse(page: Page, problem: Problem) -> Response:
    key = _SAID.get(problem.kind.slug, "faulty")
    answer = page.render("refused.html", problem.kind.status, key=key)
    answer.headers["Cache-Control"] = "no-store"
    answer.headers.update(problem.headers)
    return answer


ROUTES = (Route("/report/list", get_list), Route("/report/case/{number}", get_case))
