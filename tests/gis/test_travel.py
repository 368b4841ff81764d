"""Ways along the roads: against networkx on random towns, and by hand on a small one.

(0,2) --- (1,2)
  |         |          one block is a thousandth of a degree; a lane runs off to the right of (1,0)
(0,0) --- (1,0) --- (2,0)
"""

from itertools import pairwise

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.point import LonLat, distance_m
from gis.travel import DETOUR, Node, Road, RoadGraph, node_of

WEST, SOUTH = 106.5, 29.5


def at(x: float, y: float) -> LonLat:
    return LonLat(WEST + x / 1000, SOUTH + y / 1000)


def road(name: str, *points: tuple[float, float]) -> Road:
    return Road(id=name, points=tuple(at(*point) for point in points), name_zh=name)


TOWN = (
    road("south", (0, 0), (1, 0)),
    road("west", (0, 0), (0, 2)),
    road("north", (0, 2), (1, 2)),
    road("east", (1, 0), (1, 2)),
    road("lane", (1, 0), (1.5, 0.0), (2, 0)),
)


def length_m(points: tuple[LonLat, ...]) -> float:
    return sum(distance_m(p, q) for p, q in pairwise(points))


def test_the_shortest_way_is_taken() -> None:
    route = RoadGraph(TOWN).route(at(0, 2), at(2, 0))
    assert route.on_road
    assert route.points[0] == at(0, 2)
    assert route.points[-1] == at(2, 0)
    assert at(1, 0) in route.points
    assert route.distance_m == pytest.approx(length_m(route.points))
    assert route.distance_m == pytest.approx(
        distance_m(at(0, 2), at(0, 0)) + 2 * distance_m(at(0, 0), at(1, 0)), rel=1e-4
    )


def test_two_positions_on_one_road_are_joined_along_it() -> None:
    route = RoadGraph(TOWN).route(at(0, 0.5), at(0, 1.5))
    assert [node_of(point) for point in route.points] == [node_of(at(0, 0.5)), node_of(at(0, 1.5))]
    assert route.distance_m == pytest.approx(distance_m(at(0, 0.5), at(0, 1.5)))


def test_the_walk_to_and_from_the_road_is_counted() -> None:
    beside = RoadGraph(TOWN).route(at(-0.3, 1), at(0, 2))
    assert beside.distance_m == pytest.approx(
        distance_m(at(-0.3, 1), at(0, 1)) + distance_m(at(0, 1), at(0, 2)), rel=1e-6
    )


def test_a_way_around_is_taken_where_the_own_road_is_longer() -> None:
    """A horseshoe road whose ends are joined by a bridge: along the road it is far, over the bridge it is near."""
    horseshoe = road("horseshoe", (0, 0), (0, 5), (1, 5), (1, 0))
    with_bridge = RoadGraph([horseshoe, road("bridge", (0, 0), (1, 0))])
    around = RoadGraph([horseshoe]).route(at(0, 1), at(1, 1))
    over = with_bridge.route(at(0, 1), at(1, 1))
    assert over.distance_m < around.distance_m / 2
    assert at(0, 0) in over.points
    assert over.distance_m == pytest.approx(length_m(over.points))


def test_a_ring_road_is_left_by_the_nearer_side() -> None:
    ring = road("ring", (0, 0), (2, 0), (2, 2), (0, 2), (0, 0))
    graph = RoadGraph([ring, road("spur", (0, 0), (-2, 0))])
    route = graph.route(at(0, 1), at(-2, 0))
    assert route.distance_m == pytest.approx(distance_m(at(0, 1), at(0, 0)) + distance_m(at(0, 0), at(-2, 0)), rel=1e-4)
    assert route.distance_m == pytest.approx(length_m(route.points))


def test_where_no_road_leads_the_line_is_straight_and_says_so() -> None:
    graph = RoadGraph([road("here", (0, 0), (1, 0)), road("there", (0, 9), (1, 9))])
    route = graph.route(at(0, 0), at(0, 9))
    assert (route.on_road, route.points) == (False, (at(0, 0), at(0, 9)))
    assert RoadGraph([]).route(at(0, 0), at(1, 1)).on_road is False
    assert [len(part) for part in graph.list_parts()] == [2, 2]


def test_times_follow_from_distance_and_speed() -> None:
    graph = RoadGraph(TOWN)
    assert graph.travel_s(at(0, 0), at(1, 0), 2.0) == pytest.approx(distance_m(at(0, 0), at(1, 0)) / 2)
    assert graph.estimate_s(at(0, 0), at(1, 2), 2.0) == pytest.approx(distance_m(at(0, 0), at(1, 2)) * DETOUR / 2)


CORNERS = st.tuples(st.integers(0, 5), st.integers(0, 5))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(CORNERS, CORNERS).filter(lambda ends: ends[0] != ends[1]), min_size=1, max_size=25), st.data()
)
def test_ways_between_crossings_are_as_short_as_dijkstras(
    ends: list[tuple[tuple[int, int], tuple[int, int]]], data: st.DataObject
) -> None:
    roads = [road(f"r{number}", *pair) for number, pair in enumerate(ends)]
    graph = RoadGraph(roads)
    plain: nx.MultiGraph[Node] = nx.MultiGraph()
    for each in roads:
        plain.add_edge(node_of(each.points[0]), node_of(each.points[-1]), weight=length_m(each.points))
    crossings = sorted({corner for pair in ends for corner in pair})
    start, goal = data.draw(st.sampled_from(crossings)), data.draw(st.sampled_from(crossings))
    route = graph.route(at(*start), at(*goal))
    try:
        wanted = nx.dijkstra_path_length(plain, node_of(at(*start)), node_of(at(*goal)))
    except nx.NetworkXNoPath:
        wanted = None
    if wanted is None or _roads_touch_off_crossings(roads, start, goal):
        return  # a road may also be joined in its middle where it runs through a crossing of others
    assert route.distance_m == pytest.approx(wanted, abs=0.5)
    assert length_m(route.points) == pytest.approx(route.distance_m, abs=0.5)


def _roads_touch_off_crossings(roads: list[Road], *corners: tuple[int, int]) -> bool:
    """Tell whether a corner lies inside a road that does not end there: then the snap may choose that road."""
    for each in roads:
        a, b = each.points[0], each.points[-1]
        for corner in corners:
            point = at(*corner)
            inside = abs(distance_m(a, point) + distance_m(point, b) - distance_m(a, b)) < 0.05
            if inside and node_of(point) not in (node_of(a), node_of(b)):
                return True
    return False
