"""Messages of a source that could not be read, lately: a count that fades."""

from datetime import datetime
from math import exp

from msgspec import Struct

FADES_IN_S = 600.0
"""A fault counts e times less after so long: what was mended ten minutes ago is nearly forgotten, a burst is not."""


class Faults(Struct, frozen=True, omit_defaults=True, gc=False):
    """The fading count as of `at`, all that there ever were, and the reason of the last."""

    recent: float = 0.0
    total: int = 0
    at: datetime | None = None
    reason: str = ""


def add_fault(faults: Faults, reason: str, at: datetime) -> Faults:
    return Faults(count_lately(faults, at) + 1.0, faults.total + 1, at, reason)


def count_lately(faults: Faults, at: datetime) -> float:
    """Return the fading count as of now."""
    if faults.at is None:
        return 0.0
    return faults.recent * exp(-max(0.0, (at - faults.at).total_seconds()) / FADES_IN_S)
