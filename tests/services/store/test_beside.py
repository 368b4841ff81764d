"""What stands beside the journal: packs, sources, answers that are kept, and the lease of the engine."""

import asyncio
import os
import signal
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError

from dispatch.city import Source
from dispatch.ids import SourceId
from gis.point import LonLat
from services.engine.senders import Senders
from services.store import packs, sources
from services.store.accounts import hash_secret
from services.store.database import Database
from services.store.idempotency import Kept, delete_kept, find_kept, keep
from services.store.lease import EngineElsewhere, Lease
from services.store.pack_tables import pack_files
from services.store.tables import code_rows
from tests.builders import TUESDAY_10, make_codes
from tests.taxonomy import CATEGORIES

FILES = {"city.toml": b"id = 'a'", "areas/grid.geojson": b"\x00\xff" * 1_000}


async def test_a_pack_is_stored_whole_and_read_back(db: Database) -> None:
    assert await db.read(packs.find_newest) is None
    for _ in range(2):
        assert await db.write(lambda c: packs.save(c, "a", FILES, CATEGORIES, TUESDAY_10)) == 1
    assert await db.read(packs.find_newest) == FILES
    changed = {**FILES, "city.toml": b"id = 'b'"}
    assert await db.write(lambda c: packs.save(c, "b", changed, CATEGORIES, TUESDAY_10)) == 2
    assert await db.read(packs.find_newest) == changed
    assert await db.read(lambda c: c.scalar(select(func.count()).select_from(code_rows))) == len(CATEGORIES)


async def test_a_pack_that_fails_half_way_leaves_nothing(db: Database) -> None:
    with pytest.raises(AttributeError):
        await db.write(lambda c: packs.save(c, "a", FILES, [None], TUESDAY_10))  # type: ignore[list-item]
    assert await db.read(packs.find_newest) is None
    assert await db.read(lambda c: c.scalar(select(func.count()).select_from(pack_files))) == 0


def test_a_digest_tells_where_one_file_ends() -> None:
    assert packs.digest_of({"a": b"bc"}) != packs.digest_of({"ab": b"c"}) != packs.digest_of({"a": b"b", "c": b""})


MADE = Source(
    id=SourceId("report:desk"),
    feed="report",
    kind="gateway",
    external_id="desk",
    name_zh="desk",
    name_en="desk",
    point=LonLat(106.5, 29.5),
    datum="gcj02",
    kinds=("a", "b"),
)


async def test_a_source_made_by_hand_is_known_by_its_key(db: Database) -> None:
    await db.write(lambda connection: sources.add_source(connection, MADE, TUESDAY_10))
    key = await db.write(lambda connection: sources.add_key(connection, MADE.id, TUESDAY_10))
    assert await db.read(lambda c: sources.find_by_key(c, hash_secret(key))) == (MADE.id, MADE)
    assert await db.read(lambda c: sources.find_by_key(c, hash_secret(key + "x"))) is None
    assert await db.read(lambda c: sources.list_made(c, [MADE.id, SourceId("none")])) == [MADE]
    with pytest.raises(IntegrityError):
        await db.write(lambda connection: sources.add_source(connection, MADE, TUESDAY_10))


async def test_when_sources_were_heard_is_kept(db: Database) -> None:
    states = [(SourceId("gas1"), TUESDAY_10, True), (SourceId("cam1"), None, False)]
    for _ in range(2):
        await db.write(lambda connection: sources.save_states(connection, states))
    senders = Senders(make_codes())
    await db.read(lambda connection: sources.load(connection, senders))
    assert (senders.last_heard, senders.lost) == ({"gas1": TUESDAY_10}, {"gas1"})


async def test_an_answer_is_kept_for_its_time(db: Database) -> None:
    kept = Kept(request_hash="h", status=200, response=b"{}")
    await db.write(lambda connection: keep(connection, "k", kept, TUESDAY_10))
    assert await db.read(lambda c: find_kept(c, "k", TUESDAY_10)) == kept
    assert await db.read(lambda c: find_kept(c, "k", TUESDAY_10 + timedelta(seconds=1))) is None
    assert await db.write(lambda connection: delete_kept(connection, TUESDAY_10)) == 0
    assert await db.write(lambda connection: delete_kept(connection, TUESDAY_10 + timedelta(seconds=1))) == 1


HOLDER = """
import sys, time
from services.store.database import Database
from services.store.lease import Lease
Lease(Database(sys.argv[1])).take()
print("held", flush=True)
time.sleep(60)
"""


async def test_a_second_engine_is_refused_until_the_first_is_killed(db: Database) -> None:
    root = Path(__file__).resolve().parents[3]
    holder = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", HOLDER, db.url),
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(root)},
    )
    try:
        assert holder.stdout is not None
        assert (await asyncio.wait_for(holder.stdout.readline(), 60)).strip() == b"held"
        with pytest.raises(EngineElsewhere):
            Lease(db).take()
    finally:
        holder.send_signal(signal.SIGKILL)
        await holder.wait()
    lease = Lease(db)
    await _take_soon(lease)
    with pytest.raises(EngineElsewhere):
        Lease(db).take()
    lease.free()
    again = Lease(db)
    again.take()
    again.free()


async def _take_soon(lease: Lease) -> None:
    """PostgreSQL needs a moment to see that the holder has gone."""
    for _ in range(100):
        try:
            lease.take()
            return
        except EngineElsewhere:
            await asyncio.sleep(0.05)
    raise AssertionError("the lease of a killed process was never freed")


async def test_a_lease_that_broke_is_taken_again_or_known_as_lost(db: Database) -> None:
    lease = Lease(db)
    lease.take()
    lease.confirm()
    if db.is_sqlite:
        lease.free()
        return
    await _end_all_others(db)
    lease.confirm()
    with pytest.raises(EngineElsewhere):
        Lease(db).take()
    await _end_all_others(db)
    other = Lease(db)
    other.take()
    with pytest.raises(EngineElsewhere):
        lease.confirm()
    other.free()
    lease.confirm()
    lease.free()


async def _end_all_others(db: Database) -> None:
    """Break the connections of all leases, as a restart of the server does."""
    ended = "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND pid <> pg_backend_pid()"
    await db.write(lambda connection: connection.execute(text(ended)).all())
    await asyncio.sleep(0.2)
