"""Deletes what belongs to persons and is past its keeping; and says beforehand what it would delete."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

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
from services.store.pictures import PictureFolder
from services.store.retention import DueCase, DueContact

STRANGERS = "citizen"
"""By whom pictures are that came through the citizen's door."""
PAGE = 200
"""Cases or pictures of one step: the engine takes other orders between them."""


class DueRow(Struct, frozen=True, kw_only=True):
    """How much of one field and category is past its keeping. `oldest` is when the first of these cases ended."""

    field: Field
    category: str
    days: int
    count: int
    oldest: datetime


class DueReport(Struct, frozen=True, kw_only=True):
    """What the next run would delete. `asked` are reports that go by their sender's wish once their case has ended."""

    at: datetime
    rows: Sequence[DueRow]
    asked: int


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
    return DueReport(at=at, rows=rows, asked=kept.count_asked(connection))


async def forget(desk: Desk, pictures: PictureFolder) -> int:
    """Delete all that is due; return how many cases, persons and pictures were concerned. To do it twice is no harm."""
    at, rules = clock.now(), desk.city.codes.retention
    done = 0
    for due in await desk.db.read(lambda connection: list(kept.iterate_due(connection, rules, at))):
        done += await _erase_due(desk, due)
    done += await _erase_asked(desk)
    contacts = await desk.db.read(lambda connection: list(kept.iterate_contacts_due(connection, rules, at)))
    done += await _forget_contacts(desk, contacts)
    done += await desk.db.write(lambda connection: _forget_beside(connection, rules, at))
    return done + await drop_pictures(desk, pictures)


def _forget_beside(connection: Connection, rules: Retention, at: datetime) -> int:
    """Delete what is kept beside the cases: addresses that are told of them, calls, pictures that came to none."""
    calls_before = at - timedelta(days=rules.days_of(Field.CONTACT, ""))
    pictures_before = at - timedelta(days=rules.days_of(Field.PHOTOS, ""))
    return (
        kept.forget_addresses(connection, rules, at)
        + delete_calls_before(connection, calls_before)
        + kept.erase_loose_pictures(connection, STRANGERS, pictures_before, at)
    )


async def _erase_due(desk: Desk, due: DueCase) -> int:
    await erase(desk, due.case_id, due.fields, BY_RULE, "retention")
    return 1


async def _erase_asked(desk: Desk) -> int:
    done = 0
    while asked := await desk.db.read(lambda connection: kept.list_asked(connection, PAGE)):
        for each in asked:
            await erase(desk, each.case_id, (Field.WORDS, Field.PHOTOS), BY_RULE, "reporter", (each.event_id,))
        ids: list[EventId] = [each.event_id for each in asked]
        await desk.db.write(lambda connection, ids=ids: kept.note_erased(connection, ids))  # type: ignore[misc]
        done += len(asked)
    return done


async def _forget_contacts(desk: Desk, contacts: Sequence[DueContact]) -> int:
    done = 0
    for start in range(0, len(contacts), PAGE):
        ids = [each.reporter_id for each in contacts[start : start + PAGE]]
        done += await desk.db.write(lambda connection, ids=ids: kept.forget_contacts(connection, ids))  # type: ignore[misc]
    return done


async def drop_pictures(desk: Desk, pictures: PictureFolder) -> int:
    """Delete the files of erased pictures, then their rows: what a crash leaves is done by the next run."""
    done = 0
    while ids := await desk.db.read(lambda connection: kept.list_erased_pictures(connection, PAGE)):
        await asyncio.to_thread(pictures.delete, ids)
        await desk.db.write(lambda connection, ids=ids: kept.drop_pictures(connection, ids))  # type: ignore[misc]
        done += len(ids)
    return done
