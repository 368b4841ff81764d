"""Rows of every section: read with their lines, changed one by one, compared, merged; the rest of a file stays."""

import json
from pathlib import Path

import pytest

from services.city.forms import read_rows, write_rows
from services.city.forms.features import EMPTY
from services.city.forms.tables import header_of
from services.city.pack import collect_files
from services.city.read import read_pack
from services.city.rows import Change, Edit, KeyTaken, Put, Remove, Row, UnknownRow, Unreadable, diff_rows, merge_rows
from services.city.sections import SECTIONS, Section
from services.city.sections.model import Form
from tests.services.city.small_pack import CALENDAR, FILES, pack_files

YUZHONG = collect_files(Path(__file__).resolve().parents[3] / "cities" / "yuzhong")
WORKERS, HOLIDAYS, SHIFTS, GRIDS = (SECTIONS[each] for each in ("workers", "calendar-holidays", "shifts", "areas-grid"))


def rows_of(section: Section, body: bytes) -> dict[str, Row]:
    return {row.key: row for row in read_rows(section, body)}


def edited(section: Section, body: bytes, *edits: Edit) -> tuple[bytes, list[Change]]:
    after = write_rows(section, body, edits)
    return after, diff_rows(read_rows(section, body), read_rows(section, after))


PRESENT = [section for section in SECTIONS.values() if section.file in YUZHONG]


@pytest.mark.parametrize("section", PRESENT, ids=lambda section: section.id)
def test_an_edit_that_changes_nothing_leaves_the_file_as_it_is(section: Section) -> None:
    body = YUZHONG[section.file]
    rows = read_rows(section, body)
    assert rows or section.id in ("calendar-holidays", "calendar-workdays")
    assert len({row.key for row in rows}) == len(rows)
    assert all(1 <= row.line <= row.last_line or section.form is Form.TOML_VALUES for row in rows)
    same = [Put(cells=row.cells, key=row.key) for row in rows[:3] if row.line]
    after, changes = edited(section, body, *same)
    assert changes == []
    if section.form is not Form.CSV:
        assert after == body


@pytest.mark.parametrize("section", [s for s in PRESENT if s.form is not Form.TOML_VALUES], ids=lambda s: s.id)
def test_a_row_is_taken_out_and_put_back(section: Section) -> None:
    body = YUZHONG[section.file]
    if not read_rows(section, body):
        return
    row = read_rows(section, body)[-1]
    without, changes = edited(section, body, Remove(row.key))
    assert [(change.kind, change.key) for change in changes] == [("removed", row.key)]
    again, changes = edited(section, without, Put(cells=row.cells, shape=row.shape))
    assert [(change.kind, change.key) for change in changes] == [("added", row.key)]
    assert rows_of(section, again)[row.key].cells == row.cells
    assert diff_rows(read_rows(section, body), read_rows(section, again)) == []


def test_one_cell_is_one_line_of_the_file() -> None:
    body = YUZHONG["workers.csv"]
    after, (change,) = edited(WORKERS, body, Put(key="W002", cells={"shift": "early"}))
    assert (change.key, change.cells, change.after and change.after["shift"]) == ("W002", ("shift",), "early")
    pairs = zip(body.splitlines(), after.splitlines(), strict=True)
    assert [number for number, (old, new) in enumerate(pairs, 1) if old != new] == [rows_of(WORKERS, body)["W002"].line]


def test_text_with_commas_quotes_and_lines_comes_back_as_it_was() -> None:
    text = 'He said "no", and\nleft'
    after, _ = edited(WORKERS, FILES["workers.csv"].encode(), Put(key="W1", cells={"name_en": text}))
    row = rows_of(WORKERS, after)["W1"]
    assert row.cells["name_en"] == text
    assert (row.line, row.last_line) == (2, 3)


def test_windows_line_ends_and_a_byte_order_mark_stay() -> None:
    body = "\ufeff" + FILES["departments.csv"].replace("\n", "\r\n")
    after, _ = edited(SECTIONS["departments"], body.encode(), Put(cells={"id": "parks", "name_zh": "园林"}))
    assert after == (body + "parks,园林,,\r\n").encode()


