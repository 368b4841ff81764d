"""A pack being changed: what differs, what two people have changed, where a fault stands."""

import io
import json
import re
import zipfile
from pathlib import Path

import pytest

from services.city import archive
from services.city.archive import BadArchive, read_archive, write_archive
from services.city.build import build_city
from services.city.drafting import Conflict, PackDiff, check, diff, edit, merge, place, rows_of, summarize
from services.city.fault_words import FIELDS, PATTERNS, find_words
from services.city.kept import Kept
from services.city.pack import collect_files
from services.city.read import read_pack
from services.city.rows import Put, Remove
from services.city.sections import SECTIONS
from tests.services.city.small_pack import FILES, pack_files, square

YUZHONG = Path(__file__).resolve().parents[3] / "cities" / "yuzhong"
WORKERS, DUTIES, GRIDS = SECTIONS["workers"], SECTIONS["duties"], SECTIONS["areas-grid"]
LIU = {
    "id": "W2",
    "name_zh": "刘",
    "department": "works",
    "skills": "gas",
    "shift": "day",
    "lon": "106.5",
    "lat": "29.5",
}


def test_what_differs_is_told_by_section_and_row() -> None:
    before = pack_files()
    after = edit(edit(before, WORKERS, [Put(cells=LIU)]), DUTIES, [Remove("|municipal|")])
    after["roads.geojson"] += b"\n"
    found = diff(before, after)
    assert [each.section for each in found.sections] == ["duties", "workers"]
    assert found.files == ("roads.geojson",)
    assert summarize(found) == {
        "duties": {"added": 0, "changed": 0, "removed": 1},
        "workers": {"added": 1, "changed": 0, "removed": 0},
        "roads.geojson": {"added": 0, "changed": 1, "removed": 0},
    }
    assert diff(before, dict(before)) == PackDiff()


def test_what_no_section_shows_is_told_by_its_file() -> None:
    files = pack_files(city__toml=FILES["city.toml"].replace("smalltown", "other"))
    assert diff(pack_files(), files).files == ("city.toml",)
    files = pack_files(calendar__toml="# why\n" + FILES["calendar.toml"] + '[other]\nid = "parks"\n')
    assert diff(pack_files(), files) == PackDiff(files=("calendar.toml",))
    assert diff(pack_files(), pack_files(calendar__toml="# why\n" + FILES["calendar.toml"])) == PackDiff()


def test_the_order_of_rows_and_the_layout_of_a_file_are_no_change() -> None:
    header, row = FILES["departments.csv"].splitlines()
    before = pack_files(departments__csv=f"{header}\n{row}\nparks,园林,Parks,\n")
    after = pack_files(departments__csv=f'{header}\nparks,"园林",Parks,""\n{row}\n')
    assert diff(before, after) == PackDiff()


def test_a_file_that_cannot_be_read_is_told_as_changed() -> None:
    found = diff(pack_files(), pack_files(workers__csv='id,"x\n'))
    assert [(each.section, each.changes) for each in found.sections] == [("workers", None)]
    assert summarize(found)["workers"]["changed"] == 1


def test_two_edits_of_different_rows_are_both_kept() -> None:
    base = pack_files()
    mine = edit(base, WORKERS, [Put(cells=LIU)])
    theirs = edit(base, WORKERS, [Put(key="W1", cells={"name_en": "Zhang San"})])
    theirs["gazetteer.csv"] = theirs["gazetteer.csv"].replace(b"Bell Tower", b"Bell")
    merged = merge(base, mine, theirs, prefer="mine")
    assert merged.conflicts == ()
    assert [row.cells["name_en"] for row in rows_of(merged.files, WORKERS)] == ["Zhang San", ""]
    assert merged.files["gazetteer.csv"] == theirs["gazetteer.csv"]


