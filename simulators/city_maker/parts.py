"""The parts register: 5,000 components beside the roads, with 16-digit ids (district, class, serial)."""

from collections import Counter
from math import atan2, cos, degrees, sin
from random import Random
from typing import NamedTuple

from shapely import LineString, Point, Polygon, STRtree

from simulators.city_maker.names import DISTRICT
from simulators.city_maker.plane import XY, shape_to_plane, to_degrees
from simulators.city_maker.regions import AreaRow
from simulators.city_maker.roads import Road


class PartKind(NamedTuple):
    """`offset_m` from the middle of the road; `classes` of road that have it; `owner` department."""

    category: str
    zh: str
    number: int
    offset_m: float
    classes: tuple[str, ...]
    owner: str


class Part(NamedTuple):
    """One component. `heading_deg` is the direction of the road beside it. Degrees, WGS-84."""

    id: str
    category: str
    zh: str
    point: XY
    owner: str
    road: Road
    heading_deg: float
    community: str


BIG = ("primary", "secondary")
DRIVEN = ("primary", "secondary", "residential")
ALL = ("primary", "secondary", "residential", "footway")
LANES = ("residential", "footway")
TANKS = 745
"""Septic tanks: each has one of the 745 terminals that Yuzhong is known to run."""

PART_KINDS = (
    PartKind("P0302", "化粪池", TANKS, 14.0, ("residential",), "sanitation"),
    PartKind("P0118", "路灯", 903, 5.0, ALL, "municipal"),
    PartKind("P0102", "污水井盖", 340, 2.0, DRIVEN, "municipal"),
    PartKind("P0103", "雨水井盖", 300, 3.0, DRIVEN, "municipal"),
    PartKind("P0101", "上水井盖", 180, 2.5, DRIVEN, "municipal"),
    PartKind("P0105", "电力井盖", 130, 4.0, DRIVEN, "municipal"),
    PartKind("P0107", "通信井盖", 120, 4.5, DRIVEN, "municipal"),
    PartKind("P0111", "燃气井盖", 110, 3.5, ("residential",), "municipal"),
    PartKind("P0104", "雨水箅子", 260, 4.0, DRIVEN, "municipal"),
    PartKind("P0305", "垃圾箱", 480, 6.0, ALL, "sanitation"),
    PartKind("P0113", "消火栓", 210, 6.5, DRIVEN, "municipal"),
    PartKind("P0402", "行道树", 520, 6.0, BIG, "greening"),
    PartKind("P0407", "街头坐椅", 120, 7.5, ("footway", "secondary"), "parks"),
    PartKind("P0203", "公交站亭", 90, 7.0, BIG, "municipal"),
    PartKind("P0210", "交通信号灯", 90, 7.0, BIG, "municipal"),
    PartKind("P0209", "交通标志牌", 120, 6.5, BIG, "municipal"),
    PartKind("P0211", "交通护栏", 80, 1.0, ("primary",), "municipal"),
    PartKind("P0205", "过街天桥", 18, 0.5, ("primary",), "municipal"),
    PartKind("P0208", "跨河桥", 8, 0.0, ("bridge",), "municipal"),
    PartKind("P0301", "公共厕所", 60, 16.0, DRIVEN, "sanitation"),
    PartKind("P0401", "古树名木", 15, 18.0, LANES, "greening"),
    PartKind("P0403", "护树设施", 61, 6.0, BIG, "greening"),
    PartKind("P0134", "变压器箱", 40, 9.0, ("residential",), "municipal"),
)


def place_parts(roads: list[Road], areas: tuple[list[AreaRow], Polygon], random: Random) -> list[Part]:
    """Return the register, ordered by id. Every part lies inside the city."""
    communities, city = areas
    tree = STRtree([row.shape for row in communities])
    serials: Counter[str] = Counter()
    found: list[Part] = []
    for kind in PART_KINDS:
        spots = _bridge_spots(roads, city) if kind.category == "P0208" else _spots(kind, roads, city, random)
        for road, point, heading in spots:
            serials[kind.category] += 1
            code = f"{DISTRICT}{kind.category[1:]}{serials[kind.category]:06d}"
            community = communities[int(tree.nearest(Point(point)))].code
            zh = f"{road.zh}{kind.zh}{serials[kind.category]:03d}"
            found.append(Part(code, kind.category, zh, point, kind.owner, road, heading, community))
    return sorted(found, key=lambda part: part.id)


def _spots(kind: PartKind, roads: list[Road], city: Polygon, random: Random) -> list[tuple[Road, XY, float]]:
    """Even spacing along all roads of the kind's classes, on both sides by turns, each a little off."""
    wanted = [road for road in roads if road.kind in kind.classes]
    lines = [shape_to_plane(road.line) for road in wanted]
    total = sum(line.length for line in lines)
    spacing, found = total / (kind.number * 1.04), []
    position = spacing / 2
    side = 1
    for road, line in zip(wanted, lines, strict=True):
        while position < line.length:
            point, heading = beside(line, position + random.uniform(-0.2, 0.2) * spacing, kind.offset_m * side)
            side = -side
            if city.contains(Point(point)):
                found.append((road, point, heading))
            position += spacing
        position -= line.length
    while len(found) > kind.number:
        found.pop(random.randrange(len(found)))
    if len(found) != kind.number:
        raise ValueError(f"only {len(found)} of {kind.number} places for {kind.zh}")
    return found


def _bridge_spots(roads: list[Road], city: Polygon) -> list[tuple[Road, XY, float]]:
    """A bridge is registered where it leaves the land."""
    found = {}
    for road in roads:
        if road.kind == "bridge" and road.zh not in found:
            line = shape_to_plane(road.line)
            spots = [beside(line, line.length * part / 20, 0.0) for part in range(21)]
            inside = [spot for spot in spots if city.contains(Point(spot[0]))]
            if inside:
                found[road.zh] = (road, *inside[-1])
    return list(found.values())


def beside(line: LineString, along_m: float, offset_m: float) -> tuple[XY, float]:
    """The point beside the line, and the compass heading of the line there."""
    along_m = min(max(along_m, 0.5), max(line.length - 0.5, 0.5))
    here, ahead = line.interpolate(along_m - 0.5), line.interpolate(along_m + 0.5)
    angle = atan2(ahead.y - here.y, ahead.x - here.x)
    point = here.x - sin(angle) * offset_m, here.y + cos(angle) * offset_m
    return to_degrees(point), (90.0 - degrees(angle)) % 360.0
