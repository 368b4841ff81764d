"""What is past its keeping: asked of the database page by page, by the night's job and by whoever wants to see it
before.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct
from sqlalchemy import Column, Connection, Row, and_, delete, exists, func, or_, select, update

from dispatch.ids import CaseId, EventId
from dispatch.retention import PEOPLE_FEEDS, Field, Retention
from services.store.abuse_tables import held_reports
from services.store.case_queries import list_masters
from services.store.tables import (
    case_words,
    cases,
    contacts,
    events,
    letters,
    media,
    media_cases,
    reporters,
    reports,
    subscriptions,
    tellings,
)

PAGE = 500

_OF_A_CASE = (Field.WORDS, Field.PHOTOS, Field.EVIDENCE)


class DueCase(Struct, frozen=True, kw_only=True):
    """Fields of an ended case that are past their keeping and have something in them."""

    case_id: CaseId
    category: str
    ended_at: datetime
    fields: tuple[Field, ...]


class DueContact(Struct, frozen=True, kw_only=True):
    """A person whose name and numbers are past their keeping. `category` is that of his last case, "" without one."""

    reporter_id: str
    category: str
    ended_at: datetime


class Asked(Struct, frozen=True, kw_only=True):
    """A report whose sender asked for his words and pictures to go once its case has ended."""

    event_id: EventId
    case_id: CaseId


def iterate_due(connection: Connection, retention: Retention, at: datetime) -> Iterator[DueCase]:
    """Yield all ended cases of which something is due, closed ones first."""
    before = at - timedelta(days=retention.shortest_days(_OF_A_CASE))
    for column in (cases.c.closed_at, cases.c.voided_at):
        after: tuple[datetime | None, str] = (None, "")
        while rows := _page(connection, column, before, after):
            after = (rows[-1].ended_at, rows[-1].id)
            for row in rows:
                fields = tuple(field for field in _OF_A_CASE if _is_due(retention, field, row, at))
                if fields:
                    yield DueCase(case_id=CaseId(row.id), category=row.category, ended_at=row.ended_at, fields=fields)


def _page(
    connection: Connection, column: Column[datetime], before: datetime, after: tuple[datetime | None, str]
) -> Sequence[Row[Any]]:
    since, last = after
    query = (
        select(
            cases.c.id,
            cases.c.category,
            cases.c.erased,
            column.label("ended_at"),
            exists().where(events.c.case_id == cases.c.id, events.c.feed.in_(PEOPLE_FEEDS)).label("has_people"),
            exists().where(media_cases.c.case_id == cases.c.id).label("has_pictures"),
        )
        .where(column < before, ~cases.c.is_open)
        .order_by(column, cases.c.id)
        .limit(PAGE)
    )
    if since is not None:
        query = query.where(or_(column > since, and_(column == since, cases.c.id > last)))
    return connection.execute(query).all()


def _is_due(retention: Retention, field: Field, row: Row[Any], at: datetime) -> bool:
    has_some = row.has_pictures if field is Field.EVIDENCE else row.has_people
    is_gone = field in row.erased.split("|")
    return bool(has_some) and not is_gone and retention.is_due(field, row.category, row.ended_at, at)


def iterate_contacts_due(connection: Connection, retention: Retention, at: datetime) -> Iterator[DueContact]:
    """Yield all persons none of whose cases is open or keeps their names any longer."""
    before, after = at - timedelta(days=retention.shortest_days((Field.CONTACT,))), ""
    is_known = or_(reporters.c.name != "", reporters.c.phone != "", reporters.c.email != "")
    while True:
        query = (
            select(reporters.c.id, reporters.c.created_at)
            .where(reporters.c.id > after, reporters.c.created_at < before, is_known)
            .order_by(reporters.c.id)
            .limit(PAGE)
        )
        rows = connection.execute(query).all()
        if not rows:
            return
        after = rows[-1].id
        for row in rows:
            due = _contact_due(connection, retention, row.id, row.created_at, at)
            if due is not None:
                yield due


def _contact_due(
    connection: Connection, retention: Retention, reporter_id: str, known_since: datetime, at: datetime
) -> DueContact | None:
    last = DueContact(reporter_id=reporter_id, category="", ended_at=known_since)
    for case_id in _cases_of(connection, reporter_id):
        found = find_end(connection, case_id)
        if found is None:
            continue
        ended_at, category = found
        if ended_at is None or not retention.is_due(Field.CONTACT, category, ended_at, at):
            return None
        if last.category == "" or ended_at > last.ended_at:
            last = DueContact(reporter_id=reporter_id, category=category, ended_at=ended_at)
    return last if retention.is_due(Field.CONTACT, last.category, last.ended_at, at) else None


def _cases_of(connection: Connection, reporter_id: str) -> Sequence[str]:
    opened = select(case_words.c.case_id).where(case_words.c.reporter == reporter_id)
    told = (
        select(events.c.case_id)
        .join_from(reports, events, events.c.id == reports.c.message_id + "/0")
        .where(reports.c.reporter_id == reporter_id, events.c.case_id != "")
    )
    return list(connection.scalars(opened.union(told)))


def find_end(connection: Connection, case_id: str) -> tuple[datetime | None, str] | None:
    """Return (when the case ended, its category), of the case that it was merged into if it was; the time is None
    while that is open. None if there is no such case.
    """
    family = list_masters(connection, CaseId(case_id))
    if not family:
        return None
    last = family[-1]
    return (None if last.is_open else last.closed_at or last.voided_at), last.category


def forget_contacts(connection: Connection, reporter_ids: Sequence[str]) -> int:
    """Empty the names and numbers of these persons; return of how many there were any."""
    is_known = or_(reporters.c.name != "", reporters.c.phone != "", reporters.c.email != "")
    done = connection.execute(
        update(reporters).where(reporters.c.id.in_(reporter_ids), is_known).values(name="", phone="", email="")
    )
    return done.rowcount


def forget_addresses(connection: Connection, retention: Retention, at: datetime) -> int:
    """Delete the wishes to be told of reports and cases whose time is over, and the addresses that are left with none;
    return how many addresses. Who follows an area is told of it until he ends it.
    """
    query = select(subscriptions.c.id, subscriptions.c.case_id, subscriptions.c.created_at).where(
        subscriptions.c.kind != "area", subscriptions.c.case_id != ""
    )
    over = []
    for row in connection.execute(query).all():
        ended_at, category = find_end(connection, row.case_id) or (row.created_at, "")
        if ended_at is not None and retention.is_due(Field.CONTACT, category, ended_at, at):
            over.append(row.id)
    connection.execute(delete(tellings).where(tellings.c.subscription_id.in_(over)))
    connection.execute(delete(subscriptions).where(subscriptions.c.id.in_(over)))
    before = at - timedelta(days=retention.days_of(Field.CONTACT, ""))
    has_none = ~exists().where(subscriptions.c.contact_id == contacts.c.id)
    left = select(contacts.c.id).where(contacts.c.created_at < before, has_none)
    return forget_contacts_of(connection, list(connection.scalars(left)))


def forget_contacts_of(connection: Connection, contact_ids: Sequence[str]) -> int:
    """Delete these addresses, what they were to be told, and the letters to them."""
    own = select(subscriptions.c.id).where(subscriptions.c.contact_id.in_(contact_ids)).scalar_subquery()
    connection.execute(delete(tellings).where(tellings.c.subscription_id.in_(own)))
    for table in (subscriptions, letters):
        connection.execute(delete(table).where(table.c.contact_id.in_(contact_ids)))
    return connection.execute(delete(contacts).where(contacts.c.id.in_(contact_ids))).rowcount


def list_contacts_of(connection: Connection, number: str) -> list[str]:
    """Return the ids of the addresses that were given by the link of a report."""
    return list(connection.scalars(select(contacts.c.id).where(contacts.c.number == number)))


def erase_loose_pictures(connection: Connection, uploader: str, before: datetime, at: datetime) -> int:
    """Mark pictures that strangers have sent and that came to no case, from before then; return how many."""
    is_loose = ~exists().where(media_cases.c.media_id == media.c.id)
    old = (media.c.created_by == uploader, media.c.created_at < before, media.c.erased_at.is_(None), is_loose)
    return connection.execute(update(media).where(*old).values(erased_at=at)).rowcount


def ask_to_erase(connection: Connection, message_id: str, at: datetime) -> None:
    """Note that a report's words and pictures are to go once its case has ended."""
    connection.execute(update(reports).where(reports.c.message_id == message_id).values(erase_asked_at=at))


