"""Shifted frames: there and back, against points whose position in both frames is known, and outside China."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.datum import CHINA, DATUMS, from_wgs84, is_in_china, to_wgs84, to_wgs84_many
from gis.point import LonLat, distance_m

WEST, SOUTH, EAST, NORTH = CHINA
MARGIN = 0.05
"""Degrees. Within the shift's own length of the box's edge there and back may differ: a point is judged where it is
given.
"""

IN_CHINA = st.builds(
    LonLat,
    st.floats(WEST + MARGIN, EAST - MARGIN, allow_nan=False),
    st.floats(SOUTH + MARGIN, NORTH - MARGIN, allow_nan=False),
)
ELSEWHERE = st.builds(LonLat, st.floats(-180, WEST - MARGIN), st.floats(-90, 90))


@settings(deadline=None)
@given(IN_CHINA, st.sampled_from(DATUMS))
def test_there_and_back_is_the_same_point(point: LonLat, datum: str) -> None:
    back = to_wgs84(from_wgs84(point, datum), datum)
    assert abs(back.lon - point.lon) < 1e-9
    assert abs(back.lat - point.lat) < 1e-9


@settings(deadline=None)
@given(IN_CHINA, st.sampled_from(DATUMS))
def test_back_and_there_is_the_same_point(point: LonLat, datum: str) -> None:
    again = from_wgs84(to_wgs84(point, datum), datum)
    assert abs(again.lon - point.lon) < 1e-9
    assert abs(again.lat - point.lat) < 1e-9


@settings(deadline=None)
@given(ELSEWHERE, st.sampled_from(DATUMS))
def test_outside_china_all_frames_are_one(point: LonLat, datum: str) -> None:
    assert not is_in_china(point)
    assert from_wgs84(point, datum) == point
    assert to_wgs84(point, datum) == point


@settings(deadline=None)
@given(st.lists(st.one_of(IN_CHINA, ELSEWHERE), min_size=1, max_size=20), st.sampled_from(DATUMS))
def test_many_points_are_converted_as_one_by_one(points: list[LonLat], datum: str) -> None:
    lons, lats = to_wgs84_many(np.array([p.lon for p in points]), np.array([p.lat for p in points]), datum)
    one_by_one = np.array([to_wgs84(point, datum) for point in points])
    assert np.allclose(np.column_stack([lons, lats]), one_by_one, rtol=0, atol=1e-12)


def test_the_shift_is_that_of_the_maps() -> None:
    """The recorded fence of Yuzhong has its corner in both frames: +0.0037 degrees east, -0.0029 north."""
    shifted = from_wgs84(LonLat(106.57, 29.56), "gcj02")
    assert shifted.lon - 106.57 == pytest.approx(0.0036930, abs=1e-6)
    assert shifted.lat - 29.56 == pytest.approx(-0.0028795, abs=1e-6)


def test_baidus_frame_lies_further_on() -> None:
    """gcj02 (116.404, 39.915) is bd09 (116.41036949, 39.92133699): the example that every converter shows."""
    bd09 = from_wgs84(to_wgs84(LonLat(116.404, 39.915), "gcj02"), "bd09")
    assert bd09.lon == pytest.approx(116.41036949371, abs=1e-8)
    assert bd09.lat == pytest.approx(39.92133699351, abs=1e-8)


def test_a_missed_conversion_would_send_people_to_the_wrong_grid() -> None:
    point = LonLat(106.5747, 29.5602)
    assert 400 < distance_m(point, from_wgs84(point, "gcj02")) < 600


@pytest.mark.parametrize("point", [LonLat(106.5, 29.5), LonLat(-122.4, 37.7)])
def test_a_frame_that_is_not_known_is_refused(point: LonLat) -> None:
    for convert in (to_wgs84, from_wgs84):
        with pytest.raises(ValueError, match="unknown datum: 'cgcs2000'"):
            convert(point, "cgcs2000")
