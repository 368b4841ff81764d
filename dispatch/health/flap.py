"""An episode that ends and begins again and again: its end is held back, its beginning never.

The same memory says that an episode has ended already when an event of its past comes late, and lets a sensor's late
alarm wait a moment for the readings behind it.
"""

from datetime import datetime, timedelta
from enum import StrEnum

import msgspec
from msgspec import Struct

from dispatch.event import Event, Phase, Vocabulary
from dispatch.health.rules import HealthRules

HOLDS_DOUBLED_MAX = 10
"""Doublings of a hold, so that the number stays one; `hold_max_s` is reached long before."""


class Episode(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What is remembered of an episode. `ends` ends within the window, the last of them said at `said_at`; `closed_at`
    when it last ended, by its source's time. `held` is an end, or a late alarm, that waits until `due_at`.
    """

    ends: int = 0
    said_at: datetime | None = None
    closed_at: datetime | None = None
    held: Event | None = None
    due_at: datetime | None = None

    @classmethod
    def read(cls, doc: bytes) -> "Episode":
        """Read what `write` wrote."""
        return msgspec.json.decode(doc, type=cls)

    def write(self) -> bytes:
        """Return the episode as JSON."""
        return msgspec.json.encode(self)


class Verdict(StrEnum):
    PASS = "pass"  # it is as if there were no memory
    HOLD = "hold"  # it waits: not told now
    ECHO = "echo"  # it speaks of what has ended since: told, but it opens no case


class Step(Struct, frozen=True, gc=False):
    """What is to be done with an event, and what is remembered then. `dropped` is an end that was held back and that
    the event has overtaken.
    """

    verdict: Verdict
    after: Episode
    dropped: Event | None = None


def follow(before: Episode, event: Event, rules: HealthRules, at: datetime, *, is_known: bool = False) -> Step:
    """Return what becomes of one event more of an episode; `at` is now. `is_known`: a case of it is open."""
    if event.phase is Phase.CLOSE:
        return _end(before, event, rules, at)
    if event.phase is Phase.SYNC:
        return Step(Verdict.PASS, before)
    if is_overtaken(before, event, rules):
        return Step(Verdict.ECHO, before)
    # A sensor's readings come in a row, and what it measured since may be in the same message.
    if event.vocabulary is Vocabulary.SENSOR and not is_known and is_late(event, rules):
        return _wait(before, event, rules, at)
    if before.held is not None and event.observed_at >= before.held.observed_at:
        return Step(Verdict.PASS, _let_go(before), before.held)
    return Step(Verdict.PASS, before)


def is_overtaken(before: Episode, event: Event, rules: HealthRules) -> bool:
    """Return whether the end of the episode, which lies after this word of it, has come before it: by another line, or
    out of a buffer. A word that is as new as its receipt has no time of its own and overtakes nothing.
    """
    if before.closed_at is None or event.observed_at == event.received_at:
        return False
    return event.observed_at < before.closed_at or (event.observed_at == before.closed_at and is_late(event, rules))


def is_late(event: Event, rules: HealthRules) -> bool:
    """Return whether an event was observed so long before it came that it may not be so any more."""
    return (event.received_at - event.observed_at).total_seconds() > rules.late_s


def _wait(before: Episode, event: Event, rules: HealthRules, at: datetime) -> Step:
    """Let a late alarm wait; of several the worst counts, and the first says until when."""
    held = before.held
    is_alarm = held is not None and held.phase is not Phase.CLOSE
    if held is not None and is_alarm and held.severity >= event.severity:
        return Step(Verdict.HOLD, before, event)
    due_at = before.due_at if is_alarm else at + timedelta(seconds=rules.late_wait_s)
    after = Episode(ends=before.ends, said_at=before.said_at, closed_at=before.closed_at, held=event, due_at=due_at)
    return Step(Verdict.HOLD, after, held)


def _end(before: Episode, event: Event, rules: HealthRules, at: datetime) -> Step:
    is_again = before.said_at is not None and (at - before.said_at).total_seconds() <= rules.flap_window_s
    ends = before.ends + 1 if is_again else 1
    closed_at = max(before.closed_at, event.observed_at) if before.closed_at else event.observed_at
    too_many = ends - rules.flap_count
    if too_many <= 0:
        return Step(Verdict.PASS, Episode(ends=ends, said_at=at, closed_at=closed_at), before.held)
    hold_s = min(rules.hold_max_s, rules.hold_s * 2 ** min(too_many - 1, HOLDS_DOUBLED_MAX))
    due_at = at + timedelta(seconds=hold_s)
    held = Episode(ends=ends, said_at=at, closed_at=closed_at, held=event, due_at=due_at)
    return Step(Verdict.HOLD, held, before.held)


def _let_go(before: Episode) -> Episode:
    return Episode(ends=before.ends, said_at=before.said_at, closed_at=before.closed_at)


def release(before: Episode) -> tuple[Event | None, Episode]:
    """Return the end whose waiting is over, and what is remembered then."""
    return before.held, _let_go(before)
