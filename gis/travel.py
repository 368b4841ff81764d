"""The road graph: the way between two points, and how long it takes.

Lines are joined where they share an end point. A position off the road is joined to the nearest road by a straight
walk.
"""

from collections.abc import Iterable, Sequence
from heapq import heapify, heappop, heappush
from itertools import pairwise
from math import cos, radians

import numpy as np
import shapely
from msgspec import Struct

from gis.point import LonLat, distance_m

NODE_DIGITS = 6
"""End points that agree to this many decimals (ten centimetres) are one crossing."""

DETOUR = 1.35
"""Road distance over distance as the crow flies, as an assignment assumes it: usual for city centres (1.2 to 1.5)."""

Node = tuple[float, float]


class Road(Struct, frozen=True, kw_only=True):
    """One line of the network. `name_zh` may be "" for a lane without a name."""

    id: str
    points: tuple[LonLat, ...]
    name_zh: str = ""
    name_en: str = ""
    road_class: str = "residential"


class Route(Struct, frozen=True):
    """`points` from the start to the goal; `on_road` is False where no road joins them and the line is straight."""

    points: tuple[LonLat, ...]
    distance_m: float
    on_road: bool = True


class _Snap(Struct, frozen=True):
    """Where a position meets the network: the edge, and how far along it in metres."""

    edge: int
    point: LonLat
    along_m: float
    away_m: float


