"""How often a machine was right, as far as people have said so, and what that is worth.

The verdicts are those on cases that waited for a person: what was sure enough was filed without one, and nobody has
judged it. So a share is of those that waited, and says nothing of the others.
"""

from collections.abc import Iterable
from math import sqrt

from msgspec import Struct

from dispatch.case import Verdict
from dispatch.measures import UNSURE

Z_95 = 1.959964
"""The interval covers the true share in 95 of 100 such counts."""
ADVISED_SHARE = 0.9
"""What is filed by itself should nearly always be so: a threshold is advised where even the lower end of the interval
is at least this."""
ADVISED_FROM = 20
"""Verdicts without which no threshold is advised, whatever they say."""


class Advice(Struct, frozen=True):
    """From a confidence on, so many were judged and this share of them was so."""

    threshold: float
    judged: int
    share: float


class Precision(Struct, frozen=True, kw_only=True):
    """`share` is confirmed / judged, `low` and `high` its interval (Wilson, 95 %); None where nothing was judged."""

    confirmed: int
    refused: int
    share: float | None
    low: float | None
    high: float | None
    advice: Advice | None


def weigh(rows: Iterable[tuple[str, int]]) -> Precision:
    """Return the precision of some (counter, amount) rows; counters that are no verdicts count nothing."""
    sums = {verdict.value: dict[str, int]() for verdict in (Verdict.CONFIRMED, Verdict.REFUSED)}
    for counter, amount in rows:
        verdict, _, sure = counter.partition(":")
        if verdict in sums:
            sums[verdict][sure] = sums[verdict].get(sure, 0) + amount
    right, wrong = sums[Verdict.CONFIRMED.value], sums[Verdict.REFUSED.value]
    confirmed, refused = sum(right.values()), sum(wrong.values())
    low, high = wilson(confirmed, confirmed + refused) or (None, None)
    return Precision(
        confirmed=confirmed,
        refused=refused,
        share=confirmed / (confirmed + refused) if confirmed + refused else None,
        low=low,
        high=high,
        advice=_advise(right, wrong),
    )


def wilson(part: int, whole: int) -> tuple[float, float] | None:
    """Return the score interval of a share (Wilson 1927), None of nothing. It stays within 0..1 and holds for few."""
    if whole <= 0:
        return None
    share, z2 = part / whole, Z_95**2
    middle = (share + z2 / (2 * whole)) / (1 + z2 / whole)
    half = Z_95 * sqrt(share * (1 - share) / whole + z2 / (4 * whole**2)) / (1 + z2 / whole)
    return max(0.0, middle - half), min(1.0, middle + half)


def _advise(right: dict[str, int], wrong: dict[str, int]) -> Advice | None:
    """Return the lowest confidence from which on the verdicts say that a person was not needed."""
    found: Advice | None = None
    confirmed = judged = 0
    for sure in sorted({int(each) for each in (*right, *wrong) if each != UNSURE}, reverse=True):
        confirmed += right.get(str(sure), 0)
        judged += right.get(str(sure), 0) + wrong.get(str(sure), 0)
        interval = wilson(confirmed, judged)
        if interval and judged >= ADVISED_FROM and interval[0] >= ADVISED_SHARE:
            found = Advice(sure / 100, judged, confirmed / judged)
    return found
