"""A case as a row of values under named columns: all that `CaseRow` tells, in half the bytes and a third of the time.

A console of fifty thousand open cases begins with these (docs/live-protocol.md, "In parts"). The columns follow from
`CaseRow` itself, so that a field which it gains is told here too.
"""

from collections.abc import Callable, Mapping, Sequence
from operator import attrgetter
from typing import Any

from dispatch.case import Case
from dispatch.place import Place
from services.live.views import CaseRow, PlaceView, chain_of, stopped_of

PLACE: tuple[str, ...] = PlaceView.__struct_fields__
"""Columns of `place`: they stand in the row as `place.lon` and so on."""

_LEFT_OUT = frozenset({"light", "place"})
"""`light` is what a screen reckons by itself; `place` is spread over columns of its own."""

_PLAIN = tuple(name for name in CaseRow.__struct_fields__ if name not in _LEFT_OUT)
COLUMNS: tuple[str, ...] = (*_PLAIN, *(f"place.{name}" for name in PLACE))
"""The names under which the values of a row stand. `category` is the code alone."""

_MADE: Mapping[str, Callable[[Case], Any]] = {
    "source": attrgetter("source_id"),
    # Who reported is nobody's business here: only that somebody did.
    "reporter": lambda case: bool(case.reporter),
    "stopped": stopped_of,
    "chain": chain_of,
}
"""Fields of CaseRow that a case has under another name, or not at all."""
_MADE_AT = tuple((at, _MADE[name]) for at, name in enumerate(_PLAIN) if name in _MADE)

_read_plain = attrgetter(*("id" if name in _MADE else name for name in _PLAIN))
_read_place = attrgetter(*(name for name in PLACE if name not in ("lon", "lat")))


def compact_row(case: Case) -> Sequence[Any]:
    """Return the case's values in the order of COLUMNS."""
    values = [*_read_plain(case), *_place_values(case.place)]
    for at, make in _MADE_AT:
        values[at] = make(case)
    return values


def _place_values(place: Place) -> tuple[Any, ...]:
    point = place.point
    if point is None:
        return (None, None, *_read_place(place))
    return (point.lon, point.lat, *_read_place(place))
