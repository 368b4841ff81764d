"""A PostgreSQL cluster of the test run's own, from the machine's PostgreSQL programs."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import psycopg

from tests.parts.processes import Process, can_connect, find_free_port

START_S = 60.0
ACCOUNT = "postgres"
"""PostgreSQL refuses to run as root; Debian's package makes this account."""

SETTINGS = {
    "fsync": "off",  # the cluster is thrown away: only a crash of the machine could tell the difference
    "full_page_writes": "off",
    "max_connections": "100",
    "shared_buffers": "64MB",
    "listen_addresses": "127.0.0.1",
}


@dataclass(frozen=True)
class PostgresServer:
    port: int
    process: Process | None = None

    def stop(self) -> None:
        """End it at once, as a machine that goes down does; who is connected is cut off."""
        assert self.process is not None
        self.process.interrupt()

    def start(self) -> None:
        assert self.process is not None
        self.process.start(lambda: can_connect(self.port) and _answers(self.port), within_s=START_S)

    def url(self, database: str) -> str:
        return f"postgresql://{ACCOUNT}@127.0.0.1:{self.port}/{database}"

    @contextmanager
    def database(self) -> Iterator[str]:
        """An empty database; its URL. It is dropped at the end, whoever is still connected."""
        name = f"test_{uuid4().hex[:12]}"
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"'.encode())
        try:
            yield self.url(name)
        finally:
            with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
                connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'.encode())


def find_programs() -> Path | None:
    """Return the folder of the newest PostgreSQL's `initdb` and `postgres`, or None."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    found = str(debian[-1]) if debian else shutil.which("initdb")
    return Path(found).parent if found else None


def as_account(command: list[str]) -> list[str]:
    """Return `command` so that it does not run as root."""
    return ["runuser", "-u", ACCOUNT, "--", *command] if os.geteuid() == 0 else command


@contextmanager
def run_postgres(programs: Path) -> Iterator[PostgresServer]:
    """A running cluster on a free port; its folder is removed at the end."""
    folder = Path(tempfile.mkdtemp(prefix="wardline-pg-"))
    if os.geteuid() == 0:
        shutil.chown(folder, ACCOUNT, ACCOUNT)
    data = folder / "data"
    initdb = [
        str(programs / "initdb"),
        "-D",
        str(data),
        "-U",
        ACCOUNT,
        "-A",
        "trust",
        "-E",
        "UTF8",
        "--locale=C",
        "--no-sync",
    ]
    subprocess.run(as_account(initdb), check=True, capture_output=True, cwd=folder)
    port = find_free_port()
    options = [part for name, value in SETTINGS.items() for part in ("-c", f"{name}={value}")]
    command = [str(programs / "postgres"), "-D", str(data), "-p", str(port), "-k", str(folder), *options]
    process = Process(as_account(command), log=folder / "log", cwd=folder)
    try:
        server = PostgresServer(port, process)
        server.start()
        yield server
    finally:
        process.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _answers(port: int) -> bool:
    try:
        with psycopg.connect(PostgresServer(port).url("postgres"), connect_timeout=2):
            return True
    except psycopg.OperationalError:
        return False
