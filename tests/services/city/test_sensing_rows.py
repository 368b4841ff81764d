"""sensing.csv: what a row takes over, what is a fault, and what comes with the product."""

import csv
from collections import Counter
from pathlib import Path

import pytest

from dispatch.city import SensingRule
from dispatch.sensing import KINDS
from services.city.fault_words import find_words
from services.city.faults import Fault, PackFaults
from services.city.pack import STANDARD_DIR, collect_files
from services.city.read import read_pack
from tests.services.city.small_pack import FILES, pack_files

COLUMNS = (
    "id,type,kind,sensors,metric,direction,advisory,warning,alarm,clear_warning,persist_s,span_s,hit,when,lateness_s,"
    "from,to,days,working,source,area,active"
)
SOURCE = "S1,telemetry,sensor,s-1,井,Well,106.505,29.505,wgs84,,septic_gas|cover_open,,0,,,\n"


def files_of(*rows: str) -> dict[str, bytes]:
    """Return the small pack with a sensor, and rows given as `column=value column=value`."""
    names = COLUMNS.split(",")
    lines = [COLUMNS]
    for row in rows:
        cells = dict(part.split("=", 1) for part in row.split(" ") if part)
        assert set(cells) <= set(names)
        lines.append(",".join(cells.get(name, "").replace("_", " ") if name == "when" else cells.get(name, "")
                              for name in names))  # fmt: skip
    return {**pack_files(), "sources.csv": (FILES["sources.csv"] + SOURCE).encode(),
            "sensing.csv": ("\n".join(lines) + "\n").encode()}  # fmt: skip


def read_rows(*rows: str) -> tuple[SensingRule, ...]:
    return read_pack(files_of(*rows)).sensing


def faults_of(*rows: str) -> list[Fault]:
    with pytest.raises(PackFaults) as caught:
        read_pack(files_of(*rows))
    return list(caught.value.faults)


def test_a_row_of_a_sensor_type_changes_its_levels_and_no_more() -> None:
    (row,) = read_rows("id=septic_gas warning=20")
    assert (row.type, row.kind, row.metric, row.unit, row.direction) == (
        "septic_gas", "threshold", "CH4", "%LEL", "above",
    )  # fmt: skip
    assert (row.levels, row.persist_s, row.is_on) == ((10, 20, 50), 60, True)


def test_an_exception_takes_over_from_the_row_for_everywhere_wherever_that_stands() -> None:
    own, general = read_rows(
        "id=gas_night source=S1 alarm=30", "id=gas_night type=septic_gas warning=5 advisory=- from=22:00 to=06:00"
    )
    assert general.levels == (None, 5, None)
    assert own.levels == (None, 5, 30)
    assert own.hours == general.hours
    assert own.source == "S1"


def test_a_new_level_has_the_usual_dead_band_where_its_own_clear_level_is_not_given_too() -> None:
    general, own = read_rows("id=septic_gas warning=25 clear_warning=20", "id=septic_gas warning=15 source=S1")
    assert general.clear == (None, 20, None)
    assert own.clear == (None, None, None)


def test_a_dash_is_none_where_nothing_is_what_is_taken_over() -> None:
    (row,) = read_rows("id=septic_gas advisory=- alarm=-")
    assert row.levels == (None, 25, None)