def test_a_last_line_without_its_end_is_ended_before_another_follows() -> None:
    body = FILES["departments.csv"].rstrip("\n").encode()
    after, _ = edited(SECTIONS["departments"], body, Put(cells={"id": "parks", "name_zh": "园林"}))
    assert list(rows_of(SECTIONS["departments"], after)) == ["works", "parks"]


def test_a_row_may_get_another_key_but_not_a_key_that_is_taken() -> None:
    body = YUZHONG["departments.csv"]
    after, changes = edited(SECTIONS["departments"], body, Put(key="municipal", cells={"id": "roads"}))
    assert [(change.kind, change.key) for change in changes] == [("removed", "municipal"), ("added", "roads")]
    assert list(rows_of(SECTIONS["departments"], after))[1] == "roads"
    for edit in (Put(key="municipal", cells={"id": "sanitation"}), Put(cells={"id": "sanitation"})):
        with pytest.raises(KeyTaken):
            write_rows(SECTIONS["departments"], body, [edit])
    for section, key in ((WORKERS, "W999"), (SHIFTS, "dawn"), (HOLIDAYS, "2020-01-01"), (SECTIONS["flow"], "x")):
        for unknown in (Remove(key), Put(key=key, cells={})):
            with pytest.raises(UnknownRow):
                write_rows(section, YUZHONG[section.file], [unknown])


def test_rows_that_a_file_has_twice_can_both_be_pointed_at() -> None:
    body = FILES["departments.csv"].encode() + b"works,x,,\n,y,,\n"
    assert list(rows_of(SECTIONS["departments"], body)) == ["works", "works#2", "#4"]
    after, _ = edited(SECTIONS["departments"], body, Put(key="works#2", cells={"id": "parks"}))
    assert list(rows_of(SECTIONS["departments"], after)) == ["works", "parks", "#4"]


def test_holidays_and_shifts_are_written_as_toml_has_them() -> None:
    body = ("# why\n" + CALENDAR).encode()
    after, _ = edited(HOLIDAYS, body, Put(cells={"date": "2026-10-02", "name_zh": "国庆节"}), Remove("2026-10-01"))
    assert b"# why" in after
    assert b'date = 2026-10-02\nname_zh = "\xe5' in after
    after, _ = edited(SHIFTS, after, Put(cells={"id": "night", "start": "20:00", "end": "08:00"}))
    after, _ = edited(SHIFTS, after, Put(key="day", cells={"start": "07:30"}))
    assert rows_of(SHIFTS, after)["day"].cells == {"id": "day", "start": "07:30", "end": "20:00"}
    assert rows_of(SHIFTS, after)["night"].cells == {"id": "night", "start": "20:00", "end": "08:00"}
    after, _ = edited(SHIFTS, after, Put(key="night", cells={"id": "late"}))
    assert list(rows_of(SHIFTS, after)) == ["day", "late"]
    after, _ = edited(HOLIDAYS, after, Remove("2026-10-02"))
    assert read_rows(HOLIDAYS, after) == []


def test_days_and_hours_go_to_their_place() -> None:
    hours = SECTIONS["hours"]
    after, _ = edited(hours, CALENDAR.encode(), Put(cells={"start": "07:00", "end": "08:00"}))
    after, _ = edited(hours, after, Put(cells={"start": "20:00", "end": "21:00"}))
    assert list(rows_of(hours, after)) == ["07:00", "09:00", "13:00", "20:00"]
    after, _ = edited(HOLIDAYS, after, *[Put(cells={"date": day}) for day in ("2027-01-01", "2026-01-01")])
    assert list(rows_of(HOLIDAYS, after)) == ["2026-01-01", "2026-10-01", "2027-01-01"]
    assert read_calendar_of(after) is not None


def read_calendar_of(body: bytes) -> object:
    return read_pack({**pack_files(), "calendar.toml": body}).working_times


def test_values_keep_their_kind_and_go_out_when_emptied() -> None:
    flow = SECTIONS["flow"]
    body = FILES["city.toml"].encode()
    after, _ = edited(flow, body, Put(key="max_open_tasks", cells={"value": "7"}))
    after, _ = edited(flow, after, Put(key="auto_close", cells={"value": "false"}))
    assert b"max_open_tasks = 7\n" in after
    assert b"auto_close = false" in after
    after, _ = edited(flow, after, Remove("auto_close"))
    assert b"auto_close" not in after
    weekend, _ = edited(SECTIONS["weekend"], CALENDAR.encode(), Put(key="weekend", cells={"value": "fri|sat"}))
    assert weekend.startswith(b'weekend = ["fri", "sat"]')


