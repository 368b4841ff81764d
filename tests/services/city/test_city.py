"""What the desk asks a city: built from the small pack, the demo pack and the standard tables."""

from datetime import UTC, date, datetime, time
from pathlib import Path

import pytest

from dispatch.city import Shift
from dispatch.citymap import City
from dispatch.ids import AreaCode
from gis.datum import from_wgs84
from gis.point import LonLat
from services.city.build import build_city
from services.city.pack import STANDARD_DIR, collect_files
from services.city.read import read_pack
from tests.services.city.small_pack import FILES, pack_files

DEMO_PACK = Path(__file__).resolve().parents[3] / "cities" / "yuzhong"


@pytest.fixture(scope="module")
def city() -> City:
    return build_city(read_pack(pack_files()))


def test_a_point_has_the_whole_path_of_areas_and_the_part_beside_it(city: City) -> None:
    place = city.locate(LonLat(106.50505, 29.50505))
    assert place.path == ("500103001001001", "500103001001", "500103001", "500103")
    assert (place.component, place.inside, place.point) == ("5001030118000001", True, (106.50505, 29.50505))
    assert city.path_of(AreaCode("500103001001")) == ("500103001001", "500103001", "500103")


def test_a_part_too_far_away_is_not_named(city: City) -> None:
    assert city.locate(LonLat(106.506, 29.505)).component == ""


def test_where_no_grid_is_the_next_level_answers(city: City) -> None:
    place = city.locate(LonLat(106.525, 29.508))
    assert (place.grid, place.community, place.inside) == ("", "500103001002", True)


def test_a_point_outside_says_so(city: City) -> None:
    place = city.locate(LonLat(106.6, 29.6))
    assert (place.inside, place.path, place.component) == (False, (), "")


def test_an_area_without_a_shape_is_the_union_of_its_children(city: City) -> None:
    assert city.shapes[AreaCode("500103001001")].bounds == (106.5, 29.5, 106.52, 29.51)
    assert city.box == (106.5, 29.5, 106.53, 29.51)


def test_names_of_places_roads_and_areas_are_found(city: City) -> None:
    assert city.gazetteer.find("鼓楼下面的路灯")[0].name == "钟楼"
    assert city.gazetteer.find("zhongshan rd is dirty")[0].kind == "road"
    (match,) = city.gazetteer.find("区500103001002那边")
    assert (match.kind, round(match.accuracy_m, -1)) == ("community", 590)


def test_working_time_and_shifts_come_from_the_pack(city: City) -> None:
    assert city.calendar.spans == ((time(9), time(12)), (time(13), time(18)))
    assert not city.calendar.is_workday(date(2026, 10, 1))
    assert city.calendar.is_workday(date(2026, 10, 10))
    assert city.calendar.day_of(datetime(2026, 10, 9, 17, tzinfo=UTC)) == date(2026, 10, 10)
    assert city.codes.shifts == {"day": Shift(id="day", start=time(8), end=time(20))}


def test_the_flow_and_the_emergency_numbers_come_from_the_pack(city: City) -> None:
    assert (city.flow.max_open_tasks, city.flow.auto_file_people, city.flow.auto_close) == (3, False, True)
    assert city.emergency == ("110", "119")


@pytest.mark.parametrize("datum", ["gcj02", "bd09"])
def test_a_pack_in_another_datum_makes_the_same_city(datum: str, city: City) -> None:
    there = from_wgs84(LonLat(106.505, 29.505), datum)
    gazetteer = FILES["gazetteer.csv"].replace("106.505,29.505", f"{there.lon!r},{there.lat!r}")
    toml = FILES["city.toml"].replace("center", f'datum = "{datum}"\ncenter')
    moved = build_city(read_pack(pack_files(city__toml=toml, gazetteer__csv=gazetteer)))
    (place,) = (entry.point for entry in moved.gazetteer.entries if entry.id == "P1")
    assert place == pytest.approx(LonLat(106.505, 29.505), abs=1e-9)
    corner = moved.shapes[AreaCode("500103")].exterior.coords[0]  # type: ignore[union-attr]
    assert from_wgs84(LonLat(*corner), datum) == pytest.approx(LonLat(106.5, 29.5), abs=1e-9)


def test_the_version_of_a_category_in_force_on_a_day_is_taken() -> None:
    standard = (STANDARD_DIR / "categories.csv").read_text(encoding="utf-8")
    (row,) = (line for line in standard.splitlines() if line.startswith("cn-2024,E0102,"))
    newer = row.replace("暴露垃圾,Exposed litter", "暴露垃圾,Litter").replace("2024-01-01", "2027-01-01")
    pack = read_pack({**pack_files(), "categories.csv": f"{standard}{newer}\n".encode()})
    on = {day: build_city(pack, day).codes.categories for day in (date(2026, 5, 1), date(2027, 5, 1), None)}
    names = [
        categories[row_code].name_en for categories in on.values() for row_code in categories if row_code == "E0102"
    ]
    assert names == ["Exposed litter", "Litter", "Litter"]


def test_the_standard_tables_are_whole() -> None:
    pack = read_pack(pack_files())
    kinds = [category.kind for category in pack.categories]
    assert (kinds.count("part"), kinds.count("event")) == (96, 89)
    assert (len(pack.video_types), len(pack.sensor_types)) == (76, 34)
    assert all(category.basis and category.words_zh for category in pack.categories if not category.code.endswith("99"))
    assert {category.trade for category in pack.categories} == {
        "greening", "sanitation", "municipal", "enforcement", "parks",
    }  # fmt: skip


def test_a_folder_and_its_files_make_the_same_city(tmp_path: Path) -> None:
    for name, body in pack_files().items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(body)
    (tmp_path / "notes.txt").write_text("not part of the pack", encoding="utf-8")
    files = collect_files(tmp_path)
    assert "notes.txt" not in files
    assert "categories.csv" in files  # whole: a copy elsewhere needs nothing else
    assert read_pack(tmp_path).areas == read_pack(files).areas == read_pack(pack_files()).areas


def test_the_demo_pack_is_read_and_every_source_lies_in_its_grid() -> None:
    demo = build_city(read_pack(DEMO_PACK))
    assert len(demo.areas.codes) >= 2_000
    for source in demo.codes.sources.values():
        if source.point is not None:
            place = demo.locate(source.point)
            assert place.inside
            assert place.grid
            assert place.grid.startswith(place.community)
