"""What a screen begins with: everything that its user may see, as of one seq."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec

from dispatch.access import Actor, may_see_fact
from dispatch.case import Case
from dispatch.city import Codes
from dispatch.citymap import City
from services.engine.desk import Desk
from services.engine.state import State
from services.live.hub import Hub, may_see_staff
from services.live.views import WorkerView, case_row, worker_view
from services.observe import clock

ROWS_AT_ONCE = 100
"""Cases written out before all else has its turn: about a millisecond. All 10,000 at once would stop the city."""

_encode = msgspec.json.Encoder().encode

Overview = Callable[[Actor], Awaitable[Any]]
"""The board's tiles of today, for one user."""


class Snapshots:
    """Gathers between two turns of the engine, so that each snapshot is the state at exactly its seq."""

    def __init__(
        self, desk: Desk, hub: Hub, usernames: Callable[[], Awaitable[dict[str, str]]], overview: Overview
    ) -> None:
        self.desk, self.hub, self.usernames, self.overview = desk, hub, usernames, overview

    async def take(
        self, actor: Actor, topics: frozenset[str], areas: frozenset[str], at_that_instant: Callable[[], None]
    ) -> bytes:
        """Return the snapshot frame; `at_that_instant` runs while the engine stands still.

        `topics` are such as the actor may listen to. Only the gathering keeps the engine; cases are frozen, so
        they can be written out while it goes on.
        """
        codes = self.desk.city.codes
        names = await self.usernames() if "workers" in topics else {}
        metrics = await self.overview(actor) if "metrics" in topics else None
        cases: dict[str, Sequence[Case]] = {}
        async with self.desk.quiet():
            state, now, head = self.desk.state, clock.now(), {"type": "snapshot", "seq": self.hub.seq}
            at_that_instant()
            if "cases" in topics and not actor.worker_id:
                cases["cases"] = list(state.book.open_cases())
            if "tasks" in topics and actor.worker_id:
                cases["tasks"] = state.book.tasks_of(actor.worker_id)
            staff = _staff(state, self.desk.city, actor, names) if "workers" in topics else None
        parts = [_encode(head)[:-1], b',"now":', _encode(now)]
        for topic, found in cases.items():
            parts += [b',"', topic.encode(), b'":[', *await _write_rows(found, actor, areas, codes, now), b"]"]
        if staff is not None:
            parts += [b',"workers":', _encode(staff)]
        if metrics is not None:
            parts += [b',"metrics":', _encode(metrics)]
        return b"".join([*parts, b"}"])


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
