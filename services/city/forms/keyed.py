"""What all forms do with edits: find the row, refuse what would meet another, keep the order."""

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from services.city.rows import Cells, Edit, KeyTaken, Put, Remove, Row, UnknownRow, key_of
from services.city.sections.model import Section

T = TypeVar("T")


class Kept(Generic[T]):
    """A row and what its form keeps of it; `cells` is what it says now."""

    def __init__(self, key: str, cells: dict[str, str], thing: T) -> None:
        self.key, self.cells, self.thing = key, cells, thing


def apply_edits(
    section: Section,
    rows: Sequence[Row],
    things: Sequence[T],
    edits: Sequence[Edit],
    change: Callable[[T | None, Cells, Put], T],
) -> list[T]:
    """Return the things of all rows after the edits, in order; new ones stand last.

    `change` makes the thing of a row anew (None: of a new row) from all its cells and the edit.
    """
    kept = {row.key: Kept(row.key, dict(row.cells), thing) for row, thing in zip(rows, things, strict=True)}
    for edit in edits:
        if isinstance(edit, Remove):
            if kept.pop(edit.key, None) is None:
                raise UnknownRow(edit.key)
        else:
            kept = _put(section, kept, edit, change)
    return [each.thing for each in kept.values()]


def _put(
    section: Section, kept: dict[str, Kept[T]], edit: Put, change: Callable[[T | None, Cells, Put], T]
) -> dict[str, Kept[T]]:
    before = None
    if edit.key is not None:
        before = kept.get(edit.key)
        if before is None:
            raise UnknownRow(edit.key)
    cells = {**(before.cells if before else {}), **edit.cells}
    key = key_of(section.key, cells, len(kept) + 1)
    moved = before is None or key_of(section.key, before.cells, 0) != key
    if moved and key in kept:
        raise KeyTaken(key)
    now = Kept(
        key if moved or before is None else before.key, cells, change(before.thing if before else None, cells, edit)
    )
    if before is None:
        kept[now.key] = now
        return kept
    return {(now.key if each is before else each.key): (now if each is before else each) for each in kept.values()}
