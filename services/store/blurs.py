"""Which parts of which pictures are made unreadable: faces and plates, as who is in them or the office wishes, and as
the cameras themselves tell.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec
from sqlalchemy import ColumnElement, Connection, delete, func, or_, select

from dispatch.blurs import WHOLE, Blur
from dispatch.event import Event
from dispatch.ids import CaseId
from services.store.tables import cases, events, media_blurs
from services.store.upsert import upsert

TOLD_MAX = 200
"""Boxes that are remembered of one picture; a source that tells more of it has it blurred as a whole."""
BY_MAX = 80
"""Characters of who changed them, as the column holds."""
BOXES_MAX = 50
"""Of one picture: a crowd is blurred as a whole."""

FAMILY_MAX = 1_000
"""Cases that are looked at for one message: more were never merged into one."""

Box = Blur

_boxes = msgspec.json.Decoder(tuple[Box, ...])


class _Held(NamedTuple):
    boxes: tuple[Box, ...]
    told: tuple[Box, ...]


def find_boxes(connection: Connection, media_id: str) -> tuple[Box, ...]:
    """Return what of a picture is blurred, () for nothing."""
    held: str | None = connection.scalar(select(media_blurs.c.boxes).where(media_blurs.c.media_id == media_id))
    return _boxes.decode(held) if held else ()


def put_boxes(connection: Connection, media_id: str, boxes: Sequence[Box], by: str, at: datetime) -> None:
    """Blur these parts of a picture and no others."""
    told = _read(connection, media_id).told
    if not boxes and not told:
        connection.execute(delete(media_blurs).where(media_blurs.c.media_id == media_id))
        return
    _write(connection, media_id, _Held(tuple(boxes), told), by, at)


def tell_boxes(connection: Connection, events: Iterable[Event]) -> None:
    """Blur what the events' sources tell of the events' own pictures, each box once, beside all that is blurred
    already. What somebody has taken away since it was first told stays away.
    """
    for event in events:
        for media_id, boxes in event.blurs.items():
            if media_id in event.media:
                _tell(connection, media_id, boxes, f"source:{event.source_id}", event.received_at)


class _Shown(msgspec.Struct):
    """What an event says of its episode's pictures."""

    episode: str = ""
    media: tuple[str, ...] = ()
    private: tuple[str, ...] | None = None


class _Master(msgspec.Struct):
    """What a case says of those that were merged into it."""

    merged: tuple[CaseId, ...] = ()


_shown = msgspec.json.Decoder(_Shown)
_master = msgspec.json.Decoder(_Master)


def tell_recognised(connection: Connection, attached: Iterable[tuple[CaseId, Event]]) -> None:
    """Hide all of those pictures of an episode of which another event of it, whichever came first, tells a face or a
    plate that their own did not say where to find. The events must be written already.
    """
    told = {(case_id, event.episode): event for case_id, event in attached if event.private is not None and case_id}
    for (case_id, episode), event in told.items():
        if not episode:
            continue
        family = _list_family(connection, case_id)
        known = [each for each in _list_shown(connection, family, event.source_id) if each.episode == episode]
        recognised = {kind for each in known for kind in each.private or ()}
        for each in known:
            if not recognised <= set(each.private or ()):
                for media_id in each.media:
                    _tell(connection, media_id, (WHOLE,), f"source:{event.source_id}", event.received_at)


def _list_family(connection: Connection, case_id: CaseId) -> Sequence[CaseId]:
    """Return a case and those that were merged into it, or into one of them: what is told of it is told of theirs."""
    family = latest = [case_id]
    while latest and len(family) < FAMILY_MAX:
        docs = connection.scalars(select(cases.c.doc).where(cases.c.id.in_(latest)))
        latest = [each for doc in docs for each in _master.decode(doc).merged if each not in family]
        family = [*family, *latest]
    return family


def _list_shown(connection: Connection, family: Sequence[CaseId], source_id: str) -> Sequence[_Shown]:
    """Return the events of a source beside cases that have pictures, or tell what was recognised in them: few of the
    hundreds of an object that stands there all day.
    """
    holds_any = or_(*(_holds(connection, word) for word in (b'"media":[', b'"private":[')))
    query = select(events.c.doc).where(events.c.case_id.in_(family), events.c.source_id == source_id, holds_any)
    return [_shown.decode(doc) for doc in connection.scalars(query)]


def _holds(connection: Connection, word: bytes) -> ColumnElement[bool]:
    # The two look for bytes in bytes by different names.
    if connection.dialect.name == "sqlite":
        return func.instr(events.c.doc, word) > 0
    return func.pg_catalog.position(events.c.doc, word) > 0


def _tell(connection: Connection, media_id: str, boxes: Sequence[Box], by: str, at: datetime) -> None:
    held = _read(connection, media_id)
    asked = boxes if len(held.told) + len(boxes) <= TOLD_MAX else (WHOLE,)
    new = tuple(box for box in dict.fromkeys(asked) if box not in held.told)
    if not new:
        return
    beside = tuple(box for box in new if box not in held.boxes)
    # The office sends all boxes of a picture at once, and no more than so many.
    blurred = (*held.boxes, *beside) if len(held.boxes) + len(beside) <= BOXES_MAX else (*held.boxes, WHOLE)
    _write(connection, media_id, _Held(blurred, (*held.told, *new)), by, at)


def _read(connection: Connection, media_id: str) -> _Held:
    """Return what is held of a picture. Whoever changes it waits for whoever is changing it: an office may draw in one
    process while the engine of another takes over what a camera tells.
    """
    query = select(media_blurs.c.boxes, media_blurs.c.told).where(media_blurs.c.media_id == media_id)
    row = connection.execute(query.with_for_update()).first()
    return _Held(*(_boxes.decode(each) if each else () for each in row)) if row else _Held((), ())


def _write(connection: Connection, media_id: str, held: _Held, by: str, at: datetime) -> None:
    row = {
        "media_id": media_id,
        "boxes": msgspec.json.encode(held.boxes).decode(),
        "changed_at": at,
        "changed_by": by[:BY_MAX],
        "told": msgspec.json.encode(held.told).decode() if held.told else "",
    }
    upsert(connection, media_blurs, [row])
