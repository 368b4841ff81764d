"""Labelled texts out of a CSV file, whatever its columns are called."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

FIELD_MAX = 1_000_000
"""Characters of one field; a citizen's letter may be long, a file that is none must end somewhere."""
TEXTS = (("text",), ("tokens",), ("subject", "detail"), ("description",), ("details",))
"""Columns that hold the text, the first that are all there: what datasets of citizens' messages call them."""
LABELS = ("label", "category", "service_code", "topic")


class BadRows(ValueError):
    """The file holds no labelled texts."""


@dataclass(frozen=True)
class Labelled:
    """Texts and their labels, row by row."""

    texts: Sequence[str]
    labels: Sequence[str]

    def __len__(self) -> int:
        return len(self.texts)


def read_rows(path: Path, text: Sequence[str] = (), label: str = "") -> Labelled:
    """Read a CSV file (UTF-8, with a header). `text` and `label` name its columns; without them they are found.

    Rows without a text or a label are left out.

    :raises BadRows: where columns are missing or nothing is left.
    """
    csv.field_size_limit(FIELD_MAX)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            names = list(reader.fieldnames or ())
            texts, labels = _columns(names, text, label)
            rows = [(_text_of(row, texts), (row[labels] or "").strip()) for row in reader]
    except (csv.Error, UnicodeDecodeError) as error:
        raise BadRows(f"{path}: {error}") from None
    kept = [(words, name) for words, name in rows if words and name]
    if not kept:
        raise BadRows(f"{path} has no row with a text and a label")
    return Labelled(tuple(words for words, _ in kept), tuple(name for _, name in kept))


def join_rows(parts: Sequence[Labelled]) -> Labelled:
    """Return the rows of all parts, in their order."""
    texts = tuple(text for part in parts for text in part.texts)
    return Labelled(texts, tuple(label for part in parts for label in part.labels))


def _columns(names: Sequence[str], text: Sequence[str], label: str) -> tuple[Sequence[str], str]:
    texts = text or next((each for each in TEXTS if set(each) <= set(names)), ())
    labels = label or next((each for each in LABELS if each in names), "")
    missing = [name for name in (*texts, labels) if name not in names]
    if not texts or not labels or missing:
        wanted = (
            f"no column {', '.join(missing)}" if missing and texts and labels else "no column of texts or of labels"
        )
        raise BadRows(f"{wanted}; the file has {', '.join(names) or 'no header'}")
    return texts, labels


def _text_of(row: Mapping[str, str | None], columns: Sequence[str]) -> str:
    return " ".join(filter(None, ((row[name] or "").strip() for name in columns)))
