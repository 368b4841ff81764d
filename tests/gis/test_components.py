"""The nearest part: what measuring every one would give."""

from hypothesis import given, settings
from hypothesis import strategies as st

from gis.components import Component, ComponentIndex
from gis.point import LonLat, distance_m

NEAR_ZERO = st.floats(-0.003, 0.003, allow_nan=False)
LATITUDES = st.sampled_from([0.0, 29.56, -33.9, 64.1])


def component(number: int, point: LonLat, category: str = "P0118") -> Component:
    return Component(id=f"{number:016}", category=category, name_zh="路灯", point=point)


@settings(deadline=None)
@given(LATITUDES, st.lists(st.tuples(NEAR_ZERO, NEAR_ZERO), max_size=30), NEAR_ZERO, NEAR_ZERO, st.floats(0, 400))
def test_it_lists_exactly_the_parts_within_the_distance(
    lat: float, offsets: list[tuple[float, float]], dx: float, dy: float, within_m: float
) -> None:
    parts = [component(n, LonLat(106.5 + x, lat + y)) for n, (x, y) in enumerate(offsets)]
    here = LonLat(106.5 + dx, lat + dy)
    wanted = sorted((distance_m(here, part.point), part.id) for part in parts)
    found = ComponentIndex(parts).list_near(here, within_m)
    assert [(away_m, part.id) for away_m, part in found] == [each for each in wanted if each[0] <= within_m]
    nearest = ComponentIndex(parts).find_nearest(here, within_m)
    assert nearest == (found[0][1] if found else None)


def test_only_parts_of_the_category_count_when_one_is_asked_for() -> None:
    here = LonLat(106.5, 29.5)
    index = ComponentIndex([component(1, here), component(2, LonLat(106.5001, 29.5), "P0101")])
    assert index.find_nearest(here, 50, "P0101") == index.find("0000000000000002")
    assert index.find_nearest(here, 50, "P0102") is None


def test_of_two_parts_on_one_spot_the_lower_id_is_nearest() -> None:
    here = LonLat(106.5, 29.5)
    index = ComponentIndex([component(2, here), component(1, here)])
    nearest = index.find_nearest(here, 5)
    assert nearest is not None
    assert nearest.id == "0000000000000001"


def test_an_empty_register_finds_nothing() -> None:
    assert ComponentIndex([]).find_nearest(LonLat(0, 0), 1_000) is None
    assert ComponentIndex([]).find("0000000000000001") is None
