"""A checked pack to the City that the desk asks."""

from collections.abc import Mapping
from datetime import date
from math import sqrt
from zoneinfo import ZoneInfo

import numpy as np
import shapely

from dispatch.calendars import Calendar, CalendarRule, Calendars
from dispatch.city import Codes
from dispatch.citymap import City
from dispatch.escalations import Escalations
from dispatch.ids import AreaCode, CategoryCode, DepartmentId
from gis.areas import AreaIndex
from gis.components import METRES_PER_DEGREE, ComponentIndex
from gis.gazetteer import Entry, Gazetteer
from gis.point import LonLat
from gis.travel import RoadGraph
from services.city.pack import CityPack, WorkingTime, WorkingTimes
from services.city.read_codes import current_categories

NAMED_LEVELS = ("street", "community")
"""Levels whose names help to find a place in a text. A district is too large to send anyone to, a grid's name nobody
says.
"""


def build_city(pack: CityPack, on: date | None = None) -> City:
    """Return the city. `on` chooses the version of the categories in force that day; without it, the newest."""
    profile = pack.profile
    timezone = ZoneInfo(profile.timezone)
    centers = _list_centers(pack)
    return City(
        id=profile.id,
        name=profile.name,
        notice=profile.notice,
        timezone=timezone,
        center=profile.center,
        emergency=profile.emergency,
        flow=profile.flow,
        codes=_collect_codes(pack, on),
        calendars=build_calendars(pack.working_times, timezone),
        shapes=pack.shapes,
        centers=centers,
        indexes=tuple(_index_level(pack, level) for level in reversed(pack.levels)),
        components=ComponentIndex(pack.components),
        gazetteer=Gazetteer((*pack.places, *_name_areas(pack, centers)), pack.roads),
        roads=RoadGraph(pack.roads),
        escalations=Escalations(pack.escalations),
        notice_rules=pack.notice_rules,
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
        duties=pack.duties,
    )


def _index_level(pack: CityPack, level: str) -> AreaIndex:
    return AreaIndex({code: pack.shapes[code] for code, area in pack.areas.items() if area.level == level})


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
