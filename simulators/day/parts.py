"""What a day is made of: letters to be posted at their time, and what is planted in them."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from gis.point import LonLat
from simulators.wire import JsonObject


class Letter(NamedTuple):
    """One message: posted `at_s` seconds after the day's beginning, with its gateway's key. `n` orders equal times."""

    at_s: float
    n: int
    gateway: str
    feed: str
    body: JsonObject | bytes


Letters = Iterator[Letter]


class Planted(NamedTuple):
    """A happening that must become exactly one case: told by one of the sources, opened between the two times."""

    name: str
    category: str
    sources: frozenset[str]
    from_s: float
    to_s: float
    point: LonLat | None = None


class Plan(NamedTuple):
    """All letters of the day in the order of their times, and what must come of them. `broken` of them are cut off."""

    letters: Iterator[Letter]
    planted: Sequence[Planted]
    broken: int


class Calendar(NamedTuple):
    """When the day began by the server's clock, and at which hour (0..24) of the city's own."""

    began_at: datetime
    hour: float
