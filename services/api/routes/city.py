"""The city as a screen needs it: names, areas, categories, staff hours; places by name and by position."""

import asyncio
from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import Annotated

from fastapi import Query, Request
from fastapi.responses import Response
from msgspec import Struct

from dispatch.calendars import MIDNIGHT, Calendar, Calendars, years_of
from dispatch.case import Stage
from dispatch.city import Area, Names
from dispatch.citymap import City
from gis.geojson import write_collection, write_feature
from gis.point import LonLat
from services.api.basemap import BASEMAP_URL, find_basemap
from services.api.fields import Latitude, Longitude, Short
from services.api.identity import address_of
from services.api.platform import platform_of, tools_of
from services.api.problems import Problem
from services.api.wire import Page, Reply, encode, reply, reply_page, router
from services.live.views import PlaceView, place_view
from services.observe.clock import now

routes = router("city")

GRID_DIGITS = 6
"""Decimals of a grid's corners: about 0.1 m."""
GRIDS_KEPT = 64
"""Answers kept: one for each street that someone looks at; the whole city is about 1 MB."""
PLACES_MAX = 50


class AreaView(Struct, frozen=True, kw_only=True):
    code: str
    name: Names
    parent: str
    center: LonLat | None


class Areas(Struct, frozen=True, kw_only=True):
    """Areas by level. Unit grids are many: /api/v1/city/grids.geojson."""

    districts: Sequence[AreaView]
    streets: Sequence[AreaView]
    communities: Sequence[AreaView]


class DepartmentView(Struct, frozen=True, kw_only=True):
    id: str
    name: Names
    trade: str


class CategoryView(Struct, frozen=True, kw_only=True):
    code: str
    name: Names
    kind: str
    major: Names
    priority: str
    trade: str
    skill: str
    public: bool
    """Whether the public sees that there are cases of this kind."""


class VideoTypeView(Struct, frozen=True, kw_only=True):
    type: str
    name: Names
    category: str
    labels: Sequence[str]


class SensorTypeView(Struct, frozen=True, kw_only=True):
    type: str
    name: Names
    category: str
    metric: str
    unit: str
    advisory: float | None
    warning: float | None
    alarm: float | None


class ShiftView(Struct, frozen=True, kw_only=True):
    """Local wall-clock hours, HH:MM."""

    id: str
    start: str
    end: str


class HoursView(Struct, frozen=True, kw_only=True):
    """Local wall-clock hours, HH:MM; an end of 24:00 is midnight."""

    start: str
    end: str


class ServedView(Struct, frozen=True, kw_only=True):
    """Whom a calendar serves; "" is "any", and what is given must all fit."""

    category: str
    department: str
    area: str


class CalendarView(Struct, frozen=True, kw_only=True):
    """When a part of the city works. `weekend` counts from Monday = 0; `serves` is empty for the city's own."""

    id: str
    name: Names
    hours: Sequence[HoursView]
    weekend: Sequence[int]
    holidays: Sequence[date]
    workdays: Sequence[date]
    serves: Sequence[ServedView]
    is_desk: bool


class SpecialDayView(Struct, frozen=True, kw_only=True):
    """A holiday, or a make-up day that is worked. `calendars` are those that it is for; [] is all."""

    date: date
    is_worked: bool
    name: Names
    is_estimated: bool
    calendars: Sequence[str]


class YearView(Struct, frozen=True, kw_only=True):
    """A year whose holidays are known; `is_estimated` until they are announced."""

    year: int
    is_estimated: bool


class CalendarsView(Struct, frozen=True, kw_only=True):
    """The city's own calendar first, then those of some categories, departments and areas."""

    timezone: str
    calendars: Sequence[CalendarView]
    days: Sequence[SpecialDayView]
    years: Sequence[YearView]


class FlowView(Struct, frozen=True, kw_only=True):
    """What of the city's flow a screen counts down: how long a move may be undone, and when a claim has gone stale."""

    undo_s: float
    claim_stale_s: float


class CityView(Struct, frozen=True, kw_only=True):
    """The city. `bbox` is west, south, east, north; `basemap` is null where none has been made."""

    id: str
    name: Names
    notice: Names
    center: LonLat
    bbox: tuple[float, float, float, float]
    timezone: str
    emergency: Sequence[str]
    areas: Areas
    departments: Sequence[DepartmentView]
    categories: Sequence[CategoryView]
    video_types: Sequence[VideoTypeView]
    sensor_types: Sequence[SensorTypeView]
    stages: Sequence[str]
    shifts: Sequence[ShiftView]
    flow: FlowView
    basemap: str | None
    demo: bool


class FoundPlace(Struct, frozen=True, kw_only=True):
    """A place of the gazetteer."""

    name: Names
    kind: str
    point: LonLat
    accuracy_m: float


def _areas(city: City, level: str) -> list[AreaView]:
    return [_area(area, city) for area in city.list_areas(level)]


def _area(area: Area, city: City) -> AreaView:
    names = Names(area.name_zh, area.name_en)
    return AreaView(code=area.code, name=names, parent=area.parent, center=city.centers.get(area.code))


def _categories(city: City) -> list[CategoryView]:
    return [
        CategoryView(
            code=row.code,
            name=Names(row.name_zh, row.name_en),
            kind=row.kind,
            major=Names(row.major_zh, row.major_en),
            priority=row.priority.value,
            trade=row.trade,
            skill=row.skill,
            public=row.is_public,
        )
        for row in sorted(city.codes.categories.values(), key=lambda row: row.code)
    ]


def _sensor_types(city: City) -> list[SensorTypeView]:
    return [
        SensorTypeView(
            type=row.type,
            name=Names(row.name_zh, row.name_en),
            category=row.category,
            metric=row.metric,
            unit=row.unit,
            advisory=row.advisory,
            warning=row.warning,
            alarm=row.alarm,
        )
        for row in city.codes.sensor_types.values()
    ]


