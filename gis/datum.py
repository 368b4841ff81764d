"""Three frames in which Chinese maps give a position, and the way between them.

- `wgs84`: GPS and everything inside this product.
- `gcj02`: the state's shifted frame (Amap, Tencent, phones' map SDKs). Only defined inside China: outside the box
  CHINA it is WGS-84.
- `bd09`: Baidu's further shift of gcj02.

The shift is not published; this is the formula in general use since 2010 (Krasovsky 1940 ellipsoid). Its inverse has
no closed form and is found by iteration, to well under 1e-7 degrees (about a centimetre). Whether a point is in China
is judged by the point that is given, so the way there and back is exact except within the shift's own length (about
0.007 degrees) of the box's edge.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np
import numpy.typing as npt

from gis.point import LonLat

Floats = npt.NDArray[np.float64]
N = TypeVar("N", float, Floats)

DATUMS = ("wgs84", "gcj02", "bd09")

CHINA = (72.004, 0.8293, 137.8347, 55.8271)
"""West, south, east, north: the box inside which maps shift. It is the box that map software uses, not a border."""

SEMI_MAJOR_M = 6_378_245.0
ECCENTRICITY_SQUARED = 0.00669342162296594323
BAIDU_RATE = math.pi * 3000.0 / 180.0

ROUNDS = 5
"""Each round of the inverse shrinks the error at least a hundred times: five go from 0.01 degrees to below 1e-11."""


@dataclass(frozen=True)
class _Maths(Generic[N]):
    """The same formulas serve one position (plain floats) and many (arrays)."""

    sin: Callable[[N], N]
    cos: Callable[[N], N]
    sqrt: Callable[[N], N]
    fabs: Callable[[N], N]
    atan2: Callable[[N, N], N]


_ONE: _Maths[float] = _Maths(math.sin, math.cos, math.sqrt, math.fabs, math.atan2)
_MANY: _Maths[Floats] = _Maths(np.sin, np.cos, np.sqrt, np.fabs, np.arctan2)


def to_wgs84(point: LonLat, datum: str) -> LonLat:
    """Return the WGS-84 position of a `point` given in `datum`. Raises ValueError for a datum not in DATUMS."""
    if datum == "wgs84":
        return point
    return LonLat(*_to_wgs84(point.lon, point.lat, datum, _ONE)) if is_in_china(point) else _known(point, datum)


def from_wgs84(point: LonLat, datum: str) -> LonLat:
    """Return a WGS-84 `point` in `datum`. Raises ValueError for a datum not in DATUMS."""
    if datum == "wgs84":
        return point
    return LonLat(*_from_wgs84(point.lon, point.lat, datum, _ONE)) if is_in_china(point) else _known(point, datum)


def to_wgs84_many(lons: Floats, lats: Floats, datum: str) -> tuple[Floats, Floats]:
    """Return the WGS-84 positions of many points given in `datum`: the same as `to_wgs84` of each."""
    if datum == "wgs84":
        return lons, lats
    west, south, east, north = CHINA
    inside = (lons >= west) & (lons <= east) & (lats >= south) & (lats <= north)
    shifted_lons, shifted_lats = _to_wgs84(lons, lats, datum, _MANY)
    return np.where(inside, shifted_lons, lons), np.where(inside, shifted_lats, lats)


def is_in_china(point: LonLat) -> bool:
    west, south, east, north = CHINA
    return west <= point.lon <= east and south <= point.lat <= north


def _known(point: LonLat, datum: str) -> LonLat:
    if datum not in DATUMS:
        raise ValueError(f"unknown datum: {datum!r}")
    return point


def _from_wgs84(lon: N, lat: N, datum: str, maths: _Maths[N]) -> tuple[N, N]:
    if datum == "gcj02":
        return _to_gcj02(lon, lat, maths)
    if datum == "bd09":
        return _to_bd09(*_to_gcj02(lon, lat, maths), maths)
    raise ValueError(f"unknown datum: {datum!r}")


def _to_wgs84(lon: N, lat: N, datum: str, maths: _Maths[N]) -> tuple[N, N]:
    """Fixed-point iteration: move the guess by what its own shift misses the target."""
    guess_lon, guess_lat = lon, lat
    for _ in range(ROUNDS):
        there_lon, there_lat = _from_wgs84(guess_lon, guess_lat, datum, maths)
        guess_lon, guess_lat = guess_lon - (there_lon - lon), guess_lat - (there_lat - lat)
    return guess_lon, guess_lat


def _to_bd09(lon: N, lat: N, maths: _Maths[N]) -> tuple[N, N]:
    radius = maths.sqrt(lon * lon + lat * lat) + 0.00002 * maths.sin(lat * BAIDU_RATE)
    angle = maths.atan2(lat, lon) + 0.000003 * maths.cos(lon * BAIDU_RATE)
    return radius * maths.cos(angle) + 0.0065, radius * maths.sin(angle) + 0.006


def _to_gcj02(lon: N, lat: N, maths: _Maths[N]) -> tuple[N, N]:
    x, y = lon - 105.0, lat - 35.0
    east_m, north_m = _east_shift(x, y, maths), _north_shift(x, y, maths)
    radians = lat * (math.pi / 180.0)
    sine = maths.sin(radians)
    magic = 1.0 - ECCENTRICITY_SQUARED * sine * sine
    root = maths.sqrt(magic)
    meridian = SEMI_MAJOR_M * (1.0 - ECCENTRICITY_SQUARED) / (magic * root)
    parallel = SEMI_MAJOR_M / root * maths.cos(radians)
    return lon + east_m * (180.0 / math.pi) / parallel, lat + north_m * (180.0 / math.pi) / meridian


def _waves(value: N, near: float, far: float, maths: _Maths[N]) -> N:
    """The ripple along one axis: two short waves that both axes share, two long ones of its own."""
    short = 20.0 * maths.sin(value * math.pi) + 40.0 * maths.sin(value * (math.pi / 3.0))
    long = near * maths.sin(value * (math.pi / 12.0)) + far * maths.sin(value * (math.pi / 30.0))
    return (short + long) * (2.0 / 3.0)


def _common(x: N, maths: _Maths[N]) -> N:
    return (20.0 * maths.sin(x * (6.0 * math.pi)) + 20.0 * maths.sin(x * (2.0 * math.pi))) * (2.0 / 3.0)


def _east_shift(x: N, y: N, maths: _Maths[N]) -> N:
    plain = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * maths.sqrt(maths.fabs(x))
    return plain + _common(x, maths) + _waves(x, 150.0, 300.0, maths)


def _north_shift(x: N, y: N, maths: _Maths[N]) -> N:
    plain = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * maths.sqrt(maths.fabs(x))
    return plain + _common(x, maths) + _waves(y, 160.0, 320.0, maths)
