"""Every fault of a pack is named by file and line, all in one run."""

from pathlib import Path

import pytest

from services.city.fault_words import find_words
from services.city.faults import Fault, PackFaults
from services.city.pack import CityPack
from services.city.read import read_pack
from tests.services.city.small_pack import FILES, area, collection, feature, pack_files, square


def faults_of(files: dict[str, bytes]) -> list[Fault]:
    with pytest.raises(PackFaults) as caught:
        read_pack(files)
    return list(caught.value.faults)


def broken(file: str, old: str, new: str) -> dict[str, bytes]:
    """Return the small pack with one text of one file replaced."""
    assert old in FILES[file]
    return {**pack_files(), file: FILES[file].replace(old, new, 1).encode()}


def test_the_small_pack_has_no_fault() -> None:
    assert isinstance(read_pack(pack_files()), CityPack)


@pytest.mark.parametrize(
    ("file", "old", "new", "line", "message"),
    [
        ("city.toml", 'id = "smalltown"', "", 1, "id is missing"),
        ("city.toml", 'id = "smalltown"', 'id = "small town"', 1, "id may hold letters, digits, and . _ -"),
        ("city.toml", '"Asia/Shanghai"', '"Asia/Chungking City"', 4, "timezone is not known: 'Asia/Chungking City'"),
        ("city.toml", "[106.5, 29.5]", "[106.5]", 6, "center must be [lon, lat]"),
        ("city.toml", "max_open_tasks = 3", "max_open_tasks = 0", 10, "max_open_tasks must be a number from 1 to 1000"),
        ("city.toml", "max_open_tasks = 3", 'auto_close = "yes"', 10, "auto_close must be true or false"),
        ("city.toml", 'scheme = "cn-2024"', 'scheme = "cn-2024', 5, "not readable as TOML"),
        ("city.toml", 'scheme = "cn-2024"', 'datum = "cgcs2000"', 5, "datum must be one of wgs84, gcj02, bd09"),
        ("calendar.toml", '"13:00"', '"25:00"', 8, "start must be a time of day such as 08:30"),
        ("calendar.toml", '"13:00"', '"11:00"', 3, "spans of working hours must be in order and must not overlap"),
        ("calendar.toml", '"sun"', '"sunday"', 1, "weekend may hold mon, tue"),
        ("calendar.toml", "2026-10-10", "2026-10-01", 21, "2026-10-01 is a holiday already"),
        ("calendar.toml", "2026-10-01", '"the first"', 16, "date must be a date such as 2024-10-01"),
        ("departments.csv", "works,", ",", 2, "id is empty"),
        ("departments.csv", "市政,Works", ",", 2, "name_zh and name_en are both empty"),
        ("departments.csv", "name_en,trade", "name_en", 1, "the column trade is missing"),
        ("workers.csv", ",works,", ",police,", 2, "the department is not known: police"),
        ("workers.csv", "500103001,", "500103009,", 2, "the area is not known: 500103009"),
        ("workers.csv", ",day,", ",night,", 2, "the shift is not known: night"),
        ("workers.csv", "106.505,29.505", "106.505,", 2, "lat is empty"),
        ("workers.csv", "106.505,29.505", "206.505,29.505", 2, "lon must be from -180 to 180: 206.505"),
        ("workers.csv", "106.505,29.505", "nan,29.505", 2, "lon must be from -180 to 180: nan"),
        ("workers.csv", "106.505,29.505", "106.505", 2, "8 cells, but 9 columns"),
        ("duties.csv", ",municipal,", ",cooking,", 2, "the trade is not known: cooking"),
        ("duties.csv", "works,,", "works,E9999,", 2, "the category is not known: E9999"),
        ("components.csv", "5001030118000001", "500103011800001", 2, "a part's identifier has 16 digits"),
        ("components.csv", "5001030118000001", "5001040118000001", 2, "does not begin with the code of a district"),
        ("components.csv", "P0118", "E0102", 2, "the category E0102 is not one of parts"),
        ("components.csv", "106.505,29.505", "29.505,86.5", 2, "29.505, 86.5 is outside the city"),
        ("sources.csv", ",G1,", ",G2,", 3, "the gateway is not known: G2"),
        ("sources.csv", "illegal_parking", "illegal_parking|flying", 3, "the kind is not known: flying"),
        ("sources.csv", ",90,60,", ",361,60,", 3, "heading_deg must be from 0 to 360: 361"),
        ("sources.csv", "camera,", "drone,", 3, "kind must be one of camera, sensor, gateway, desk: 'drone'"),
        ("sources.csv", "C1,frigate,camera", "G1,frigate,camera", 3, "the id G1 stands in line 2 already"),
        ("gazetteer.csv", "landmark", "", 2, "kind is empty"),
        ("roads.geojson", '"LineString"', '"Point"', 2, "the geometry must be a LineString"),
        ("roads.geojson", "]}\n", "\n", 4, "not readable as GeoJSON"),
        ("areas/grid.geojson", '"500103001001002"', '"500103001001001"', 3, "500103001001001 is there already"),
        ("areas/grid.geojson", '"500103001001002"', '"50010300100102"', 3, "the code of a grid has 15 digits"),
        ("areas/grid.geojson", '"500103001002"', '"500103001001"', 4, "does not begin with that of its parent"),
        ("areas/grid.geojson", "[106.51, 29.5]", "[106.514, 29.5]", 3, "500103001001002 overlaps 500103001001001"),
        ("areas/grid.geojson", "[106.53, 29.5]", "[106.54, 29.5]", 4, "is not inside its parent 500103001002"),
        ("areas/community.geojson", '"500103001"', '"500103002"', 2, "the parent '500103002' of 500103001001 is not"),
    ],
)  # fmt: skip
def test_a_fault_is_named_by_file_and_line(file: str, old: str, new: str, line: int, message: str) -> None:
    named = [fault for fault in faults_of(broken(file, old, new)) if message in fault.message]
    assert [(fault.file, fault.line) for fault in named] == [(file, line)]
    assert [fault.message for fault in faults_of(broken(file, old, new)) if find_words(fault.message) is None] == []


