"""City packs in the database: whole versions, none half loaded, each with who made it, when and why."""

import zlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256

import msgspec
from sqlalchemy import Connection, func, insert, select

from dispatch.category import Category
from services.store.pack_tables import pack_blobs, pack_files, pack_versions
from services.store.tables import code_rows
from services.store.upsert import insert_new

Origin = str
LOADED, EDITED, IMPORTED, REVERTED = "load", "edit", "import", "revert"
"""How a version came about: by a command, by edits, by the import of a whole pack, by going back to an earlier one."""


class StaleVersion(Exception):
    """The version that was edited is not the newest any more."""

    def __init__(self, newest: int) -> None:
        super().__init__(f"the newest version is {newest}")
        self.newest = newest


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept of a version beside its files. `changes` is JSON: rows added, changed and removed by section."""

    author: str = ""
    comment: str = ""
    origin: Origin = LOADED
    parent: int | None = None
    restored: int | None = None
    changes: str = "[]"


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """A version that is in the database."""

    version: int
    pack_id: str
    digest: str
    loaded_at: datetime
    author: str
    comment: str
    origin: Origin
    parent: int | None
    restored: int | None
    changes: str


def digest_of(files: Mapping[str, bytes]) -> str:
    """Return the SHA-256 of a pack's files, names and bytes."""
    digest = sha256()
    for path, body in sorted(files.items()):
        digest.update(f"{path}\0{len(body)}\0".encode())
        digest.update(body)
    return digest.hexdigest()


def save(
    connection: Connection, pack_id: str, files: Mapping[str, bytes], categories: Sequence[Category], at: datetime
) -> int:
    """Store the pack as the newest version and return its number; the same pack again is no new version."""
    newest = find_newest_version(connection)
    if newest is not None and newest.digest == digest_of(files):
        return newest.version
    return _add(connection, pack_id, files, categories, at, Mark(parent=newest.version if newest else None))


def publish(
    connection: Connection,
    pack_id: str,
    files: Mapping[str, bytes],
    categories: Sequence[Category],
    at: datetime,
    mark: Mark,
) -> int:
    """Store the pack as the version after `mark.parent` and return its number.

    :raises StaleVersion: if another one has become the newest meanwhile.
    """
    newest = find_newest_version(connection)
    if newest is not None and newest.version != mark.parent:
        raise StaleVersion(newest.version)
    return _add(connection, pack_id, files, categories, at, mark)


def _add(
    connection: Connection,
    pack_id: str,
    files: Mapping[str, bytes],
    categories: Sequence[Category],
    at: datetime,
    mark: Mark,
) -> int:
    version = (connection.scalar(select(func.max(pack_versions.c.version))) or 0) + 1
    values = {"version": version, "pack_id": pack_id, "digest": digest_of(files), "loaded_at": at}
    connection.execute(insert(pack_versions).values(**values, **msgspec.structs.asdict(mark)))
    digests = keep_bodies(connection, files)
    connection.execute(
        insert(pack_files),
        [{"version": version, "path": path, "digest": digest} for path, digest in sorted(digests.items())],
    )
    insert_new(connection, code_rows, [_code_row(category) for category in categories])
    return version


def keep_bodies(connection: Connection, files: Mapping[str, bytes]) -> dict[str, str]:
    """Keep the contents that are not kept yet; return the digest of each file."""
    digests = {path: sha256(body).hexdigest() for path, body in files.items()}
    known = set(connection.scalars(select(pack_blobs.c.digest).where(pack_blobs.c.digest.in_(set(digests.values())))))
    new = {digests[path]: body for path, body in files.items() if digests[path] not in known}
    if new:
        rows = [{"digest": digest, "body": zlib.compress(body)} for digest, body in sorted(new.items())]
        connection.execute(insert(pack_blobs), rows)
    return digests


def read_bodies(connection: Connection, digests: Mapping[str, str]) -> dict[str, bytes]:
    """Return the content of each file whose digest is given."""
    rows = connection.execute(select(pack_blobs).where(pack_blobs.c.digest.in_(set(digests.values()))))
    bodies = {row.digest: zlib.decompress(row.body) for row in rows}
    return {path: bodies[digest] for path, digest in digests.items()}


def _code_row(category: Category) -> dict[str, object]:
    return {
        "scheme": category.scheme,
        "code": category.code,
        "valid_from": category.valid_from.isoformat(),
        "valid_to": category.valid_to.isoformat() if category.valid_to else None,
        "doc": msgspec.json.encode(category),
    }


def list_versions(connection: Connection, *, before: int | None = None, limit: int = 1) -> list[Version]:
    """Return versions, the newest first; `before` is the number to go on from."""
    query = select(pack_versions).order_by(pack_versions.c.version.desc()).limit(limit)
    if before is not None:
        query = query.where(pack_versions.c.version < before)
    return [Version(**row._mapping) for row in connection.execute(query)]


def find_version(connection: Connection, version: int) -> Version | None:
    row = connection.execute(select(pack_versions).where(pack_versions.c.version == version)).one_or_none()
    return None if row is None else Version(**row._mapping)


def find_newest_version(connection: Connection) -> Version | None:
    """Return the newest version, None if no pack was ever loaded."""
    return next(iter(list_versions(connection)), None)


def find_last_loaded(connection: Connection) -> Version | None:
    """Return the newest of the versions that came from a folder."""
    query = select(pack_versions).where(pack_versions.c.origin == LOADED).order_by(pack_versions.c.version.desc())
    row = connection.execute(query.limit(1)).one_or_none()
    return None if row is None else Version(**row._mapping)


def read_files(connection: Connection, version: int) -> dict[str, bytes]:
    """Return the files of a version; none for one that there is not."""
    rows = connection.execute(select(pack_files.c.path, pack_files.c.digest).where(pack_files.c.version == version))
    return read_bodies(connection, {row.path: row.digest for row in rows})


def find_newest(connection: Connection) -> dict[str, bytes] | None:
    """Return the files of the newest pack, None if none was ever loaded."""
    newest = find_newest_version(connection)
    return None if newest is None else read_files(connection, newest.version)
