"""The past fortnight of a city, as `wardline import events FILE --feed history` reads it.

`python -m simulators.history --until 2026-11-23T00:00:00+08:00 > history.jsonl` writes one record a line, the oldest
first: about 200 cases a day, as often and as fast as cities report of themselves, 98 % of them in time.
Every case is closed by `--until`; the categories' limits are those of the standard tables or the pack's own.
"""

import argparse
import csv
import json
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from shapely import Polygon
from shapely.geometry import Point, shape

from simulators.clock import now
from simulators.frequencies import WEIGHTS, busy_at
from simulators.sayings import SAYINGS, say

STANDARD = Path(__file__).resolve().parents[1] / "cities" / "standard"
DAYS, PER_DAY = 14, 200
LATE = 0.02
"""Share of cases that are handled after their limit."""
VIDEO, CITIZEN, HOTLINE = 0.58, 0.24, 0.06
"""Shares of the channels; the rest are patrols."""
WEEKEND = 1.15
"""More people in the streets."""
LIMIT_HOURS = {"UH": 1.0, "WH": 1.6, "WD": 24.0}
"""Roughly how many hours of the clock a unit of a limit is worth; only lateness is drawn from it."""

ALL_DAY_TRADES = frozenset({"sanitation"})
"""Trades that work from morning to night, so that their working hours are little more than hours of the clock."""

Row = Mapping[str, str]
Record = dict[str, Any]


class Pace(NamedTuple):
    """Minutes, from and to, of one step."""

    least: float
    most: float

    def draw(self, random: Random) -> timedelta:
        """A step's time, short ones more often."""
        return timedelta(minutes=random.triangular(self.least, self.most, self.least + (self.most - self.least) * 0.25))


FILE = {"frigate": Pace(0.02, 0.1), "report": Pace(0.8, 14)}
ACCEPT, ARRIVE, CHECK, CLOSE = Pace(0.3, 8), Pace(4, 32), Pace(4, 75), Pace(0.1, 4)
HANDLE_EVENT, HANDLE_PART = Pace(6, 95), Pace(40, 720)
"""A stall moves on in minutes; a lamp or a cover takes a crew and a spare part."""


@dataclass(frozen=True)
class Ground:
    """What of a pack the past is made of."""

    categories: Mapping[str, Row]
    grids: Sequence[Polygon]
    cameras: Sequence[Row]
    workers: Sequence[Row]
    duties: Sequence[Row]
    street_of: Sequence[tuple[str, Polygon]]
    zone: ZoneInfo


def read_ground(pack: Path) -> Ground:
    """Read the files of a pack that the past needs."""
    sources = _table(pack / "sources.csv")
    return Ground(
        categories={row["code"]: row for row in _table(pack / "categories.csv")},
        grids=[area for _, area in _shapes(pack / "areas" / "grid.geojson")],
        cameras=[row for row in sources if row["kind"] == "camera"],
        workers=_table(pack / "workers.csv"),
        duties=_table(pack / "duties.csv"),
        street_of=_shapes(pack / "areas" / "street.geojson"),
        zone=ZoneInfo(tomllib.loads((pack / "city.toml").read_text(encoding="utf-8"))["timezone"]),
    )


class Wanted(NamedTuple):
    """Which past: the `days` before `until`."""

    until: datetime
    days: int = DAYS
    per_day: int = PER_DAY
    seed: int = 1


def make_history(ground: Ground, wanted: Wanted) -> Iterator[Record]:
    """Yield the records, the oldest first. Same arguments, same records."""
    until = wanted.until.astimezone(ground.zone)
    random = Random(f"{wanted.seed}/history/{until.isoformat()}")
    opened = sorted(_moments(wanted._replace(until=until), random))
    number = 0
    for at in opened:
        record = _record(ground, at, random)
        if record["closed_at"] <= until:
            number += 1
            times = {name: value.isoformat() for name, value in record.items() if isinstance(value, datetime)}
            yield {"id": f"past-{wanted.seed}-{number:05d}", **record, **times}


def _moments(wanted: Wanted, random: Random) -> Iterator[datetime]:
    for back in range(wanted.days, 0, -1):
        day = wanted.until - timedelta(days=back)
        count = round(wanted.per_day * (WEEKEND if day.weekday() >= 5 else 1.0) * random.uniform(0.88, 1.12))
        placed = 0
        while placed < count:
            hour = random.uniform(0, 24)
            at = day + timedelta(hours=hour)
            if random.random() * 1.7 < busy_at(at.hour + at.minute / 60):
                placed += 1
                yield at


def _record(ground: Ground, at: datetime, random: Random) -> Record:
    codes = sorted(code for code in WEIGHTS if code in ground.categories)
    code = random.choices(codes, [WEIGHTS[each] for each in codes])[0]
    category = ground.categories[code]
    channel = _channel(code, random)
    feed = "frigate" if channel == "video" else "report"
    camera = random.choice(ground.cameras) if channel == "video" and ground.cameras else None
    lon, lat = (float(camera["lon"]), float(camera["lat"])) if camera else _somewhere(ground, random)
    record: Record = {
        "opened_at": at,
        "category": code,
        "text": _text(code, category, channel, random),
        "lon": round(lon, 6),
        "lat": round(lat, 6),
        "feed": feed,
        "source": camera["id"] if camera else f"desk-{channel}",
        "worker": _worker(ground, category, (lon, lat), random),
    }
    return {**record, **_times(category, feed, at, random)}


