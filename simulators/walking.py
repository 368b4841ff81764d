"""Going along a way: the points that are left of it after so many metres."""

from collections.abc import Sequence

from gis.point import LonLat, distance_m


def step_along(way: Sequence[LonLat], distance: float) -> list[LonLat]:
    """Return what is left of the way after so many metres; its first point is where one stands then."""
    left = list(way)
    while len(left) > 1:
        leg = distance_m(left[0], left[1])
        if leg > distance:
            share = distance / leg
            here = LonLat(
                left[0].lon + (left[1].lon - left[0].lon) * share, left[0].lat + (left[1].lat - left[0].lat) * share
            )
            return [here, *left[1:]]
        distance -= leg
        left.pop(0)
    return left
