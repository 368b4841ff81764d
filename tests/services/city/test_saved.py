"""What was read of a pack and is kept: the same as the pack, or nothing."""

import shutil
import stat
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
from shapely import to_wkb

from services.city import saved
from services.city.build import build_city
from services.city.files import PackFiles
from services.city.pack import CLASSIFIER_FILE, CityPack, collect_files
from services.city.read import read_pack
from tests.services.city.small_pack import pack_files

DEMO_PACK = Path(__file__).parents[3] / "cities" / "yuzhong"
KEY = "0" * 64


def keep(file: Path, files: PackFiles, key: str = KEY) -> CityPack:
    pack = read_pack(files)
    saved.write(file, key, pack, [index.raster for index in build_city(pack).indexes])
    return pack


@pytest.mark.parametrize("files", [pack_files(), collect_files(DEMO_PACK)], ids=["small", "demo"])
def test_what_is_kept_is_what_was_read(tmp_path: Path, files: PackFiles) -> None:
    pack = keep(tmp_path / "kept", files)
    found = saved.read(tmp_path / "kept", KEY, files)
    assert found is not None
    again, rasters = found
    for each in fields(pack):
        if each.name != "reader":  # a model is not compared, but asked
            assert getattr(again, each.name) == getattr(pack, each.name), each.name
            assert type(getattr(again, each.name)) is type(getattr(pack, each.name)), each.name
    assert (again.reader is None) == (CLASSIFIER_FILE not in files)
    if pack.reader and again.reader:
        assert again.reader.rank("路灯不亮") == pack.reader.rank("路灯不亮")
    one, other = build_city(pack), build_city(again, rasters=rasters)
    west, south, east, north = one.box
    lons, lats = np.random.default_rng(1).uniform((west, south), (east, north), (20_000, 2)).T
    for index, quick in zip(one.indexes, other.indexes, strict=True):
        assert quick.find_many(lons, lats) == index.find_many(lons, lats)
        assert (quick.frame, quick.raster.boundary) == (index.frame, index.raster.boundary)
        assert np.array_equal(quick.raster.cells, index.raster.cells)


def test_shapes_are_kept_to_the_last_bit(tmp_path: Path) -> None:
    pack = keep(tmp_path / "kept", pack_files())
    found = saved.read(tmp_path / "kept", KEY, pack_files())
    assert found is not None
    assert [*map(to_wkb, found[0].shapes.values())] == [*map(to_wkb, pack.shapes.values())]


def test_only_its_owner_may_read_or_write_it(tmp_path: Path) -> None:
    keep(tmp_path / "kept", pack_files())
    assert stat.S_IMODE((tmp_path / "kept").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]


def test_what_is_kept_under_another_key_is_not_taken(tmp_path: Path) -> None:
    keep(tmp_path / "kept", pack_files())
    assert saved.read(tmp_path / "kept", "1" * 64, pack_files()) is None
    assert saved.read(tmp_path / "nothing", KEY, pack_files()) is None


@pytest.mark.parametrize("at", [0, 70, 129, 130, 2_000, -1])
def test_what_has_one_wrong_bit_is_not_taken(tmp_path: Path, at: int) -> None:
    keep(tmp_path / "kept", pack_files())
    whole = bytearray((tmp_path / "kept").read_bytes())
    whole[at] ^= 1
    (tmp_path / "kept").write_bytes(whole)
    assert saved.read(tmp_path / "kept", KEY, pack_files()) is None


@pytest.mark.parametrize("left", [0, 100, 130, 5_000])
def test_what_was_cut_off_is_not_taken(tmp_path: Path, left: int) -> None:
    keep(tmp_path / "kept", pack_files())
    (tmp_path / "kept").write_bytes((tmp_path / "kept").read_bytes()[:left])
    assert saved.read(tmp_path / "kept", KEY, pack_files()) is None


def test_what_this_code_cannot_read_is_not_taken(tmp_path: Path) -> None:
    body = b"\x81\xa5plain\xc0"
    (tmp_path / "kept").write_bytes(saved._head(KEY, body) + body)
    assert saved.read(tmp_path / "kept", KEY, pack_files()) is None


def test_the_key_follows_from_the_files_and_from_the_code(tmp_path: Path) -> None:
    for folder in saved.CODE:
        shutil.copytree(saved.SOURCES / folder, tmp_path / folder)
    key = saved.key_of(pack_files(), tmp_path)
    assert key == saved.key_of(pack_files())
    assert key != saved.key_of({**pack_files(), "workers.csv": pack_files()["workers.csv"] + b"\n"}, tmp_path)
    assert key != saved.key_of({**pack_files(), "categories.csv": b"a table of its own"}, tmp_path)
    with (tmp_path / "gis" / "raster.py").open("a") as code:
        code.write("# other\n")
    assert key != saved.key_of(pack_files(), tmp_path)
