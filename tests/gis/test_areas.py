"""The area index against the plain definition: of all areas whose closed polygon covers the point, the lowest code."""

from collections.abc import Mapping

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import MultiPolygon, Polygon, box

from gis.areas import AreaIndex, AreaShape
from gis.point import LonLat

COORDINATES = st.floats(min_value=-3, max_value=13, allow_nan=False)
SMALL = st.integers(min_value=0, max_value=10)


def scan(shapes: Mapping[str, AreaShape], point: LonLat) -> str | None:
    """The definition, by asking every polygon."""
    return next((code for code in sorted(shapes) if shapely.intersects_xy(shapes[code], *point)), None)


@st.composite
def some_polygon(draw: st.DrawFn) -> Polygon:
    """A valid polygon on a coarse lattice or anywhere, so that corners and edges are often shared."""
    number = SMALL.map(float) if draw(st.booleans()) else st.floats(min_value=0, max_value=10, allow_nan=False)
    points = draw(st.lists(st.tuples(number, number), min_size=3, max_size=8))
    hull = shapely.convex_hull(shapely.MultiPoint(points))
    if isinstance(hull, Polygon) and hull.area > 1e-6:
        return hull
    x, y = points[0]
    return box(x, y, x + 1, y + 2)


@st.composite
def some_areas(draw: st.DrawFn) -> dict[str, AreaShape]:
    shapes = draw(st.lists(some_polygon(), min_size=1, max_size=6))
    scale, shift = draw(st.sampled_from([(1.0, 0.0), (1e-3, 106.5), (1e-6, 29.5)]))
    moved = [shapely.transform(shape, lambda points: points * scale + shift) for shape in shapes]
    return {f"{number:02}": shape for number, shape in enumerate(moved) if shape.is_valid and shape.area > 0} or {
        "00": box(0, 0, 1, 1)
    }


