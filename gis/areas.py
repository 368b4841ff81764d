"""Which area a point lies in: exact, and fast enough to ask for every event.

The city's box is cut into cells (`gis.raster`). A cell that lies wholly inside one area answers at once; only a cell
that a boundary runs through asks the geometry. So the answer is GEOS's exact one everywhere, at the price of a list
look-up almost everywhere.

A point on a shared boundary is covered by several closed polygons: it belongs to the one with the lowest code. The
same rule decides where areas overlap. Every point that some polygon covers has exactly one answer.
"""

from array import array
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import shapely
from shapely import MultiPolygon, Polygon

from gis.point import LonLat
from gis.raster import NOWHERE, Raster, build_raster

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
AreaShape: TypeAlias = Polygon | MultiPolygon


class AreaIndex:
    """Points to area codes. Raises ValueError for no shapes at all and for one that is empty or not valid.

    `codes` and `shapes` are in the order of precedence, `box` is west, south, east, north of all areas. Whoever keeps
    `raster` may give it to a later index of the very same shapes: they are not checked then, nor cut into cells.
    """

    def __init__(self, shapes: Mapping[str, AreaShape], raster: Raster | None = None) -> None:
        if not shapes:
            raise ValueError("no areas")
        self.codes: tuple[str, ...] = tuple(sorted(shapes))
        self.shapes: tuple[AreaShape, ...] = tuple(shapes[code] for code in self.codes)
        self._geometries = np.array(self.shapes, dtype=object)
        if raster is None:
            _check(self.codes, self._geometries)
        _prepare(self._geometries)
        raster = raster or build_raster(self._geometries)
        self.frame = raster.frame
        west, south, east, north = shapely.total_bounds(self._geometries).tolist()
        self.box: tuple[float, float, float, float] = (west, south, east, north)
        self._cell_array = array("i", raster.cells.tobytes())
        self._cells = np.frombuffer(self._cell_array, dtype=np.int32)  # the same memory: a list is quicker for one
        self._boundary = raster.boundary
        self._questions = _flatten(raster, len(self.codes))
        self._answers = np.array([*self.codes, None], dtype=object)  # index -1 is the last: None

    @property
    def raster(self) -> Raster:
        """What makes an index of the same shapes quickly."""
        return Raster(self.frame, self._cells, self._boundary)

    def find(self, point: LonLat) -> str | None:
        """Return the code of the area that covers `point`; None outside all areas, and for NaN."""
        lon, lat = point
        west, south, east, north = self.box
        if not (west <= lon <= east and south <= lat <= north):
            return None
        frame = self.frame
        column = int((lon - frame.west) * frame.columns_per_degree)
        row = int((lat - frame.south) * frame.rows_per_degree)
        cell = self._cell_array[row * frame.columns + column]
        if cell >= 0:
            return self.codes[cell]
        return None if cell == NOWHERE else self._ask(-2 - cell, lon, lat)

    def find_many(self, lons: Floats, lats: Floats) -> list[str | None]:
        """Return what `find` gives for each of many points, as two arrays of one length in degrees."""
        found = self._cells[self.frame.cells_of(lons, lats)]
        (waiting,) = (found < NOWHERE).nonzero()
        if len(waiting):
            found[waiting] = self._ask_many(-2 - found[waiting], lons[waiting], lats[waiting])
        answers: list[str | None] = self._answers[found].tolist()
        return answers

    def _ask(self, row: int, lon: float, lat: float) -> str | None:
        asked, otherwise = self._boundary[row]
        for index in asked:
            if shapely.intersects_xy(self.shapes[index], lon, lat):
                return self.codes[index]
        return None if otherwise == NOWHERE else self.codes[otherwise]

    def _ask_many(self, rows: npt.NDArray[np.signedinteger], lons: Floats, lats: Floats) -> Ints:
        """Return the index of the area of each point, given its row of the boundary table: all questions at once."""
        questions = self._questions
        counts = questions.counts[rows]
        ends = counts.cumsum()
        firsts = ends - counts
        point = np.arange(len(rows)).repeat(counts)
        index = questions.areas[np.arange(ends[-1]) + (questions.starts[rows] - firsts)[point]]
        covered = shapely.intersects_xy(self._geometries[index], lons[point], lats[point])
        # Rows are sorted, so the first area that says yes is the least; one that says no must not be it.
        least: Ints = np.minimum.reduceat(np.where(covered, index, len(self.codes)), firsts)
        least = np.minimum(least, questions.otherwise[rows])
        least[least == len(self.codes)] = NOWHERE
        return least


def _prepare(geometries: npt.NDArray[np.object_]) -> None:
    """Prepare and ask each once, since GEOS builds its index at the first question: several threads then only read."""
    shapely.prepare(geometries)
    west, south, east, north = shapely.bounds(geometries).T
    shapely.intersects_xy(geometries, (west + east) / 2, (south + north) / 2)


def _check(codes: tuple[str, ...], shapes: npt.NDArray[np.object_]) -> None:
    for index in np.flatnonzero(shapely.is_empty(shapes) | ~shapely.is_valid(shapes)):
        shape = shapes[index]
        raise ValueError(f"area {codes[index]}: {shapely.is_valid_reason(shape) if not shape.is_empty else 'empty'}")


@dataclass(frozen=True, slots=True)
class _Questions:
    """The boundary table as arrays: the areas of all rows behind each other, and where each row's begin."""

    areas: Ints
    starts: Ints
    counts: Ints
    otherwise: Ints
    """Who answers when all areas of the row said no; the number of areas, which is no area, where nobody does."""


def _flatten(raster: Raster, nobody: int) -> _Questions:
    counts = np.array([len(asked) for asked, _ in raster.boundary], dtype=np.int64)
    return _Questions(
        areas=np.array([index for asked, _ in raster.boundary for index in asked], dtype=np.int64),
        starts=counts.cumsum() - counts,
        counts=counts,
        otherwise=np.array([nobody if last == NOWHERE else last for _, last in raster.boundary], dtype=np.int64),
    )
