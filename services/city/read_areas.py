"""areas/*.geojson, roads.geojson, water.geojson, green.geojson: what has a shape."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import shapely
from shapely import Geometry, STRtree

from dispatch.city import Area
from dispatch.citymap import LEVELS
from dispatch.ids import AreaCode
from gis.areas import AreaShape
from gis.datum import to_wgs84_many
from gis.geojson import BadShape, as_area, read_area, read_line
from gis.point import LonLat
from gis.travel import Road
from services.city.cells import Row
from services.city.files import Reader
from services.city.pack import AREA_FILES, Ground
from services.city.read_profile import IDENTIFIER

ROAD_CLASSES = ("primary", "secondary", "residential", "footway", "bridge")

CODE_DIGITS: Mapping[str, int] = {"district": 6, "street": 9, "community": 12, "grid": 15}
"""Digits of an area's code under `area_codes = "gb30428"` (GB/T 2260 and GB/T 30428.1)."""

SLIVER = 0.01
"""Areas may overlap, or stick out of their parent, by this share of themselves: coordinates are rounded."""

G = TypeVar("G", bound=Geometry)


@dataclass
class AreaTable:
    """Areas as they are read. An area without a shape of its own has the shape of its children."""

    areas: dict[AreaCode, Area] = field(default_factory=dict)
    shapes: dict[AreaCode, AreaShape] = field(default_factory=dict)
    rows: dict[AreaCode, Row] = field(default_factory=dict)

    def codes_of(self, level: str) -> list[AreaCode]:
        return [code for code, area in self.areas.items() if area.level == level]


def read_areas(reader: Reader, area_codes: str) -> AreaTable:
    """Return the areas of all levels, the largest first."""
    table, before = AreaTable(), reader.faults.count
    present = [level for level in LEVELS if reader.has(AREA_FILES[level])]
    if not present:
        reader.faults.add(AREA_FILES["district"], 0, "no file of areas is there: at least one level is needed")
    for level in present:
        for row, geometry in reader.features(AREA_FILES[level]):
            _read_one(table, row, geometry, level, is_top=level == present[0], digits=area_codes == "gb30428")
        if not table.codes_of(level):
            reader.faults.add(AREA_FILES[level], 0, "no usable area")
    if table.areas and not any(area.active for area in table.areas.values()):
        reader.faults.add(AREA_FILES[present[0]], 0, "no area is in use: at least one is needed")
    if present and reader.faults.count == before:
        _fill_shapes(table)
        _check_nesting(table)
    return table


def read_roads(reader: Reader) -> tuple[Road, ...]:
    roads: dict[str, Road] = {}
    for row, geometry in reader.features("roads.geojson"):
        road_id = row.needed("id")
        line = _shape(row, geometry, read_line)
        road_class = row.choice("class", ROAD_CLASSES, "residential")
        if road_id in roads:
            row.fault(f"the road {road_id} is there already")
        elif line is not None:
            points = tuple(LonLat(lon, lat) for lon, lat in shapely.get_coordinates(line).tolist())
            names = {"name_zh": row.text("name_zh"), "name_en": row.text("name_en")}
            roads[road_id] = Road(id=road_id, points=points, road_class=road_class, **names)
    return tuple(roads.values())


def read_ground(reader: Reader, file: str) -> tuple[Ground, ...]:
    """Return the stretches of an optional file; none where it is missing."""
    if not reader.has(file):
        return ()
    found = ((row, _shape(row, geometry, read_area)) for row, geometry in reader.features(file))
    return tuple(Ground(row.text("name_zh"), row.text("name_en"), shape) for row, shape in found if shape is not None)


