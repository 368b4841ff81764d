"""TOML values that know their lines. The standard decoder keeps none, so the keys are looked up in the text."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, time
from math import isfinite
from typing import Any

from services.city.faults import FaultList

Path = tuple[str | int, ...]

_HEADER = re.compile(r"\s*(\[\[?)\s*([^\[\]]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"""\s*((?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*'))*)\s*=""")
_QUOTES = re.compile(r'"""|\'\'\'')


def find_toml_lines(text: str) -> Mapping[Path, int]:
    """Return the line of each table and key of a TOML text that is valid.

    Keys are found where they begin a line; those inside an inline table have the line of their table.
    """
    lines: dict[Path, int] = {}
    table: Path = ()
    counts: dict[Path, int] = {}
    in_text = False
    for number, line in enumerate(text.splitlines(), start=1):
        if not in_text:
            header, key = _HEADER.match(line), _KEY.match(line)
            if header:
                table = _place(_split(header[2]), counts)
                if header[1] == "[[":
                    lines.setdefault(table, number)
                    counts[table] = counts.get(table, -1) + 1
                    table = (*table, counts[table])
                lines.setdefault(table, number)
            elif key:
                lines.setdefault(table + _split(key[1]), number)
        if len(_QUOTES.findall(line)) % 2:
            in_text = not in_text
    return lines


def _place(name: Path, counts: Mapping[Path, int]) -> Path:
    """Return the path of a table whose outer tables may be entries of lists: the last entry so far is meant."""
    path: Path = name[:1]
    for part in name[1:]:
        path = (*path, counts[path], part) if path in counts else (*path, part)
    return path


def _split(dotted: str) -> Path:
    return tuple(part.strip().strip("\"'") for part in dotted.split("."))


@dataclass(frozen=True)
class TomlTable:
    """One table of a TOML file. Values of a wrong type are noted as faults, and a harmless value stands in for them."""

    file: str
    values: Mapping[str, Any]
    lines: Mapping[Path, int]
    faults: FaultList
    path: Path = ()

    def fault(self, name: str | None, message: str) -> None:
        """Note a fault of one key, or of the table."""
        at = self.path if name is None else (*self.path, name)
        while at and at not in self.lines:
            at = at[:-1]
        self.faults.add(self.file, self.lines.get(at, 1), message)

    def text(self, name: str, default: str | None = None) -> str:
        """Return a text. Without a `default` it must be given, and not be empty."""
        value = self.values.get(name, default)
        if not isinstance(value, str) or (default is None and not value.strip()):
            self.fault(name, f"{name} must be a text" if name in self.values else f"{name} is missing")
            return ""
        return value.strip()

    def number(self, name: str, low: float, high: float, default: float) -> float:
        value = self.values.get(name, default)
        if (
            isinstance(value, bool)
            or not isinstance(value, int | float)
            or not isfinite(value)
            or not low <= value <= high
        ):
            self.fault(name, f"{name} must be a number from {low:g} to {high:g}")
            return default
        return value

    def flag(self, name: str, default: bool) -> bool:
        value = self.values.get(name, default)
        if not isinstance(value, bool):
            self.fault(name, f"{name} must be true or false")
            return default
        return value

    def day(self, name: str) -> date | None:
        """Return a date: TOML's own, or a text such as "2024-10-01"."""
        value = self.values.get(name)
        try:
            return value if type(value) is date else date.fromisoformat(str(value))
        except ValueError:
            self.fault(name, f"{name} must be a date such as 2024-10-01")
            return None

    def clock(self, name: str) -> time | None:
        """Return a time of day: TOML's own, or a text such as "08:30". "24:00" is midnight."""
        value = self.values.get(name)
        if value == "24:00":
            return time(0)
        try:
            return value if isinstance(value, time) else time.fromisoformat(str(value))
        except ValueError:
            self.fault(name, f"{name} must be a time of day such as 08:30")
            return None

    def texts(self, name: str, default: tuple[str, ...] = ()) -> tuple[str, ...]:
        value = self.values.get(name, default)
        if not isinstance(value, list | tuple) or not all(isinstance(item, str) for item in value):
            self.fault(name, f"{name} must be a list of texts")
            return default
        return tuple(value)

    def table(self, name: str) -> "TomlTable":
        """Return a table inside this one; a missing one is empty."""
        return self._inner((name,), self.values.get(name, {}))

    def tables(self, name: str) -> Iterator["TomlTable"]:
        """Yield each table of a list `[[name]]`; a single table `[name]` counts as a list of one."""
        value = self.values.get(name, [])
        if isinstance(value, Mapping):
            yield self._inner((name,), value)
            return
        if not isinstance(value, list):
            self.fault(name, f"{name} must be a list of tables")
            return
        for index, item in enumerate(value):
            yield self._inner((name, index), item)

    def named_tables(self, name: str) -> Iterator[tuple[str, "TomlTable"]]:
        """Yield (key, table) of each table `[name.key]`."""
        outer = self.table(name)
        for key in outer.values:
            yield key, outer.table(key)

    def _inner(self, more: Path, value: object) -> "TomlTable":
        if not isinstance(value, Mapping):
            self.fault(str(more[0]), f"{more[0]} must be a table")
            value = {}
        return TomlTable(self.file, value, self.lines, self.faults, self.path + more)