def test_all_faults_of_all_files_are_found_in_one_run() -> None:
    files = pack_files(duties__csv="department,category,trade,area\npolice,,,\nworks,,,\n", gazetteer__csv=None)
    files["workers.csv"] = FILES["workers.csv"].replace("day", "night").replace("106.505", "x").encode()
    found = [(fault.file, fault.line, fault.message) for fault in faults_of(files)]
    assert found == [
        ("duties.csv", 2, "the department is not known: police"),
        ("duties.csv", 3, "category, trade and area are those of line 2"),
        ("gazetteer.csv", 0, "the file is missing"),
        ("workers.csv", 2, "lon must be a number: 'x'"),
        ("workers.csv", 2, "the shift is not known: night"),
    ]


def test_a_file_that_cannot_be_read_does_not_hide_the_faults_of_the_others() -> None:
    files = pack_files(
        city__toml="id = ", calendar__toml="[[hours", duties__csv="department,category,trade,area\npolice,,,\n"
    )
    files["areas/grid.geojson"] = FILES["areas/grid.geojson"].replace("[106.51, 29.5]", "[106.514, 29.5]", 1).encode()
    found = [(fault.file, fault.line) for fault in faults_of(files)]
    assert found == [("areas/grid.geojson", 3), ("calendar.toml", 1), ("city.toml", 1), ("duties.csv", 2)]


@pytest.mark.parametrize("missing", ["city.toml", "calendar.toml", "roads.geojson", "workers.csv"])
def test_a_missing_file_is_a_fault(missing: str) -> None:
    files = pack_files()
    del files[missing]
    assert Fault(missing, 0, "the file is missing") in faults_of(files)


