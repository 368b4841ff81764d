"""HTTP doors: `POST /api/v1/intake/{feed}` and `POST /api/v1/events`.

They stand before the web application, not inside it: a message passes none of its layers and is not parsed here
(20 against 142 microseconds a request, docs/benchmarks.md). A door authenticates, bounds, stores and answers.
"""

import base64
import re
from collections.abc import Awaitable, Callable, Sequence
from urllib.parse import unquote, urlencode

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from dispatch.city import Source
from services.engine.refusals import (
    BodyTooLarge,
    KeyMissing,
    KeyOfOtherFeed,
    KeyUnknown,
    MalformedMessage,
    Refused,
    UnknownFeed,
    UnsupportedMediaType,
)
from services.feeds import Feed, with_address
from services.intake.receive import Inbox
from services.observe import clock

FindSource = Callable[[str], Awaitable[Source | None]]
"""A source key -> its source."""

Tell = Callable[[Request, Exception], Response]
"""A refusal -> the answer that tells it."""

_NO_ATTRIBUTES = frozenset({"ce-data", "ce-data_base64", "ce-datacontenttype"})
"""What a binary event says by its body and Content-Type."""
CE_HEADERS_MAX = 64
"""Attributes of one binary CloudEvent."""

_encode = msgspec.json.Encoder().encode
_PLAIN_TYPES = frozenset(
    {"", "text/plain", "application/octet-stream", "text/json", "application/x-www-form-urlencoded"}
)
"""What senders say of JSON who say nothing of it. The last is what `curl -d` calls any body."""
_STRUCTURED = "application/cloudevents+json"
_BATCH = "application/cloudevents-batch+json"


INTAKE = "/api/v1/intake/"
EVENTS = "/api/v1/events"


