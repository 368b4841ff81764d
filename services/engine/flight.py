"""A turn between its decision and its commit: decided, on its way to the disk, told to nobody yet."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from services.engine.ordering import Order
from services.engine.turn import Turn
from services.store.health import DueEpisode
from services.store.inbox import Message
from services.store.journal import Due


@dataclass(slots=True, eq=False)
class Flight:
    """A turn and what it has taken from the queues. `written` is done when the turn is durable, or cannot be."""

    turn: Turn
    messages: list[Message]
    orders: list[Order[Any]]
    due: Sequence[Due | DueEpisode]
    written: "asyncio.Future[None]" = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    begun_s: float = field(default_factory=time.perf_counter)

    @contextmanager
    def failing(self) -> Iterator[None]:
        """Let what goes wrong inside be what keeps the turn from being written."""
        try:
            yield
        except Exception as error:  # noqa: BLE001 - whoever waits for the turn is told
            self.written.set_exception(error)

    @property
    def size(self) -> int:
        return len(self.messages) + len(self.orders) + len(self.due)