def test_a_pack_without_areas_says_so() -> None:
    files = {name: body for name, body in pack_files().items() if not name.startswith("areas/")}
    assert "areas/district.geojson: no file of areas is there: at least one level is needed" in map(
        str, faults_of(files)
    )


LAYOUTS = {
    "one line": lambda features: '{"type":"FeatureCollection","features":[' + ",".join(features) + "]}",
    "a feature a line": lambda features: collection(*features),
    "spread out": lambda features: (
        '{\n\n  "features"\n:\n[\n' + ",\n\n".join(each.replace(", ", ",\n  ") for each in features) + '\n], "x": {}}\n'
    ),
    "windows": lambda features: collection(*features).replace("\n", "\r\n"),
}


@pytest.mark.parametrize(
    ("layout", "line"), [("one line", 1), ("a feature a line", 3), ("spread out", 23), ("windows", 3)]
)
def test_the_line_of_a_feature_is_found_however_the_file_is_laid_out(layout: str, line: int) -> None:
    features = [
        area("500103001", "500103", square(106.5, 29.5, 106.52, 29.51)),
        feature("{}", code="500103002", name_zh="坏", name_en="Bad {[,]}", parent="500103"),
    ]
    files = pack_files(areas___street__geojson=LAYOUTS[layout](features))
    bad = [fault for fault in faults_of(files) if "the geometry must be" in fault.message]
    assert [(fault.file, fault.line) for fault in bad] == [("areas/street.geojson", line)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "'{' expected"),
        ("[]", "'{' expected"),
        ("{}", "the object has no features"),
        ('{"features": {}}', "'[' expected"),
        ('{"features": []} x', "text after the end of the object"),
        ('{"features": [{"type": "Feature"', "not readable as GeoJSON"),
        ('{"features": [' + "[" * 100_000, "nested too deeply"),
        ('{"features": [1]}', "not a Feature"),
        ('{"features": [{"type": "Feature", "properties": null}]}', "the feature has no properties"),
    ],
)
def test_geojson_that_is_none_is_refused(text: str, message: str) -> None:
    files = pack_files(roads__geojson=text)
    assert any(message in fault.message and fault.file == "roads.geojson" for fault in faults_of(files))


@pytest.mark.parametrize(
    ("body", "line", "message"),
    [
        (b"id,name_zh,name_en,trade\nworks,\xff,Works,\n", 2, "not UTF-8"),
        (b'id,name_zh,name_en,trade\nworks,"a"b,Works,\n', 2, "not readable as CSV"),
        (b"id,name_zh,name_en,trade,id\nworks,a,b,c,d\n", 1, "the column id stands twice"),
        (b"id,name_zh,name_en,trade\nworks,a\0b,c,municipal\n", 2, "control characters"),
        (b"", 1, "the column id is missing"),
    ],
)
def test_a_table_that_is_none_is_refused(body: bytes, line: int, message: str) -> None:
    found = [fault for fault in faults_of({**pack_files(), "departments.csv": body}) if message in fault.message]
    assert [(fault.file, fault.line) for fault in found] == [("departments.csv", line)]


def test_a_quoted_cell_over_several_lines_does_not_shift_the_lines_after_it() -> None:
    rows = 'id,name_zh,name_en,trade\nworks,"市政\n局",Works,municipal\n,x,y,\n'
    lines = {(fault.line, fault.message.split(" ")[0]) for fault in faults_of(pack_files(departments__csv=rows))}
    assert lines == {(2, "name_zh"), (4, "id")}


def test_the_list_of_faults_ends_but_their_count_goes_on() -> None:
    rows = "id,name_zh,name_en,trade\n" + "".join(f"d{number},,,\n" for number in range(700)) + "works,a,b,c\n"
    with pytest.raises(PackFaults) as caught:
        read_pack(pack_files(departments__csv=rows))
    assert (len(caught.value.faults), caught.value.count) == (500, 700)


