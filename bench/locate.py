"""How long it takes to say in which unit grid a point lies, beside PostGIS doing the same.

Method. The areas are the lowest level of a city pack (the demo city's unit grids by default). Points are drawn
uniformly from the city's box and kept when they are inside some area; as many again lie exactly on corners of
boundaries. First every answer, single and in batches, is compared with the definition: of all closed polygons that
cover the point, the lowest code, found by asking every polygon that GEOS says may touch it. Then each way is timed
over the same random points, in rounds that take turns with PostGIS, and the median round counts:

- find: one point at a time, `AreaIndex.find`
- batch: 256 points at a time, `AreaIndex.find_many`
- place: one point at a time, `City.locate`: the path of areas, and the nearest part as well
- PostGIS, where it is installed: a prepared `ST_Contains` over one connection through a local socket (asyncpg, the
  fastest client), on a GiST index in memory; one point a statement, and 256 points a statement

The server is started for the benchmark and removed afterwards. `--json FILE` writes the figures.
"""

import argparse
import asyncio
import importlib
import importlib.util
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from time import perf_counter

import msgspec
import numpy as np
import numpy.typing as npt
import shapely

from dispatch.citymap import City
from gis.areas import AreaIndex
from gis.point import LonLat
from services.city.build import build_city
from services.city.read import read_pack

DEMO_PACK = Path(__file__).resolve().parents[1] / "cities" / "yuzhong"
BATCH = 256
ROUNDS = 9
POSTGIS_POINTS = 2_560
"""Points of one PostGIS round, the first of all points: about as long a round as ours over all of them."""

SINGLE_TARGET, BATCH_TARGET = 10.0, 50.0
"""How many times faster than PostGIS the index has to be."""

Floats = npt.NDArray[np.float64]


class Result(msgspec.Struct, kw_only=True, omit_defaults=True):
    """Microseconds per point, except `build_s` and the ratios (PostGIS's time over ours)."""

    city: str
    areas: int
    points: int
    boundary_points: int
    wrong: int
    build_s: float
    find_us: float
    batch_us: float
    place_us: float
    postgis: str = "not installed"
    postgis_single_us: float | None = None
    postgis_batch_us: float | None = None
    postgis_disagrees: int | None = None
    ratio_single: float | None = None
    ratio_batch: float | None = None


