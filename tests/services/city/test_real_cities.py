"""Real boundaries of two cities, and real cases in one of them.

San Francisco: every one of 4,984 recorded 311 cases must land in the neighbourhood that the city itself wrote down.
Dongcheng: a pack in GCJ-02 whose lowest areas are streets, not grids.
"""

import csv
import json
from collections import Counter

import pytest
import shapely
from shapely.geometry import shape

from dispatch.citymap import City
from gis.datum import to_wgs84
from gis.point import LonLat, distance_m
from services.city.build import build_city
from services.city.read import read_pack
from tests.cities_from_data import SF_LABELLED_CASES, list_sf_cases, write_dongcheng_pack, write_sf_pack
from tests.shared_data import shared_path

pytestmark = pytest.mark.shared


@pytest.fixture(scope="module")
def sf(tmp_path_factory: pytest.TempPathFactory) -> City:
    data = shared_path("data", "cities", "sf")
    return build_city(read_pack(write_sf_pack(data, tmp_path_factory.mktemp("sf"))))


@pytest.fixture(scope="module")
def dongcheng(tmp_path_factory: pytest.TempPathFactory) -> City:
    data = shared_path("data", "cities", "dongcheng")
    return build_city(read_pack(write_dongcheng_pack(data, tmp_path_factory.mktemp("dongcheng"))))


def test_every_recorded_case_lands_in_the_neighbourhood_that_san_francisco_recorded(sf: City) -> None:
    cases = list(list_sf_cases(shared_path("data", "cities", "sf")))
    places = [sf.locate(LonLat(case["lon"], case["lat"])) for case in cases]
    found = [sf.codes.areas[place.street].name_en if place.street else None for place in places]
    labels = [case["neighborhood"] for case in cases]
    wrong = Counter(pair for pair in zip(labels, found, strict=True) if pair[0] != pair[1])
    assert (len(cases), wrong) == (SF_LABELLED_CASES, Counter())
    assert all(place.inside and place.grid and place.district == "SF" for place in places)


def test_the_recorded_names_are_the_names_of_the_boundaries(sf: City) -> None:
    """No label had to be renamed to make the test above pass."""
    labels = {case["neighborhood"] for case in list_sf_cases(shared_path("data", "cities", "sf"))}
    assert labels == {area.name_en for area in sf.list_areas("street")}
    assert len(labels) == 41


def test_the_tract_is_also_the_one_that_san_francisco_recorded(sf: City) -> None:
    """The labelled file names the census tract beside the neighbourhood: the lowest level can be checked as well."""
    with shared_path("data", "cities", "sf", "cases_sample_geo_labelled.csv").open(
        encoding="utf-8", newline=""
    ) as file:
        rows = list(csv.DictReader(file))
    missed = [
        row["CaseID"]
        for row in rows
        if sf.locate(LonLat(float(row["Long"]), float(row["Lat"]))).grid != row["Census.Tract"].zfill(11)
    ]
    assert missed == []


def test_a_pack_whose_lowest_areas_are_streets_is_indexed_on_streets(dongcheng: City) -> None:
    assert [area.level for area in dongcheng.codes.areas.values()] == ["street"] * 17
    assert dongcheng.areas.codes == tuple(f"S{number:02}" for number in range(1, 18))
    place = dongcheng.locate(dongcheng.centers[dongcheng.list_areas("street")[0].code])
    assert (place.street, place.grid, place.community, place.district, place.inside) == ("S01", "", "", "", True)


def test_a_pack_in_gcj02_lies_where_the_city_really_is(dongcheng: City) -> None:
    """The same boundaries were recorded in WGS-84 too, converted by someone else: they must agree."""
    recorded = json.loads(
        shared_path("data", "cities", "dongcheng", "dongcheng_streets_wgs84.geojson").read_text(encoding="utf-8")
    )
    for area, feature in zip(dongcheng.list_areas("street"), recorded["features"], strict=True):
        assert area.name_zh == feature["properties"]["name"]
        ours, theirs = dongcheng.shapes[area.code], shape(feature["geometry"])
        apart = shapely.hausdorff_distance(ours, theirs)
        assert apart < 2e-6  # both are rounded to six decimals once


def test_stops_and_car_parks_of_dongcheng_are_found_by_name_and_by_place(dongcheng: City) -> None:
    (park, *_) = json.loads(shared_path("data", "cities", "dongcheng", "parking.json").read_text(encoding="utf-8"))
    point = to_wgs84(LonLat(*park["lnglat"]), "gcj02")
    nearest = dongcheng.components.find_nearest(point, 1.0)
    assert nearest is not None
    assert nearest.name_zh == park["name"]
    (stop, *_) = dongcheng.gazetteer.find("安贞桥地铁站电梯坏了")
    assert (stop.name, stop.kind) == ("安贞桥", "stop")
    assert dongcheng.codes.areas[dongcheng.locate(stop.point).street].name_zh == "和平里街道"
    assert dongcheng.locate(LonLat(116.3735, 39.9075)).inside is False  # Xidan: in the next district


def test_the_roads_of_dongcheng_lead_from_stop_to_stop(dongcheng: City) -> None:
    centers = [dongcheng.centers[area.code] for area in dongcheng.list_areas("street")[:6]]
    for start in centers:
        for goal in centers:
            route = dongcheng.roads.route(start, goal)
            assert route.on_road or start == goal
            assert distance_m(start, goal) <= route.distance_m + 1e-6
            assert route.distance_m < 3 * distance_m(start, goal) + 500
