"""Pictures that a partner names by their address, fetched so that nobody can make this server ask what it should not.

A host's addresses are looked up once, each must be one of the world's, and the connection goes to that very address
(OWASP, Server Side Request Forgery: no second look-up that could answer otherwise). Redirects are followed by the same
rules, few of them; time and size are bounded, and what came is decoded and encoded anew like any picture.
"""

import asyncio
from collections.abc import Sequence
from urllib.parse import urljoin, urlsplit

import httpx

from services.partners.reach import NotAllowed, NotFound, Resolve, ascii_host, build_request, find_address, resolve
from services.store.pictures import MAX_FILE_BYTES

FETCH_WITHIN_S = 8.0
"""For all of it; a partner's program waits for our answer meanwhile."""
REDIRECTS_MAX = 3
URL_MAX = 2_000
PORTS = frozenset({80, 443})
"""Of hosts that the operator has not named: web servers, and nothing else that listens."""
AT_ONCE = 8
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


class NotFetched(Exception):
    """The picture did not come: no such host, no answer in time, too large, or no picture."""


class MediaFetcher:
    """Fetches pictures. `trusted` are hosts, or `host:port`, that may be asked although they are not of the world."""

    def __init__(self, trusted: Sequence[str] = (), resolve: Resolve = resolve) -> None:
        self._trusted = frozenset(each.lower() for each in trusted)
        self._resolve = resolve
        self._gate = asyncio.Semaphore(AT_ONCE)

    async def fetch(self, url: str) -> bytes:
        """Return the bytes behind the address.

        :raises NotAllowed: if it, or what it redirects to, may not be asked.
        :raises NotFetched: if nothing came.
        """
        try:
            async with asyncio.timeout(FETCH_WITHIN_S), self._gate:
                return await self._follow(url)
        except TimeoutError:
            raise NotFetched("no answer in time") from None
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError) as error:
            raise NotFetched(type(error).__name__) from None

    async def _follow(self, url: str) -> bytes:
        # Not by the environment's proxy, which would look the name up itself.
        async with httpx.AsyncClient(follow_redirects=False, trust_env=False, timeout=FETCH_WITHIN_S) as client:
            for _ in range(REDIRECTS_MAX + 1):
                found = await self._ask(client, url)
                if isinstance(found, bytes):
                    return found
                url = found
        raise NotFetched("too many redirects")

    async def _ask(self, client: httpx.AsyncClient, url: str) -> bytes | str:
        """Return the bytes, or the address that is redirected to."""
        host, port = self._check(url)
        where = await self._address(host, port)
        headers = {"Accept": "image/*", "Accept-Encoding": "identity"}
        request = build_request(client, "GET", url, where, headers)
        answer = await client.send(request, stream=True)
        try:
            if answer.status_code in _REDIRECTS:
                return str(urljoin(url, answer.headers.get("location", "")))
            if answer.status_code != 200:
                raise NotFetched(f"the host answers {answer.status_code}")
            return await _read(answer)
        finally:
            await answer.aclose()

    def _check(self, url: str) -> tuple[str, int]:
        """Return host and port of an address that may be looked up."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise NotAllowed("no address") from None
        host = ascii_host(parts.hostname or "")
        if len(url) > URL_MAX or parts.scheme not in ("http", "https") or not host or parts.username is not None:
            raise NotAllowed("only http and https")
        port = port or (443 if parts.scheme == "https" else 80)
        if port not in PORTS and not self._is_trusted(host, port):
            raise NotAllowed(f"port {port}")
        return host, port

    async def _address(self, host: str, port: int) -> str:
        """Return the address to connect to; one that is not of the world is refused, with all others of its host."""
        try:
            return await find_address(host, port, self._resolve, is_trusted=self._is_trusted(host, port))
        except NotFound as error:
            raise NotFetched(str(error)) from None

    def _is_trusted(self, host: str, port: int) -> bool:
        return host in self._trusted or f"{host}:{port}" in self._trusted


async def _read(answer: httpx.Response) -> bytes:
    length = answer.headers.get("content-length", "")
    if length.isdigit() and int(length) > MAX_FILE_BYTES:
        raise NotFetched("too large")
    kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind and not kind.startswith("image/") and kind not in ("application/octet-stream", "binary/octet-stream"):
        raise NotFetched("no picture")
    chunks, size = [], 0
    async for chunk in answer.aiter_raw():
        size += len(chunk)
        if size > MAX_FILE_BYTES:
            raise NotFetched("too large")
        chunks.append(chunk)
    return b"".join(chunks)
