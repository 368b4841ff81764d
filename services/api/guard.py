"""What every request passes before it reaches a route: size, cleanness, headers of the answer.

Plain ASGI, so that a body is counted while it streams and nothing is buffered twice.
"""

from collections.abc import Mapping, Sequence

from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.api.open311.errors import Fault, answer_faults
from services.api.problems import KINDS, answer

OPEN311 = "/open311/"
PLAIN = "/report/plain"

DEFAULT_BODY_BYTES = 1_000_000
"""A case by hand or a command is a few hundred bytes; the longest text allowed is 4,000 characters."""

BODY_BYTES: Sequence[tuple[str, int]] = (
    ("/api/v1/media", 13_000_000),  # one picture of 12 MB and its multipart frame
    ("/api/v1/settings/archive", 61_000_000),  # a whole city as ZIP
    ("/api/v1/settings/", 25_000_000),  # the unit grids of a large city as GeoJSON
    ("/api/v1/reports", 34_000_000),  # four photographs of 8 MB and the words
    (f"{PLAIN}/follow/", 16_000),  # an address, or a code
    (f"{PLAIN}/", 34_000_000),
    ("/api/v1/intake/", 16_000_000),  # batches of messages; the doors have closer limits of their own
    ("/api/v1/events", 16_000_000),
    ("/open311/", 34_000_000),  # pictures of a request, some of them in base64
)
"""How large a body may be, by the beginning of the path; the first that fits counts."""

OF_FILES = ("/api/v1/reports", f"{PLAIN}/")
"""What is large there are the files of a multipart form, which go to the disk. Words are read in memory."""

DRAIN_BYTES = 96_000_000
"""An oversized body is read and dropped up to here, so that its sender reads the 413 instead of a broken pipe."""

SECURITY_HEADERS: Mapping[str, str] = {
    "content-security-policy": (
        "default-src 'self'; script-src 'self'; worker-src 'self' blob:; img-src 'self' data: blob:; "
        "media-src 'self' blob:; "
        "style-src 'self' 'unsafe-inline'; connect-src 'self'; font-src 'self'; object-src 'none'; "
        "base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(self), geolocation=(self), microphone=(self)",
}
"""'unsafe-inline' for styles alone: MapLibre and ECharts set style attributes, which cannot run code."""


EMBED_PATH = "/report/embed"
"""The one page that other sites may frame: the public's map, which knows no session and does nothing (ADR 0057)."""


def embed_policy(origins: Sequence[str]) -> str:
    """Return the policy of the page that may be framed by these origins; `*` is anybody, none is nobody."""
    policy = SECURITY_HEADERS["content-security-policy"]
    return policy.replace(
        "frame-ancestors 'none'", f"frame-ancestors {' '.join(origins) or chr(39) + 'none' + chr(39)}"
    )


_HEADERS = [(name.encode(), value.encode()) for name, value in SECURITY_HEADERS.items()]
API_HEADERS = [*_HEADERS, (b"cache-control", b"no-store")]
"""Encoded once: this runs for every message that comes in."""
_EMBED_HEADERS = [header for header in _HEADERS if header[0] != b"x-frame-options"]
"""Its policy says who may frame it; X-Frame-Options knows no list."""


class _TooLarge(Exception):
    """The body has passed its limit."""


def body_limit(path: str, content_type: str) -> int:
    """Return how many bytes a body of that type sent to this path may have."""
    limit = next((limit for start, limit in BODY_BYTES if path.startswith(start)), DEFAULT_BODY_BYTES)
    has_files = content_type.lower().startswith("multipart/") or not path.startswith(OF_FILES)
    return limit if has_files else min(limit, DEFAULT_BODY_BYTES)


class Guard:
    """Refuses what is too large or not clean, and puts the security headers on every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        dressed = _dress(scope["path"], send)
        if "\x00" in scope["path"] or b"%00" in scope.get("query_string", b""):
            refusal = _refusal(scope["path"], "malformed-request", "The address holds a NUL character.")
            await refusal(scope, receive, dressed)
            return
        limit = body_limit(scope["path"], _header(scope, b"content-type"))
        counted = _Counter(receive, dressed, limit)
        announced = _header(scope, b"content-length")
        if announced.isdecimal() and len(announced) < 16 and int(announced) > limit:
            await counted.refuse(scope)
            return
        try:
            await self.app(scope, counted.receive, counted.send)
        except _TooLarge:
            await counted.refuse(scope)
            return
        except Exception:
            # Told here and not by Starlette, so that even this answer has the headers; the server logs what is raised.
            if not counted.started:
                await _refusal(scope["path"], "internal")(scope, receive, dressed)
            raise
        if counted.passed and not counted.started:
            await counted.refuse(scope)


def _refusal(path: str, slug: str, detail: str = "", headers: Mapping[str, str] | None = None) -> Response:
    """Return the answer that tells it: a problem, a page for who reads pages, or by Open311 what that standard has."""
    kind = KINDS[slug]
    if path.startswith(PLAIN):
        page = f"<!doctype html><meta charset=utf-8><title>Wardline</title><h1>{kind.zh} / {kind.en}</h1>"
        return HTMLResponse(page, kind.status, headers)
    if not path.startswith(OPEN311):
        return answer(kind, detail, headers=headers)
    fault = Fault(kind.status, kind.zh, detail or kind.en)
    return answer_faults(path, "en", kind.status, [fault], headers)


def _header(scope: Scope, wanted: bytes) -> str:
    return next((value.decode("latin-1") for name, value in scope["headers"] if name == wanted), "")


class _Counter:
    """Counts a body while it is read. Once it has passed the limit, only `refuse` still answers."""

    def __init__(self, receive: Receive, send: Send, limit: int) -> None:
        self._receive = receive
        self._send = send
        self._limit = limit
        self._seen = 0
        self._ended = False
        self.passed = False
        self.started = False

    async def receive(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.request":
            self._seen += len(message.get("body", b""))
            self._ended = not message.get("more_body", False)
            if self._seen > self._limit:
                self.passed = True
                raise _TooLarge
        return message

    async def send(self, message: Message) -> None:
        if self.passed and not self.started:
            return  # a handler that swallowed the refusal; `refuse` answers in its stead
        self.started = self.started or message["type"] == "http.response.start"
        await self._send(message)

    async def refuse(self, scope: Scope) -> None:
        if self.started:
            return
        while not self._ended and self._seen < DRAIN_BYTES:
            message = await self._receive()
            if message["type"] != "http.request":
                return
            self._seen += len(message.get("body", b""))
            self._ended = not message.get("more_body", False)
        self.started = True
        refusal = _refusal(
            scope["path"], "too-large", f"At most {self._limit:,} bytes are taken here.", {"connection": "close"}
        )
        await refusal(scope, self._receive, self._send)


def _dress(path: str, send: Send) -> Send:
    """Return a `send` that adds the security headers, and keeps answers of the API out of every cache."""

    ours = API_HEADERS if path.startswith("/api/") else _EMBED_HEADERS if path == EMBED_PATH else _HEADERS

    async def dressed(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = message["headers"]
            given = {name for name, _ in headers}
            message["headers"] = [*headers, *(header for header in ours if header[0] not in given)]
        await send(message)

    return dressed
