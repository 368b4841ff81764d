"""`wardline sensing try` on a file of readings."""

import json
from pathlib import Path

import pytest

from services.cli import main
from tests.services.city.small_pack import pack_files

Told = pytest.CaptureFixture[str]


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    for name, body in pack_files().items():
        path = tmp_path / "pack" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
    return tmp_path / "pack"


def run(monkeypatch: pytest.MonkeyPatch, *words: object) -> int:
    monkeypatch.setattr("sys.argv", ["wardline", "sensing", "try", *map(str, words)])
    try:
        main()
    except SystemExit as stop:
        return int(stop.code or 0)
    return 0


def write(folder: Path, text: str) -> Path:
    file = folder / "readings.csv"
    file.write_text(text, encoding="utf-8")
    return file


def test_a_file_is_tried_by_a_rule_of_a_pack(pack: Path, monkeypatch: pytest.MonkeyPatch, capsys: Told) -> None:
    rows = "\n".join(f"2026-03-03 10:{minute:02},{30 if minute > 3 else 1}" for minute in range(8))
    file = write(pack.parent, f"timestamp,value\n{rows}\n")
    assert run(monkeypatch, "septic_gas", "--pack", pack, "--csv", file) == 0
    told = capsys.readouterr()
    assert told.out.startswith("2026-03-03T10:05:00+08:00  warning   csv  30 %LEL")
    assert "1 cases and 0 advisories of 8 readings" in told.err


def test_a_rule_that_is_off_is_tried_and_sources_are_kept_apart(
    pack: Path, monkeypatch: pytest.MonkeyPatch, capsys: Told
) -> None:
    rows = "\n".join(f"2026-03-03T10:0{n}:00Z,{source},CH4,{n * 3}" for n in range(8) for source in ("a", "b"))
    file = write(pack.parent, f"time,source,metric,value\n{rows}\n")
    assert run(monkeypatch, "septic_gas_rise", "--pack", pack, "--csv", file, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert sorted(each["source_id"] for each in told["openings"]) == ["a", "b"]
    assert told["readings"] == 16


@pytest.mark.parametrize(
    ("rule", "text", "wrong"),
    [
        ("nothing", "time,value\n2026-03-03,1\n", "no rule is called 'nothing'"),
        ("septic_gas", "when,value\n", "needs the columns time and value; it has when, value"),
        ("septic_gas", "time,value\n", "holds no readings"),
        ("septic_gas", "time,value\n2026-03-03,1\nsoon,1\n", "readings.csv:3: Invalid isoformat string: 'soon'"),
        ("septic_gas", "time,value\n2026-03-03,nan\n", "readings.csv:2: 'nan' is no value"),
    ],
)
def test_what_cannot_be_tried_is_said_in_one_line(
    pack: Path, monkeypatch: pytest.MonkeyPatch, capsys: Told, rule: str, text: str, wrong: str
) -> None:
    assert run(monkeypatch, rule, "--pack", pack, "--csv", write(pack.parent, text)) == 1
    assert wrong in capsys.readouterr().err
