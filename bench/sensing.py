"""How often rules of sensors tell what is one, and what is none, on recorded series.

Method. The series are those of the Numenta Anomaly Benchmark (NAB: github.com/numenta/NAB, folder `data`, with the
labelled windows of `labels/combined_windows.json`), and records of the water service of the USGS. The rules are the
product's own code and kinds, fed reading by reading as the engine feeds them; what they open is counted by the trial
that the settings screen uses. Nobody has tuned them: the levels of each rule follow from the first 15 % of its series
by the one formula below, NAB's own share for learning, and only the rest is judged.

- high, low: warning 4 and alarm 5 standard deviations from the mean of the first part, left at 2
- high 15 min, low 15 min: the same, held for a quarter of an hour before they tell and before they are over
- rise, fall: within an hour by 1.5 (warning) and 2 times (alarm) the most of the first part
- again: 3 times (warning) or 6 (alarm) within six hours to 3 standard deviations above the mean
- together: high 15 min, low 15 min, rise and fall, as a city would set them for one sensor
- any of all: all of the above

A **hit** is a labelled window in which the rule opened at least one case; a **false case** is one that it opened
outside all windows. A rule that cannot be set, because the first part does not vary, opens nothing. Days are those of
the judged part outside the windows. Of the USGS only the few records of its recorded answers are there, without
labels: they are judged by `rise` alone, against a fixed half metre within an hour, and say no more than that the rule
reads them.
"""

import argparse
import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import fmean, pstdev
from time import perf_counter
from zoneinfo import ZoneInfo

import msgspec
from msgspec.structs import replace

from dispatch.calendars import Calendar
from dispatch.city import SensingRule
from dispatch.event import Reading
from dispatch.ids import EventId, SourceId
from dispatch.sensing import Opening, Rule, make_rule, replay

LEARNED_SHARE = 0.15
"""NAB's probationary part of a series (its README, "Scoring")."""
TOGETHER = ("high 15 min", "low 15 min", "rise", "fall")
HOUR_S = 3_600.0
FEET_M = 0.3048

Window = tuple[datetime, datetime]
Levels = tuple[float | None, float | None, float | None]


class Score(msgspec.Struct, kw_only=True):
    """One rule over all series of a group."""

    group: str
    rule: str
    series: int = 0
    windows: int = 0
    hits: int = 0
    cases: int = 0
    false_cases: int = 0
    quiet_days: float = 0.0

    @property
    def false_per_day(self) -> float:
        return self.false_cases / self.quiet_days if self.quiet_days else 0.0


class Result(msgspec.Struct, kw_only=True):
    """All figures. `readings` counts each rule that looked at one; `readings_per_s` is that on one core."""

    scores: list[Score]
    readings: int
    readings_per_s: float
    usgs_readings: int
    usgs_cases: int


# --- the rules -------------------------------------------------------------------------------------------

_ALWAYS = Calendar(ZoneInfo("UTC"), ((datetime.min.time(), datetime.min.time()),), frozenset())


def make_rules(learned: Sequence[Reading]) -> Mapping[str, tuple[Rule, ...]]:
    """Return the rules by name; () for one that cannot be set by what was learned."""
    values = [reading.value for reading in learned]
    mean, spread = fmean(values), pstdev(values)
    rise, fall = _steepest(learned)
    high: Levels = (None, mean + 4 * spread, mean + 5 * spread)
    low: Levels = (None, mean - 4 * spread, mean - 5 * spread)
    high_clear: Levels = (None, mean + 2 * spread, mean + 2 * spread)
    low_clear: Levels = (None, mean - 2 * spread, mean - 2 * spread)
    rows = {
        "high": _row("above", high, clear=high_clear),
        "high 15 min": _row("above", high, clear=high_clear, persist_s=900),
        "low": _row("below", low, clear=low_clear),
        "low 15 min": _row("below", low, clear=low_clear, persist_s=900),
        "rise": _row("above", (None, 1.5 * rise, 2 * rise), kind="rate", span_s=HOUR_S),
        "fall": _row("below", (None, -1.5 * fall, -2 * fall), kind="rate", span_s=HOUR_S),
        "again": _row("above", (None, 3, 6), kind="repeat", span_s=6 * HOUR_S, hit=mean + 3 * spread),
    }
    able = dict.fromkeys(rows, spread > 0) | {"rise": rise > 0, "fall": fall > 0}
    made = {name: (make_rule(replace(row, id=name), _ALWAYS),) if able[name] else () for name, row in rows.items()}
    return {
        **made,
        "together": tuple(rule for name in TOGETHER for rule in made[name]),
        "any of all": tuple(rule for rules in made.values() for rule in rules),
    }


