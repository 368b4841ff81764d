"""The chain of the audit: each row's hash covers the row and the hash before it. One changed row breaks it."""

from hashlib import sha256

import msgspec

GENESIS = "0" * 64
"""What stands before the first row."""

_encode = msgspec.json.Encoder().encode


class Link(msgspec.Struct, frozen=True, array_like=True):
    """What is hashed of a row, in this order. `at_us` are microseconds since 1970."""

    before: str
    n: int
    at_us: int
    username: str
    action: str
    subject: str
    address: str
    detail: str


def hash_link(link: Link) -> str:
    """Return SHA-256 over the JSON array of the link's fields, as 64 hexadecimal digits."""
    return sha256(_encode(link)).hexdigest()
