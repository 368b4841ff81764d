"""The city as the desk asks it: what lies where, who is who, when people work. Made from a city pack
(`services/city`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from dispatch.calendars import Calendar, Calendars
from dispatch.city import Area, Codes, Flow, Hotline, Names
from dispatch.escalations import Escalations, NoticeRule, NoticeRules
from dispatch.health.rules import FloodRules, HealthRules
from dispatch.ids import AreaCode, CategoryCode, DepartmentId
from dispatch.place import Place
from gis.areas import AreaIndex, AreaShape
from gis.components import ComponentIndex
from gis.gazetteer import Gazetteer
from gis.point import LonLat
from gis.travel import RoadGraph
from gis.views import ViewIndex

LEVELS = ("district", "street", "community", "grid")
"""Levels of areas, the largest first. A city need not have all; the lowest that it has is the one that points are
looked up in.
"""

COMPONENT_WITHIN_M = 15.0
"""A point names the nearest part (lamp, cover, bin) only if that stands closer than this: a phone's position is no
better.
"""


@dataclass(frozen=True, eq=False)
class City:
    """One city. Positions are WGS-84. A City never changes: a new version of its pack makes a new one.

    `indexes` has one index for each level that the city has, the lowest first. `shapes`, `centers` have every area of
    every level; a center is a point inside its area. `box` is west, south, east, north.
    """

    id: str
    name: Names
    notice: Names
    timezone: ZoneInfo
    center: LonLat
    emergency: tuple[str, ...]
    flow: Flow
    codes: Codes
    calendars: Calendars
    shapes: Mapping[AreaCode, AreaShape]
    centers: Mapping[AreaCode, LonLat]
    indexes: tuple[AreaIndex, ...]
    components: ComponentIndex
    gazetteer: Gazetteer
    roads: RoadGraph
    hotline: Hotline = field(default_factory=Hotline)
    escalations: Escalations = field(default_factory=Escalations)
    notice_rules: tuple[NoticeRule, ...] = ()
    flood: FloodRules = field(default_factory=FloodRules)
    health: HealthRules = field(default_factory=HealthRules)
    views: ViewIndex = field(default_factory=lambda: ViewIndex({}))

    @cached_property
    def notices(self) -> NoticeRules:
        """When whom must not be disturbed, by the city's wall clock."""
        return NoticeRules(self.timezone, self.notice_rules)

    @property
    def calendar(self) -> Calendar:
        """The city's own calendar, where no other serves."""
        return self.calendars.default

    def calendar_of(self, category: CategoryCode, department: DepartmentId, place: Place) -> Calendar:
        """Return the calendar by which the handling of such a case runs; see `Calendars.of`."""
        return self.calendars.of(category, department, place)

    def desk_calendar_of(self, category: CategoryCode, place: Place) -> Calendar:
        """Return the calendar by which the operations room's own limits run; see `Calendars.of_desk`."""
        return self.calendars.of_desk(category, place)

    @property
    def areas(self) -> AreaIndex:
        """The index of the lowest level: unit grids, where the city has them."""
        return self.indexes[0]

    @cached_property
    def box(self) -> tuple[float, float, float, float]:
        boxes = [index.box for index in self.indexes]
        west, south = min(box[0] for box in boxes), min(box[1] for box in boxes)
        return west, south, max(box[2] for box in boxes), max(box[3] for box in boxes)

    def locate(self, point: LonLat) -> Place:
        """Return the areas that a point lies in and the part beside it; `inside` is False outside all areas.

        Where no area of the lowest level covers the point (a river between the grids, say), the next level answers.
        `basis` is left to the caller.
        """
        for index in self.indexes:
            code = index.find(point)
            if code is not None:
                nearest = self.components.find_nearest(point, COMPONENT_WITHIN_M)
                return replace(self._places[code], point=point, component=nearest.id if nearest else "")
        return Place(point=point, inside=False)

    def path_of(self, code: AreaCode) -> tuple[AreaCode, ...]:
        """Return an area and all that hold it, the smallest first. Raises KeyError for a code that the city does not
        have.
        """
        return self._places[code].path

    def list_areas(self, level: str) -> list[Area]:
        """Return the areas of a level by code."""
        return sorted((area for area in self.codes.areas.values() if area.level == level), key=lambda area: area.code)

    @cached_property
    def _places(self) -> Mapping[str, Place]:
        """For each area a Place that has the codes of its path."""
        return {code: _place_in(code, self.codes.areas) for code in self.codes.areas}


def _place_in(code: AreaCode, areas: Mapping[AreaCode, Area]) -> Place:
    path: dict[str, AreaCode] = {}
    while code:
        area = areas[code]
        path[area.level] = code
        code = area.parent
    nothing = AreaCode("")
    return Place(
        district=path.get("district", nothing),
        street=path.get("street", nothing),
        community=path.get("community", nothing),
        grid=path.get("grid", nothing),
    )
