"""Answers that are the same for everybody, kept for some seconds: however many look, the database is asked once."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

KEPT_FOR = timedelta(seconds=10)
"""A case that has been closed may stand on the map for so long; nobody drives there in that time."""
KEPT_MAX = 200
"""Answers kept, of some 50 kB at most: ten megabytes."""


class Kept:
    """Answers by what was asked. Who asks while an answer is being made waits for the same one."""

    def __init__(self) -> None:
        self._made: OrderedDict[str, tuple[datetime, asyncio.Future[bytes]]] = OrderedDict()

    async def get(self, asked: str, at: datetime, make: Callable[[], Awaitable[bytes]]) -> bytes:
        """Return the answer; one that could not be made is told to all who wait, and made anew for the next."""
        found = self._made.get(asked)
        if found is not None and at < found[0]:
            return await asyncio.shield(found[1])
        answer: asyncio.Future[bytes] = asyncio.ensure_future(make())
        self._made[asked] = (at + KEPT_FOR, answer)
        self._made.move_to_end(asked)
        while len(self._made) > KEPT_MAX:
            self._made.popitem(last=False)
        try:
            return await asyncio.shield(answer)
        except Exception:
            if self._made.get(asked, (at, None))[1] is answer:
                del self._made[asked]
            raise
