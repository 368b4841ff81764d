"""How often one address may ask: a token bucket for each, in memory."""

from collections import OrderedDict
from datetime import datetime

ADDRESSES_MAX = 50_000
"""Most addresses remembered (about 10 MB); the longest unseen is forgotten first, and is then fresh again."""


class RateLimit:
    """`burst` requests at once, then `per_minute` a minute."""

    def __init__(self, *, burst: int, per_minute: float) -> None:
        self._burst = float(burst)
        self._per_second = per_minute / 60
        self._left: OrderedDict[str, tuple[float, datetime]] = OrderedDict()

    def share_left(self, address: str, at: datetime) -> float:
        """Return how full the address's bucket is, 0 to 1; it is not touched."""
        left, seen_at = self._left.get(address, (self._burst, at))
        return min(self._burst, left + max(0.0, (at - seen_at).total_seconds()) * self._per_second) / self._burst

    def wait_s(self, address: str, at: datetime) -> int:
        """Take one request from the address's bucket; return 0, or how many seconds until there is one."""
        left, seen_at = self._left.get(address, (self._burst, at))
        left = min(self._burst, left + max(0.0, (at - seen_at).total_seconds()) * self._per_second)
        wait_s = 0 if left >= 1 else max(1, round((1 - left) / self._per_second))
        self._left[address] = (left if wait_s else left - 1, at)
        self._left.move_to_end(address)
        if len(self._left) > ADDRESSES_MAX:
            self._left.popitem(last=False)
        return wait_s
