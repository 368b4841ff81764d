"""What an alert of CAP says, in whichever of its writings: XML of 1.0 to 1.2, the same as JSON, or GeoJSON features.

CAP 1.2 (OASIS, 2010), section 3.2; api.weather.gov writes the same fields as GeoJSON (RFC 7946) properties.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from gis.point import LonLat
from services.feeds import Unreadable
from services.feeds._common import decode
from services.feeds._xml import Node, from_json, number, read_xml

INFOS_MAX = 64
"""`info`s of one alert: languages times hazards."""
AREAS_MAX = 1_000
"""Areas of one `info`."""
VERTICES_MAX = 20_000
"""Points of one polygon; a coast has some thousand."""
RADIUS_MAX_KM = 20_100.0
"""Half way round the earth."""

_REFERENCE = re.compile(r"([^\s,]+),([^\s,]+),(\d{4}-[^\s,]+)")
_NEEDED = ("identifier", "sender", "sent", "status", "msgType")
_NEEDED_OF_FEATURE = ("id", "sender", "sent", "status", "messageType")

Ring = tuple[LonLat, ...]
Circle = tuple[LonLat, float]


class Area(NamedTuple):
    """Where: rings, circles as (centre, radius in km), geocodes as `name:value`; whether a shape was left out."""

    text: str
    rings: tuple[Ring, ...]
    circles: tuple[Circle, ...]
    codes: tuple[str, ...]
    is_broken: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Info:
    """One hazard in one language. `values` are the elements of one text each, by lower-case name."""

    values: Mapping[str, str]
    codes: tuple[str, ...]
    responses: tuple[str, ...]
    areas: tuple[Area, ...]

    def same_as(self) -> tuple[object, ...]:
        """Return what two languages of one hazard have in common: its code, else its word, and its ground."""
        shapes = tuple((area.rings, area.circles) for area in self.areas if area.rings or area.circles)
        named = tuple(area.codes or area.text for area in self.areas)
        return (self.codes or self.values.get("event", ""), shapes or named)


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """What both writings of an alert say. `references` are (sender, identifier, sent)."""

    sender: str
    identifier: str
    sent: str
    status: str
    kind: str
    values: Mapping[str, str]
    references: tuple[tuple[str, str, str], ...]
    infos: tuple[Info, ...]


def read_alert(body: bytes) -> Alert:
    """Return the first alert of a document.

    A shape that is broken is left out and marked: a warning is not lost for the drawing of its area.

    :raises Unreadable: reason `shape` without one of the five elements that make an alert this one.
    """
    if body.lstrip()[:1] == b"{":
        told = decode(body, dict[str, Any])
        if "properties" in told:
            return _read_feature(told)
        root = from_json(told)
        return _read_alert(root.find("alert") or root)
    found = read_xml(body).within("alert")
    if not found:
        raise Unreadable("shape", "no alert")
    return _read_alert(found[0])


def _read_alert(told: Node) -> Alert:
    """Read `alert` (CAP 1.2, 3.2.1)."""
    _check(told, _NEEDED)
    return Alert(
        sender=told.value("sender"),
        identifier=told.value("identifier"),
        sent=told.value("sent"),
        status=told.value("status"),
        kind=told.value("msgType"),
        values={"scope": told.value("scope"), "note": told.value("note")},
        references=tuple(_REFERENCE.findall(told.value("references"))),
        infos=tuple(_read_info(node) for node in told.list("info")[:INFOS_MAX]),
    )


def _check(told: Node, names: Sequence[str]) -> None:
    for name in names:
        if not told.value(name):
            raise Unreadable("shape", f"an alert without {name}")


def _values(told: Node) -> Mapping[str, str]:
    """Return the elements that hold a text, the first of each name."""
    return {child.name: child.text for child in reversed(told.children) if not child.children}


def _read_info(told: Node) -> Info:
    return Info(
        values={**_values(told), "category": " ".join(node.text for node in told.list("category"))},
        codes=_pairs(told.list("eventCode")),
        responses=tuple(node.text for node in told.list("responseType") if node.text),
        areas=tuple(_read_area(node) for node in told.list("area")[:AREAS_MAX]),
    )


def _pairs(nodes: Sequence[Node]) -> tuple[str, ...]:
    """Return `valueName:value` of each; CAP 1.0 wrote `name=value`."""
    named = ((node.value("valueName"), node.value("value"), node.text) for node in nodes)
    return tuple(f"{name}:{value}" if value else text.replace("=", ":", 1) for name, value, text in named)


def _read_area(told: Node) -> Area:
    rings = [_ring(node.text) for node in told.list("polygon") if node.text]
    circles = [_circle(node.text) for node in told.list("circle") if node.text]
    return Area(
        told.value("areaDesc"),
        tuple(ring for ring in rings if ring),
        tuple(circle for circle in circles if circle),
        _pairs(told.list("geocode")),
        not all((*rings, *circles)),
    )


def _ring(text: str) -> Ring | None:
    """Return `lat,lon lat,lon ...` as a ring (3.2.4: WGS-84, latitude first, closed)."""
    return _ring_of([pair.partition(",")[::2] for pair in text.split()])


def _ring_of(pairs: Sequence[tuple[str, str]]) -> Ring | None:
    """Return the corners of (latitude, longitude); None for too few or too many, or where one is off the globe."""
    if not 3 <= len(pairs) <= VERTICES_MAX:
        return None
    corners = [_corner(lat, lon) for lat, lon in pairs]
    whole = tuple(corner for corner in corners if corner)
    return whole if len(whole) == len(corners) else None


def _circle(text: str) -> Circle | None:
    """Return `lat,lon radius`; the radius is in kilometres (3.2.4)."""
    point, _, radius = text.strip().partition(" ")
    centre, radius_km = _corner(*point.partition(",")[::2]), number(radius.strip())
    return (centre, radius_km) if centre and radius_km is not None and 0 <= radius_km <= RADIUS_MAX_KM else None


def _corner(lat: str, lon: str) -> LonLat | None:
    north, east = number(lat), number(lon)
    if north is None or east is None or not (-90 <= north <= 90 and -180 <= east <= 180):
        return None
    return LonLat(east, north)


def _read_feature(told: Mapping[str, Any]) -> Alert:
    """Read a feature of api.weather.gov/alerts: CAP's fields as properties, references as objects."""
    said = from_json(told["properties"])
    _check(said, _NEEDED_OF_FEATURE)
    named = said.list("references")
    references = [(each.value("sender"), each.value("identifier"), each.value("sent")) for each in named]
    return Alert(
        sender=said.value("sender"),
        identifier=said.value("id"),
        sent=said.value("sent"),
        status=said.value("status"),
        kind=said.value("messageType"),
        values={"scope": said.value("scope"), "note": said.value("note")},
        references=tuple(reference for reference in references if reference[1]),
        infos=(_info_of_feature(said, told.get("geometry")),),
    )


