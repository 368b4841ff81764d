"""The road graph that workers walk, made from the server's roads."""

from collections.abc import Iterable, Mapping, Sequence
from heapq import heappop, heappush
from itertools import pairwise
from typing import Any

from gis.point import LonLat, distance_m

CELL_DEG = 0.004
"""Side of the cells that nodes are looked up by: about 400 m."""


class Footways:
    """Shortest ways over LineStrings that meet in shared end points. Nodes are those end points."""

    def __init__(self, lines: Iterable[Sequence[LonLat]]) -> None:
        self._ways: dict[LonLat, list[tuple[float, LonLat, Sequence[LonLat]]]] = {}
        for line in lines:
            length = sum(distance_m(a, b) for a, b in pairwise(line))
            self._ways.setdefault(line[0], []).append((length, line[-1], line))
            self._ways.setdefault(line[-1], []).append((length, line[0], tuple(reversed(line))))
        self._cells: dict[tuple[int, int], list[LonLat]] = {}
        for node in self._ways:
            self._cells.setdefault(_cell(node), []).append(node)

    def walk(self, start: LonLat, end: LonLat) -> list[LonLat]:
        """Return the points from `start` to `end` along the roads; the straight line where no road joins them."""
        first, last = self._find_node(start), self._find_node(end)
        if first is None or last is None:
            return [start, end]
        return [start, *self._route(first, last), end]

    def _find_node(self, point: LonLat) -> LonLat | None:
        column, row = _cell(point)
        for reach in (1, 3):
            around = [
                node
                for x in range(column - reach, column + reach + 1)
                for y in range(row - reach, row + reach + 1)
                for node in self._cells.get((x, y), ())
            ]
            if around:
                return min(around, key=lambda node: distance_m(node, point))
        return None

    def _route(self, start: LonLat, end: LonLat) -> list[LonLat]:
        """A* by the straight distance."""
        came: dict[LonLat, tuple[LonLat, Sequence[LonLat]]] = {}
        best = {start: 0.0}
        edge = [(distance_m(start, end), 0.0, start)]
        while edge:
            _, so_far, node = heappop(edge)
            if node == end:
                return _trace(came, start, end)
            if so_far > best[node]:
                continue
            for length, far, line in self._ways[node]:
                total = so_far + length
                if total < best.get(far, float("inf")):
                    best[far] = total
                    came[far] = (node, line)
                    heappush(edge, (total + distance_m(far, end), total, far))
        return []


def read_roads(collection: Mapping[str, Any]) -> list[list[LonLat]]:
    """Return the lines of a GeoJSON FeatureCollection of roads."""
    return [
        [LonLat(float(lon), float(lat)) for lon, lat in feature["geometry"]["coordinates"]]
        for feature in collection["features"]
        if feature["geometry"]["type"] == "LineString"
    ]


def step_along(way: list[LonLat], distance: float) -> list[LonLat]:
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


def _trace(came: Mapping[LonLat, tuple[LonLat, Sequence[LonLat]]], start: LonLat, end: LonLat) -> list[LonLat]:
    legs: list[Sequence[LonLat]] = []
    node = end
    while node != start:
        node, line = came[node]
        legs.append(line)
    points = [start]
    for line in reversed(legs):
        points.extend(line[1:])
    return points


def _cell(point: LonLat) -> tuple[int, int]:
    return int(point.lon // CELL_DEG), int(point.lat // CELL_DEG)