class Doors:
    """An ASGI application: POSTs to its paths are taken in, everything else goes on to `rest`."""

    def __init__(
        self,
        inbox: Inbox,
        find_source: FindSource,
        *,
        tell: Tell,
        headers: Sequence[tuple[bytes, bytes]],
        guard: Callable[[ASGIApp], ASGIApp],
        rest: ASGIApp,
        message_max_bytes: int,
    ) -> None:
        self.inbox, self.find_source, self.message_max_bytes = inbox, find_source, message_max_bytes
        self._tell, self._rest = tell, rest
        self._headers = list(headers)
        self._guarded = guard(self._take)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if (
            scope["type"] == "http"
            and scope["method"] == "OPTIONS"
            and scope["path"] == EVENTS
            and (origin := Request(scope).headers.get("webhook-request-origin"))
        ):
            await _welcome(origin)(scope, receive, send)
        elif scope["type"] != "http" or scope["method"] != "POST" or not _is_door(scope["path"]):
            await self._rest(scope, receive, send)
        elif 0 < _announced_length(scope) <= self.message_max_bytes:
            # The server reads no more than was announced, so there is nothing to guard against.
            await self._take(scope, receive, send)
        else:
            await self._guarded(scope, receive, send)

    async def _take(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        try:
            take = self.take_cloudevents if scope["path"] == EVENTS else self.take_message
            response = await take(request)
        except Refused as refusal:
            response = self._tell(request, refusal)
        response.raw_headers.extend(self._headers)
        await response(scope, receive, send)

    async def take_message(self, request: Request) -> Response:
        """Store a message in its feed's own format."""
        name = request.scope["path"].removeprefix(INTAKE)
        feed = self.inbox.feeds.get(name)
        if feed is None:
            raise UnknownFeed(f"no feed is called {name[:80]!r}")
        source = await self._sender(request, feed)
        content_type = _content_type(request)
        if content_type not in _PLAIN_TYPES and not _is_json(content_type) and content_type not in feed.content_types:
            raise UnsupportedMediaType(f"{content_type}; {', '.join(('a message comes as JSON', *feed.content_types))}")
        body = await self._body(request)
        if feed.has_address:
            body = with_address(_query_address(request), body)
        return await self._store(feed.name, source, body)

    async def take_cloudevents(self, request: Request) -> Response:
        """Store CloudEvents: structured, batched or binary (CloudEvents HTTP binding 1.0.2, section 3)."""
        feed = self.inbox.feeds["cloudevents"]
        source = await self._sender(request, feed)
        content_type = _content_type(request)
        is_binary = not content_type.startswith("application/cloudevents") and any(
            name in request.headers for name in ("ce-specversion", "ce-id")
        )
        body = await self._body(request, may_be_empty=is_binary)
        if content_type in (_STRUCTURED, _BATCH):
            if content_type == _BATCH and _read_json(body) == []:
                return _answer([])  # a batch of none is one too (JSON format 1.0.2, section 4.3)
            _check_json(body, list if content_type == _BATCH else dict)
        elif is_binary:
            body = _to_structured(request, body, content_type)
        elif _is_json(content_type) or content_type in _PLAIN_TYPES:
            # Many senders post a structured event as plain application/json; its shape tells.
            _check_json(body, (dict, list))
        else:
            raise UnsupportedMediaType(f"{content_type}; send {_STRUCTURED}, {_BATCH} or the ce- headers")
        return await self._store(feed.name, source, body)

    async def _store(self, feed: str, source: Source, body: bytes) -> Response:
        ids = await self.inbox.receive(feed, source.id, body, clock.now())
        return _answer(ids)

    async def _sender(self, request: Request, feed: Feed) -> Source:
        key = _bearer(request) or (request.query_params.get("key", "") if feed.key_in_query else "")
        if not key:
            raise KeyMissing("send the source's key: Authorization: Bearer <key>")
        source = await self.find_source(key)
        if source is None:
            raise KeyUnknown("no source has this key")
        if source.feed != feed.name:
            raise KeyOfOtherFeed(f"the key is of a {source.feed} source; this door takes {feed.name}")
        return source

    async def _body(self, request: Request, *, may_be_empty: bool = False) -> bytes:
        chunks, size = [], 0
        async for chunk in request.stream():
            size += len(chunk)
            if size > self.message_max_bytes:
                raise BodyTooLarge(f"more than {self.message_max_bytes} bytes")
            chunks.append(chunk)
        if not size and not may_be_empty:
            raise MalformedMessage("the body is empty")
        return b"".join(chunks)


def _welcome(origin: str) -> Response:
    """Agree to be sent events (CloudEvents webhook 1.0.2, section 4.1); whoever sends them still needs a key."""
    allowed = {"WebHook-Allowed-Origin": origin, "WebHook-Allowed-Rate": "*", "Allow": "POST"}
    return Response(status_code=200, headers=allowed)


def _answer(ids: Sequence[str]) -> Response:
    return Response(_encode({"accepted": len(ids), "message_ids": ids}), 202, media_type="application/json")


def _is_door(path: str) -> bool:
    return path == EVENTS or path.startswith(INTAKE)


def _announced_length(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length":
            return int(value) if value.isdigit() and len(value) < 16 else 0
    return 0


def _bearer(request: Request) -> str:
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    return key.strip() if scheme.lower() == "bearer" else ""


def _query_address(request: Request) -> str:
    """Return what the query says of the message, without the key, which is nobody's to read."""
    return "?" + urlencode([(name, value) for name, value in request.query_params.multi_items() if name != "key"])


def _content_type(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def _is_json(content_type: str) -> bool:
    return content_type == "application/json" or content_type.endswith("+json")


def _read_json(body: bytes) -> object:
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise MalformedMessage(f"not JSON: {error}") from None


def _check_json(body: bytes, shape: type | tuple[type, ...]) -> None:
    """An envelope that promises JSON and holds none is refused here: its sender is a program that reads answers."""
    value = _read_json(body)
    if not isinstance(value, shape) or value == []:
        raise MalformedMessage("not a CloudEvent (an object) or a batch of them (a filled array)")


def _unescape(name: str, value: str) -> str:
    """Return a header's value without the quotes that it may stand in (RFC 7230, 3.2.6), then percent-decoded once.

    :raises MalformedMessage: if what was encoded is not UTF-8 (CloudEvents HTTP binding 1.0.2, 3.1.3.2).
    """
    if len(value) > 1 and value[0] == value[-1] == '"':
        value = re.sub(r"\\(.)", r"\1", value[1:-1])
    try:
        return unquote(value, errors="strict")
    except UnicodeDecodeError:
        raise MalformedMessage(f"the header {name} is not UTF-8 behind its percent signs") from None


def _to_structured(request: Request, body: bytes, content_type: str) -> bytes:
    """Return a binary-mode event in structured form, so that one format is stored and read.

    :raises MalformedMessage: if a required attribute is missing or the data are not what the header says.
    """
    attributes: dict[str, object] = {}
    for name, value in request.headers.items():
        if name.startswith("ce-") and name not in _NO_ATTRIBUTES:
            attributes[name[3:]] = _unescape(name, value)
    missing = [name for name in ("id", "source", "specversion", "type") if not attributes.get(name)]
    if missing or len(attributes) > CE_HEADERS_MAX:
        raise MalformedMessage(
            f"missing headers: {', '.join('ce-' + name for name in missing)}" if missing else "too many"
        )
    if content_type:
        attributes["datacontenttype"] = content_type
    if not body:
        return _encode(attributes)
    if _is_json(content_type) or not content_type:
        _read_json(body)
        attributes["data"] = msgspec.Raw(body)
    else:
        attributes["data_base64"] = base64.b64encode(body).decode()
    return _encode(attributes)
