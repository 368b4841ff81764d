"""What helps somebody to report: what is asked of him, whether it is known already, and which part it is."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import Query, Request
from msgspec import Struct

from dispatch.asked import Question
from dispatch.city import Names
from dispatch.citymap import City
from dispatch.ids import CategoryCode
from gis.components import Component
from gis.point import LonLat
from services.api.fields import Id, Latitude, Longitude, Short
from services.api.platform import platform_of, tools_of
from services.api.problems import Problem
from services.api.public_cases import NearCase, find_open_near
from services.api.routes.reports import check_rate
from services.api.wire import Page, Reply, reply, reply_page, router

routes = router("reports")

PARTS_NEAR_M = 60.0
"""How far from the pin a part is offered: a pin that a thumb has set is some tens of metres off."""
PARTS_MAX = 12
"""Parts offered: more are no help to who looks at one."""


class AnswerChoice(Struct, frozen=True, kw_only=True):
    key: str
    label: Names


class AskedQuestion(Struct, frozen=True, kw_only=True):
    """A question of a category. `kind` as in Open311, and `notice`, which is read, and `stop`.

    A stop is shown before anything else is asked, with the numbers to call; where it is `required`, such things are not
    reported here at all.
    """

    category: CategoryCode
    code: str
    kind: str
    required: bool
    label: Names
    choices: Sequence[AnswerChoice]
    call: Sequence[str]


class PartNear(Struct, frozen=True, kw_only=True):
    """A registered part near by: a lamp, a cover."""

    id: str
    category: CategoryCode
    name: str
    point: LonLat
    distance_m: int


def _asked(question: Question) -> AskedQuestion:
    return AskedQuestion(
        category=question.category,
        code=question.code,
        kind=question.kind.value,
        required=question.required,
        label=Names(question.zh, question.en),
        choices=[AnswerChoice(key=each.key, label=Names(each.zh, each.en)) for each in question.choices],
        call=question.call,
    )


@routes.get("/reports/questions", operation_id="listReportQuestions")
async def list_report_questions(request: Request) -> Reply[Page[AskedQuestion]]:
    """What is asked of who reports, beside what and where, by category, in the order of asking."""
    check_rate(request, tools_of(request).questions)
    all_questions = platform_of(request).city.codes.questions
    return reply_page([_asked(each) for code in sorted(all_questions) for each in all_questions[code]])


@routes.get("/reports/near", operation_id="findOpenNear")
async def find_near(
    request: Request,
    lon: Annotated[Longitude, Query()],
    lat: Annotated[Latitude, Query()],
    category: Annotated[Short, Query(description="Code of the category")],
) -> Reply[Page[NearCase]]:
    """Open public cases of a kind near a place, the nearest first: perhaps it is known already."""
    check_rate(request, tools_of(request).questions)
    platform = platform_of(request)
    found = platform.city.codes.categories.get(CategoryCode(category))
    return reply_page([] if found is None else find_open_near(platform, found, LonLat(lon, lat)))


@routes.get("/components/near", operation_id="findComponentsNear")
async def find_components_near(
    request: Request,
    lon: Annotated[Longitude, Query()],
    lat: Annotated[Latitude, Query()],
    category: Annotated[Short, Query(description="Code of the category; all public ones without it")] = "",
) -> Reply[Page[PartNear]]:
    """Registered parts (lamps, covers, bins) within 60 m of a place, the nearest first."""
    check_rate(request, tools_of(request).questions)
    return reply_page(list_parts_near(platform_of(request).city, LonLat(lon, lat), category))


@routes.get("/components/{component_id}", operation_id="getComponent")
async def get_component(request: Request, component_id: Id) -> Reply[PartNear]:
    """A registered part, for a form that a sticker on it opens."""
    check_rate(request, tools_of(request).questions)
    city = platform_of(request).city
    component = city.components.find(component_id)
    if component is None or not _is_public(component, city):
        raise Problem("not-found", "No part has that id.")
    return reply(_part(component, 0.0))


def list_parts_near(city: City, point: LonLat, category: str = "") -> Sequence[PartNear]:
    """Return the parts of public categories near a point."""
    return [
        _part(component, away_m)
        for away_m, component in city.components.list_near(point, PARTS_NEAR_M, category)
        if _is_public(component, city)
    ][:PARTS_MAX]


def _part(component: Component, away_m: float) -> PartNear:
    return PartNear(
        id=component.id,
        category=CategoryCode(component.category),
        name=component.name_zh,
        point=component.point,
        distance_m=round(away_m),
    )


def _is_public(component: Component, city: City) -> bool:
    category = city.codes.categories.get(CategoryCode(component.category))
    return category is not None and category.is_public
