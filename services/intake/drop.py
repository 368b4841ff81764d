"""The file drop: `WARDLINE_DROP_DIR/<feed>/<source>/` holds files, each of them a message of that source or many.

A file is read when it is whole: its name no longer ends as that of one being written, and its size and time have stood
still between two looks. It is stored durably and then moved to `done/`, or to `failed/` beside a file with the reason.
The folder is looked through, not watched: notifications of the kernel do not come over NFS and SMB, which is how files
are dropped. Its time of receipt is the file's own time, which moving it does not change, so that a file that is read
again after a kill is the same messages.
"""

import asyncio
import errno
import os
import stat
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog

from dispatch.city import Source
from services.intake.receive import Unwanted
from services.observe import counters

LOOK_EVERY_S = 2.0
"""How often the folder is looked through; two looks at which a file is the same make it whole."""
FILES_MAX = 1_000
"""Files that are read in one look; the others wait for the next."""
SEEN_MAX = 100_000
"""Files that may lie there at once and still be told apart."""
OWN_TIME = timedelta(days=1)
"""A file whose own time is within this is taken to have come then; an older or a future one is stamped first."""
UNFINISHED = (".part", ".partial", ".tmp", ".temp", ".filepart", ".crdownload", ".writing", ".swp", "~")
"""How the names end that copying programs give to files that they still write."""
DONE, FAILED = "done", "failed"
REASON_SUFFIX = ".reason.txt"
NAMES_MAX = 10_000
"""Names that are tried for a file whose own is taken where it goes."""

log = structlog.get_logger(__name__)

FindSource = Callable[[str, str], Source | None]
"""(feed, name of the folder): the source of that id or external id, None where the city knows none."""
Store = Callable[[Source, bytes, datetime], Awaitable[object]]
"""Returns once the message is durable; raises `Unwanted` if it never can be."""


class Refused(Exception):
    """The file is not read, for a reason that a person can mend."""


@dataclass(frozen=True, slots=True)
class Dropped:
    """A file that lies in the drop, as it was when it was looked at."""

    path: Path
    feed: str
    name: str
    mark: tuple[int, int, int]
    """Inode, size and time: while they stand still nobody writes."""


class Drop:
    """Takes files in for as long as `run()` runs."""

    def __init__(
        self,
        folder: Path,
        *,
        find_source: FindSource,
        store: Store,
        now: Callable[[], datetime],
        size_max: int,
        look_every_s: float = LOOK_EVERY_S,
    ) -> None:
        self._folder, self._find_source, self._store, self._now = folder, find_source, store, now
        self._size_max, self._look_every_s = size_max, look_every_s
        self._seen: dict[Path, tuple[int, int, int]] = {}
        self._stuck: dict[Path, tuple[int, int, int]] = {}
        """Files that were read and cannot be moved."""

    async def run(self) -> None:
        """Look, and take what is whole, until cancelled."""
        while True:
            try:
                await self.look()
            except Exception as error:  # noqa: BLE001 - outermost loop: a share that went away comes back
                log.error("drop not read", error=f"{type(error).__name__}: {error}")
            await asyncio.sleep(self._look_every_s)

    async def look(self) -> int:
        """Take the files that have not changed since the last look; return how many were taken."""
        found = await asyncio.to_thread(lambda: list(list_files(self._folder)))
        whole = [each for each in found if self._seen.get(each.path) == each.mark != self._stuck.get(each.path)]
        self._seen = {each.path: each.mark for each in found[:SEEN_MAX]}
        for each in whole[:FILES_MAX]:
            if not await self._take(each):
                break
        return len(whole[:FILES_MAX])

    async def _take(self, dropped: Dropped) -> bool:
        """Take one file; return whether it is settled, which it is not where nothing can be stored for now."""
        try:
            source = self._find_source(dropped.feed, dropped.name)
            if source is None:
                raise Refused(f"the city knows no source {dropped.name!r} of the feed {dropped.feed!r}")
            read = await asyncio.to_thread(read_file, self._folder, dropped, self._size_max, self._now())
            if read is None:
                return True
            body, at = read
            await self._store(source, body, at)
        except (Refused, Unwanted) as refusal:
            await asyncio.to_thread(self._settle, dropped, FAILED, str(refusal))
        except Exception as error:  # noqa: BLE001 - a full inbox, a database that went away: the file lies where it is
            log.warning("dropped file waits", file=str(dropped.path), error=f"{type(error).__name__}: {error}")
            return False
        else:
            await asyncio.to_thread(self._settle, dropped, DONE, "")
        return True

    def _settle(self, dropped: Dropped, where: str, reason: str) -> None:
        """Move the file to where its kind lies; killed before, it is read again and says nothing new."""
        self._seen.pop(dropped.path, None)
        try:
            move_file(self._folder, dropped, where, reason)
        except OSError as error:
            # Read but not to be moved (a share without the right to): it must not be read at every look for ever.
            self._stuck[dropped.path] = dropped.mark
            log.error("dropped file not moved", file=str(dropped.path), error=f"{type(error).__name__}: {error}")
        counters.DROPPED.labels(where).inc()
        if reason:
            log.warning("dropped file refused", file=str(dropped.path), why=reason)


