"""What it costs to decide: from an event to a case that is opened, filed and sent to a worker.

Method. The demo city (or `--pack`) gets `--workers` workers, made of its own with all of them on duty and spread over
the city, and `--cases` open cases in the engine's book. Then events of random categories at random points of the
city are taken one after the other, as the engine takes them, on one thread:

- triage: classify and locate
- look: the open cases that may be the same happening, out of the book
- decide: known or new, doubts, filing, the responsibility matrix, the shortlist and the sending
- apply: the facts are folded into the case, and the roster counts the task

Every event opens and sends a case of its own: one that finds a known case or that waits for a person is left out, and
counted. After each event the task is taken from the roster again, so that nobody fills up. Nothing is stored: the
database has benchmarks of its own. The time is the process's CPU time, so that a busy machine does not count.

`worst` is the choice alone where all workers are of one department and have the skill, so that nothing can be
left out by the index. The exit status is 1 if the mean of all stages together is over the target.
"""

import argparse
import itertools
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from statistics import mean, quantiles
from time import process_time_ns

import msgspec

from dispatch.assign import Assignment, Roster, assign
from dispatch.case import Case, Fact, Stage, apply
from dispatch.category import Category
from dispatch.city import Worker
from dispatch.citymap import City
from dispatch.decide import Triaged, decide, triage
from dispatch.event import Event, Vocabulary
from dispatch.ids import CaseId, EventId, SourceId, TaskId, WorkerId
from dispatch.situation import Situation
from gis.point import LonLat
from services.city.build import build_city
from services.city.read import read_pack
from services.engine.book import Book

DEMO_PACK = Path(__file__).resolve().parents[1] / "cities" / "yuzhong"
TARGET_US = 200.0
"""What the whole of it may cost: at 2,000 events a second that is 40 % of one core."""
STAGES = ("triage", "look", "decide", "apply")
START = datetime(2026, 3, 3, 2, tzinfo=UTC)


@dataclass
class Result:
    """Times are in microseconds of CPU."""

    city: str
    workers: int
    cases: int
    events: int
    left_out: int
    mean_us: dict[str, float]
    total_mean_us: float
    total_p50_us: float
    total_p99_us: float
    worst_assign_us: float
    target_us: float = TARGET_US


class World:
    """The city with its staff and its open cases."""

    def __init__(self, city: City, workers: int, cases: int, seed: int) -> None:
        self.random = Random(seed)
        staff = {each.id: each for each in self._clone(list(city.codes.workers.values()), city, workers)}
        self.city = replace(city, codes=msgspec.structs.replace(city.codes, workers=staff))
        self.sure = [each for each in city.codes.categories.values() if each.auto_file_confidence <= 1]
        self.roster = Roster(self.city.codes)
        for worker in staff:
            self.roster.set_duty(worker, on_duty=True)
        self.book = Book()
        for number in range(cases):
            facts = self.decide(self.triage(number), number)
            case = self.fold(facts)
            if facts and case:
                self.book.put(None, msgspec.structs.replace(case, id=CaseId(f"open{number}")))

    def _clone(self, some: Sequence[Worker], city: City, count: int) -> Iterator[Worker]:
        for number in range(count):
            like = some[number % len(some)]
            yield msgspec.structs.replace(like, id=WorkerId(f"w{number:05}"), home=self._point(city))

    def _point(self, city: City) -> LonLat:
        west, south, east, north = city.box
        while True:
            point = LonLat(self.random.uniform(west, east), self.random.uniform(south, north))
            if city.areas.find(point) is not None:
                return point

    def event(self, number: int) -> Event:
        category: Category = self.random.choice(self.sure)
        at = START + timedelta(seconds=number / 100)
        return Event(
            id=EventId(f"e{number}"),
            feed="bench",
            source_id=SourceId("bench"),
            vocabulary=Vocabulary.CATEGORY,
            kind=category.code,
            observed_at=at,
            received_at=at,
            point=self._point(self.city),
        )

    def triage(self, number: int) -> Triaged:
        return triage(self.event(number), self.city)

    def look(self, triaged: Triaged) -> list[Case]:
        category, place = triaged.category, triaged.place
        if category is None:
            return []
        return self.book.near(category.code, place.point, category.same_place_m, place.component)

    def decide(self, triaged: Triaged, number: int, cases: Sequence[Case] = ()) -> list[Fact]:
        return decide(
            triaged,
            Situation(city=self.city, roster=self.roster, cases=cases),
            new_id=CaseId(f"c{number}"),
            number=f"260303-{number:05}",
            task_id=TaskId(f"t{number}"),
            at=triaged.event.received_at,
        )

    def fold(self, facts: Sequence[Fact]) -> Case | None:
        case: Case | None = None
        for seq, fact in enumerate(facts, start=1):
            case = apply(case, fact, seq)
        return case


