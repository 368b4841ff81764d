"""Rows as CSV (RFC 4180) that people open in a spreadsheet."""

import csv
import io
from collections.abc import Iterable, Sequence

MARK = "\ufeff"
"""Stands before the first row where a spreadsheet is to know that it is UTF-8."""
_BEGINS_FORMULA = tuple("=+-@\t\r\n＝＋－＠")
"""The wide ones too: spreadsheets of East Asia take them for the same."""


def harmless(text: str) -> str:
    """Return the text so that no spreadsheet takes it for a formula (OWASP: CSV injection)."""
    return "'" + text if text.startswith(_BEGINS_FORMULA) else text


def write_lines(rows: Iterable[Sequence[object]]) -> str:
    """Return the rows. Texts that others have written must have passed `harmless`."""
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue()
