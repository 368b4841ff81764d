"""A host of pictures on this machine, that also does what hosts should not."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.services.api.samples import jpeg

PICTURE = jpeg(320, 240)


class _Host(ThreadingHTTPServer):
    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Pictures)
        self.asked: list[str] = []


class _Pictures(BaseHTTPRequestHandler):
    server: _Host

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        moved = {"/moved": "/a.jpg", "/loop": "/loop", "/inside": "http://127.0.0.1:1/secret.jpg"}.get(self.path)
        if moved:
            self.send_response(302)
            self.send_header("Location", moved)
            self.end_headers()
        elif self.path == "/a.jpg":
            self._send("image/jpeg", PICTURE)
        elif self.path == "/page.html":
            self._send("text/html", b"<html></html>")
        elif self.path == "/huge.jpg":
            self.send_response(200)
            self.send_header("Content-Type", "image/jpeg")
            self.send_header("Content-Length", "999999999999")
            self.end_headers()
        else:
            self.send_error(404)

    def _send(self, kind: str, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def serve_pictures() -> Iterator[tuple[str, list[str]]]:
    """Serve on a free port; give `host:port`, and what it is asked for."""
    server = _Host()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_address[1]}", server.asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
