"""Bytes of a pack's files to rows that know their lines: CSV, GeoJSON, TOML."""

import csv
import io
import json
import re
import tomllib
from bisect import bisect_right
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from services.city.cells import Row
from services.city.faults import FaultList
from services.city.toml import TomlTable, find_toml_lines

PackFiles = Mapping[str, bytes]
"""Path inside the pack, with forward slashes -> content."""

LARGEST_FILE = 64 * 1024 * 1024
"""Bytes. The demo city's largest file has about two million."""

MOST_ROWS = 2_000_000


@dataclass(frozen=True)
class Reader:
    """The files of one pack, the list of their faults, and the datum that its coordinates are given in."""

    files: PackFiles
    faults: FaultList
    datum: str = "wgs84"

    def rows(self, file: str, columns: tuple[str, ...]) -> Iterator[Row]:
        """Yield the rows of a CSV file that must have at least `columns`. A missing file is a fault."""
        text = self.text(file)
        if text is None:
            return
        table = csv.reader(io.StringIO(text, newline=""), strict=True)
        try:
            header = [name.strip() for name in next(table, [])]
            missing = [name for name in columns if name not in header]
            doubled = sorted({name for name in header if header.count(name) > 1})
            if missing or doubled:
                for name in missing:
                    self.faults.add(file, 1, f"the column {name} is missing")
                for name in doubled:
                    self.faults.add(file, 1, f"the column {name} stands twice")
                return
            yield from self._csv_rows(file, table, header)
        except csv.Error as error:
            self.faults.add(file, table.line_num, f"not readable as CSV: {error}")

    def features(self, file: str) -> Iterator[tuple[Row, object]]:
        """Yield (properties, geometry) of each feature of a GeoJSON FeatureCollection. A missing file is a fault."""
        text = self.text(file)
        if text is None:
            return
        lines = Lines(text)
        try:
            for at, feature in scan_features(text):
                line = lines.of(at)
                if not isinstance(feature, dict) or feature.get("type") != "Feature":
                    self.faults.add(file, line, "not a Feature")
                    continue
                properties = feature.get("properties")
                if not isinstance(properties, dict):
                    self.faults.add(file, line, "the feature has no properties")
                    continue
                yield Row(file, line, properties, self.faults, self.datum), feature.get("geometry")
        except json.JSONDecodeError as error:
            self.faults.add(file, error.lineno, f"not readable as GeoJSON: {error.msg}")
        except RecursionError:
            self.faults.add(file, 0, "not readable as GeoJSON: nested too deeply")

    def table(self, file: str) -> TomlTable | None:
        """Return a TOML file, None (and a fault) where it is missing or not TOML."""
        text = self.text(file)
        if text is None:
            return None
        try:
            values = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            line = re.search(r"at line (\d+)", str(error))
            last = text.rstrip().count("\n") + 1
            self.faults.add(file, int(line[1]) if line else last, f"not readable as TOML: {error}")
            return None
        return TomlTable(file, values, find_toml_lines(text), self.faults)

    def has(self, file: str) -> bool:
        return file in self.files

    def text(self, file: str) -> str | None:
        body = self.files.get(file)
        if body is None:
            self.faults.add(file, 0, "the file is missing")
            return None
        if len(body) > LARGEST_FILE:
            self.faults.add(file, 0, f"the file is larger than {LARGEST_FILE} bytes")
            return None
        try:
            return body.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            self.faults.add(file, body.count(b"\n", 0, error.start) + 1, "not UTF-8")
            return None

    def _csv_rows(self, file: str, table: Any, header: list[str]) -> Iterator[Row]:
        line = table.line_num + 1
        for count, cells in enumerate(table):
            if count >= MOST_ROWS:
                self.faults.add(file, line, f"more than {MOST_ROWS} rows")
                return
            if len(cells) == len(header):
                yield Row(file, line, dict(zip(header, cells, strict=True)), self.faults, self.datum)
            elif cells:
                self.faults.add(file, line, f"{len(cells)} cells, but {len(header)} columns")
            line = table.line_num + 1


class Lines:
    """Position in a text to the number of its line."""

    def __init__(self, text: str) -> None:
        self._ends = [found.start() for found in re.finditer("\n", text)]

    def of(self, position: int) -> int:
        return bisect_right(self._ends, position - 1) + 1


_SPACE = re.compile(r"[ \t\r\n]*")


def scan_features(text: str) -> Iterator[tuple[int, Any]]:
    """Yield (position, value) of each item of the top object's `features`, however the text is laid out.

    The standard decoder keeps no positions; but it can be asked for one value at a time, so only the two outer
    levels are walked here. Raises json.JSONDecodeError.
    """
    decoder = json.JSONDecoder()
    at, seen = _expect(text, 0, "{"), False
    if _peek(text, at) != "}":
        while True:
            key, at = decoder.raw_decode(text, _skip(text, at))
            at = _expect(text, at, ":")
            if key == "features":
                seen = True
                at = yield from _scan_list(text, at, decoder)
            else:
                _, at = decoder.raw_decode(text, _skip(text, at))
            if _peek(text, at) != ",":
                break
            at = _expect(text, at, ",")
    at = _skip(text, _expect(text, at, "}"))
    if at != len(text):
        raise json.JSONDecodeError("text after the end of the object", text, at)
    if not seen:
        raise json.JSONDecodeError("the object has no features", text, 0)


def _scan_list(text: str, at: int, decoder: json.JSONDecoder) -> Generator[tuple[int, Any], None, int]:
    at = _expect(text, at, "[")
    if _peek(text, at) == "]":
        return _expect(text, at, "]")
    while True:
        start = _skip(text, at)
        value, at = decoder.raw_decode(text, start)
        yield start, value
        if _peek(text, at) != ",":
            return _expect(text, at, "]")
        at = _expect(text, at, ",")


def _skip(text: str, at: int) -> int:
    space = _SPACE.match(text, at)
    return space.end() if space else at


def _peek(text: str, at: int) -> str:
    at = _skip(text, at)
    return text[at : at + 1]


def _expect(text: str, at: int, sign: str) -> int:
    at = _skip(text, at)
    if text[at : at + 1] != sign:
        raise json.JSONDecodeError(f"{sign!r} expected", text, at)
    return at + 1