CATEGORIES = """\
scheme,code,gb_code,kind,major_zh,major_en,name_zh,name_en,priority,skill,trade,urgent_limit,urgent_unit,normal_limit,\
normal_unit,same_place_m,same_time_s,auto_file_confidence,policy,file_when,close_when,words_zh,words_en,valid_from,\
valid_to,basis
cn-2024,P0118,0118,part,公用设施,Utilities,路灯,Street light,general,lighting,municipal,,,2,WD,15,60,0.8,nearest,,,,,\
2024-01-01,,
"""


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (",general,", ",soon,", "priority must be one of critical, urgent, general: 'soon'"),
        (",2,WD,", ",2,days,", "normal_unit must be one of UH, WH, WD: 'days'"),
        (",2,WD,", ",0,WD,", "normal_limit must be from 0.01 to 10000: 0"),
        (",2,WD,", ",,WD,", "normal_limit is empty"),
        (",nearest,", ",luckiest,", "policy must be one of nearest, least_loaded, balanced: 'luckiest'"),
        ("2024-01-01,,", "2024-01-01,2023-01-01,", "valid_to is before valid_from"),
        ("2024-01-01,,", ",,", "valid_from is empty"),
    ],
)
def test_a_pack_may_bring_categories_of_its_own_and_they_are_checked(old: str, new: str, message: str) -> None:
    no_types = {
        "video_types.csv": b"type,name_zh,name_en,labels,dwell_s,priority,category\n",
        "sensor_types.csv": b"type,name_zh,name_en,metric,unit,direction,advisory,warning,alarm,persist_s,category\n",
    }
    own = {**pack_files(sources__csv=FILES["sources.csv"].replace("illegal_parking", "")), **no_types}
    assert read_pack({**own, "categories.csv": CATEGORIES.encode()}).categories[0].code == "P0118"
    found = faults_of({**own, "categories.csv": CATEGORIES.replace(old, new).encode()})
    assert [(fault.file, fault.line, fault.message) for fault in found] == [("categories.csv", 2, message)]


@pytest.mark.parametrize(
    ("levels", "fault"),
    [
        ("above,10,25,50", ""),
        ("below,20,19.5,18", ""),
        ("above,10,,50", ""),
        ("above,25,10,50", "the levels must get worse from advisory to alarm (direction above)"),
        ("below,18,19.5,20", "the levels must get worse from advisory to alarm (direction below)"),
        ("above,,,", "advisory, warning and alarm are all empty"),
    ],
)
def test_the_levels_of_a_sensor_get_worse(levels: str, fault: str) -> None:
    table = "type,name_zh,name_en,metric,unit,direction,advisory,warning,alarm,persist_s,category\n"
    files = pack_files(sensor_types__csv=f"{table}gas,气体,Gas,CH4,%LEL,{levels},60,E0496\n")
    if fault:
        assert faults_of(files) == [Fault("sensor_types.csv", 2, fault)]
    else:
        assert read_pack(files).sensor_types[0].type == "gas"


@pytest.mark.parametrize("zone", ["", "Asia/Ho_Chi_Minh", "Mars/Olympus", "../etc", "Asia"])
def test_a_source_may_have_a_zone_of_its_own(zone: str) -> None:
    header, *rows = FILES["sources.csv"].strip().split("\n")
    table = "\n".join([f"{header},timezone", f"{rows[0]},{zone}", *(f"{row}," for row in rows[1:])]) + "\n"
    files = pack_files(sources__csv=table)
    if zone in ("", "Asia/Ho_Chi_Minh"):
        assert read_pack(files).sources[0].timezone == zone
    else:
        fault = f"timezone is not known: {zone!r} (such as Asia/Shanghai)"
        assert faults_of(files) == [Fault("sources.csv", 2, fault)]