def telling_points(shapes: Mapping[str, AreaShape], index: AreaIndex) -> list[LonLat]:
    """Corners, middles of edges, corners of cells, and their neighbours by one last digit: where a raster goes
    wrong.
    """
    corners = shapely.get_coordinates(np.array([*shapes.values()]))
    middles = (corners[:-1] + corners[1:]) / 2
    frame = index.frame
    edges = np.r_[0, 1, np.arange(2, frame.columns, frame.columns // 6), frame.columns - 1, frame.columns]
    lons = frame.west + edges / frame.columns_per_degree
    lats = frame.south + edges / frame.rows_per_degree
    lattice = np.array(np.meshgrid(lons, lats)).reshape(2, -1).T
    exact = np.concatenate([corners, middles, lattice])
    beside = [np.nextafter(exact, exact + step) for step in ((1.0, 0.0), (-1.0, 0.0), (0.0, 1.0), (0.0, -1.0))]
    return [LonLat(*point) for point in np.concatenate([exact, *beside]).tolist()]


@settings(max_examples=60, deadline=None)
@given(some_areas(), st.lists(st.tuples(COORDINATES, COORDINATES), max_size=20))
def test_it_finds_what_asking_every_polygon_finds(
    shapes: dict[str, AreaShape], anywhere: list[tuple[float, float]]
) -> None:
    index = AreaIndex(shapes)
    points = [*telling_points(shapes, index), *(LonLat(*point) for point in anywhere)]
    wanted = [scan(shapes, point) for point in points]
    assert [index.find(point) for point in points] == wanted
    lons, lats = np.array(points, dtype=np.float64).T
    assert index.find_many(lons, lats) == wanted


@settings(max_examples=20, deadline=None)
@given(st.integers(min_value=0, max_value=2**32 - 1), st.integers(min_value=2, max_value=60))
def test_a_partition_without_gaps_has_an_answer_everywhere(seed: int, count: int) -> None:
    """Voronoi cells cover the box: so do the answers, on every shared edge and corner too."""
    sites = np.random.default_rng(seed).uniform(0, 1, (count, 2))
    frame = box(0, 0, 1, 1)
    cells = shapely.get_parts(shapely.voronoi_polygons(shapely.MultiPoint(sites), extend_to=frame))
    shapes: dict[str, AreaShape] = {f"{n:03}": cell for n, cell in enumerate(cells.tolist())}
    index = AreaIndex(shapes)
    points = telling_points(shapes, index)
    answers = [index.find(point) for point in points]
    assert answers == [scan(shapes, point) for point in points]
    lons, lats = np.array(points, dtype=np.float64).T
    assert index.find_many(lons, lats) == answers


@pytest.mark.parametrize("point", [LonLat(1, 0.5), LonLat(1, 0), LonLat(1, 1)])
def test_a_point_on_a_shared_boundary_belongs_to_the_lowest_code(point: LonLat) -> None:
    left, right = box(0, 0, 1, 1), box(1, 0, 2, 1)
    assert AreaIndex({"b": left, "a": right}).find(point) == "a"
    assert AreaIndex({"a": left, "b": right}).find(point) == "a"


def test_where_areas_overlap_the_lowest_code_answers() -> None:
    index = AreaIndex({"2": box(0, 0, 4, 4), "1": box(1, 1, 2, 2), "3": box(3, 3, 9, 9)})
    assert [index.find(LonLat(at, at)) for at in (0.5, 1.5, 3.5, 8.0)] == ["2", "1", "2", "3"]


@pytest.mark.parametrize(
    "other",
    [
        box(0, 0, 1, 1),  # the very same lines, but on the same side
        box(1, 0, 2, 1),  # the same line from the other side
        box(1, -1, 2, 2),  # a part of a longer line
        box(1.0000001, 0, 2, 1),  # a gap of a centimetre
        box(0.9999999, 0, 2, 1),  # a sliver of overlap
        Polygon([(1, 0), (2, 0.5), (1, 1)]).union(Polygon([(2, 0.5), (3, 0), (3, 1)]).buffer(0)),
    ],
)
def test_what_lies_along_a_common_line_is_told_apart_on_both_sides(other: AreaShape) -> None:
    """Where two areas meet along the same line, only one of them is asked: that must not change any answer."""
    for shapes in ({"a": box(0, 0, 1, 1), "b": other}, {"a": other, "b": box(0, 0, 1, 1)}):
        index = AreaIndex(shapes)
        offsets = np.array([-2e-3, -1e-3, -1e-7, -5e-8, 0.0, 5e-8, 1e-7, 1e-3, 2e-3])
        grid = np.array(
            np.meshgrid(np.r_[offsets, 1 + offsets, 2 + offsets], np.r_[offsets, 0.5 + offsets, 1 + offsets])
        )
        lons, lats = grid.reshape(2, -1)
        wanted = [scan(shapes, LonLat(*point)) for point in np.column_stack([lons, lats]).tolist()]
        assert index.find_many(lons, lats) == wanted
        assert [index.find(LonLat(*point)) for point in np.column_stack([lons, lats]).tolist()] == wanted


def test_holes_and_islands_are_respected() -> None:
    ring = Polygon([(0, 0), (9, 0), (9, 9), (0, 9)], [[(3, 3), (6, 3), (6, 6), (3, 6)]])
    islands = MultiPolygon([box(4, 4, 5, 5), box(20, 20, 21, 21)])
    index = AreaIndex({"ring": ring, "islands": islands})
    places = [LonLat(1, 1), LonLat(3.5, 3.5), LonLat(4.5, 4.5), LonLat(20.5, 20.5), LonLat(3, 4), LonLat(15, 15)]
    assert [index.find(point) for point in places] == ["ring", None, "islands", "islands", "ring", None]


@pytest.mark.parametrize("lon", [float("nan"), float("inf"), -1.0, 181.0, 1e300])
def test_a_point_outside_has_no_area(lon: float) -> None:
    index = AreaIndex({"a": box(0, 0, 1, 1)})
    assert index.find(LonLat(lon, 0.5)) is None
    assert index.find(LonLat(0.5, lon)) is None
    assert index.find_many(np.array([lon, 0.5]), np.array([0.5, 0.5])) == [None, "a"]


def test_no_points_give_no_answers() -> None:
    assert AreaIndex({"a": box(0, 0, 1, 1)}).find_many(np.array([]), np.array([])) == []


@pytest.mark.parametrize(
    ("shapes", "reason"),
    [
        ({}, "no areas"),
        ({"a": Polygon()}, "area a: empty"),
        ({"a": Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])}, "area a: Self-intersection"),
    ],
)
def test_shapes_that_cannot_be_asked_are_refused(shapes: dict[str, AreaShape], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        AreaIndex(shapes)