@pytest.mark.parametrize(("prefer", "name"), [("mine", "Mine"), ("theirs", "Theirs")])
def test_a_row_that_both_have_changed_is_a_conflict(prefer: str, name: str) -> None:
    base = pack_files()
    mine = edit(base, WORKERS, [Put(key="W1", cells={"name_en": "Mine"})])
    theirs = edit(base, WORKERS, [Put(key="W1", cells={"name_en": "Theirs"})])
    merged = merge(base, mine, theirs, prefer=prefer)  # type: ignore[arg-type]
    assert merged.conflicts == (Conflict(section="workers", file="workers.csv", key="W1"),)
    assert rows_of(merged.files, WORKERS)[0].cells["name_en"] == name


@pytest.mark.parametrize("prefer", ["mine", "theirs"])
def test_a_file_without_rows_is_one_conflict(prefer: str) -> None:
    base, mine, theirs = pack_files(), pack_files(), pack_files()
    mine["roads.geojson"] += b" "
    theirs["roads.geojson"] += b"\n"
    merged = merge(base, mine, theirs, prefer=prefer)  # type: ignore[arg-type]
    assert merged.conflicts == (Conflict(section="", file="roads.geojson", key=""),)
    assert merged.files["roads.geojson"] == (mine if prefer == "mine" else theirs)["roads.geojson"]


def test_a_file_that_i_took_out_stays_out() -> None:
    base = {**pack_files(), "templates.csv": b"id,kind,zh,en,category\n"}
    mine = pack_files()
    theirs = edit(base, WORKERS, [Put(cells=LIU)])
    assert "templates.csv" not in merge(base, mine, theirs, prefer="mine").files


PLACED = [
    ("workers.csv", ",day,", ",night,", ("workers", "W1", "shift"), "shift 中没有 night"),
    ("workers.csv", "500103001,", "500103009,", ("workers", "W1", "areas"), "area 中没有 500103009"),
    ("workers.csv", "106.505,29.505", "206,29.505", ("workers", "W1", "lon"), "lon 须在 -180 至 180 之间：206"),
    ("departments.csv", "works,", ",", ("departments", "市政|", ""), ""),
    ("city.toml", "max_open_tasks = 3", "max_open_tasks = 0", ("flow", "max_open_tasks", "value"), ""),
    (
        "calendar.toml",
        "2026-10-10",
        "2026-10-01",
        ("calendar-workdays", "2026-10-01", "date"),
        "2026-10-01 已是特殊日（holiday）",
    ),
    ("calendar.toml", '"20:00"', '"28:00"', ("shifts", "day", "end"), "end 须为时刻，如 08:30"),
    ("areas/grid.geojson", "[106.51, 29.5]", "[106.514, 29.5]", ("areas-grid", "500103001001002", "shape"), ""),
    ("roads.geojson", '"LineString"', '"Point"', ("", "", ""), "几何类型须为 LineString"),
]


@pytest.mark.parametrize(("file", "old", "new", "where", "zh"), PLACED)
def test_a_fault_stands_beside_its_field(file: str, old: str, new: str, where: tuple[str, str, str], zh: str) -> None:
    files = {**pack_files(), file: FILES[file].replace(old, new, 1).encode()}
    checked = check(files, Kept())
    assert checked.pack is None
    placed = place(files, checked.faults)
    assert placed
    if file == "departments.csv":  # the row is called by its line: it has no id
        where = ("departments", "#2", "id")
    found = [each for each in placed if (each.section, each.key, each.field) == where]
    assert found, placed
    if zh:
        assert [each.message.zh for each in found] == [zh]


def test_every_pattern_speaks_of_what_it_was_given() -> None:
    for pattern, zh in PATTERNS.items():
        names = set(re.findall(r"\{(\w+)\}", pattern))
        assert set(re.findall(r"\{(\w+)\}", zh)) <= names, pattern
        said = pattern.format(**{name: "name_zh" if name == "field" else "17" for name in names})
        words = find_words(said)
        assert words is not None, pattern
        if "{field}" in pattern:
            assert words.field == "name_zh"
    assert set(FIELDS) <= set(PATTERNS)
    assert find_words("something nobody has said before") is None


