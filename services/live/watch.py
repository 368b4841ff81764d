"""Ends the sockets whose session or token is no longer good: signed out, revoked, over, its account closed or changed.

A socket is let in once and then lives for hours. So every two seconds all that are open are looked up again, in one
question. That holds whoever revoked: this process, another one, or `wardline user`.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

import structlog
from msgspec import Struct

from dispatch.access import Actor
from services.live.hub import Hub

EVERY_S = 2.0
"""How long a socket may outlive its session."""

log = structlog.get_logger(__name__)


class Pass(Struct, frozen=True, kw_only=True):
    """Who was let in, and by which session or token (its id)."""

    actor: Actor
    key: str


Recheck = Callable[[Sequence[str]], Awaitable[Mapping[str, Actor]]]
"""Ids of sessions and tokens -> who acts by them now, of those that are still good."""


class Watch:
    """Looks the open sockets up again."""

    def __init__(self, hub: Hub, recheck: Recheck) -> None:
        self.hub, self.recheck = hub, recheck

    async def run(self) -> None:
        """Look every two seconds, until cancelled."""
        while True:
            await asyncio.sleep(EVERY_S)
            try:
                await self.look()
            except Exception as error:  # noqa: BLE001 - outermost loop: the next look is another try
                log.error("open sockets not looked up", error=f"{type(error).__name__}: {error}")

    async def look(self) -> int:
        """End what is no longer good; return how many sockets.

        One whose account may do or see something else than when it was let in ends as well: its client comes back, and
        is let in as what it is now.
        """
        listeners = [each for each in self.hub.listeners() if each.key and not each.lost]
        if not listeners:
            return 0
        good = await self.recheck(sorted({each.key for each in listeners}))
        ended = 0
        for listener in listeners:
            now = good.get(listener.key)
            if now == listener.actor:
                continue
            ended += 1
            if now is None:
                listener.revoke()
            else:
                listener.drop("what you may see has changed")
        return ended