def _info_of_feature(said: Node, geometry: object) -> Info:
    parameters, codes = (said.find(name) or Node(name) for name in ("parameters", "geocode"))
    rings, is_broken = _rings_of(geometry)
    named = tuple(f"{node.name.upper()}:{node.text}" for node in codes.children)
    return Info(
        values=_values(said),
        codes=tuple(f"VTEC:{node.text}" for node in parameters.list("VTEC")),
        responses=tuple(node.text for node in said.list("response") if node.text),
        areas=(Area(said.value("areaDesc"), rings, (), named, is_broken),),
    )


def _rings_of(geometry: object) -> tuple[tuple[Ring, ...], bool]:
    """Return the outer rings of a GeoJSON (Multi)Polygon (RFC 7946: longitude first), and whether one is broken."""
    if not isinstance(geometry, Mapping):
        return (), False
    coordinates, kind = geometry.get("coordinates"), geometry.get("type")
    polygons = [coordinates] if kind == "Polygon" else coordinates if kind == "MultiPolygon" else None
    if not isinstance(polygons, list):
        return (), True
    rings = [_outer_ring(polygon) for polygon in polygons[:AREAS_MAX]]
    return tuple(ring for ring in rings if ring), not all(rings)


def _outer_ring(polygon: object) -> Ring | None:
    outer = polygon[0] if isinstance(polygon, list) and polygon else None
    if not isinstance(outer, list):
        return None
    pairs = [pair if isinstance(pair, list) and len(pair) > 1 else ("", "") for pair in outer[: VERTICES_MAX + 1]]
    return _ring_of([(str(pair[1]), str(pair[0])) for pair in pairs])
