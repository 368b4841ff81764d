"""City packs of two real cities, made from recorded open data: what works for them works for more than the demo city.

San Francisco: census tracts as the lowest areas, inside the city's 41 analysis neighbourhoods; its 311 categories as a
category table of its own; codes of its own. Dongcheng (Beijing): 17 streets and nothing below, in GCJ-02, with real
roads, stops and car parks. Workers are made up in both.
"""

import csv
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from gis.datum import from_wgs84
from gis.point import LonLat

SF_ZONE = ZoneInfo("America/Los_Angeles")
SF_LABELLED_CASES = 4_984

SF_CITY = """\
id = "san-francisco"
name_zh = "旧金山"
name_en = "San Francisco"
timezone = "America/Los_Angeles"
scheme = "sf-311"
area_codes = "own"
center = [-122.4376, 37.7577]
emergency = ["911", "311"]
"""

SF_CALENDAR = """\
weekend = ["sat", "sun"]

[[hours]]
start = "08:00"
end = "17:00"

[shift.day]
start = "06:00"
end = "18:00"

[shift.night]
start = "18:00"
end = "06:00"

[[holiday]]
date = 2013-07-04
name_zh = "独立日"
name_en = "Independence Day"
"""

DONGCHENG_CITY = """\
id = "dongcheng"
name_zh = "东城区"
name_en = "Dongcheng District"
timezone = "Asia/Shanghai"
scheme = "cn-2024"
area_codes = "own"
datum = "gcj02"
center = [116.4164, 39.9289]
"""

DONGCHENG_CALENDAR = """\
[[hours]]
start = "09:00"
end = "18:00"

[shift.day]
start = "08:00"
end = "20:00"
"""

SF_TRADES: Mapping[str, tuple[str, str]] = {
    "Tree Maintenance": ("greening", "parks"),
    "Rec and Park Requests": ("greening", "parks"),
    "Sewer Issues": ("sewers", "water"),
    "Catch Basin Maintenance": ("sewers", "water"),
    "Streetlights": ("lighting", "water"),
    "Abandoned Vehicle": ("enforcement", "transit"),
    "MUNI Feedback": ("enforcement", "transit"),
    "Sign Repair": ("signs", "transit"),
    "Color Curb": ("signs", "transit"),
}
"""311 category -> (trade, department); the rest is the street works department's."""

SF_DEPARTMENTS = (
    ("works", "公共工程局", "Public Works", "cleaning"),
    ("water", "公用事业委员会", "Public Utilities Commission", "sewers"),
    ("transit", "交通局", "Municipal Transportation Agency", "enforcement"),
    ("parks", "康乐及公园局", "Recreation and Parks", "greening"),
)

Json = dict[str, Any]