def _row(
    direction: str, levels: Levels, *, kind: str = "threshold", clear: Levels = (None, None, None),
    persist_s: float = 0.0, span_s: float = 0.0, hit: float | None = None,
) -> SensingRule:  # fmt: skip
    return SensingRule(
        id="tried", type="tried", kind=kind, sensors="tried", metric="value", unit="", direction=direction,
        levels=levels, clear=clear, persist_s=persist_s, span_s=span_s, hit=hit,
    )  # fmt: skip


def _steepest(readings: Sequence[Reading]) -> tuple[float, float]:
    """Return the most that the value has risen, and fallen, within an hour."""
    rise = fall = 0.0
    first = 0
    for n, reading in enumerate(readings):
        while (reading.observed_at - readings[first].observed_at).total_seconds() > HOUR_S:
            first += 1
        past = [each.value for each in readings[first : n + 1]]
        rise, fall = max(rise, reading.value - min(past)), max(fall, max(past) - reading.value)
    return rise, fall


# --- the series ------------------------------------------------------------------------------------------


def read_series(file: Path) -> list[Reading]:
    """Return a series of NAB; its times name no zone and are read as UTC."""
    with file.open(encoding="utf-8", newline="") as lines:
        rows = [(datetime.fromisoformat(row["timestamp"]), float(row["value"])) for row in csv.DictReader(lines)]
    return [_reading(n, at.replace(tzinfo=UTC), value) for n, (at, value) in enumerate(sorted(rows))]


def _reading(n: int, at: datetime, value: float) -> Reading:
    return Reading(
        id=EventId(str(n)), feed="bench", source_id=SourceId("series"), metric="value", value=value, observed_at=at,
        received_at=at,
    )  # fmt: skip


def read_windows(folder: Path) -> Mapping[str, Sequence[Window]]:
    """Return the labelled windows by series."""
    found = json.loads((folder / "labels" / "combined_windows.json").read_text(encoding="utf-8"))
    return {
        name: [
            (datetime.fromisoformat(start).replace(tzinfo=UTC), datetime.fromisoformat(end).replace(tzinfo=UTC))
            for start, end in windows
        ]
        for name, windows in found.items()
    }


def read_usgs(folder: Path) -> dict[str, list[Reading]]:
    """Return the readings of gage height of the recorded answers by site, in metres."""
    found: dict[str, list[Reading]] = {}
    for file in sorted(folder.glob("*ogc*.json")):
        for answer in json.loads(file.read_text(encoding="utf-8")).values():
            for row in _measured(answer):
                at = datetime.fromisoformat(row["time"])
                at = at if at.tzinfo else at.replace(tzinfo=UTC)
                site = found.setdefault(str(row["monitoring_location_id"]), [])
                site.append(_reading(len(site), at, float(row["value"]) * FEET_M))
    return {site: sorted(readings, key=lambda each: each.observed_at) for site, readings in found.items()}


def _measured(answer: object) -> Iterator[dict[str, str]]:
    """Yield what an answer says of heights: records with a time, a value in feet, and the code of gage height."""
    features = answer.get("features", []) if isinstance(answer, dict) else []
    for feature in features:
        row = feature.get("properties") or {}
        if row.get("value") and row.get("time") and row.get("unit_of_measure") == "ft":
            yield row


