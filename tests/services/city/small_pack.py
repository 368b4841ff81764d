"""A pack of four grids that is small enough to read, and easy to break.

grids of community 001 | of community 002        each side is a hundredth of a degree
  ...001 | ...002      |   ...001 (of 002)
"""

from collections.abc import Mapping

CITY = """\
id = "smalltown"
name_zh = "小城"
name_en = "Smalltown"
timezone = "Asia/Shanghai"
scheme = "cn-2024"
center = [106.5, 29.5]
emergency = ["110", "119"]

[flow]
max_open_tasks = 3
"""

CALENDAR = """\
weekend = ["sat", "sun"]

[[hours]]
start = "09:00"
end = "12:00"

[[hours]]
start = "13:00"
end = "18:00"

[shift.day]
start = "08:00"
end = "20:00"

[[holiday]]
date = 2026-10-01
name_zh = "国庆节"
name_en = "National Day"

[[workday]]
date = 2026-10-10
"""


def square(west: float, south: float, east: float, north: float) -> str:
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return f'{{"type": "Polygon", "coordinates": [{ring}]}}'


def feature(geometry: str, **properties: str) -> str:
    pairs = ", ".join(f'"{name}": "{value}"' for name, value in properties.items())
    return f'{{"type": "Feature", "properties": {{{pairs}}}, "geometry": {geometry}}}'


def collection(*features: str) -> str:
    return '{"type": "FeatureCollection", "features": [\n' + ",\n".join(features) + "\n]}\n"


def area(code: str, parent: str, geometry: str) -> str:
    return feature(geometry, code=code, name_zh=f"区{code}", name_en=f"Area {code}", parent=parent)


FILES: Mapping[str, str] = {
    "city.toml": CITY,
    "calendar.toml": CALENDAR,
    "areas/district.geojson": collection(area("500103", "", square(106.5, 29.5, 106.53, 29.51))),
    "areas/street.geojson": collection(area("500103001", "500103", square(106.5, 29.5, 106.53, 29.51))),
    "areas/community.geojson": collection(
        area("500103001001", "500103001", "null"),
        area("500103001002", "500103001", square(106.52, 29.5, 106.53, 29.51)),
    ),
    "areas/grid.geojson": collection(
        area("500103001001001", "500103001001", square(106.5, 29.5, 106.51, 29.51)),
        area("500103001001002", "500103001001", square(106.51, 29.5, 106.52, 29.51)),
        area("500103001002001", "500103001002", square(106.52, 29.5, 106.53, 29.505)),
    ),
    "roads.geojson": collection(
        feature(
            '{"type": "LineString", "coordinates": [[106.5, 29.505], [106.53, 29.505]]}',
            id="R1",
            name_zh="中山路",
            name_en="Zhongshan Road",
        )
    ),
    "gazetteer.csv": (
        "id,name_zh,name_en,aliases,kind,lon,lat\nP1,钟楼,Bell Tower,鼓楼|Drum Tower,landmark,106.505,29.505\n"
    ),
    "departments.csv": "id,name_zh,name_en,trade\nworks,市政,Works,municipal\n",
    "workers.csv": (
        "id,name_zh,name_en,department,skills,areas,shift,lon,lat\n"
        "W1,张三,San Zhang,works,municipal|lighting,500103001,day,106.505,29.505\n"
    ),
    "duties.csv": "department,category,trade,area\nworks,,municipal,\n",
    "components.csv": ("id,category,name_zh,lon,lat,department\n5001030118000001,P0118,路灯1号,106.505,29.505,works\n"),
    "sources.csv": (
        "id,feed,kind,external_id,name_zh,name_en,lon,lat,datum,gateway,kinds,component,silent_after_s,heading_deg,"
        "view_deg,range_m\n"
        "G1,frigate,gateway,nvr,网关,Gateway,,,wgs84,,,,0,,,\n"
        "C1,frigate,camera,cam-1,钟楼,Bell Tower,106.505,29.505,wgs84,G1,illegal_parking,5001030118000001,0,90,60,40\n"
    ),
}


def pack_files(**changed: str | None) -> dict[str, bytes]:
    """Return the files of the small pack; a keyword replaces one ("." as "__", "/" as "___"), None leaves it out."""
    files = dict(FILES)
    for keyword, text in changed.items():
        name = keyword.replace("___", "/").replace("__", ".")
        if text is None:
            files.pop(name)
        else:
            files[name] = text
    return {name: text.encode("utf-8") for name, text in files.items()}
