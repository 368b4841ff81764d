"""Brings the folder of pictures and recordings into a bucket, where a city moves to one. Twice is once."""

from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from msgspec import Struct
from sqlalchemy import Connection

from services.store.bucket import Bucket
from services.store.media import NAME, find_missing
from services.store.shelf import RAW, names_of

AT_ONCE = 8
"""Files that are on their way at the same time: a bucket takes its time for each, and many beside each other."""
ASK_AT_ONCE = 500


class Pushed(Struct, frozen=True, kw_only=True):
    """What became of the files: `sent`; `there` already; `unnamed`, which are of nothing that the city still keeps."""

    sent: int
    there: int
    unnamed: int


class _File(Struct, frozen=True):
    name: str
    media_id: str
    path: Path
    size: int


def push_folder(connection: Connection, folder: Path, bucket: Bucket) -> Pushed:
    """Send what the bucket does not have; the folder stays as it is.

    What has no row, or an erased one, is not sent: it has been deleted, or is about to be.

    :raises BucketAway: if it cannot be sent; what was sent is there.
    """
    files = list(_iterate(folder))
    held = {each.name: each.size for each in bucket.iterate()}
    unnamed = _find_unnamed(connection, {each.media_id for each in files})
    known = [each for each in files if each.media_id not in unnamed]
    missing = [each for each in known if not _is_there(each, held, folder)]
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="push") as threads:
        sent = sum(threads.map(lambda each: _send(bucket, each), missing))
    return Pushed(sent=sent, there=len(known) - len(missing), unnamed=len(files) - len(known))


def _iterate(folder: Path) -> Iterator[_File]:
    """Yield the files that are ours; what can be made again, and what was never finished, is not."""
    for path in folder.glob("*/*"):
        named = NAME.match(path.name)
        if named is None:
            continue
        name, media_id = path.relative_to(folder).as_posix(), named.group()
        if name in (f"{RAW}/{media_id}", *names_of(media_id)):
            yield _File(name, media_id, path, path.stat().st_size)


def _find_unnamed(connection: Connection, media_ids: Iterable[str]) -> frozenset[str]:
    asked, unnamed = sorted(media_ids), set[str]()
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