def _read_one(table: AreaTable, row: Row, geometry: object, level: str, *, is_top: bool, digits: bool) -> None:
    code, parent = AreaCode(row.needed("code")), AreaCode(row.text("parent"))
    name_zh, name_en = row.text("name_zh"), row.text("name_en")
    if not name_zh and not name_en:
        row.fault("name_zh and name_en are both empty")
    _check_code(row, code, parent, level if digits else "")
    if code in table.areas:
        row.fault(f"the code {code} is there already (line {table.rows[code].line} of {table.rows[code].file})")
        return
    if parent not in table.areas and (parent or not is_top):
        row.fault(f"the parent {parent!r} of {code} is not an area of a larger level")
    elif parent and table.areas[parent].level == level:
        row.fault(f"the parent {parent} of {code} is of the same level")
    table.areas[code] = Area(
        code=code,
        level=level,
        name_zh=name_zh or name_en,
        name_en=name_en or name_zh,
        parent=parent,
        active=row.flag("active", True),
    )
    table.rows[code] = row
    if geometry is not None:
        shape = _shape(row, geometry, read_area)
        if shape is not None:
            table.shapes[code] = shape


def _check_code(row: Row, code: AreaCode, parent: AreaCode, level: str) -> None:
    """Check a code against its layout; `level` is "" for a city with codes of its own."""
    if level:
        count = CODE_DIGITS[level]
        if not (code.isascii() and code.isdigit() and len(code) == count):
            row.fault(f"the code of a {level} has {count} digits: {code!r}")
        elif not code.startswith(parent):
            row.fault(f"the code {code} does not begin with that of its parent, {parent}")
    elif code and not IDENTIFIER.fullmatch(code):
        row.fault(f"a code may hold letters, digits, and . _ -: {code!r}")


def _shape(row: Row, geometry: object, read: Callable[[object], G]) -> G | None:
    """Return a feature's shape in WGS-84, None (and a fault) where it has none."""
    try:
        shape = read(geometry)
    except BadShape as error:
        row.fault(str(error))
        return None
    if row.datum == "wgs84":
        return shape

    def convert(points: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return np.column_stack(to_wgs84_many(points[:, 0], points[:, 1], row.datum))

    moved: G = shapely.transform(shape, convert)
    return moved


def _fill_shapes(table: AreaTable) -> None:
    """Give each area without a shape the union of its children's; the smallest first, so that unions build up."""
    children: dict[AreaCode, list[AreaCode]] = {}
    for code, area in table.areas.items():
        children.setdefault(area.parent, []).append(code)
    for code in reversed(list(table.areas)):
        if code not in table.shapes:
            pieces = [table.shapes[child] for child in children.get(code, ()) if child in table.shapes]
            if pieces:
                table.shapes[code] = as_area(shapely.union_all(pieces))
            else:
                table.rows[code].fault(f"the area {code} has neither a shape nor children with one")


def _check_nesting(table: AreaTable) -> None:
    """Areas of one level may not overlap, and lie inside their parents; slivers are forgiven."""
    for level in LEVELS:
        codes = [code for code in table.codes_of(level) if code in table.shapes]
        shapes = np.array([table.shapes[code] for code in codes], dtype=object)
        if not len(codes):
            continue
        sizes = shapely.area(shapes)
        one, other = STRtree(shapes).query(shapes, predicate="overlaps")
        common = shapely.area(shapely.intersection(shapes[one], shapes[other]))
        for index in np.nonzero((one < other) & (common > SLIVER * np.minimum(sizes[one], sizes[other])))[0]:
            a, b = codes[one[index]], codes[other[index]]
            table.rows[b].fault(f"the area {b} overlaps {a}")
        inner = [index for index, code in enumerate(codes) if table.areas[code].parent in table.shapes]
        parents = np.array([table.shapes[table.areas[codes[index]].parent] for index in inner], dtype=object)
        outside = shapely.area(shapely.difference(shapes[inner], parents)) if inner else np.zeros(0)
        for at in np.nonzero(outside > SLIVER * sizes[inner])[0]:
            code = codes[inner[at]]
            table.rows[code].fault(f"the area {code} is not inside its parent {table.areas[code].parent}")
