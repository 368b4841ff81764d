"""What the desk asks of the map: which areas a point lies in, and what holds what."""

from dataclasses import replace

import pytest

from dispatch.ids import AreaCode
from gis.areas import AreaIndex
from gis.point import LonLat
from tests.builders import CITY, IN_G1, IN_G4, OUTSIDE, SHAPES


def test_a_point_is_placed_down_to_its_grid() -> None:
    place = CITY.locate(IN_G1)
    assert (place.grid, place.community, place.street, place.district) == ("S1G1", "S1C", "S1", "D1")
    assert (place.point, place.inside) == (IN_G1, True)


def test_where_no_grid_is_the_street_answers() -> None:
    grids = AreaIndex({"S1G1": SHAPES[AreaCode("S1G1")]})
    streets = AreaIndex({code: SHAPES[AreaCode(code)] for code in ("S1", "S2")})
    city = replace(CITY, indexes=(grids, streets))
    assert city.locate(IN_G1).grid == "S1G1"
    assert city.locate(IN_G4).path == ("S2", "D1")
    assert not city.locate(OUTSIDE).inside


def test_the_box_holds_all_levels() -> None:
    grids = AreaIndex({"S1G1": SHAPES[AreaCode("S1G1")]})
    district = AreaIndex({"D1": SHAPES[AreaCode("D1")]})
    city = replace(CITY, indexes=(grids, district))
    assert city.areas is grids
    assert city.box == pytest.approx((106.50, 29.50, 106.52, 29.52))


def test_an_area_knows_what_holds_it() -> None:
    assert CITY.path_of(AreaCode("S2G4")) == ("S2G4", "S2C", "S2", "D1")
    assert CITY.path_of(AreaCode("D1")) == ("D1",)
    with pytest.raises(KeyError):
        CITY.path_of(AreaCode("nowhere"))


def test_areas_are_listed_by_level() -> None:
    assert [area.code for area in CITY.list_areas("street")] == ["S1", "S2"]
    assert CITY.list_areas("planet") == []


def test_a_place_beside_the_city_is_outside() -> None:
    assert CITY.locate(LonLat(106.5201, 29.51)).path == ()
