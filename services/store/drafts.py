"""Drafts of the next version of the city's pack: one for each administrator, kept until published or discarded."""

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct
from sqlalchemy import Connection, delete, select

from services.store.pack_tables import pack_blobs, pack_draft_files, pack_drafts, pack_files
from services.store.packs import keep_bodies, read_bodies
from services.store.upsert import upsert

TAKEN_OUT = ""
"""Stands for the content of a file that the draft takes out of the pack."""


class Draft(Struct, frozen=True, kw_only=True):
    """What somebody has changed since version `base`: path -> content, None for a file that is taken out.

    `restored` is the version whose content the draft began with, `imported` whether a whole pack was brought in.
    """

    base: int
    updated_at: datetime
    files: Mapping[str, bytes | None] = {}
    restored: int | None = None
    imported: bool = False


def find_draft(connection: Connection, username: str) -> Draft | None:
    """Return an administrator's draft, None where he has none."""
    row = connection.execute(select(pack_drafts).where(pack_drafts.c.username == username)).one_or_none()
    if row is None:
        return None
    columns = (pack_draft_files.c.path, pack_draft_files.c.digest)
    pairs = connection.execute(select(*columns).where(pack_draft_files.c.username == username))
    digests = {pair.path: pair.digest for pair in pairs}
    bodies = read_bodies(connection, {path: digest for path, digest in digests.items() if digest != TAKEN_OUT})
    return Draft(
        base=row.base,
        updated_at=row.updated_at,
        files={path: bodies.get(path) for path in digests},
        restored=row.restored,
        imported=row.imported,
    )


def save_draft(connection: Connection, username: str, draft: Draft) -> None:
    """Keep the draft in place of the one before."""
    upsert(
        connection,
        pack_drafts,
        [
            {
                "username": username,
                "base": draft.base,
                "restored": draft.restored,
                "imported": draft.imported,
                "updated_at": draft.updated_at,
            }
        ],
    )
    connection.execute(delete(pack_draft_files).where(pack_draft_files.c.username == username))
    digests: dict[str, str] = dict.fromkeys(draft.files, TAKEN_OUT)
    digests.update(keep_bodies(connection, {path: body for path, body in draft.files.items() if body is not None}))
    rows = [{"username": username, "path": path, "digest": digest} for path, digest in digests.items()]
    if rows:
        upsert(connection, pack_draft_files, rows)
    _forget_bodies(connection)


def delete_draft(connection: Connection, username: str) -> None:
    """Discard a draft; nothing happens where there is none."""
    for table in (pack_draft_files, pack_drafts):
        connection.execute(delete(table).where(table.c.username == username))
    _forget_bodies(connection)


def _forget_bodies(connection: Connection) -> None:
    """Delete the contents that neither a version nor a draft names any more."""
    used = select(pack_files.c.digest).union(select(pack_draft_files.c.digest))
    connection.execute(delete(pack_blobs).where(pack_blobs.c.digest.not_in(used)))
