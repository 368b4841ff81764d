"""Wardline itself, as a process of its own: on a free port, with a data folder of its own."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.parts.processes import Process, find_free_port

ROOT = Path(__file__).resolve().parents[2]
START_S = 60.0
"""The first start loads the city pack; on a busy machine that takes its time."""
DEMO_PASSWORD = "wardline-demo"
QUIET_DEMO = ("demo", "--scenario", "none", "--no-history")
"""The demo city without simulators: nothing happens that a test did not bring about."""


class Wardline:
    """A server. `kill()` and `start()` again is what a crash and a restart are."""

    def __init__(
        self, data_dir: Path, command: Sequence[str] = QUIET_DEMO, env: Mapping[str, str] | None = None
    ) -> None:
        self.port = find_free_port()
        self.data_dir = data_dir
        data_dir.mkdir(parents=True, exist_ok=True)
        self.env = {
            "WARDLINE_DATA_DIR": str(data_dir),
            "WARDLINE_HOST": "127.0.0.1",
            "WARDLINE_PORT": str(self.port),
            "PYTHONUNBUFFERED": "1",
            **(env or {}),
        }
        # A folder of the tests' own, so that nothing depends on where they were started.
        self._process = Process(
            [sys.executable, "-m", "services", *command],
            log=data_dir / "log",
            env={**self.env, "PYTHONPATH": str(ROOT)},
            cwd=data_dir,
        )

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def live_url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/ws/live"

    @property
    def pid(self) -> int:
        return self._process.pid

    def start(self) -> None:
        """Start it and wait until `/readyz` says so."""
        self._process.start(self._is_ready, within_s=START_S)

    def stop(self) -> int | None:
        """End it as a service manager would; return its exit status."""
        return self._process.stop()

    def interrupt(self) -> int | None:
        """End it as Ctrl-C would; return its exit status."""
        return self._process.interrupt()

    def kill(self) -> None:
        self._process.kill()

    def log(self) -> str:
        return self._process.tail(200)

    def run(self, *words: str, check: bool = True) -> str:
        """Run a `wardline` command on the same data; return what it printed."""
        command = [sys.executable, "-m", "services", *words]
        env = {**os.environ, **self.env, "PYTHONPATH": str(ROOT)}
        done = subprocess.run(
            command, env=env, cwd=self.data_dir, capture_output=True, text=True, check=False, timeout=120
        )
        if check and done.returncode != 0:
            raise AssertionError(
                f"wardline {' '.join(words)} ended with {done.returncode}:\n{done.stdout}{done.stderr}"
            )
        return done.stdout

    def add_source(self, feed: str, name: str) -> str:
        """Make a source; return its key."""
        return self.run("source", "add", feed, name).split()[-1]

    @contextmanager
    def sign_in(self, username: str, password: str = DEMO_PASSWORD) -> Iterator[httpx.Client]:
        """A session as a browser holds it: the cookie, and the proof that our own page asks."""
        with httpx.Client(base_url=self.url, timeout=30) as client:
            answer = client.post("/api/v1/session", json={"username": username, "password": password})
            answer.raise_for_status()
            client.headers["X-CSRF-Token"] = client.cookies["wardline_csrf"]
            yield client

    def post(self, feed: str, key: str, body: object) -> httpx.Response:
        """Send a message of a source."""
        return httpx.post(
            f"{self.url}/api/v1/intake/{feed}", json=body, headers={"Authorization": f"Bearer {key}"}, timeout=30
        )

    def _is_ready(self) -> bool:
        try:
            return httpx.get(f"{self.url}/readyz", timeout=5).status_code == 200
        except httpx.TransportError:
            return False


@contextmanager
def run_wardline(
    data_dir: Path, command: Sequence[str] = QUIET_DEMO, env: Mapping[str, str] | None = None
) -> Iterator[Wardline]:
    server = Wardline(data_dir, command, env)
    try:
        server.start()
        yield server
    finally:
        server.stop()
