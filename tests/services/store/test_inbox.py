"""The inbox: once each, in order, and what becomes of them."""

import asyncio
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from dispatch.ids import SourceId
from services.store import inbox
from services.store.database import Database
from services.store.inbox import Outcome
from tests.builders import TUESDAY_10
from tests.services.store.samples import make_message


async def pending(db: Database) -> list[bytes]:
    return [message.body for _, message in await db.read(lambda connection: inbox.list_pending(connection, 0, 100))]


async def test_the_same_message_is_one_row(db: Database) -> None:
    message = make_message(b"1")
    assert await db.submit(inbox.store, [message, make_message(b"1")]) == [message]
    assert await db.submit(inbox.store, [message]) == []
    assert await pending(db) == [b"1"]


async def test_of_two_at_once_one_hands_it_over(db: Database) -> None:
    answers = await asyncio.gather(*[db.submit(inbox.store, [make_message(b"1")]) for _ in range(20)])
    assert sorted(map(len, answers)) == [0] * 19 + [1]


async def test_they_are_read_in_the_order_in_which_they_came(db: Database) -> None:
    bodies = [str(n).encode() for n in (5, 3, 9, 1)]
    await db.submit(inbox.store, [make_message(body) for body in bodies])
    assert await pending(db) == bodies
    rows = await db.read(lambda connection: inbox.list_pending(connection, 0, 2))
    assert [m.body for _, m in await db.read(lambda c: inbox.list_pending(c, rows[-1][0], 9))] == bodies[2:]


async def test_what_came_lately_can_be_left_out(db: Database) -> None:
    old, new = make_message(b"old"), make_message(b"new", at=TUESDAY_10 + timedelta(seconds=5))
    await db.submit(inbox.store, [new, old])
    before = TUESDAY_10 + timedelta(seconds=5)
    rows = await db.read(lambda connection: inbox.list_pending(connection, 0, 9, received_before=before))
    assert [message for _, message in rows] == [old]


async def test_quarantined_is_not_pending_until_it_is_replayed(db: Database) -> None:
    message = make_message(b"bad")
    await db.submit(inbox.store, [message])
    outcome = Outcome(message_id=message.id, at=TUESDAY_10, state="quarantined", reason="json", detail="no")
    await db.write(lambda connection: inbox.settle(connection, [outcome]))
    assert await pending(db) == []
    assert await db.read(inbox.count_by_state) == {"quarantined": 1}
    assert await db.write(lambda connection: inbox.replay(connection, message.id)) == message
    assert await pending(db) == [b"bad"]
    assert await db.write(lambda connection: inbox.replay(connection, message.id)) is None


async def test_a_message_that_is_done_is_not_replayed(db: Database) -> None:
    message = make_message()
    await db.submit(inbox.store, [message])
    await db.write(lambda connection: inbox.settle(connection, [Outcome(message_id=message.id, at=TUESDAY_10)]))
    assert await db.write(lambda connection: inbox.replay(connection, message.id)) is None
    assert await db.submit(inbox.store, [message]) == []


async def test_only_what_is_done_and_old_is_deleted_a_page_at_a_time(db: Database) -> None:
    messages = [make_message(str(n).encode()) for n in range(6)]
    await db.submit(inbox.store, [*messages, make_message(b"young", at=TUESDAY_10 + timedelta(days=1))])
    done = [Outcome(message_id=message.id, at=TUESDAY_10) for message in messages[:4]]
    bad = Outcome(message_id=messages[4].id, at=TUESDAY_10, state="quarantined", reason="json")
    await db.write(lambda connection: inbox.settle(connection, [*done, bad]))
    before = TUESDAY_10 + timedelta(seconds=1)
    pages = [await db.write(lambda connection: inbox.delete_done_before(connection, before, 3)) for _ in range(3)]
    assert pages == [3, 1, 0]
    assert await db.read(inbox.count_by_state) == {"pending": 2, "quarantined": 1}


@given(st.lists(st.tuples(st.text(), st.text(), st.binary()), min_size=2, unique=True))
def test_ids_differ_where_feed_source_or_key_do(parts: list[tuple[str, str, bytes]]) -> None:
    assert len({inbox.message_id(feed, SourceId(source), key) for feed, source, key in parts}) == len(parts)
