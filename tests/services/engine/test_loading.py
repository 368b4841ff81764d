"""The city at a start: out of the database, and out of what was kept of it."""

from pathlib import Path

import pytest

from services.city.faults import PackFaults
from services.engine.loading import KEPT_FILE, NoCity, ensure_city, load_pack, read_city
from services.store.database import Database
from tests.parts.town import open_database
from tests.services.city.small_pack import pack_files


@pytest.fixture
def db(tmp_path: Path) -> Database:
    return open_database(tmp_path)


def write(folder: Path, **changed: str | None) -> Path:
    for name, body in pack_files(**changed).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
    return folder


def test_a_start_keeps_what_it_has_read_and_the_next_one_takes_it(db: Database, tmp_path: Path) -> None:
    load_pack(db, write(tmp_path / "pack"))
    first, file = read_city(db, tmp_path), tmp_path / KEPT_FILE
    written_at = file.stat().st_mtime_ns
    second = read_city(db, tmp_path)
    assert file.stat().st_mtime_ns == written_at
    assert second.codes.workers == first.codes.workers
    assert second.shapes == first.shapes
    assert second.indexes[0].raster.boundary == first.indexes[0].raster.boundary


def test_a_newer_pack_takes_the_place_of_what_was_kept(db: Database, tmp_path: Path) -> None:
    ensure_city(db, write(tmp_path / "pack"), tmp_path)
    before = (tmp_path / KEPT_FILE).read_bytes()
    workers = pack_files()["workers.csv"].decode()
    load_pack(db, write(tmp_path / "other", workers__csv="\n".join(workers.splitlines()[:-1]) + "\n"))
    assert len(read_city(db, tmp_path).codes.workers) == len(workers.splitlines()) - 2
    assert (tmp_path / KEPT_FILE).read_bytes() != before


def test_damage_is_mended(db: Database, tmp_path: Path) -> None:
    load_pack(db, write(tmp_path / "pack"))
    first, file = read_city(db, tmp_path), tmp_path / KEPT_FILE
    whole = file.read_bytes()
    file.write_bytes(whole[:-1])
    assert read_city(db, tmp_path).codes.areas == first.codes.areas
    assert file.read_bytes() == whole


def test_where_nothing_can_be_kept_the_city_is_read_all_the_same(db: Database, tmp_path: Path) -> None:
    load_pack(db, write(tmp_path / "pack"))
    assert read_city(db, tmp_path / "pack" / "city.toml").codes.workers


def test_what_was_kept_makes_no_faulty_pack_loadable(db: Database, tmp_path: Path) -> None:
    ensure_city(db, write(tmp_path / "pack"), tmp_path)
    with pytest.raises(PackFaults, match=r"workers\.csv:1: the column areas is missing"):
        ensure_city(db, write(tmp_path / "pack", workers__csv="id,name_zh\n,\n"), tmp_path)


def test_what_was_kept_is_no_city_where_none_is_loaded(tmp_path: Path) -> None:
    ensure_city(open_database(tmp_path), write(tmp_path / "pack"), tmp_path)
    (tmp_path / "empty").mkdir()
    with pytest.raises(NoCity):
        read_city(open_database(tmp_path / "empty"), tmp_path)