def city_view(city: City, *, basemap: str | None, demo: bool) -> CityView:
    codes = city.codes
    return CityView(
        id=city.id,
        name=city.name,
        notice=city.notice,
        center=city.center,
        bbox=city.box,
        timezone=str(city.timezone),
        emergency=city.emergency,
        areas=Areas(
            districts=_areas(city, "district"),
            streets=_areas(city, "street"),
            communities=_areas(city, "community"),
        ),
        departments=[
            DepartmentView(id=row.id, name=Names(row.name_zh, row.name_en), trade=row.trade)
            for row in sorted(codes.departments.values(), key=lambda row: row.id)
        ],
        categories=_categories(city),
        video_types=[
            VideoTypeView(type=row.type, name=Names(row.name_zh, row.name_en), category=row.category, labels=row.labels)
            for row in codes.video_types.values()
        ],
        sensor_types=_sensor_types(city),
        stages=[stage.value for stage in Stage],
        shifts=[
            ShiftView(id=shift.id, start=f"{shift.start:%H:%M}", end=f"{shift.end:%H:%M}")
            for shift in codes.shifts.values()
        ],
        flow=FlowView(undo_s=city.flow.undo_s, claim_stale_s=city.flow.claim_stale_s),
        basemap=basemap,
        demo=demo,
    )


@routes.get("/city", operation_id="getCity")
async def get_city(request: Request) -> Reply[CityView]:
    """The city: what every screen needs once. Open to all: the citizen's page needs it too."""
    platform = platform_of(request)
    basemap = BASEMAP_URL if find_basemap(platform.settings, platform.city.id) else None
    return reply(city_view(platform.city, basemap=basemap, demo=platform.settings.demo))


def calendars_view(city: City) -> CalendarsView:
    calendars = city.calendars
    return CalendarsView(
        timezone=str(city.timezone),
        calendars=[_calendar(each, calendars) for each in calendars.all],
        days=[
            SpecialDayView(
                date=day.date,
                is_worked=day.is_worked,
                name=day.name,
                is_estimated=day.is_estimated,
                calendars=day.calendars,
            )
            for day in calendars.days
        ],
        years=[YearView(year=year, is_estimated=known) for year, known in years_of(calendars.days).items()],
    )


def _calendar(calendar: Calendar, calendars: Calendars) -> CalendarView:
    return CalendarView(
        id=calendar.id,
        name=calendar.name,
        hours=[
            HoursView(start=f"{start:%H:%M}", end="24:00" if end == MIDNIGHT else f"{end:%H:%M}")
            for start, end in calendar.spans
        ],
        weekend=sorted(calendar.weekend),
        holidays=sorted(calendar.holidays),
        workdays=sorted(calendar.workdays),
        serves=[
            ServedView(category=rule.category, department=rule.department, area=rule.area)
            for rule in calendars.rules
            if rule.calendar is calendar
        ],
        is_desk=calendar is (calendars.desk or calendars.default),
    )


@routes.get("/city/calendars", operation_id="getCalendars")
async def get_calendars(request: Request) -> Reply[CalendarsView]:
    """When the city works: hours, days off, holidays and make-up working days, and which years are estimated."""
    return reply(calendars_view(platform_of(request).city))


@routes.get("/city/grids.geojson", operation_id="getGrids", response_class=Response)
async def get_grids(request: Request, street: Annotated[Short, Query()] = "") -> Response:
    """Unit grids as GeoJSON (RFC 7946), all or those of one street."""
    body = await asyncio.to_thread(_grids, platform_of(request).city, street)
    return Response(body, media_type="application/geo+json", headers={"Cache-Control": "public, max-age=300"})


@lru_cache(maxsize=GRIDS_KEPT)
def _grids(city: City, street: str) -> bytes:
    """Return the grids encoded. All 2,300 take a fifth of a second: made once, and not on the event loop."""
    features = [
        write_feature(
            city.shapes[area.code],
            {"code": area.code, "parent": area.parent, "name_zh": area.name_zh, "name_en": area.name_en},
            GRID_DIGITS,
        )
        for area in city.list_areas("grid")
        if not street or street in city.path_of(area.code)
    ]
    return encode(write_collection(features))


def _throttle(request: Request) -> None:
    if wait_s := tools_of(request).questions.wait_s(address_of(request), now()):
        raise Problem("too-many-requests", f"Wait {wait_s} s.", headers={"Retry-After": str(wait_s)})


@routes.get("/places", operation_id="findPlaces")
async def find_places(
    request: Request,
    q: Annotated[Short, Query(description="The beginning or a part of a name")],
    limit: Annotated[int, Query(ge=1, le=PLACES_MAX)] = 10,
) -> Reply[Page[FoundPlace]]:
    """Places of the gazetteer by name, for a search field."""
    _throttle(request)
    city = platform_of(request).city
    english = {entry.name_zh: entry.name_en for entry in city.gazetteer.entries}
    return reply_page(
        [
            FoundPlace(
                name=Names(match.name, english.get(match.name) or match.name),
                kind=match.kind,
                point=match.point,
                accuracy_m=match.accuracy_m,
            )
            for match in city.gazetteer.search(q, limit)
        ]
    )


@routes.get("/locate", operation_id="locate")
async def locate(
    request: Request, lon: Annotated[Longitude, Query()], lat: Annotated[Latitude, Query()]
) -> Reply[PlaceView]:
    """What lies at a position: the areas down to the unit grid, and the part beside it."""
    _throttle(request)
    return reply(place_view(platform_of(request).city.locate(LonLat(lon, lat))))
