"""A database of each kind, with somebody to write to."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.settings import Settings
from services.store import migrate
from services.store.database import Database


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
async def db(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    """A database with all tables, open."""
    env = {"WARDLINE_DATA_DIR": str(tmp_path)}
    if request.param == "postgresql":
        env["WARDLINE_DATABASE_URL"] = request.getfixturevalue("postgres_url")
    made = Database(Settings.from_env(env).database_url)
    migrate.upgrade(made.engine)
    made.open()
    yield made
    await made.close()
