"""Who may file: the key of a source is the standard's `api_key`, and each key may send so much in a minute."""

from collections import OrderedDict
from datetime import datetime

from starlette.requests import Request

from dispatch.city import Source
from services.api.limits import RateLimit
from services.api.open311.errors import BadRequest311, Fault
from services.api.platform import platform_of
from services.observe.clock import now
from services.store import sources
from services.store.accounts import hash_secret

FEEDS = ("open311", "report")
"""Feeds whose sources may file: partner systems, and desks that report for people."""
KEY_MAX = 200
KEYS_MAX = 10_000
"""Keys whose use is remembered; the longest unused is forgotten first, and is then fresh again."""


class Quotas:
    """A bucket for each key: a minute's worth at once, then evenly."""

    def __init__(self) -> None:
        self._limits: OrderedDict[tuple[str, int], RateLimit] = OrderedDict()

    def wait_s(self, key_hash: str, per_minute: int, at: datetime) -> int:
        """Take one request; return 0, or how many seconds until there is one."""
        limit = self._limits.setdefault((key_hash, per_minute), RateLimit(burst=per_minute, per_minute=per_minute))
        self._limits.move_to_end((key_hash, per_minute))
        if len(self._limits) > KEYS_MAX:
            self._limits.popitem(last=False)
        return limit.wait_s(key_hash, at)


async def require_source(request: Request, key: str, quotas: Quotas) -> Source:
    """Return the source whose key it is.

    :raises BadRequest311: 403 without a key or with a wrong one; 429 past the key's quota.
    """
    platform = platform_of(request)
    if not key or len(key) > KEY_MAX:
        raise _forbidden(key)
    key_hash = hash_secret(key)
    found, quota = await platform.db.read(
        lambda connection: (sources.find_by_key(connection, key_hash), sources.find_quota(connection, key_hash))
    )
    if found is None:
        raise _forbidden(key)
    source_id, made = found
    senders = platform.desk.state.senders
    if made is not None and senders.find(source_id) is None:
        senders.add(made)  # made by the command since this server started
    source = senders.find(source_id)
    if source is None or source.feed not in FEEDS:
        raise _forbidden(key)
    per_minute = quota if quota is not None else platform.settings.open311_per_minute
    if wait_s := quotas.wait_s(key_hash, max(per_minute, 1), now()):
        raise too_many(wait_s)
    return source


def too_many(wait_s: int) -> BadRequest311:
    fault = Fault(429, f"请求过于频繁，请 {wait_s} 秒后再试", f"Too many requests: wait {wait_s} s")
    return BadRequest311(429, fault, headers={"Retry-After": str(wait_s)})


def _forbidden(key: str) -> BadRequest311:
    if key:
        return BadRequest311(403, Fault(403, "api_key 无效", "The api_key is not valid"))
    return BadRequest311(403, Fault(403, "缺少 api_key", "An api_key is needed"))
