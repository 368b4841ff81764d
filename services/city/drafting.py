"""A pack being changed: edits of its sections, what differs between two versions, and where its faults stand.

A pack is its files. An edit makes a new set of files from an old one; nothing of a City is touched by it.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from msgspec import Struct

from dispatch.city import Names
from services.city.fault_words import field_in, find_words
from services.city.faults import Fault, PackFaults
from services.city.files import PackFiles
from services.city.forms import read_rows, write_rows
from services.city.forms.features import EMPTY
from services.city.forms.tables import header_of
from services.city.forms.toml import rest_of
from services.city.kept import Kept
from services.city.pack import CityPack
from services.city.read import read_pack
from services.city.rows import Change, Edit, Row, Unreadable, diff_rows, merge_rows
from services.city.sections import SECTIONS, Section, list_of_file
from services.city.sections.model import Form

Files = dict[str, bytes]


class SectionDiff(Struct, frozen=True, kw_only=True):
    """What differs in one section; `changes` is None where one of the two files cannot be read as rows."""

    section: str
    changes: tuple[Change, ...] | None


class PackDiff(Struct, frozen=True, kw_only=True):
    """What differs between two packs. `files` are those that differ in what no section shows: roads, water, the base
    map, and what a TOML file holds beside the rows of its sections.
    """

    sections: tuple[SectionDiff, ...] = ()
    files: tuple[str, ...] = ()


class PlacedFault(Struct, frozen=True, kw_only=True):
    """A fault with the row and the field that it is about, "" where it is about more than one."""

    file: str
    line: int
    message: Names
    section: str = ""
    key: str = ""
    field: str = ""


class Checked(Struct, frozen=True, kw_only=True):
    """A pack that has no fault, or its faults; `count` is how many there are in all."""

    pack: CityPack | None
    faults: tuple[Fault, ...] = ()
    count: int = 0


class Conflict(Struct, frozen=True, kw_only=True):
    """A row that two people have changed differently; without a key, a whole file."""

    section: str
    file: str
    key: str


class Merged(Struct, frozen=True, kw_only=True):
    files: Files
    conflicts: tuple[Conflict, ...]


def body_of(files: PackFiles, section: Section) -> bytes:
    """Return a section's file; an empty one where the pack has none."""
    found = files.get(section.file)
    if found is not None:
        return found
    if section.form is Form.CSV:
        return header_of(section)
    return EMPTY if section.form is Form.GEOJSON else b""


def rows_of(files: PackFiles, section: Section) -> list[Row]:
    """Return the rows of a section. Raises `Unreadable`."""
    return read_rows(section, body_of(files, section))


def edit(files: PackFiles, section: Section, edits: Sequence[Edit]) -> Files:
    """Return the files with the edits made. Raises `Unreadable`, `UnknownRow`, `KeyTaken`."""
    return {**files, section.file: write_rows(section, body_of(files, section), edits)}


def check(files: PackFiles, kept: Kept) -> Checked:
    """Read the pack whole."""
    try:
        return Checked(pack=read_pack(files, kept))
    except PackFaults as faults:
        return Checked(pack=None, faults=faults.faults, count=faults.count)


def diff(before: PackFiles, after: PackFiles) -> PackDiff:
    """Return what differs between two packs, section by section."""
    paths = [path for path in sorted({*before, *after}) if before.get(path) != after.get(path)]
    sections = [section for section in SECTIONS.values() if section.file in paths]
    diffs = [found for section in sections if (found := _diff_section(before, after, section)) is not None]
    plain = tuple(path for path in paths if not list_of_file(path) or _rest_differs(before, after, path))
    return PackDiff(sections=tuple(diffs), files=plain)


def _rest_differs(before: PackFiles, after: PackFiles, path: str) -> bool:
    """Say whether a TOML file differs in what no section shows, such as the city's id."""
    sections = list_of_file(path)
    if not path.endswith(".toml"):
        return False
    try:
        return rest_of(sections, before.get(path, b"")) != rest_of(sections, after.get(path, b""))
    except Unreadable:
        return False


