"""Sources that say so much just now that they wait for each other, so that nobody else waits for them.

What they send is taken, all of it, but little of it at once: reading a body of hundreds of messages holds up the whole
process, and so do the rows of it in a commit.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

from dispatch.ids import SourceId

LOUD_PER_S = 200.0
"""Messages a second that a source may go on sending beside the others: what a large gateway's sensors tell."""
LOUD_BURST = 1_000.0
"""Messages at once: what a gateway has gathered while its line was down."""
AT_ONCE_BYTES = 16_384
"""Of all loud sources together: a hundred readings, five milliseconds of the process."""


class Loudness:
    """How much each source has sent of late: a leaking bucket for each."""

    def __init__(self) -> None:
        self._levels: dict[SourceId, tuple[float, datetime]] = {}

    def add(self, source: SourceId, count: int, at: datetime) -> None:
        """Count messages of a source."""
        self._levels[source] = self._level(source, at) + count, at

    def is_loud(self, source: SourceId, at: datetime) -> bool:
        """Return whether the source has sent more than it may beside the others."""
        return self._level(source, at) > LOUD_BURST

    def _level(self, source: SourceId, at: datetime) -> float:
        level, seen_at = self._levels.get(source, (0.0, at))
        return max(0.0, level - max(0.0, (at - seen_at).total_seconds()) * LOUD_PER_S)


class Gate:
    """Lets in so much at once, in the order in which it came; what is larger goes alone."""

    def __init__(self, at_once: int = AT_ONCE_BYTES) -> None:
        self._at_once, self._inside = at_once, 0
        self._line: deque[tuple[int, asyncio.Future[None]]] = deque()

    @asynccontextmanager
    async def let_in(self, size: int) -> AsyncIterator[None]:
        """Wait for one's turn, and be inside until the block is left."""
        if self._line or not self._has_room(size):
            await self._wait(size)
        else:
            self._inside += size
        try:
            yield
        finally:
            self._leave(size)

    def _has_room(self, size: int) -> bool:
        return not self._inside or self._inside + size <= self._at_once

    async def _wait(self, size: int) -> None:
        place = size, asyncio.get_running_loop().create_future()
        self._line.append(place)
        try:
            await place[1]
        except asyncio.CancelledError:
            if place in self._line:
                self._line.remove(place)
                self._call()
            elif not place[1].cancelled():  # called in the same moment: the room is given back
                self._leave(size)
            raise

    def _leave(self, size: int) -> None:
        self._inside -= size
        self._call()

    def _call(self) -> None:
        while self._line and self._has_room(self._line[0][0]):
            size, turn = self._line.popleft()
            if turn.cancelled():
                continue
            self._inside += size
            turn.set_result(None)
