"""What cameras look at: wedges, which of them overlap, and how far an event must look for its case."""

from math import cos, radians

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.point import LonLat, distance_m
from gis.views import METRES_PER_DEGREE, REACH_MAX_M, ViewIndex, Wedge

HERE = LonLat(106.505, 29.515)


def moved(east_m: float, north_m: float, start: LonLat = HERE) -> LonLat:
    lon = start.lon + east_m / (METRES_PER_DEGREE * cos(radians(start.lat)))
    return LonLat(lon, start.lat + north_m / METRES_PER_DEGREE)


EAST = Wedge(HERE, 90.0, 60.0, 50.0)


@pytest.mark.parametrize(
    ("east_m", "north_m", "seen"),
    [
        (40, 0, True),
        (0, 0, True),
        (51, 0, False),
        (-10, 0, False),
        (30, 17, True),
        (30, 18, False),
        (30, -17, True),
        (0, 30, False),
    ],
)
def test_a_camera_sees_what_lies_in_its_wedge(east_m: float, north_m: float, seen: bool) -> None:
    assert EAST.covers(moved(east_m, north_m)) is seen


def test_a_wedge_over_north_and_one_all_around_have_no_seam() -> None:
    north = Wedge(HERE, 350.0, 40.0, 50.0)
    assert north.covers(moved(3, 40))
    assert not north.covers(moved(30, 40))
    around = Wedge(HERE, 0.0, 360.0, 50.0)
    assert all(around.covers(moved(east, north)) for east, north in ((30, 30), (-30, 30), (-30, -30), (30, -30)))


def test_two_cameras_that_face_each_other_overlap_and_two_back_to_back_do_not() -> None:
    views = ViewIndex(
        {
            "a": EAST,
            "facing": Wedge(moved(60, 0), 270.0, 60.0, 50.0),
            "behind": Wedge(moved(-1, 0), 270.0, 60.0, 50.0),
            "far": Wedge(moved(2_000, 0), 270.0, 60.0, 50.0),
        }
    )
    assert views.overlaps("a", "facing")
    assert views.overlaps("facing", "a")
    for other in ("behind", "far", "a", "nobody"):
        assert not views.overlaps("a", other)


def test_wedges_that_only_touch_at_their_far_ends_do_not_overlap() -> None:
    views = ViewIndex({"a": EAST, "b": Wedge(moved(99, 0), 270.0, 60.0, 50.0)})
    assert not views.overlaps("a", "b")


def test_a_camera_that_looks_very_far_counts_as_far_as_one_can_tell() -> None:
    views = ViewIndex({"a": Wedge(HERE, 90.0, 60.0, 20_000.0)})
    assert views.covers("a", moved(REACH_MAX_M - 1, 0))
    assert not views.covers("a", moved(REACH_MAX_M + 1, 0))


def test_a_city_without_views_has_none() -> None:
    views = ViewIndex({})
    assert len(views) == 0
    assert views.reach_m("a", HERE) == 0.0
    assert not views.covers("a", HERE)


@given(st.floats(-400, 400), st.floats(-400, 400), st.floats(0, 359), st.floats(10, 360), st.floats(5, 300))
def test_whoever_stands_in_a_view_is_told_to_look_as_far_as_its_middle(
    east_m: float, north_m: float, heading: float, view: float, range_m: float
) -> None:
    wedge = Wedge(HERE, heading, view, range_m)
    views, point = ViewIndex({"a": wedge}), moved(east_m, north_m)
    if views.covers("a", point):
        # The case of the camera lies in the middle of its view: from the point it must be within reach.
        assert distance_m(point, wedge.middle) <= views.reach_m("someone", point)
        assert distance_m(wedge.middle, point) <= views.reach_m("a", None)


@given(st.floats(-80, 80), st.floats(-80, 80), st.floats(0, 359))
def test_the_middles_of_two_that_overlap_are_within_each_others_reach(east: float, north: float, turn: float) -> None:
    other = Wedge(moved(east, north), turn, 70.0, 60.0)
    views = ViewIndex({"a": EAST, "b": other})
    if views.overlaps("a", "b"):
        apart_m = distance_m(EAST.middle, other.middle)
        assert apart_m <= views.reach_m("a", None) + 1e-6
        assert apart_m <= views.reach_m("b", None) + 1e-6
