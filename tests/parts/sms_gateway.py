"""A gateway for short messages of the tests' own: real HTTP, that checks who signed what it is given."""

import hmac
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Condition, Thread
from typing import Any

SECRET = "a secret of both sides"


@dataclass
class Gateway:
    """`taken` is what it has sent on, each once; `statuses` are answered first, and take nothing."""

    port: int = 0
    taken: dict[str, dict[str, Any]] = field(default_factory=dict)
    statuses: list[int] = field(default_factory=list)
    changed: Condition = field(default_factory=Condition)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/send"

    def take(self, headers: Any, body: bytes) -> int:
        signed = headers["X-Wardline-Timestamp"].encode() + b"." + body
        wanted = "sha256=" + hmac.new(SECRET.encode(), signed, sha256).hexdigest()
        if not hmac.compare_digest(headers["X-Wardline-Signature"], wanted):
            return 401
        if self.statuses:
            return self.statuses.pop(0)
        said = json.loads(body)
        assert headers["Idempotency-Key"] == said["id"]
        with self.changed:
            self.taken[said["id"]] = said
            self.changed.notify_all()
        return 202

    def wait_for(self, count: int, within_s: float = 30.0) -> list[dict[str, Any]]:
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.taken) >= count, within_s), f"{len(self.taken)} of {count}"
        return list(self.taken.values())


@contextmanager
def run_gateway() -> Iterator[Gateway]:
    gateway = Gateway()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            status = gateway.take(self.headers, self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    gateway.port = server.server_address[1]
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield gateway
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
