"""What feeds of sensors need: numbers out of any JSON, their readings, and times as vendors write them."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from math import isfinite
from typing import Any

from dispatch.event import Event, Phase, Reading, Vocabulary
from dispatch.ids import EventId, SourceId
from gis.point import LonLat
from services.feeds import Origin, Unreadable
from services.feeds._common import check_time, position

READINGS_MAX = 1_000
"""Readings in one message: a day of a minute-by-minute sensor is 1,440, sent in two."""
DEPTH_MAX = 8
"""Levels of objects that are looked into; what a codec makes has two or three."""
METRIC_MAX = 200
"""Characters of a metric's name."""

Value = tuple[str, float, datetime]
"""(metric, value, observed at)."""


def numbers_in(value: object, name: str = "", depth: int = 0) -> Iterator[tuple[str, float]]:
    """Yield (dotted name, number) of every number in a JSON value, in its order.

    True is 1 and false is 0. Texts are left out, and what stands deeper than `DEPTH_MAX`.
    """
    if isinstance(value, Mapping | list):
        if depth >= DEPTH_MAX:
            return
        for key, inner in value.items() if isinstance(value, Mapping) else enumerate(value):
            yield from numbers_in(inner, f"{name}.{key}" if name else str(key), depth + 1)
    elif name and len(name) <= METRIC_MAX and (number := as_number(value)) is not None:
        yield name, number


def as_number(value: object) -> float | None:
    """Return a JSON number or boolean as a number, None for anything else and for what no float can hold."""
    if not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if isfinite(number) else None


def make_readings(
    feed: str, origin: Origin, source: SourceId, values: Iterable[Value], most: int = READINGS_MAX
) -> list[Reading]:
    """Return the values as readings of one source, in order.

    :raises Unreadable: reason `size` past `most`.
    """
    found = [
        Reading(
            id=EventId(f"{origin.message_id}/{n}"),
            feed=feed,
            source_id=source,
            metric=metric,
            value=value,
            observed_at=at,
            received_at=origin.received_at,
        )
        for n, (metric, value, at) in enumerate(values)
    ]
    if len(found) > most:
        raise Unreadable("size", f"{len(found)} readings in one message; at most {most}")
    return found


def make_note(feed: str, origin: Origin, source: SourceId, observed_at: datetime, notes: Mapping[str, Any]) -> Event:
    """Return that the source is there and what it says of itself: an event that opens no case and closes none."""
    return Event(
        id=EventId(f"{origin.message_id}/0"),
        feed=feed,
        source_id=source,
        vocabulary=Vocabulary.TEXT,
        observed_at=observed_at,
        received_at=origin.received_at,
        phase=Phase.SYNC,
        attributes={name: value for name, value in notes.items() if value not in ("", None)},
    )


def find_time(text: str, received_at: datetime, *, zone: bool = True) -> datetime | None:
    """Return an ISO 8601 time, checked as `check_time` does; None for "". Decimals past the sixth are cut off.

    `zone=False` takes a time without a zone as UTC.

    :raises Unreadable: reason `time` for what is no time.
    """
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError:
        raise Unreadable("time", f"{text[:80]!r} is no time") from None
    return check_time(at if zone or at.tzinfo else at.replace(tzinfo=UTC), received_at)


def first_time(received_at: datetime, *texts: str, zone: bool = True) -> datetime:
    """Return the first time that is given; that of receipt where none is."""
    return find_time(next((text for text in texts if text), ""), received_at, zone=zone) or received_at


def find_position(lon: object, lat: object, datum: str) -> LonLat | None:
    """Return the WGS-84 position, as `position` does; None also for 0, 0, which senders write for "unknown"."""
    east, north = as_number(lon), as_number(lat)
    return position(east, north, datum) if east or north else None
