"""What cameras tell to be faces and plates is hidden in the commit that makes a picture a case's, once and for all."""

import asyncio

import pytest
from sqlalchemy import insert, select

from dispatch.blurs import WHOLE, Blur
from dispatch.event import Event
from dispatch.ids import CaseId, EventId, SourceId
from services.store import journal, migrate
from services.store.blurs import BOXES_MAX, TOLD_MAX, find_boxes, put_boxes, tell_boxes
from services.store.database import Database
from services.store.journal import Batch
from services.store.media import list_cases_of
from services.store.tables import media_blurs
from tests.builders import TUESDAY_10, make_event

A, B = "a" * 40, "b" * 40
PLATE: Blur = (0.1, 0.2, 0.3, 0.1)
FACE: Blur = (0.6, 0.2, 0.1, 0.2)
DRAWN: Blur = (0.0, 0.9, 0.1, 0.1)


def seen(*boxes: Blur, event_id: str = "e1", media: tuple[str, ...] = (A,), of: str = A) -> Event:
    return make_event(id=EventId(event_id), source_id=SourceId("cam"), media=media, blurs={of: boxes})


async def record(db: Database, *events: Event) -> None:
    await db.submit(journal.record, Batch(events=[(CaseId("c1"), event) for event in events]))


async def boxes_of(db: Database, media_id: str = A) -> tuple[Blur, ...]:
    return await db.read(lambda connection: find_boxes(connection, media_id))


async def draw(db: Database, *boxes: Blur) -> None:
    await db.write(lambda connection: put_boxes(connection, A, boxes, "leader", TUESDAY_10))


async def test_a_picture_becomes_its_case_s_with_its_boxes_or_not_at_all(db: Database) -> None:
    await record(db, seen(PLATE, FACE), make_event(id=EventId("e2"), media=(B,)))
    assert await boxes_of(db) == (PLATE, FACE)
    assert await boxes_of(db, B) == ()
    assert await db.read(lambda connection: list_cases_of(connection, A)) == ["c1"]
    row = await db.read(lambda connection: connection.execute(select(media_blurs)).one())
    assert (row.changed_by, row.changed_at) == ("source:cam", TUESDAY_10)
    clash = Batch(events=[(CaseId("c2"), seen(WHOLE, event_id="e3", media=(B,), of=B))], entries=[])
    failed = await asyncio.gather(db.write(lambda c: (journal.record(c, [clash]), 1 / 0)), return_exceptions=True)
    assert isinstance(failed[0], ZeroDivisionError)
    assert await boxes_of(db, B) == ()
    assert await db.read(lambda connection: list_cases_of(connection, B)) == ["c1"]


async def test_the_same_again_changes_nothing(db: Database) -> None:
    for n in range(3):
        await record(db, seen(PLATE), seen(PLATE, event_id=f"e{n}"))
    assert await boxes_of(db) == (PLATE,)


async def test_what_somebody_has_drawn_stays_beside_it(db: Database) -> None:
    await draw(db, DRAWN)
    await record(db, seen(PLATE, DRAWN))
    assert await boxes_of(db) == (DRAWN, PLATE)


async def test_what_the_office_takes_away_does_not_come_back_with_a_repeat(db: Database) -> None:
    await record(db, seen(PLATE, FACE))
    await draw(db, FACE)
    await record(db, seen(PLATE, FACE, event_id="e2"))
    assert await boxes_of(db) == (FACE,)
    await draw(db)
    await record(db, seen(PLATE, FACE, event_id="e3"))
    assert await boxes_of(db) == ()
    other: Blur = (0.5, 0.5, 0.1, 0.1)
    await record(db, seen(PLATE, other, event_id="e4"))
    assert await boxes_of(db) == (other,), "what was not told before is hidden"
    await draw(db, PLATE)
    assert await boxes_of(db) == (PLATE,)


async def test_a_picture_that_is_not_the_event_s_is_left_alone(db: Database) -> None:
    await record(db, seen(PLATE, media=(A,), of=B))
    assert await boxes_of(db, B) == await boxes_of(db) == ()


async def test_without_boxes_of_a_source_nothing_is_kept_of_what_the_office_takes_away(db: Database) -> None:
    await draw(db, DRAWN)
    await draw(db)
    assert await db.read(lambda connection: connection.execute(select(media_blurs)).all()) == []