def slug(name: str) -> str:
    """Return a name as a code: "Western Addition" -> "western-addition"."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def list_sf_cases(data: Path) -> Iterator[Json]:
    """Yield the 4,984 labelled 311 cases of `data` (cities/sf): records of the `history` feed, with the
    neighbourhood that the city recorded under `neighborhood`. Times have the zone that the city leaves out.
    """
    with (data / "cases_sample_geo_labelled.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield {
                "id": row["CaseID"],
                "opened_at": _sf_time(row["Opened"]),
                "closed_at": _sf_time(row["Closed"]),
                "category": slug(row["Category"]),
                "text": f"{row['Category']}: {row['Request.Type']} {row['Request.Details']}".replace("_", " "),
                "lon": float(row["Long"]),
                "lat": float(row["Lat"]),
                "address": row["Address"],
                "neighborhood": row["C.Neighborhood"],
            }


def write_sf_pack(data: Path, folder: Path) -> Path:
    """Write the pack of San Francisco into `folder` from `data` (cities/sf), and return the folder."""
    (folder / "areas").mkdir(parents=True)
    tracts = json.loads((data / "sf_analysis_neighborhoods_tracts.geojson").read_text(encoding="utf-8"))["features"]
    names = sorted({tract["properties"]["nhood"] for tract in tracts})
    _write_text(folder, {"city.toml": SF_CITY, "calendar.toml": SF_CALENDAR})
    _write_features(folder, "areas/district.geojson", [_area("SF", "旧金山", "San Francisco", "", None)])
    streets = [_area(slug(name), "", name, "SF", None) for name in names]
    _write_features(folder, "areas/street.geojson", streets)
    grids = [
        _area(tract["properties"]["geoid"], "", f"Tract {tract['properties']['tractce10']}",
              slug(tract["properties"]["nhood"]), tract["geometry"])
        for tract in tracts
    ]  # fmt: skip
    _write_features(folder, "areas/grid.geojson", grids)
    categories = sorted({case["text"].split(":")[0] for case in list_sf_cases(data)})
    _write_rows(folder, "categories.csv", [_sf_category(name) for name in categories])
    _write_rows(folder, "departments.csv", [dict(zip(_NAMED, row, strict=True)) for row in SF_DEPARTMENTS])
    workers = [
        _worker(f"{row[0]}-{n}", row[0], _skills(row[0]), -122.43, 37.76) for row in SF_DEPARTMENTS for n in "12"
    ]
    _write_rows(folder, "workers.csv", workers)
    duties = [
        {"department": department, "category": slug(name), "trade": "", "area": ""}
        for name, (_, department) in sorted(SF_TRADES.items())
    ]
    _write_rows(folder, "duties.csv", [*duties, {"department": "works", "category": "", "trade": "", "area": ""}])
    _write_rows(folder, "sources.csv", [_desk("sf311", "history", "sf311", "旧金山311", "San Francisco 311")])
    _write_rows(folder, "components.csv", [], ("id", "category", "name_zh", "lon", "lat", "department"))
    _write_rows(folder, "gazetteer.csv", [_place("city-hall", "市政厅", "City Hall", "office", -122.4193, 37.7793)])
    _write_features(folder, "roads.geojson", [])
    # The standard detectors and sensors speak of categories that this city does not have.
    _write_rows(folder, "video_types.csv", [], _VIDEO_COLUMNS)
    _write_rows(folder, "sensor_types.csv", [], _SENSOR_COLUMNS)
    return folder


def write_dongcheng_pack(data: Path, folder: Path) -> Path:
    """Write the pack of Dongcheng into `folder` from `data` (cities/dongcheng), and return the folder."""
    (folder / "areas").mkdir(parents=True)
    streets = json.loads((data / "dongcheng_streets_gcj02.geojson").read_text(encoding="utf-8"))["features"]
    _write_text(folder, {"city.toml": DONGCHENG_CITY, "calendar.toml": DONGCHENG_CALENDAR})
    _write_features(folder, "areas/street.geojson", [
        _area(f"S{number:02}", street["properties"]["name"], "", "", street["geometry"])
        for number, street in enumerate(streets, start=1)
    ])  # fmt: skip
    roads = json.loads((data / "dongcheng_roads_wgs84.geojson").read_text(encoding="utf-8"))["features"]
    _write_features(folder, "roads.geojson", [_dongcheng_road(number, road) for number, road in enumerate(roads)])
    stops = json.loads((data / "traffic.json").read_text(encoding="utf-8"))
    _write_rows(folder, "gazetteer.csv", [
        _place(f"stop-{number}", stop["properties"]["name"], "", "stop", *stop["lnglat"])
        for number, stop in enumerate(stops)
    ])  # fmt: skip
    parks = json.loads((data / "parking.json").read_text(encoding="utf-8"))
    _write_rows(folder, "components.csv", [
        {"id": f"park-{number}", "category": "P0201", "name_zh": park["name"], "department": "municipal",
         "lon": park["lnglat"][0], "lat": park["lnglat"][1]}
        for number, park in enumerate(parks)
    ])  # fmt: skip
    departments = [
        ("municipal", "市政科", "Municipal works", "municipal"),
        ("law", "执法队", "Enforcement", "enforcement"),
    ]
    _write_rows(folder, "departments.csv", [dict(zip(_NAMED, row, strict=True)) for row in departments])
    workers = [_worker(f"{row[0]}-1", row[0], row[3], 116.4164, 39.9289) for row in departments]
    _write_rows(folder, "workers.csv", workers)
    _write_rows(folder, "duties.csv", [
        {"department": row[0], "category": "", "trade": row[3], "area": ""} for row in departments
    ])  # fmt: skip
    _write_rows(folder, "sources.csv", [_desk("hotline", "report", "12345", "市民热线", "Citizen hotline")])
    return folder


_NAMED = ("id", "name_zh", "name_en", "trade")
_VIDEO_COLUMNS = ("type", "name_zh", "name_en", "labels", "dwell_s", "priority", "category")
_SENSOR_COLUMNS = (
    "type", "name_zh", "name_en", "metric", "unit", "direction", "advisory", "warning", "alarm", "persist_s",
    "category",
)  # fmt: skip


def _sf_time(text: str) -> str | None:
    """ "2012-12-04 15:21:00" -> with the zone; the file says "NA" where a case is still open."""
    if text in ("", "NA"):
        return None
    return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=SF_ZONE).isoformat()


def _sf_category(name: str) -> Json:
    trade, _ = SF_TRADES.get(name, ("cleaning", "works"))
    return {
        "scheme": "sf-311", "code": slug(name), "gb_code": "", "kind": "event", "major_zh": "三一一", "major_en": "311",
        "name_zh": name, "name_en": name, "priority": "general", "skill": trade, "trade": trade, "urgent_limit": "",
        "urgent_unit": "", "normal_limit": 3, "normal_unit": "WD", "same_place_m": 0, "same_time_s": 0,
        "auto_file_confidence": 0.8, "policy": "balanced", "file_when": "", "close_when": "", "words_zh": "",
        "words_en": name.lower(), "valid_from": "2008-07-01", "valid_to": "", "basis": "San Francisco 311",
    }  # fmt: skip


def _skills(department: str) -> str:
    trades = {trade for trade, owner in SF_TRADES.values() if owner == department}
    return "|".join(sorted(trades or {"cleaning"}))


def _worker(worker_id: str, department: str, skills: str, lon: float, lat: float) -> Json:
    return {
        "id": worker_id, "name_zh": worker_id, "name_en": worker_id, "department": department, "skills": skills,
        "areas": "", "shift": "day", "lon": lon, "lat": lat,
    }  # fmt: skip


def _desk(source_id: str, feed: str, external_id: str, name_zh: str, name_en: str) -> Json:
    row = dict.fromkeys(("lon", "lat", "gateway", "kinds", "component", "heading_deg", "view_deg", "range_m"), "")
    names = {"name_zh": name_zh, "name_en": name_en}
    return {"id": source_id, "feed": feed, "kind": "desk", "external_id": external_id, "datum": "wgs84",
            "silent_after_s": 0, **names, **row}  # fmt: skip


def _place(place_id: str, name_zh: str, name_en: str, kind: str, lon: float, lat: float) -> Json:
    names = {"name_zh": name_zh, "name_en": name_en}
    return {"id": place_id, **names, "aliases": "", "kind": kind, "lon": lon, "lat": lat}


def _area(code: str, name_zh: str, name_en: str, parent: str, geometry: Json | None) -> Json:
    properties = {"code": code, "name_zh": name_zh, "name_en": name_en, "parent": parent}
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def _dongcheng_road(number: int, road: Json) -> Json:
    """The recorded roads are WGS-84; the pack's datum is GCJ-02."""
    line = [from_wgs84(LonLat(*point), "gcj02") for point in road["geometry"]["coordinates"]]
    name = road["properties"]["name"]
    properties = {"id": f"R{number}", "name_zh": name, "name_en": "", "class": "residential"}
    return {"type": "Feature", "properties": properties, "geometry": {"type": "LineString", "coordinates": line}}


def _write_text(folder: Path, texts: Mapping[str, str]) -> None:
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")


def _write_features(folder: Path, file: str, features: Sequence[Json]) -> None:
    lines = ",\n".join(json.dumps(feature, ensure_ascii=False) for feature in features)
    (folder / file).write_text(f'{{"type": "FeatureCollection", "features": [\n{lines}\n]}}\n', encoding="utf-8")


def _write_rows(folder: Path, file: str, rows: Sequence[Json], columns: Sequence[str] = ()) -> None:
    with (folder / file).open("w", encoding="utf-8", newline="") as table:
        writer = csv.DictWriter(table, columns or list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
