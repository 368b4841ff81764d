"""`python -m simulators.city_maker --seed 1 --out cities/yuzhong`."""

import argparse
from pathlib import Path
from random import Random

from shapely import Polygon

from simulators.city_maker.green import draw_parks
from simulators.city_maker.mesh import build_mesh
from simulators.city_maker.outline import draw_shore
from simulators.city_maker.parts import place_parts
from simulators.city_maker.people import hire_workers, list_departments, list_duties
from simulators.city_maker.places import name_places
from simulators.city_maker.plane import shape_to_degrees
from simulators.city_maker.regions import divide
from simulators.city_maker.roads import build_roads
from simulators.city_maker.senders import list_sources
from simulators.city_maker.texts import README, list_texts
from simulators.city_maker.write import (
    write_areas,
    write_departments,
    write_duties,
    write_parts,
    write_places,
    write_roads,
    write_shapes,
    write_sources,
    write_workers,
)


def make_city(seed: int, folder: Path) -> dict[str, int]:
    """Write the whole pack; return how many rows each file has. The same seed gives the same bytes.

    Every part of the city draws from a stream of its own, so that a change to one leaves the others as they were.
    """
    shore = draw_shore()
    mesh = build_mesh(shore, Random(f"{seed}/mesh"))
    areas = divide(mesh.cells, Random(f"{seed}/areas"))
    roads = build_roads(mesh.pieces, areas.communities)
    city = areas.district[0].shape
    assert isinstance(city, Polygon)
    parts = place_parts(roads, (areas.communities, city), Random(f"{seed}/parts"))
    places = name_places(areas, Random(f"{seed}/places"))
    departments, duties, workers = list_departments(), list_duties(), hire_workers(Random(f"{seed}/people"))
    sources = list_sources(areas, roads, parts, Random(f"{seed}/sources"))
    parks = draw_parks(areas, places)
    rivers = [("长江与嘉陵江", "Yangtze and Jialing", shape_to_degrees(river)) for river in shore.rivers.geoms]

    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in (
        ("district", areas.district),
        ("street", areas.streets),
        ("community", areas.communities),
        ("grid", areas.grids),
    ):
        write_areas(folder / "areas" / f"{name}.geojson", rows)
    write_roads(folder / "roads.geojson", roads)
    write_shapes(folder / "water.geojson", rivers)
    write_shapes(folder / "green.geojson", parks)
    write_places(folder / "gazetteer.csv", places)
    write_parts(folder / "components.csv", parts)
    write_departments(folder / "departments.csv", departments, workers)
    write_duties(folder / "duties.csv", duties)
    write_workers(folder / "workers.csv", workers)
    write_sources(folder / "sources.csv", sources)
    for name, text in list_texts().items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")
    counts = {
        "areas/street.geojson": len(areas.streets), "areas/community.geojson": len(areas.communities),
        "areas/grid.geojson": len(areas.grids), "roads.geojson": len(roads), "gazetteer.csv": len(places),
        "components.csv": len(parts), "departments.csv": len(departments), "duties.csv": len(duties),
        "workers.csv": len(workers), "sources.csv": len(sources), "green.geojson": len(parks),
    }  # fmt: skip
    table = "\n".join(f"| `{name}` | {count:,} |" for name, count in counts.items())
    (folder / "README.md").write_text(README.format(seed=seed, rows=table), encoding="utf-8", newline="\n")
    return counts


def main() -> None:
    """Make the city and say how large it became."""
    parser = argparse.ArgumentParser(prog="python -m simulators.city_maker", description="Makes the demo city pack.")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    for name, count in make_city(given.seed, given.out).items():
        print(f"{count:7,}  {name}")


if __name__ == "__main__":
    main()