def _channel(code: str, random: Random) -> str:
    draw = random.random()
    if draw < VIDEO or code not in SAYINGS:
        return "video"
    return "citizen" if draw < VIDEO + CITIZEN else "hotline" if draw < VIDEO + CITIZEN + HOTLINE else "patrol"


def _text(code: str, category: Row, channel: str, random: Random) -> str:
    if channel == "video":
        return category["name_zh"]
    return say(code, ("", ""), random, english=channel == "citizen" and random.random() < 0.2)


def _times(category: Row, feed: str, at: datetime, random: Random) -> dict[str, datetime]:
    filed = at + FILE[feed].draw(random)
    accepted = filed + ACCEPT.draw(random)
    arrived = accepted + ARRIVE.draw(random)
    handled = arrived + (HANDLE_PART if category["kind"] == "part" else HANDLE_EVENT).draw(random)
    due = filed + timedelta(hours=_limit_hours(category))
    if random.random() < LATE:
        handled = max(handled, due + timedelta(hours=random.uniform(26, 60)))
    else:
        handled = min(handled, filed + (due - filed) * random.uniform(0.6, 0.9))
        accepted, arrived = min(accepted, handled), min(arrived, handled)
    checked = handled + CHECK.draw(random)
    return {
        "filed_at": filed,
        "dispatched_at": filed + timedelta(seconds=1),
        "accepted_at": max(accepted, filed + timedelta(seconds=2)),
        "arrived_at": max(arrived, filed + timedelta(seconds=3)),
        "handled_at": max(handled, filed + timedelta(seconds=4)),
        "checked_at": checked,
        "closed_at": checked + CLOSE.draw(random),
    }


def _limit_hours(category: Row) -> float:
    """The limit that a case of the category is given: the urgent one for what is urgent, else the normal one."""
    urgent = category["priority"] != "general" and category["urgent_limit"]
    amount, unit = ("urgent_limit", "urgent_unit") if urgent else ("normal_limit", "normal_unit")
    hour = category[unit] == "WH" and category["trade"] in ALL_DAY_TRADES
    return float(category[amount] or 1) * (1.0 if hour else LIMIT_HOURS.get(category[unit], 24.0))


def _somewhere(ground: Ground, random: Random) -> tuple[float, float]:
    """A point inside one of the unit grids."""
    grid = random.choice(ground.grids)
    west, south, east, north = grid.bounds
    for _ in range(20):
        point = Point(random.uniform(west, east), random.uniform(south, north))
        if grid.contains(point):
            return point.x, point.y
    middle = grid.representative_point()
    return middle.x, middle.y


def _worker(ground: Ground, category: Row, point: tuple[float, float], random: Random) -> str:
    """Someone of the department whose duty it is, with the skill; "" where the pack has nobody."""
    here = Point(point)
    street = next((code for code, area in ground.street_of if area.intersects(here)), "")
    fitting = [duty for duty in ground.duties if _fits(duty, category, street)]
    if not fitting:
        return ""
    department = max(fitting, key=lambda duty: (bool(duty["category"]), bool(duty["area"])))["department"]
    able = [
        worker["id"]
        for worker in ground.workers
        if worker["department"] == department and category["skill"] in worker["skills"].split("|")
    ]
    return random.choice(able) if able else ""


def _fits(duty: Row, category: Row, street: str) -> bool:
    return (
        duty["category"] in ("", category["code"])
        and duty["trade"] in ("", category["trade"])
        and (not duty["area"] or street.startswith(duty["area"]))
    )


def _table(path: Path) -> list[Row]:
    """A table of the pack, or the standard one where the pack has none."""
    found = path if path.exists() else STANDARD / path.name
    with found.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _shapes(path: Path) -> list[tuple[str, Polygon]]:
    features = json.loads(path.read_text(encoding="utf-8"))["features"]
    shapes = [(feature["properties"]["code"], shape(feature["geometry"])) for feature in features]
    return [(code, area) for code, area in shapes if isinstance(area, Polygon)]


def main() -> None:
    """Write the past to standard output."""
    parser = argparse.ArgumentParser(prog="python -m simulators.history", description="Makes a city's past.")
    parser.add_argument("--pack", type=Path, default=STANDARD.parent / "yuzhong")
    parser.add_argument("--until", type=datetime.fromisoformat, default=now(), help="RFC 3339, with a zone (now)")
    parser.add_argument("--days", type=int, default=DAYS)
    parser.add_argument("--per-day", type=int, default=PER_DAY)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    if given.until.tzinfo is None:
        parser.error("--until needs a zone, as in 2026-11-23T00:00:00+08:00")
    wanted = Wanted(given.until, given.days, given.per_day, given.seed)
    records = make_history(read_ground(given.pack), wanted)
    for record in records:
        sys.stdout.write(json.dumps(record, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
