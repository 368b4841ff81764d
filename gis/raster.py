"""Cuts the box of many areas into cells and says of each cell which areas may answer for it. Built whole arrays at a
time.

Two passes. Every edge of every boundary is cut into pieces no longer than a cell, and the cells that a piece comes
near are boundary cells of its area. For the rest it is enough to know on which side of the boundary the cell's middle
lies: one scan line through the middles of each row of cells, filled between its crossings.
"""

from dataclasses import dataclass
from math import cos, radians

import numpy as np
import numpy.typing as npt
import shapely

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Cells = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]
Geometries = npt.NDArray[np.object_]
Rows = tuple[tuple[tuple[int, ...], int], ...]

CELLS_PER_AREA = 900
"""About 30 x 30 cells to an area: one point in six falls into a cell that asks the geometry."""

LEAST_CELLS = 1 << 16
MOST_CELLS = 1 << 21
"""Four bytes each: 8 MB for a city of 2,300 grids. Twice as many gain a tenth."""

NOWHERE = -1
"""A cell that no area touches. Lower values name a row of the boundary table: -2 is row 0."""


@dataclass(frozen=True, slots=True)
class Frame:
    """Where the cells lie: column 0, row 0 begins at (`west`, `south`). The outermost cells are a rim that no area
    touches, so that whatever is outside, or on the very edge, needs no care.
    """

    west: float
    south: float
    columns: int
    rows: int
    columns_per_degree: float
    rows_per_degree: float

    def cells_of(self, lons: Floats, lats: Floats) -> Ints:
        """Return the cell of each point; all that is outside, and NaN, falls on the rim."""
        column = _number(lons, self.columns_per_degree, self.west, self.columns)
        row = _number(lats, self.rows_per_degree, self.south, self.rows)
        row *= self.columns
        row += column
        return row


def _number(degrees: Floats, per_degree: float, origin: float, count: int) -> Ints:
    """Return 0..count - 1. Rounding may take a point over a cell's edge; `_slack` allows for it."""
    number = degrees * per_degree
    number -= origin * per_degree
    np.fmax(number, 0.0, out=number)
    np.fmin(number, count - 1.0, out=number)
    return number.astype(np.int64)


@dataclass(frozen=True, slots=True)
class Raster:
    """`cells[row * columns + column]`: an area's index, NOWHERE, or -2 - r for row r of the boundary table.

    A row of the boundary table is (areas to ask in this order, the area that answers when all say no or NOWHERE).
    """

    frame: Frame
    cells: Cells
    boundary: Rows


@dataclass(frozen=True, slots=True)
class _Edges:
    """All edges of all boundaries, in cells: from (x0, y0) to (x1, y1), the area on their left, and whose they are.

    `line` is the same for equal edges, but for its last bit, which is the direction.
    """

    area: Ints
    line: Ints
    x0: Floats
    y0: Floats
    x1: Floats
    y1: Floats


@dataclass(frozen=True, slots=True)
class _Near:
    """Which boundaries come near which cells. Key i is `cell * areas + area`; its lines are those from starts[i] on,
    up to starts[i + 1]. Both are sorted.
    """

    keys: Ints
    starts: Ints
    lines: Ints


def build_raster(geometries: Geometries) -> Raster:
    """Return the raster of valid, non-empty polygons in the order of their precedence."""
    frame = _lay_out(geometries)
    edges = _list_edges(shapely.orient_polygons(geometries), frame)
    near = _cells_near_edges(edges, frame, len(geometries))
    cells = _fill(edges, frame, near.keys, len(geometries))
    return _join(frame, cells, near, len(geometries))


def _lay_out(geometries: Geometries) -> Frame:
    west, south, east, north = (float(value) for value in shapely.total_bounds(geometries))
    wanted = min(MOST_CELLS, max(LEAST_CELLS, CELLS_PER_AREA * len(geometries)))
    # Square on the ground, unless the city is a ribbon: then boundaries run through the fewest cells.
    stretch = (east - west) * cos(radians((south + north) / 2)) / (north - south)
    columns = int((wanted * min(16.0, max(1 / 16, stretch))) ** 0.5)
    rows = wanted // columns
    width, height = (east - west) / (columns - 2), (north - south) / (rows - 2)
    return Frame(west - width, south - height, columns, rows, 1 / width, 1 / height)