def main(argv: Sequence[str] | None = None) -> int:
    """Run; the exit status is 1 if an answer was wrong or a target was missed."""
    parser = argparse.ArgumentParser(prog="wardline bench locate", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--pack", type=Path, default=DEMO_PACK, help="folder of the city pack (default: the demo city)")
    parser.add_argument("--points", type=int, default=51_200, help="random points (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--no-postgis", action="store_true", help="do not measure PostGIS beside it")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    options = parser.parse_args(argv)
    city = build_city(read_pack(options.pack))
    result = measure(city, options.points, options.seed, with_postgis=not options.no_postgis)
    _show(result)
    if options.json:
        options.json.write_text(json.dumps(msgspec.to_builtins(result), indent=1) + "\n", encoding="utf-8")
    missed = result.ratio_single is not None and (
        result.ratio_single < SINGLE_TARGET or (result.ratio_batch or 0.0) < BATCH_TARGET
    )
    return 1 if result.wrong or missed else 0


def measure(city: City, count: int, seed: int, *, with_postgis: bool) -> Result:
    started = perf_counter()
    index = AreaIndex(dict(zip(city.areas.codes, city.areas.shapes, strict=True)))
    build_s = perf_counter() - started
    lons, lats = _random_points(index, count, seed)
    corners = _corner_points(index, count, seed)
    points = [LonLat(lon, lat) for lon, lat in zip(lons.tolist(), lats.tolist(), strict=True)]
    result = Result(
        city=city.id,
        areas=len(index.codes),
        points=len(points),
        boundary_points=len(corners[0]),
        wrong=_count_wrong(index, lons, lats) + _count_wrong(index, *corners),
        build_s=build_s,
        find_us=_time(lambda: _each(index.find, points), len(points)),
        batch_us=_time(lambda: _batches(index, lons, lats), len(points)),
        place_us=_time(lambda: _each(city.locate, points), len(points)),
    )
    if with_postgis:
        asyncio.run(_beside_postgis(result, index, points))
    return result


def _random_points(index: AreaIndex, count: int, seed: int) -> tuple[Floats, Floats]:
    """Return `count` points inside the areas, the same for the same seed."""
    (west, south, east, north), random = index.box, np.random.default_rng(seed)
    lons, lats = np.empty(0), np.empty(0)
    while len(lons) < count:
        some_lons = random.uniform(west, east, count)
        some_lats = random.uniform(south, north, count)
        inside = np.array([code is not None for code in index.find_many(some_lons, some_lats)])
        lons, lats = np.append(lons, some_lons[inside]), np.append(lats, some_lats[inside])
    return lons[:count], lats[:count]


def _corner_points(index: AreaIndex, count: int, seed: int) -> tuple[Floats, Floats]:
    corners = shapely.get_coordinates(np.array(index.shapes, dtype=object))
    chosen = corners[np.random.default_rng(seed).integers(0, len(corners), count)]
    return chosen[:, 0].copy(), chosen[:, 1].copy()


def _count_wrong(index: AreaIndex, lons: Floats, lats: Floats) -> int:
    """Count the points whose answer, single or in a batch, is not that of the definition."""
    point, area = shapely.STRtree(index.shapes).query(shapely.points(lons, lats), predicate="intersects")
    first = np.full(len(lons), len(index.codes))
    np.minimum.at(first, point, area)
    right = [(*index.codes, None)[number] for number in first.tolist()]
    single = [index.find(LonLat(lon, lat)) for lon, lat in zip(lons.tolist(), lats.tolist(), strict=True)]
    return sum(a != b or c != b for a, b, c in zip(single, right, index.find_many(lons, lats), strict=True))


def _each(find: Callable[[LonLat], object], points: Sequence[LonLat]) -> None:
    for point in points:
        find(point)


def _batches(index: AreaIndex, lons: Floats, lats: Floats) -> None:
    for start in range(0, len(lons), BATCH):
        index.find_many(lons[start : start + BATCH], lats[start : start + BATCH])


def _time(run: Callable[[], None], points: int) -> float:
    """Return microseconds per point: of the best of several rounds, which other work on the machine disturbed least."""
    return min(_once(run) for _ in range(ROUNDS)) / points * 1e6


def _once(run: Callable[[], None]) -> float:
    started = perf_counter()
    run()
    return perf_counter() - started


async def _beside_postgis(result: Result, index: AreaIndex, points: Sequence[LonLat]) -> None:
    """Measure PostGIS and the index in turns, so that both see the same machine, and fill in the figures."""
    if importlib.util.find_spec("asyncpg") is None:
        result.postgis = "not measured: asyncpg is missing (pip install wardline[dev])"
        return
    postgis = importlib.import_module("bench.postgis")
    programs = postgis.find_programs()
    if programs is None:
        return
    lons, lats = np.array(points).T.copy()
    fewer = points[:POSTGIS_POINTS]
    rounds: dict[str, list[float]] = {"single": [], "batch": [], "find": [], "find_many": []}
    async with postgis.run_postgis(programs, dict(zip(index.codes, index.shapes, strict=True))) as connection:
        result.postgis = str(await connection.fetchval("SELECT postgis_lib_version()"))
        single, batch = await connection.prepare(postgis.SINGLE), await connection.prepare(postgis.BATCH)
        theirs = [await single.fetchval(*point) for point in fewer]
        ours = index.find_many(lons, lats)[: len(fewer)]
        result.postgis_disagrees = sum(a != b for a, b in zip(theirs, ours, strict=True))
        for _ in range(ROUNDS):
            started = perf_counter()
            for point in fewer:
                await single.fetchval(*point)
            rounds["single"].append((perf_counter() - started) / len(fewer))
            started = perf_counter()
            for start in range(0, len(fewer), BATCH):
                await batch.fetch(lons[start : start + BATCH].tolist(), lats[start : start + BATCH].tolist())
            rounds["batch"].append((perf_counter() - started) / len(fewer))
            rounds["find"].append(_once(lambda: _each(index.find, points)) / len(points))
            rounds["find_many"].append(_once(lambda: _batches(index, lons, lats)) / len(points))
    best = {name: min(taken) * 1e6 for name, taken in rounds.items()}
    result.postgis_single_us, result.postgis_batch_us = best["single"], best["batch"]
    result.find_us, result.batch_us = best["find"], best["find_many"]
    result.ratio_single = best["single"] / best["find"]
    result.ratio_batch = best["batch"] / best["find_many"]


def _show(result: Result) -> None:
    print(f"{result.city}: {result.areas} areas, index built in {result.build_s:.3f} s")
    print(f"{result.points} random and {result.boundary_points} boundary points: {result.wrong} wrong answers")
    print(f"{'us per point':<28}{'one by one':>12}{f'{BATCH} at a time':>16}")
    print(f"{'area index':<28}{result.find_us:>12.2f}{result.batch_us:>16.3f}")
    print(f"{'whole place (City.locate)':<28}{result.place_us:>12.2f}{'':>16}")
    if result.postgis_single_us is None or result.postgis_batch_us is None:
        print(f"PostGIS: {result.postgis}")
        return
    print(f"{f'PostGIS {result.postgis}':<28}{result.postgis_single_us:>12.2f}{result.postgis_batch_us:>16.3f}")
    print(f"{'times faster':<28}{result.ratio_single:>12.1f}{result.ratio_batch:>16.1f}")
    print(f"{'target':<28}{SINGLE_TARGET:>12.0f}{BATCH_TARGET:>16.0f}")
    print(f"answers that differ from PostGIS's: {result.postgis_disagrees}")


if __name__ == "__main__":
    raise SystemExit(main())