class RoadGraph:
    """All roads as a graph. Queries are exact shortest ways (A*); a graph without roads answers with straight lines."""

    def __init__(self, roads: Iterable[Road]) -> None:
        self.roads: tuple[Road, ...] = tuple(roads)
        self._ends: list[tuple[Node, Node]] = []
        self._lengths: list[float] = []
        self._near: dict[Node, list[tuple[int, Node]]] = {}
        for index, road in enumerate(self.roads):
            a, b = node_of(road.points[0]), node_of(road.points[-1])
            self._ends.append((a, b))
            self._lengths.append(sum(distance_m(p, q) for p, q in pairwise(road.points)))
            self._near.setdefault(a, []).append((index, b))
            self._near.setdefault(b, []).append((index, a))
        points = np.array([point for road in self.roads for point in road.points], dtype=float).reshape(-1, 2)
        # Trees measure in plain units: squeezed like this, a degree east is as long as a degree north.
        self._squeeze = cos(radians(float(points[:, 1].mean()))) if len(points) else 1.0
        squeezed = points * (self._squeeze, 1.0)
        owner = np.repeat(np.arange(len(self.roads)), [len(road.points) for road in self.roads])
        lines = shapely.linestrings(squeezed, indices=owner) if self.roads else ()
        self._tree = shapely.STRtree(np.asarray(lines, dtype=object))

    def route(self, start: LonLat, goal: LonLat) -> Route:
        """Return the shortest way by road, with the straight walk to and from the road."""
        a, b = self._snap(start), self._snap(goal)
        straight = Route((start, goal), distance_m(start, goal), on_road=False)
        if a is None or b is None:
            return straight
        found = self._along_one_edge(a, b) if a.edge == b.edge else None
        through = self._search(a, b, found[0] if found else float("inf"))
        if through is not None:
            found = through
        if found is None:
            return straight
        return Route(_without_repeats((start, *found[1], goal)), a.away_m + found[0] + b.away_m)

    def travel_s(self, start: LonLat, goal: LonLat, speed_mps: float) -> float:
        """Return how long the way by road takes, in seconds."""
        return self.route(start, goal).distance_m / speed_mps

    def estimate_s(self, start: LonLat, goal: LonLat, speed_mps: float) -> float:
        """Return a quick estimate of `travel_s`, in seconds: the straight line times DETOUR."""
        return distance_m(start, goal) * DETOUR / speed_mps

    def nodes_of(self, road: int) -> tuple[Node, Node]:
        return self._ends[road]

    def list_parts(self) -> list[set[Node]]:
        """Return the connected parts of the network as sets of crossings, the largest first."""
        left = set(self._near)
        parts: list[set[Node]] = []
        while left:
            todo = [left.pop()]
            part = set(todo)
            while todo:
                for _, node in self._near[todo.pop()]:
                    if node not in part:
                        part.add(node)
                        todo.append(node)
            left -= part
            parts.append(part)
        return sorted(parts, key=len, reverse=True)

    def _snap(self, point: LonLat) -> _Snap | None:
        """Return the nearest place on a road, None for a graph without roads."""
        if not self.roads:
            return None
        edge = int(self._tree.nearest(shapely.Point(point.lon * self._squeeze, point.lat)))
        best, gone_m = _Snap(edge, point, 0.0, float("inf")), 0.0
        for p, q in pairwise(self.roads[edge].points):
            dx, dy = (q.lon - p.lon) * self._squeeze, q.lat - p.lat
            square = dx * dx + dy * dy
            share = ((point.lon - p.lon) * self._squeeze * dx + (point.lat - p.lat) * dy) / square if square else 0.0
            at = _between(p, q, share)
            away_m = distance_m(point, at)
            if away_m < best.away_m:
                best = _Snap(edge, at, gone_m + distance_m(p, at), away_m)
            gone_m += distance_m(p, q)
        return best

    def _exits(self, snap: _Snap) -> dict[Node, float]:
        """Return the metres to each end of the snap's edge (a ring has one end: the nearer way counts)."""
        first, last = self._ends[snap.edge]
        back_m, on_m = snap.along_m, max(0.0, self._lengths[snap.edge] - snap.along_m)
        return {first: min(back_m, on_m)} if first == last else {first: back_m, last: on_m}

    def _along_one_edge(self, a: _Snap, b: _Snap) -> tuple[float, tuple[LonLat, ...]]:
        return abs(a.along_m - b.along_m), self._cut(a.edge, a.along_m, b.along_m)

    def _search(self, a: _Snap, b: _Snap, limit_m: float) -> tuple[float, tuple[LonLat, ...]] | None:
        """Return (metres, points) of the shortest way through crossings that is shorter than `limit_m`. A*."""
        goal_m = self._exits(b)
        reached = self._exits(a)
        came: dict[Node, tuple[int, Node] | None] = dict.fromkeys(reached)
        queue = [(cost + distance_m(LonLat(*node), b.point), cost, node) for node, cost in reached.items()]
        heapify(queue)
        best_m = limit_m
        best_node: Node | None = None
        while queue and queue[0][0] < best_m:
            _, cost, node = heappop(queue)
            if cost > reached[node]:
                continue
            if node in goal_m and cost + goal_m[node] < best_m:
                best_m, best_node = cost + goal_m[node], node
            for edge, other in self._near[node]:
                there = cost + self._lengths[edge]
                if there < reached.get(other, float("inf")):
                    reached[other], came[other] = there, (edge, node)
                    heappush(queue, (there + distance_m(LonLat(*other), b.point), there, other))
        return None if best_node is None else (best_m, self._trace(a, b, best_node, came))

    def _trace(self, a: _Snap, b: _Snap, node: Node, came: dict[Node, tuple[int, Node] | None]) -> tuple[LonLat, ...]:
        pieces: list[tuple[LonLat, ...]] = [tuple(reversed(self._to_end(b, node)))]
        while (step := came[node]) is not None:
            edge, previous = step
            points = self.roads[edge].points
            pieces.append(points if self._ends[edge] == (previous, node) else points[::-1])
            node = previous
        pieces.append(self._to_end(a, node))
        pieces.reverse()
        return tuple(point for piece in pieces for point in piece)

    def _to_end(self, snap: _Snap, node: Node) -> tuple[LonLat, ...]:
        """Return the points from the snap to the end of its edge that is `node` (on a ring road: the nearer way)."""
        first, last = self._ends[snap.edge]
        length = self._lengths[snap.edge]
        forward = node == last and (first != last or length - snap.along_m < snap.along_m)
        return self._cut(snap.edge, snap.along_m, length if forward else 0.0)

    def _cut(self, edge: int, from_m: float, to_m: float) -> tuple[LonLat, ...]:
        """Return the points of an edge between two distances along it, in that direction."""
        low, high = sorted((from_m, to_m))
        points = self.roads[edge].points
        kept, gone_m = [], 0.0
        for p, q in pairwise(points):
            step_m = distance_m(p, q)
            if step_m and gone_m <= high and gone_m + step_m >= low:
                kept.append(_between(p, q, min(1.0, max(0.0, (low - gone_m) / step_m))))
                kept.append(_between(p, q, min(1.0, max(0.0, (high - gone_m) / step_m))))
            gone_m += step_m
        cut = _without_repeats(kept)
        return cut if from_m <= to_m else cut[::-1]


def node_of(point: LonLat) -> Node:
    return round(point.lon, NODE_DIGITS), round(point.lat, NODE_DIGITS)


def _between(p: LonLat, q: LonLat, share: float) -> LonLat:
    if share <= 0:
        return p
    return q if share >= 1 else LonLat(p.lon + (q.lon - p.lon) * share, p.lat + (q.lat - p.lat) * share)


def _without_repeats(points: Sequence[LonLat]) -> tuple[LonLat, ...]:
    return tuple(point for index, point in enumerate(points) if index == 0 or point != points[index - 1])
