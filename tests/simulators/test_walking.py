"""Walking the road graph."""

from itertools import pairwise

import pytest

from gis.point import LonLat, distance_m
from simulators.walking import Footways, read_roads, step_along

A, B, C, D = LonLat(106.50, 29.55), LonLat(106.51, 29.55), LonLat(106.51, 29.56), LonLat(106.50, 29.56)
BEND = LonLat(106.505, 29.551)


def length(way: list[LonLat]) -> float:
    return sum(distance_m(a, b) for a, b in pairwise(way))


def test_the_way_follows_the_roads_both_ways() -> None:
    ways = Footways([[A, BEND, B], [B, C]])
    assert ways.walk(A, C) == [A, A, BEND, B, C, C]
    assert ways.walk(C, A) == [C, C, B, BEND, A, A]


def test_the_shortest_of_two_ways_is_taken() -> None:
    ways = Footways([[A, B], [B, C], [A, LonLat(106.47, 29.57), C]])
    assert B in ways.walk(A, C)


def test_without_a_road_between_one_walks_straight() -> None:
    assert Footways([]).walk(A, C) == [A, C]
    assert Footways([[A, B], [C, D]]).walk(A, C) == [A, C]


@pytest.mark.parametrize("step", [0.0, 10.0, 400.0, 1500.0])
def test_a_step_leaves_the_rest_of_the_way(step: float) -> None:
    way = [A, BEND, B, C]
    assert length(step_along(way, step)) == pytest.approx(length(way) - step, rel=1e-3)


def test_a_step_beyond_the_end_stops_there() -> None:
    assert step_along([A, B], 1e9) == [B]


def test_roads_are_read_from_geojson() -> None:
    line = {"geometry": {"type": "LineString", "coordinates": [[1, 2], [3, 4]]}}
    point = {"geometry": {"type": "Point", "coordinates": [1, 2]}}
    assert read_roads({"features": [line, point]}) == [[LonLat(1, 2), LonLat(3, 4)]]
