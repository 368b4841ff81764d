"""The words that reporter and office have written to each other, and how a reporter's words are taken out everywhere.

This is the one place where what the journal holds is written over. What is taken out are texts and names of pictures:
no fact is taken away, none changes its kind, and what is left folds to the very case that is there.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import asdict
from sqlalchemy import Connection, and_, func, or_, select, update

from services.store.erasing import let_go
from services.store.tables import events, inbox, journal, report_messages, reports
from services.store.upsert import insert_new

MESSAGES_MAX = 200
"""Messages of one report that are shown, the latest: more is no conversation."""


class ReportMessage(Struct, frozen=True, kw_only=True):
    """One message. `kind` is message, reply, rating (its comment) or reopen (its reason); `author` a username, "" for
    the reporter; `number` that of the report, "" for all reports of the case.
    """

    id: str
    case_id: str
    number: str
    kind: str
    author: str
    at: datetime
    text: str


class Redaction(Struct, frozen=True, kw_only=True):
    """What a reporter takes back: his words and the pictures, out of those cases and of all that brought them there.

    `words` are those of his report as the desk has read them, "" where it had none.
    """

    number: str
    message_id: str
    case_ids: tuple[str, ...]
    words: str
    media: tuple[str, ...]
    at: datetime


_COLUMNS = tuple(report_messages.c)


def save_message(connection: Connection, message: ReportMessage) -> None:
    insert_new(connection, report_messages, [asdict(message)])


def has_message(connection: Connection, message_id: str) -> bool:
    return connection.scalar(select(report_messages.c.id).where(report_messages.c.id == message_id)) is not None


def count_since(connection: Connection, number: str, since: datetime) -> int:
    """Return how many messages a reporter has written since then."""
    own = (report_messages.c.number == number, report_messages.c.author == "", report_messages.c.at >= since)
    return connection.scalar(select(func.count()).where(*own)) or 0


def list_of_report(connection: Connection, number: str, case_ids: Sequence[str]) -> list[ReportMessage]:
    """Return the messages between one who reported and the office, the oldest first."""
    to_all = and_(report_messages.c.number == "", report_messages.c.case_id.in_(case_ids))
    return _list(connection, or_(report_messages.c.number == number, to_all))


def list_of_case(connection: Connection, case_id: str) -> list[ReportMessage]:
    """Return the messages of all who reported a case, the oldest first."""
    return _list(connection, report_messages.c.case_id == case_id)


def _list(connection: Connection, chosen: Any) -> list[ReportMessage]:
    query = select(*_COLUMNS).where(chosen).order_by(report_messages.c.at.desc(), report_messages.c.id)
    rows = connection.execute(query.limit(MESSAGES_MAX)).all()
    return [ReportMessage(**row._mapping) for row in reversed(rows)]


def note_withdrawn(connection: Connection, number: str, at: datetime) -> None:
    connection.execute(update(reports).where(reports.c.number == number).values(withdrawn_at=at))


# --- taking words back ---------------------------------------------------------------------------------------


def redact(connection: Connection, redaction: Redaction) -> None:
    """Take a reporter's words and pictures out of his message, its event, the facts and the thread. (The index of words
    follows the case: services/engine/follow.py.)
    """
    gone = frozenset(redaction.media)
    connection.execute(
        update(reports)
        .where(reports.c.number == redaction.number)
        .values(redacted_at=redaction.at, description="", media="")
    )
    own = (report_messages.c.number == redaction.number, report_messages.c.author == "")
    connection.execute(update(report_messages).where(*own).values(text=""))
    _clean(connection, inbox.c.body, inbox.c.id == redaction.message_id, redaction.words, gone)
    _clean(connection, events.c.doc, events.c.id == f"{redaction.message_id}/0", redaction.words, gone)
    _clean(connection, journal.c.data, journal.c.case_id.in_(redaction.case_ids), redaction.words, gone)
    for case_id in redaction.case_ids:
        let_go(connection, case_id, gone, redaction.at)


def _clean(connection: Connection, column: Any, chosen: Any, words: str, gone: frozenset[str]) -> None:
    """Write over the JSON documents of a column, where they hold the words or name one of the pictures."""
    table = column.table
    (key,) = table.primary_key
    for row in connection.execute(select(key, column).where(chosen)).all():
        try:
            said = msgspec.json.decode(row[1])
        except msgspec.DecodeError:
            continue  # no JSON: not one of ours
        cleaned = without(said, words, gone)
        if cleaned != said:
            doc = msgspec.json.encode(cleaned)
            connection.execute(update(table).where(key == row[0]).values({column.name: doc}))


def without(said: Any, words: str, gone: frozenset[str]) -> Any:
    """Return a JSON value in which no text is those words and no list names one of those pictures."""
    if isinstance(said, dict):
        return {name: without(value, words, gone) for name, value in said.items()}
    if isinstance(said, list):
        return [without(value, words, gone) for value in said if not (isinstance(value, str) and value in gone)]
    return "" if isinstance(said, str) and words and said.strip() == words.strip() else said
