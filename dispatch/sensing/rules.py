"""What a rule is, and what it remembers between two readings."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache

import msgspec
from msgspec import Struct

from dispatch.city import Codes, SensorType, Source
from dispatch.ids import SourceId

DEAD_SHARE = 0.1
"""The dead band: a level is left only when the value is so much of the level back on the good side."""

_RULES_KEPT = 4_096
"""Rules kept ready: more than a city has types, times the packs that one process sees."""


class Rule(Struct, frozen=True):
    """One sensor type, ready to be asked: `enters[i]` tells if a value reaches level i + 1, `stays[i]` if it stays.

    Levels are 1 advisory, 2 warning, 3 alarm; a level that the type does not have is never reached.
    """

    type: str
    unit: str
    persist_s: float
    enters: tuple[Callable[[float], bool], ...]
    stays: tuple[Callable[[float], bool], ...]


class SensorState(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a rule remembers of one metric of one source.

    `held[i]` says if level i + 1 holds; `since[i]` since when, by the readings' own time, they have said without a
    break that it should be otherwise (None if the last one did not). `last_at` is the latest reading's own time.
    """

    held: tuple[bool, bool, bool] = (False, False, False)
    since: tuple[datetime | None, datetime | None, datetime | None] = (None, None, None)
    last_at: datetime | None = None
    value: float | None = None

    @property
    def level(self) -> int:
        """The highest level that holds, 0 if none does."""
        return max((index + 1 for index, holds in enumerate(self.held) if holds), default=0)

    @classmethod
    def read(cls, doc: bytes) -> "SensorState":
        """Read what `write` wrote."""
        return msgspec.json.decode(doc, type=cls)

    def write(self) -> bytes:
        """Return the state as JSON."""
        return msgspec.json.encode(self)


def episode_of(source: SourceId, rule: Rule) -> str:
    """Return the episode key of what a source says by one rule; a good key for its SensorState too."""
    return f"{source}/{rule.type}"


def rules_for(source: Source, metric: str, codes: Codes) -> tuple[Rule, ...]:
    """Return the rules for a metric of a source: those of the types that it is set up for (`Source.kinds`)."""
    types = (codes.sensor_types.get(kind) for kind in source.kinds)
    return tuple(make_rule(each) for each in types if each is not None and each.metric == metric)


@lru_cache(maxsize=_RULES_KEPT)
def make_rule(sensor: SensorType) -> Rule:
    """Return the rule of a sensor type."""
    levels = (sensor.advisory, sensor.warning, sensor.alarm)
    known = [level for level in levels if level is not None]
    span = max(known, default=0.0) - min(known, default=0.0)
    tests = [
        _TESTS[sensor.direction](level, _dead_band(level, span)) if level is not None else _NEVER for level in levels
    ]
    return Rule(
        type=sensor.type,
        unit=sensor.unit,
        persist_s=sensor.persist_s,
        enters=tuple(enters for enters, _ in tests),
        stays=tuple(stays for _, stays in tests),
    )


_Tests = tuple[Callable[[float], bool], Callable[[float], bool]]


def _dead_band(level: float, span: float) -> float:
    """Return how wide the dead band of a level is; one at zero takes its scale from the distance of the levels."""
    return DEAD_SHARE * (abs(level) or span)


def _above(level: float, dead: float) -> _Tests:
    return (lambda value: value >= level), (lambda value: value > level - dead)


def _below(level: float, dead: float) -> _Tests:
    return (lambda value: value <= level), (lambda value: value < level + dead)


def _equals(level: float, _dead: float) -> _Tests:
    return (lambda value: value == level), (lambda value: value == level)


_TESTS: Mapping[str, Callable[[float, float], _Tests]] = {"above": _above, "below": _below, "equals": _equals}

_NEVER: _Tests = (lambda _value: False), (lambda _value: False)
