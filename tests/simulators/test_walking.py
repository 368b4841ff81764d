"""Going along a way."""

from itertools import pairwise

import pytest

from gis.point import LonLat, distance_m
from simulators.walking import step_along

A, B, C = LonLat(106.50, 29.55), LonLat(106.51, 29.55), LonLat(106.51, 29.56)
BEND = LonLat(106.505, 29.551)


def length(way: list[LonLat]) -> float:
    return sum(distance_m(a, b) for a, b in pairwise(way))


@pytest.mark.parametrize("step", [0.0, 10.0, 400.0, 1500.0])
def test_a_step_leaves_the_rest_of_the_way(step: float) -> None:
    way = [A, BEND, B, C]
    assert length(step_along(way, step)) == pytest.approx(length(way) - step, rel=1e-3)


def test_a_step_beyond_the_end_stops_there() -> None:
    assert step_along([A, B], 1e9) == [B]
