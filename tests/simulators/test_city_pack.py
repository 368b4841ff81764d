"""The demo city: what the generator promises of its ground, its codes and its counts. The committed pack is tested,
and that the generator still makes it."""

import csv
import json
import re
from collections import Counter, defaultdict
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import networkx as nx
import pytest
from shapely import Polygon, STRtree, unary_union
from shapely.geometry import Point, shape

from simulators.city_maker.__main__ import make_city
from simulators.city_maker.names import STREETS
from simulators.city_maker.plane import shape_to_plane
from tests.shared_data import shared_path

PACK = Path(__file__).resolve().parents[2] / "cities" / "yuzhong"
STANDARD = PACK.parent / "standard"


def rows(name: str) -> list[dict[str, str]]:
    with (PACK / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def features(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((PACK / name).read_text(encoding="utf-8"))["features"]
    return found


def areas(level: str) -> dict[str, Polygon]:
    found = {}
    for feature in features(f"areas/{level}.geojson"):
        area = shape(feature["geometry"])
        assert isinstance(area, Polygon)
        found[feature["properties"]["code"]] = area
    return found


@pytest.fixture(scope="module")
def levels() -> Mapping[str, Mapping[str, Polygon]]:
    return {level: areas(level) for level in ("district", "street", "community", "grid")}


Levels = Mapping[str, Mapping[str, Polygon]]


def edges(polygon: Polygon) -> list[tuple[Any, Any]]:
    rings = (polygon.exterior, *polygon.interiors)
    return [(a, b) for ring in rings for a, b in pairwise(ring.coords)]


def test_the_names_and_codes_are_those_of_the_register() -> None:
    path = shared_path("data", "cities", "yuzhong", "yuzhong_streets_communities.csv")
    with path.open(encoding="utf-8", newline="") as file:
        register = list(csv.DictReader(file))
    streets = {f"500103{row['street3']}": row["street"] for row in register if row["level"] == "town"}
    communities = {row["code12"]: row["community"] for row in register if row["level"] == "village"}
    assert {f["properties"]["code"]: f["properties"]["name_zh"] for f in features("areas/street.geojson")} == streets
    ours = {f["properties"]["code"]: f["properties"]["name_zh"] for f in features("areas/community.geojson")}
    assert ours == communities
    assert (len(streets), len(communities)) == (11, 78)


def test_every_place_has_a_name_in_both_languages() -> None:
    for name in ("areas/street.geojson", "areas/community.geojson", "roads.geojson", "green.geojson"):
        for feature in features(name):
            zh, en = feature["properties"]["name_zh"], feature["properties"]["name_en"]
            assert re.search(r"[\u4e00-\u9fff]", zh), (name, zh)
            assert re.fullmatch(r"[A-Za-z0-9 .'&-]+", en), (name, en)


@pytest.mark.parametrize("level", ["street", "community", "grid"])
def test_a_level_covers_the_city_without_gap_or_overlap(levels: Levels, level: str) -> None:
    (city,) = levels["district"].values()
    parts = levels[level].values()
    assert unary_union(list(parts)).symmetric_difference(city).area == 0
    # Every edge inside the city lies between exactly two areas, once in each direction: no overlap, no sliver.
    seen = Counter((a, b) for part in parts for a, b in edges(part))
    assert max(seen.values()) == 1
    open_edges = {edge for edge in seen if (edge[1], edge[0]) not in seen}
    assert open_edges == set(edges(city))


def test_the_city_is_as_large_as_it_says(levels: Levels) -> None:
    (city,) = levels["district"].values()
    assert 20e6 <= shape_to_plane(city).area <= 23e6
    west, south, east, north = city.bounds
    assert (west, south, east, north) == pytest.approx((106.49, 29.53, 106.59, 29.576), abs=0.006)


def test_unit_grids_are_about_a_hectare(levels: Levels) -> None:
    sizes = [shape_to_plane(grid).area for grid in levels["grid"].values()]
    assert len(sizes) >= 2000
    assert 8_000 <= sum(sizes) / len(sizes) <= 11_000
    assert min(sizes) >= 3_000
    assert max(sizes) <= 20_000


def test_codes_nest_and_serials_run_from_west_to_east(levels: Levels) -> None:
    children: defaultdict[str, list[str]] = defaultdict(list)
    for code in levels["grid"]:
        assert re.fullmatch(r"500103\d{9}", code)
        children[code[:12]].append(code)
    assert set(children) == set(levels["community"])
    for codes in children.values():
        ordered = sorted(codes)
        assert [int(code[12:]) for code in ordered] == list(range(1, len(codes) + 1))
        lons = [round(levels["grid"][code].centroid.x, 3) for code in ordered]
        assert lons == sorted(lons)


def test_the_streets_lie_roughly_where_they_do() -> None:
    centres = {code: area.centroid for code, area in areas("street").items()}
    for street in STREETS:
        centre = centres[f"500103{street.code}"]
        assert abs(centre.x - street.lon) < 0.008, street.zh
        assert abs(centre.y - street.lat) < 0.006, street.zh


def test_coordinates_have_six_decimals_and_rings_turn_as_rfc_7946_asks() -> None:
    for level in ("district", "street", "community", "grid"):
        for feature in features(f"areas/{level}.geojson"):
            outer = feature["geometry"]["coordinates"][0]
            assert all(value == round(value, 6) for point in outer for value in point)
            assert Polygon(outer).exterior.is_ccw


def test_the_roads_are_one_network() -> None:
    graph: nx.Graph[tuple[float, ...]] = nx.Graph()
    for feature in features("roads.geojson"):
        line = [tuple(point) for point in feature["geometry"]["coordinates"]]
        graph.add_edge(line[0], line[-1])
    assert nx.is_connected(graph)
    assert graph.number_of_nodes() > 1000


def test_all_classes_of_road_are_there_and_no_name_is_empty() -> None:
    kinds = Counter(feature["properties"]["class"] for feature in features("roads.geojson"))
    assert set(kinds) == {"primary", "secondary", "residential", "footway", "bridge"}
    names = {feature["properties"]["name_zh"] for feature in features("roads.geojson")}
    assert {"中山一路", "嘉滨路", "长滨路", "千厮门大桥"} <= names


@pytest.mark.parametrize(
    ("name", "kind", "count"),
    [("sources.csv", "camera", 600), ("sources.csv", "sensor", 845), ("sources.csv", "gateway", 23)],
)
def test_sources_are_as_many_as_promised(name: str, kind: str, count: int) -> None:
    assert sum(row["kind"] == kind for row in rows(name)) == count


def test_every_septic_tank_has_its_terminal() -> None:
    tanks = {row["id"] for row in rows("components.csv") if row["category"] == "P0302"}
    watched = {row["component"] for row in rows("sources.csv") if "septic_gas" in row["kinds"].split("|")}
    assert len(tanks) == 745
    assert watched == tanks


def test_other_tables_are_as_long_as_promised() -> None:
    assert len(rows("gazetteer.csv")) == 300
    assert len(rows("components.csv")) == 5000
    assert len(rows("workers.csv")) == 80
    assert len(rows("departments.csv")) == 5 + 11
    assert len({row["shift"] for row in rows("workers.csv")}) == 3


@pytest.mark.parametrize("name", ["components.csv", "gazetteer.csv", "sources.csv", "workers.csv"])
def test_everything_with_a_place_is_inside_the_city(levels: Levels, name: str) -> None:
    (city,) = levels["district"].values()
    outside = [
        row["id"] for row in rows(name) if row["lon"] and not city.covers(Point(float(row["lon"]), float(row["lat"])))
    ]
    assert not outside


def test_component_ids_are_district_class_and_serial() -> None:
    for row in rows("components.csv"):
        assert row["id"][:10] == f"500103{row['category'][1:]}"
        assert len(row["id"]) == 16
    assert len({row["id"] for row in rows("components.csv")}) == 5000


def test_every_skill_that_a_duty_needs_is_on_every_shift() -> None:
    with (STANDARD / "categories.csv").open(encoding="utf-8", newline="") as file:
        categories = list(csv.DictReader(file))
    duties, workers = rows("duties.csv"), rows("workers.csv")
    streets = [f"500103{street.code}" for street in STREETS]
    for category in categories:
        for street in streets:
            fitting = [
                duty
                for duty in duties
                if duty["category"] in ("", category["code"])
                and duty["trade"] in ("", category["trade"])
                and duty["area"] in ("", street)
            ]
            department = max(fitting, key=lambda duty: bool(duty["category"]))["department"]
            able = {
                worker["shift"]
                for worker in workers
                if worker["department"] == department
                and category["skill"] in worker["skills"].split("|")
                and (not worker["areas"] or street in worker["areas"].split("|"))
            }
            assert able == {"early", "late", "night"}, (category["code"], street, department)


def test_kinds_of_sources_are_types_of_the_standard_tables() -> None:
    types = set()
    for name in ("video_types.csv", "sensor_types.csv"):
        with (STANDARD / name).open(encoding="utf-8", newline="") as file:
            types |= {row["type"] for row in csv.DictReader(file)}
    used = {kind for row in rows("sources.csv") for kind in row["kinds"].split("|") if kind}
    assert used <= types


def test_a_gateway_speaks_for_the_feed_of_its_senders() -> None:
    feeds = {row["id"]: row["feed"] for row in rows("sources.csv")}
    for row in rows("sources.csv"):
        if row["gateway"]:
            assert feeds[row["gateway"]] == row["feed"]


def test_no_camera_looks_from_far_off_the_road() -> None:
    lines = [shape_to_plane(shape(feature["geometry"])) for feature in features("roads.geojson")]
    tree = STRtree(lines)
    for row in rows("sources.csv"):
        if row["kind"] == "camera":
            spot = shape_to_plane(Point(float(row["lon"]), float(row["lat"])))
            assert lines[int(tree.nearest(spot))].distance(spot) < 8


def test_the_pack_is_small() -> None:
    assert sum(path.stat().st_size for path in PACK.rglob("*") if path.is_file()) <= 10_000_000


def test_the_generator_makes_the_committed_pack(tmp_path: Path) -> None:
    make_city(1, tmp_path)
    for path in sorted(tmp_path.rglob("*")):
        if path.is_file():
            assert path.read_bytes() == (PACK / path.relative_to(tmp_path)).read_bytes(), path.name


def test_another_seed_makes_another_city(tmp_path: Path) -> None:
    make_city(2, tmp_path)
    assert (tmp_path / "areas" / "grid.geojson").read_bytes() != (PACK / "areas" / "grid.geojson").read_bytes()
    assert (tmp_path / "areas" / "street.geojson").stat().st_size > 1000
