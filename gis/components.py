"""The parts register (部件): every lamp, cover and bin of the city, and which one is nearest to a point."""

from collections.abc import Iterable
from math import cos, floor, radians

from msgspec import Struct

from gis.point import EARTH_RADIUS_M, LonLat, distance_m

CELL_M = 60.0
"""Side of the cells that the register is sorted into: about the distance within which a nearest part is asked for."""

METRES_PER_DEGREE = radians(1) * EARTH_RADIUS_M

ROUNDING_DEG = 1e-12
"""A tenth of a micrometre: nearer than that is the same place, whatever the last bits of its coordinates say."""


class Component(Struct, frozen=True, kw_only=True):
    """One part. `category` is the code of its category, `department` the id of its owner ("" where unknown)."""

    id: str
    category: str
    name_zh: str
    point: LonLat
    department: str = ""


class ComponentIndex:
    """All parts, by id and by place. Exact: what it finds is what measuring every part would find."""

    def __init__(self, components: Iterable[Component]) -> None:
        self.by_id: dict[str, Component] = {component.id: component for component in components}
        highest = max((abs(component.point.lat) for component in self.by_id.values()), default=0.0)
        # A degree of longitude is shortest where the city is farthest from the equator; cells must not be smaller
        # than CELL_M there.
        self._lon_step = CELL_M / (METRES_PER_DEGREE * max(cos(radians(min(highest, 89.0))), 0.01))
        self._lat_step = CELL_M / METRES_PER_DEGREE
        self._cells: dict[tuple[int, int], list[Component]] = {}
        for component in self.by_id.values():
            self._cells.setdefault(self._cell_of(component.point), []).append(component)

    def __len__(self) -> int:
        return len(self.by_id)

    def find(self, component_id: str) -> Component | None:
        return self.by_id.get(component_id)

    def find_nearest(self, point: LonLat, within_m: float, category: str = "") -> Component | None:
        """Return the nearest part within `within_m` metres (of `category`, if given); the lowest id where two are
        equally near."""
        found = self.list_near(point, within_m, category)
        return found[0][1] if found else None

    def list_near(self, point: LonLat, within_m: float, category: str = "") -> list[tuple[float, Component]]:
        """Return (distance in metres, part) of all parts within `within_m`, the nearest first."""
        # A little more than the circle's box, taken where a degree of longitude is shortest: no part is missed by
        # rounding.
        reach_lat = within_m / METRES_PER_DEGREE * 1.0001 + ROUNDING_DEG
        reach_lon = reach_lat / max(cos(radians(min(abs(point.lat) + reach_lat, 89.0))), 0.01)
        left, bottom = self._cell_of(LonLat(point.lon - reach_lon, point.lat - reach_lat))
        right, top = self._cell_of(LonLat(point.lon + reach_lon, point.lat + reach_lat))
        found = [
            (away_m, component)
            for row in range(bottom, top + 1)
            for column in range(left, right + 1)
            for component in self._cells.get((column, row), ())
            if (not category or component.category == category)
            # Most parts of the cells are out of the circle's box; that costs a tenth of measuring them.
            and abs(component.point.lon - point.lon) <= reach_lon
            and abs(component.point.lat - point.lat) <= reach_lat
            and (away_m := distance_m(point, component.point)) <= within_m
        ]
        found.sort(key=lambda pair: (pair[0], pair[1].id))
        return found

    def _cell_of(self, point: LonLat) -> tuple[int, int]:
        return floor(point.lon / self._lon_step), floor(point.lat / self._lat_step)
