"""What state a source is in, and why: out of all that is known of it, at one moment."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from dispatch.city import Source
from dispatch.health.cadence import Cadence
from dispatch.health.faults import Faults, count_lately
from dispatch.health.flood import Flood
from dispatch.health.rules import HealthRules
from dispatch.health.skew import Skew, is_bad

LATE_AFTER = 3.0
"""Usual gaps without a word after which a source is late. Of a steady one not even a lost message makes so many."""
SILENT_AFTER = 10.0
"""Usual gaps after which it is silent, where the pack does not say how long it may be."""
LATE_MIN_S = 60.0
"""A source that speaks every second is not late for a short hiccup of a network."""
SILENT_MIN_S = 600.0
"""Nor is it silent before this, where the pack does not say so: a rhythm of many senders behind one may change."""
FAULTS_FROM = 3.0
"""Unreadable messages lately from which on they are a state of their source: one or two are an accident."""
QUIET_AFTER = 20.0
"""Usual gaps after which one without a steady rhythm is quiet: by chance alone one gap in half a billion is so long."""
QUIET_SHARE = 0.5
"""The share of what one that it speaks for may be silent, for which nothing at all must have come through it besides:
one that gathers its messages and sends them together has gaps between the heaps that its mean does not show.
"""
HEARD_LATELY_S = 600.0
"""A source that speaks only when something happens counts as alive for so long after a word."""


class Condition(StrEnum):
    """What can be said of a source. The order of the members is their order on a screen: the worst first."""

    SILENT = "silent"  # not heard for longer than it may be
    FLOODING = "flooding"  # it says more than it may, and what is over is set aside
    CLOCK_BAD = "clock-bad"  # its clock is off by more than the limit, or tells what cannot be
    PARSE_ERRORS = "parse-errors"  # what it sent lately could not be read
    LATE = "late"  # later than it usually is
    UNKNOWN = "unknown"  # nothing tells whether it works: never heard, or it speaks only when something happens
    LIVE = "live"  # heard as it should be


class Finding(Struct, frozen=True):
    """One condition that holds, and the figures that say why."""

    condition: Condition
    values: Mapping[str, str | float | int] = {}


class Signs(Struct, frozen=True, kw_only=True):
    """What is known of a source. `listening_since`: before it, it was we who did not listen."""

    last_heard_at: datetime | None
    lost: bool
    cadence: Cadence
    skew: Skew
    faults: Faults
    flood: Flood
    listening_since: datetime


def judge(source: Source, signs: Signs, rules: HealthRules, at: datetime) -> tuple[Finding, ...]:
    """Return all conditions of a source, the worst first; silent, late, unknown or live is always among them."""
    found = [_heard(source, signs, at)]
    flood, skew = signs.flood, signs.skew
    if flood.since is not None:
        found.append(Finding(Condition.FLOODING, {"set_aside": flood.set_aside}))
    if is_bad(skew, rules.clock_limit_s, at):
        values = {} if skew.offset_s is None else {"offset_s": round(skew.offset_s, 1)}
        found.append(Finding(Condition.CLOCK_BAD, values))
    if (faults := count_lately(signs.faults, at)) >= FAULTS_FROM:
        found.append(Finding(Condition.PARSE_ERRORS, {"errors": round(faults), "reason": signs.faults.reason}))
    return tuple(sorted(found, key=_rank)) if len(found) > 1 else (found[0],)


_RANKS = {condition: rank for rank, condition in enumerate(Condition)}


def _rank(finding: Finding) -> int:
    return _RANKS[finding.condition]


def _heard(source: Source, signs: Signs, at: datetime) -> Finding:
    if signs.last_heard_at is None:
        return Finding(Condition.UNKNOWN, {"why": "never"})
    limit_s = silence_limit_s(source, signs.cadence)
    heard_s = max(0.0, (at - signs.last_heard_at).total_seconds())
    waited_s = max(0.0, (at - max(signs.last_heard_at, signs.listening_since)).total_seconds())
    if signs.lost or (limit_s is not None and waited_s > limit_s):
        return Finding(Condition.SILENT, {"heard_s": round(heard_s), "limit_s": round(limit_s or 0.0)})
    if limit_s is None:
        condition = Condition.LIVE if heard_s <= HEARD_LATELY_S else Condition.UNKNOWN
        return Finding(condition, {"why": "no_rhythm", "heard_s": round(heard_s)})
    if signs.cadence.is_steady and waited_s > max(LATE_AFTER * signs.cadence.interval_s, LATE_MIN_S):
        return Finding(Condition.LATE, {"heard_s": round(heard_s), "interval_s": round(signs.cadence.interval_s, 1)})
    if heard_s > limit_s:  # it was we who did not listen: it has not spoken since, and may still
        return Finding(Condition.UNKNOWN, {"why": "not_listened", "heard_s": round(heard_s)})
    return Finding(Condition.LIVE, {"heard_s": round(heard_s)})


def silence_limit_s(source: Source, cadence: Cadence) -> float | None:
    """Return how long a source may be silent: as the pack says, else as its cadence does; None where neither says."""
    if source.silent_after_s > 0:
        return source.silent_after_s
    return max(SILENT_AFTER * cadence.interval_s, SILENT_MIN_S) if cadence.is_steady else None


def quiet_limit_s(gateway: Source, cadence: Cadence, patience_s: float) -> float | None:
    """Return after how long a gateway counts as quiet. One of its sources is silent, and may be so for `patience_s`.

    Many that speak by chance through one make no steady rhythm, and yet it is quiet when nothing comes any more. None
    where nothing is known of it.
    """
    limit_s = silence_limit_s(gateway, cadence)
    if limit_s is not None or not cadence.is_known:
        return limit_s
    return max(QUIET_AFTER * cadence.interval_s, QUIET_SHARE * patience_s)
