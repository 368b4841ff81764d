"""One partner's Open311 endpoint (GeoReport v2, mySociety's updates), asked so that each way to fail has a name."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import httpx
from msgspec import Struct

from dispatch.partners import Partner
from services.partners.reach import NotAllowed, NotFound, Resolve, build_request, find_address, resolve
from services.partners.secrets import Secret
from services.partners.wire import Garbled, Row, read_rows, say_errors

ASK_WITHIN_S = 20.0
"""For one question, all of it. Slower servers answer 504 by a proxy of their own."""
ANSWER_MAX = 4 * 1024 * 1024
"""Bytes of an answer: a thousand requests with long descriptions have three."""
SAID_MAX = 300
"""Characters of a partner's error that are kept."""
BATCH = 50
"""Requests asked about at once: their numbers stand in the address, which has some 2,000 characters at most servers."""
PAGES_MAX = 10
"""Pages looked through for one request."""
PAGE_SIZE = 100
SKEW = timedelta(minutes=10)
"""By how much a partner's clock may differ when he is searched."""
RETRY_AFTER_MAX_S = 6 * 3600

_TEMPORARY = frozenset({408, 425, 429, 500, 502, 503, 504})


class NotSent(Exception):
    """Nothing has reached the partner: it can be tried again without fear."""


class Unsure(Exception):
    """The partner may have taken it; what he answered, if anything, does not say."""


class Busy(Exception):
    """The partner says that he cannot now. `after_s` is when he asks to be tried again; 0 where he does not say."""

    def __init__(self, detail: str, after_s: float = 0.0) -> None:
        super().__init__(detail)
        self.after_s = after_s


