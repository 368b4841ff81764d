"""Why an automatic choice was made: a rule's name and its values, with the words in both languages.

A reason is stored as rule and values only; the words are made when it is read, so that a better wording
reaches old cases too.
"""

from collections.abc import Mapping

from msgspec import Struct


class Reason(Struct, frozen=True):
    """One ground of one choice. `rule` is a key of TEXTS; `values` fill the text's braces."""

    rule: str
    values: Mapping[str, str] = {}


TEXTS: Mapping[str, tuple[str, str]] = {}
"""rule -> (zh, en), each a `str.format` template over the reason's values."""
