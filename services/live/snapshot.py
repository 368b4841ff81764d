"""What a screen begins with: everything that its user may see, as of one seq; whole, or in parts."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from heapq import nsmallest
from itertools import islice
from typing import Any

import msgspec

from dispatch.access import Actor, may_see_fact
from dispatch.case import Case, Stage
from dispatch.city import Codes
from dispatch.citymap import City
from services.engine.desk import Desk
from services.engine.state import State
from services.live.compact import COLUMNS, compact_row
from services.live.hub import Hub, may_see_staff
from services.live.views import WorkerView, case_row, worker_view
from services.observe import clock

ROWS_AT_ONCE = 100
"""Cases written out before all else has its turn: about a millisecond. All 10,000 at once would stop the city."""
LOOKED_AT_ONCE = 1_000
"""Cases looked at before all else has its turn, where nothing is written: about a millisecond too."""
FIRST_OF_STAGE = 40
"""The first part has so many of each stage, the most urgent: whatever queue the screen shows, it fills a page of it."""
ROWS_PER_PART = 1_000
"""Rows of the parts after it: some 500 kB, which a browser takes in within one frame of its picture."""

_encode = msgspec.json.Encoder().encode

Overview = Callable[[Actor], Awaitable[Any]]
"""The board's tiles of today, for one user."""


@dataclass(frozen=True, slots=True)
class _Gathered:
    """All that was taken while the engine stood still. Cases are frozen: they can be written out while it goes on."""

    seq: int
    now: datetime
    cases: dict[str, Sequence[Case]]
    staff: list[WorkerView] | None
    metrics: Any


class Snapshots:
    """Gathers between two turns of the engine, so that each snapshot is the state at exactly its seq."""

    def __init__(
        self, desk: Desk, hub: Hub, usernames: Callable[[], Awaitable[dict[str, str]]], overview: Overview
    ) -> None:
        self.desk, self.hub, self.usernames, self.overview = desk, hub, usernames, overview

    async def take(
        self,
        actor: Actor,
        topics: frozenset[str],
        areas: frozenset[str],
        at_that_instant: Callable[[], None],
        *,
        in_parts: bool = False,
    ) -> AsyncIterator[bytes]:
        """Yield the snapshot's frames, one unless `in_parts`; `at_that_instant` runs while the engine stands still.

        `topics` are such as the actor may listen to.
        """
        taken = await self._gather(actor, topics, at_that_instant)
        if not in_parts:
            yield await self._write_whole(taken, actor, areas)
            return
        seen = {topic: await _group(cases, actor, areas) for topic, cases in taken.cases.items()}
        left = {topic: sum(map(len, stages.values())) for topic, stages in seen.items()}
        yield b"".join([*_head(taken), b',"parts":', _encode(left), *_tail(taken), b"}"])
        for topic, stages in seen.items():
            async for part in _write_parts(topic, stages, left[topic]):
                yield part

    async def _gather(self, actor: Actor, topics: frozenset[str], at_that_instant: Callable[[], None]) -> _Gathered:
        names = await self.usernames() if "workers" in topics else {}
        metrics = await self.overview(actor) if "metrics" in topics else None
        cases: dict[str, Sequence[Case]] = {}
        async with self.desk.quiet():
            state, now, seq = self.desk.state, clock.now(), self.hub.seq
            at_that_instant()
            if "cases" in topics and not actor.worker_id:
                cases["cases"] = list(state.book.open_cases())
            if "tasks" in topics and actor.worker_id:
                cases["tasks"] = state.book.tasks_of(actor.worker_id)
            staff = _staff(state, self.desk.city, actor, names) if "workers" in topics else None
        return _Gathered(seq, now, cases, staff, metrics)

    async def _write_whole(self, taken: _Gathered, actor: Actor, areas: frozenset[str]) -> bytes:
        codes, parts = self.desk.city.codes, _head(taken)
        for topic, found in taken.cases.items():
            rows = await _write_rows(found, actor, areas, codes, taken.now)
            parts += [b',"', topic.encode(), b'":[', *rows, b"]"]
        return b"".join([*parts, *_tail(taken), b"}"])


def _head(taken: _Gathered) -> list[bytes]:
    return [_encode({"type": "snapshot", "seq": taken.seq, "now": taken.now})[:-1]]


def _tail(taken: _Gathered) -> list[bytes]:
    parts: list[bytes] = []
    if taken.staff is not None:
        parts += [b',"workers":', _encode(taken.staff)]
    if taken.metrics is not None:
        parts += [b',"metrics":', _encode(taken.metrics)]
    return parts


async def _write_rows(
    cases: Sequence[Case], actor: Actor, areas: frozenset[str], codes: Codes, now: datetime
) -> list[bytes]:
    """Return the rows of those cases that may be seen: the inside of a JSON array, in pieces that need no copy."""
    written: list[bytes] = []
    for start in range(0, len(cases), ROWS_AT_ONCE):
        seen = _visible(cases[start : start + ROWS_AT_ONCE], actor, areas)
        rows = _encode([case_row(case, codes, now) for case in seen])[1:-1]
        if rows:
            written += [b",", rows] if written else [rows]
        await asyncio.sleep(0)
    return written


async def _group(cases: Sequence[Case], actor: Actor, areas: frozenset[str]) -> dict[Stage, list[Case]]:
    """Return those cases that may be seen, by stage."""
    stages: dict[Stage, list[Case]] = {}
    for start in range(0, len(cases), LOOKED_AT_ONCE):
        for case in _visible(cases[start : start + LOOKED_AT_ONCE], actor, areas):
            stages.setdefault(case.stage, []).append(case)
        await asyncio.sleep(0)
    return stages


async def _write_parts(topic: str, stages: dict[Stage, list[Case]], left: int) -> AsyncIterator[bytes]:
    """Yield the parts: the most urgent of each stage first, then all others. The last one has `left` 0."""
    first: list[Case] = []
    for cases in stages.values():
        first += nsmallest(FIRST_OF_STAGE, cases, key=_pressing_at)
        await asyncio.sleep(0)
    told = {case.id for case in first}
    left -= len(first)
    yield await _write_part(topic, first, left)
    others = (case for cases in stages.values() for case in cases if case.id not in told)
    while left:
        rows = list(islice(others, ROWS_PER_PART))
        left -= len(rows)
        yield await _write_part(topic, rows, left)


def _pressing_at(case: Case) -> datetime:
    return case.due_at or case.opened_at


async def _write_part(topic: str, cases: Sequence[Case], left: int) -> bytes:
    rows: list[bytes] = []
    for start in range(0, len(cases), ROWS_AT_ONCE):
        rows.append(_encode([compact_row(case) for case in cases[start : start + ROWS_AT_ONCE]])[1:-1])
        await asyncio.sleep(0)
    head = _encode({"type": "part", "of": topic, "left": left, "columns": COLUMNS})[:-1]
    return b"".join([head, b',"rows":[', b",".join(rows), b"]}"])


def _visible(cases: Iterable[Case], actor: Actor, areas: frozenset[str]) -> Iterable[Case]:
    return (
        case
        for case in cases
        if may_see_fact(actor, case.place.area, case.department, (case.worker,))
        and (not areas or case.place.area in areas)
    )


def _staff(state: State, city: City, actor: Actor, usernames: dict[str, str]) -> list[WorkerView]:
    known = city.codes.workers
    return [
        worker_view(known[each.worker], each, state.positions.get(each.worker), usernames.get(each.worker, ""))
        for each in sorted(state.roster, key=lambda each: each.worker)
        if may_see_staff(actor, known[each.worker].department)
    ]