def _slack(frame: Frame) -> float:
    """How far, in cells, boundaries are widened, so that no rounding puts a point on its wrong side."""
    east, north = (
        frame.west + frame.columns / frame.columns_per_degree,
        frame.south + frame.rows / frame.rows_per_degree,
    )
    largest = max(abs(frame.west), abs(frame.south), abs(east), abs(north))
    return max(1e-6, 16 * float(np.spacing(largest)) * max(frame.columns_per_degree, frame.rows_per_degree))


def _list_edges(geometries: Geometries, frame: Frame) -> _Edges:
    parts, part_area = shapely.get_parts(geometries, return_index=True)
    rings, ring_part = shapely.get_rings(parts, return_index=True)
    points, point_ring = shapely.get_coordinates(rings, return_index=True)
    same_ring = point_ring[1:] == point_ring[:-1]
    area = part_area[ring_part[point_ring]][:-1][same_ring]
    start, stop = points[:-1][same_ring], points[1:][same_ring]
    scale = (frame.columns_per_degree, frame.rows_per_degree)
    (x0, y0), (x1, y1) = (((end - (frame.west, frame.south)) * scale).T for end in (start, stop))
    return _Edges(area, _name_lines(start, stop), x0, y0, x1, y1)


def _name_lines(start: Floats, stop: Floats) -> Ints:
    """Number the edges so that two with the same end points, compared exactly, differ in the last bit at most."""
    forward = (start[:, 0] < stop[:, 0]) | ((start[:, 0] == stop[:, 0]) & (start[:, 1] < stop[:, 1]))
    ends = np.where(forward[:, None], np.hstack([start, stop]), np.hstack([stop, start]))
    order = np.lexsort(ends.T)
    is_new = np.r_[False, (ends[order][1:] != ends[order][:-1]).any(axis=1)]
    number = np.empty(len(order), dtype=np.int64)
    number[order] = is_new.cumsum() * 2
    number += forward
    return number


def _spread(counts: Ints) -> tuple[Ints, Ints]:
    """Return (owner, step) for `counts[i]` steps of each owner i: 2, 1 -> [0, 0, 1], [0, 1, 0]."""
    owner = np.repeat(np.arange(len(counts)), counts)
    return owner, np.arange(len(owner)) - np.repeat(np.cumsum(counts) - counts, counts)


def _is_first(values: Ints) -> Flags:
    """Tell of each of some sorted values whether it is the first of its kind."""
    first = np.ones(len(values), dtype=bool)
    first[1:] = values[1:] != values[:-1]
    return first


def _cells_near_edges(edges: _Edges, frame: Frame, areas: int) -> _Near:
    slack = _slack(frame)
    longest = np.maximum(np.abs(edges.x1 - edges.x0), np.abs(edges.y1 - edges.y0))
    pieces = np.maximum(1, np.ceil(longest)).astype(np.int64)
    edge, step = _spread(pieces)
    ends: list[tuple[Ints, Ints]] = []
    for start, stop, limit in ((edges.x0, edges.x1, frame.columns), (edges.y0, edges.y1, frame.rows)):
        stride = ((stop - start) / pieces)[edge]
        a = start[edge] + stride * step
        b = a + stride
        low = np.floor(np.minimum(a, b) - slack).astype(np.int64)
        high = np.floor(np.maximum(a, b) + slack).astype(np.int64)
        ends.append((np.clip(low, 0, limit - 1), np.clip(high, 0, limit - 1)))
    (left, right), (bottom, top) = ends
    names = int(edges.line.max()) + 1
    found: list[Ints] = []
    for dy in range(int((top - bottom).max()) + 1):
        for dx in range(int((right - left).max()) + 1):
            hit = (left + dx <= right) & (bottom + dy <= top)
            cell, by = (bottom[hit] + dy) * frame.columns + left[hit] + dx, edge[hit]
            found.append((cell * areas + edges.area[by]) * names + edges.line[by])
    both = np.sort(np.concatenate(found))
    both = both[_is_first(both)]
    keys = both // names
    starts = np.flatnonzero(_is_first(keys))
    return _Near(keys[starts], np.r_[starts, len(keys)], both % names)


