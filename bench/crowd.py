"""A city with very many open cases, written as the store writes them: for benchmarks and browser tests.

Every case is a fold of facts that might have happened: opened, filed, sent, accepted, arrived, handled, checked. They
lie all over the city, are of all its categories, and are spread over the stages as STAGES says. The texts are those
that simulated people say. The same seed makes the same city.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

import msgspec
from sqlalchemy import Connection

from dispatch.case import Case, Fact, FactData, apply
from dispatch.category import Category
from dispatch.city import Worker
from dispatch.citymap import City
from dispatch.facts import (
    CaseFiled,
    CaseHandled,
    CaseOpened,
    CaseSummary,
    CheckPassed,
    TaskAccepted,
    TaskDispatched,
    WorkerArrived,
)
from dispatch.ids import CaseId, EventId, SourceId, TaskId
from dispatch.place import Basis, Place
from gis.point import LonLat
from services.store import journal
from services.store.journal import Batch, Entry
from simulators.sayings import SAYINGS

STAGES = (
    ("reported", 8),
    ("filed", 12),
    ("dispatched", 22),
    ("accepted", 24),
    ("arrived", 14),
    ("handled", 14),
    ("checked", 6),
)
"""How far a case has come, and how many of a hundred have come so far."""
OPENED_WITHIN = timedelta(days=3)
LIMIT = timedelta(hours=36)
"""So that some are over their limit, some near it, most within."""
CASES_PER_BATCH = 500

_encode = msgspec.json.Encoder().encode


@dataclass
class Crowd:
    """Makes the cases of one city, one after the other."""

    city: City
    random: Random
    at: datetime
    seq: int = 0

    def __post_init__(self) -> None:
        codes = self.city.codes
        self.categories = sorted(codes.categories.values(), key=lambda each: each.code)
        self.workers = sorted(codes.workers.values(), key=lambda each: each.id)
        self.skilled: dict[str, list[Worker]] = {}
        for worker in self.workers:
            for skill in worker.skills:
                self.skilled.setdefault(skill, []).append(worker)
        self.sayings = [text for zh, en in SAYINGS.values() for text in (*zh, *en)]
        self.places = [area.name_zh for area in codes.areas.values() if area.level == "community"] or ["城区"]

    def list_batches(self, count: int) -> Iterator[Batch]:
        """Yield the cases in batches, the oldest first."""
        for start in range(0, count, CASES_PER_BATCH):
            batch = Batch()
            for number in range(start, min(count, start + CASES_PER_BATCH)):
                self._add(batch, number, count)
            yield batch

    def _add(self, batch: Batch, number: int, count: int) -> None:
        opened_at = self.at - OPENED_WITHIN * (1 - number / count)
        case_id = CaseId(f"{int(opened_at.timestamp() * 1000):012x}{number:016x}")
        case: Case | None = None
        step = timedelta(seconds=self.random.uniform(20, 600))
        for place, data in enumerate(self._story(number, opened_at)):
            self.seq += 1
            at = min(opened_at + place * step, self.at)
            case = apply(case, Fact(case_id, at, data), self.seq)
            batch.entries.append(
                Entry(
                    seq=self.seq,
                    at=at,
                    kind=type(data).__name__,
                    case_id=case_id,
                    area=case.place.area,
                    department=case.department,
                    workers=(case.worker,) if case.worker else (),
                    data=_encode(data),
                )
            )
        assert case is not None
        batch.cases[case_id] = case

    def _story(self, number: int, opened_at: datetime) -> Sequence[FactData]:
        category: Category = self.random.choice(self.categories)
        place, reach = self._place(), self._reach()
        text = self.random.choice(self.sayings).format(place=self.random.choice(self.places))
        opened = CaseOpened(
            number=f"{opened_at.astimezone(self.city.timezone):%y%m%d}-{number + 1:05d}",
            category=category.code,
            priority=category.priority,
            severity=1 + number % 3,
            place=place,
            feed=("frigate", "report", "telemetry")[number % 3],
            source_id=SourceId("crowd"),
            event_id=EventId(f"crowd/{number}"),
            text=text,
            waiting="wait.category" if reach == 0 else "",
        )
        worker = self.random.choice(self.skilled.get(category.skill) or self.workers)
        task, who = TaskId(f"t{number:031x}"), worker.id
        due_at = opened_at + LIMIT * self.random.uniform(0.5, 3)
        summary = CaseSummary(
            number=opened.number,
            category=category.code,
            priority=category.priority,
            place=place,
            due_at=due_at,
            text=text,
        )
        story: list[FactData] = [
            opened,
            CaseFiled(
                department=worker.department, due_at=due_at, warn_at=opened_at + (due_at - opened_at) * 0.7, by="rule"
            ),
            TaskDispatched(department=worker.department, by="rule", attempt=1, case=summary, task_id=task, worker=who),
            TaskAccepted(task_id=task, worker=who),
            WorkerArrived(task_id=task, worker=who),
            CaseHandled(note="已处理", task_id=task, worker=who),
            CheckPassed(by="collector1"),
        ]
        return story[: reach + 1]

    def _reach(self) -> int:
        return self.random.choices(range(len(STAGES)), [share for _, share in STAGES])[0]

    def _place(self) -> Place:
        west, south, east, north = self.city.box
        while True:
            point = LonLat(round(self.random.uniform(west, east), 6), round(self.random.uniform(south, north), 6))
            found = self.city.locate(point)
            if found.inside:
                return msgspec.structs.replace(found, basis=Basis.COORDINATES)


def fill(connection: Connection, city: City, count: int, at: datetime, seed: int = 1) -> int:
    """Write so many open cases into an empty database; return the seq of the last fact."""
    crowd = Crowd(city, Random(seed), at, journal.last_seq(connection))
    for batch in crowd.list_batches(count):
        journal.record(connection, [batch])
    return crowd.seq
