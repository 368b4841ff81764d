"""Addresses of devices, as the city pack and `wardline source add --pull` take them."""

from urllib.parse import urlsplit

ADDRESS_MAX = 500
"""Characters of an address."""


def find_address_fault(address: str) -> str:
    """Return what is wrong with an address, "" for nothing. It may name a place only, never who asks there."""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return f"must be an http or https address: {address!r}"
    if "@" in parts.netloc:
        return "must hold no name and no password; they stand in the file of WARDLINE_PULL_SECRETS"
    is_plain = address.isascii() and address.isprintable() and " " not in address and len(address) <= ADDRESS_MAX
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0 or parts.fragment or not is_plain:
        return f"must be an http or https address: {address[:ADDRESS_MAX]!r}"
    return ""
