"""The benchmark of locating runs, and finds no wrong answer; its speed is not judged here."""

import asyncio
import json
from pathlib import Path

import pytest

from bench.locate import main, measure
from bench.postgis import find_programs, run_postgis
from services.city.build import build_city
from services.city.read import read_pack
from tests.services.city.small_pack import pack_files


def test_it_prints_a_table_and_writes_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, body in pack_files().items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(body)
    out = tmp_path / "out.json"
    assert main(["--pack", str(tmp_path), "--points", "600", "--no-postgis", "--json", str(out)]) == 0
    figures = json.loads(out.read_text(encoding="utf-8"))
    assert (figures["city"], figures["areas"], figures["points"], figures["wrong"]) == ("smalltown", 3, 600, 0)
    assert figures["find_us"] > 0
    assert "0 wrong answers" in capsys.readouterr().out


@pytest.mark.postgres
def test_postgis_gives_the_same_answers() -> None:
    if find_programs() is None:
        pytest.skip("PostGIS is missing; Debian has it as postgresql-15-postgis-3")
    result = measure(build_city(read_pack(pack_files())), 600, seed=1, with_postgis=True)
    assert (result.postgis_disagrees, result.postgis[:1]) == (0, "3")
    assert result.ratio_single is not None
    assert result.ratio_batch is not None


@pytest.mark.postgres
def test_a_point_on_a_boundary_is_covered_but_not_contained() -> None:
    """Why boundary points are compared with the definition and not with PostGIS: ST_Contains leaves them out."""
    programs = find_programs()
    if programs is None:
        pytest.skip("PostGIS is missing; Debian has it as postgresql-15-postgis-3")
    index = build_city(read_pack(pack_files())).areas

    async def ask() -> list[object]:
        async with run_postgis(programs, dict(zip(index.codes, index.shapes, strict=True))) as connection:
            point = "ST_SetSRID(ST_MakePoint(106.51, 29.505), 4326)"
            return [
                await connection.fetchval(f"SELECT count(*) FROM area WHERE {predicate}(shape, {point})")
                for predicate in ("ST_Contains", "ST_Covers")
            ]

    assert asyncio.run(ask()) == [0, 2]