async def test_of_more_boxes_than_the_office_may_send_all_is_hidden(db: Database) -> None:
    many: list[Blur] = [(n / 200, 0.5, 0.001, 0.001) for n in range(TOLD_MAX + 1)]
    await record(db, seen(*many[:BOXES_MAX]))
    assert await boxes_of(db) == tuple(many[:BOXES_MAX])
    await record(db, seen(many[BOXES_MAX], event_id="e2"))
    assert (await boxes_of(db))[-1] == WHOLE
    await draw(db)
    for n in range(BOXES_MAX + 1, TOLD_MAX + 1):
        await db.write(lambda connection, n=n: tell_boxes(connection, [seen(many[n])]))  # type: ignore[misc]
    assert await boxes_of(db) != ()
    told = await db.read(lambda connection: connection.scalar(select(media_blurs.c.told)))
    assert told
    assert len(told.split("],[")) <= TOLD_MAX + 1


def test_boxes_of_the_version_before_are_what_somebody_has_drawn(empty: Database) -> None:
    migrate.upgrade(empty.engine)
    migrate.downgrade(empty.engine, "0023")
    row = {"media_id": A, "boxes": "[[0.0,0.9,0.1,0.1]]", "changed_at": TUESDAY_10, "changed_by": "leader"}
    with empty.engine.begin() as connection:
        connection.execute(insert(media_blurs), [row])
    migrate.upgrade(empty.engine)
    with empty.engine.begin() as connection:
        tell_boxes(connection, [seen(PLATE)])
        assert find_boxes(connection, A) == (DRAWN, PLATE)


def named(*private: str, event_id: str, episode: str = "ep", media: tuple[str, ...] = (), of: str = "cam") -> Event:
    return make_event(
        id=EventId(event_id), source_id=SourceId(of), episode=episode, media=media, private=private, blurs={}
    )


@pytest.mark.parametrize("is_later", [True, False])
async def test_what_is_recognised_in_an_object_hides_its_picture_whole_whichever_comes_first(
    db: Database, is_later: bool
) -> None:
    picture, word = named(event_id="e1", media=(A,)), named("face", event_id="e2")
    for event in (picture, word) if is_later else (word, picture):
        await record(db, event)
    assert await boxes_of(db) == (WHOLE,)
    row = await db.read(lambda connection: connection.execute(select(media_blurs)).one())
    assert row.changed_by == "source:cam"


async def test_of_the_same_batch_too(db: Database) -> None:
    await record(db, named("face", event_id="e2"), named(event_id="e1", media=(A,)))
    assert await boxes_of(db) == (WHOLE,)


async def test_a_picture_whose_boxes_were_told_of_that_kind_stays_as_it_is(db: Database) -> None:
    picture = make_event(
        id=EventId("e1"), source_id=SourceId("cam"), episode="ep", media=(A,), private=("plate",), blurs={A: (PLATE,)}
    )
    await record(db, picture)
    await record(db, named("plate", event_id="e2"))
    assert await boxes_of(db) == (PLATE,)
    await record(db, named("face", event_id="e3"))
    assert await boxes_of(db) == (PLATE, WHOLE)


async def test_what_is_recognised_elsewhere_hides_nothing_here(db: Database) -> None:
    await record(db, named(event_id="e1", media=(A,)), make_event(id=EventId("e2"), episode="ep", media=(B,)))
    await record(db, named("face", event_id="e3", episode="other"), named("face", event_id="e4", of="cam-2"))
    await db.submit(journal.record, Batch(events=[(CaseId("c2"), named("face", event_id="e5"))]))
    await db.submit(journal.record, Batch(events=[(CaseId(""), named("face", event_id="e6"))]))
    assert await boxes_of(db) == await boxes_of(db, B) == ()


async def test_what_was_recognised_is_told_once_and_the_office_has_the_last_word(db: Database) -> None:
    await record(db, named(event_id="e1", media=(A,)))
    for n in range(3):
        await record(db, named("face", event_id=f"f{n}"))
    assert await boxes_of(db) == (WHOLE,)
    await draw(db, FACE)
    await record(db, named("face", event_id="f9"), named("face", event_id="f1"))
    assert await boxes_of(db) == (FACE,)
