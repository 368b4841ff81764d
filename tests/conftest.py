"""What all tests may ask for. A server that this machine lacks skips its tests, saying so; on CI it fails them."""

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import settings
from playwright.async_api import Browser

from tests.parts.bucket import ACCESS_KEY, SECRET_KEY, Store, run_store
from tests.parts.chromium import find_chromium, run_chromium
from tests.parts.mail_server import MailServer, run_mail_server
from tests.parts.mosquitto import Broker, find_mosquitto, run_mosquitto
from tests.parts.postgres import PostgresServer, find_programs, run_postgres
from tests.parts.wardline import Wardline, run_wardline

T = TypeVar("T")

settings.register_profile("busy", deadline=None)
settings.load_profile("busy")
"""A machine that does other things too makes one example slow by chance; that is no fault of what is tested."""

FOR_TESTS = frozenset({"WARDLINE_CHROMIUM", "WARDLINE_EXAMPLES", "WARDLINE_SHARED"})


def pytest_configure() -> None:
    """Forget the settings of whoever runs the tests: their database, and their bucket, are not ours to write to."""
    for name in [name for name in os.environ if name.startswith(("WARDLINE_", "AWS_")) and name not in FOR_TESTS]:
        del os.environ[name]


def need(found: T | None, what: str) -> T:
    """Return what was found. A machine without it skips the test; CI has everything, so that there it fails."""
    if found is not None:
        return found
    if os.environ.get("CI"):
        pytest.fail(f"{what} is missing; `make setup` installs it")
    pytest.skip(f"{what} is missing; `make setup` installs it")


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server of this test run's own."""
    with run_postgres(need(find_programs(), "PostgreSQL")) as server:
        yield server


@pytest.fixture
def postgres_url(postgres: PostgresServer) -> Iterator[str]:
    """The URL of an empty database."""
    with postgres.database() as url:
        yield url


@pytest.fixture
def mails() -> Iterator[MailServer]:
    """A server that takes in mail, of this test's own."""
    with run_mail_server() as server:
        yield server


@pytest.fixture(scope="session")
def s3_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """An S3 server of this test run's own."""
    with run_store(tmp_path_factory.mktemp("s3")) as running:
        yield running


@pytest.fixture
def s3(s3_server: Store, monkeypatch: pytest.MonkeyPatch) -> Store:
    """The same, and who asks is let in."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCESS_KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
    return s3_server


@pytest.fixture
def broker() -> Iterator[Broker]:
    """A Mosquitto broker of this test's own."""
    with run_mosquitto(need(find_mosquitto(), "Mosquitto")) as running:
        yield running


@pytest.fixture
async def chromium() -> AsyncIterator[Browser]:
    """Chromium, without a window."""
    async with run_chromium(need(find_chromium(), "Chromium")) as browser:
        yield browser


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Wardline]:
    """A running server: the demo city, nobody at work in it, nothing happened yet."""
    with run_wardline(tmp_path / "data") as running:
        yield running
