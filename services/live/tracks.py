"""Where workers on duty have been lately: thinned, written a few times a minute, and forgotten within hours."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from dispatch.ids import WorkerId
from gis.point import LonLat, distance_m
from services.engine.desk import Desk
from services.observe import clock
from services.store import tracks
from services.store.database import Database
from services.store.tracks import TrackPoint

LEAST = timedelta(seconds=15)
"""Points of one worker are at least so far apart in time..."""
STEP_M = 10.0
"""...and in space, unless STILL has passed."""
STILL = timedelta(minutes=2)
PENDING_MAX = 20_000
"""Points kept until they are written; past it the oldest are lost, which harms nobody."""


class Tracks:
    """Takes positions as they are told; `settle` is run by a job."""

    def __init__(self, db: Database, desk: Desk, keep: timedelta) -> None:
        self.db, self.desk, self.keep = db, desk, keep
        self._pending: list[TrackPoint] = []
        self._last: dict[WorkerId, TrackPoint] = {}

    def note(self, worker: WorkerId, point: LonLat, accuracy_m: float | None, at: datetime) -> None:
        """Take a position of a worker on duty; most are not worth keeping."""
        last = self._last.get(worker)
        if last is not None:
            since = at - last.at
            if since < LEAST or (since < STILL and distance_m(last.point, point) < STEP_M):
                return
        taken = TrackPoint(worker=worker, at=at, point=point, accuracy_m=accuracy_m)
        self._last[worker] = taken
        self._pending.append(taken)
        del self._pending[:-PENDING_MAX]

    async def list_track(self, worker: WorkerId, since: datetime) -> Sequence[TrackPoint]:
        """Return a worker's positions since then, oldest first; none of one who is off duty."""
        if not self.desk.state.roster.get(worker).on_duty:
            return []
        await self._write()
        since = max(since, clock.now() - self.keep)
        return await self.db.read(lambda connection: tracks.list_points(connection, worker, since))

    async def settle(self) -> int:
        """Write what came in, forget what is past its time and where those are who went off duty; return how many."""
        await self._write()
        gone = [worker for worker in self.desk.state.positions if not self.desk.state.roster.get(worker).on_duty]
        for worker in gone:
            await self.forget(worker)
        before = clock.now() - self.keep
        return len(gone) + await self.db.write(lambda connection: tracks.delete_points(connection, before))

    async def forget(self, worker: WorkerId) -> None:
        """Forget where a worker is and was: he counts as at home again."""
        state = self.desk.state
        state.positions.pop(worker, None)
        self._last.pop(worker, None)
        self._pending = [each for each in self._pending if each.worker != worker]
        if (known := state.city.codes.workers.get(worker)) is not None:
            state.roster.set_position(worker, known.home)
        await self.db.write(lambda connection: tracks.forget_points(connection, worker))

    async def _write(self) -> None:
        points, self._pending = self._pending, []
        if points:
            await self.db.write(lambda connection: tracks.add_points(connection, points))
