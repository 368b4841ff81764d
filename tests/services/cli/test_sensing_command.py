"""`wardline sensing try` on a file of readings."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from dispatch.ids import SourceId
from services.cli import main
from services.engine.loading import load_pack
from services.observe.clock import now
from services.settings import Settings
from services.store.inbox import Message, Outcome, message_id, settle, store
from services.store.migrate import open_database
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


def test_without_a_file_the_kept_messages_are_tried(pack: Path, monkeypatch: pytest.MonkeyPatch, capsys: Told) -> None:
    monkeypatch.setenv("WARDLINE_DATA_DIR", str(pack.parent / "data"))
    monkeypatch.delenv("WARDLINE_DATABASE_URL", raising=False)
    with (pack / "sources.csv").open("a", encoding="utf-8") as file:
        file.write("S1,telemetry,sensor,s-1,井,Well,106.505,29.505,wgs84,,septic_gas,,0,,,\n")
    db = open_database(Settings.from_env())
    load_pack(db, pack)
    start = now() - timedelta(minutes=10)
    messages = [
        Message(
            id=message_id("telemetry", SourceId("S1"), str(n).encode()),
            feed="telemetry",
            source_id=SourceId("S1"),
            body=b'{"readings": [{"metric": "CH4", "value": %d}]}' % (n * 10),
            received_at=start + timedelta(minutes=n),
        )
        for n in range(5)
    ]
    with db.engine.begin() as connection:
        store(connection, [messages])
        settle(connection, [Outcome(message_id=each.id, at=now()) for each in messages[:4]])
    db.engine.dispose()
    assert run(monkeypatch, "septic_gas_rise", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["messages"], told["readings"]) == (4, 4), "what is not read yet is not tried"
    assert [(each["level"], each["said"]) for each in told["openings"]] == [(3, "+30 %LEL / 10 min")]
    assert run(monkeypatch, "nothing") == 1
    assert "no rule is called 'nothing'" in capsys.readouterr().err


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
