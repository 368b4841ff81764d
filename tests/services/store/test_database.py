"""The way to the database: groups, failures in a group, durability, and what a reader sees."""

import asyncio
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, insert, select, text
from sqlalchemy.exc import IntegrityError, OperationalError

from services.store import migrate
from services.store.database import Database
from services.store.tables import sensing_state


def put(key: str, doc: bytes = b"x"):  # type: ignore[no-untyped-def]
    def run(connection: Connection) -> str:
        connection.execute(insert(sensing_state).values(key=key, doc=doc))
        return key

    return run


def _put_all(connection: Connection, values: Sequence[str]) -> Sequence[str]:
    return [put(value)(connection) for value in values]


async def keys(db: Database) -> set[str]:
    return set(await db.read(lambda connection: connection.scalars(select(sensing_state.c.key)).all()))


async def test_a_write_answers_once_it_can_be_read(db: Database) -> None:
    assert await db.write(put("a")) == "a"
    assert await keys(db) == {"a"}


async def test_what_waits_together_is_committed_together(db: Database) -> None:
    groups: list[int] = []

    def write_all(connection: Connection, values: Sequence[str]) -> Sequence[str]:
        groups.append(len(values))
        connection.execute(insert(sensing_state), [{"key": value, "doc": b""} for value in values])
        return values

    answers = await asyncio.gather(*[db.submit(write_all, f"k{n}") for n in range(500)])
    assert answers == [f"k{n}" for n in range(500)]
    assert sum(groups) == 500
    assert len(groups) < 50, "hardly anything was grouped"
    assert len(await keys(db)) == 500


async def test_what_is_patient_does_not_wait_for_the_disk_and_all_else_does(db: Database) -> None:
    question = text("PRAGMA synchronous" if db.is_sqlite else "SHOW synchronous_commit")

    def fail(_connection: Connection) -> None:
        raise ValueError("a write that fails")

    async def asked(*, patient: bool) -> str:
        return str(await db.write(lambda connection: connection.scalar(question), patient=patient))

    synced, unsynced = ("2", "1") if db.is_sqlite else ("on", "off")
    assert [await asked(patient=each) for each in (False, True, True, False)] == [synced, unsynced, unsynced, synced]
    with pytest.raises(ValueError, match="fails"):
        await db.write(fail, patient=True)
    assert await asked(patient=False) == synced


async def test_what_is_patient_goes_between_the_others_one_at_a_time(db: Database) -> None:
    """Neither do many counters delay a message by more than one of them, nor many messages a counter for ever."""
    order: list[str] = []

    def write_all(connection: Connection, values: Sequence[str]) -> Sequence[str]:
        order.append("+".join(values))
        return _put_all(connection, values)

    held = threading.Event()
    first = asyncio.create_task(db.write(lambda _: held.wait(10)))
    await asyncio.sleep(0.05)  # the writer is at it: what follows waits together
    patient = [db.submit(write_all, f"p{n}", patient=True) for n in range(3)]
    urgent = [db.submit(write_all, f"u{n}") for n in range(3)]
    held.set()
    await asyncio.gather(first, *patient, *urgent)
    assert order == ["p0", "u0+u1+u2", "p1", "p2"]


async def test_what_is_patient_is_written_before_the_end(db: Database) -> None:
    waiting = [db.submit(_put_all, f"p{n}", patient=True) for n in range(20)]
    await db.close()
    assert [await each for each in waiting] == [f"p{n}" for n in range(20)]


async def test_a_write_that_fails_takes_no_neighbour_with_it(db: Database) -> None:
    await db.write(put("taken"))
    wanted = [put("a"), put("taken"), put("b"), put("taken"), put("c")]
    answers = await asyncio.gather(*map(db.write, wanted), return_exceptions=True)
    assert [type(each) for each in answers] == [str, IntegrityError, str, IntegrityError, str]
    assert await keys(db) == {"taken", "a", "b", "c"}


async def test_a_write_that_fails_half_way_leaves_nothing(db: Database) -> None:
    def half(connection: Connection) -> None:
        put("half")(connection)
        raise KeyError("no")

    answers = await asyncio.gather(db.write(half), db.write(put("whole")), return_exceptions=True)
    assert isinstance(answers[0], KeyError)
    assert await keys(db) == {"whole"}


async def test_an_asker_who_has_gone_is_not_waited_for(db: Database) -> None:
    gone = asyncio.ensure_future(db.write(put("gone")))
    await asyncio.sleep(0)
    gone.cancel()
    await db.write(put("here"))
    assert await keys(db) == {"gone", "here"}


async def test_a_reader_sees_one_state_however_much_it_asks(db: Database) -> None:
    loop = asyncio.get_running_loop()

    def count_twice(connection: Connection) -> tuple[int, int]:
        counted = select(func.count()).select_from(sensing_state)
        first = connection.scalar(counted) or 0
        asyncio.run_coroutine_threadsafe(db.write(put("late")), loop).result(10)
        return first, connection.scalar(counted) or 0

    assert await db.read(count_twice) == (0, 0)
    assert await keys(db) == {"late"}


async def test_a_commit_is_on_the_disk(db: Database) -> None:
    if db.is_sqlite:
        answers = [await db.write(lambda c, name=name: c.scalar(text(f"PRAGMA {name}"))) for name in PRAGMAS]  # type: ignore[misc]
        assert dict(zip(PRAGMAS, answers, strict=True)) == PRAGMAS
    else:
        assert await db.write(lambda c: c.scalar(text("SHOW synchronous_commit"))) != "off"


PRAGMAS = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
"""synchronous 2 is FULL."""


async def test_the_log_has_an_end_while_the_work_has_none(tmp_path: Path) -> None:
    """SQLite's own: there is always one write on its way, so that the writer never rests between two foldings."""
    db = Database(f"sqlite:///{tmp_path / 'store.sqlite3'}", fold_every_s=0.02)
    migrate.upgrade(db.engine)
    db.open()
    try:
        doc = bytes(20_000)

        async def write(name: str) -> None:
            for n in range(300):
                await db.write(put(f"{name}{n}", doc))

        await asyncio.gather(*[write(f"w{n}-") for n in range(4)])
        written = 4 * 300 * len(doc)
        assert (tmp_path / "store.sqlite3-wal").stat().st_size < written / 2
    finally:
        await db.close()


@pytest.mark.postgres
@pytest.mark.parametrize("empty_url", ["postgresql"], indirect=True)
async def test_a_broken_connection_fails_a_write_and_no_later_one(db: Database) -> None:
    """SQLite has no connection that could break."""

    def die(connection: Connection) -> None:
        connection.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

    answers = await asyncio.wait_for(
        asyncio.gather(db.write(put("a")), db.write(die), db.write(put("b")), return_exceptions=True), 20
    )
    assert answers[0] == "a"
    assert isinstance(answers[1], OperationalError)
    assert answers[2] == "b"
    assert await asyncio.wait_for(db.write(put("c")), 20) == "c"
    assert await keys(db) == {"a", "b", "c"}


async def test_what_waits_is_committed_before_the_end_and_nothing_after(db: Database) -> None:
    waiting = [asyncio.ensure_future(db.write(put(f"k{n}"))) for n in range(20)]
    await asyncio.sleep(0)
    await db.close()
    assert await asyncio.gather(*waiting) == [f"k{n}" for n in range(20)]
    with pytest.raises(RuntimeError):
        await db.write(put("late"))
