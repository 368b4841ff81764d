"""What cameras look at: wedges on the ground, which of them overlap, and how far from a point one may matter.

A wedge is a camera's standpoint, its heading (north 0, east 90), its angle of view and its range. All is made once for
a city. What is asked for each event is a look into a dictionary and arithmetic on two points, no geometry.
"""

from collections.abc import Iterable, Iterator, Mapping
from math import atan2, ceil, cos, degrees, floor, radians, sin
from typing import NamedTuple

import numpy as np
import shapely
from shapely import Polygon, STRtree

from gis.point import EARTH_RADIUS_M, LonLat, distance_m

REACH_MAX_M = 400.0
"""Of a camera that looks farther only so much is its view: at such a distance nobody can tell which of two things it is
that both see, and every event near by would have to be compared with its cases."""
WHOLE_DEG = 360.0
OVERLAP_SHARE = 0.15
"""Two cameras look at the same place where so much of the smaller wedge is in both. Wedges that only touch at their far
ends, where each sees least, do not count."""
ARC_STEP_DEG = 10.0
SPREAD = 1.5
"""Ranges from the middle of a view to its farthest point, behind a camera that sees all around."""
CELL_DEG = 0.002
"""Cells of the index of reaches: about 200 m."""
METRES_PER_DEGREE = radians(1.0) * EARTH_RADIUS_M


class Wedge(NamedTuple):
    """One camera's view. `heading_deg` is its middle; `view_deg` 360 sees all around."""

    point: LonLat
    heading_deg: float
    view_deg: float
    range_m: float

    def covers(self, point: LonLat) -> bool:
        """Say whether the camera looks at the point."""
        away_m = distance_m(self.point, point)
        if away_m > self.range_m:
            return False
        if self.view_deg >= WHOLE_DEG or away_m == 0.0:
            return True
        turn_deg = (_bearing_deg(self.point, point) - self.heading_deg + 180.0) % 360.0 - 180.0
        return abs(turn_deg) <= self.view_deg / 2

    def outline(self) -> Polygon:
        """Return the wedge on the ground, in degrees."""
        whole = self.view_deg >= WHOLE_DEG
        start_deg = self.heading_deg - self.view_deg / 2
        steps = max(2, ceil(self.view_deg / ARC_STEP_DEG))
        turns = (start_deg + self.view_deg * step / steps for step in range(steps + 1))
        arc = [_moved(self.point, turn, self.range_m) for turn in turns]
        return Polygon(arc if whole else [self.point, *arc])

    @property
    def middle(self) -> LonLat:
        """The middle of the view: where a camera's happening is put that has no place of its own."""
        return _moved(self.point, self.heading_deg, self.range_m / 2)


class ViewIndex:
    """The wedges of a city's cameras by name."""

    def __init__(self, wedges: Mapping[str, Wedge]) -> None:
        self._wedges = {name: each._replace(range_m=min(each.range_m, REACH_MAX_M)) for name, each in wedges.items()}
        self._beside = _overlaps(self._wedges)
        self._reach_m = {name: self._reach_of(name) for name in self._wedges}
        self._reach_at: dict[tuple[int, int], float] = {}
        for wedge in self._wedges.values():
            for cell in _cells(wedge):
                self._reach_at[cell] = max(self._reach_at.get(cell, 0.0), SPREAD * wedge.range_m)

    def __len__(self) -> int:
        return len(self._wedges)

    def covers(self, name: str, point: LonLat) -> bool:
        """Say whether the camera of that name looks at the point; False for one without a view."""
        wedge = self._wedges.get(name)
        return wedge is not None and wedge.covers(point)

    def overlaps(self, one: str, other: str) -> bool:
        """Say whether two different cameras look at the same place."""
        return other in self._beside.get(one, _NOBODY)

    def reach_m(self, name: str, point: LonLat | None) -> float:
        """Return how far from an event the case of a view may lie that speaks of the same; 0 where no view is near.

        `name` is who has sent the event, `point` where it is.
        """
        own_m = self._reach_m.get(name)
        if own_m is not None:
            return own_m
        return self._reach_at.get(_cell(point), 0.0) if point is not None else 0.0

    def _reach_of(self, name: str) -> float:
        """The middles of the views beside it, and every point of its own, lie within."""
        own = self._wedges[name]
        beside = (distance_m(own.middle, self._wedges[each].middle) for each in self._beside.get(name, _NOBODY))
        return max([SPREAD * own.range_m, *beside])


_NOBODY: frozenset[str] = frozenset()


def _overlaps(wedges: Mapping[str, Wedge]) -> Mapping[str, frozenset[str]]:
    names = list(wedges)
    if not names:
        return {}
    shapes = np.array([wedges[name].outline() for name in names], dtype=object)
    left, right = STRtree(shapes).query(shapes, predicate="intersects")
    pairs = left < right
    left, right = left[pairs], right[pairs]
    shared = shapely.area(shapely.intersection(shapes[left], shapes[right]))
    smaller = np.minimum(shapely.area(shapes[left]), shapely.area(shapes[right]))
    beside: dict[str, set[str]] = {}
    for one, other, is_shared in zip(left.tolist(), right.tolist(), shared >= OVERLAP_SHARE * smaller, strict=True):
        if is_shared:
            beside.setdefault(names[one], set()).add(names[other])
            beside.setdefault(names[other], set()).add(names[one])
    return {name: frozenset(others) for name, others in beside.items()}


def _moved(point: LonLat, bearing_deg: float, away_m: float) -> LonLat:
    north, east = away_m * cos(radians(bearing_deg)), away_m * sin(radians(bearing_deg))
    return LonLat(
        point.lon + east / (METRES_PER_DEGREE * max(cos(radians(point.lat)), 0.01)),
        point.lat + north / METRES_PER_DEGREE,
    )


def _bearing_deg(start: LonLat, end: LonLat) -> float:
    """Return the direction on a plane, which over the reach of a camera is the earth's."""
    return degrees(atan2((end.lon - start.lon) * cos(radians(start.lat)), end.lat - start.lat))


def _cell(point: LonLat) -> tuple[int, int]:
    return floor(point.lon / CELL_DEG), floor(point.lat / CELL_DEG)


def _cells(wedge: Wedge) -> Iterator[tuple[int, int]]:
    """Yield the cells that the box around the whole circle of a camera touches."""
    corners = [_moved(wedge.point, turn, wedge.range_m) for turn in (0.0, 90.0, 180.0, 270.0)]
    columns, rows = _span(each.lon for each in corners), _span(each.lat for each in corners)
    for x in range(columns[0], columns[1] + 1):
        for y in range(rows[0], rows[1] + 1):
            yield x, y


def _span(edges: Iterable[float]) -> tuple[int, int]:
    cells = [floor(edge / CELL_DEG) for edge in edges]
    return min(cells), max(cells)