def main(argv: Sequence[str] | None = None) -> int:
    """Run; the exit status is 1 if the target was missed."""
    parser = argparse.ArgumentParser(prog="wardline bench assign", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--pack", type=Path, default=DEMO_PACK, help="folder of the city pack (default: the demo city)")
    parser.add_argument("--workers", type=int, default=200, help="workers on duty (default: %(default)s)")
    parser.add_argument("--cases", type=int, default=10_000, help="open cases (default: %(default)s)")
    parser.add_argument("--events", type=int, default=5_000, help="events that are taken (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    options = parser.parse_args(argv)
    city = build_city(read_pack(options.pack))
    result = measure(city, options.workers, options.cases, options.events, options.seed)
    _show(result)
    if options.json:
        options.json.write_text(json.dumps(asdict(result), indent=1) + "\n", encoding="utf-8")
    return 1 if result.total_mean_us > TARGET_US else 0


def measure(city: City, workers: int, cases: int, events: int, seed: int) -> Result:
    """Take events until as many as wanted have each opened and sent a case."""
    world = World(city, workers, cases, seed)
    rows: list[tuple[float, ...]] = []
    number = left_out = 0
    while len(rows) < events and left_out <= 10 * events:
        number += 1
        row = _take(world, number)
        if row:
            rows.append(row)
        else:
            left_out += 1
    totals = [sum(row) for row in rows]
    cuts = quantiles(totals, n=100)
    return Result(
        city=city.id,
        workers=workers,
        cases=len(world.book),
        events=len(rows),
        left_out=left_out,
        mean_us={stage: round(mean(row[index] for row in rows), 1) for index, stage in enumerate(STAGES)},
        total_mean_us=round(mean(totals), 1),
        total_p50_us=round(cuts[49], 1),
        total_p99_us=round(cuts[98], 1),
        worst_assign_us=_worst(world),
    )


def _take(world: World, number: int) -> tuple[float, ...] | None:
    """Take one event; return the time of each stage, None if it did not open and send a case."""
    event = world.event(number)
    clock = [process_time_ns()]
    triaged = triage(event, world.city)
    clock.append(process_time_ns())
    near = world.look(triaged)
    clock.append(process_time_ns())
    facts = world.decide(triaged, number, near)
    clock.append(process_time_ns())
    case = world.fold(facts) if len(facts) == 3 else None
    if case is not None:
        world.roster.follow(None, case)
    clock.append(process_time_ns())
    if case is None or case.stage is not Stage.DISPATCHED:
        return None
    world.roster.follow(case, msgspec.structs.replace(case, stage=Stage.CLOSED))
    return tuple((after - before) / 1000 for before, after in itertools.pairwise(clock))


def _worst(world: World, rounds: int = 500) -> float:
    """Return the time of the choice alone where every worker could be sent."""
    case = next(world.book.open_cases())
    category = world.city.codes.categories[case.category]
    staff = {
        each.id: msgspec.structs.replace(
            each, department=case.department, skills=each.skills | {category.skill}, areas=()
        )
        for each in world.city.codes.workers.values()
    }
    codes = msgspec.structs.replace(world.city.codes, workers=staff)
    roster = Roster(codes)
    for worker in staff:
        roster.set_duty(worker, on_duty=True)
    started = process_time_ns()
    for _ in range(rounds):
        found = assign(case, codes, world.city.flow, roster)
    took_us = (process_time_ns() - started) / rounds / 1000
    if not isinstance(found, Assignment):
        raise SystemExit("nobody could be sent: the benchmark would measure nothing")
    return round(took_us, 1)


def _show(result: Result) -> None:
    print(f"{result.city}: {result.workers} workers, {result.cases} open cases, {result.events} events opened and sent")
    for stage, took_us in result.mean_us.items():
        print(f"  {stage:<8}{took_us:8.1f} us")
    print(f"  {'total':<8}{result.total_mean_us:8.1f} us  p50 {result.total_p50_us}  p99 {result.total_p99_us}")
    print(f"  worst choice, all {result.workers} able: {result.worst_assign_us} us")
    print(f"  target: {result.target_us:g} us, {'missed' if result.total_mean_us > TARGET_US else 'kept'}")


if __name__ == "__main__":
    raise SystemExit(main())
