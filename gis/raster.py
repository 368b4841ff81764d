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
Geometries = npt.NDArray[np.object_]

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
    boundary: tuple[tuple[tuple[int, ...], int], ...]


@dataclass(frozen=True, slots=True)
class _Edges:
    """All edges of all boundaries, in cells: from (x0, y0) to (x1, y1), and whose they are."""

    area: Ints
    x0: Floats
    y0: Floats
    x1: Floats
    y1: Floats


def build_raster(geometries: Geometries) -> Raster:
    """Return the raster of valid, non-empty polygons in the order of their precedence."""
    frame = _lay_out(geometries)
    edges = _list_edges(geometries, frame)
    near = _cells_near_edges(edges, frame, len(geometries))
    cells = _fill(edges, frame, near, len(geometries))
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
    x = (points[:, 0] - frame.west) * frame.columns_per_degree
    y = (points[:, 1] - frame.south) * frame.rows_per_degree
    area = part_area[ring_part[point_ring]]
    return _Edges(area[:-1][same_ring], x[:-1][same_ring], y[:-1][same_ring], x[1:][same_ring], y[1:][same_ring])


def _spread(counts: Ints) -> tuple[Ints, Ints]:
    """Return (owner, step) for `counts[i]` steps of each owner i: 2, 1 -> [0, 0, 1], [0, 1, 0]."""
    owner = np.repeat(np.arange(len(counts)), counts)
    return owner, np.arange(len(owner)) - np.repeat(np.cumsum(counts) - counts, counts)


def _cells_near_edges(edges: _Edges, frame: Frame, areas: int) -> Ints:
    """Return the sorted keys `cell * areas + area` of the cells that an area's boundary comes near."""
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
    keys: list[Ints] = []
    for dy in range(int((top - bottom).max()) + 1):
        for dx in range(int((right - left).max()) + 1):
            hit = (left + dx <= right) & (bottom + dy <= top)
            cell = (bottom[hit] + dy) * frame.columns + left[hit] + dx
            keys.append(cell * areas + edges.area[edge[hit]])
    return np.unique(np.concatenate(keys))


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


def _join(frame: Frame, cells: Cells, near: Ints, areas: int) -> Raster:
    """Turn the boundary cells' areas into rows of a table in which each different row stands once."""
    cell, area = near // areas, near % areas
    whole = cells[cell]
    asked = (whole == NOWHERE) | (area < whole)  # whoever comes after the area that covers the cell is never asked
    cell, area = cell[asked], area[asked]
    if not len(cell):
        return Raster(frame, cells, ())
    starts = np.nonzero(np.r_[True, cell[1:] != cell[:-1]])[0]
    counts = np.diff(np.r_[starts, len(cell)])
    inside = cells[cell[starts]].astype(np.int64)
    width = int(counts.max())
    # Number the different rows by taking in one column after another; -1 is "no more areas".
    table = np.full((len(starts), width + 1), NOWHERE, dtype=np.int64)
    table[:, 0] = inside
    owner, step = _spread(counts)
    table[owner, step + 1] = area
    number = np.zeros(len(starts), dtype=np.int64)
    for column in range(width + 1):
        _, number = np.unique(number * (areas + 1) + table[:, column] + 1, return_inverse=True)
    _, samples = np.unique(number, return_index=True)
    cells[cell[starts]] = -2 - number
    rows = (tuple(value for value in row if value != NOWHERE) for row in table[samples, 1:].tolist())
    return Raster(frame, cells, tuple(zip(rows, inside[samples].tolist(), strict=True)))
