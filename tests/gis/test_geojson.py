"""Shapes to and from GeoJSON."""

import json

import pytest
from shapely import LineString, MultiPolygon, Point, box

from gis.geojson import BadShape, read_area, read_line, write_collection, write_feature, write_shape

SQUARE = {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]]}


def test_what_is_written_is_read_again() -> None:
    for shape in (box(0, 0, 1, 2), MultiPolygon([box(0, 0, 1, 1), box(2, 2, 3, 3)])):
        assert read_area(json.loads(json.dumps(write_shape(shape)))).equals(shape)
    line = LineString([(106.5, 29.5), (106.6, 29.6)])
    assert read_line(write_shape(line)).equals(line)


def test_coordinates_are_written_with_six_decimals() -> None:
    assert write_shape(Point(1 / 3, 2 / 3)) == {"type": "Point", "coordinates": [0.333333, 0.666667]}


def test_features_make_a_collection() -> None:
    collection = write_collection([write_feature(Point(1, 2), {"code": "a"})])
    assert collection == {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "properties": {"code": "a"}, "geometry": {"type": "Point", "coordinates": [1.0, 2.0]}}
        ],
    }


@pytest.mark.parametrize(
    ("geometry", "reason"),
    [
        (None, "must be a Polygon or MultiPolygon"),
        ({"type": "Point", "coordinates": [0, 0]}, "must be a Polygon or MultiPolygon"),
        ({"type": "Polygon"}, "cannot be read"),
        ({"type": "Polygon", "coordinates": []}, "empty"),
        ({"type": "Polygon", "coordinates": [[[0, 0], [1, 1]]]}, "cannot be read"),
        ({"type": "Polygon", "coordinates": [[["x", 0], [1, 1], [1, 0], [0, 0]]]}, "cannot be read"),
        ({"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]}, "Self-intersection"),
        ({"type": "Polygon", "coordinates": [[[0, 0], [200, 0], [200, 1], [0, 0]]]}, "outside -180"),
        ({"type": "Polygon", "coordinates": [[[0, 0], [float("nan"), 0], [2, 1], [0, 0]]]}, "finite"),
        ({"type": "Polygon", "coordinates": 7}, "cannot be read"),
    ],
)
def test_a_shape_that_cannot_be_used_is_refused(geometry: object, reason: str) -> None:
    with pytest.raises(BadShape, match=reason):
        read_area(geometry)


def test_a_line_needs_length() -> None:
    with pytest.raises(BadShape, match="no length"):
        read_line({"type": "LineString", "coordinates": [[1, 1], [1, 1]]})
    with pytest.raises(BadShape, match="must be a LineString"):
        read_line(SQUARE)
