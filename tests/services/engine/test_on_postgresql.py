"""The engine on PostgreSQL: the same life, the same books, the same counts."""

import random
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.settings import Settings
from services.store.database import Database
from tests.parts.town import Town, prepare, run_town
from tests.services.engine.living import live
from tests.services.engine.test_restart import picture
from tests.services.engine.test_tally import counted, kept

pytestmark = pytest.mark.postgres


@pytest.fixture
def url(postgres_url: str, tmp_path: Path) -> str:
    env = {"WARDLINE_DATA_DIR": str(tmp_path), "WARDLINE_DATABASE_URL": postgres_url}
    return Settings.from_env(env).database_url


@pytest.fixture
async def town(url: str) -> AsyncIterator[Town]:
    async with run_town(prepare(Database(url))) as running:
        yield running


async def test_a_life_a_restart_and_the_counts(town: Town, url: str) -> None:
    await live(town, random.Random(11), 100)
    before, entries = picture(town.desk.state), await town.entries()
    assert [entry.seq for entry in entries] == list(range(1, len(entries) + 1))
    await town.desk.stop()
    async with run_town(Database(url)) as again:
        assert picture(again.desk.state) == before
        assert await again.entries() == entries
        assert await kept(again.db) == await counted(again) != {}
        await live(again, random.Random(12), 40)
        assert await again.tally.recompute() == 0
        await again.tally.flush()
        assert await kept(again.db) == await counted(again)


async def test_text_that_postgresql_cannot_hold_stops_nobody(town: Town) -> None:
    await town.send("report", "desk", {"text": "smell of gas \u0000 here", "address": "\u0000", "key": "\u0000"})
    record = {"id": "1", "opened_at": "2026-01-02T03:04:05Z", "text": "litter", "feed": "x" * 41, "worker": "\u0000"}
    await town.send("history", "desk", [record, {**record, "id": "2", "feed": "", "worker": ""}])
    assert await town.states() == {"done": 2, "quarantined": 1}
    assert len(town.open_cases()) == 2
