"""Pictures that a partner names by their address, fetched so that nobody can make this server ask what it should not.

A host's addresses are looked up once, each must be one of the world's, and the connection goes to that very address
(OWASP, Server Side Request Forgery: no second look-up that could answer otherwise). Redirects are followed by the same
rules, few of them; time and size are bounded, and what came is decoded and encoded anew like any picture.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import urljoin, urlsplit

import httpx

from services.store.pictures import MAX_FILE_BYTES

FETCH_WITHIN_S = 8.0
"""For all of it; a partner's program waits for our answer meanwhile."""
REDIRECTS_MAX = 3
URL_MAX = 2_000
PORTS = frozenset({80, 443})
"""Of hosts that the operator has not named: web servers, and nothing else that listens."""
AT_ONCE = 8
_REDIRECTS = frozenset({301, 302, 303, 307, 308})

Address = IPv4Address | IPv6Address
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""(host, port) -> its addresses."""


class NotAllowed(Exception):
    """The address is not one that this server asks: another scheme, another port, or not of the world."""


class NotFetched(Exception):
    """The picture did not come: no such host, no answer in time, too large, or no picture."""


async def resolve(host: str, port: int) -> Sequence[str]:
    """Return the addresses of a host.

    :raises OSError: if it has none.
    """
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(each[4][0]) for each in found))


def is_public(text: str) -> bool:
    """Tell whether an IP address is of the world: not private, local, reserved, or one that leads to such."""
    try:
        address: Address = ip_address(text.partition("%")[0])
    except ValueError:
        return False
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
        if inner is not None:
            return is_public(str(inner))
        if address in _NAT64:
            return is_public(str(IPv4Address(int(address) & 0xFFFFFFFF)))
    return address.is_global and not address.is_multicast


class _Nat64:
    """64:ff9b::/96 (RFC 6052): the last 32 bits are an address of IPv4."""

    def __contains__(self, address: IPv6Address) -> bool:
        return int(address) >> 32 == int(IPv6Address("64:ff9b::")) >> 32


_NAT64 = _Nat64()


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
        scheme, host, port = self._check(url)
        where = await self._address(host, port)
        parts = urlsplit(url)
        target = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
        request = client.build_request(
            "GET",
            f"{scheme}://{_bracketed(where)}:{port}{target}",
            headers={
                "Host": _bracketed(host) + (f":{parts.port}" if parts.port else ""),
                "Accept": "image/*",
                "Accept-Encoding": "identity",
            },
            extensions={"sni_hostname": host},
        )
        answer = await client.send(request, stream=True)
        try:
            if answer.status_code in _REDIRECTS:
                return str(urljoin(url, answer.headers.get("location", "")))
            if answer.status_code != 200:
                raise NotFetched(f"the host answers {answer.status_code}")
            return await _read(answer)
        finally:
            await answer.aclose()

    def _check(self, url: str) -> tuple[str, str, int]:
        """Return scheme, host and port of an address that may be looked up."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise NotAllowed("no address") from None
        host = _ascii(parts.hostname or "")
        if len(url) > URL_MAX or parts.scheme not in ("http", "https") or not host or parts.username is not None:
            raise NotAllowed("only http and https")
        port = port or (443 if parts.scheme == "https" else 80)
        if port not in PORTS and not self._is_trusted(host, port):
            raise NotAllowed(f"port {port}")
        return parts.scheme, host, port

    async def _address(self, host: str, port: int) -> str:
        """Return the address to connect to; one that is not of the world is refused, with all others of its host."""
        try:
            found = await self._resolve(host, port)
        except (OSError, UnicodeError):
            raise NotFetched("no such host") from None
        if not found:
            raise NotFetched("no such host")
        if not self._is_trusted(host, port) and not all(is_public(each) for each in found):
            raise NotAllowed("not an address of the world")
        return found[0]

    def _is_trusted(self, host: str, port: int) -> bool:
        return host in self._trusted or f"{host}:{port}" in self._trusted


def _ascii(host: str) -> str:
    """Return the name as it is asked for on the wire (IDNA); a number stays itself."""
    try:
        return host.lower().encode("idna").decode("ascii")
    except UnicodeError:
        raise NotAllowed("no name of a host") from None


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


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
