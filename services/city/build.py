"""A checked pack to the City that the desk asks."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from math import sqrt
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
import shapely

from dispatch.calendars import Calendar, CalendarRule, Calendars
from dispatch.city import Codes
from dispatch.citymap import City
from dispatch.escalations import Escalations
from dispatch.ids import AreaCode, CategoryCode, DepartmentId
from dispatch.partners import ForwardRule
from dispatch.retention import Retention
from gis.areas import AreaIndex
from gis.components import METRES_PER_DEGREE, ComponentIndex
from gis.gazetteer import Entry, Gazetteer
from gis.point import LonLat
from gis.raster import Raster
from gis.travel import RoadGraph
from gis.views import ViewIndex, Wedge
from services.city.pack import CityPack, WorkingTime, WorkingTimes
from services.city.read_codes import current_categories

NAMED_LEVELS = ("street", "community")
"""Levels whose names help to find a place in a text. A district is too large to send anyone to, a grid's name nobody
says.
"""


def build_city(
    pack: CityPack, on: date | None = None, before: tuple[CityPack, City] | None = None, rasters: Sequence[Raster] = ()
) -> City:
    """Return the city. `on` chooses the version of the categories in force that day; without it, the newest.

    Of the city `before` those indexes are taken over whose rows have not changed. `rasters` are those of the indexes of
    a city that was built of the same areas.
    """
    profile = pack.profile
    timezone = ZoneInfo(profile.timezone)
    indexes = _make_indexes(pack, before, rasters)
    return City(
        id=profile.id,
        name=profile.name,
        notice=profile.notice,
        timezone=timezone,
        center=profile.center,
        emergency=profile.emergency,
        flow=profile.flow,
        hotline=profile.hotline,
        codes=_collect_codes(pack, on),
        calendars=build_calendars(pack.working_times, timezone),
        shapes=pack.shapes,
        centers=indexes.centers,
        indexes=indexes.areas,
        components=indexes.components,
        gazetteer=indexes.gazetteer,
        roads=indexes.roads,
        escalations=Escalations(pack.escalations),
        notice_rules=pack.notice_rules,
        flood=profile.flood,
        health=profile.health,
        views=indexes.views,
    )


def build_calendars(times: WorkingTimes, timezone: ZoneInfo) -> Calendars:
    """Return the calendars of a pack."""
    by_id = {each.id: _build_calendar(each, times, timezone) for each in (times.default, *times.others)}
    rules = [
        CalendarRule(calendar=by_id[each.id], category=category, department=department, area=area)
        for each in times.others
        for served in each.serves
        for category in served.categories or (CategoryCode(""),)
        for department in served.departments or (DepartmentId(""),)
        for area in served.areas or (AreaCode(""),)
    ]
    return Calendars(by_id[times.default.id], rules, by_id[times.desk] if times.desk else None, times.days)


def _build_calendar(working: WorkingTime, times: WorkingTimes, timezone: ZoneInfo) -> Calendar:
    days = [day for day in times.days if working.keeps_holidays and (not day.calendars or working.id in day.calendars)]
    return Calendar(
        timezone,
        working.spans,
        working.weekend,
        frozenset(day.date for day in days if not day.is_worked),
        frozenset(day.date for day in days if day.is_worked),
        working.id,
        working.name,
    )


class _Indexes(NamedTuple):
    """The parts of a City that take time to make."""

    centers: Mapping[AreaCode, LonLat]
    areas: tuple[AreaIndex, ...]
    components: ComponentIndex
    gazetteer: Gazetteer
    roads: RoadGraph
    views: ViewIndex


def _make_indexes(pack: CityPack, before: tuple[CityPack, City] | None, rasters: Sequence[Raster]) -> _Indexes:
    if before is None:
        centers = _list_centers(pack)
        return _Indexes(
            centers,
            tuple(_index_levels(pack, rasters)),
            ComponentIndex(pack.components),
            _name(pack, centers),
            RoadGraph(pack.roads),
            _index_views(pack),
        )
    was, city = before
    # Areas and roads are compared by identity: `Kept` gives the same ones for the same files.
    has_areas, has_roads = pack.areas is was.areas and pack.shapes is was.shapes, pack.roads is was.roads
    centers = city.centers if has_areas else _list_centers(pack)
    has_names = has_areas and has_roads and pack.places == was.places
    return _Indexes(
        centers=centers,
        areas=city.indexes if has_areas else tuple(_index_levels(pack)),
        components=city.components if pack.components == was.components else ComponentIndex(pack.components),
        gazetteer=city.gazetteer if has_names else _name(pack, centers),
        roads=city.roads if has_roads else RoadGraph(pack.roads),
        views=city.views if pack.sources == was.sources else _index_views(pack),
    )


def _index_views(pack: CityPack) -> ViewIndex:
    """Index what the cameras look at that are registered with all that it takes: place, heading, angle and range."""
    wedges: dict[str, Wedge] = {}
    for each in pack.sources:
        if each.point is None or each.heading_deg is None or not each.view_deg or not each.range_m:
            continue
        wedges[each.id] = Wedge(each.point, each.heading_deg, each.view_deg, each.range_m)
    return ViewIndex(wedges)


def _name(pack: CityPack, centers: Mapping[AreaCode, LonLat]) -> Gazetteer:
    return Gazetteer((*pack.places, *_name_areas(pack, centers)), pack.roads)


def _collect_codes(pack: CityPack, on: date | None) -> Codes:
    return Codes(
        areas=pack.areas,
        categories=current_categories(pack.categories, pack.profile.scheme, on),
        departments={department.id: department for department in pack.departments},
        shifts={shift.id: shift for shift in pack.shifts},
        workers={worker.id: worker for worker in pack.workers},
        sources={source.id: source for source in pack.sources},
        video_types={kind.type: kind for kind in pack.video_types},
        sensor_types={kind.type: kind for kind in pack.sensor_types},
        sensing=pack.sensing,
        duties=pack.duties,
        templates=pack.templates,
        webhooks=pack.webhooks,
        questions=pack.questions,
        partners={partner.id: partner for partner in pack.partners},
        forwarding=_group_rules(pack.forwarding),
        moderation=pack.moderation,
        reader=pack.reader,
        same=pack.same,
        autofile=pack.autofile,
        retention=Retention(pack.retention),
    )


def _group_rules(rules: Iterable[ForwardRule]) -> Mapping[CategoryCode, tuple[ForwardRule, ...]]:
    found: dict[CategoryCode, tuple[ForwardRule, ...]] = {}
    for rule in rules:
        found[rule.category] = (*found.get(rule.category, ()), rule)
    return found


def _index_levels(pack: CityPack, rasters: Sequence[Raster] = ()) -> Iterator[AreaIndex]:
    """Yield an index of the areas in use of each level that has any, the lowest level first."""
    known = iter(rasters)
    for level in reversed(pack.levels):
        in_use = [code for code, area in pack.areas.items() if area.level == level and area.active]
        if in_use:
            yield AreaIndex({code: pack.shapes[code] for code in in_use}, next(known, None))


def _list_centers(pack: CityPack) -> Mapping[AreaCode, LonLat]:
    """Return for each area a point that lies inside it, near its middle."""
    codes = list(pack.shapes)
    shapes = np.array([pack.shapes[code] for code in codes], dtype=object)
    points = shapely.centroid(shapes)
    outside = ~shapely.covers(shapes, points)
    points[outside] = shapely.point_on_surface(shapes[outside])
    positions = shapely.get_coordinates(points).tolist()
    return {code: LonLat(lon, lat) for code, (lon, lat) in zip(codes, positions, strict=True)}


def _name_areas(pack: CityPack, centers: Mapping[AreaCode, LonLat]) -> list[Entry]:
    """Return streets and communities as places, as exact as they are large."""
    named = [area for area in pack.areas.values() if area.level in NAMED_LEVELS]
    return [
        Entry(
            id=area.code,
            name_zh=area.name_zh,
            name_en=area.name_en,
            kind=area.level,
            point=centers[area.code],
            accuracy_m=_radius_m(pack, area.code, centers[area.code].lat),
        )
        for area in named
    ]


def _radius_m(pack: CityPack, code: AreaCode, lat: float) -> float:
    """Return the radius of a circle of the area's size, in metres."""
    square_m = pack.shapes[code].area * METRES_PER_DEGREE**2 * float(np.cos(np.radians(lat)))
    return sqrt(square_m / np.pi)
