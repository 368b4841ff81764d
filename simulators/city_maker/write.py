"""The files of a city pack, from the values of this generator. Same values, same bytes."""

import csv
import io
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from shapely import LineString, Polygon, get_parts
from shapely.geometry.base import BaseGeometry
from shapely.geometry.polygon import orient

from simulators.city_maker.parts import Part
from simulators.city_maker.people import DepartmentRow, DutyRow, WorkerRow
from simulators.city_maker.places import Place
from simulators.city_maker.regions import AreaRow
from simulators.city_maker.roads import Road
from simulators.city_maker.senders import SourceRow

Feature = dict[str, Any]


def write_areas(folder: Path, rows: Sequence[AreaRow]) -> None:
    """Write one level of areas as GeoJSON, one feature a line."""
    write_features(
        folder,
        (
            _feature({"code": row.code, "name_zh": row.zh, "name_en": row.en, "parent": row.parent}, row.shape)
            for row in sorted(rows, key=lambda row: row.code)
        ),
    )


def write_roads(path: Path, roads: Sequence[Road]) -> None:
    write_features(
        path,
        (
            _feature({"id": road.id, "name_zh": road.zh, "name_en": road.en, "class": road.kind}, road.line)
            for road in roads
        ),
    )


def write_shapes(path: Path, rows: Iterable[tuple[str, str, Polygon]]) -> None:
    """Write water or parks: named polygons for the basemap."""
    write_features(path, (_feature({"name_zh": zh, "name_en": en}, shape) for zh, en, shape in rows))


def write_features(path: Path, features: Iterable[Feature]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = ",\n".join(json.dumps(feature, ensure_ascii=False, separators=(",", ":")) for feature in features)
    path.write_text(f'{{"type":"FeatureCollection","features":[\n{lines}\n]}}\n', encoding="utf-8", newline="\n")


def write_places(path: Path, places: Sequence[Place]) -> None:
    head = ("id", "name_zh", "name_en", "aliases", "kind", "lon", "lat")
    write_table(path, head, ((p.id, p.zh, p.en, "|".join(p.aliases), p.kind, *p.point) for p in places))


def write_parts(path: Path, parts: Sequence[Part]) -> None:
    head = ("id", "category", "name_zh", "lon", "lat", "department")
    write_table(path, head, ((p.id, p.category, p.zh, *p.point, p.owner) for p in parts))


def write_departments(path: Path, rows: Sequence[DepartmentRow], workers: Sequence[WorkerRow]) -> None:
    """Each department is led by the first of its workers."""
    leads: dict[str, str] = {}
    for worker in workers:
        leads.setdefault(worker.department, worker.id)
    write_table(path, (*DepartmentRow._fields, "lead"), ((*row, leads[row.id]) for row in rows))


def write_duties(path: Path, rows: Sequence[DutyRow]) -> None:
    write_table(path, DutyRow._fields, rows)


def write_workers(path: Path, rows: Sequence[WorkerRow]) -> None:
    head = ("id", "name_zh", "name_en", "department", "skills", "areas", "shift", "lon", "lat")
    body = (
        (w.id, w.name_zh, w.name_en, w.department, "|".join(w.skills), "|".join(w.areas), w.shift, *w.home)
        for w in rows
    )
    write_table(path, head, body)


def write_sources(path: Path, rows: Sequence[SourceRow]) -> None:
    head = (
        "id",
        "feed",
        "kind",
        "external_id",
        "name_zh",
        "name_en",
        "lon",
        "lat",
        "datum",
        "gateway",
        "kinds",
        "component",
        "silent_after_s",
        "heading_deg",
        "view_deg",
        "range_m",
    )
    write_table(path, head, (_source_cells(row) for row in rows))


def _source_cells(row: SourceRow) -> tuple[object, ...]:
    lon, lat = row.point or ("", "")
    numbers = ("" if value is None else value for value in (row.heading_deg, row.view_deg, row.range_m))
    return (
        row.id,
        row.feed,
        row.kind,
        row.external_id,
        row.name_zh,
        row.name_en,
        lon,
        lat,
        "wgs84",
        row.gateway,
        "|".join(row.kinds),
        row.component,
        row.silent_after_s,
        *numbers,
    )


def write_table(path: Path, head: Sequence[str], rows: Iterable[Iterable[object]]) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(head)
    writer.writerows(rows)
    path.write_text(text.getvalue(), encoding="utf-8", newline="\n")


def _feature(properties: dict[str, str], shape: BaseGeometry) -> Feature:
    return {"type": "Feature", "properties": properties, "geometry": _geometry(shape)}


def _geometry(shape: BaseGeometry) -> dict[str, Any]:
    if isinstance(shape, LineString):
        return {"type": "LineString", "coordinates": _coordinates(shape)}
    if isinstance(shape, Polygon):
        return {"type": "Polygon", "coordinates": _rings(shape)}
    return {
        "type": "MultiPolygon",
        "coordinates": [_rings(part) for part in get_parts(shape) if isinstance(part, Polygon)],
    }


def _rings(shape: Polygon) -> list[list[list[float]]]:
    """Outer ring against the clock, holes with it (RFC 7946)."""
    turned = orient(shape)
    return [_coordinates(ring) for ring in (turned.exterior, *turned.interiors)]


def _coordinates(line: BaseGeometry) -> list[list[float]]:
    return [[round(x, 6), round(y, 6)] for x, y in line.coords]