def _diff_section(before: PackFiles, after: PackFiles, section: Section) -> SectionDiff | None:
    try:
        changes = tuple(diff_rows(rows_of(before, section), rows_of(after, section)))
    except Unreadable:
        return SectionDiff(section=section.id, changes=None)
    return SectionDiff(section=section.id, changes=changes) if changes else None


def merge(base: PackFiles, mine: PackFiles, theirs: PackFiles, *, prefer: Literal["mine", "theirs"]) -> Merged:
    """Bring what I have changed since `base` into their version.

    Files are merged row by row; where that cannot be done, a file that both have changed is one conflict.
    """
    files, conflicts = dict(theirs), []
    for path in sorted({*base, *mine}):
        if mine.get(path) == base.get(path) or mine.get(path) == theirs.get(path):
            continue
        if theirs.get(path) == base.get(path):
            _put_file(files, path, mine.get(path))
            continue
        sections = list_of_file(path)
        try:
            if not sections:
                raise Unreadable(Fault(path, 0, "has no rows"))
            for section in sections:
                merged = merge_rows(
                    rows_of(base, section),
                    rows_of(mine, section),
                    rows_of(theirs, section),
                    prefer_mine=prefer == "mine",
                )
                files = edit(files, section, merged.edits)
                conflicts += [Conflict(section=section.id, file=path, key=key) for key in merged.conflicts]
        except Unreadable:
            conflicts.append(Conflict(section="", file=path, key=""))
            _put_file(files, path, mine.get(path) if prefer == "mine" else theirs.get(path))
    return Merged(files=files, conflicts=tuple(conflicts))


def _put_file(files: Files, path: str, body: bytes | None) -> None:
    if body is None:
        files.pop(path, None)
    else:
        files[path] = body


def place(files: PackFiles, faults: Iterable[Fault]) -> list[PlacedFault]:
    """Return the faults with their rows, their fields and their words in both languages."""
    found = _Finder(files)
    return [_place(found, fault) for fault in faults]


def _place(finder: "_Finder", fault: Fault) -> PlacedFault:
    words = find_words(fault.message)
    message = Names(words.zh if words else fault.message, fault.message)
    section, row = finder.find(fault)
    field = words.field if words else ""
    if section is not None and section.form is Form.TOML_VALUES and row is not None:
        field = "value"
    elif section is not None:
        field = field_in(frozenset([*(column.name for column in section.columns), "shape"]), field)
    return PlacedFault(
        file=fault.file,
        line=fault.line,
        message=message,
        section=section.id if section else "",
        key=row.key if row else "",
        field=field,
    )


class _Finder:
    """Finds the row that stands on a line; each file is read once."""

    def __init__(self, files: PackFiles) -> None:
        self._files = files
        self._lines: dict[str, dict[int, tuple[Section, Row]]] = {}

    def find(self, fault: Fault) -> tuple[Section | None, Row | None]:
        if fault.file not in self._lines:
            self._lines[fault.file] = self._read(fault.file)
        found = self._lines[fault.file].get(fault.line)
        return found or (next(iter(list_of_file(fault.file)), None), None)

    def _read(self, file: str) -> dict[int, tuple[Section, Row]]:
        lines: dict[int, tuple[Section, Row]] = {}
        for section in list_of_file(file):
            try:
                rows = rows_of(self._files, section)
            except Unreadable:
                continue
            lines.update({line: (section, row) for row in rows for line in range(row.line, row.last_line + 1) if line})
        return lines


def summarize(found: PackDiff) -> Mapping[str, Mapping[str, int]]:
    """Return how many rows were added, changed and removed by section; a file without rows counts as one changed."""
    summary: dict[str, dict[str, int]] = {}
    for each in found.sections:
        counts = {"added": 0, "changed": 0, "removed": 0}
        for change in each.changes or ():
            counts[change.kind] += 1
        summary[each.section] = counts if each.changes is not None else {"added": 0, "changed": 1, "removed": 0}
    for path in found.files:
        summary[path] = {"added": 0, "changed": 1, "removed": 0}
    return summary
