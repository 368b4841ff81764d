"""The words that reporter and office have written to each other, and how a reporter's words are taken out everywhere.

As in services/store/erasing.py, whose hands do it: what is taken out of the journal are texts and names of pictures. No
fact is taken away, none changes its kind, and what is left folds to the very case that is there.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import asdict
from sqlalchemy import Connection, and_, func, or_, select, update

from services.store.erasing import let_go, scrub_event, without
from services.store.tables import journal, report_messages, reports
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

    `words` and `address` are those of his report as the desk has read them, "" where it had none; `his` are the cases
    that were opened with them.
    """

    number: str
    message_id: str
    case_ids: tuple[str, ...]
    his: tuple[str, ...]
    words: str
    address: str
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
    mine = update(reports).where(reports.c.number == redaction.number)
    connection.execute(mine.values(redacted_at=redaction.at, media=""))
    own = (report_messages.c.number == redaction.number, report_messages.c.author == "")
    connection.execute(update(report_messages).where(*own).values(text=""))
    scrub_event(connection, f"{redaction.message_id}/0", gone, words=True)
    for case_id in redaction.case_ids:
        texts = (redaction.words, redaction.address) if case_id in redaction.his else (redaction.words,)
        _clean_facts(connection, case_id, frozenset(each.strip() for each in texts if each.strip()), gone)
        let_go(connection, case_id, gone, redaction.at)


def _clean_facts(connection: Connection, case_id: str, texts: frozenset[str], gone: frozenset[str]) -> None:
    """Write over the facts of a case that hold one of the texts or name one of the pictures."""
    query = select(journal.c.seq, journal.c.data).where(journal.c.case_id == case_id)
    for row in connection.execute(query).all():
        said = msgspec.json.decode(row.data)
        cleaned = without(said, lambda _name, text: text.strip() in texts, gone)
        if cleaned != said:
            doc = msgspec.json.encode(cleaned)
            connection.execute(update(journal).where(journal.c.seq == row.seq).values(data=doc))