def find_asked_at(connection: Connection, message_id: str) -> datetime | None:
    """Return when a report was asked to be erased, None if it was not or is done."""
    return connection.scalar(select(reports.c.erase_asked_at).where(reports.c.message_id == message_id))


def list_asked(connection: Connection, limit: int) -> list[Asked]:
    """Return the reports that were asked to be erased and whose case has ended, the longest asked first."""
    query = (
        select(events.c.id, events.c.case_id)
        .join_from(reports, events, events.c.id == reports.c.message_id + "/0")
        .join(cases, cases.c.id == events.c.case_id)
        .where(reports.c.erase_asked_at.is_not(None), ~cases.c.is_open)
        .order_by(reports.c.erase_asked_at)
        .limit(limit)
    )
    return [Asked(event_id=EventId(row.id), case_id=CaseId(row.case_id)) for row in connection.execute(query)]


def note_erased(connection: Connection, event_ids: Sequence[EventId]) -> None:
    """Note that what was asked for is done."""
    message_ids = [event_id.partition("/")[0] for event_id in event_ids]
    connection.execute(update(reports).where(reports.c.message_id.in_(message_ids)).values(erase_asked_at=None))


def list_erased_pictures(connection: Connection, limit: int) -> list[str]:
    """Return the ids of pictures that nobody sees any more and whose files are still there."""
    return list(connection.scalars(select(media.c.id).where(media.c.erased_at.is_not(None)).limit(limit)))


def drop_pictures(connection: Connection, media_ids: Sequence[str]) -> None:
    """Forget pictures whose files are gone; one that was sent again meanwhile stays."""
    connection.execute(delete(media).where(media.c.id.in_(media_ids), media.c.erased_at.is_not(None)))


def count_asked(connection: Connection) -> int:
    """Return how many reports wait for the end of their case to be erased; one that was put away unread has none."""
    is_put_away = exists().where(held_reports.c.message_id == reports.c.message_id, held_reports.c.state == "discarded")
    return connection.scalar(select(func.count()).where(reports.c.erase_asked_at.is_not(None), ~is_put_away)) or 0
