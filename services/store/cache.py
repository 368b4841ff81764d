"""The folder in front of a bucket: files that lie in the bucket too, and what can be made of them again.

It may be deleted at any time. What is asked for is marked by the time of its file, so that what nobody has asked for
goes first.
"""

import os
from collections.abc import Iterable
from pathlib import Path

from msgspec import Struct

from services.store.database import Database
from services.store.files import put_whole
from services.store.media import NAME, find_missing
from services.store.shelf import delete_files, on_shelf

FRESH_S = 3_600.0
"""What was asked for within the hour is never dropped for room: an answer may be on its way that reads it."""
UNNAMED_S = 24 * 3_600.0
"""How old a file must be to be dropped because nothing names it: its row is written moments after it."""
ASK_AT_ONCE = 500
"""Ids of one question to the database."""


class Cached(Struct, frozen=True):
    """One file of the cache. `media_id` is "" for one that is none of ours; `age_s` counts from when it was used."""

    path: Path
    media_id: str
    size: int
    age_s: float


class Cache:
    """A folder that holds at most `bytes_max`, as soon as it is tidied."""

    def __init__(self, folder: Path, bytes_max: int) -> None:
        self.folder, self.bytes_max = folder, bytes_max

    def find(self, name: str) -> Path | None:
        """Return where a file lies, and mark it as used; None if it is not here."""
        path = self.folder / name
        try:
            os.utime(path)
        except (FileNotFoundError, NotADirectoryError):
            return None
        return path

    def put(self, name: str, body: bytes) -> Path:
        put_whole(self.folder / name, body)
        return self.folder / name

    def delete(self, media_ids: Iterable[str]) -> None:
        delete_files(self.folder, media_ids)

    def list_all(self, at_s: float) -> list[Cached]:
        """Return all files as they are `at_s` (seconds since 1970), what was not used for the longest first."""
        found = []
        for path in self.folder.glob("*/*"):
            try:
                stat = path.stat()
            except FileNotFoundError:
                continue  # it was dropped meanwhile
            named = NAME.match(path.name)
            found.append(Cached(path, named.group() if named else "", stat.st_size, at_s - stat.st_mtime))
        return sorted(found, key=lambda each: -each.age_s)

    def drop(self, files: Iterable[Cached], unnamed: frozenset[str]) -> int:
        """Drop what nothing names, then what was not used for the longest until the rest fits; return how many."""
        kept, dropped = [], 0
        for each in files:
            if each.age_s > UNNAMED_S and (not each.media_id or each.media_id in unnamed):
                each.path.unlink(missing_ok=True)
                dropped += 1
            else:
                kept.append(each)
        too_many = sum(each.size for each in kept) - self.bytes_max
        for each in kept:
            if too_many <= 0 or each.age_s < FRESH_S:
                break
            each.path.unlink(missing_ok=True)
            too_many -= each.size
            dropped += 1
        return dropped


async def tidy(db: Database, cache: Cache, at_s: float) -> int:
    """Keep a cache's bound, and drop what is deleted: another server may have deleted it while this one had a copy.

    Return how many files went.
    """
    files = await on_shelf(cache.list_all, at_s)
    asked = sorted({each.media_id for each in files if each.media_id and each.age_s > UNNAMED_S})
    unnamed: set[str] = set()
    for start in range(0, len(asked), ASK_AT_ONCE):
        page = tuple(asked[start : start + ASK_AT_ONCE])
        unnamed.update(await db.read(lambda connection, page=page: find_missing(connection, page)))  # type: ignore[misc]
    return await on_shelf(cache.drop, files, frozenset(unnamed))
