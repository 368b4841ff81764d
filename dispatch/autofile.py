"""Which machines' words are filed without a person: the category's own threshold, and rows that say otherwise."""

from collections.abc import Mapping
from functools import lru_cache

from msgspec import Struct

from dispatch.category import Category
from dispatch.city import AutoFile, Codes, Source
from dispatch.duties import CODES_KEPT
from dispatch.event import Event
from dispatch.reasons import Reason

FIELDS = ("source", "type", "category", "feed", "kind")
"""What a row may name, the most particular first: of the rows that fit, the one that names the first of these."""

_Values = tuple[str, str, str, str, str]


_Pattern = tuple[bool, bool, bool, bool, bool]


class AutoFileTable(Struct, frozen=True, eq=False):
    """The rows by what they name, and the patterns of fields that are named at all, the most particular first."""

    rows: Mapping[_Values, AutoFile]
    patterns: tuple[_Pattern, ...]

    def find(self, event: Event, source: Source | None, category: Category) -> AutoFile | None:
        """Return the row for a word of a source about a category; None where the category's own threshold holds."""
        said = (event.source_id, event.kind, category.code, event.feed, source.kind if source else "")
        for pattern in self.patterns:
            row = self.rows.get(_masked(said, pattern))
            if row is not None:
                return row
        return None


@lru_cache(maxsize=CODES_KEPT)
def autofile_table(codes: Codes) -> AutoFileTable:
    """Return a city's rows, ready to be looked up in (made once per city)."""
    rows: dict[_Values, AutoFile] = {}
    for row in codes.autofile:
        rows.setdefault(_values(row), row)
    return AutoFileTable(rows, tuple(sorted({_pattern(values) for values in rows}, reverse=True)))


def _masked(said: _Values, pattern: _Pattern) -> _Values:
    a, b, c, d, e = (value if is_named else "" for value, is_named in zip(said, pattern, strict=True))
    return a, b, c, d, e


def _pattern(values: _Values) -> _Pattern:
    a, b, c, d, e = (bool(value) for value in values)
    return a, b, c, d, e


def _values(row: AutoFile) -> _Values:
    return row.source, row.type, row.category, row.feed, row.kind


def doubt_of(
    event: Event, source: Source | None, category: Category, confidence: float | None, codes: Codes
) -> Reason | None:
    """Return why a person must look at a word of a source before its case is filed, as far as the word itself goes;
    None where the source is sure enough. One that gives no confidence is sure.
    """
    row = autofile_table(codes).find(event, source, category) if codes.autofile else None
    sure = 1.0 if confidence is None else confidence
    if row is not None and not row.enabled:
        return Reason("wait.not_allowed", {"row": name_of(row)})
    own = row is None or row.threshold is None
    needed = category.auto_file_confidence if row is None or row.threshold is None else row.threshold
    if sure >= needed:
        return None
    said = {"confidence": f"{sure:.0%}", "needed": f"{needed:.0%}"}
    if own:
        return Reason("wait.confidence", said)
    return Reason("wait.threshold", said | {"row": name_of(row)})


def name_of(row: AutoFile | None) -> str:
    """Return a row by what it names, as the settings screen does."""
    return " · ".join(value for value in _values(row) if value) if row else ""
