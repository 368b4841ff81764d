"""A server for one test: the real desk, inbox and database on the demo city, and clients that are signed in."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from httpx import ASGITransport, AsyncClient

from dispatch.access import Role
from dispatch.citymap import City
from services.api.app import create_app
from services.api.passwords import hash_password
from services.engine.desk import Desk
from services.feeds import load_feeds
from services.intake.receive import Inbox
from services.observe.clock import now
from services.settings import Settings
from services.store.accounts import Account, add_account
from services.store.database import Database
from services.store.tables import metadata

PASSWORD = "a good long password"
HASH = hash_password(PASSWORD)
"""Computed once: twenty milliseconds for each account of each test would be a minute."""


@dataclass(frozen=True)
class Parts:
    """The parts that the API needs."""

    settings: Settings
    db: Database
    city: City
    desk: Desk
    inbox: Inbox
    started_at: datetime


@dataclass(frozen=True)
class World:
    parts: Parts
    transport: ASGITransport

    def stranger(self) -> AsyncClient:
        return AsyncClient(transport=self.transport, base_url="http://wardline.test")

    async def add(self, username: str, role: Role, **more: str) -> None:
        account = Account(id=f"id-{username}", username=username, role=role, **more)  # type: ignore[arg-type]
        await self.parts.db.write(lambda connection: add_account(connection, account, HASH, now()))

    @asynccontextmanager
    async def sign_in(self, username: str, role: Role | None = None, **more: str) -> AsyncIterator[AsyncClient]:
        """Give a client that is signed in and sends the CSRF header; `role` makes the account first."""
        if role is not None:
            await self.add(username, role, **more)
        async with self.stranger() as client:
            answer = await client.post("/api/v1/session", json={"username": username, "password": PASSWORD})
            assert answer.status_code == 200, answer.text
            client.headers["X-CSRF-Token"] = client.cookies["wardline_csrf"]
            yield client


@asynccontextmanager
async def open_world(city: City, data_dir: Path, database_url: str = "") -> AsyncIterator[World]:
    settings = Settings(
        data_dir=data_dir,
        database_url=database_url or f"sqlite:///{data_dir / 'test.sqlite3'}",
        front_dir=data_dir / "front",
    )
    db = Database(settings.database_url)
    with db.engine.begin() as connection:
        metadata.create_all(connection)
    db.open()
    feeds = load_feeds()
    desk = Desk(db, city, feeds, lambda *_: None)
    await desk.start()
    inbox = Inbox(db, feeds, desk.hand_over, desk.waiting)
    parts = Parts(settings, db, city, desk, inbox, datetime.now(UTC))
    transport = ASGITransport(create_app(parts), raise_app_exceptions=False)
    try:
        yield World(parts, transport)
    finally:
        await desk.stop()
        await db.close()
