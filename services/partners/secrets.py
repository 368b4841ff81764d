"""Who we are to partners: a file beside the settings, never the city pack, never a log."""

import tomllib
from pathlib import Path

import msgspec

FILE_MAX = 1024 * 1024
"""Bytes of the file: some thousands of partners."""


class BadPartnerSecrets(Exception):
    """The file cannot be read as what it should be. The text holds nothing of it."""


class Secret(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a partner knows us by: his API key, and a name and password where his server asks for them too."""

    api_key: str = ""
    username: str = ""
    password: str = ""

    def __repr__(self) -> str:
        return f"Secret(api_key={'set' if self.api_key else ''!r}, username={self.username!r})"


class PartnerSecrets:
    """The file of WARDLINE_PARTNER_SECRETS, read anew each time: a changed key needs no restart.

    TOML, one table a partner, by the name that stands in the column `secret`.
    """

    def __init__(self, path: str = "") -> None:
        self._path = path

    def find(self, name: str) -> Secret | None:
        """Return the secret of that name, None where there is none; an empty one for no name.

        :raises BadPartnerSecrets: if the file is there and cannot be read.
        """
        if not name:
            return Secret()
        return self._read().get(name) if self._path else None

    def _read(self) -> dict[str, Secret]:
        try:
            with Path(self._path).open("rb") as file:
                text = file.read(FILE_MAX).decode()
            return msgspec.convert(tomllib.loads(text), dict[str, Secret])
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
            # Not the error's own words: they may quote the line with the key.
            raise BadPartnerSecrets(f"WARDLINE_PARTNER_SECRETS cannot be read ({type(error).__name__})") from None
