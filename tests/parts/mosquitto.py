"""A Mosquitto broker of a test's own, that can be stopped, killed and started again with its sessions kept."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.parts.processes import Process, can_connect, find_free_port

START_S = 20.0

CONFIG = """\
listener {port} 127.0.0.1
allow_anonymous true
persistence true
persistence_location {folder}/
autosave_interval 1
autosave_on_changes true
max_queued_messages 100000
log_dest stderr
{user}
"""
"""Sessions are saved at every change: a restarted broker knows what was not acknowledged."""


class Broker:
    def __init__(self, program: str, folder: Path) -> None:
        self.port = find_free_port()
        config = folder / "mosquitto.conf"
        user = "user root" if os.geteuid() == 0 else ""
        config.write_text(CONFIG.format(port=self.port, folder=folder, user=user), encoding="utf-8")
        self._process = Process([program, "-c", str(config)], log=folder / "log")

    @property
    def url(self) -> str:
        return f"mqtt://127.0.0.1:{self.port}"

    def start(self) -> None:
        self._process.start(lambda: can_connect(self.port), within_s=START_S)

    def stop(self) -> None:
        """End it as a restart of the service would: sessions are saved."""
        self._process.stop()

    def log(self) -> str:
        return self._process.tail()


def find_mosquitto() -> str | None:
    return shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")


@contextmanager
def run_mosquitto(program: str) -> Iterator[Broker]:
    folder = Path(tempfile.mkdtemp(prefix="wardline-mqtt-"))
    broker = Broker(program, folder)
    try:
        broker.start()
        yield broker
    finally:
        broker.stop()
        shutil.rmtree(folder, ignore_errors=True)
