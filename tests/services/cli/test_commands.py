"""What the commands do and refuse, in this process: one line for what is wrong, and nothing half done."""

import json
import sqlite3
from pathlib import Path

import pytest

from services.cli import main
from tests.parts.wardline import Wardline
from tests.services.city.small_pack import pack_files


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data folder of an installation that was never used."""
    monkeypatch.setenv("WARDLINE_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.delenv("WARDLINE_DATABASE_URL", raising=False)
    return tmp_path / "data"


def run(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    """Run a command; return its exit status."""
    monkeypatch.setattr("sys.argv", ["wardline", *words])
    try:
        main()
    except SystemExit as stop:
        return int(stop.code or 0)
    return 0


@pytest.fixture
def city(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Path:
    """A small city, loaded; its data folder."""
    for name, body in pack_files().items():
        path = tmp_path / "pack" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
    assert run(monkeypatch, "city", "load", str(tmp_path / "pack")) == 0
    capsys.readouterr()
    return data


def ask(data: Path, query: str) -> list[tuple[object, ...]]:
    with sqlite3.connect(data / "wardline.sqlite3") as connection:
        return connection.execute(query).fetchall()


Told = pytest.CaptureFixture[str]


def test_a_source_is_made_once_and_its_key_is_the_last_word(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: Told
) -> None:
    assert run(monkeypatch, "source", "add", "frigate", "gate", "--at", "106.5", "29.5") == 0
    assert capsys.readouterr().out.split()[-1].startswith("wk_")
    assert run(monkeypatch, "source", "add", "frigate", "gate") == 1
    assert "already" in capsys.readouterr().err
    assert ask(data, "SELECT id, lon, lat FROM sources") == [("frigate:gate", 106.5, 29.5)]


def test_a_key_of_open311_may_have_a_quota_of_its_own(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(monkeypatch, "source", "add", "open311", "app", "--per-minute", "120") == 0
    assert run(monkeypatch, "source", "add", "open311", "other") == 0
    assert ask(data, "SELECT source_id, per_minute FROM source_keys ORDER BY source_id") == [
        ("open311:app", 120),
        ("open311:other", None),
    ]


@pytest.mark.parametrize(
    "words",
    [
        ("nofeed", "x"),
        ("frigate", ""),
        ("frigate", "a\nb"),
        ("frigate", "x" * 61),
        ("frigate", "x", "--at", "200", "0"),
        ("frigate", "x", "--at", "nan", "0"),
        ("frigate", "x", "--datum", "mars"),
        ("open311", "x", "--per-minute", "0"),
        ("hikvision", "x", "--pull", "rtsp://10.0.0.7"),
        ("hikvision", "x", "--pull", "http://admin:geheim@10.0.0.7"),
        ("hikvision", "x", "--pull", "http://"),
        ("cloudevents", "x", "--pull", "http://10.0.0.7"),
    ],
)
def test_a_source_that_cannot_be_is_refused(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: Told, words: tuple[str, ...]
) -> None:
    assert run(monkeypatch, "source", "add", *words) == 2
    told = capsys.readouterr().err
    assert "Traceback" not in told
    assert "geheim" not in told


def test_a_source_that_is_pulled_keeps_its_address(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(monkeypatch, "source", "add", "hikvision", "north", "--pull", "http://10.0.0.7:8080") == 0
    assert ask(data, "SELECT id, pull FROM sources") == [("hikvision:north", "http://10.0.0.7:8080")]


def test_without_a_city_nothing_is_served_or_imported(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Told
) -> None:
    records = tmp_path / "r.jsonl"
    records.write_text("{}\n")
    for words in (("serve",), ("import", "events", str(records))):
        assert run(monkeypatch, *words) == 1
        assert "no city pack is loaded" in capsys.readouterr().err


def test_what_is_wrong_is_said_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Told) -> None:
    (tmp_path / "file").write_text("")
    wrong = {
        "WARDLINE_PORT": "eighty",
        "WARDLINE_DATABASE_URL": "mysql://x/y",
        "WARDLINE_DATA_DIR": str(tmp_path / "file" / "data"),
    }
    for name, value in wrong.items():
        with monkeypatch.context() as patch:
            patch.setenv("WARDLINE_DATA_DIR", str(tmp_path / "data"))
            patch.setenv(name, value)
            assert run(patch, "serve") == 1, name
        told = capsys.readouterr().err
        assert told.startswith("wardline: ")
        assert len(told.splitlines()) == 1


def test_a_database_that_does_not_answer_is_said_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Told
) -> None:
    monkeypatch.setenv("WARDLINE_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("WARDLINE_DATABASE_URL", "postgresql://nobody@127.0.0.1:9/none?connect_timeout=2")
    assert run(monkeypatch, "serve") == 1
    assert "does not answer" in capsys.readouterr().err


GOOD = {"opened_at": "2026-01-02T03:04:05Z", "closed_at": "2026-01-02T05:00:00Z", "text": "litter"}


def test_one_bad_record_takes_no_other_with_it(
    city: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Told
) -> None:
    lines = [
        json.dumps({"id": "1", **GOOD}),
        json.dumps({"id": "2", **GOOD, "lon": float("nan"), "lat": 1.0}),
        "",
        json.dumps({"id": "3", **GOOD, "opened_at": "yesterday"}),
        json.dumps([1]),
        json.dumps({"id": "4", **GOOD}),
    ]
    records = tmp_path / "r.jsonl"
    records.write_text("\n".join(lines))
    for _ in range(2):
        assert run(monkeypatch, "import", "events", str(records)) == 0
        told = capsys.readouterr().out
        assert "5 records: 2 read, 3 in quarantine" in told
        assert "quarantined, shape: 3" in told
    assert ask(city, "SELECT count(*), sum(is_open) FROM cases") == [(2, 0)]
    assert ask(city, "SELECT sum(n) FROM measures WHERE counter = 'closed'") == [(2,)]


def test_a_csv_is_read_by_its_map(city: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Told) -> None:
    table, plan = tmp_path / "r.csv", tmp_path / "map.toml"
    table.write_text("\ufeffCaseID,Opened,What\n7,01/02/2026 03:04,litter\n8,NA,litter\n", encoding="utf-8")
    plan.write_text(
        '[columns]\nid = "CaseID"\nopened_at = "Opened"\ntext = "What"\n'
        '[times]\nformat = "%m/%d/%Y %H:%M"\ntimezone = "America/Los_Angeles"\n'
    )
    assert run(monkeypatch, "import", "events", str(table), "--map", str(plan)) == 0
    assert "2 records: 1 read, 1 in quarantine" in capsys.readouterr().out
    (doc,) = ask(city, "SELECT doc FROM cases")[0]
    assert json.loads(doc)["opened_at"] == "2026-01-02T11:04:00Z"  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "body", "plan"),
    [
        ("r.jsonl", b"{not json}\n", ""),
        ("r.jsonl", b"[" * 100_000, ""),
        ("r.jsonl", b"\xff\xfe", ""),
        ("r.csv", b"\xff\xfe\x00", ""),
        ("r.jsonl", b"", ""),
        ("r.csv", b"id\n1\n", "[times]\ntimezone = 'Mars/Olympus'\n"),
        ("r.csv", b"id\n1\n", "[colums]\n"),
        ("r.csv", b"id\n1\n", "columns"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_by_name(
    city: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Told, name: str, body: bytes, plan: str
) -> None:
    file, map_file = tmp_path / name, tmp_path / "map.toml"
    file.write_bytes(body)
    map_file.write_text(plan)
    words = ("--map", str(map_file)) if plan else ()
    assert run(monkeypatch, "import", "events", str(file), *words) == 1
    told = capsys.readouterr().err
    assert told.startswith("Error: ")
    assert str(tmp_path) in told


def test_a_file_of_a_feed_that_there_is_not(city: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "r.jsonl"
    file.write_text("{}")
    assert run(monkeypatch, "import", "events", str(file), "--feed", "none") == 2
    assert ask(city, "SELECT count(*) FROM sources") == [(0,)]


@pytest.mark.slow
def test_a_running_server_reads_what_is_imported_beside_it(server: Wardline, tmp_path: Path) -> None:
    file = tmp_path / "r.jsonl"
    file.write_text("\n".join(json.dumps({"id": str(n), **GOOD}) for n in range(20)))
    assert "20 records: 20 read, 0 in quarantine" in server.run("import", "events", str(file))


def test_holidays_are_written_into_a_pack_that_has_no_fault_then(
    city: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Told
) -> None:
    pack = tmp_path / "pack"
    assert run(monkeypatch, "city", "holidays", "2027", "--file", str(pack)) == 0
    assert "estimated" in capsys.readouterr().out
    written = (pack / "holidays.csv").read_text(encoding="utf-8")
    assert "2027-10-01,holiday,国庆节,National Day,estimated" in written
    assert run(monkeypatch, "city", "holidays", "2025", "--announced", "--file", str(pack)) == 0
    assert run(monkeypatch, "city", "check", str(pack)) == 0
    out = capsys.readouterr().out
    assert "Holidays of 2025: announced." in out
    assert "Holidays of 2027: estimated." in out
    assert not list(pack.glob("*.new"))


def test_holidays_that_stand_in_the_calendar_already_are_not_written(
    city: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Told
) -> None:
    assert run(monkeypatch, "city", "holidays", "2026", "--file", str(tmp_path / "pack")) == 1
    assert "2026-10-01 is a holiday already" in capsys.readouterr().err
    assert not (tmp_path / "pack" / "holidays.csv").exists()


def test_holidays_are_shown_without_a_pack(data: Path, monkeypatch: pytest.MonkeyPatch, capsys: Told) -> None:
    assert run(monkeypatch, "city", "holidays", "2026") == 0
    assert "2026-02-14,workday,调休上班,Make-up workday,announced" in capsys.readouterr().out
    assert run(monkeypatch, "city", "holidays", "2026", "--country", "XX") == 1
    assert capsys.readouterr().err == "wardline: no holidays are known of XX\n"


def test_a_mapping_is_tried_on_a_sample_and_nothing_is_kept(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Told
) -> None:
    mappings, sample = tmp_path / "webhooks.csv", tmp_path / "sample.json"
    mappings.write_text("mapping,field,expression\ngate,text,words\ngate,at,when\n", "utf-8")
    sample.write_text('{"words": "a hole"}', "utf-8")
    assert run(monkeypatch, "webhook", "try", str(mappings), str(sample)) == 0
    told = capsys.readouterr()
    assert json.loads(told.out)["text"] == "a hole"
    assert "1 said by gate" in told.err
    assert not data.exists()
    assert run(monkeypatch, "webhook", "try", str(mappings), str(sample), "--mapping", "door") != 0
    assert "the file has gate" in capsys.readouterr().err
    sample.write_text("{}", "utf-8")
    assert run(monkeypatch, "webhook", "try", str(mappings), str(sample)) == 1
    assert capsys.readouterr().err.startswith("Error: empty: ")
    mappings.write_text("mapping,field,expression\ngate,text,words[\n", "utf-8")
    assert run(monkeypatch, "webhook", "try", str(mappings), str(sample)) == 1
    assert capsys.readouterr().err.startswith("webhooks.csv:2: expression is no JMESPath")


@pytest.mark.parametrize("word", ["--help", "-h"])
def test_which_benchmarks_there_are_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], word: str
) -> None:
    assert run(monkeypatch, "bench", word) == 0
    assert "end-to-end" in "".join(capsys.readouterr().out.split()), "however the line is broken"


def test_a_benchmark_that_is_not_there_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "bench", "everything") == 2
    assert "everything" in capsys.readouterr().err