def test_a_feature_keeps_its_shape_and_its_neighbours_their_text() -> None:
    body = YUZHONG["areas/grid.geojson"]
    key = read_rows(GRIDS, body)[5].key
    after, (change,) = edited(GRIDS, body, Put(key=key, cells={"name_en": "Five", "active": "false"}))
    assert change.cells == ("name_en", "active")
    old, new = json.loads(body)["features"], json.loads(after)["features"]
    assert [feature["geometry"] for feature in old] == [feature["geometry"] for feature in new]
    assert new[5]["properties"] | {"name_en": ""} == old[5]["properties"] | {"name_en": "", "active": False}
    assert sum(one != two for one, two in zip(body.splitlines(), after.splitlines(), strict=True)) == 1
    back, _ = edited(GRIDS, after, Put(key=key, cells={"name_en": old[5]["properties"]["name_en"], "active": ""}))
    assert json.loads(back) == json.loads(body)


def test_another_border_is_a_change() -> None:
    body = YUZHONG["areas/grid.geojson"]
    first, second = read_rows(GRIDS, body)[:2]
    _, (change,) = edited(GRIDS, body, Put(key=first.key, cells={}, shape=second.shape))
    assert change.cells == ("shape",)


@pytest.mark.parametrize(
    ("section", "body", "line"),
    [
        (WORKERS, b"id,name\n\xff\xfe", 2),
        (WORKERS, b'id,name\na,"b\n', 2),
        (GRIDS, b'{"features": [{}', 1),
        (GRIDS, b'{"features": ' + b"[" * 100_000, 0),
        (HOLIDAYS, b"[[holiday", 0),
        (HOLIDAYS, b"\xff", 0),
    ],
)
def test_a_file_that_cannot_be_read_says_where(section: Section, body: bytes, line: int) -> None:
    for call in (lambda: read_rows(section, body), lambda: write_rows(section, body, [Remove("a")])):
        with pytest.raises(Unreadable) as caught:
            call()
        assert caught.value.fault.file == section.file
        assert caught.value.fault.line == line


def test_a_section_without_a_file_begins_with_an_empty_one() -> None:
    templates = SECTIONS["templates"]
    body = header_of(templates)
    assert read_rows(templates, body) == []
    _, (change,) = edited(templates, body, Put(cells={"id": "t1", "kind": "note", "zh": "已通知"}))
    assert (change.kind, change.key) == ("added", "t1")
    grid, (change,) = edited(GRIDS, EMPTY, Put(cells={"code": "1", "name_zh": "一"}))
    assert json.loads(grid)["features"][0]["properties"] == {"code": "1", "name_zh": "一"}


def make_rows(**names: str) -> list[Row]:
    return [Row(key=key, line=1, last_line=1, cells={"id": key, "name": name}) for key, name in names.items()]


def test_my_changes_are_brought_into_theirs() -> None:
    base = make_rows(a="1", b="1", c="1", d="1", e="1")
    mine = make_rows(a="2", b="1", d="1", e="9", f="1")
    theirs = make_rows(a="1", b="3", c="1", d="4", e="8")
    merge = merge_rows(base, mine, theirs, prefer_mine=True)
    assert merge.conflicts == ("e",)
    assert [(type(edit).__name__, edit.key) for edit in merge.edits] == [
        ("Remove", "c"),
        ("Put", "a"),
        ("Put", "e"),
        ("Put", None),
    ]
    assert [edit.key for edit in merge_rows(base, mine, theirs, prefer_mine=False).edits] == ["c", "a", None]


def test_what_both_did_alike_is_no_conflict() -> None:
    base, same = make_rows(a="1", b="1"), make_rows(a="2")
    merge = merge_rows(base, same, same, prefer_mine=True)
    assert merge.conflicts == ()
    assert [edit.key for edit in merge.edits] == ["a"]
