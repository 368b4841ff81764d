"""Numbers and times as people and partners write them, read under limits."""

import re
from datetime import UTC, datetime
from math import isfinite

from services.api.fields import EARLIEST, LATEST

_TIME = re.compile(
    r"(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2})?)(?:[.,](\d{1,9}))?)?[ ]?(Z|z|[+ -]\d{2}:?\d{2})?", re.ASCII
)
"""ISO 8601 as W3C has it (NOTE-datetime). A `+` that a client did not escape has come as a blank."""


def read_time(text: str) -> datetime | None:
    """Return the instant that a text is, None where it is none; without a zone it is UTC."""
    found = _TIME.fullmatch(text)
    if found is None:
        return None
    day, clock, fraction, zone = found.groups()
    zone = "+00:00" if zone in (None, "Z", "z") else zone.replace(" ", "+")
    try:
        at = datetime.fromisoformat(f"{day}T{clock or '00:00'}{zone}").astimezone(UTC)
        at = at.replace(microsecond=int((fraction or "0")[:6].ljust(6, "0")))
    except (ValueError, OverflowError):
        return None
    return at if EARLIEST <= at < LATEST else None


def read_number(text: str, low: float, high: float) -> float | None:
    """Return the number that a text is, None where it is none from `low` to `high`."""
    try:
        found = float(text) if len(text) <= 40 and "_" not in text else None
    except ValueError:
        return None
    return found if found is not None and isfinite(found) and low <= found <= high else None
