"""How long the city keeps what belongs to a person: by field and category, counted from the end of the case.

While a case is open nothing of it goes: who handles it must know where it is and whom to ask. Facts, stages and times
stay for good; they belong to the city's work and name nobody.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from msgspec import Struct


class Field(StrEnum):
    """What is kept of a person."""

    CONTACT = "contact"  # name, telephone, e-mail of who reported
    WORDS = "words"  # what he wrote: his text, the address, his answers to questions
    PHOTOS = "photos"  # his pictures and recordings
    EVIDENCE = "evidence"  # pictures of cameras and workers: people pass through them


KEEP_DAYS: Mapping[Field, int] = MappingProxyType(
    {Field.CONTACT: 180, Field.WORDS: 1_095, Field.PHOTOS: 365, Field.EVIDENCE: 1_095}
)
"""Days where the pack has no row: half a year to be called back or to reopen, a year of pictures, three years of what
an evaluation or a complaint may ask for. Proposed; a city's own rules go first.
"""
PEOPLE_FEEDS = ("report", "open311")
"""Feeds by which persons speak: what they tell the public may read before it is filed; what machines write names
nobody.
"""


class Keeping(Struct, frozen=True, kw_only=True):
    """One row of retention.csv. `category` is a code or its beginning, "" for every category. `days` from the end of
    the case.
    """

    field: Field
    days: int
    category: str = ""


class Retention(Struct, frozen=True):
    """The rows of a city."""

    rows: tuple[Keeping, ...] = ()

    def days_of(self, field: Field, category: str) -> int:
        """Return how many days a field of a case is kept: the row with the longest beginning of the category."""
        fitting = [row for row in self.rows if row.field is field and category.startswith(row.category)]
        return max(fitting, key=lambda row: len(row.category)).days if fitting else KEEP_DAYS[field]

    def is_due(self, field: Field, category: str, ended_at: datetime, at: datetime) -> bool:
        """Say whether a field of a case that ended then is past its keeping."""
        return ended_at + timedelta(days=self.days_of(field, category)) <= at

    def shortest_days(self, fields: Iterable[Field] = Field) -> int:
        """Return the days before which nothing of these fields is due, whatever the category."""
        wanted = frozenset(fields)
        own = [row.days for row in self.rows if row.field in wanted]
        return min([KEEP_DAYS[field] for field in wanted] + own)
