"""Takes a person's words and pictures out of everything that is kept of a case, in the commit of the fact that says so.

Facts are stored for good, but for this: a text or an address in one is emptied, a picture's id leaves its list. The
case as the fold of its facts stays the same, since the fact that is written beside empties the same fields.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, delete, exists, select, update

from dispatch.event import Event
from dispatch.facts import PersonalDataErased
from dispatch.ids import CaseId, EventId
from dispatch.retention import PEOPLE_FEEDS, Field
from services.store.abuse_tables import held_reports
from services.store.tables import events, inbox, journal, media, media_cases, media_uploaders, report_messages, reports

TEXTS = frozenset({"text", "address", "place_text"})
"""Fields that hold a person's words, at whatever depth of a fact: a task's summary repeats those of its case."""
OF_THE_CASE = frozenset(
    {"CaseOpened", "CaseImported", "TaskDispatched", "AssistSent", "ChildOpened", "CaseRelocated", "MoveUndone"}
)
"""Kinds of facts that repeat the words that opened the case."""

_encode = msgspec.json.Encoder().encode
_event_decoder = msgspec.json.Decoder(Event)


class Erasure(Struct, frozen=True):
    """One fact of erasing, as it is carried out."""

    case_id: CaseId
    at: datetime
    data: PersonalDataErased


class Belongings(Struct, frozen=True, kw_only=True):
    """What of a case belongs to persons: ids of the events in which somebody spoke, of their pictures, and of the
    pictures that machines and workers have taken. `opening` is the event that opened the case.
    """

    opening: EventId = EventId("")
    spoken: tuple[EventId, ...] = ()
    photos: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()


def list_belongings(connection: Connection, case_id: CaseId, only: Sequence[EventId] = ()) -> Belongings:
    """Return what persons have in a case; of `only` some of its events if any are named."""
    said = [(row.id, _event_decoder.decode(row.doc)) for row in connection.execute(_spoken(case_id))]
    wanted = [(event_id, event) for event_id, event in said if not only or event_id in only]
    photos = dict.fromkeys(each for _, event in wanted for each in event.media)
    of_people = {each for _, event in said for each in event.media}
    linked = connection.scalars(select(media_cases.c.media_id).where(media_cases.c.case_id == case_id))
    evidence = () if only else tuple(sorted(each for each in linked if each not in of_people))
    return Belongings(
        opening=_opening_of(connection, case_id),
        spoken=tuple(EventId(event_id) for event_id, _ in wanted),
        photos=tuple(photos),
        evidence=evidence,
    )


def _spoken(case_id: CaseId) -> Any:
    return select(events.c.id, events.c.doc).where(events.c.case_id == case_id, events.c.feed.in_(PEOPLE_FEEDS))


def _opening_of(connection: Connection, case_id: CaseId) -> EventId:
    query = select(journal.c.data).where(journal.c.case_id == case_id).order_by(journal.c.seq).limit(1)
    doc = connection.scalar(query)
    return EventId(msgspec.json.decode(doc).get("event_id", "")) if doc else EventId("")


def scrub(connection: Connection, erasures: Iterable[Erasure]) -> None:
    """Carry the erasures out: journal, events, messages, reports and pictures. What was done before is left alone."""
    for erasure in erasures:
        data, case_id = erasure.data, erasure.case_id
        gone = frozenset(data.media)
        if gone:
            let_go(connection, case_id, gone, erasure.at)
        words = Field.WORDS in data.fields
        _scrub_journal(connection, case_id, data, gone, words=words)
        _scrub_events(connection, case_id, data, gone, words=words)
        if words:
            _scrub_messages(connection, case_id, data)


def let_go(connection: Connection, case_id: str, gone: frozenset[str], at: datetime) -> None:
    """Part the pictures from the case; those that no other case has are to be deleted."""
    connection.execute(delete(media_cases).where(media_cases.c.case_id == case_id, media_cases.c.media_id.in_(gone)))
    elsewhere = exists().where(media_cases.c.media_id == media.c.id)
    orphaned = (media.c.id.in_(gone), ~elsewhere)
    connection.execute(update(media).where(*orphaned).values(erased_at=at))
    lost = select(media.c.id).where(media.c.id.in_(gone), media.c.erased_at.is_not(None))
    connection.execute(delete(media_uploaders).where(media_uploaders.c.media_id.in_(lost)))


def _scrub_journal(
    connection: Connection, case_id: CaseId, data: PersonalDataErased, gone: frozenset[str], *, words: bool
) -> None:
    is_whole = not data.events
    query = select(journal.c.seq, journal.c.kind, journal.c.data).where(journal.c.case_id == case_id)
    for row in connection.execute(query).all():
        if row.kind == PersonalDataErased.__name__:
            continue
        doc = msgspec.json.decode(row.data)
        is_said = row.kind == "EventAttached" and (is_whole or doc.get("event_id") in data.events)
        is_the_case = row.kind in OF_THE_CASE and (is_whole or data.opening)
        cleaned = without(doc, holds_words if words and (is_said or is_the_case) else holds_none, gone)
        if cleaned != doc:
            connection.execute(update(journal).where(journal.c.seq == row.seq).values(data=_encode(cleaned)))


def _scrub_events(
    connection: Connection, case_id: CaseId, data: PersonalDataErased, gone: frozenset[str], *, words: bool
) -> None:
    for event_id in connection.scalars(_spoken(case_id).with_only_columns(events.c.id)).all():
        if not data.events or event_id in data.events:
            scrub_event(connection, event_id, gone, words=words)


def scrub_event(connection: Connection, event_id: str, gone: frozenset[str], *, words: bool) -> None:
    """Take words and pictures out of what one report has left: its event, its message, and its own row."""
    held: bytes | None = connection.scalar(select(events.c.doc).where(events.c.id == event_id))
    if held is not None:
        cleaned = without(msgspec.json.decode(held), holds_words if words else holds_none, gone)
        if words:
            cleaned.pop("attributes", None)
        connection.execute(update(events).where(events.c.id == event_id).values(doc=_encode(cleaned)))
    message_id = event_id.partition("/")[0]
    if words:
        # The whole message: answers and what else it holds are not told apart here. It has been read.
        connection.execute(update(inbox).where(inbox.c.id == message_id, inbox.c.state == "done").values(body=b""))
        mine = update(reports).where(reports.c.message_id == message_id)
        connection.execute(mine.values(description="", address=""))
        # One that was held before it was read may be kept there too.
        decided = (held_reports.c.message_id == message_id, held_reports.c.state != "held")
        connection.execute(update(held_reports).where(*decided).values(body=b""))
    if gone:
        _part_report(connection, message_id, gone)


def _scrub_messages(connection: Connection, case_id: CaseId, data: PersonalDataErased) -> None:
    """Empty what was written between the reporters and the office; of some reports alone what these wrote."""
    own = [report_messages.c.case_id == case_id]
    if data.events:
        ids = [event_id.partition("/")[0] for event_id in data.events]
        numbers = select(reports.c.number).where(reports.c.message_id.in_(ids)).scalar_subquery()
        own = [report_messages.c.number.in_(numbers), report_messages.c.author == ""]
    connection.execute(update(report_messages).where(*own).values(text=""))


def _part_report(connection: Connection, message_id: str, gone: frozenset[str]) -> None:
    held: str | None = connection.scalar(select(reports.c.media).where(reports.c.message_id == message_id))
    if held:
        left = "|".join(each for each in held.split("|") if each not in gone)
        connection.execute(update(reports).where(reports.c.message_id == message_id).values(media=left))


def without(value: Any, is_words: Callable[[str, str], bool], gone: frozenset[str], name: str = "") -> Any:
    """Return a JSON value in which every text that `is_words` (name of its field, text) is "", and no list names one of
    the pictures that are gone, at whatever depth they stand.
    """
    if isinstance(value, dict):
        return {key: without(each, is_words, gone, key) for key, each in value.items()}
    if isinstance(value, list):
        left = (each for each in value if not (isinstance(each, str) and each in gone))
        return [without(each, is_words, gone, name) for each in left]
    return "" if isinstance(value, str) and is_words(name, value) else value


def holds_words(name: str, _text: str) -> bool:
    """Say whether a field of that name holds a person's words."""
    return name in TEXTS


def holds_none(_name: str, _text: str) -> bool:
    return False
