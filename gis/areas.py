"""Which area a point lies in: exact, and fast enough to ask for every event.

The city's box is cut into cells (`gis.raster`). A cell that lies wholly inside one area answers at once; only a cell
that a boundary runs through asks the geometry. So the answer is GEOS's exact one everywhere, at the price of a list
look-up almost everywhere.

A point on a shared boundary is covered by several closed polygons: it belongs to the one with the lowest code. The
same rule decides where areas overlap. Every point that some polygon covers has exactly one answer.
"""

from array import array
from collections.abc import Mapping
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
    """Points to area codes. Raises ValueError for no shapes at all and for one that is empty or not valid."""

    def __init__(self, shapes: Mapping[str, AreaShape]) -> None:
        if not shapes:
            raise ValueError("no areas")
        self.codes: tuple[str, ...] = tuple(sorted(shapes))
        self.shapes: tuple[AreaShape, ...] = tuple(_check(code, shapes[code]) for code in self.codes)
        self._geometries = np.array(self.shapes, dtype=object)
        _prepare(self._geometries)
        raster = build_raster(self._geometries)
        self.frame = raster.frame
        self._cells = raster.cells
        self._cell_array = array("i", raster.cells.tobytes())
        self._boundary = raster.boundary
        self._starts, self._questions = _flatten(raster)
        self._answers = np.array([*self.codes, None], dtype=object)  # index -1 is the last: None

    def find(self, point: LonLat) -> str | None:
        """Return the code of the area that covers `point`; None outside all areas, and for NaN."""
        lon, lat = point
        frame = self.frame
        if not (frame.west <= lon <= frame.east and frame.south <= lat <= frame.north):
            return None
        column = int((lon - frame.west) * frame.columns_per_degree)
        row = int((lat - frame.south) * frame.rows_per_degree)
        if column >= frame.columns or row >= frame.rows:  # the far edges of the box belong to the last cells
            column, row = min(column, frame.columns - 1), min(row, frame.rows - 1)
        cell = self._cell_array[row * frame.columns + column]
        if cell >= 0:
            return self.codes[cell]
        return None if cell == NOWHERE else self._ask(-2 - cell, lon, lat)

    def find_many(self, lons: Floats, lats: Floats) -> list[str | None]:
        """Return what `find` gives for each of many points, as two arrays of one length in degrees."""
        frame = self.frame
        inside = (lons >= frame.west) & (lons <= frame.east) & (lats >= frame.south) & (lats <= frame.north)
        if inside.all():
            found = self._find_inside(lons, lats)
        else:
            found = np.full(len(lons), NOWHERE, dtype=np.int64)
            found[inside] = self._find_inside(lons[inside], lats[inside])
        answers: list[str | None] = self._answers[found].tolist()
        return answers

    def _ask(self, row: int, lon: float, lat: float) -> str | None:
        asked, otherwise = self._boundary[row]
        for index in asked:
            if shapely.intersects_xy(self.shapes[index], lon, lat):
                return self.codes[index]
        return None if otherwise == NOWHERE else self.codes[otherwise]

    def _find_inside(self, lons: Floats, lats: Floats) -> Ints:
        """Return the index of the area of each point of the box: the cell's own, or what the geometries say in turn."""
        found = self._cells[self.frame.cells_of(lons, lats)].astype(np.int64)
        (waiting,) = np.nonzero(found < NOWHERE)
        position = self._starts[-2 - found[waiting]]
        while len(waiting):
            question = self._questions[position]
            index = np.where(question < 0, -2 - question, question)
            covered = question < 0
            (asked,) = np.nonzero(~covered)
            where = waiting[asked]
            covered[asked] = shapely.intersects_xy(self._geometries[index[asked]], lons[where], lats[where])
            found[waiting[covered]] = index[covered]
            waiting, position = waiting[~covered], position[~covered] + 1
        return found


def _prepare(geometries: npt.NDArray[np.object_]) -> None:
    """Prepare and ask each once, since GEOS builds its index at the first question: several threads then only read."""
    shapely.prepare(geometries)
    west, south, east, north = shapely.bounds(geometries).T
    shapely.intersects_xy(geometries, (west + east) / 2, (south + north) / 2)


def _check(code: str, shape: AreaShape) -> AreaShape:
    if shape.is_empty or not shape.is_valid:
        raise ValueError(f"area {code}: {shapely.is_valid_reason(shape) if not shape.is_empty else 'empty'}")
    return shape


def _flatten(raster: Raster) -> tuple[Ints, Ints]:
    """Return (where each row of the boundary table starts, all rows behind each other).

    A row is the areas to ask and then, as -2 - index, the answer when all said no.
    """
    starts: list[int] = []
    questions: list[int] = []
    for asked, otherwise in raster.boundary:
        starts.append(len(questions))
        questions.extend([*asked, -2 - otherwise])
    return np.array(starts, dtype=np.int64), np.array(questions, dtype=np.int64)
