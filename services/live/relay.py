"""From a committed turn to the sockets: facts at once, positions and counters once a second."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any

import msgspec
import structlog

from dispatch.access import Actor
from dispatch.ids import WorkerId
from dispatch.notices import NoticeKind
from services.engine.desk import Desk
from services.live.hub import Hub, may_see_staff
from services.observe import clock, counters
from services.store import outbox
from services.store.database import Database
from services.store.journal import Notice
from services.store.outbox import Key

EVERY_S = 1.0
"""Positions and counters move on the screens so often; nobody can use more."""

log = structlog.get_logger(__name__)
_encode = msgspec.json.Encoder().encode


class Relay:
    """Tells what is no fact, and notes which notices have reached a phone."""

    def __init__(self, db: Database, hub: Hub, overview: Callable[[Actor], Awaitable[Any]]) -> None:
        self.db, self.hub, self.overview = db, hub, overview
        self._delivered: list[Key] = []
        self._joined: set[WorkerId] = set()
        self._told_at: datetime | None = None
        self._told_seq = -1

    def note(self, notices: Sequence[Notice]) -> None:
        """Note the tasks whose worker has a socket open: they went out with the facts. Others have their own time
        (services/live/notices.py).
        """
        self._delivered.extend(
            (notice.seq, notice.recipient)
            for notice in notices
            if notice.kind == NoticeKind.TASK and self.hub.has_worker(WorkerId(notice.recipient))
        )

    def joined(self, actor: Actor) -> None:
        """A worker's phone has all of his tasks: what waited for it is delivered."""
        if actor.worker_id:
            self._joined.add(actor.worker_id)

    async def run(self, desk: Desk) -> None:
        """Tell once a second, until cancelled."""
        while True:
            await asyncio.sleep(EVERY_S)
            try:
                self._gauge(desk)
                await self._mark_delivered()
                self._tell_positions(desk)
                await self._tell_metrics()
            except Exception as error:  # noqa: BLE001 - outermost loop: the next second is another try
                log.error("relay failed", error=f"{type(error).__name__}: {error}")

    def _gauge(self, desk: Desk) -> None:
        counters.OPEN_CASES.set(len(desk.state.book))
        counters.LISTENERS.set(len(self.hub))
        counters.PENDING.set(desk.waiting())

    async def _mark_delivered(self) -> None:
        keys, workers, at = self._delivered, self._joined, clock.now()
        if keys or workers:
            self._delivered, self._joined = [], set()
            try:
                await self.db.write(
                    lambda connection: outbox.mark_delivered(connection, keys, sorted(workers), at), patient=True
                )
            except Exception:
                self._delivered[:0] = keys
                self._joined |= workers
                raise

    def _tell_positions(self, desk: Desk) -> None:
        since, self._told_at = self._told_at, clock.now()
        moved = [worker for worker, at in desk.state.positions.items() if since is None or at > since]
        if not moved:
            return
        for group in self.hub.groups("workers"):
            frame = _positions(desk, moved, group[0].actor)
            for listener in group if frame else ():
                listener.offer(frame)

    async def _tell_metrics(self) -> None:
        """One frame for each scope, and only when something has happened."""
        if self._told_seq == self.hub.seq:
            return
        self._told_seq = self.hub.seq
        for group in self.hub.groups("metrics"):
            actor = next(iter(group)).actor
            frame = _encode({"type": "metrics", "overview": await self.overview(actor)}).decode()
            for listener in list(group):
                listener.offer(frame)


def _positions(desk: Desk, moved: Sequence[WorkerId], actor: Actor) -> str:
    """Return the frame of those who have moved and whom the actor may see, "" if there are none."""
    known, state = desk.city.codes.workers, desk.state
    seen = [
        {"id": worker, "point": state.roster.get(worker).point, "at": state.positions[worker]}
        for worker in moved
        if may_see_staff(actor, known[worker].department)
    ]
    return _encode({"type": "positions", "workers": seen}).decode() if seen else ""
