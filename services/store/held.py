"""What a held report says, for its sender and for who must let go of it: read, erased, and past its keeping.

Who is banned does not notice it: he reads what he has written and deletes it like anybody.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, exists, select, update

from dispatch.facts.base import BY_RULE
from dispatch.retention import Field, Retention
from services.store.abuse_tables import held_reports
from services.store.tables import media, media_cases, reports

PAGE = 500
HELD, DISCARDED = "held", "discarded"


class Said(Struct, frozen=True):
    """What of a held message belongs to a person, and of what kind it is."""

    text: str = ""
    address: str = ""
    category: str = ""
    media: tuple[str, ...] = ()


class DueHeld(Struct, frozen=True, kw_only=True):
    """A report that nobody has decided on while its words were kept."""

    message_id: str
    category: str
    created_at: datetime


def find_said(connection: Connection, message_id: str) -> Said | None:
    """Return what a report says that is held, None for one that is not, or of which nothing is left."""
    one = (held_reports.c.message_id == message_id, held_reports.c.state == HELD)
    body = connection.scalar(select(held_reports.c.body).where(*one))
    return msgspec.json.decode(body, type=Said) if body else None


def erase_held(connection: Connection, message_id: str, by: str, at: datetime) -> bool:
    """Delete what a report says that is held, and its pictures; it is discarded with that. False if it is not held."""
    said = find_said(connection, message_id)
    if said is None:
        return False
    values = {"body": b"", "state": DISCARDED, "decided_by": by, "decided_at": at}
    connection.execute(update(held_reports).where(held_reports.c.message_id == message_id).values(**values))
    mine = update(reports).where(reports.c.message_id == message_id)
    connection.execute(mine.values(description="", address="", media=""))
    in_a_case = exists().where(media_cases.c.media_id == media.c.id)
    own = (media.c.id.in_(said.media), media.c.erased_at.is_(None), ~in_a_case)
    connection.execute(update(media).where(*own).values(erased_at=at))
    return True


def empty_decided(connection: Connection) -> int:
    """Delete what is still kept here of reports that somebody has decided on: a released one is read as a message."""
    old = (held_reports.c.state != HELD, held_reports.c.body != b"")
    return connection.execute(update(held_reports).where(*old).values(body=b"")).rowcount


def iterate_held_due(connection: Connection, retention: Retention, at: datetime) -> Iterator[DueHeld]:
    """Yield the reports that nobody has decided on in the days that the words of such a case are kept. There is no end
    of a case to count from: the days count from when the report came.
    """
    before, after = at - timedelta(days=retention.shortest_days((Field.WORDS,))), ""
    while True:
        query = (
            select(held_reports)
            .where(held_reports.c.state == HELD, held_reports.c.created_at <= before, held_reports.c.message_id > after)
            .order_by(held_reports.c.message_id)
            .limit(PAGE)
        )
        rows = connection.execute(query).all()
        if not rows:
            return
        after = rows[-1].message_id
        for row in rows:
            category = msgspec.json.decode(row.body, type=Said).category
            if retention.is_due(Field.WORDS, category, row.created_at, at):
                yield DueHeld(message_id=row.message_id, category=category, created_at=row.created_at)


def forget_held(connection: Connection, retention: Retention, at: datetime) -> int:
    """Delete what held reports say that is past its keeping; return of how many."""
    due: Sequence[DueHeld] = list(iterate_held_due(connection, retention, at))
    return sum(erase_held(connection, each.message_id, BY_RULE, at) for each in due) + empty_decided(connection)
