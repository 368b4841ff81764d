"""A flat plane in metres about the middle of the city, so that lengths and areas can be drawn with a ruler.

Equirectangular: over ten kilometres its error is far below what a made-up city could notice.
"""

from collections.abc import Callable, Iterable
from math import cos, radians
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from shapely import transform
from shapely.geometry.base import BaseGeometry

Shape = TypeVar("Shape", bound=BaseGeometry)
Floats = NDArray[np.float64]

ORIGIN = (106.5370, 29.5530)
M_PER_DEG_LAT = 111_320.0
M_PER_DEG_LON = M_PER_DEG_LAT * cos(radians(ORIGIN[1]))
DEGREES_GRID = 1e-6
"""Coordinates of the pack are multiples of this (0.1 m), so that neighbours share vertices exactly."""

XY = tuple[float, float]


def to_plane(lonlat: XY) -> XY:
    """Return metres east and north of the middle of the city."""
    return (lonlat[0] - ORIGIN[0]) * M_PER_DEG_LON, (lonlat[1] - ORIGIN[1]) * M_PER_DEG_LAT


def to_degrees(xy: XY) -> XY:
    """Return `(lon, lat)`, rounded to the pack's grid."""
    return round(ORIGIN[0] + xy[0] / M_PER_DEG_LON, 6), round(ORIGIN[1] + xy[1] / M_PER_DEG_LAT, 6)


def shape_to_degrees(shape: Shape) -> Shape:
    """Return the shape in degrees, unrounded."""
    return _mapped(shape, lambda xy: xy / (M_PER_DEG_LON, M_PER_DEG_LAT) + ORIGIN)


def shape_to_plane(shape: Shape) -> Shape:
    return _mapped(shape, lambda lonlat: (lonlat - ORIGIN) * (M_PER_DEG_LON, M_PER_DEG_LAT))


def smooth(points: Iterable[XY], step_m: float = 40.0, *, closed: bool = False) -> list[XY]:
    """Return a Catmull-Rom curve through the points, with a vertex about every `step_m` metres."""
    given = list(points)
    if len(given) < 3:
        return given
    padded = [given[-1], *given, given[0], given[1]] if closed else [given[0], *given, given[-1]]
    curve: list[XY] = []
    for a, b, c, d in zip(padded, padded[1:], padded[2:], padded[3:], strict=False):
        length = ((c[0] - b[0]) ** 2 + (c[1] - b[1]) ** 2) ** 0.5
        parts = max(1, round(length / step_m))
        curve.extend(_between(a, b, c, d, part / parts) for part in range(parts))
    return curve if closed else [*curve, given[-1]]


def _between(a: XY, b: XY, c: XY, d: XY, t: float) -> XY:
    def axis(p: float, q: float, r: float, s: float) -> float:
        linear, square, cube = r - p, 2 * p - 5 * q + 4 * r - s, 3 * q - p - 3 * r + s
        return 0.5 * (2 * q + linear * t + square * t * t + cube * t * t * t)

    return axis(a[0], b[0], c[0], d[0]), axis(a[1], b[1], c[1], d[1])


def _mapped(shape: Shape, change: Callable[[Floats], Floats]) -> Shape:
    changed: Shape = transform(shape, change)  # shapely's stubs lose the kind of shape
    return changed
