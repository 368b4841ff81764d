"""Deletes what belongs to persons and is past its keeping; and says beforehand what it would delete."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import islice

from msgspec import Struct
from sqlalchemy import Connection

from dispatch.facts.base import BY_RULE
from dispatch.ids import EventId
from dispatch.retention import Field, Retention
from services.engine.desk import Desk
from services.engine.erasing import erase
from services.observe import clock
from services.store import retention as kept
from services.store.calls import delete_calls_before
from services.store.held import forget_held, iterate_held_due
from services.store.pictures import PictureFolder

STRANGERS = "citizen"
"""By whom pictures are that came through the citizen's door."""
PAGE = 200
"""Persons or pictures of one step: others write between them."""
CASES_AT_ONCE = 20_000
"""Due cases that are held in memory: a city that begins to delete has years of them."""


class DueRow(Struct, frozen=True, kw_only=True):
    """How much of one field and category is past its keeping. `oldest` is when the first of these cases ended."""

    field: Field
    category: str
    days: int
    count: int
    oldest: datetime


class DueReport(Struct, frozen=True, kw_only=True):
    """What the next run would delete. `asked` are reports that go by their sender's wish once their case has ended;
    `held` are those of banned senders that nobody has decided on while their words were kept.
    """

    at: datetime
    rows: Sequence[DueRow]
    asked: int
    held: int


def make_report(connection: Connection, retention: Retention, at: datetime) -> DueReport:
    """Say what is past its keeping; nothing is changed."""
    found: dict[tuple[Field, str], list[datetime]] = defaultdict(list)
    for due in kept.iterate_due(connection, retention, at):
        for field in due.fields:
            found[field, due.category].append(due.ended_at)
    for contact in kept.iterate_contacts_due(connection, retention, at):
        found[Field.CONTACT, contact.category].append(contact.ended_at)
    rows = [
        DueRow(
            field=field, category=category, days=retention.days_of(field, category), count=len(ends), oldest=min(ends)
        )
        for (field, category), ends in sorted(found.items())
    ]
    held = sum(1 for _ in iterate_held_due(connection, retention, at))
    return DueReport(at=at, rows=rows, asked=kept.count_asked(connection), held=held)


async def forget(desk: Desk, pictures: PictureFolder) -> int:
    """Delete all that is due; return how many cases, persons and pictures were concerned. To do it twice is no harm."""
    at, rules = clock.now(), desk.city.codes.retention
    done = 0
    # What is erased is due no more: each look finds what the one before has left.
    while due := await desk.db.read(lambda c: list(islice(kept.iterate_due(c, rules, at), CASES_AT_ONCE))):
        for each in due:
            await erase(desk, each.case_id, each.fields, BY_RULE, "retention")
        done += len(due)
    done += await _erase_asked(desk)
    while contacts := await desk.db.read(lambda c: list(islice(kept.iterate_contacts_due(c, rules, at), PAGE))):
        ids = [each.reporter_id for each in contacts]
        done += await desk.db.write(lambda connection, ids=ids: kept.forget_contacts(connection, ids))  # type: ignore[misc]
    done += await desk.db.write(lambda connection: _forget_beside(connection, rules, at))
    return done + await drop_pictures(desk, pictures)


def _forget_beside(connection: Connection, rules: Retention, at: datetime) -> int:
    """Delete what is kept beside the cases: addresses that are told of them, calls, what is held, pictures that came to
    none.
    """
    calls_before = at - timedelta(days=rules.days_of(Field.CONTACT, ""))
    pictures_before = at - timedelta(days=rules.days_of(Field.PHOTOS, ""))
    return (
        kept.forget_addresses(connection, rules, at)
        + delete_calls_before(connection, calls_before)
        + forget_held(connection, rules, at)
        + kept.erase_loose_pictures(connection, STRANGERS, pictures_before, at)
    )


async def _erase_asked(desk: Desk) -> int:
    done = 0
    while asked := await desk.db.read(lambda connection: kept.list_asked(connection, PAGE)):
        for each in asked:
            await erase(desk, each.case_id, (Field.WORDS, Field.PHOTOS), BY_RULE, "reporter", (each.event_id,))
        ids: list[EventId] = [each.event_id for each in asked]
        await desk.db.write(lambda connection, ids=ids: kept.note_erased(connection, ids))  # type: ignore[misc]
        done += len(asked)
    return done


async def drop_pictures(desk: Desk, pictures: PictureFolder) -> int:
    """Delete the files of erased pictures, then their rows: what a crash leaves is done by the next run."""
    done = 0
    while ids := await desk.db.read(lambda connection: kept.list_erased_pictures(connection, PAGE)):
        await pictures.delete(ids)
        await desk.db.write(lambda connection, ids=ids: kept.drop_pictures(connection, ids))  # type: ignore[misc]
        done += len(ids)
    return done
