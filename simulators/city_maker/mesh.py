"""One planar partition of the city: main roads cut it into quarters, quarters are halved until a piece is a unit grid.

All areas and roads are read off this one partition, so areas have neither gap nor overlap and share every vertex.
"""

from random import Random
from typing import NamedTuple

from shapely import (
    LineString,
    MultiLineString,
    Point,
    Polygon,
    STRtree,
    line_merge,
    polygonize,
    unary_union,
)
from shapely.affinity import scale
from shapely.geometry.base import BaseGeometry
from shapely.ops import nearest_points, split

from simulators.city_maker.main_roads import (
    JUNCTIONS,
    MAIN_ROADS,
    NORTH_RIVER_ROAD,
    RIVER_ROAD_INSET_M,
    SOUTH_RIVER_ROAD,
    MainRoad,
)
from simulators.city_maker.outline import Shore
from simulators.city_maker.plane import DEGREES_GRID, XY, shape_to_degrees, shape_to_plane, smooth, to_plane

LARGEST_GRID_M2 = 14_200.0
SMALLEST_GRID_M2 = 3_000.0
STREET_BLOCK_M2 = 62_000.0
ALLEY_BLOCK_M2 = 27_000.0
"""A cut through a block larger than the first is a street, than the second perhaps an alley, else only a border."""
ALLEY_CHANCE = 0.55
SNAP_END_M = 170.0
RANK = {"bridge": 0, "primary": 1, "secondary": 2, "residential": 3, "footway": 4, "border": 5}


class Stroke(NamedTuple):
    """One drawn line: a whole road, or only a border between grids. Metres of the plane."""

    kind: str
    line: LineString
    zh: str = ""
    en: str = ""


class Mesh(NamedTuple):
    """`cells` are the unit grids (degrees, on the pack's grid); `pieces` the noded lines, each with its stroke."""

    cells: list[Polygon]
    pieces: list[tuple[LineString, Stroke]]


def build_mesh(shore: Shore, random: Random) -> Mesh:
    """Return the partition of the city, the same for the same state of `random`."""
    mains = _main_strokes(shore)
    linework = unary_union([shore.city.exterior, *(stroke.line for stroke in mains)])
    quarters = [face for face in _faces(linework) if shore.city.contains(face.representative_point())]
    quarters.sort(key=_west_first)
    cuts: list[Stroke] = []
    for quarter in quarters:
        _halve(Polygon(quarter.exterior), random, cuts)
    strokes = mains + cuts
    noded = _node([shore.city.exterior, *(stroke.line for stroke in strokes)])
    city = shape_to_degrees(shore.city)
    cells = [face for face in _faces(noded) if city.contains(face.representative_point())]
    return Mesh(_merge_slivers(sorted(cells, key=_west_first)), _pieces_on_strokes(noded, strokes))


def _main_strokes(shore: Shore) -> list[Stroke]:
    inset = shore.city.buffer(-RIVER_ROAD_INSET_M).exterior
    strokes = [
        Stroke("primary", _along(inset, shore.north_bank), *NORTH_RIVER_ROAD),
        Stroke("primary", _along(inset, shore.south_bank), *SOUTH_RIVER_ROAD),
    ]
    strokes += [Stroke(road.kind, _course(road), road.zh, road.en) for road in MAIN_ROADS]
    return [_snap_ends(stroke, strokes) for stroke in strokes]


def _along(ring: LineString, bank: LineString) -> LineString:
    """The part of the ring that runs along the bank."""
    kept = line_merge(ring.intersection(bank.buffer(RIVER_ROAD_INSET_M + 25.0, cap_style="flat")))
    parts = list(kept.geoms) if isinstance(kept, MultiLineString) else [kept]
    longest = max(parts, key=lambda part: part.length)
    assert isinstance(longest, LineString)
    return longest


def _course(road: MainRoad) -> LineString:
    return LineString(smooth([to_plane(JUNCTIONS[stop] if isinstance(stop, str) else stop) for stop in road.course]))


def _snap_ends(stroke: Stroke, others: list[Stroke]) -> Stroke:
    """Lead both ends of a road onto the nearest other road, so that the network is one."""
    coords = [(x, y) for x, y in stroke.line.coords]
    rest = [other.line for other in others if other is not stroke and other.kind != "bridge"]
    for end in (0, -1):
        here = Point(coords[end])
        nearest = min(rest, key=here.distance)
        gap = here.distance(nearest)
        if 0 < gap < SNAP_END_M:
            target = nearest_points(here, nearest)[1]
            coords.insert(0 if end == 0 else len(coords), (target.x, target.y))
    return stroke._replace(line=LineString(coords))


