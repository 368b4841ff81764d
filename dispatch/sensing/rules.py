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
    name_zh: str
    name_en: str
    unit: str
    persist_s: float
    enters: tuple[Callable[[float], bool], ...]
    stays: tuple[Callable[[float], bool], ...]

    def level_of(self, value: float, current: int) -> int:
        """Return the level that a value stands for, seen from the level that holds now."""
        reached = max((level for level in (1, 2, 3) if self.enters[level - 1](value)), default=0)
        kept = max((level for level in range(1, current + 1) if self.stays[level - 1](value)), default=0)
        return max(reached, kept)


class SensorState(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a rule remembers of one metric of one source.

    `level` holds. `wanted` is another level that the values speak of since `since`, and that will hold once
    they have done so for the rule's `persist_s`. `last_at` is the latest reading's own time.
    """

    level: int = 0
    wanted: int = 0
    since: datetime | None = None
    last_at: datetime | None = None
    value: float | None = None

    @classmethod
    def read(cls, doc: bytes) -> "SensorState":
        """Read what `write` wrote."""
        return msgspec.json.decode(doc, type=cls)

    def write(self) -> bytes:
        """Return the state as JSON."""
        return msgspec.json.encode(self)


def episode_of(source: SourceId, metric: str) -> str:
    """Return the episode key of what a source says of one metric."""
    return f"{source}/{metric}"


def find_rule(codes: Codes, source: Source, metric: str) -> Rule | None:
    """Return the rule for a metric of a source: of the types that it is set up for, the first of that metric."""
    for kind in source.kinds:
        sensor = codes.sensor_types.get(kind)
        if sensor is not None and sensor.metric == metric:
            return make_rule(sensor)
    return None


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
        name_zh=sensor.name_zh,
        name_en=sensor.name_en,
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
