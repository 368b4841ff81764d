"""Who is banned, as it is kept in memory."""

from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection

from services.api.bans import Bans
from services.settings import Settings
from services.store.abuse import Ban, BanKind, Sender, add_ban, remove_ban
from services.store.database import Database
from services.store.migrate import open_database
from tests.builders import TUESDAY_10

BROWSER = Sender(device="d1", address="198.51.100.7")


@pytest.fixture
async def db(tmp_path: Path) -> AsyncIterator[Database]:
    found = open_database(Settings(data_dir=tmp_path, database_url=f"sqlite:///{tmp_path / 'test.sqlite3'}"))
    found.open()
    yield found
    await found.close()


def make_ban(kind: BanKind, value: str, hours: int = 0, **more: object) -> Ban:
    fields = {"hint": "", "reason": "r", "created_by": "leader", "until": None} | more
    made_at = TUESDAY_10 + timedelta(hours=hours)
    return Ban(id=f"{kind}{value}{hours}", kind=kind.value, value=value, created_at=made_at, **fields)  # type: ignore[arg-type]


def adding(*bans: Ban) -> Callable[[Connection], None]:
    def write(connection: Connection) -> None:
        for each in bans:
            add_ban(connection, each)

    return write


async def test_somebody_is_known_by_each_thing_that_he_is_banned_by(db: Database) -> None:
    held = [
        Sender(device="d1"),
        Sender(phone="p1"),
        Sender(email="e1"),
        Sender(address="203.0.113.9"),
        Sender(address="2001:db8:0:1::/64"),
    ]
    free = [Sender(), Sender(device="p1"), Sender(address="203.0.114.9"), Sender(address="no address")]
    await db.write(
        adding(
            make_ban(BanKind.DEVICE, "d1"),
            make_ban(BanKind.PHONE, "p1"),
            make_ban(BanKind.EMAIL, "e1"),
            make_ban(BanKind.NETWORK, "203.0.113.0/24"),
            make_ban(BanKind.NETWORK, "2001:db8::/48"),
        )
    )
    bans = Bans()
    assert all([await bans.find(db, each, TUESDAY_10) for each in held])
    assert not any([await bans.find(db, each, TUESDAY_10) for each in free])


async def test_a_ban_ends_by_itself_and_the_first_of_several_is_named(db: Database) -> None:
    over = make_ban(BanKind.DEVICE, "d1", until=TUESDAY_10 + timedelta(hours=1))
    second, third = (make_ban(BanKind.NETWORK, "198.51.100.0/24", 2), make_ban(BanKind.DEVICE, "d1", 3))
    await db.write(adding(over, third, second))
    bans = Bans()
    assert await bans.find(db, BROWSER, TUESDAY_10) == over
    assert await bans.find(db, BROWSER, TUESDAY_10 + timedelta(hours=1)) == second


async def test_what_this_process_changes_holds_at_once_and_what_another_does_after_a_second(
    db: Database,
) -> None:
    passed_s = [100.0]
    bans, ban = Bans(lambda: passed_s[0]), make_ban(BanKind.DEVICE, "d1")
    assert await bans.find(db, BROWSER, TUESDAY_10) is None
    await db.write(adding(ban))  # by another process: nobody says so here
    passed_s[0] += 0.9
    assert await bans.find(db, BROWSER, TUESDAY_10) is None
    passed_s[0] += 0.2
    assert await bans.find(db, BROWSER, TUESDAY_10) == ban
    await db.write(lambda connection: remove_ban(connection, ban.id))
    bans.change()
    passed_s[0] += 0.001
    assert await bans.find(db, BROWSER, TUESDAY_10) is None


async def test_who_is_banned_is_read_once_however_many_report(db: Database) -> None:
    reads = 0
    read = db.read

    async def count(query: Callable[[Connection], object]) -> object:
        nonlocal reads
        reads += 1
        return await read(query)

    db.read = count  # type: ignore[method-assign, assignment]
    bans = Bans(lambda: 100.0)
    for _ in range(50):
        await bans.find(db, BROWSER, TUESDAY_10)
    assert reads == 1
