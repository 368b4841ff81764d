"""Child processes that tests start: on free ports, with a log that a failure can show, and surely ended."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

STOP_S = 10.0
"""How long a process may take to end by itself before it is killed."""

POLL_S = 0.02


class NotReady(Exception):
    """A process did not come up in time, or ended before it did."""


def find_free_port() -> int:
    """Return a TCP port of 127.0.0.1 that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def can_connect(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Process:
    """One child in a process group of its own, so that its own children end with it."""

    def __init__(
        self, command: Sequence[str], *, log: Path, env: Mapping[str, str] | None = None, cwd: Path | None = None
    ) -> None:
        self.command = list(command)
        self.log = log
        self._env = {**os.environ, **(env or {})}
        self._cwd = cwd
        self._popen: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self._popen is not None, "not started"
        return self._popen.pid

    @property
    def is_running(self) -> bool:
        return self._popen is not None and self._popen.poll() is None

    def start(self, is_ready: Callable[[], bool], *, within_s: float) -> None:
        """Start it and wait until `is_ready()`; raises `NotReady` with the end of its log."""
        with self.log.open("ab") as log:
            self._popen = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self._env,
                cwd=self._cwd,
                start_new_session=True,
            )
        until = time.monotonic() + within_s
        while not is_ready():
            if self._popen.poll() is not None:
                raise NotReady(f"{self.command} ended with {self._popen.returncode}:\n{self.tail()}")
            if time.monotonic() > until:
                self.kill()
                raise NotReady(f"{self.command} was not ready after {within_s} s:\n{self.tail()}")
            time.sleep(POLL_S)

    def stop(self) -> int | None:
        """End it as a service manager would (SIGTERM) and return its exit status; killed if it does not go."""
        return self._end(signal.SIGTERM)

    def interrupt(self) -> int | None:
        """End it as Ctrl-C would."""
        return self._end(signal.SIGINT)

    def kill(self) -> None:
        """End it and its children at once (SIGKILL)."""
        self._end(signal.SIGKILL)

    def tail(self, lines: int = 60) -> str:
        text = self.log.read_text(encoding="utf-8", errors="replace") if self.log.exists() else ""
        return "\n".join(text.splitlines()[-lines:])

    def _end(self, how: signal.Signals) -> int | None:
        if self._popen is None:
            return None
        if self._popen.poll() is None:
            self._signal(how)
            try:
                self._popen.wait(STOP_S)
            except subprocess.TimeoutExpired:
                self._signal(signal.SIGKILL)
                self._popen.wait(STOP_S)
        return self._popen.returncode

    def _signal(self, how: signal.Signals) -> None:
        assert self._popen is not None
        if how is signal.SIGKILL:
            os.killpg(self._popen.pid, how)  # a killed parent ends no children of its own
        else:
            os.kill(self._popen.pid, how)
