"""The shore of the made-up peninsula, its two rivers, and the box of the map.

The outline is the author's own freehand curve at the real location. It is not a boundary of any authority.
"""

from typing import NamedTuple

from shapely import LineString, MultiPolygon, Polygon, box, unary_union
from shapely.geometry.base import BaseGeometry

from simulators.city_maker.plane import XY, smooth, to_plane

NORTH_SHORE: tuple[XY, ...] = (
    (106.4900, 29.5518),
    (106.4940, 29.5560),
    (106.5000, 29.5588),
    (106.5080, 29.5580),
    (106.5165, 29.5558),
    (106.5255, 29.5556),
    (106.5318, 29.5588),
    (106.5352, 29.5640),
    (106.5400, 29.5690),
    (106.5470, 29.5716),
    (106.5550, 29.5712),
    (106.5615, 29.5690),
    (106.5680, 29.5667),
    (106.5748, 29.5682),
    (106.5808, 29.5716),
    (106.5860, 29.5746),
)
"""Jialing bank, from the west to Chaotianmen."""

SOUTH_SHORE: tuple[XY, ...] = (
    (106.5889, 29.5722),
    (106.5893, 29.5660),
    (106.5874, 29.5595),
    (106.5838, 29.5546),
    (106.5778, 29.5508),
    (106.5700, 29.5482),
    (106.5615, 29.5462),
    (106.5525, 29.5449),
    (106.5430, 29.5447),
    (106.5352, 29.5416),
    (106.5290, 29.5362),
    (106.5232, 29.5322),
)
"""Yangtze bank, from Chaotianmen to the west."""

LAND_BORDER: tuple[XY, ...] = (
    (106.5165, 29.5330),
    (106.5095, 29.5334),
    (106.5030, 29.5340),
    (106.4990, 29.5380),
    (106.4955, 29.5432),
    (106.4920, 29.5480),
)
"""The dry border in the south-west."""

MAP_BOX = (106.4550, 29.5050, 106.6250, 29.6000)
"""West, south, east, north of the whole map, rivers and far banks included."""

JIALING_BEYOND: tuple[XY, ...] = ((106.4540, 29.5660), (106.4680, 29.5580), (106.4800, 29.5535))
YANGTZE_BEFORE: tuple[XY, ...] = ((106.5240, 29.5250), (106.5150, 29.5160), (106.5080, 29.5040))
YANGTZE_AFTER: tuple[XY, ...] = ((106.5935, 29.5775), (106.6050, 29.5860), (106.6260, 29.5920))
JIALING_WIDTH_M = 430.0
YANGTZE_WIDTH_M = 640.0
BEND_M = 400.0


class Shore(NamedTuple):
    """The land and the water, in metres of the plane."""

    city: Polygon
    north_bank: LineString
    south_bank: LineString
    rivers: MultiPolygon
    box: Polygon


def draw_shore() -> Shore:
    """Return the city's outline and the rivers about it."""
    ring = smooth([to_plane(point) for point in (*NORTH_SHORE, *SOUTH_SHORE, *LAND_BORDER)], 45.0, closed=True)
    city = Polygon(ring)
    north = LineString(smooth([to_plane(point) for point in NORTH_SHORE]))
    south = LineString(smooth([to_plane(point) for point in SOUTH_SHORE]))
    frame = box(*to_plane((MAP_BOX[0], MAP_BOX[1])), *to_plane((MAP_BOX[2], MAP_BOX[3])))
    jialing = _river([*JIALING_BEYOND, *NORTH_SHORE, *YANGTZE_AFTER[:1]], JIALING_WIDTH_M)
    yangtze = _river([*reversed(YANGTZE_BEFORE), *reversed(SOUTH_SHORE), *YANGTZE_AFTER], YANGTZE_WIDTH_M)
    joined = unary_union([jialing, yangtze]).buffer(BEND_M).buffer(-BEND_M)  # no corner where two ribbons meet
    water = joined.difference(city).intersection(frame)
    return Shore(city, north, south, MultiPolygon(_polygons(water)), frame)


def _river(bank: list[XY], width_m: float) -> BaseGeometry:
    """A ribbon along the bank; the part that would lie on the city is cut away later."""
    line = LineString(smooth([to_plane(point) for point in bank]))
    return line.buffer(width_m, cap_style="round").simplify(4.0)


def _polygons(shape: BaseGeometry) -> list[Polygon]:
    """The polygons of any shape, specks under a hectare left out."""
    parts = getattr(shape, "geoms", [shape])
    return [part for part in parts if isinstance(part, Polygon) and part.area > 10_000]
