"""Another city's Open311 server, made by hand: it speaks the dialect it is told to, and fails as it is told to."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from xml.sax.saxutils import escape

KEY = "the-partners-key"


@dataclass
class PartnerServer:
    """What it has been told, and how it behaves. `fails` are the ways in which the next POSTs fail, in order.

    `stored-500`, `stored-garbage`, `stored-hang`, `stored-cut`: it takes the request and its answer is lost.
    `500`, `503`, `400`, `403`: it does not take it.
    """

    uses_tokens: bool = False
    fails: list[str] = field(default_factory=list)
    read_fails: list[str] = field(default_factory=list)
    requests: dict[str, dict[str, str]] = field(default_factory=dict)
    updates: list[dict[str, str]] = field(default_factory=list)
    told: list[dict[str, str]] = field(default_factory=list)
    """Updates that it was told."""
    asked: list[str] = field(default_factory=list)
    tokens: dict[str, str] = field(default_factory=dict)
    tokens_wait: int = 0
    bodies: list[bytes] = field(default_factory=list)
    url: str = ""
    hang_s: float = 3.0

    @property
    def posted(self) -> int:
        return sum(1 for each in self.asked if each.startswith("POST /requests"))

    def set_status(self, number: str, **fields: str) -> None:
        self.requests[number].update(fields)


class _Handler(BaseHTTPRequestHandler):
    server: "_Server"

    def do_GET(self) -> None:
        host, path = self.server.partner, urlsplit(self.path)
        host.asked.append(f"GET {self.path}")
        if host.read_fails:
            self._fail(host.read_fails.pop(0))
            return
        query = dict(parse_qsl(path.query))
        name, _, suffix = path.path.removeprefix("/v2/").rpartition(".")
        if name.startswith("tokens/"):
            token = name.removeprefix("tokens/")
            if host.tokens_wait:
                host.tokens_wait -= 1
                self._answer(suffix, "service_requests", "request", [{"token": token}])
                return
            row = {"service_request_id": host.tokens[token], "token": token}
            self._answer(suffix, "service_requests", "request", [row])
        elif name == "servicerequestupdates":
            self._answer(suffix, "service_request_updates", "request_update", host.updates)
        elif name == "requests":
            wanted = query.get("service_request_id", "").split(",")
            rows = [
                {"service_request_id": number, "service_code": row["service_code"], **_public(row)}
                for number, row in host.requests.items()
                if wanted == [""] or number in wanted
            ]
            rows = rows if query.get("page", "1") == "1" else []
            self._answer(suffix, "service_requests", "request", rows)
        else:
            self.send_error(404)

    def do_POST(self) -> None:
        host = self.server.partner
        host.asked.append(f"POST {self.path.removeprefix('/v2')}")
        body = self.rfile.read(int(self.headers["Content-Length"]))
        host.bodies.append(body)
        form = dict(parse_qsl(body.decode("utf-8", "replace")))
        suffix = self.path.rpartition(".")[2]
        if self.path.startswith("/v2/servicerequestupdates"):
            host.told.append(form)
            self._answer(suffix, "service_request_updates", "request_update", [{"update_id": form["update_id"]}])
            return
        how = host.fails.pop(0) if host.fails else ""
        if how and not how.startswith("stored"):
            self._fail(how)
            return
        if "multipart" not in self.headers["Content-Type"] and form.get("api_key") != KEY:
            self._fail("403")
            return
        number = f"{len(host.requests) + 1:04d}"
        host.requests[number] = {"status": "open", **form} if form.get("service_code") else {"service_code": "?"}
        if how:
            self._fail(how.removeprefix("stored-"))
        elif host.uses_tokens:
            host.tokens[f"t{number}"] = number
            self._answer(suffix, "service_requests", "request", [{"token": f"t{number}"}])
        else:
            self._answer(suffix, "service_requests", "request", [{"service_request_id": number}])

    def _fail(self, how: str) -> None:
        if how == "hang":
            time.sleep(self.server.partner.hang_s)
            self.close_connection = True
        elif how == "cut":
            self.close_connection = True
        elif how == "garbage":
            self._send(200, "text/xml", b"<service_requests><request><service_re")
        elif how == "html":
            self._send(200, "text/html", b"<html><body>Please sign in</body></html>")
        elif how == "huge":
            self._send(200, "application/json", b"[" + b" " * (5 * 1024 * 1024) + b"]")
        else:
            words = f"<errors><error><code>{how}</code><description>because of {how}</description></error></errors>"
            self._send(int(how), "text/xml", words.encode())

    def _answer(self, suffix: str, root: str, item: str, rows: list[dict[str, str]]) -> None:
        if suffix == "json":
            self._send(200, "application/json", json.dumps(rows).encode())
            return
        inner = "".join(
            f"<{item}>{''.join(f'<{name}>{escape(value)}</{name}>' for name, value in row.items())}</{item}>"
            for row in rows
        )
        body = f'<?xml version="1.0" encoding="utf-8"?><{root}>{inner}</{root}>'
        self._send(200, "text/xml; charset=utf-8", body.encode())

    def _send(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


def _public(row: dict[str, str]) -> dict[str, str]:
    shown = ("description", "status", "status_notes", "updated_datetime", "detailed_status")
    return {name: row[name] for name in shown if row.get(name)}


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, partner: PartnerServer) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.partner = partner


@contextmanager
def serve_partner(**how: Any) -> Iterator[PartnerServer]:
    """Serve on a free port of this machine."""
    partner = PartnerServer(**how)
    server = _Server(partner)
    partner.url = f"http://127.0.0.1:{server.server_address[1]}/v2"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield partner
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
