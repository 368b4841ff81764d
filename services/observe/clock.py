"""The only clock. Everything else is told the time.

In a trial it may run faster than life, from a moment of its own (`run_faster`): a day of the city then takes minutes,
and what must last ten minutes, or be silent for an hour, lasts as long by every rule (docs/how-to/run-a-scenario.md).
"""

from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import NamedTuple


class _Trial(NamedTuple):
    """A clock that showed `began_at` when the machine's own seconds were `began_s`."""

    began_at: datetime
    began_s: float
    speed: float


_trial: _Trial | None = None


def now() -> datetime:
    """Return the present instant, aware, in UTC."""
    if _trial is None:
        return datetime.now(UTC)
    return _trial.began_at + timedelta(seconds=(monotonic() - _trial.began_s) * _trial.speed)


def run_faster(began_at: datetime, speed: float) -> None:
    """Let the clock of this process show `began_at` now, and so many seconds in each second from then on.

    :raises ValueError: if `speed` is not above 0, or the moment has no zone.
    """
    global _trial  # a process has one clock, as it has one of the machine's
    if speed <= 0 or began_at.tzinfo is None:
        raise ValueError("a trial's clock needs a speed above 0 and a moment with a zone")
    _trial = _Trial(began_at.astimezone(UTC), monotonic(), speed)


def run_as_always() -> None:
    """Let the clock show the machine's time again."""
    global _trial  # see run_faster
    _trial = None


def speed() -> float:
    """Return how many seconds pass by the clock in one of the machine's: 1 but in a trial."""
    return 1.0 if _trial is None else _trial.speed
