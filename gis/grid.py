"""Codes of areas and of parts, digit by digit (GB/T 30428.1 and .2; the layouts are told in docs/dictionary.md).

A unit grid has 15 digits: 6 district (GB/T 2260), 3 street, 3 community, 3 serial. A part has 16: 6 district, 2 major
class, 2 minor class, 6 serial.
"""

import re
from typing import NamedTuple, Self

GRID_PATTERN = re.compile(r"[0-9]{15}")
PART_PATTERN = re.compile(r"[0-9]{16}")
LAST_SERIAL = 999


class BadCode(ValueError):
    """The text is not a code of this layout."""


class GridCode(NamedTuple):
    """The parts of a unit grid's code, each as its digits: GridCode("500103", "003", "001", "007")."""

    district: str
    street: str
    community: str
    serial: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the parts of a 15-digit code. Raises BadCode."""
        if not GRID_PATTERN.fullmatch(text):
            raise BadCode(f"a unit grid's code has 15 digits: {text!r}")
        return cls(text[:6], text[6:9], text[9:12], text[12:])

    @classmethod
    def compose(cls, community_code: str, serial: int) -> Self:
        """Return the code of grid number `serial` (1..999) of a community with a 12-digit code. Raises BadCode."""
        if not 1 <= serial <= LAST_SERIAL:
            raise BadCode(f"a unit grid's serial is 1 to {LAST_SERIAL}: {serial}")
        return cls.parse(f"{community_code}{serial:03}")

    def __str__(self) -> str:
        return "".join(self)

    @property
    def street_code(self) -> str:
        """9 digits: the street's code, unique in the country."""
        return self.district + self.street

    @property
    def community_code(self) -> str:
        """12 digits."""
        return self.street_code + self.community


class PartId(NamedTuple):
    """The parts of a component's identifier: PartId("320508", "01", "01", "000001")."""

    district: str
    major: str
    minor: str
    serial: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the parts of a 16-digit identifier. Raises BadCode."""
        if not PART_PATTERN.fullmatch(text):
            raise BadCode(f"a part's identifier has 16 digits: {text!r}")
        return cls(text[:6], text[6:8], text[8:10], text[10:])

    def __str__(self) -> str:
        return "".join(self)

    @property
    def gb_code(self) -> str:
        """The four digits of its class, such as "0118" for a street light."""
        return self.major + self.minor