def _halve(block: Polygon, random: Random, cuts: list[Stroke]) -> None:
    """Cut the block across its long side, and its halves again, until every piece is a unit grid."""
    if block.area <= LARGEST_GRID_M2:
        return
    cut = _cut_line(block, random)
    inside = cut.intersection(block)
    kind = _kind_of_cut(block.area, random)
    parts = inside.geoms if isinstance(inside, MultiLineString) else [inside]
    cuts.extend(Stroke(kind, part) for part in parts if isinstance(part, LineString) and part.length > 1.0)
    for half in sorted(split(block, cut).geoms, key=_west_first):
        if isinstance(half, Polygon) and half.area < block.area:
            _halve(half, random, cuts)


def _kind_of_cut(area_m2: float, random: Random) -> str:
    if area_m2 > STREET_BLOCK_M2:
        return "residential"
    if area_m2 > ALLEY_BLOCK_M2 and random.random() < ALLEY_CHANCE:
        return "footway"
    return "border"


def _cut_line(block: Polygon, random: Random) -> LineString:
    """A line across the middle of the block, a little off, a little askew, and bent where the block is large."""
    around = block.minimum_rotated_rectangle
    assert isinstance(around, Polygon)
    corners = [(x, y) for x, y in around.exterior.coords]
    a, b, c = corners[0], corners[1], corners[2]
    if _length(a, b) < _length(b, c):
        a, b, c = b, c, corners[3]
    share = 0.5 + random.uniform(-0.09, 0.09)
    askew = random.uniform(-0.07, 0.07)
    bend = random.uniform(-0.07, 0.07) if block.area > STREET_BLOCK_M2 else 0.0
    start = _blend(a, b, share + askew)
    far = (c[0] - b[0] + a[0], c[1] - b[1] + a[1])
    end = _blend(far, (c[0], c[1]), share - askew)
    middle = _blend(start, end, 0.5)
    bent = (middle[0] + (b[0] - a[0]) * bend, middle[1] + (b[1] - a[1]) * bend)
    line = LineString(smooth([start, bent, end], 30.0) if bend else [start, end])
    return scale(line, 1.05, 1.05)


def _node(lines: list[BaseGeometry]) -> MultiLineString:
    """All lines in degrees, cut at every crossing, on the pack's grid (snap rounding keeps them apart or joined)."""
    noded = unary_union([shape_to_degrees(line) for line in lines], grid_size=DEGREES_GRID)
    assert isinstance(noded, MultiLineString)
    return noded


def _pieces_on_strokes(noded: MultiLineString, strokes: list[Stroke]) -> list[tuple[LineString, Stroke]]:
    lines = [shape_to_degrees(stroke.line) for stroke in strokes]
    tree = STRtree(lines)
    found: list[tuple[LineString, Stroke]] = []
    for piece in noded.geoms:
        middle = piece.interpolate(0.5, normalized=True)
        near = [int(index) for index in tree.query(middle.buffer(4 * DEGREES_GRID), predicate="intersects")]
        if near:
            best = min(near, key=lambda index: (RANK[strokes[index].kind], index))
            found.append((piece, strokes[best]))
    return found


def _merge_slivers(cells: list[Polygon]) -> list[Polygon]:
    """Join every piece too small for a unit grid to the neighbour it shares the longest border with."""
    while True:
        areas = [shape_to_plane(cell).area for cell in cells]
        smallest = min(range(len(cells)), key=areas.__getitem__)
        if areas[smallest] >= SMALLEST_GRID_M2:
            return cells
        sliver = cells[smallest]
        tree = STRtree(cells)
        near = [int(index) for index in tree.query(sliver, predicate="intersects") if int(index) != smallest]
        host = max(near, key=lambda index: (sliver.intersection(cells[index]).length, -index))
        joined = unary_union([sliver, cells[host]])
        assert isinstance(joined, Polygon)
        cells = [joined if i == host else cell for i, cell in enumerate(cells) if i != smallest]


def _faces(linework: BaseGeometry) -> list[Polygon]:
    return [face for face in polygonize([linework]).geoms if isinstance(face, Polygon)]


def _west_first(shape: BaseGeometry) -> tuple[float, float]:
    return shape.representative_point().x, shape.representative_point().y


def _length(a: XY, b: XY) -> float:
    return float(((a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2) ** 0.5)


def _blend(a: XY, b: XY, share: float) -> XY:
    return a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share
