"""The measures, kept as the facts are published and written once a second with the seq that they stand at.

They are a sum over the cases (dispatch.measures), so a turn changes them by the difference between each case after
the turn and before it. What a crash leaves uncounted is found again at start, by the seq.
"""

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import tzinfo

from sqlalchemy import Connection

from dispatch.case import Case
from dispatch.ids import CaseId
from dispatch.measures import Key, contribution
from services.engine.turn import Change
from services.store import measures
from services.store.database import Database

FLUSH_EVERY_S = 1.0


class Tally:
    """What is counted and not yet written."""

    def __init__(self, db: Database, timezone: tzinfo) -> None:
        self.db, self.timezone = db, timezone
        self.seq = 0
        self._amounts: Counter[tuple[Key, str]] = Counter()
        self._flushing = asyncio.Lock()
        self._written = 0

    async def start(self) -> None:
        """Count what the last process left uncounted."""
        head = await self.db.read(measures.read_head)
        sums, last = await self.db.read(lambda connection: measures.count_since(connection, head, self.timezone))
        self._amounts, self.seq, self._written = sums, last, head
        await self.flush()

    def note(self, changes: Sequence[Change], seq: int) -> None:
        """Count a turn's changes; `seq` is its last fact."""
        ends: dict[CaseId, tuple[Case | None, Case]] = {}
        for change in changes:
            if change.after is not None:
                first = ends[change.after.id][0] if change.after.id in ends else change.before
                ends[change.after.id] = (first, change.after)
        for before, after in ends.values():
            if before is not None:
                for key, counter, n in contribution(before, self.timezone):
                    self._amounts[key, counter] -= n
            for key, counter, n in contribution(after, self.timezone):
                self._amounts[key, counter] += n
        self.seq = seq

    async def flush(self) -> None:
        """Write what is counted; return when it is readable. Who reads the measures calls it first."""
        async with self._flushing:
            if self.seq == self._written:
                return
            amounts, seq, self._amounts = self._amounts, self.seq, Counter()
            try:
                await self.db.submit(measures.add, (amounts, seq))
            except BaseException:
                self._amounts.update(amounts)
                raise
            self._written = seq

    async def recompute(self) -> int:
        """Count everything anew and replace what is there; return how many rows differed.

        To be called while the engine stands still (`Desk.quiet`): then nothing is counted that is not published.
        """
        await self.flush()
        async with self._flushing:
            return await self.db.write(self._redo)

    def _redo(self, connection: Connection) -> int:
        sums, last = measures.count_all(connection, self.timezone)
        return measures.replace(connection, sums, last)
