"""`wardline bench sensing` counts what it says it counts."""

import json
from datetime import datetime, timedelta
from pathlib import Path

from bench.sensing import main, make_rules, measure, read_series
from tests.shared_data import shared_path

START = datetime.fromisoformat("2026-03-01")


def write_series(folder: Path, values: list[float], windows: list[tuple[int, int]]) -> None:
    """Write one series of ten minutes' steps, with windows from and to a step."""
    at = [START + timedelta(minutes=10 * n) for n in range(len(values) + 1)]
    (folder / "data" / "made").mkdir(parents=True)
    (folder / "labels").mkdir()
    rows = "\n".join(f"{when},{value}" for when, value in zip(at, values, strict=False))
    (folder / "data" / "made" / "one.csv").write_text(f"timestamp,value\n{rows}\n", encoding="utf-8")
    labels = {"made/one.csv": [[str(at[a]), str(at[b])] for a, b in windows]}
    (folder / "labels" / "combined_windows.json").write_text(json.dumps(labels), encoding="utf-8")


def test_a_case_inside_a_window_is_a_hit_and_one_outside_is_false(tmp_path: Path) -> None:
    values = [10.0 + n % 3 for n in range(1_000)]
    for at in (400, 401, 402, 403, 700):
        values[at] = 90.0
    write_series(tmp_path, values, [(390, 420), (800, 820)])
    scores = {score.rule: score for score in measure(tmp_path, None).scores if score.group == "all"}
    high, held, low = scores["high"], scores["high 15 min"], scores["low"]
    assert (high.hits, high.windows, high.cases, high.false_cases) == (1, 2, 2, 1)
    assert (held.hits, held.cases, held.false_cases) == (1, 1, 0), "one value is not a quarter of an hour"
    assert (low.hits, low.cases) == (0, 0)
    judged_days = (850 * 10 - 10 - 300 - 200) / 1_440
    assert abs(high.quiet_days - judged_days) < 0.01


def test_a_series_that_does_not_vary_has_no_rules(tmp_path: Path) -> None:
    write_series(tmp_path, [5.0] * 200, [])
    learned = read_series(tmp_path / "data" / "made" / "one.csv")
    assert not any(make_rules(learned).values())


def test_the_recorded_series_of_road_traffic_give_the_figures_of_the_docs(tmp_path: Path) -> None:
    nab, usgs = shared_path("data", "feeds", "nab"), shared_path("data", "feeds", "usgs_water")
    out = tmp_path / "out.json"
    assert main(["--nab", str(nab), "--usgs", str(usgs), "--group", "realTraffic", "--json", str(out)]) == 0
    found = json.loads(out.read_text(encoding="utf-8"))
    docs = (Path(__file__).resolve().parents[3] / "docs" / "benchmarks.md").read_text(encoding="utf-8")
    rows = {cells[1].strip(): cells for line in docs.splitlines() if len(cells := line.split("|")) == 8}
    scores = [score for score in found["scores"] if score["group"] == "realTraffic"]
    assert len(scores) == 9
    for score in scores:
        false_per_day = score["false_cases"] / score["quiet_days"]
        assert rows[score["rule"]][4].strip() == f"{score['hits']} of {score['windows']}, {false_per_day:.3f}"
    assert (found["usgs_readings"], found["usgs_cases"]) == (5, 0)
