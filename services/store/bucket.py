"""A bucket of an object store that speaks S3: Amazon's, MinIO, Ceph and the like. Every call blocks.

Names here are ours (`ab/abcdef....jpg`); the prefix of the settings stands before them in the bucket.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta

import structlog
from msgspec import Struct
from obstore.exceptions import BaseError
from obstore.store import S3Store

from services.observe import counters
from services.settings import MediaBucket
from services.store.shelf import BucketAway

CONNECT_S, CALL_S = 3.0, 20.0
"""Seconds to reach the store, and for one try of a call: 12 MB at 5 Mbit/s."""
TRIES_AGAIN, TRY_FOR_S = 2, 8.0
"""A call that fails is tried again so often, and no more after so many seconds: somebody waits for the answer."""
REST_S = 5.0
"""After a call that has failed no other is made for so long: what comes in meanwhile need not wait to hear the same."""
DELETE_AT_ONCE = 1_000
"""Names of one call, as S3 bounds it."""
ERROR_MAX = 300

log = structlog.get_logger(__name__)


class Kept(Struct, frozen=True):
    """One object of the bucket."""

    name: str
    size: int
    modified_at: datetime


class Bucket:
    """One bucket. What it needs to be let in it takes from the environment: AWS_ACCESS_KEY_ID and its siblings.

    Every call raises BucketAway where the store cannot be reached, has no such bucket, or does not let us in.
    """

    def __init__(self, settings: MediaBucket, *, rest_s: float = REST_S) -> None:
        self._store = _open(settings)
        self._rest_s, self._rests_until = rest_s, 0.0

    def put(self, name: str, body: bytes) -> None:
        """Keep an object: whole or not at all, and durably when this returns."""
        with self._calling("put", is_missing_a_failure=True):
            self._store.put(name, body, use_multipart=False)

    def get(self, name: str) -> bytes:
        """:raises FileNotFoundError: if there is none of that name."""
        with self._calling("get"):
            return bytes(self._store.get(name).bytes())

    def has(self, name: str) -> bool:
        try:
            with self._calling("head"):
                self._store.head(name)
        except FileNotFoundError:
            return False
        return True

    def delete(self, names: Sequence[str]) -> None:
        """Delete what there is of these names."""
        for start in range(0, len(names), DELETE_AT_ONCE):
            with self._calling("delete", is_missing_a_failure=True):
                self._store.delete(list(names[start : start + DELETE_AT_ONCE]))

    def iterate(self, folder: str = "") -> Iterator[Kept]:
        """Yield all that lies in a folder, or in the bucket; in no order that means anything."""
        pages = iter(self._store.list(folder or None))
        while True:
            with self._calling("list", is_missing_a_failure=True):
                page = next(pages, None)
            if page is None:
                return
            for each in page:
                yield Kept(each["path"], each["size"], each["last_modified"])

    def check(self) -> None:
        """Ask the store for the names in a folder that there is not: it answers, and lets us in."""
        for _ in self.iterate("none"):
            return

    @contextmanager
    def _calling(self, call: str, *, is_missing_a_failure: bool = False) -> Iterator[None]:
        if time.perf_counter() < self._rests_until:
            counters.BUCKET_CALLS.labels(call, "spared").inc()
            raise BucketAway("the bucket has not answered a moment ago")
        try:
            yield
        except FileNotFoundError as error:
            if is_missing_a_failure or "NoSuchBucket" in str(error):
                raise self._away(call, error) from None
            counters.BUCKET_CALLS.labels(call, "missing").inc()
            raise
        except (BaseError, OSError, ValueError) as error:
            raise self._away(call, error) from None
        counters.BUCKET_CALLS.labels(call, "done").inc()

    def _away(self, call: str, error: Exception) -> BucketAway:
        """Rest for a while. What the library says names the address and the answer, and no secret, on its first line;
        what follows is not kept.
        """
        self._rests_until = time.perf_counter() + self._rest_s
        counters.BUCKET_CALLS.labels(call, "failed").inc()
        text = str(error).partition("\n")[0][:ERROR_MAX]
        log.error("bucket away", call=call, error=text)
        return BucketAway(text)


def _open(settings: MediaBucket) -> S3Store:
    """Return the way to the bucket; nothing is asked of it yet."""
    where = {"endpoint": settings.endpoint, "region": settings.region}
    return S3Store(
        settings.bucket,
        prefix=settings.prefix or None,
        config={key: value for key, value in where.items() if value},  # type: ignore[arg-type]
        client_options={
            "allow_http": settings.endpoint.startswith("http://"),
            "connect_timeout": timedelta(seconds=CONNECT_S),
            "timeout": timedelta(seconds=CALL_S),
        },
        retry_config={
            "max_retries": TRIES_AGAIN,
            "retry_timeout": timedelta(seconds=TRY_FOR_S),
            "backoff": {
                "init_backoff": timedelta(milliseconds=100),
                "max_backoff": timedelta(seconds=1),
                "base": 2,
            },
        },
    )
