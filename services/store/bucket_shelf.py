"""Pictures and recordings in a bucket, with a cache in front of it; and which shelf a server has."""

import functools
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import structlog

from services.settings import Settings
from services.store.bucket import Bucket
from services.store.cache import Cache
from services.store.shelf import ID_LENGTH, RAW, BucketAway, DiskShelf, Shelf, names_of

LOOK_EVERY_S = 10.0
"""How often is looked for pictures that another process has put aside: a question to a bucket costs money."""
COUNT_EVERY_S = 10.0
"""How old the number of pictures that wait may be; what this process puts aside meanwhile is added to it."""

log = structlog.get_logger(__name__)


class BucketShelf:
    """Files in a bucket. What is put down lies there before anybody is told that it is kept; the cache comes after.

    What devices have sent lies in the bucket alone, so that a server that has only doors keeps nothing of anybody.
    """

    look_every_s = LOOK_EVERY_S

    def __init__(self, data_dir: Path, bucket: Bucket, cache_bytes: int) -> None:
        self.cache = Cache(data_dir / "media-cache", cache_bytes)
        self._bucket, self._former = bucket, DiskShelf(data_dir)
        self._waiting, self._counted_at = 0, float("-inf")

    def put(self, name: str, body: bytes) -> None:
        # Even where the cache has it: another server may have deleted it from the bucket.
        self._bucket.put(name, body)
        with suppress(BucketAway):
            self._cache(name, body)

    def put_aside(self, media_id: str, body: bytes) -> None:
        self._bucket.put(f"{RAW}/{media_id}", body)
        self._waiting += 1

    def has(self, name: str) -> bool:
        return self._bucket.has(name)

    def fetch(self, name: str) -> Path:
        return self.cache.find(name) or self._cache(name, self._bucket.get(name))

    def _cache(self, name: str, body: bytes) -> Path:
        """:raises BucketAway: if there is no room for it: it is kept, and cannot be read now."""
        try:
            return self.cache.put(name, body)
        except OSError as error:
            log.error("not cached", error=f"{type(error).__name__}: {error}")
            raise BucketAway("there is no room on this disk") from None

    def read_aside(self, media_id: str) -> bytes:
        return self._bucket.get(f"{RAW}/{media_id}")

    def list_aside(self) -> list[str]:
        found = sorted(self._bucket.iterate(RAW), key=lambda each: (each.modified_at, each.name))
        ids = [each.name.removeprefix(f"{RAW}/") for each in found]
        waiting = [each for each in ids if len(each) == ID_LENGTH]
        self._waiting, self._counted_at = len(waiting), time.perf_counter()
        return waiting

    def count_aside(self) -> int:
        if time.perf_counter() - self._counted_at > COUNT_EVERY_S:
            self.list_aside()
        return self._waiting

    def drop_aside(self, media_id: str) -> None:
        self._bucket.delete([f"{RAW}/{media_id}"])

    def delete(self, media_ids: Iterable[str]) -> None:
        # What is left of a folder from before the bucket goes too: who is to be forgotten is forgotten everywhere.
        ids = list(media_ids)
        self._former.delete(ids)
        self.cache.delete(ids)
        self._bucket.delete([name for each in ids for name in (f"{RAW}/{each}", *names_of(each))])

    def place_of(self, name: str) -> Path:
        return self.cache.folder / name

    def check(self) -> None:
        self._bucket.check()


@functools.lru_cache(maxsize=4)
def open_shelf(settings: Settings) -> Shelf:
    """Return where this server keeps pictures and recordings. All its parts share it: its connections, and what it
    knows of whether the bucket answers.
    """
    if not settings.media.bucket:
        return DiskShelf(settings.data_dir)
    former = DiskShelf(settings.data_dir).folder
    if former.exists() and any(former.iterdir()):
        log.warning("pictures lie outside the bucket", folder=str(former), help="wardline media push, then delete it")
    return BucketShelf(settings.data_dir, Bucket(settings.media), settings.media.cache_bytes)
