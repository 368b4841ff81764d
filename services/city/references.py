"""What one file of a pack says about another: every code that a row names must be there."""

from collections.abc import Collection, Iterable, Mapping

import numpy as np
import shapely

from dispatch.category import Category
from dispatch.city import Area, Duty, SensorType, Shift, Source, Template, VideoType, Worker
from dispatch.ids import AreaCode, CategoryCode, DepartmentId
from gis.areas import AreaIndex, AreaShape
from gis.components import METRES_PER_DEGREE, Component
from gis.grid import BadCode, PartId
from gis.point import LonLat
from services.city.cells import Row, Rows

BESIDE_M = 1_000.0
"""How far outside a part or a source may lie: real registers have some across the street that is the border."""


def check_departments(
    departments: Collection[DepartmentId], workers: Rows[Worker], duties: Rows[Duty], components: Rows[Component]
) -> None:
    for row, worker in workers:
        _known(row, "department", worker.department, departments)
    for row, duty in duties:
        _known(row, "department", duty.department, departments)
    for row, component in components:
        _known(row, "department", component.department, departments)


def check_workers(workers: Rows[Worker], shifts: Iterable[Shift] | None, areas: Collection[AreaCode]) -> None:
    """`shifts` are None where calendar.toml could not be read: then nothing can be said of them."""
    known = None if shifts is None else {shift.id for shift in shifts}
    for row, worker in workers:
        if known is not None:
            _known(row, "shift", worker.shift, known)
        for code in worker.areas:
            _known(row, "area", code, areas)


def check_duties(duties: Rows[Duty], categories: Mapping[CategoryCode, Category], areas: Collection[AreaCode]) -> None:
    trades = {category.trade for category in categories.values()}
    for row, duty in duties:
        _known(row, "category", duty.category, categories)
        _known(row, "trade", duty.trade, trades)
        _known(row, "area", duty.area, areas)


def check_templates(templates: Rows[Template], categories: Mapping[CategoryCode, Category]) -> None:
    for row, template in templates:
        _known(row, "category", template.category, categories)


def check_types(
    types: Iterable[tuple[Row, VideoType | SensorType]], categories: Mapping[CategoryCode, Category]
) -> None:
    for row, kind in types:
        _known(row, "category", kind.category, categories)


def check_sources(rows: Rows[Source], kinds: Collection[str], components: Collection[str]) -> None:
    gateways = {source.id for _, source in rows if source.kind == "gateway"}
    seen: dict[tuple[str, str, str], int] = {}
    for row, source in rows:
        _known(row, "gateway", source.gateway, gateways)
        _known(row, "component", source.component, components)
        for kind in source.kinds:
            _known(row, "kind", kind, kinds)
        key = (source.feed, source.gateway, source.external_id)
        if source.external_id and key in seen:
            row.fault(f"feed, gateway and external_id are those of line {seen[key]}")
        seen.setdefault(key, row.line)


def check_components(
    rows: Rows[Component], categories: Mapping[CategoryCode, Category], districts: Collection[str]
) -> None:
    """`districts` are the codes that 16-digit identifiers may begin with; none where the city has codes of its own."""
    for row, component in rows:
        category = categories.get(CategoryCode(component.category))
        if category is None:
            _known(row, "category", component.category, categories)
        elif category.kind != "part":
            row.fault(f"the category {category.code} is not one of parts")
        if districts:
            _check_part_id(row, component.id, districts)


def check_positions(
    rows: Iterable[tuple[Row, LonLat | None]], areas: Mapping[AreaCode, Area], shapes: Mapping[AreaCode, AreaShape]
) -> None:
    """What is fixed to the ground lies in the city or beside it: else lon and lat are exchanged, or it is another
    city.
    """
    placed = [(row, point) for row, point in rows if point is not None]
    top: dict[str, AreaShape] = {
        code: shapes[code] for code, area in areas.items() if not area.parent and code in shapes
    }
    if not placed or not top:
        return
    lons, lats = np.array([point for _, point in placed], dtype=np.float64).T
    city = shapely.union_all([*top.values()])
    shapely.prepare(city)
    for (row, point), code in zip(placed, AreaIndex(top).find_many(lons, lats), strict=True):
        if code is None and shapely.distance(city, shapely.Point(point)) * METRES_PER_DEGREE > BESIDE_M:
            row.fault(f"{point.lon:g}, {point.lat:g} is outside the city")


def _known(row: Row, what: str, value: str, known: Collection[str]) -> None:
    if value and value not in known:
        row.fault(f"the {what} is not known: {value}")


def _check_part_id(row: Row, text: str, districts: Collection[str]) -> None:
    try:
        part = PartId.parse(text)
    except BadCode as error:
        row.fault(str(error))
        return
    if part.district not in districts:
        row.fault(f"{text} does not begin with the code of a district of this city")