class Refused(Exception):
    """The partner will not take it however often it is sent. `reason` is a word of the dead parcels."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


class Receipt(Struct, frozen=True):
    """What a partner gives for a request: a number, or a token for one; neither from a service that tells none."""

    request_id: str = ""
    token: str = ""


class Endpoint:
    """A partner's server. Every method raises one of the four exceptions above."""

    def __init__(self, partner: Partner, secret: Secret, resolve: Resolve = resolve) -> None:
        self.partner = partner
        self._secret = secret
        self._resolve = resolve

    async def post_request(self, fields: Mapping[str, Any], pictures: Sequence[bytes] = ()) -> Receipt:
        """File a request; list values are repeated fields."""
        body = await self._post("requests", fields, pictures)
        row = _only(body)
        request_id, token = row.get("service_request_id", ""), row.get("token", "")
        if "code" in row and not (request_id or token):
            raise Unsure(f"answers 2xx with an error: {row.get('description', '')[:SAID_MAX]}")
        return Receipt(request_id[:200], token[:200])

    async def find_by_token(self, token: str) -> str:
        """Return the number that a token has led to, "" for not yet."""
        rows = await self._get(f"tokens/{quote(token, safe='')}", {})
        return next((row["service_request_id"] for row in rows if row.get("service_request_id")), "")

    async def find_by_mark(self, service_code: str, mark: str, since: datetime, until: datetime) -> str:
        """Return the number of the request in whose description the mark stands, "" where none is."""
        query = {
            "service_code": service_code,
            "start_date": _time(since - SKEW),
            "end_date": _time(until + SKEW),
            "page_size": str(PAGE_SIZE),
        }
        seen: set[str] = set()
        for page in range(1, PAGES_MAX + 1):
            rows = await self._get("requests", {**query, "page": str(page)})
            fresh = [row for row in rows if row.get("service_request_id", "") not in seen]
            found = next((row for row in fresh if mark in row.get("description", "")), None)
            if found is not None and (number := found.get("service_request_id", "")):
                return number
            if not fresh:
                return ""
            seen.update(row.get("service_request_id", "") for row in fresh)
        raise Unsure(f"more than {PAGES_MAX} pages to look through")

    async def list_requests(self, request_ids: Sequence[str]) -> Sequence[Row]:
        """Return the requests with these numbers, at most BATCH; those that the partner has."""
        rows = await self._get("requests", {"service_request_id": ",".join(request_ids)})
        return [row for row in rows if row.get("service_request_id") in request_ids]

    async def list_updates(self, since: datetime, until: datetime) -> Sequence[Row]:
        """Return what has become of requests in a span."""
        return await self._get("servicerequestupdates", {"start_date": _time(since), "end_date": _time(until)})

    async def post_update(self, fields: Mapping[str, str]) -> None:
        """Tell what has become of a request on our side."""
        await self._post("servicerequestupdates", fields)

    async def _get(self, path: str, query: Mapping[str, str]) -> Sequence[Row]:
        query = {**query, **self._jurisdiction()}
        body = await self._ask("GET", f"{path}.{self.partner.format}?{urlencode(query)}")
        try:
            return read_rows(body)
        except Garbled as error:
            raise Unsure(str(error)) from None

    async def _post(self, path: str, fields: Mapping[str, Any], pictures: Sequence[bytes] = ()) -> bytes:
        data = {**fields, **self._jurisdiction(), "api_key": self._secret.api_key}
        files = [("media", (f"{n}.jpg", picture, "image/jpeg")) for n, picture in enumerate(pictures, start=1)]
        return await self._ask("POST", f"{path}.{self.partner.format}", data=data, files=files or None)

    def _jurisdiction(self) -> Mapping[str, str]:
        return {"jurisdiction_id": self.partner.jurisdiction} if self.partner.jurisdiction else {}

    async def _ask(self, method: str, path: str, **more: Any) -> bytes:
        try:
            async with asyncio.timeout(ASK_WITHIN_S):
                return await self._send(method, f"{self.partner.endpoint}/{path}", **more)
        except TimeoutError:
            raise Unsure(f"no answer in {ASK_WITHIN_S:g} s") from None
        except (NotFound, httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise NotSent(_say(error)) from None
        except (NotAllowed, httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
            raise Refused("address", _say(error)) from None
        except (httpx.HTTPError, httpx.StreamError, OSError) as error:
            raise Unsure(_say(error)) from None

    async def _send(self, method: str, url: str, **more: Any) -> bytes:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        where = await find_address(parts.hostname or "", port, self._resolve, is_trusted=self.partner.internal)
        headers = {"Accept-Encoding": "identity", "User-Agent": "Wardline"}
        auth = (self._secret.username, self._secret.password) if self._secret.username else None
        # Not by the environment's proxy, which would look the name up itself.
        async with httpx.AsyncClient(follow_redirects=False, trust_env=False, timeout=ASK_WITHIN_S) as client:
            request = build_request(client, method, url, where, headers, **more)
            answer = await client.send(request, stream=True, auth=auth)
            try:
                body = await _read(answer)
            finally:
                await answer.aclose()
        _judge(answer, body)
        return body


async def _read(answer: httpx.Response) -> bytes:
    chunks, size = [], 0
    async for chunk in answer.aiter_raw():
        size += len(chunk)
        if size > ANSWER_MAX:
            raise Unsure(f"an answer of more than {ANSWER_MAX} bytes")
        chunks.append(chunk)
    return b"".join(chunks)


def _judge(answer: httpx.Response, body: bytes) -> None:
    """Raise what an answer's status means; nothing for success."""
    status = answer.status_code
    if 200 <= status < 300:
        return
    said = (say_errors(body) or answer.reason_phrase)[:SAID_MAX]
    detail = f"{status}: {said}"
    if status in (429, 503):
        raise Busy(detail, _wait_s(answer))
    if status in _TEMPORARY:
        # A server that broke may have stored it before it did.
        raise Unsure(detail)
    raise Refused("key" if status in (401, 403) else "moved" if 300 <= status < 400 else "refused", detail)


def _wait_s(answer: httpx.Response) -> float:
    text = answer.headers.get("retry-after", "")
    return min(float(text), RETRY_AFTER_MAX_S) if text.isascii() and text.isdigit() else 0.0


def _only(body: bytes) -> Row:
    try:
        rows = read_rows(body)
    except Garbled as error:
        raise Unsure(str(error)) from None
    if len(rows) != 1:
        raise Unsure(f"an answer with {len(rows)} requests to one")
    return rows[0]


def _time(at: datetime) -> str:
    """Return a time as the strictest readers have it: no fraction, Z."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _say(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:SAID_MAX]
