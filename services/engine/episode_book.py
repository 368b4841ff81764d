"""What is remembered of episodes that have ended, in memory as in the database."""

from collections import OrderedDict
from collections.abc import Iterable
from datetime import datetime, timedelta

from dispatch.health.flap import Episode

KEPT_MAX = 20_000
"""A day's ends of a large city; each is some hundred bytes."""
KEPT_FOR = timedelta(days=2)
"""How long an end is remembered: what is buffered longer than a weekend comes as history."""

NEW = Episode()
"""An episode that has never ended."""


class Episodes:
    """Of those of which no end is held back, the latest `KEPT_MAX`."""

    def __init__(self) -> None:
        self._all: OrderedDict[str, Episode] = OrderedDict()

    def get(self, key: str) -> Episode:
        return self._all.get(key, NEW)

    def put(self, key: str, episode: Episode | None) -> None:
        """Remember an episode as the one that ended last; None to forget it."""
        self._all.pop(key, None)
        if episode is not None:
            self._all[key] = episode

    def __len__(self) -> int:
        return len(self._all)

    def restore(self, docs: Iterable[tuple[str, bytes]]) -> None:
        """Take over what the database holds, in the order in which it was said."""
        found = [(key, Episode.read(doc)) for key, doc in docs]
        for key, episode in sorted(found, key=lambda pair: pair[1].said_at.timestamp() if pair[1].said_at else 0.0):
            self.put(key, episode)

    def list_old(self, at: datetime, limit: int) -> list[str]:
        """Return up to `limit` episodes that need be remembered no more, the oldest first."""
        surplus = len(self._all) - KEPT_MAX
        old: list[str] = []
        for number, (key, episode) in enumerate(self._all.items()):
            if len(old) >= limit:
                break
            if episode.held is not None:
                continue
            if number >= surplus and episode.said_at is not None and at - episode.said_at < KEPT_FOR:
                break
            old.append(key)
        return old
