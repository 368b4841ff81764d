"""The whole platform behind a real socket, for tests that speak HTTP as the world does."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import uvicorn

from dispatch.access import Role
from dispatch.citymap import City
from services.bootstrap import make_app
from services.cli.serve import make_config
from services.observe.clock import now
from services.store.accounts import Account, add_account, add_token
from tests.services.api.unhurried import lift_limits, tools_behind
from tests.services.api.world import HASH, open_world

TOKEN = "wt_test_token_of_an_administrator"
START_S = 20.0


@dataclass(frozen=True)
class Running:
    url: str
    port: int

    @property
    def headers(self) -> dict[str, str]:
        """Sign a request as the administrator."""
        return {"Authorization": f"Bearer {TOKEN}"}


@contextmanager
def run_server(city: City, data_dir: Path, *, rationed: bool = True) -> Iterator[Running]:
    """Run the platform in a thread, with an administrator whose token is TOKEN; `rationed` as its doors are."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    listening.listen()  # who asks before the server is up waits
    port = listening.getsockname()[1]
    ready, holder = threading.Event(), list[uvicorn.Server]()

    async def serve() -> None:
        async with open_world(city, data_dir) as world:
            account = Account(id="root", username="root", role=Role.ADMIN)
            await world.parts.db.write(lambda c: add_account(c, account, HASH, now()))
            await world.parts.db.write(lambda c: add_token(c, TOKEN, "root", "test", now(), now() + timedelta(days=1)))
            app = make_app(world.parts)
            if not rationed:
                lift_limits(tools_behind(app))
            server = uvicorn.Server(make_config(app))
            holder.append(server)
            ready.set()
            await server.serve([listening])

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    try:
        assert ready.wait(START_S)
        yield Running(f"http://127.0.0.1:{port}", port)
    finally:
        for server in holder:
            server.should_exit = True
        thread.join(START_S)
        listening.close()
