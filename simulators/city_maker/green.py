"""Parks of the basemap: the unit grids about a park's place, and the planted strip along the banks."""

from collections.abc import Sequence

from shapely import Point, Polygon, unary_union

from simulators.city_maker.places import Place
from simulators.city_maker.plane import shape_to_degrees, shape_to_plane, to_plane
from simulators.city_maker.regions import Areas

PARK_RADIUS_M = {"park": 150.0, "stadium": 70.0}
HEM_M = 7.0
"""Parks end this far from the middle of the road about them."""


def draw_parks(areas: Areas, places: Sequence[Place]) -> list[tuple[str, str, Polygon]]:
    """Return name zh, name en and shape (degrees) of every park."""
    flat = [(row, shape_to_plane(row.shape)) for row in areas.grids]
    taken: set[str] = set()
    parks: list[tuple[str, str, Polygon]] = []
    for place in places:
        if place.kind not in PARK_RADIUS_M:
            continue
        around = Point(to_plane(place.point)).buffer(PARK_RADIUS_M[place.kind])
        members = [(row, cell) for row, cell in flat if row.code not in taken and around.intersects(cell.centroid)]
        taken |= {row.code for row, _ in members}
        shape = unary_union([cell for _, cell in members]).buffer(-HEM_M, join_style="mitre")
        parts = [part for part in getattr(shape, "geoms", [shape]) if isinstance(part, Polygon) and part.area > 1500]
        parks.extend((place.zh, place.en, shape_to_degrees(part)) for part in parts)
    return parks
