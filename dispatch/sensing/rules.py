"""What a rule is, ready to be asked."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from msgspec import Struct

from dispatch.ids import SourceId
from dispatch.sensing.conditions import Condition
from dispatch.sensing.state import Memory

DEAD_SHARE = 0.1
"""The dead band: a level without a clear level of its own is left only when the value is so much of the level back on
the good side.
"""
LATENESS_S = 60.0
"""How much later than its sensor's newest reading one may come and still take its place in the order. Radio networks
deliver copies and retries within it; what is later is the business of who reads history.
"""
LATENESS_MAX_S = 3_600.0
"""Most that a pack may ask for."""
WINDOW_MAX = 32
"""Readings of one sensor and rule that may still be overtaken: they are written with every reading. A sensor that tells
more in its lateness has the oldest settled early.
"""
POINTS_MAX = 64
"""Values that a rule looks back at: more lie closer together than a sixty-fourth of its span, which changes nothing
that anybody could see.
"""
FRESH_S = 3_600.0
"""How long the value of another metric is believed when a row does not say: most sensors tell all theirs within it."""
HISTORY_AFTER_S = 1_800.0
"""A reading that took longer than this to reach us tells of the past: gateways that log tell every quarter of an hour,
what is older was held up. A rise that it tells of is told on only if it still holds `SETTLE_S` later.
"""
SETTLE_S = 60.0
"""How long, by our own clock, held-up readings have to tell that it is over by now: long enough for the rest of a
backlog, and no more than that later for a device whose clock is wrong all the time.
"""

US_PER_S = 1_000_000


class Measured(NamedTuple):
    """What a rule compares with its levels after a reading (None: nothing can be said), and what it looks back at."""

    value: float | None
    points: tuple[tuple[int, float], ...] = ()
    is_hit: bool = False


class Look(NamedTuple):
    """One reading as a kind sees it: `value` is None where it was of another metric than the rule's own."""

    at_us: int
    value: float | None
    others: Mapping[str, tuple[int, float]]


class Kind(Struct, frozen=True, kw_only=True):
    """One kind of rule. `measure` says what is compared with the levels; None for a kind that time alone moves.

    `say` puts the measured value into words of no language: "61.5 %LEL", "5 × / 60 min".
    """

    name: str
    directions: tuple[str, ...]
    measure: "Callable[[Rule, Memory, Look], Measured] | None"
    say: "Callable[[Rule, float], str]"
    needs: tuple[str, ...] = ()
    """Columns of sensing.csv that it cannot do without."""
    takes: frozenset[str] = frozenset()
    """Columns that mean something for it, beside those that do for all."""
    most: float = 1e9
    """The largest level that can be reached."""


class Rule(Struct, frozen=True, kw_only=True):
    """A rule for one sensor: `enters[i]` tells if what is measured reaches level i + 1, `stays[i]` if it stays.

    Levels are 1 advisory, 2 warning, 3 alarm; one that the rule does not have (None) is never reached, and
    `is_below_all` tells in one go if none is. `gate` must hold besides, for a level to begin and to go on; `is_open`
    only for it to begin.
    """

    id: str
    type: str
    kind: Kind
    metric: str
    metrics: frozenset[str]
    unit: str
    levels: tuple[float | None, ...]
    enters: tuple[Callable[[float], bool], ...]
    stays: tuple[Callable[[float], bool], ...]
    is_below_all: Callable[[float], bool]
    persist_us: int
    clear_us: int
    sign: int = 1
    span_us: int = 0
    hit: Callable[[float], bool] | None = None
    truth: Condition | None = None
    gate: Condition | None = None
    fresh_us: int = 0
    lateness_us: int = 0
    is_open: Callable[[int], bool] | None = None


def episode_of(source: SourceId, rule: Rule) -> str:
    """Return the episode key of what a source says by one rule; the key of its SensorState too."""
    return f"{source}/{rule.id}"


def split_episode(key: str) -> tuple[SourceId, str]:
    """Return the source and the rule's id of an episode key."""
    source, _, rule = key.rpartition("/")
    return SourceId(source), rule
