"""Who stands at the citizen's door, as far as may be known without asking: his network, and a random id that we have
given his browser. Nothing is read off his device, and neither leaves this server.
"""

import re
import secrets
from ipaddress import IPv6Address, ip_address, ip_network

from starlette.requests import HTTPConnection
from starlette.responses import Response

from services.api.identity import address_of
from services.api.platform import platform_of, tools_of
from services.live.phones import read_phone
from services.store.abuse import Sender

DEVICE_COOKIE = "wardline_device"
DEVICE_FOR_S = 180 * 24 * 3600
"""Half a year: who comes back later is new to us."""
_DEVICE = re.compile(r"[A-Za-z0-9_-]{22}")


def network_of(address: str) -> str:
    """Return what is counted as one sender: an address of IPv4, of IPv6 the /64 that one household has."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return str(ip_network((int(found) >> 64 << 64, 64)))
    return str(found)


def device_of(request: HTTPConnection) -> str:
    """Return the random id of the browser, "" where it has none."""
    found = request.cookies.get(DEVICE_COOKIE, "")
    return found if _DEVICE.fullmatch(found) else ""


def remember_device(request: HTTPConnection, answer: Response) -> None:
    """Give a browser that has none a random id, for our own pages only."""
    if device_of(request):
        return
    answer.set_cookie(
        DEVICE_COOKIE,
        secrets.token_urlsafe(16),
        max_age=DEVICE_FOR_S,
        path="/",
        secure=platform_of(request).settings.public_url.startswith("https:"),
        httponly=True,
        samesite="strict",
    )


def digest_of(request: HTTPConnection, kind: str, text: str) -> str:
    """Return what stands for a telephone number, an e-mail or a device: nobody can try numbers out without the key."""
    if not text:
        return ""
    found = read_phone(text, platform_of(request).city.hotline) if kind == "phone" else None
    plain = found.kept if found else text.strip().casefold()
    return tools_of(request).vault.digest("sender", kind, plain)


def sender_of(request: HTTPConnection, phone: str = "", email: str = "") -> Sender:
    """Return by what who sends this is known."""
    return Sender(
        phone=digest_of(request, "phone", phone),
        email=digest_of(request, "email", email),
        device=digest_of(request, "device", device_of(request)),
        address=network_of(address_of(request)),
    )
