"""The benchmark's city: the demo pack with 200 workers, all on duty, all able, without a limit of tasks."""

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

from dispatch.citymap import City
from dispatch.ids import CategoryCode
from gis.point import LonLat
from services.city.pack import collect_files

PACK = Path(__file__).resolve().parent.parent / "cities" / "yuzhong"
SPACING_DEG = 0.0007
"""About 70 m: further than the reach of the categories that are used, so that no case swallows the next."""
REACH_MAX_M = 60.0


def write_pack(folder: Path, workers: int) -> None:
    """Write the pack. Nobody is ever full: what is measured is the sending, not the waiting for a free hand."""
    files = collect_files(PACK)
    departments = [code for (code,) in _rows(files["departments.csv"], "id")]
    skills = sorted({skill for (skill,) in _rows(files["categories.csv"], "skill")})
    files["workers.csv"] = _workers(files["workers.csv"], departments, skills, workers)
    files["calendar.toml"] += b'\n[shift.always]\nstart = "00:00"\nend = "00:00"\n'
    files["city.toml"] = re.sub(rb"max_open_tasks = \d+", b"max_open_tasks = 10000", files["city.toml"])
    for name, body in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)


def _rows(body: bytes, *names: str) -> list[tuple[str, ...]]:
    return [tuple(row[name] for name in names) for row in csv.DictReader(io.StringIO(body.decode("utf-8-sig")))]


def _workers(body: bytes, departments: list[str], skills: list[str], count: int) -> bytes:
    """Return so many workers, standing where the pack's own stand, in turn over the departments."""
    rows = list(csv.DictReader(io.StringIO(body.decode("utf-8-sig"))))
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    for n in range(count):
        row = dict(rows[n % len(rows)])
        row.update(id=f"B{n + 1:03d}", department=departments[n % len(departments)], skills="|".join(skills))
        writer.writerow({**row, "areas": "", "shift": "always"})
    return out.getvalue().encode()


def list_happenings(city: City) -> Iterator[tuple[CategoryCode, LonLat]]:
    """Yield (category, point) pairs of which no two are the same happening: a lattice, times the categories."""
    kin = {code for row in city.codes.same for code in (row.category, row.other)}
    categories = [
        category
        for category in sorted(city.codes.categories.values(), key=lambda each: each.code)
        if category.code not in kin
        and category.same_place_m <= REACH_MAX_M
        and category.auto_file_confidence <= 0.95
        and category.kind == "event"
    ]
    west, south, east, north = city.box
    points = []
    for i in range(int((east - west) / SPACING_DEG)):
        for j in range(int((north - south) / SPACING_DEG)):
            point = LonLat(round(west + i * SPACING_DEG, 6), round(south + j * SPACING_DEG, 6))
            if city.areas.find(point) is not None:
                points.append(point)
    # Walk the lattice with a stride, so that neighbours in time are not neighbours in space.
    for n in range(len(points) * len(categories)):
        yield categories[n % len(categories)].code, points[(n * 7919 + n // len(points)) % len(points)]
