"""The rows of a section: told apart by their keys, compared, and merged, whatever file they stand in."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from msgspec import UNSET, Struct, UnsetType

from services.city.faults import Fault

Cells = Mapping[str, str]

KEY_SEPARATOR = "|"
SHAPE = "shape"
"""The cell that stands for an area's border: a short digest, "" where it has that of its children."""


class Unreadable(Exception):
    """A file that holds no rows that could be told: not CSV, not TOML, not GeoJSON."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(str(fault))
        self.fault = fault


class UnknownRow(Exception):
    """No row has that key."""

    def __init__(self, key: str) -> None:
        super().__init__(f"no row is {key!r}")
        self.zh, self.en = f"没有“{key}”这一行", f"No row is {key!r}."


class KeyTaken(Exception):
    """Another row has that key already."""

    def __init__(self, key: str) -> None:
        super().__init__(f"there is a row {key!r} already")
        self.zh, self.en = f"已有“{key}”这一行", f"There is a row {key!r} already."


class Row(Struct, frozen=True, kw_only=True):
    """One row: its key, the lines of the file that it stands on (from 1), and its cells as text.

    `shape` is the geometry of a feature, as GeoJSON.
    """

    key: str
    line: int
    last_line: int
    cells: Cells
    shape: Any = None


class Put(Struct, frozen=True, kw_only=True):
    """Let a row have these cells: the row of that `key`, or a new one where it is None. Cells not named stay."""

    cells: Cells
    key: str | None = None
    shape: Any | UnsetType = UNSET


class Remove(Struct, frozen=True):
    """Take a row out."""

    key: str


Edit = Put | Remove


class Change(Struct, frozen=True, kw_only=True):
    """What has become of a row. `cells` are the names of those that differ, in the order of the columns."""

    kind: Literal["added", "changed", "removed"]
    key: str
    before: Cells | None
    after: Cells | None
    cells: tuple[str, ...]


def key_of(columns: Sequence[str], cells: Cells, line: int) -> str:
    """Return what tells a row apart; one that lacks its id is called by its line."""
    return KEY_SEPARATOR.join(cells.get(column, "") for column in columns) or f"#{line}"


def number_doubles(keys: Iterable[str]) -> list[str]:
    """Return the keys, a second one of a kind with #2 behind it: it is a fault, and can still be pointed at."""
    seen: dict[str, int] = {}
    found = []
    for key in keys:
        seen[key] = seen.get(key, 0) + 1
        found.append(key if seen[key] == 1 else f"{key}#{seen[key]}")
    return found


def diff_rows(before: Iterable[Row], after: Iterable[Row]) -> list[Change]:
    """Return what differs between two versions of a section: removed rows first, then in the order of the file."""
    old, new = {row.key: row for row in before}, {row.key: row for row in after}
    changes = [_change("removed", row, None) for key, row in old.items() if key not in new]
    for key, row in new.items():
        was = old.get(key)
        if was is None:
            changes.append(_change("added", None, row))
        elif was.cells != row.cells:
            change = _change("changed", was, row)
            if change.cells:
                changes.append(change)
    return changes


def _change(kind: Literal["added", "changed", "removed"], before: Row | None, after: Row | None) -> Change:
    old, new = before.cells if before else {}, after.cells if after else {}
    names = tuple(name for name in {**old, **new} if old.get(name, "") != new.get(name, ""))
    key = (after or before or _NO_ROW).key
    return Change(
        kind=kind, key=key, before=before.cells if before else None, after=after.cells if after else None, cells=names
    )


_NO_ROW = Row(key="", line=0, last_line=0, cells={})


class Merge(Struct, frozen=True, kw_only=True):
    """Mine upon theirs: the edits that make it, and the keys of the rows that both have changed differently."""

    edits: tuple[Edit, ...]
    conflicts: tuple[str, ...]


def merge_rows(base: Sequence[Row], mine: Sequence[Row], theirs: Sequence[Row], *, prefer_mine: bool) -> Merge:
    """Return what brings my changes since `base` into their version.

    A row that both have changed differently is a conflict, and is then as `prefer_mine` says.
    """
    ours = {change.key: change for change in diff_rows(base, mine)}
    others = {change.key: change for change in diff_rows(base, theirs)}
    rows, known = {row.key: row for row in mine}, {row.key for row in theirs}
    edits: list[Edit] = []
    conflicts = []
    for key, change in ours.items():
        other = others.get(key)
        if other is not None and other.after != change.after:
            conflicts.append(key)
            if not prefer_mine:
                continue
        if change.kind == "removed":
            if key in known:
                edits.append(Remove(key))
        else:
            row = rows[key]
            edits.append(Put(cells=row.cells, key=key if key in known else None, shape=row.shape))
    return Merge(edits=tuple(edits), conflicts=tuple(conflicts))