@pytest.mark.parametrize(
    ("address", "fault"),
    [
        ("", ""),
        ("http://10.0.0.7", ""),
        ("https://nvr.city:8443/x?y=1", ""),
        ("rtsp://10.0.0.7", "pull must be an http or https address: 'rtsp://10.0.0.7'"),
        ("http://10.0.0.7:99999", "pull must be an http or https address: 'http://10.0.0.7:99999'"),
        ("http://a b", "pull must be an http or https address: 'http://a b'"),
        (
            "http://admin:geheim@10.0.0.7",
            "pull must hold no name and no password; they stand in the file of WARDLINE_PULL_SECRETS",
        ),
    ],
)
def test_a_source_may_be_pulled_from_an_address_without_a_password(address: str, fault: str) -> None:
    header, *rows = FILES["sources.csv"].strip().split("\n")
    table = "\n".join([f"{header},pull", f"{rows[0]},{address}", *(f"{row}," for row in rows[1:])]) + "\n"
    files = pack_files(sources__csv=table)
    if fault:
        assert faults_of(files) == [Fault("sources.csv", 2, fault)]
    else:
        assert read_pack(files).sources[0].pull == address


def test_a_type_whose_category_is_not_there_is_named_by_its_line() -> None:
    table = "type,name_zh,name_en,labels,dwell_s,priority,category\na,甲,A,a,0,general,E0102\nb,乙,B,b,0,general,X1\n"
    found = faults_of(
        pack_files(video_types__csv=table, sources__csv=FILES["sources.csv"].replace("illegal_parking", ""))
    )
    assert found == [Fault("video_types.csv", 3, "the category is not known: X1")]


def test_a_base_map_that_is_none_is_refused() -> None:
    assert faults_of({**pack_files(), "basemap.pmtiles": b"GIF89a"}) == [
        Fault("basemap.pmtiles", 0, "not a PMTiles archive")
    ]
    assert read_pack({**pack_files(), "basemap.pmtiles": b"PMTiles\x03"}).levels[-1] == "grid"


@pytest.mark.parametrize(
    ("rows", "line", "message"),
    [
        ("a,text,words\na,words,text", 3, "field must be one of items, skip"),
        ("a,text,words\na,text,words", 3, "field text of a stands in a line above already"),
        ("a,text,words[", 2, "expression is no JMESPath"),
        ("a,text,", 2, "expression is empty"),
        (f"a,text,{'x' * 1_001}", 2, "expression has 1001 characters; at most 1000"),
        ("a b,text,words", 2, "mapping may hold letters, digits"),
        ("a,text,words\nb,at,when\nb,source,dev", 3, "mapping b says nothing: it needs one of category, kind"),
        ("a,value,number", 2, "mapping a has a value but no metric"),
    ],
)
def test_a_mapping_of_a_webhook_is_checked_line_by_line(rows: str, line: int, message: str) -> None:
    files = {**pack_files(), "webhooks.csv": f"mapping,field,expression\n{rows}\n".encode()}
    (only,) = faults_of(files)
    assert (only.file, only.line) == ("webhooks.csv", line)
    assert message in only.message
    assert find_words(only.message) is not None


def test_mappings_of_webhooks_are_read() -> None:
    table = "mapping,field,expression\ndefault,text,words\ngate-7,text,\"join(' ', [a, b])\"\n"
    pack = read_pack({**pack_files(), "webhooks.csv": table.encode()})
    assert pack.webhooks == {"default": {"text": "words"}, "gate-7": {"text": "join(' ', [a, b])"}}


