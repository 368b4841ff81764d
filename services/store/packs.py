"""City packs in the database: whole versions, none half loaded."""

import zlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256

import msgspec
from sqlalchemy import Connection, func, insert, select

from dispatch.category import Category
from services.store.tables import code_rows, pack_files, pack_versions
from services.store.upsert import insert_new


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
    digest = digest_of(files)
    newest = _newest(connection)
    if newest is not None and newest[1] == digest:
        return newest[0]
    version = (newest[0] if newest else 0) + 1
    connection.execute(insert(pack_versions).values(version=version, pack_id=pack_id, digest=digest, loaded_at=at))
    connection.execute(
        insert(pack_files),
        [{"version": version, "path": path, "body": zlib.compress(body)} for path, body in sorted(files.items())],
    )
    insert_new(connection, code_rows, [_code_row(category) for category in categories])
    return version


def _code_row(category: Category) -> dict[str, object]:
    return {
        "scheme": category.scheme,
        "code": category.code,
        "valid_from": category.valid_from.isoformat(),
        "valid_to": category.valid_to.isoformat() if category.valid_to else None,
        "doc": msgspec.json.encode(category),
    }


def _newest(connection: Connection) -> tuple[int, str] | None:
    row = connection.execute(
        select(pack_versions.c.version, pack_versions.c.digest).order_by(pack_versions.c.version.desc()).limit(1)
    ).one_or_none()
    return None if row is None else (row.version, row.digest)


def find_newest(connection: Connection) -> dict[str, bytes] | None:
    """Return the files of the newest pack, None if none was ever loaded."""
    version = connection.scalar(select(func.max(pack_versions.c.version)))
    if version is None:
        return None
    rows = connection.execute(select(pack_files.c.path, pack_files.c.body).where(pack_files.c.version == version))
    return {row.path: zlib.decompress(row.body) for row in rows}
