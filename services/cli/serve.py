"""`wardline serve`: one production process."""

import asyncio
import signal
import socket
import traceback
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

import click
import structlog
import uvicorn
import uvloop

from dispatch.citymap import City
from services.bootstrap import Platform, make_app, make_intake_app, run_platform
from services.engine.loading import read_city
from services.observe import clock, log
from services.observe.fast_loop import FastLoop
from services.observe.memory import collecting_no_garbage
from services.settings import Settings
from services.store.database import Database
from services.store.migrate import open_database

STOP_WITHIN_S = 10
"""Requests at work when the process is asked to stop have so long to end."""
BACKLOG = 2_048
KEEP_ALIVE_S = 75
"""A device that speaks once a minute keeps its connection."""
FRAME_MAX = 64 * 1024
"""Bytes of one frame that a client may send: its subscription, nothing else."""

logger = structlog.get_logger(__name__)

ROLES = ("all", "intake")


@click.command()
@click.option("--host", help="Address to listen on (WARDLINE_HOST, 127.0.0.1).")
@click.option("--port", type=int, help="Port to listen on (WARDLINE_PORT, 8000).")
@click.option(
    "--role",
    type=click.Choice(ROLES),
    default="all",
    show_default=True,
    help="all: API, sockets, engine, jobs. intake: the doors alone; a process with the engine reads what they store.",
)
def serve(host: str | None, port: int | None, role: str) -> None:
    """Serve the city whose pack is loaded."""
    settings = Settings.from_env()
    log.set_up(settings.log_level)
    db = open_database(settings)
    with collecting_no_garbage(stays=True):
        city = read_city(db, settings.data_dir)
    run(settings, db, city, host=host or settings.host, port=port or settings.port, role=role)


class Server(uvicorn.Server):
    """Returns when a signal asks it to end, so that the parts behind it are stopped in order.

    uvicorn would raise the signal once more then, and the process would end before they are.
    """

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        for each in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(each, self.handle_exit, each, None)
        yield


Beside = Callable[[Platform], Awaitable[None]]


def run(
    settings: Settings,
    db: Database,
    city: City,
    *,
    host: str,
    port: int,
    role: str = "all",
    beside: Beside | None = None,
) -> None:
    """Serve until a signal stops the process. `beside` runs once requests are answered, and is cancelled at the end."""
    serving = _serve(settings, db, city, listen(host, port), role, beside)
    if (speed := clock.speed()) == 1:
        uvloop.run(serving)
        return
    with asyncio.Runner(loop_factory=lambda: FastLoop(speed)) as runner:
        runner.run(serving)


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket.

    :raises click.ClickException: if the port is taken.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    server = socket.socket(family, socket.SOCK_STREAM)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        server.bind((host, port))
    except OSError as error:
        server.close()
        raise click.ClickException(
            f"cannot listen on {host}:{port}: {error.strerror}. Choose another with WARDLINE_PORT."
        ) from None
    return server


async def _serve(
    settings: Settings, db: Database, city: City, server_socket: socket.socket, role: str, beside: Beside | None
) -> None:
    if role == "intake":
        db.open()
        await Server(make_config(make_intake_app(settings, db, city), trust_proxy=settings.trust_proxy)).serve(
            [server_socket]
        )
        await db.close()
        return
    async with run_platform(settings, db, city) as platform:
        server = Server(make_config(make_app(platform), trust_proxy=settings.trust_proxy))
        task = asyncio.ensure_future(_beside(server, platform, beside)) if beside else None
        await server.serve([server_socket])
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def _beside(server: "Server", platform: Platform, beside: Beside) -> None:
    while not server.started:
        await asyncio.sleep(0.02)
    try:
        await beside(platform)
    except Exception:  # noqa: BLE001 - outermost: the server goes on without what ran beside it, and says so
        logger.error("what ran beside the server has failed", trace=traceback.format_exc())


def make_config(app: object, *, trust_proxy: bool = False) -> uvicorn.Config:
    """Return how uvicorn is set: quiet, without a banner, without compression (docs/benchmarks.md)."""
    return uvicorn.Config(
        app,  # type: ignore[arg-type]
        loop="none",
        http="httptools",
        ws="websockets-sansio",
        ws_max_size=FRAME_MAX,
        ws_per_message_deflate=False,
        access_log=False,
        log_level="warning",
        server_header=False,
        proxy_headers=trust_proxy,
        backlog=BACKLOG,
        lifespan="off",
        timeout_keep_alive=round(KEEP_ALIVE_S * clock.speed()),
        timeout_graceful_shutdown=round(STOP_WITHIN_S * clock.speed()),
    )