def _fill(edges: _Edges, frame: Frame, near: Ints, areas: int) -> Cells:
    """Return for each cell the first area that covers it wholly, NOWHERE where none does."""
    low, high = np.minimum(edges.y0, edges.y1), np.maximum(edges.y0, edges.y1)
    first = np.ceil(low - 0.5).astype(np.int64)
    edge, step = _spread(np.ceil(high - 0.5).astype(np.int64) - first)
    row = first[edge] + step
    along = (row + 0.5 - edges.y0[edge]) / (edges.y1[edge] - edges.y0[edge])
    x = edges.x0[edge] + along * (edges.x1[edge] - edges.x0[edge])
    area = edges.area[edge]
    order = np.lexsort((x, row, area))
    # Crossings of one area with one row come in pairs: in, out.
    enter, leave = order[0::2], order[1::2]
    left = np.ceil(x[enter] - 0.5).astype(np.int64)
    span, offset = _spread(np.maximum(0, np.ceil(x[leave] - 0.5).astype(np.int64) - left))
    cell = row[enter][span] * frame.columns + np.clip(left[span] + offset, 0, frame.columns - 1)
    owner = area[enter][span]
    touched = np.zeros(frame.columns * frame.rows, dtype=bool)
    touched[near // areas] = True
    (doubtful,) = np.nonzero(touched[cell])
    keys = cell[doubtful] * areas + owner[doubtful]
    at = np.minimum(np.searchsorted(near, keys), len(near) - 1)
    whole = np.ones(len(cell), dtype=bool)
    whole[doubtful] = near[at] != keys
    cells = np.full(frame.columns * frame.rows, NOWHERE, dtype=np.int32)
    # The last of several writes to one cell stays: written from the last area to the first, the first wins.
    cells[cell[whole][::-1]] = owner[whole][::-1]
    return cells


def _join(frame: Frame, cells: Cells, near: _Near, areas: int) -> Raster:
    """Turn the boundary cells' areas into rows of a table in which each different row stands once."""
    cell, area = near.keys // areas, near.keys % areas
    whole = cells[cell]
    # Whoever comes after the area that covers the cell is never asked.
    asked = np.flatnonzero((whole == NOWHERE) | (area < whole))
    cell, area = cell[asked], area[asked]
    if not len(cell):
        return Raster(frame, cells, ())
    starts = np.flatnonzero(_is_first(cell))
    counts = np.diff(np.r_[starts, len(cell)])
    place = cell[starts]
    otherwise = cells[place].astype(np.int64)
    mirrored = _find_mirrored(near, asked, starts, counts) & (otherwise == NOWHERE)
    second = starts[mirrored] + 1
    otherwise[mirrored] = area[second]
    cells[place], rows = _number_rows(np.delete(area, second), counts - mirrored, otherwise, areas)
    return Raster(frame, cells, rows)


def _find_mirrored(near: _Near, asked: Ints, starts: Ints, counts: Ints) -> Flags:
    """Tell for each boundary cell whether exactly two areas meet in it, along the very same lines from either side.

    Then whatever is not in the first is in the second, and the second need not be asked.
    """
    mirrored = np.zeros(len(counts), dtype=bool)
    pairs = np.flatnonzero(counts == 2)
    one, other = asked[starts[pairs]], asked[starts[pairs] + 1]
    lines = np.diff(near.starts)
    alike = lines[one] == lines[other]
    pairs, one, other = pairs[alike], one[alike], other[alike]
    if len(pairs):
        pair, step = _spread(lines[one])
        same = near.lines[near.starts[one][pair] + step] == near.lines[near.starts[other][pair] + step] ^ 1
        mirrored[pairs] = np.logical_and.reduceat(same, np.flatnonzero(step == 0))
    return mirrored


def _number_rows(area: Ints, counts: Ints, otherwise: Ints, areas: int) -> tuple[Ints, Rows]:
    """Return the value of each boundary cell, and the rows that the values name. Cell i asks the next `counts[i]`
    areas.
    """
    width = int(counts.max())
    table = np.full((len(counts), width + 1), NOWHERE, dtype=np.int64)  # NOWHERE is "no more areas"
    table[:, 0] = otherwise
    owner, step = _spread(counts)
    table[owner, step + 1] = area
    number = np.zeros(len(counts), dtype=np.int64)
    for column in table.T:
        _, number = np.unique(number * (areas + 1) + column + 1, return_inverse=True)
    _, samples = np.unique(number, return_index=True)
    asked = (tuple(value for value in row if value != NOWHERE) for row in table[samples, 1:].tolist())
    return -2 - number, tuple(zip(asked, otherwise[samples].tolist(), strict=True))
