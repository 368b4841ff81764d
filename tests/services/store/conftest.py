"""A database of each kind for each test of the store."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from services.settings import Settings
from services.store import migrate
from services.store.database import Database


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'store.sqlite3'}"
    url: str = request.getfixturevalue("postgres_url")
    env = {"WARDLINE_DATA_DIR": str(tmp_path), "WARDLINE_DATABASE_URL": url}
    return Settings.from_env(env).database_url


@pytest.fixture
def empty(empty_url: str) -> Iterator[Database]:
    """A database without tables, and not opened."""
    db = Database(empty_url)
    yield db
    db.engine.dispose()


@pytest.fixture
async def db(empty_url: str) -> AsyncIterator[Database]:
    """A database with all tables, open."""
    made = Database(empty_url)
    migrate.upgrade(made.engine)
    made.open()
    yield made
    await made.close()
