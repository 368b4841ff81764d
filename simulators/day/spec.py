"""A day as its file says it: how often all speak, what is planted, what goes wrong, and what should come of it."""

import tomllib
from pathlib import Path

import msgspec
from msgspec import Struct

FOLDER = Path(__file__).parent.parent / "days"


class Planted(Struct, frozen=True, forbid_unknown_fields=True):
    """How many happenings of each kind; each must become exactly one case."""

    exceedance: int
    """A sensor is over its warning or alarm level for as long as its type asks, and ten minutes more."""
    seen: int
    """A camera sees a thing for longer than its type asks, and says so every minute."""
    renumbered: int
    """The same, but the tracker loses it and finds it again under other numbers."""
    endless: int
    """The same, but its end is never told."""
    flapping: int
    """A sensor goes over its level and back eight times within an hour or so."""
    bad_clock: int
    """A sensor whose clock is hours off, at 1970 or days ahead, is over its level."""
    late_and_true: int
    """A sensor delivers an hour late what it measured, and it is over its level still."""
    dead_sensors: int
    """A gas sensor falls silent for good: one case of maintenance."""
    dead_gateways: int
    """A gateway falls silent for hours, and all behind it: one case of maintenance."""


class Faults(Struct, frozen=True, forbid_unknown_fields=True):
    """What goes wrong and must be no case. Shares are of all messages, counts are of sources or times."""

    repeated_share: float
    """Messages that come twice more, unchanged, some minutes later."""
    dropout_share: float
    """Readings at which a sensor skips one round or two."""
    spike_share: float
    """Readings with one wild value."""
    chatter: int
    """Sensors that jump over their level and back within seconds for some minutes."""
    late_and_over: int
    """Sensors that deliver an hour late an exceedance that was over before it came."""
    gushes: int
    """Sensors that send hundreds of quiet readings within a minute."""
    bad_clock_quiet: int
    """Sensors with a wrong clock that measure nothing remarkable."""
    dead_quiet: int
    """Sensors that fall silent for good and are none that the city counts as critical."""
    broken: int
    """Messages cut off in the middle."""


class Day(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One day. Times are of the server's clock, which should run as much faster as `speed` says."""

    name: str
    title_zh: str
    title_en: str
    hours: float
    speed: float
    share: float = 1.0
    """Of the city's cameras and sensors, how many speak at all."""
    sensor_every_s: float
    """Between two rounds of a sensor's quiet readings."""
    passes_per_h: float
    """Things that pass before each camera in an hour: three messages each, and no case."""
    planted: Planted
    faults: Faults
    missed_most: int = 0
    false_share_most: float = 0.02
    """Of all cases, those that nothing was planted for."""


def list_days() -> list[str]:
    """Return the names of the days that ship."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def read_day(name: str) -> Day:
    """Return a day by its name.

    :raises FileNotFoundError: if there is none.
    :raises msgspec.ValidationError: naming the field that is wrong.
    """
    path = FOLDER / f"{name}.toml"
    return msgspec.convert({"name": path.stem, **tomllib.loads(path.read_text(encoding="utf-8"))}, Day)
