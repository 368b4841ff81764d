"""What one camera tells in a day: what passes, what people and false alarms it sees, and what is planted before it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from heapq import merge
from itertools import count
from random import Random
from typing import NamedTuple

from simulators.actors.cameras import Episode, dwell_of, message_of
from simulators.day.parts import Calendar, Letter
from simulators.wire import JsonObject
from simulators.world import Sender

PASSES_S = (15.0, 200.0)
"""How long a thing that only passes is seen: less than any dwell of what it may be taken for."""
UPDATE_S = 60.0
"""Frigate repeats what stands still once a minute (docs.frigate.video)."""
PASSING = ("car", "car", "car", "person", "dog", "bicycle", "truck")
FALSE_SHARE = 0.1
LOST_EVERY_S = 900.0
"""How long a tracker keeps the number of a thing that it loses."""
LOST_FOR_S = 40.0


class Way(StrEnum):
    """How what is planted is told."""

    PLAIN = "plain"
    RENUMBERED = "renumbered"
    ENDLESS = "endless"


class Sight(NamedTuple):
    """A thing that stands before the camera between two times."""

    kind: str
    from_s: float
    to_s: float
    way: Way


@dataclass
class Watcher:
    """A camera with all that it needs to speak."""

    camera: Sender
    sights: Sequence[Sight]
    calendar: Calendar
    random: Random
    hours: float
    passes_per_h: float
    numbers: "count[int]"

    def speak(self) -> Iterator[Letter]:
        """Yield its messages of the day in the order of their posting."""
        return merge(self._passes(), *(self._stands(sight) for sight in self.sights))

    def _passes(self) -> Iterator[Letter]:
        at_s = self.random.expovariate(self.passes_per_h / 3600)
        while at_s < self.hours * 3600:
            lasts_s = self.random.uniform(*PASSES_S)
            episode, is_false = self._begin(at_s, self.random.choice(PASSING)), self.random.random() < FALSE_SHARE
            for kind, when in (("new", at_s), ("update", at_s + lasts_s / 2), ("end", at_s + lasts_s)):
                yield self._letter(when, message_of(episode, kind, self._epoch(when), false_positive=is_false))
            at_s += lasts_s + self.random.expovariate(self.passes_per_h / 3600)

    def _stands(self, sight: Sight) -> Iterator[Letter]:
        episode, number_since = self._begin(sight.from_s, sight.kind), sight.from_s
        yield self._letter(sight.from_s, message_of(episode, "new", self._epoch(sight.from_s)))
        at_s = sight.from_s + UPDATE_S
        while at_s < sight.to_s:
            is_lost = sight.way is Way.RENUMBERED and at_s - number_since > dwell_of(sight.kind) + LOST_EVERY_S
            if is_lost:
                yield self._letter(at_s, message_of(episode, "end", self._epoch(at_s)))
                at_s += LOST_FOR_S
                # Found again it has another number, and begins anew: by its own account it has only just come.
                again = self._begin(at_s, sight.kind)
                episode, number_since = replace(again, box=_moved(episode.box, self.random)), at_s
            kind = "new" if is_lost else "update"
            yield self._letter(at_s, message_of(episode, kind, self._epoch(at_s)))
            at_s += UPDATE_S
        if sight.way is not Way.ENDLESS:
            yield self._letter(at_s, message_of(episode, "end", self._epoch(at_s)))

    def _begin(self, at_s: float, label: str) -> Episode:
        start, score = self._epoch(at_s), round(self.random.uniform(0.9, 0.98), 3)
        left, top = self.random.randint(40, 420), self.random.randint(120, 220)
        box = (left, top, left + self.random.randint(60, 180), top + self.random.randint(50, 110))
        return Episode(f"{start:.6f}-{self.random.getrandbits(24):06x}", self.camera, label, label, score, start, box)

    def _letter(self, at_s: float, body: JsonObject) -> Letter:
        return Letter(at_s, next(self.numbers), self.camera.gateway, "frigate", body)

    def _epoch(self, at_s: float) -> float:
        return round(self.calendar.began_at.timestamp() + at_s, 3)


def _moved(box: tuple[int, int, int, int], random: Random) -> tuple[int, int, int, int]:
    """The same box as another look at the same thing gives it: a pixel or two off."""
    left, top, right, bottom = (edge + random.randint(-2, 2) for edge in box)
    return left, top, right, bottom
