"""A server for one test: the whole platform on the demo city, and clients that are signed in."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from httpx import ASGITransport, AsyncClient

from dispatch.access import Role
from dispatch.citymap import City
from services.api.passwords import hash_password
from services.bootstrap import Platform, make_app, run_platform
from services.observe.clock import now
from services.settings import Settings
from services.store.accounts import Account, add_account
from services.store.migrate import open_database

PASSWORD = "a good long password"
HASH = hash_password(PASSWORD)
"""Computed once: twenty milliseconds for each account of each test would be a minute."""


@dataclass(frozen=True)
class World:
    parts: Platform
    transport: ASGITransport

    def stranger(self) -> AsyncClient:
        return AsyncClient(transport=self.transport, base_url="http://wardline.test")

    async def add(self, username: str, role: Role, **more: str) -> None:
        account = Account(id=f"id-{username}", username=username, role=role, **more)  # type: ignore[arg-type]
        await self.parts.db.write(lambda connection: add_account(connection, account, HASH, now()))

    @asynccontextmanager
    async def sign_in(self, username: str, role: Role, **more: str) -> AsyncIterator[AsyncClient]:
        """Make an account and give a client that is signed in to it and sends the CSRF header."""
        await self.add(username, role, **more)
        async with self.again(username) as client:
            yield client

    @asynccontextmanager
    async def again(self, username: str) -> AsyncIterator[AsyncClient]:
        """Give a client that is signed in to an account that is there."""
        async with self.stranger() as client:
            answer = await client.post("/api/v1/session", json={"username": username, "password": PASSWORD})
            assert answer.status_code == 200, answer.text
            client.headers["X-CSRF-Token"] = client.cookies["wardline_csrf"]
            yield client


@asynccontextmanager
async def open_world(city: City, data_dir: Path, database_url: str = "", **changes: Any) -> AsyncIterator[World]:
    own = {"challenge": "never"} | changes  # proofs of work have tests of their own (abuse/test_door.py)
    settings = Settings(
        data_dir=data_dir,
        database_url=database_url or f"sqlite:///{data_dir / 'test.sqlite3'}",
        front_dir=data_dir / "front",
        **own,
    )
    db = open_database(settings)
    async with run_platform(settings, db, city) as parts:
        yield World(parts, ASGITransport(make_app(parts), raise_app_exceptions=False))