def list_files(folder: Path) -> Iterator[Dropped]:
    """Yield the files that are not being written, by name. Links are not followed: a folder that is one is none."""
    for feed in _folders(folder):
        for name in _folders(feed):
            for entry in _entries(name):
                hidden = entry.name.startswith(".") or entry.name.lower().endswith(UNFINISHED)
                if hidden or entry.name in (DONE, FAILED) or entry.is_dir(follow_symlinks=False):
                    continue
                about = entry.stat(follow_symlinks=False)
                mark = (about.st_ino, about.st_size, about.st_mtime_ns)
                yield Dropped(Path(entry.path), feed.name, name.name, mark)


def _folders(folder: Path) -> list[Path]:
    return [Path(each.path) for each in _entries(folder) if each.is_dir(follow_symlinks=False) and each.name[0] != "."]


def _entries(folder: Path) -> list["os.DirEntry[str]"]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except FileNotFoundError:
        return []


_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


@contextmanager
def open_folder(root: Path, *names: str) -> Iterator[int]:
    """Give the folder under the root as a descriptor, reached through no link: what is done in it stays in the drop."""
    with ExitStack() as stack:
        folder = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        stack.callback(os.close, folder)
        for name in names:
            folder = os.open(name, _FOLDER, dir_fd=folder)
            stack.callback(os.close, folder)
        yield folder


def read_file(root: Path, dropped: Dropped, size_max: int, now: datetime) -> tuple[bytes, datetime] | None:
    """Return the bytes of a file and when it came; None where it is gone, or is being written after all.

    :raises Refused: for what is no plain file of its own (a link, a pipe, a second name of another file), or too large.
    """
    try:
        with open_folder(root, dropped.feed, dropped.name) as folder:
            # Not through a link, and never waiting for a pipe's other end.
            flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
            handle = os.open(dropped.path.name, flags, dir_fd=folder)
    except FileNotFoundError:
        return None
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENXIO, errno.ENOTDIR):
            raise Refused("it is no plain file") from None
        raise Refused(f"it cannot be read: {error.strerror}") from None
    with os.fdopen(handle, "rb") as file:
        about = os.fstat(handle)
        if not stat.S_ISREG(about.st_mode):
            raise Refused("it is no plain file")
        if about.st_nlink > 1:
            raise Refused("it has a second name elsewhere")
        if about.st_size > size_max:
            raise Refused(f"{about.st_size} bytes; at most {size_max}")
        body = file.read(size_max + 1)
        after = os.fstat(handle)
        if (after.st_ino, after.st_size, after.st_mtime_ns) != dropped.mark or len(body) != after.st_size:
            return None
        if not body:
            raise Refused("it is empty")
        return body, _received_at(handle, after.st_mtime, now)


def _received_at(handle: int, own_s: float, now: datetime) -> datetime:
    """Return the file's own time; where that is not of today, now, which is then its own time."""
    own = datetime.fromtimestamp(min(max(own_s, 0.0), now.timestamp() + 1), UTC)
    if now - OWN_TIME <= own <= now:
        return own
    os.utime(handle, (now.timestamp(), now.timestamp()))
    return datetime.fromtimestamp(os.fstat(handle).st_mtime, UTC)


def move_file(root: Path, dropped: Dropped, where: str, reason: str) -> None:
    """Move the file into the folder `where` beside it, with the reason in a file of its own where there is one."""
    old = dropped.path.name
    with open_folder(root, dropped.feed, dropped.name) as folder:
        with suppress(FileExistsError):
            os.mkdir(where, dir_fd=folder)
        with open_folder(root, dropped.feed, dropped.name, where) as target:
            about = os.stat(old, dir_fd=folder, follow_symlinks=False)
            if (about.st_ino, about.st_size) != dropped.mark[:2]:
                return  # another file has come under its name since: that one is still to be read
            new = _free_name(target, old)
            os.rename(old, new, src_dir_fd=folder, dst_dir_fd=target)
            if reason:
                flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
                with os.fdopen(
                    os.open(new + REASON_SUFFIX, flags, 0o644, dir_fd=target), "w", encoding="utf-8"
                ) as told:
                    told.write(f"{reason}\n")


def _free_name(folder: int, name: str) -> str:
    """Return a name that nothing in the folder has yet."""
    for n in range(NAMES_MAX):
        found = name if n == 0 else f"{name}.{n}"
        if not any(_is_there(folder, each) for each in (found, found + REASON_SUFFIX)):
            return found
    raise OSError(errno.EEXIST, "too many files of that name", name)


def _is_there(folder: int, name: str) -> bool:
    try:
        os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True
