"""How often a source speaks, learned from the gaps between its messages, in two numbers."""

from msgspec import Struct

MEMORY = 32
"""Gaps that the mean remembers: an hour of a sensor that measures every two minutes."""
LEARNED_FROM = 8
"""Gaps from which on a cadence is known at all."""
GAP_MAX = 10.0
"""A gap counts as at most so many usual ones: a week in the cellar is an outage, not a new cadence."""
STEADY_FROM = 20
"""Gaps from which on a cadence can be steady: a handful that came by chance may well be alike."""
STEADY_SHARE = 0.5
"""A cadence is steady if its gaps are off by less than this share on average. Chance alone makes it 0.74 (2/e)."""


class Cadence(Struct, frozen=True, omit_defaults=True, gc=False):
    """`n` gaps with their mean and their mean distance from it, both over the last `MEMORY` or so."""

    n: int = 0
    interval_s: float = 0.0
    spread_s: float = 0.0

    @property
    def is_known(self) -> bool:
        return self.n >= LEARNED_FROM

    @property
    def is_steady(self) -> bool:
        """Whether the source speaks by a clock, so that its silence says something."""
        return self.n >= STEADY_FROM and self.spread_s <= STEADY_SHARE * self.interval_s


def beat(cadence: Cadence, gap_s: float) -> Cadence:
    """Return the cadence after one gap more."""
    n, mean = cadence.n + 1, cadence.interval_s
    if n > LEARNED_FROM and gap_s > GAP_MAX * mean:
        gap_s = GAP_MAX * mean
    weight = 1.0 / min(n, MEMORY)
    off_s = abs(gap_s - mean) if n > 1 else 0.0
    return Cadence(
        min(n, MEMORY), mean + weight * (gap_s - mean), cadence.spread_s + weight * (off_s - cadence.spread_s)
    )
