"""Requests to addresses that others have named, made so that nobody can have this server ask what it should not.

A host's addresses are looked up once, each must be one of the world's (unless the host is trusted), and the connection
goes to that very address (OWASP, Server Side Request Forgery: no second look-up that could answer otherwise).
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Mapping, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import urlsplit

import httpx

Address = IPv4Address | IPv6Address
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""(host, port) -> its addresses."""


class NotAllowed(Exception):
    """The address is not one that this server asks: another scheme, or not of the world."""


class NotFound(Exception):
    """The host has no address."""


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


def ascii_host(host: str) -> str:
    """Return the name as it is asked for on the wire (IDNA); a number stays itself.

    :raises NotAllowed: if it is no name of a host.
    """
    try:
        return host.lower().encode("idna").decode("ascii")
    except UnicodeError:
        raise NotAllowed("no name of a host") from None


def bracketed(host: str) -> str:
    """Return a host as it stands in an address: a number of IPv6 in brackets."""
    return f"[{host}]" if ":" in host else host


async def find_address(host: str, port: int, resolve: Resolve, *, is_trusted: bool) -> str:
    """Return the address to connect to; one that is not of the world is refused, with all others of its host.

    :raises NotAllowed, NotFound: if there is none.
    """
    try:
        found = await resolve(host, port)
    except (OSError, UnicodeError):
        raise NotFound("no such host") from None
    if not found:
        raise NotFound("no such host")
    if not is_trusted and not all(is_public(each) for each in found):
        raise NotAllowed("not an address of the world")
    return found[0]


def build_request(
    client: httpx.AsyncClient, method: str, url: str, address: str, headers: Mapping[str, str], **more: object
) -> httpx.Request:
    """Return a request for `url` that connects to `address`; `more` is its data, files or query."""
    parts = urlsplit(url)
    host = ascii_host(parts.hostname or "")
    port = parts.port or (443 if parts.scheme == "https" else 80)
    target = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
    return client.build_request(
        method,
        f"{parts.scheme}://{bracketed(address)}:{port}{target}",
        headers={"Host": bracketed(host) + (f":{parts.port}" if parts.port else ""), **headers},
        extensions={"sni_hostname": host},
        **more,  # type: ignore[arg-type]
    )
