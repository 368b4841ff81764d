"""What a screen begins with: everything that its user may see, as of one seq."""

from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime
from typing import Any

import msgspec

from dispatch.access import Actor, may, may_see_fact
from dispatch.case import Case
from dispatch.city import Codes
from dispatch.citymap import City
from services.engine.desk import Desk
from services.engine.state import State
from services.live.hub import Hub
from services.live.views import WorkerView, case_row, worker_view
from services.observe import clock

_encode = msgspec.json.Encoder().encode

Overview = Callable[[Actor], Awaitable[Any]]
"""The board's tiles of today, for one user."""


class Snapshots:
    """Makes snapshots between two turns of the engine, so that each is the state at exactly its seq."""

    def __init__(self, desk: Desk, hub: Hub, usernames: Callable[[], Awaitable[dict[str, str]]], overview: Overview) -> None:
        self.desk, self.hub, self.usernames, self.overview = desk, hub, usernames, overview

    async def take(
        self, actor: Actor, topics: frozenset[str], areas: frozenset[str], at_that_instant: Callable[[], None]
    ) -> bytes:
        """Return the snapshot frame; `at_that_instant` runs while the engine stands still."""
        names = await self.usernames() if "workers" in topics else {}
        metrics = await self.overview(actor) if "metrics" in topics and may(actor, "metrics.read") else None
        async with self.desk.quiet():
            state, city, now = self.desk.state, self.desk.city, clock.now()
            at_that_instant()
            parts: dict[str, Any] = {"type": "snapshot", "seq": self.hub.seq, "now": now}
            if "cases" in topics and not actor.worker_id and may(actor, "cases.read"):
                parts["cases"] = _rows(state.book.open_cases(), actor, areas, city.codes, now)
            if "workers" in topics and may(actor, "workers.read"):
                parts["workers"] = _staff(state, city, names)
            if "tasks" in topics and actor.worker_id:
                parts["tasks"] = [case_row(case, city.codes, now) for case in state.book.tasks_of(actor.worker_id)]
            if metrics is not None:
                parts["metrics"] = metrics
            return _encode(parts)


def _rows(cases: Iterable[Case], actor: Actor, areas: frozenset[str], codes: Codes, now: datetime) -> list[Any]:
    return [
        case_row(case, codes, now)
        for case in cases
        if may_see_fact(actor, case.place.area, case.department, (case.worker,))
        and (not areas or case.place.area in areas)
    ]


def _staff(state: State, city: City, usernames: dict[str, str]) -> list[WorkerView]:
    return [
        worker_view(city.codes.workers[found.worker], found, state.positions.get(found.worker), usernames.get(found.worker, ""))
        for found in sorted(state.roster, key=lambda each: each.worker)
    ]
