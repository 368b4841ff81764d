"""How many uploads are in memory at once: two; the files of others wait on the disk until it is their turn.

A form's files are written to the disk as they come (above a megabyte each); a whole body is where pictures come in its
fields (`spool.py`). Their bytes are read for the one thread that decodes pictures, so there is no use in reading those
of more forms than it can take next: 15 forms of four photographs of 5 MB took 580 MB, and nothing kept it from being a
hundred forms.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Protocol

from services.engine.refusals import Overloaded

AT_ONCE = 2
"""One whose pictures are being decoded and the one after it, at most 34 MB each (`guard.BODY_BYTES`)."""
WAITING_MAX = 60
"""A minute or two of decoding, and 2 GB of disk. Who comes then is asked to come again."""


class Hold(Protocol):
    async def take(self) -> None:
        """Wait until it is this form's turn; the first call counts.

        :raises Overloaded: where too many wait.
        """
        ...


class Hands:
    """The places, and who has one."""

    def __init__(self, at_once: int = AT_ONCE, waiting_max: int = WAITING_MAX) -> None:
        self._places = asyncio.Semaphore(at_once)
        self._waiting, self._waiting_max = 0, waiting_max

    @asynccontextmanager
    async def hold(self) -> AsyncIterator[Hold]:
        """Give what a form takes its place with, once its files are to be read; it is free again at the end."""
        hold = _Hold(self)
        try:
            yield hold
        finally:
            if hold.has_place:
                self._places.release()

    async def wait(self) -> None:
        if self._places.locked() and self._waiting >= self._waiting_max:
            raise Overloaded(f"{self._waiting} uploads are waiting")
        self._waiting += 1
        try:
            await self._places.acquire()
        finally:
            self._waiting -= 1


class _Hold:
    def __init__(self, hands: Hands) -> None:
        self._hands = hands
        self.has_place = False

    async def take(self) -> None:
        if not self.has_place:
            await self._hands.wait()
            self.has_place = True
