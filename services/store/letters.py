"""Letters that wait to be sent to people without an account, and what became of them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, delete, func, select, update

from services.store.tables import contacts, letters
from services.store.upsert import insert_new

WAITING, SENT, DEAD = "waiting", "sent", "dead"
ERROR_MAX = 200

_encode = msgspec.json.Encoder().encode


class Waiting(Struct, frozen=True, kw_only=True):
    """A letter whose time has come, and where it goes. `values` are its template's."""

    id: str
    channel: str
    to: str
    language: str
    template: str
    values: Mapping[str, Any]
    created_at: datetime
    tries: int


class KeptLetter(Struct, frozen=True, kw_only=True):
    """A letter as an operator sees it: what became of it and why, and nothing of whom it is for."""

    id: str
    channel: str
    template: str
    state: str
    tries: int
    error: str
    created_at: datetime
    deliver_at: datetime
    ended_at: datetime | None


def add_letter(
    connection: Connection, letter_id: str, contact_id: str, template: str, values: Mapping[str, Any], at: datetime
) -> None:
    """Have a letter sent; one of that id that is there already stays as it is.

    It goes by the contact's channel; nothing is added where the contact is no more.
    """
    channel = connection.scalar(select(contacts.c.channel).where(contacts.c.id == contact_id))
    if channel is None:
        return
    row = {
        "id": letter_id,
        "channel": channel,
        "contact_id": contact_id,
        "template": template,
        "doc": _encode(values),
        "created_at": at,
        "deliver_at": at,
        "tries": 0,
        "state": WAITING,
        "error": "",
        "ended_at": None,
    }
    insert_new(connection, letters, [row])


def list_due(connection: Connection, channels: Sequence[str], now: datetime, limit: int) -> list[Waiting]:
    """Return letters of those channels whose time has come, the longest due first."""
    columns = (
        letters.c.id,
        letters.c.channel,
        letters.c.template,
        letters.c.doc,
        letters.c.created_at,
        letters.c.tries,
    )
    query = (
        select(*columns, contacts.c.address, contacts.c.language)
        .join_from(letters, contacts, contacts.c.id == letters.c.contact_id)
        .where(letters.c.state == WAITING, letters.c.deliver_at <= now, letters.c.channel.in_(channels))
        .order_by(letters.c.deliver_at, letters.c.id)
        .limit(limit)
    )
    return [_read(row) for row in connection.execute(query)]


def _read(row: Any) -> Waiting:
    return Waiting(
        id=row.id,
        channel=row.channel,
        to=row.address,
        language=row.language,
        template=row.template,
        values=msgspec.json.decode(row.doc),
        created_at=row.created_at,
        tries=row.tries,
    )


def note_sent(connection: Connection, letter_id: str, at: datetime) -> None:
    """The other side has it. What it said is forgotten: it may hold a code."""
    connection.execute(
        update(letters)
        .where(letters.c.id == letter_id)
        .values(state=SENT, tries=letters.c.tries + 1, error="", doc=b"{}", ended_at=at)
    )


def note_failed(connection: Connection, letter_id: str, error: str, again_at: datetime | None, at: datetime) -> None:
    """A try has failed. It is made again at `again_at`; None: never, it is dead."""
    values: dict[str, object] = {"tries": letters.c.tries + 1, "error": error[:ERROR_MAX]}
    values |= {"deliver_at": again_at} if again_at else {"state": DEAD, "ended_at": at}
    connection.execute(update(letters).where(letters.c.id == letter_id).values(**values))


def revive(connection: Connection, letter_id: str, at: datetime) -> bool:
    """Have a dead letter tried again; False if there is none of that id."""
    query = update(letters).where(letters.c.id == letter_id, letters.c.state == DEAD)
    return connection.execute(query.values(state=WAITING, tries=0, deliver_at=at, ended_at=None)).rowcount > 0


_KEPT = (
    letters.c.id,
    letters.c.channel,
    letters.c.template,
    letters.c.state,
    letters.c.tries,
    letters.c.error,
    letters.c.created_at,
    letters.c.deliver_at,
    letters.c.ended_at,
)


def list_kept(connection: Connection, state: str, limit: int) -> list[KeptLetter]:
    """Return letters of a state, the latest first."""
    query = select(*_KEPT).where(letters.c.state == state).order_by(letters.c.created_at.desc(), letters.c.id)
    return [KeptLetter(**row._mapping) for row in connection.execute(query.limit(limit))]


def count_by_state(connection: Connection) -> Mapping[str, int]:
    rows = connection.execute(select(letters.c.state, func.count()).group_by(letters.c.state))
    return {row[0]: row[1] for row in rows}


def delete_ended(connection: Connection, before: datetime) -> int:
    """Delete letters that were sent, or died, before then; return how many."""
    return connection.execute(delete(letters).where(letters.c.ended_at < before)).rowcount
