"""What is known of the pictures; their bytes lie in the data folder (`services/store/pictures.py`).

A picture is seen by who has sent it and by who may see a case that it belongs to.
"""

import re
from collections.abc import Iterable
from datetime import datetime

from msgspec import Struct
from sqlalchemy import Connection, delete, insert, select, update

from services.store.tables import media, media_cases, media_uploaders
from services.store.upsert import insert_new

NAME = re.compile("(?:rec-)?[0-9a-f]{40}")
"""A picture's or a recording's id, with which the names of its files begin."""
_NAMED = re.compile(rb'"((?:rec-)?[0-9a-f]{40})"')
"""A picture's id in the JSON of a fact or an event, whatever the field is called."""
_TEXTS = b'["'
"""Begins a list of texts, in which alone pictures are named. To look for it costs little, and most facts have none."""


class Medium(Struct, frozen=True, kw_only=True):
    """One picture. `id` is the hash of its stored bytes, or of those that a device sent: the same is stored once."""

    id: str
    content_type: str
    width: int
    height: int
    size: int


_COLUMNS = (media.c.id, media.c.content_type, media.c.width, media.c.height, media.c.size)


def add_medium(connection: Connection, medium: Medium, created_by: str, at: datetime) -> None:
    """Store the row of a picture, once; and who has sent it."""
    if find_medium(connection, medium.id) is None:
        connection.execute(delete(media).where(media.c.id == medium.id))  # one that was erased comes again
        values = {column.name: getattr(medium, column.name) for column in _COLUMNS}
        connection.execute(insert(media).values(created_by=created_by, created_at=at, **values))
    insert_new(connection, media_uploaders, [{"media_id": medium.id, "uploader": created_by}])


def put_medium(connection: Connection, medium: Medium) -> None:
    """Write what a picture has become by being developed."""
    connection.execute(
        update(media).where(media.c.id == medium.id).values(width=medium.width, height=medium.height, size=medium.size)
    )


def remove_medium(connection: Connection, media_id: str) -> None:
    """Forget a picture that turned out to be none."""
    connection.execute(delete(media).where(media.c.id == media_id))


def find_medium(connection: Connection, media_id: str) -> Medium | None:
    # What is erased is gone, though its file may lie there until the night.
    row = connection.execute(select(*_COLUMNS).where(media.c.id == media_id, media.c.erased_at.is_(None))).first()
    return None if row is None else Medium(**row._mapping)


def find_missing(connection: Connection, media_ids: tuple[str, ...]) -> list[str]:
    """Return those of the ids that name no picture."""
    if not media_ids:
        return []
    known = set(connection.scalars(select(media.c.id).where(media.c.id.in_(media_ids), media.c.erased_at.is_(None))))
    return [media_id for media_id in media_ids if media_id not in known]


def note_cases(connection: Connection, docs: Iterable[tuple[str, bytes]]) -> None:
    """Note which pictures belong to which case, from (case id, JSON of a fact or an event)."""
    named = {(found, case_id) for case_id, doc in docs if case_id and _TEXTS in doc for found in _NAMED.findall(doc)}
    if named:
        rows = [{"media_id": media_id.decode(), "case_id": case_id} for media_id, case_id in sorted(named)]
        insert_new(connection, media_cases, rows)


def is_uploader(connection: Connection, media_id: str, uploader: str) -> bool:
    found = (media_uploaders.c.media_id == media_id, media_uploaders.c.uploader == uploader)
    return connection.execute(select(media_uploaders.c.media_id).where(*found)).first() is not None


def list_cases_of(connection: Connection, media_id: str) -> list[str]:
    """Return the ids of the cases that a picture belongs to."""
    return list(connection.scalars(select(media_cases.c.case_id).where(media_cases.c.media_id == media_id)))
