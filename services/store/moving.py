"""Brings the folder of pictures and recordings into a bucket, where a city moves to one. Twice is once."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from msgspec import Struct
from sqlalchemy import Engine

from services.store.bucket import Bucket
from services.store.media import NAME, find_missing
from services.store.shelf import RAW, names_of

AT_ONCE = 8
"""Files that are on their way at the same time: a bucket takes its time for each, and many beside each other."""
ASK_AT_ONCE = 500


LEDGER = "pushed.txt"
"""The file of the folder with the names of what was sent, so that what is deleted here later is deleted there too:
until a city has moved, its server deletes from the folder alone.
"""


class Pushed(Struct, frozen=True, kw_only=True):
    """What became of the files: `sent`; `there` already; `unnamed`, which are of nothing that the city still keeps;
    `taken_back`, which were sent by an earlier run and have been deleted here since.
    """

    sent: int
    there: int
    unnamed: int
    taken_back: int


class _File(Struct, frozen=True):
    name: str
    media_id: str
    path: Path
    size: int


def push_folder(engine: Engine, folder: Path, bucket: Bucket) -> Pushed:
    """Send what the bucket does not have; the folder stays as it is.

    What has no row, or an erased one, is not sent: it has been deleted, or is about to be.

    :raises BucketAway: if it cannot be sent; what was sent is there.
    """
    files = list(_iterate(folder))
    held = {each.name: each.size for each in bucket.iterate()}
    before = _read_ledger(folder)
    unnamed = _find_unnamed(engine, {each.media_id for each in files} | set(before.values()))
    gone = [name for name, media_id in before.items() if media_id in unnamed and name in held]
    bucket.delete(gone)
    known = [each for each in files if each.media_id not in unnamed]
    missing = [each for each in known if not _is_there(each, held, folder)]
    _note(folder, missing)
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="push") as threads:
        sent = sum(threads.map(lambda each: _send(bucket, each), missing))
    there, left = len(known) - len(missing), len(files) - len(known)
    return Pushed(sent=sent, there=there, unnamed=left, taken_back=len(gone))


def _read_ledger(folder: Path) -> Mapping[str, str]:
    """Return (name -> id) of what was sent by earlier runs."""
    try:
        names = (folder / LEDGER).read_text(encoding="ascii").split()
    except FileNotFoundError:
        return {}
    found = ((name, NAME.match(name.rpartition("/")[2])) for name in names)
    return {name: named.group() for name, named in found if named}


def _note(folder: Path, files: Sequence[_File]) -> None:
    """Write, durably, what is about to be sent."""
    if not files:
        return
    with (folder / LEDGER).open("a", encoding="ascii") as ledger:
        ledger.writelines(f"\n{each.name}\n" for each in files)
        ledger.flush()
        os.fsync(ledger.fileno())


def _iterate(folder: Path) -> Iterator[_File]:
    """Yield the files that are ours; what can be made again, and what was never finished, is not."""
    for path in folder.glob("*/*"):
        named = NAME.match(path.name)
        if named is None:
            continue
        name, media_id = path.relative_to(folder).as_posix(), named.group()
        if name in (f"{RAW}/{media_id}", *names_of(media_id)):
            yield _File(name, media_id, path, path.stat().st_size)


def _find_unnamed(engine: Engine, media_ids: Iterable[str]) -> frozenset[str]:
    asked, unnamed = sorted(media_ids), set[str]()
    with engine.connect() as connection:
        for start in range(0, len(asked), ASK_AT_ONCE):
            unnamed.update(find_missing(connection, tuple(asked[start : start + ASK_AT_ONCE])))
    return frozenset(unnamed)


def _is_there(file: _File, held: Mapping[str, int], folder: Path) -> bool:
    """What came from a device need not go where its picture is developed: nobody would develop it again."""
    if file.name.startswith(f"{RAW}/"):
        picture = names_of(file.media_id)[0]
        return picture in held or (folder / picture).exists() or file.name in held
    return held.get(file.name) == file.size


def _send(bucket: Bucket, file: _File) -> int:
    try:
        body = file.path.read_bytes()
    except FileNotFoundError:
        return 0  # deleted, or developed, since it was looked for
    bucket.put(file.name, body)
    return 1
