"""What stands on a sheet of paper, before anything is drawn.

Drawing (document.py, labels.py) brings in a library for PDF and one for typefaces, a fifteenth of what a start takes,
and memory that most servers never use: who draws imports it then.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo
from pathlib import Path

from msgspec import Struct

PICTURES_MAX = 6
"""Pictures on a sheet; the first ones. More are looked at on the screen."""


class Row(Struct, frozen=True):
    """A heading and what stands beside it."""

    label: str
    value: str


class Line(Struct, frozen=True):
    """One step of the story; `quote` is what somebody wrote."""

    at: str
    text: str
    quote: str = ""


class Sheet(Struct, frozen=True, kw_only=True):
    """All that stands on the paper, in one language."""

    city: str
    number: str
    headline: str
    rows: Sequence[Row]
    words: str
    pictures: Sequence[Path]
    story: Sequence[Line]
    story_cut: str
    printed: str
    language: str


def local_time(at: datetime | None, zone: tzinfo) -> str:
    """Return the city's wall-clock time, "—" for none."""
    return at.astimezone(zone).strftime("%Y-%m-%d %H:%M") if at else "—"


class Format(Struct, frozen=True, kw_only=True):
    """A sheet of labels: how many across and down, where the first is, how far apart, and how large the type is."""

    columns: int
    rows: int
    left_mm: float
    top_mm: float
    across_mm: float
    down_mm: float
    width_mm: float
    height_mm: float
    code_mm: float
    title_pt: float
    text_pt: float


FORMATS: Mapping[str, Format] = {
    "small": Format(
        columns=3, rows=7, left_mm=7.2, top_mm=15.1, across_mm=66.0, down_mm=38.1, width_mm=63.5, height_mm=38.1,
        code_mm=34.0, title_pt=8.5, text_pt=6.5,
    ),
    "large": Format(
        columns=2, rows=4, left_mm=4.7, top_mm=13.1, across_mm=101.6, down_mm=67.7, width_mm=99.1, height_mm=67.7,
        code_mm=56.0, title_pt=12.0, text_pt=9.0,
    ),
}  # fmt: skip


class Label(Struct, frozen=True, kw_only=True):
    """What stands on one label. `code` is what a person reads out who cannot scan, "" for a place."""

    url: str
    zh: str
    en: str
    code: str = ""