@pytest.mark.parametrize(
    ("rows", "line", "message"),
    [
        ("E9999,a,string,,甲,A,", 2, "the category is not known: E9999"),
        ("E0102,,string,,甲,A,", 2, "code is empty"),
        ("E0102,a b,string,,甲,A,", 2, "code may hold letters, digits, and . _ -: 'a b'"),
        ("E0102,a,song,,甲,A,", 2, "kind must be one of string, text"),
        ("E0102,a,string,maybe,甲,A,", 2, "required must be true or false"),
        ("E0102,a,string,,,A,", 2, "zh is empty"),
        ("E0102,a,singlevaluelist,,甲,A,", 2, "a singlevaluelist needs choices"),
        ("E0102,a,number,,甲,A,x=乙/B", 2, "a number has no choices"),
        ("E0102,a,notice,true,甲,A,", 2, "a notice cannot be required"),
        ("E0102,a,stop,,甲,A,,", 2, "a stop, and nothing else, says whom to call"),
        ("E0102,a,text,,甲,A,,119", 2, "a stop, and nothing else, says whom to call"),
        ("E0102,a,stop,,甲,A,,help", 2, "a telephone number has digits, spaces and hyphens: 'help'"),
        ("E0102,a,stop,,甲,A,,110|119|120|122", 2, "4 numbers to call; at most 3"),
        ("E0102,a,multivaluelist,,甲,A,x", 2, "a choice is written key=中文/English: 'x'"),
        ("E0102,a,multivaluelist,,甲,A,x=乙/B|x=丙/C", 2, "the choice x is there already"),
        ("E0102,a,text,,甲,A,\nE0102,a,text,,乙,B,", 3, "the question a of E0102 stands in a line above already"),
    ],
)
def test_faults_of_questions_are_named(rows: str, line: int, message: str) -> None:
    call = ",call" if rows.count(",") > 6 and "\n" not in rows else ""  # the column may be left out
    table = f"category,code,kind,required,zh,en,choices{call}\n{rows}\n"
    found = faults_of({**pack_files(), "questions.csv": table.encode()})
    assert (found[0].file, found[0].line) == ("questions.csv", line)
    assert message in found[0].message
    assert find_words(found[0].message) is not None


def test_questions_are_read_in_the_order_of_the_file() -> None:
    rows = "E0102,b,text,true,甲,A,\nE0102,a,multivaluelist,,乙,B,x=丙/C|y=丁/D\n"
    table = f"category,code,kind,required,zh,en,choices\n{rows}"
    pack = read_pack({**pack_files(), "questions.csv": table.encode()})
    (questions,) = pack.questions.values()
    assert [(each.code, each.required, [choice.key for choice in each.choices]) for each in questions] == [
        ("b", True, []), ("a", False, ["x", "y"])
    ]  # fmt: skip


def test_a_stop_says_whom_to_call_and_whether_one_may_go_on() -> None:
    rows = "E0102,a,stop,,甲,A,,119 | 120\nE0102,b,stop,true,乙,B,,110\n"
    table = f"category,code,kind,required,zh,en,choices,call\n{rows}"
    (questions,) = read_pack({**pack_files(), "questions.csv": table.encode()}).questions.values()
    assert [(each.call, each.required) for each in questions] == [(("119", "120"), False), (("110",), True)]


def test_a_category_is_public_unless_its_row_says_no() -> None:
    pack = read_pack(pack_files())
    private = {category.code for category in pack.categories if not category.is_public}
    assert "E0502" in private
    assert "P0101" not in private


def test_the_places_of_a_category_are_rough_where_its_row_says_so() -> None:
    files = pack_files()
    standard = Path(__file__).resolve().parents[3] / "cities" / "standard" / "categories.csv"
    rows = standard.read_text(encoding="utf-8").splitlines()
    columns = rows[0].split(",")
    at = next(n for n, row in enumerate(rows) if ",P0101," in row)
    cells = rows[at].split(",", columns.index("public") + 1)  # no cell before it is quoted
    cells[columns.index("public")] = "rough"
    rows[at] = ",".join(cells)
    pack = read_pack({**files, "categories.csv": "\n".join(rows).encode()})
    rough = [category.code for category in pack.categories if category.is_rough]
    assert rough == ["P0101"]
    assert all(category.is_public for category in pack.categories if category.is_rough)
    rows[at] = ",".join([*cells[: columns.index("public")], "perhaps", *cells[columns.index("public") + 1 :]])
    assert "public" in str(faults_of({**files, "categories.csv": "\n".join(rows).encode()}))
