"""Which parts of which pictures are made unreadable: faces and plates, as who is in them or the office wishes."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy import Connection, delete, select

from services.store.tables import media_blurs
from services.store.upsert import upsert

BOXES_MAX = 50
"""Of one picture: a crowd is blurred as a whole."""

Box = tuple[float, float, float, float]
"""(x, y, width, height) in shares of the picture's width and height, from the upper left corner."""

_boxes = msgspec.json.Decoder(tuple[Box, ...])


def find_boxes(connection: Connection, media_id: str) -> tuple[Box, ...]:
    """Return what of a picture is blurred, () for nothing."""
    held: str | None = connection.scalar(select(media_blurs.c.boxes).where(media_blurs.c.media_id == media_id))
    return _boxes.decode(held) if held else ()


def put_boxes(connection: Connection, media_id: str, boxes: Sequence[Box], by: str, at: datetime) -> None:
    """Blur these parts of a picture and no others."""
    if not boxes:
        connection.execute(delete(media_blurs).where(media_blurs.c.media_id == media_id))
        return
    row = {"media_id": media_id, "boxes": msgspec.json.encode(boxes).decode(), "changed_at": at, "changed_by": by}
    upsert(connection, media_blurs, [row])
