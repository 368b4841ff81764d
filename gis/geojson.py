"""Shapes to and from GeoJSON (RFC 7946). Positions are [lon, lat] in WGS-84."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import shapely
from shapely import LineString, MultiPolygon, Polygon
from shapely.geometry import shape

from gis.areas import AreaShape

DIGITS = 6
"""Decimals of written coordinates: a ten-centimetre step."""

Json = dict[str, Any]


class BadShape(ValueError):
    """The geometry cannot be used; the text says why."""


def read_area(geometry: object) -> AreaShape:
    """Return the polygon or multipolygon of a GeoJSON geometry. Raises BadShape for anything else and for an invalid
    one."""
    return as_area(_read(geometry, ("Polygon", "MultiPolygon")))


def as_area(found: shapely.Geometry) -> AreaShape:
    """Return the geometry if it is a valid polygon or multipolygon. Raises BadShape."""
    if not isinstance(found, Polygon | MultiPolygon) or found.is_empty:
        raise BadShape("the polygon is empty")
    if not found.is_valid:
        raise BadShape(f"the polygon is not valid: {shapely.is_valid_reason(found)}")
    return found


def read_line(geometry: object) -> LineString:
    """Return the line of a GeoJSON geometry. Raises BadShape for anything else and for a line without length."""
    found = _read(geometry, ("LineString",))
    if not isinstance(found, LineString) or found.is_empty or found.length == 0:
        raise BadShape("the line has no length")
    return found


def write_shape(found: shapely.Geometry, digits: int = DIGITS) -> Json:
    """Return a geometry as a GeoJSON dict, rounded to `digits` decimals."""
    rounded = shapely.transform(found, lambda coordinates: np.round(coordinates, digits))
    written: Json = json.loads(shapely.to_geojson(rounded))
    return written


def write_feature(found: shapely.Geometry, properties: Mapping[str, object], digits: int = DIGITS) -> Json:
    return {"type": "Feature", "properties": dict(properties), "geometry": write_shape(found, digits)}


def write_collection(features: Iterable[Json]) -> Json:
    return {"type": "FeatureCollection", "features": list(features)}


def _read(geometry: object, kinds: tuple[str, ...]) -> shapely.Geometry:
    if not isinstance(geometry, dict) or geometry.get("type") not in kinds:
        raise BadShape(f"the geometry must be a {' or '.join(kinds)}")
    try:
        with np.errstate(invalid="ignore"):  # NaN is refused below, with a reason
            found: shapely.Geometry = shape(geometry)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, shapely.GEOSException) as error:
        raise BadShape(f"the coordinates cannot be read: {error}") from error
    coordinates = shapely.get_coordinates(found)
    if not np.isfinite(coordinates).all():
        raise BadShape("a coordinate is not a finite number")
    if len(coordinates) and (np.abs(coordinates) > (180.0, 90.0)).any():
        raise BadShape("a coordinate is outside -180..180, -90..90")
    return found
