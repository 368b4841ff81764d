"""An S3 store of the tests' own: a real server on a free port, and a line to it that can be cut."""

import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from services.settings import MediaBucket
from services.store.bucket import Bucket
from tests.parts.processes import Process, can_connect, find_free_port

ACCESS_KEY, SECRET_KEY = "AKIATESTSOFTHECITY", "a-secret-that-nobody-may-read-anywhere"
START_S = 60.0


class Line:
    """Passes connections on to a port. While it is cut there is nobody who answers."""

    def __init__(self, to_port: int) -> None:
        self.port, self._to = find_free_port(), to_port
        self._open: list[socket.socket] = []
        self._listening: socket.socket | None = None

    def mend(self) -> None:
        listening = socket.create_server(("127.0.0.1", self.port))
        self._listening = listening
        threading.Thread(target=self._accept, args=(listening,), daemon=True).start()

    def cut(self) -> None:
        """End all connections, and take no more."""
        if self._listening is None:
            return
        for each in (self._listening, *self._open):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        self._listening, self._open = None, []

    def _accept(self, listening: socket.socket) -> None:
        with suppress(OSError):
            while True:
                near, _ = listening.accept()
                far = socket.create_connection(("127.0.0.1", self._to))
                self._open += [near, far]
                for source, sink in ((near, far), (far, near)):
                    threading.Thread(target=_pass_on, args=(source, sink), daemon=True).start()


def _pass_on(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while body := source.recv(65_536):
            sink.sendall(body)
    for each in (source, sink):
        with suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)


@dataclass
class Store:
    """The server. `make()` gives a bucket that nobody else has."""

    port: int
    line: Line
    made: int = field(default=0)

    def make(self, prefix: str = "wardline/media", cache_bytes: int = 20_000_000_000) -> MediaBucket:
        self.made += 1
        name = f"city-{self.made}"
        httpx.put(f"http://127.0.0.1:{self.port}/{name}", timeout=30).raise_for_status()
        endpoint = f"http://127.0.0.1:{self.line.port}"
        return MediaBucket(bucket=name, prefix=prefix, endpoint=endpoint, region="us-east-1", cache_bytes=cache_bytes)


def names_in(settings: MediaBucket) -> set[str]:
    """Return the names of all that lies in a bucket."""
    return {each.name for each in Bucket(settings, rest_s=0.0).iterate()}


def environment_of(settings: MediaBucket) -> dict[str, str]:
    """Return the environment of a Wardline that keeps its pictures there."""
    return {
        "WARDLINE_MEDIA_S3": f"s3://{settings.bucket}/{settings.prefix}",
        "WARDLINE_MEDIA_S3_ENDPOINT": settings.endpoint,
        "WARDLINE_MEDIA_S3_REGION": settings.region,
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
    }


@contextmanager
def run_store(folder: Path) -> Iterator[Store]:
    """Run an S3 server until the block ends."""
    port = find_free_port()
    command = [sys.executable, "-W", "ignore", "-m", "moto.server", "--host", "127.0.0.1", "--port", str(port)]
    process = Process(command, log=folder / "s3.log")
    line = Line(port)
    process.start(lambda: can_connect(port), within_s=START_S)
    try:
        line.mend()
        yield Store(port, line)
    finally:
        line.cut()
        process.kill()
