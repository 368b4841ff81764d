"""What one sensor says in a day: quiet readings by the hour, what it exceeds, how it lies, repeats and falls silent."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import count
from random import Random
from typing import NamedTuple

from simulators.actors.sensors import SERIES, SWITCHES, ordinary_value, raised_value
from simulators.day.parts import Calendar, Letter
from simulators.wire import JsonObject
from simulators.world import Sender, SensorLevels

FAST_S = 60.0
"""Seconds between readings of a terminal that is over its level: such terminals change their pace by themselves."""
REPEAT_AFTER_S = (30.0, 600.0)
EPOCH_AT = datetime(1970, 1, 1, tzinfo=UTC)


class Clock(StrEnum):
    """What a terminal takes for the time."""

    RIGHT = "right"
    SLOW = "slow"
    FAST = "fast"
    EPOCH = "epoch"
    FUTURE = "future"


OFF_S: Mapping[Clock, float] = {
    Clock.RIGHT: 0.0,
    Clock.SLOW: -7_200.0,
    Clock.FAST: 5_400.0,
    Clock.FUTURE: 3 * 86_400.0,
}
"""Seconds by which a clock is off; the one that was never set counts from 1970."""


class Span(NamedTuple):
    """Between two times the sensor measures its `kind` over the level, every `every_s`.

    `up_s` and `down_s`: it goes over and back in turns, so long each; 0 for one that stays over.
    """

    kind: str
    from_s: float
    to_s: float
    every_s: float = FAST_S
    up_s: float = 0.0
    down_s: float = 0.0
    grade: int = 2

    def is_up(self, at_s: float) -> bool:
        return not self.up_s or (at_s - self.from_s) % (self.up_s + self.down_s) < self.up_s


@dataclass
class Habit:
    """How one sensor is today."""

    clock: Clock = Clock.RIGHT
    spans: Sequence[Span] = ()
    held: Sequence[tuple[float, float]] = ()
    """What is measured between two times is delivered together at the second."""
    silent: Sequence[tuple[float, float]] = ()
    """Between these times it says nothing."""
    gush_s: float | None = None
    """When it sends hundreds of readings within a minute."""
    drops: bool = True
    """Whether it may skip rounds and tell wild values; one of which something is planted does neither."""


GUSH = 600
"""Readings of a gush, a tenth of a second apart."""


@dataclass
class Terminal:
    """A sensor with all that it needs to speak."""

    sensor: Sender
    habit: Habit
    levels: Mapping[str, SensorLevels]
    calendar: Calendar
    random: Random
    hours: float
    every_s: float
    dropout: float
    spike: float
    repeated: float
    numbers: "count[int]"

    def speak(self) -> Iterator[Letter]:
        """Yield its messages of the day in the order of their posting."""
        late: list[Letter] = []
        for at_s in self._times():
            yield from self._due(late, at_s)
            if any(began <= at_s < ended for began, ended in self.habit.silent):
                continue
            body = self._message(at_s)
            until = next((ended for began, ended in self.habit.held if began <= at_s < ended), None)
            if until is not None:
                late.append(self._letter(until, body))
                continue
            yield self._letter(at_s, body)
            if self.random.random() < self.repeated:
                late.extend(self._letter(at_s + self.random.uniform(*REPEAT_AFTER_S), body) for _ in range(2))
        yield from self._due(late, self.hours * 3600)

    def _due(self, late: list[Letter], at_s: float) -> Iterator[Letter]:
        """Yield, and forget, what was to be posted by now."""
        late.sort()
        while late and late[0].at_s <= at_s:
            yield late.pop(0)

    def _letter(self, at_s: float, body: JsonObject) -> Letter:
        return Letter(at_s, next(self.numbers), self.sensor.gateway, "telemetry", body)

    def _times(self) -> Iterator[float]:
        """Yield when it measures: by its round, faster while something is on, and in a gush."""
        at_s, skipped = self.random.uniform(0, self.every_s), 0
        gush = self.habit.gush_s
        while at_s < self.hours * 3600:
            if gush is not None and at_s >= gush:
                yield from (at_s + n / 10 for n in range(GUSH))
                at_s, gush = at_s + GUSH / 10, None
            if skipped:
                skipped -= 1
            elif self.habit.drops and self.random.random() < self.dropout:
                skipped = self.random.randint(0, 1)
            else:
                yield at_s
            span = self._span(at_s)
            ahead = [each.from_s for each in self.habit.spans if at_s < each.from_s]
            at_s = min([at_s + (span.every_s if span else self.every_s), *ahead])

    def _span(self, at_s: float) -> Span | None:
        """Return what is on, or was until just now: its terminal goes on telling quickly for some minutes."""
        return next((each for each in self.habit.spans if each.from_s <= at_s < each.to_s + 600), None)

    def _message(self, at_s: float) -> JsonObject:
        hour = (self.calendar.hour + at_s / 3600) % 24
        values = {kind: ordinary_value(kind, hour, self.random) for kind in self.sensor.kinds if kind in SERIES}
        span = self._span(at_s)
        if span is not None:
            if at_s < span.to_s and span.is_up(at_s):
                values[span.kind] = raised_value(self.levels[span.kind], span.grade, self.random)
            else:
                values[span.kind] = self._calm(span.kind, hour)
        elif self.habit.drops and values and self.random.random() < self.spike:
            kind = self.random.choice(sorted(values))
            if kind not in SWITCHES and SERIES[kind].persist_s > 0:
                values[kind] = round(values[kind] * 9 + 5, 3)
        readings = [
            {"metric": self.levels[kind].metric, "value": value, "unit": self.levels[kind].unit}
            for kind, value in values.items()
            if kind in self.levels
        ]
        return {"source": self.sensor.external_id, "at": self._say_time(at_s), "readings": readings}

    def _calm(self, kind: str, hour: float) -> float:
        """A value well on the good side, so that a flap is a flap and not noise about a level."""
        return min(ordinary_value(kind, hour, self.random), SERIES[kind].mean) if kind not in SWITCHES else 0.0

    def _say_time(self, at_s: float) -> str:
        if self.habit.clock is Clock.EPOCH:
            return (EPOCH_AT + timedelta(seconds=round(at_s, 3))).isoformat()
        return (self.calendar.began_at + timedelta(seconds=round(at_s + OFF_S[self.habit.clock], 3))).isoformat()