def test_shapes_and_roads_are_read_once() -> None:
    kept = Kept()
    first = read_pack(pack_files(), kept)
    second = read_pack(edit(pack_files(), WORKERS, [Put(cells=LIU)]), kept)
    assert first.areas is second.areas
    assert first.roads is second.roads
    moved = pack_files()
    moved["areas/grid.geojson"] += b" "
    assert read_pack(moved, kept).areas is not first.areas
    city = build_city(first)
    after = build_city(second, None, (first, city))
    assert (after.indexes, after.roads, after.gazetteer) == (city.indexes, city.roads, city.gazetteer)
    assert len(after.codes.workers) == 2


def test_faults_of_shapes_are_told_each_time() -> None:
    files = pack_files(areas___grid__geojson=FILES["areas/grid.geojson"].replace("500103001001002", "17", 1))
    kept = Kept()
    assert check(files, kept).count == check(files, kept).count > 0


def test_an_area_out_of_use_takes_nothing_new_and_keeps_its_name() -> None:
    key = rows_of(pack_files(), GRIDS)[0].key
    files = edit(pack_files(), GRIDS, [Put(key=key, cells={"active": "false"})])
    before, after = build_city(read_pack(pack_files())), build_city(read_pack(files))
    point = before.centers[key]  # type: ignore[index]
    assert before.locate(point).grid == key
    assert (after.locate(point).grid, after.locate(point).community) == ("", "500103001001")
    assert key in after.codes.areas
    everything = {path: body.replace(b'"code"', b'"active": false, "code"') for path, body in pack_files().items()}
    assert "no area is in use" in check(everything, Kept()).faults[0].message


def test_templates_are_checked_with_the_pack() -> None:
    header = "id,kind,zh,en,category\n"
    good = read_pack(pack_files(templates__csv=header + "t1,note,已通知 {number},,E0102\nt2,reply,,Thank you,\n"))
    assert [(each.id, each.zh, each.en) for each in good.templates] == [
        ("t1", "已通知 {number}", "已通知 {number}"),
        ("t2", "Thank you", "Thank you"),
    ]
    bad = check(pack_files(templates__csv=header + "t1,note,,,\nt2,song,a,b,E9999\n"), Kept())
    messages = [fault.message for fault in bad.faults]
    assert "zh and en are both empty" in messages
    assert any("kind must be one of note" in message for message in messages)
    assert "the category is not known: E9999" in messages


def test_a_pack_goes_into_an_archive_and_comes_back() -> None:
    files = collect_files(YUZHONG)
    packed = write_archive(files)
    assert read_archive(packed) == files
    assert packed == write_archive(dict(reversed(files.items())))


def make_zip(**entries: bytes) -> bytes:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in entries.items():
            packed.writestr(name.replace("__", "/"), content)
    return body.getvalue()


def test_an_archive_may_hold_the_pack_in_a_folder_and_other_things() -> None:
    packed = make_zip(
        **{"my city__city.toml": b"a", "my city__workers.csv": b"b", "__MACOSX__workers.csv": b"c", "x": b""}
    )
    assert read_archive(packed) == {"city.toml": b"a", "workers.csv": b"b"}


def test_an_archive_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    for body, why in ((b"PK", "not readable as ZIP"), (make_zip(x=b""), "holds no city.toml")):
        with pytest.raises(BadArchive, match=why):
            read_archive(body)
    monkeypatch.setattr(archive, "UNPACKED_MAX", 100)
    with pytest.raises(BadArchive, match="unpacks to more"):
        read_archive(make_zip(**{"city.toml": b"x" * 101}))
    monkeypatch.setattr(archive, "ENTRIES_MAX", 1)
    with pytest.raises(BadArchive, match="more than 1 files"):
        read_archive(make_zip(**{"city.toml": b"", "b": b""}))


def test_a_new_border_is_checked_like_any_other() -> None:
    border = json.loads(square(106.5, 29.5, 106.53, 29.52))
    files = edit(pack_files(), GRIDS, [Put(key="500103001001001", cells={}, shape=border)])
    assert {each.field for each in place(files, check(files, Kept()).faults)} == {"shape"}
