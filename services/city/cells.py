"""One row of a pack's table, cell by cell. What cannot be read is noted as a fault; a harmless value stands in for it.

The same cells are read from CSV rows (text) and from the properties of GeoJSON features (any JSON value).
"""

from collections.abc import Iterable, Mapping
from datetime import date, time
from math import isfinite
from typing import TypeVar

from gis.datum import to_wgs84
from gis.point import LonLat
from services.city.faults import FaultList

SEPARATOR = "|"
"""Between the items of a list in one cell."""

LONGEST_TEXT = 2_000
"""Characters of one cell."""


class Row:
    """The cells of one row or feature, and where they stand."""

    def __init__(self, file: str, line: int, cells: Mapping[str, object], faults: FaultList, datum: str) -> None:
        self.file = file
        self.line = line
        self.cells = cells
        self.datum = datum
        self._faults = faults

    def fault(self, message: str) -> None:
        self._faults.add(self.file, self.line, message)

    def text(self, name: str) -> str:
        """Return the cell without outer spaces, "" where it is missing."""
        value = self.cells.get(name)
        if value is None:
            return ""
        if not isinstance(value, str):
            self.fault(f"{name} must be a text")
            return ""
        if len(value) > LONGEST_TEXT or not value.isprintable():
            self.fault(f"{name} is longer than {LONGEST_TEXT} characters or holds control characters")
            return ""
        return value.strip()

    def needed(self, name: str) -> str:
        value = self.text(name)
        if self.is_empty(name):
            self.fault(f"{name} is empty")
        return value

    def is_empty(self, name: str) -> bool:
        value = self.cells.get(name)
        return value is None or (isinstance(value, str) and not value.strip())

    def items(self, name: str) -> tuple[str, ...]:
        """Return the items of a cell: `a|b`."""
        return tuple(item.strip() for item in self.text(name).split(SEPARATOR) if item.strip())

    def choice(self, name: str, allowed: Iterable[str], default: str = "") -> str:
        """Return a cell that must be one of `allowed`, in the order given; `default` where the cell is empty."""
        value = self.text(name) or default
        options = tuple(allowed)
        if value not in options:
            self.fault(f"{name} must be one of {', '.join(options)}: {value!r}")
            return options[0]
        return value

    def find_number(self, name: str, low: float, high: float) -> float | None:
        """Return a number from `low` to `high`, None where the cell is empty."""
        text = self.text(name)
        if not text:
            return None
        try:
            value = float(text)
        except ValueError:
            self.fault(f"{name} must be a number: {text!r}")
            return None
        if not isfinite(value) or not low <= value <= high:
            self.fault(f"{name} must be from {low:g} to {high:g}: {text}")
            return None
        return value

    def number(self, name: str, low: float, high: float, default: float | None = None) -> float:
        """Return a number from `low` to `high`. Without a `default` the cell must be filled."""
        if default is None:
            self.needed(name)
        value = self.find_number(name, low, high)
        return value if value is not None else default if default is not None else low

    def flag(self, name: str, default: bool) -> bool:
        """Return true or false, as JSON has it or as a text."""
        value = self.cells.get(name)
        if isinstance(value, bool):
            return value
        text = self.text(name)
        if text not in ("", "true", "false"):
            self.fault(f"{name} must be true or false")
        return default if text == "" else text == "true"

    def find_date(self, name: str) -> date | None:
        """Return a date written as 2024-12-31, None where the cell is empty."""
        text = self.text(name)
        if not text:
            return None
        try:
            return date.fromisoformat(text)
        except ValueError:
            self.fault(f"{name} must be a date such as 2024-12-31: {text!r}")
            return None

    def find_clock(self, name: str) -> time | None:
        """Return a time of day written as 08:30, None where the cell is empty; 24:00 is midnight."""
        text = self.text(name)
        if not text:
            return None
        if text == "24:00":
            return time(0)
        try:
            return time.fromisoformat(text).replace(tzinfo=None)
        except ValueError:
            self.fault(f"{name} must be a time of day such as 08:30: {text!r}")
            return None

    def find_point(self) -> LonLat | None:
        """Return `lon`, `lat` as WGS-84, None where both are empty."""
        return None if self.is_empty("lon") and self.is_empty("lat") else self.point()

    def point(self) -> LonLat:
        """Return `lon`, `lat` as WGS-84; both must be filled."""
        return to_wgs84(LonLat(self.number("lon", -180, 180), self.number("lat", -90, 90)), self.datum)


T = TypeVar("T")
Rows = tuple[tuple[Row, T], ...]
"""Values with the rows that they were read from, so that what is found later can still name its line."""
