"""Who we are to the devices that are pulled: a file beside the settings, never the city pack, never a log."""

import tomllib
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import msgspec

FILE_MAX = 4 * 1024 * 1024
"""Bytes of the file: some ten thousand devices with a password of their own."""


class BadSecrets(Exception):
    """The file cannot be read as what it should be. The text holds nothing of it."""


class Credential(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How to sign in at one device. `verify` is False for a device whose certificate nobody has signed."""

    username: str = ""
    password: str = ""
    auth: str = "digest"
    verify: bool = True

    def __repr__(self) -> str:
        return f"Credential(username={self.username!r}, auth={self.auth!r}, verify={self.verify})"

    def sign_in(self) -> httpx.Auth:
        """Return how requests are signed (RFC 7616, RFC 7617); not at all without a name."""
        if not self.username:
            return httpx.Auth()
        kinds: dict[str, Callable[[str, str], httpx.Auth]] = {"digest": httpx.DigestAuth, "basic": httpx.BasicAuth}
        return kinds[self.auth](self.username, self.password)


NOBODY = Credential()


class Credentials:
    """The file of WARDLINE_PULL_SECRETS, read anew for every connection: a changed password needs no restart.

    TOML, one table a device: by the source's id, by the host of its address, or `"*"` for all others.
    """

    def __init__(self, path: str = "") -> None:
        self._path = path

    def find(self, source_id: str, url: str) -> Credential:
        """Return the device's, `NOBODY` where there is none.

        :raises BadSecrets: if the file is there and cannot be read.
        """
        if not self._path:
            return NOBODY
        parts = urlsplit(url)
        known = self._read()
        for name in (source_id, parts.netloc, parts.hostname or "", "*"):
            if name in known:
                return known[name]
        return NOBODY

    def _read(self) -> dict[str, Credential]:
        try:
            with Path(self._path).open("rb") as file:
                text = file.read(FILE_MAX).decode()
            found = msgspec.convert(tomllib.loads(text), dict[str, Credential])
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
            # Not the error's own words: they may quote the line with the password.
            raise BadSecrets(f"WARDLINE_PULL_SECRETS cannot be read ({type(error).__name__})") from None
        if any(each.auth not in ("digest", "basic") for each in found.values()):
            raise BadSecrets("WARDLINE_PULL_SECRETS: auth must be digest or basic")
        return found
