"""The measures, kept as the facts are published and written twice a second with the seq that they stand at.

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
from dispatch.measures import Key, change
from services.engine.turn import Change
from services.store import measures
from services.store.database import Database
from services.store.measures import Amounts

FLUSH_EVERY_S = 0.5


class Tally:
    """What is counted and not yet written."""

    def __init__(self, db: Database, timezone: tzinfo) -> None:
        self.db, self.timezone = db, timezone
        self.seq = 0
        self._amounts: Counter[tuple[Key, str]] = Counter()
        self._flushing = asyncio.Lock()
        self._written = 0
        self._on_its_way: tuple[Amounts, int] | None = None
        """What was handed to the writer and not answered for. It is handed over again as it was: the head in
        the database tells whether it is counted, so that no cancelled wait and no lost answer counts twice."""

    async def start(self) -> None:
        """Count what the last process left uncounted."""
        head, sums, last = await self.db.read(self._count_uncounted)
        self._amounts, self.seq, self._written = sums, last, head
        await self.flush()

    def _count_uncounted(self, connection: Connection) -> tuple[int, Counter[tuple[Key, str]], int]:
        head = measures.read_head(connection)
        return head, *measures.count_since(connection, head, self.timezone)

    def note(self, changes: Sequence[Change], seq: int) -> None:
        """Count a turn's changes; `seq` is its last fact."""
        ends: dict[CaseId, tuple[Case | None, Case]] = {}
        for each in changes:
            known = ends.get(each.after.id)
            ends[each.after.id] = (known[0] if known else each.before, each.after)
        for before, after in ends.values():
            for key, counter, n in change(before, after, self.timezone):
                self._amounts[key, counter] += n
        self.seq = seq

    async def flush(self) -> None:
        """Write what is counted; return when it is readable. Who reads the measures calls it first."""
        wanted = self.seq
        async with self._flushing:
            while self._written < wanted:
                if self._on_its_way is None:
                    self._on_its_way, self._amounts = (self._amounts, self.seq), Counter()
                await self.db.submit(measures.add, self._on_its_way, patient=True)
                self._written, self._on_its_way = self._on_its_way[1], None

    async def recompute(self) -> int:
        """Count everything anew and correct what differs; return how many rows did.

        The engine goes on meanwhile: the count is taken from one view of the database, and what differs there is
        added to what has become of it since.
        """
        async with self._flushing:
            drift = await self.db.read(lambda connection: measures.find_drift(connection, self.timezone))
            if drift:
                await self.db.write(lambda connection: measures.correct(connection, drift))
        return len(drift)
