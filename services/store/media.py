"""What is known of the pictures; their bytes lie in the data folder (`services/api/pictures.py`)."""

from datetime import datetime

from msgspec import Struct
from sqlalchemy import Connection, insert, select

from services.store.tables import media


class Medium(Struct, frozen=True, kw_only=True):
    """One picture. `id` is the hash of its stored bytes, so the same picture is stored once."""

    id: str
    content_type: str
    width: int
    height: int
    size: int


_COLUMNS = (media.c.id, media.c.content_type, media.c.width, media.c.height, media.c.size)


def add_medium(connection: Connection, medium: Medium, created_by: str, at: datetime) -> None:
    """Store the row of a picture; nothing happens if it is there already."""
    if find_medium(connection, medium.id) is not None:
        return
    values = {column.name: getattr(medium, column.name) for column in _COLUMNS}
    connection.execute(insert(media).values(created_by=created_by, created_at=at, **values))


def find_medium(connection: Connection, media_id: str) -> Medium | None:
    row = connection.execute(select(*_COLUMNS).where(media.c.id == media_id)).first()
    return None if row is None else Medium(**row._mapping)


def find_missing(connection: Connection, media_ids: tuple[str, ...]) -> list[str]:
    """Return those of the ids that name no picture."""
    if not media_ids:
        return []
    known = set(connection.scalars(select(media.c.id).where(media.c.id.in_(media_ids))))
    return [media_id for media_id in media_ids if media_id not in known]
