"""Where the bytes of pictures and recordings lie: on a disk, or in a bucket (services/store/bucket_shelf.py).

Files are named by their content: written once, whole, never changed. Every call blocks: make it by `on_shelf`.
"""

import asyncio
import functools
import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import ParamSpec, Protocol, TypeVar

from services.store.files import put_whole

RAW = "raw"
"""The folder of what devices have sent and nobody has developed yet."""
ID_LENGTH = 40
"""Hexadecimal digits of a picture's id."""
SOUND_PREFIX = "rec-"
"""How the id of a recording begins, so that who shows media knows it from a picture."""
PICTURE_ENDINGS = (".jpg", "-thumb.jpg")
SOUND_ENDINGS = {"audio/webm": ".webm", "audio/ogg": ".ogg", "audio/mp4": ".m4a"}
"""Content type -> how the file's name ends."""
LOOK_EVERY_S = 2.0
"""How often is looked on a disk for pictures that another process has put down."""

_THREADS = ThreadPoolExecutor(16, thread_name_prefix="shelf")
"""They wait for a disk or for a bucket, and do nothing else: a bucket answers in some tens of milliseconds."""

P = ParamSpec("P")
T = TypeVar("T")


class BucketAway(Exception):
    """The bucket does not answer, or does not let us in: nothing was kept, and what is there cannot be read now."""


class Shelf(Protocol):
    """What keeps files by their names. Where it is a bucket, each call but `place_of` may raise BucketAway."""

    @property
    def look_every_s(self) -> float:
        """How often it is worth looking for what other processes have put aside."""
        ...

    def put(self, name: str, body: bytes) -> None:
        """Keep a file; it is durable when this returns. Twice is once."""
        ...

    def put_aside(self, media_id: str, body: bytes) -> None:
        """Keep what a device has sent, durably, for whoever develops it."""
        ...

    def has(self, name: str) -> bool: ...

    def fetch(self, name: str) -> Path:
        """Make sure that a file is here, and return where.

        :raises FileNotFoundError: if there is none of that name.
        """
        ...

    def read_aside(self, media_id: str) -> bytes:
        """:raises FileNotFoundError: if nothing of that id waits."""
        ...

    def list_aside(self) -> list[str]:
        """Return the ids of what waits to be developed, the oldest first."""
        ...

    def count_aside(self) -> int:
        """Return how many wait, as it was some seconds ago."""
        ...

    def drop_aside(self, media_id: str) -> None: ...

    def delete(self, media_ids: Iterable[str]) -> None:
        """Delete all files of these pictures and recordings, wherever they lie."""
        ...

    def place_of(self, name: str) -> Path:
        """Return where on this disk something may be kept that can be made again."""
        ...

    def check(self) -> None:
        """See whether what is put down would be kept."""
        ...


async def on_shelf(call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Make a blocking call of a shelf beside the event loop."""
    return await asyncio.get_running_loop().run_in_executor(_THREADS, functools.partial(call, *args, **kwargs))


def folder_of(media_id: str) -> str:
    return media_id.removeprefix(SOUND_PREFIX)[:2]


def names_of(media_id: str) -> list[str]:
    """Return the names that a picture or a recording may have files under."""
    endings = SOUND_ENDINGS.values() if media_id.startswith(SOUND_PREFIX) else PICTURE_ENDINGS
    return [f"{folder_of(media_id)}/{media_id}{ending}" for ending in endings]


def delete_files(folder: Path, media_ids: Iterable[str]) -> None:
    """Delete all files of these pictures and recordings that lie in a folder, with what was made of them."""
    for media_id in media_ids:
        (folder / RAW / media_id).unlink(missing_ok=True)
        for path in (folder / folder_of(media_id)).glob(f"{media_id}*"):
            path.unlink(missing_ok=True)


class DiskShelf:
    """The folder `media` of the data folder: `ab/abcdef....jpg`, `...-thumb.jpg`, `ab/rec-abcdef....webm`, `raw/`."""

    look_every_s = LOOK_EVERY_S

    def __init__(self, data_dir: Path) -> None:
        self.folder = data_dir / "media"

    def put(self, name: str, body: bytes) -> None:
        put_whole(self.folder / name, body)

    def put_aside(self, media_id: str, body: bytes) -> None:
        put_whole(self.folder / RAW / media_id, body)

    def has(self, name: str) -> bool:
        return (self.folder / name).exists()

    def fetch(self, name: str) -> Path:
        path = self.folder / name
        if not path.exists():
            raise FileNotFoundError(name)
        return path

    def read_aside(self, media_id: str) -> bytes:
        return (self.folder / RAW / media_id).read_bytes()

    def list_aside(self) -> list[str]:
        return [each.name for each in sorted(self._waiting(), key=lambda entry: entry.stat().st_mtime_ns)]

    def count_aside(self) -> int:
        return len(self._waiting())

    def _waiting(self) -> list["os.DirEntry[str]"]:
        try:
            with os.scandir(self.folder / RAW) as entries:
                return [each for each in entries if len(each.name) == ID_LENGTH]
        except FileNotFoundError:
            return []

    def drop_aside(self, media_id: str) -> None:
        (self.folder / RAW / media_id).unlink(missing_ok=True)

    def delete(self, media_ids: Iterable[str]) -> None:
        delete_files(self.folder, media_ids)

    def place_of(self, name: str) -> Path:
        return self.folder / name

    def check(self) -> None:
        """A disk that takes nothing says so by failing; there is nobody to ask beforehand."""
