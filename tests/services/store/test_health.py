"""What is remembered of sources and of episodes, on both databases."""

from datetime import timedelta

from dispatch.ids import MessageId, SourceId
from services.store import health, inbox
from services.store.database import Database
from services.store.inbox import Message, Outcome
from tests.builders import TUESDAY_10

LATER = TUESDAY_10 + timedelta(minutes=1)


async def test_vitals_are_written_over_and_read(db: Database) -> None:
    await db.write(lambda c: health.save_vitals(c, {SourceId("a"): b"1", SourceId("b"): b"2"}))
    await db.write(lambda c: health.save_vitals(c, {SourceId("a"): b"3"}))
    assert dict(await db.read(lambda c: list(health.list_vitals(c)))) == {"a": b"3", "b": b"2"}


async def test_episodes_are_due_in_order_and_can_be_forgotten(db: Database) -> None:
    long_name = "e" * 900
    states = {"later": (b"1", LATER), long_name: (b"2", TUESDAY_10), "never": (b"3", None)}
    await db.write(lambda c: health.save_episodes(c, states))
    due = await db.read(lambda c: health.list_due_episodes(c, LATER, 10))
    assert [row.episode for row in due] == [long_name, "later"]
    assert [row.episode for row in await db.read(lambda c: health.list_due_episodes(c, TUESDAY_10, 10))] == [long_name]
    await db.write(lambda c: health.save_episodes(c, {"later": (None, None), long_name: (b"4", None)}))
    assert await db.read(lambda c: health.list_due_episodes(c, LATER, 10)) == []
    assert dict(await db.read(lambda c: list(health.load_episodes(c)))) == {long_name: b"4", "never": b"3"}


async def test_what_is_set_aside_is_listed_replayed_and_swept_like_what_was_read(db: Database) -> None:
    messages = [
        Message(id=MessageId(f"m{n}"), feed="f", source_id=SourceId("s"), body=b"{}", received_at=TUESDAY_10)
        for n in range(300)
    ]
    await db.submit(inbox.store, messages)
    outcomes = [
        Outcome(message_id=each.id, at=LATER, state="set_aside" if n % 3 else "done", reason="flood" if n % 3 else "")
        for n, each in enumerate(messages)
    ]
    await db.write(lambda c: inbox.settle(c, outcomes))
    assert await db.read(inbox.count_by_state) == {"done": 100, "set_aside": 200}
    replayed = await db.write(lambda c: inbox.replay(c, MessageId("m1")))
    assert replayed == messages[1]
    assert await db.write(lambda c: inbox.replay(c, MessageId("m0"))) is None, "what was read is not read again"
    assert await db.write(lambda c: inbox.delete_done_before(c, LATER, 1_000)) == 299
    assert await db.read(inbox.count_by_state) == {"pending": 1}
