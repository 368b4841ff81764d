"""How far a source's clock is off, learned from what it says its messages are of and when they come.

A message is received after it was observed, so `received - observed` is the way it had plus the clock's error. Of the
messages of one slot of receipt the least is taken (a burst that was kept back ends with what is new), of the slots the
lower median: a single time from the future, or an hour that was delivered late, moves it not at all.
"""

from datetime import UTC, datetime, timedelta

from msgspec import Struct

SLOT_S = 10.0
"""Seconds of receipt that count as one sample: an hour of kept-back readings comes in one or two of them."""
SAMPLES = 9
"""Slots that are remembered; odd, so that one of them is the median."""
LEARNED_FROM = 5
"""Slots from which on an offset is known."""
STEADY_S = 30.0
"""An offset is steady if the middle slots agree to so many seconds. One that wanders is not corrected but told."""
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
"""No message is older: a time before it is of a clock that was never set."""
AHEAD_MAX = timedelta(days=1)
"""A time further ahead of ours than this is not of a clock that runs fast; it is wrong."""
BAD_FOR = timedelta(hours=1)
"""How long a source is shown with a bad clock after a time that cannot be right."""


class Skew(Struct, frozen=True, omit_defaults=True, gc=False):
    """What is known of a clock. `delays_s` are the least `received - observed` of the last slots, the newest last;
    `slot_at` is when the last of them began. `bad_at` is when last a time came that cannot be right.
    """

    delays_s: tuple[float, ...] = ()
    slot_at: datetime | None = None
    bad_at: datetime | None = None
    offset_s: float | None = None
    """Seconds to add to the source's times, None while unknown."""
    corrected: bool = False
    """Whether they are added: the offset is steady and larger than the limit, or was and is still half of it."""


class Clocked(Struct, frozen=True, gc=False):
    """When a thing was observed, as far as can be known; `word` says what was done to the source's own time.

    "" nothing; "corrected" by the learned offset; "ahead" of its receipt by more than the limit, so taken as of
    then; "bad" cannot be right, so taken as of its receipt.
    """

    at: datetime
    word: str = ""


def note_delay(skew: Skew, observed_at: datetime, received_at: datetime, limit_s: float) -> Skew:
    """Return what is known of the clock after one message more. `limit_s`: past it the source's times are corrected."""
    if observed_at < EARLIEST or observed_at > received_at + AHEAD_MAX:
        return Skew(skew.delays_s, skew.slot_at, received_at, skew.offset_s, skew.corrected)
    delay_s = (received_at - observed_at).total_seconds()
    slot_at, delays = skew.slot_at, skew.delays_s
    if slot_at is None or abs((received_at - slot_at).total_seconds()) >= SLOT_S:
        return _learn(skew, (*delays, delay_s)[-SAMPLES:], received_at, limit_s)
    if not delays or delay_s >= delays[-1]:
        return skew
    return _learn(skew, (*delays[:-1], delay_s), slot_at, limit_s)


def _learn(skew: Skew, delays: tuple[float, ...], slot_at: datetime, limit_s: float) -> Skew:
    if len(delays) < LEARNED_FROM:
        return Skew(delays, slot_at, skew.bad_at)
    # The newest slot may still be growing, and would be too large while a kept-back burst comes in: it has no vote.
    settled = sorted(delays[:-1])
    middle = (len(settled) - 1) // 2
    quarter = len(settled) // 4
    is_steady = settled[-1 - quarter] - settled[quarter] <= STEADY_S
    # Once corrected it stays so down to half the limit: one that lies at the limit must not go to and fro.
    needed_s = limit_s / 2 if skew.corrected else limit_s
    return Skew(delays, slot_at, skew.bad_at, settled[middle], is_steady and abs(settled[middle]) > needed_s)


def read_clock(skew: Skew, observed_at: datetime, received_at: datetime, limit_s: float) -> Clocked:
    """Return when it was observed, by what is known of the source's clock. Never after its receipt."""
    if observed_at < EARLIEST or observed_at > received_at + AHEAD_MAX:
        return Clocked(received_at, "bad")
    if skew.corrected and skew.offset_s is not None:
        return Clocked(min(observed_at + timedelta(seconds=skew.offset_s), received_at), "corrected")
    if observed_at > received_at:
        is_far = (observed_at - received_at).total_seconds() > limit_s
        return Clocked(received_at, "ahead" if is_far else "")
    return Clocked(observed_at)


def is_bad(skew: Skew, limit_s: float, at: datetime) -> bool:
    """Return whether the clock is known to be off by more than the limit, or has lately told what cannot be."""
    if skew.bad_at is not None and at - skew.bad_at < BAD_FOR:
        return True
    return skew.corrected or (skew.offset_s is not None and abs(skew.offset_s) > limit_s)
