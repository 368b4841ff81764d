"""Where an event is, by the best ground that there is."""

import pytest

from dispatch.city import Source
from dispatch.event import Event
from dispatch.ids import SourceId
from dispatch.locate import locate
from dispatch.place import Basis, Place
from gis.point import LonLat, distance_m
from tests.builders import CITY, COMPONENT, IN_G1, IN_G4, OUTSIDE, make_event

CAMERA, GAS1, LAMP1, DESK = (CITY.codes.sources[SourceId(each)] for each in ("cam1", "gas1", "lamp1", "desk"))


def where(event: Event, source: Source | None = None) -> tuple[Place, list[str]]:
    place, because = locate(event, source, CITY)
    return place, [reason.rule for reason in because]


def test_coordinates_go_before_everything_and_are_placed_down_to_the_grid() -> None:
    event = make_event(point=IN_G4, accuracy_m=12.0, place_text="解放碑", component=COMPONENT.id)
    place, rules = where(event, CAMERA)
    assert (place.basis, place.point, place.accuracy_m, place.inside) == (Basis.COORDINATES, IN_G4, 12.0, True)
    assert place.path == ("S2G4", "S2C", "S2", "D1")
    assert place.area == "S2G4"
    assert (place.component, place.address, rules) == (COMPONENT.id, "解放碑", ["place.coordinates"])


def test_a_part_beside_the_point_is_named() -> None:
    assert where(make_event(point=COMPONENT.point))[0].component == COMPONENT.id
    assert where(make_event(point=IN_G4))[0].component == ""


@pytest.mark.parametrize(
    ("event", "source"),
    [(make_event(point=None, component=COMPONENT.id), GAS1), (make_event(point=None), LAMP1)],
)
def test_without_coordinates_the_part_says_where_the_events_own_or_the_sources(event: Event, source: Source) -> None:
    place, rules = where(event, source)
    assert (place.basis, place.point, place.component) == (Basis.COMPONENT, COMPONENT.point, COMPONENT.id)
    assert rules == ["place.component"]


def test_a_part_that_is_not_in_the_register_leaves_it_to_the_source() -> None:
    place, rules = where(make_event(point=None, component="nowhere"), GAS1)
    assert (place.basis, place.point, rules) == (Basis.SOURCE, IN_G4, ["place.source"])


def test_a_camera_speaks_of_what_it_looks_at_and_not_of_its_pole() -> None:
    place, _ = where(make_event(point=None), CAMERA)
    assert place.point is not None
    assert distance_m(place.point, IN_G1) == pytest.approx(20, abs=0.1)
    assert place.point.lon > IN_G1.lon, "it looks east"
    assert place.point.lat == pytest.approx(IN_G1.lat)
    assert place.accuracy_m == 20


def test_a_name_in_the_words_says_where() -> None:
    for event in (make_event(point=None, place_text="解放碑旁"), make_event(point=None, text="在解放碑附近有垃圾")):
        place, rules = where(event, DESK)
        assert (place.basis, place.point, rules) == (Basis.GAZETTEER, IN_G1, ["place.name"])
        assert place.address in ("解放碑旁", "解放碑")


def test_the_words_for_the_place_go_before_the_text() -> None:
    place, _ = where(make_event(point=None, place_text="解放碑", text="人民公园"))
    assert place.point == IN_G1


def test_a_name_of_two_places_is_known_no_better_than_they_are_apart() -> None:
    place, rules = where(make_event(point=None, text="人民公园门口"))
    assert rules == ["place.name", "place.ambiguous"]
    assert place.accuracy_m == pytest.approx(distance_m(IN_G1, IN_G4), abs=1)


def test_nothing_says_where() -> None:
    place, rules = where(make_event(point=None, text="有垃圾", place_text="某处"), DESK)
    assert (place, rules) == (Place(address="某处"), ["place.none"])
    assert (place.path, place.area) == ((), "")


@pytest.mark.parametrize("point", [OUTSIDE, LonLat(106.4999, 29.505)])
def test_a_point_outside_the_city_is_said_to_be_so(point: LonLat) -> None:
    place, rules = where(make_event(point=point))
    assert (place.inside, place.point, rules) == (False, point, ["place.coordinates", "place.outside"])
