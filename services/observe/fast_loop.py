"""An event loop for a trial whose clock runs faster than life: what waits ten seconds in it waits ten of the clock's.

`asyncio.sleep`, timeouts and timers all ask the loop for its time and for its waits, so nothing that waits need know.
"""

import asyncio
import selectors
from collections.abc import Callable
from contextvars import Context
from typing import TypeVarTuple

_Ts = TypeVarTuple("_Ts")

NAP_S = 0.25
"""Seconds of the machine's that the shortest wait takes, unless less was asked for in so many words: a look at the
database every half second, at 240 times the speed, would be five hundred looks a second and leave no time
for anything else.
"""


class FastLoop(asyncio.SelectorEventLoop):
    """A loop whose time runs `speed` times as fast as the machine's."""

    def __init__(self, speed: float) -> None:
        self._speed = speed
        super().__init__(_Selector(speed))

    def time(self) -> float:
        return super().time() * self._speed

    def call_at(
        self, when: float, callback: Callable[[*_Ts], object], *args: *_Ts, context: Context | None = None
    ) -> asyncio.TimerHandle:
        began = self.time()
        asked_s = when - began
        least_s = min(asked_s, NAP_S) * self._speed
        return super().call_at(began + max(asked_s, least_s), callback, *args, context=context)


class _Selector(selectors.DefaultSelector):
    """Waits as many of the machine's seconds as the loop's are."""

    def __init__(self, speed: float) -> None:
        super().__init__()
        self._speed = speed

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        return super().select(None if timeout is None else timeout / self._speed)
