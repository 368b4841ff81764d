"""Token buckets (the algorithm of RFC 2697, with one rate): so many a second for ever, so many at once."""

from datetime import datetime

from msgspec import Struct

from dispatch.health.rules import BucketRule


class Bucket(Struct, frozen=True, gc=False):
    """What a source may still tell at once, as of `at`."""

    tokens: float
    at: datetime


def draw(bucket: Bucket | None, rule: BucketRule, wanted: float, at: datetime) -> tuple[Bucket, bool]:
    """Take `wanted` tokens; return the bucket after it, and whether there were so many. Without them none is taken.

    More than the burst can never be had at once; so much counts as a full bucket.
    """
    if bucket is None:
        tokens = rule.burst
    else:
        since_s = max(0.0, (at - bucket.at).total_seconds())
        tokens = min(rule.burst, bucket.tokens + since_s * rule.per_s)
    wanted_now = min(wanted, rule.burst)
    if tokens < wanted_now:
        return Bucket(tokens, at), False
    return Bucket(tokens - wanted_now, at), True
