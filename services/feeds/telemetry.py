"""Readings of sensors, as plain JSON: Wardline's own shape, and the `ts`/`values` shape of ThingsBoard gateways."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from math import isfinite

import msgspec

from dispatch.event import Reading
from dispatch.ids import EventId
from services.feeds import Feed, Origin, Said, Unreadable
from services.feeds._common import check_time, decode, from_epoch, split_array

READINGS_MAX = 1_000
"""Readings in one message: a day of a minute-by-minute sensor is 1,440, sent in two."""


class One(msgspec.Struct, forbid_unknown_fields=True):
    """One measured value; `at` RFC 3339 with a zone."""

    metric: str
    value: float
    unit: str = ""
    at: datetime | None = None


class Message(msgspec.Struct):
    """Either `readings`, each with its own time, or `ts` (ms since 1970) with `values` by metric."""

    source: str = ""
    at: datetime | None = None
    readings: tuple[One, ...] = ()
    ts: float | None = None
    values: Mapping[str, float | bool | str | None] = {}


def translate(body: bytes, origin: Origin) -> Sequence[Said]:
    """Return the readings, in the message's order."""
    message = decode(body, Message)
    values = list(_values(message, origin))
    if not values:
        raise Unreadable("empty", "neither `readings` nor `values` hold a number")
    if len(values) > READINGS_MAX:
        raise Unreadable("size", f"{len(values)} readings in one message; at most {READINGS_MAX}")
    source = origin.child(message.source) if message.source else origin.source
    return [
        Reading(
            id=EventId(f"{origin.message_id}/{n}"),
            feed=FEED.name,
            source_id=source.id,
            metric=metric,
            value=value,
            observed_at=at,
            received_at=origin.received_at,
        )
        for n, (metric, value, at) in enumerate(values)
    ]


def _values(message: Message, origin: Origin) -> Iterable[tuple[str, float, datetime]]:
    received_at = origin.received_at
    base = check_time(message.at, received_at) if message.at else received_at
    for one in message.readings:
        yield one.metric, one.value, check_time(one.at, received_at) if one.at else base
    at = from_epoch(message.ts / 1000, received_at) if message.ts is not None else base
    for metric, value in message.values.items():
        number = _number(value)
        if number is not None:
            yield metric, number, at


def _number(value: float | bool | str | None) -> float | None:
    """Gateways send numbers as text and switches as booleans; what is neither (a firmware's name) is left out."""
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return None
    return float(value) if value is not None and isfinite(value) else None


FEED = Feed(
    name="telemetry",
    translate=translate,
    split=split_array,
    key_in_query=True,
    mqtt_topics=("wardline/telemetry/+",),
    summary="Sensor readings as JSON; the city's rules turn them into events",
    pointing=(
        'Post {"source": "<external id>", "readings": [{"metric": "CH4", "value": 12.5}]} to /api/v1/intake/telemetry.'
    ),
)
