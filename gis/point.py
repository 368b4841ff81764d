"""A point on the earth and the distance between two of them."""

from math import asin, cos, radians, sin, sqrt
from typing import NamedTuple

EARTH_RADIUS_M = 6_371_008.8
"""Mean radius of the earth (IUGG)."""


class LonLat(NamedTuple):
    """A position in degrees, longitude first (OGC CRS84, RFC 7946). JSON: `[lon, lat]`."""

    lon: float
    lat: float


def distance_m(a: LonLat, b: LonLat) -> float:
    """Return the great-circle distance in metres (haversine)."""
    lat_a, lat_b = radians(a.lat), radians(b.lat)
    half_lat = sin((lat_b - lat_a) / 2)
    half_lon = sin(radians(b.lon - a.lon) / 2)
    return 2 * EARTH_RADIUS_M * asin(sqrt(min(1.0, half_lat**2 + cos(lat_a) * cos(lat_b) * half_lon**2)))