# --- judging ---------------------------------------------------------------------------------------------


def score_series(score: Score, rules: tuple[Rule, ...], judged: Sequence[Reading], windows: Sequence[Window]) -> float:
    """Add what rules make of a series; return the seconds that it took."""
    start, end = judged[0].observed_at, judged[-1].observed_at
    mine = [(max(start, a), min(end, b)) for a, b in windows if b > start and a < end]
    started_s = perf_counter()
    opened = replay(lambda _source, _metric: rules, judged, end)
    took_s = perf_counter() - started_s
    cases = [each for each in opened if each.opens_case]
    score.series += 1
    score.windows += len(mine)
    score.hits += sum(any(_lies_in(each, window) for each in cases) for window in mine)
    score.cases += len(cases)
    score.false_cases += sum(not any(_lies_in(each, window) for window in mine) for each in cases)
    total_s = (end - start).total_seconds() - sum((b - a).total_seconds() for a, b in mine)
    score.quiet_days += total_s / 86_400
    return took_s


def _lies_in(opening: Opening, window: Window) -> bool:
    return window[0] <= opening.opened_at <= window[1]


def measure(nab: Path, usgs: Path | None, only: str = "*") -> Result:
    """Judge the series of the folder, all or those of one group, and what there is of the USGS."""
    windows = read_windows(nab)
    scores: dict[tuple[str, str], Score] = {}
    count, took_s = 0, 0.0
    for file in sorted((nab / "data").glob(f"{only}/*.csv")):
        readings = read_series(file)
        cut = int(len(readings) * LEARNED_SHARE)
        group = file.parent.name
        for name, rules in make_rules(readings[:cut]).items():
            for where in (group, "all"):
                score = scores.setdefault((where, name), Score(group=where, rule=name))
                took_s += score_series(score, rules, readings[cut:], windows[f"{group}/{file.name}"])
                count += (len(readings) - cut) * len(rules)
    rise = (make_rule(_row("above", (None, 0.5, 1.0), kind="rate", span_s=HOUR_S), _ALWAYS),)
    sites = read_usgs(usgs) if usgs else {}
    told = [replay(lambda _source, _metric: rise, each, each[-1].observed_at) for each in sites.values()]
    return Result(
        scores=sorted(scores.values(), key=lambda each: each.group == "all"),
        readings=count,
        readings_per_s=count / took_s if took_s else 0.0,
        usgs_readings=sum(map(len, sites.values())),
        usgs_cases=sum(each.opens_case for openings in told for each in openings),
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Run."""
    parser = argparse.ArgumentParser(prog="wardline bench sensing", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--nab", type=Path, required=True, help="folder of NAB, with data/ and labels/")
    parser.add_argument("--group", default="*", help="only the series of this folder of data/ (default: all)")
    parser.add_argument("--usgs", type=Path, help="folder of recorded answers of the USGS water service")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    options = parser.parse_args(argv)
    result = measure(options.nab, options.usgs, options.group)
    _show(result)
    if options.json:
        options.json.write_text(json.dumps(msgspec.to_builtins(result), indent=1) + "\n", encoding="utf-8")
    return 0


def _show(result: Result) -> None:
    print(f"{'series':<26}{'rule':<14}{'windows hit':>12}{'cases':>7}{'false':>7}{'quiet days':>12}{'false/day':>11}")
    for score in result.scores:
        print(
            f"{score.group + f' ({score.series})':<26}{score.rule:<14}{f'{score.hits}/{score.windows}':>12}"
            f"{score.cases:>7}{score.false_cases:>7}{score.quiet_days:>12.1f}{score.false_per_day:>11.3f}"
        )
    print(f"{result.readings:,} times a rule looked at a reading, {result.readings_per_s:,.0f} a second")
    print(f"USGS: {result.usgs_readings} readings of gage height, {result.usgs_cases} cases")


if __name__ == "__main__":
    raise SystemExit(main())