def test_one_sensor_can_be_excepted_from_its_rule_altogether() -> None:
    (row,) = read_rows("id=septic_gas source=S1 active=false")
    assert not row.is_on


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("type=septic_gas warning=5", "id is empty"),
        ("id=a/b type=septic_gas warning=5", "id may hold letters, digits, and . _ -: 'a/b'"),
        ("id=a warning=5", "type is empty"),
        ("id=a type=nope warning=5", "the type is not known: nope"),
        ("id=septic_gas type=cover_open alarm=1", "type must be septic_gas, as for the other rows of septic_gas"),
        ("id=a type=septic_gas kind=guess warning=5",
         "kind must be one of threshold, rate, repeat, combine, absence: 'guess'"),
        ("id=a type=septic_gas sensors=nope warning=5", "sensors names one that is not known: nope"),
        ("id=a type=septic_gas kind=rate warning=5", "span_s is empty"),
        ("id=a type=septic_gas kind=repeat warning=5 span_s=60", "hit is empty"),
        ("id=a type=septic_gas kind=combine warning=1", "when is empty"),
        ("id=a type=septic_gas kind=rate direction=equals warning=5 span_s=60",
         "direction must be one of above, below: 'equals'"),
        ("id=a type=septic_gas", "advisory, warning and alarm are all empty"),
        ("id=a type=septic_gas warning=50 alarm=25",
         "the levels must get worse from advisory to alarm (direction above)"),
        ("id=a type=septic_gas warning=25 clear_warning=30", "clear_warning must be on the good side of warning: 30"),
        ("id=a type=septic_gas alarm=25 clear_warning=20", "clear_warning means nothing here"),
        ("id=a type=septic_gas warning=25 span_s=60", "span_s means nothing for the kind threshold"),
        ("id=a type=septic_gas kind=absence warning=25 when=a_>_1", "when means nothing for the kind absence"),
        ("id=a type=septic_gas kind=rate direction=below warning=5 span_s=60", "warning of a rate must be below 0: 5"),
        ("id=a type=septic_gas kind=rate warning=-5 span_s=60", "warning of a rate must be above 0: -5"),
        ("id=a type=septic_gas kind=repeat warning=2.5 span_s=60 hit=9",
         "warning must be a whole number from 1 to 64: 2.5"),
        ("id=a type=septic_gas kind=combine warning=2 when=a_>_1", "warning must be a whole number from 1 to 1: 2"),
        ("id=a type=septic_gas kind=absence warning=0.5", "warning must be from 1 to 527040: 0.5"),
        ("id=a type=septic_gas warning=5 when=CH4_>", "when cannot be read: a number is missing at 6"),
        ("id=a type=septic_gas warning=x", "warning must be a number: 'x'"),
        ("id=a type=septic_gas warning=5 lateness_s=9999", "lateness_s must be from 0 to 3600: 9999"),
        ("id=a type=septic_gas warning=5 from=22:00", "from and to must both be given, or neither"),
        ("id=a type=septic_gas warning=5 days=mo", "days may hold mon, tue, wed, thu, fri, sat, sun: 'mo'"),
        ("id=a type=septic_gas warning=5 working=maybe", "working must be one of in, out: 'maybe'"),
        ("id=a type=septic_gas warning=5 active=yes", "active must be true or false"),
        ("id=a type=septic_gas warning=5 source=S9", "the source is not known: S9"),
        ("id=a type=tree_tilt warning=5 source=S1", "the source S1 is not set up for tree_tilt"),
        ("id=a type=septic_gas warning=5 area=999", "the area is not known: 999"),
        ("id=a type=septic_gas warning=5 source=S1 area=500103001", "source and area cannot both be given"),
    ],
)  # fmt: skip
def test_a_fault_is_named_with_its_line_in_both_languages(row: str, message: str) -> None:
    found = faults_of("id=fine type=septic_gas warning=5", row)
    assert [(fault.file, fault.line, fault.message) for fault in found] == [("sensing.csv", 3, message)]
    assert all(find_words(fault.message) is not None for fault in found)


def test_two_rows_for_one_place_are_a_fault() -> None:
    found = faults_of("id=a type=septic_gas warning=5", "id=a warning=6", "id=a source=S1 warning=7")
    assert [(each.line, each.message) for each in found] == [(3, "id, source and area are those of line 2")]


def test_a_pack_without_the_file_has_the_levels_of_its_types_alone() -> None:
    assert read_pack(pack_files()).sensing == ()


# --- what comes with the product -------------------------------------------------------------------------


def standard(name: str) -> list[dict[str, str]]:
    with (STANDARD_DIR / name).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def test_all_types_of_the_sensor_table_ship_with_levels_and_say_where_they_come_from() -> None:
    rows = standard("sensor_types.csv")
    assert len(rows) == 34
    assert all(row["threshold_basis"] and row["source"] and row["basis"] for row in rows)
    assert all(row["advisory"] or row["warning"] or row["alarm"] for row in rows)


def test_rules_that_come_with_the_product_are_read_are_of_every_kind_and_say_their_basis() -> None:
    files = {**pack_files(), "sensing.csv": (STANDARD_DIR / "sensing.csv").read_bytes()}
    rules = read_pack(files).sensing
    assert Counter(rule.kind for rule in rules).keys() == KINDS.keys()
    assert all(row["basis"] for row in standard("sensing.csv"))
    own_types = {row["type"] for row in standard("sensor_types.csv")}
    # What nobody has asked for is off; only hours without which the levels make no sense are on.
    assert {rule.id for rule in rules if rule.is_on} <= own_types


def test_a_folder_gets_the_rules_of_the_product_unless_it_has_types_of_its_own(tmp_path: Path) -> None:
    assert collect_files(tmp_path)["sensing.csv"] == (STANDARD_DIR / "sensing.csv").read_bytes()
    (tmp_path / "sensor_types.csv").write_bytes((STANDARD_DIR / "sensor_types.csv").read_bytes())
    assert "sensing.csv" not in collect_files(tmp_path)
    (tmp_path / "sensing.csv").write_bytes(b"mine")
    assert collect_files(tmp_path)["sensing.csv"] == b"mine"
