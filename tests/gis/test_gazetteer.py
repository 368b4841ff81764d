"""Places in what people write, in Chinese and in English."""

import pytest

from gis.gazetteer import LOOSE_CROSSING, SCORES, Entry, Gazetteer, normalise
from gis.point import LonLat
from gis.travel import Road


def entry(name_zh: str, name_en: str, lon: float, *aliases: str, kind: str = "landmark") -> Entry:
    point = LonLat(lon, 29.56)
    return Entry(id=name_en, name_zh=name_zh, name_en=name_en, kind=kind, point=point, aliases=aliases)


def road(name_zh: str, name_en: str, *points: tuple[float, float]) -> Road:
    return Road(id=name_en, points=tuple(LonLat(*point) for point in points), name_zh=name_zh, name_en=name_en)


MONUMENT = entry("解放碑", "Jiefangbei", 106.574, "人民解放纪念碑", "Liberation Monument")
STATION = entry("解放碑地铁站", "Jiefangbei Metro Station", 106.575)
PARK_EAST = entry("人民公园", "People's Park", 106.57)
PARK_WEST = entry("人民公园", "Renmin Park", 106.53)
MINQUAN = road("民权路", "Minquan Road", (106.570, 29.560), (106.572, 29.560))
MINQUAN_2 = road("民权路", "Minquan Road", (106.572, 29.560), (106.574, 29.560))
ZOURONG = road("邹容路", "Zourong Road", (106.572, 29.560), (106.572, 29.563))
BAYI = road("八一路", "Bayi Road", (106.580, 29.560), (106.582, 29.560))

CITY = Gazetteer([MONUMENT, STATION, PARK_EAST, PARK_WEST], [MINQUAN, MINQUAN_2, ZOURONG, BAYI])


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("解放碑附近有人乱扔垃圾", "解放碑"),
        ("人民解放纪念碑那边路灯不亮", "解放碑"),
        ("解放碑地铁站出口积水", "解放碑地铁站"),
        ("Rubbish near the liberation monument!", "解放碑"),
        ("JIEFANGBEI METRO STATION exit flooded", "解放碑地铁站"),
        ("解 放 碑 垃圾", "解放碑"),
        ("在解放碑(东侧)", "解放碑"),
    ],
)
def test_a_known_name_is_found_and_the_longest_wins(text: str, name: str) -> None:
    assert CITY.find(text)[0].name == name


def test_the_way_back_from_full_width_letters() -> None:
    assert normalise("Ｊｉｅｆａｎｇｂｅｉ  Ｒｄ") == "jiefangbei road"


@pytest.mark.parametrize("text", ["", "没有任何地名", "Bayiroad is one word", "Jiefangbeis"])
def test_what_is_no_name_of_the_city_is_not_found(text: str) -> None:
    assert CITY.find(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "民权路与邹容路路口",
        "民权路和邹容路交叉口有坑",
        "corner of Minquan Rd and Zourong Rd",
        "Zourong Road & Minquan Road",
    ],
)
def test_two_roads_that_meet_are_a_crossing(text: str) -> None:
    best = CITY.find(text)[0]
    assert (best.kind, best.point, best.score) == ("crossing", LonLat(106.572, 29.56), SCORES["crossing"])


VALENCIA = road("", "Valencia St", (106.60, 29.56), (106.60, 29.57), (106.60, 29.58))
TWENTY_FOURTH = road("", "24th St", (106.59, 29.57), (106.60, 29.57))
VALENCIA_SOUTH = road("", "Valencia St", (106.60, 29.57), (106.60, 29.56))
FOURTH = road("", "4th St", (106.70, 29.57), (106.71, 29.57))
MISSION = Gazetteer([], [VALENCIA, VALENCIA_SOUTH, TWENTY_FOURTH, FOURTH])


@pytest.mark.parametrize(
    ("text", "score"),
    [
        ("corner of Valencia and 24th", SCORES["crossing"]),
        ("Dumped sofa at the corner of 24th and Valencia, since Monday", SCORES["crossing"]),
        ("graffiti, Valencia St @ 24th", LOOSE_CROSSING),
        ("valencia & 24th st", LOOSE_CROSSING),
    ],
)
def test_roads_are_found_as_people_say_them_where_they_meet(text: str, score: float) -> None:
    best = MISSION.find(text)[0]
    assert (best.kind, best.point) == ("crossing", LonLat(106.60, 29.57))
    assert set(best.name.split(" and ")) == {"Valencia St", "24th St"}
    assert best.score >= score


@pytest.mark.parametrize(
    "text", ["4th and Valencia", "Valencia oranges and 24th birthday", "I saw 24th", "and 24th", "a & "]
)
def test_half_a_name_alone_is_none(text: str) -> None:
    assert MISSION.find(text) == []


def test_two_roads_without_a_word_for_crossing_are_less_sure() -> None:
    assert CITY.find("民权路,邹容路")[0].score == LOOSE_CROSSING


def test_roads_that_do_not_meet_are_no_crossing() -> None:
    assert {match.kind for match in CITY.find("民权路与八一路路口")} == {"road"}


def test_a_road_is_as_inexact_as_it_is_long() -> None:
    (match,) = CITY.find("民权路上很脏")
    assert match.point == pytest.approx(LonLat(106.572, 29.56))
    assert match.accuracy_m == pytest.approx(193.4, abs=1)


def test_a_name_of_several_places_is_left_open() -> None:
    matches = CITY.find("人民公园")
    assert {match.point for match in matches} == {PARK_EAST.point, PARK_WEST.point}
    assert {match.score for match in matches} == {SCORES["place"] / 2}


def test_a_position_near_by_says_which_is_meant() -> None:
    best = CITY.find("人民公园", near=LonLat(106.531, 29.56))[0]
    assert (best.point, best.score) == (PARK_WEST.point, SCORES["place"])


def test_a_search_gives_what_begins_with_the_text_first() -> None:
    assert [match.name for match in CITY.search("解放", 10)] == ["解放碑", "解放碑地铁站"]
    assert [match.name for match in CITY.search("minquan", 10)] == ["民权路"]
    assert CITY.search("  ", 10) == []
    assert len(CITY.search("路", 2)) == 2
