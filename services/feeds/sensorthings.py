"""OGC SensorThings API 1.1 and 1.0: Observations, by MQTT (`v1.1/Datastreams(5)/Observations`) or posted.

What an observation measures stands in its Datastream: its observed property (`$expand`ed), else its name. Where there
is only a link, or only the topic, the Datastream is the source and the metric is `result`.

Shapes: OGC 18-088, 8.2.4, 8.2.6, 8.2.8, 14.2; FROST-Server's MQTT.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from services.feeds import Feed, Origin, Said, Unreadable, part_address, with_address
from services.feeds._common import check_name, decode, split_array
from services.feeds._measured import first_time, make_note, make_readings, numbers_in

NAME_MAX = 200
ID_IN = re.compile(r"(?:Multi)?Datastreams\(([^()]*)\)")
"""A Datastream's id in a topic or a link; a text stands in quotes there (OData 4.0, 4.3.1)."""


class Named(msgspec.Struct):
    id: int | str | None = msgspec.field(default=None, name="@iot.id")
    name: str = ""


class Datastream(msgspec.Struct):
    id: int | str | None = msgspec.field(default=None, name="@iot.id")
    name: str = ""
    property: Named | None = msgspec.field(default=None, name="ObservedProperty")
    properties: tuple[Named, ...] = msgspec.field(default=(), name="ObservedProperties")
    thing: Named | None = msgspec.field(default=None, name="Thing")


class Observation(msgspec.Struct):
    result: Any = None
    phenomenon_time: str | None = msgspec.field(default=None, name="phenomenonTime")
    result_time: str | None = msgspec.field(default=None, name="resultTime")
    datastream: Datastream | None = msgspec.field(default=None, name="Datastream")
    multi: Datastream | None = msgspec.field(default=None, name="MultiDatastream")
    link: str = msgspec.field(default="", name="Datastream@iot.navigationLink")
    multi_link: str = msgspec.field(default="", name="MultiDatastream@iot.navigationLink")


class Collection(msgspec.Struct):
    """Several observations: the answer to a query, or a Datastream with its Observations expanded."""

    value: tuple[msgspec.Raw, ...] = ()
    observations: tuple[msgspec.Raw, ...] = msgspec.field(default=(), name="Observations")
    id: int | str | None = msgspec.field(default=None, name="@iot.id")


def split(body: bytes) -> Sequence[bytes]:
    """Part a collection into its observations, each under the address of its Datastream; else it is one message."""
    address, payload = part_address(body)
    parts: Sequence[bytes] = split_array(payload)
    if len(parts) == 1:
        try:
            found = decode(payload, Collection)
        except Unreadable:
            return (body,)
        if found.observations and found.id is not None:
            address = f"Datastreams({_spell(found.id)})/Observations"
        parts = [bytes(each) for each in found.value or found.observations] or [payload]
    return [with_address(address, part) for part in parts] if len(parts) > 1 or parts[0] != payload else (body,)


def _spell(name: int | str) -> str:
    return str(name) if isinstance(name, int) else f"'{name}'"


def sender(body: bytes) -> str:
    """Return the Datastream as topics name it, "" where none can be read."""
    address, payload = part_address(body)
    try:
        return next(iter(_names(decode(payload, Observation), address)), "")
    except Unreadable:
        return ""


def translate(body: bytes, origin: Origin) -> Sequence[Said]:
    """Return the readings of one observation; a note where its result is no number."""
    address, payload = part_address(body)
    observation = decode(payload, Observation)
    stream = observation.datastream or observation.multi
    names = [check_name(name, NAME_MAX) for name in _names(observation, address)]
    if observation.result is None and observation.phenomenon_time is None:
        raise Unreadable("shape", "an Observation has `result` and `phenomenonTime`")
    source = origin.child(*names)
    at = first_time(origin.received_at, _end(observation.phenomenon_time), _end(observation.result_time))
    values = [(metric, value, at) for metric, value in _results(observation.result, stream)]
    if values:
        return make_readings(FEED.name, origin, source.id, values)
    return (make_note(FEED.name, origin, source.id, at, {"datastream": next(iter(names), "")}),)


def _end(time: str | None) -> str:
    """Return an instant, or the end of an interval."""
    return (time or "").rpartition("/")[2]


def _results(result: Any, stream: Datastream | None) -> Iterator[tuple[str, float]]:
    if isinstance(result, list) and stream is not None and len(stream.properties) == len(result):
        for each, measured in zip(stream.properties, result, strict=True):
            yield from numbers_in(measured, each.name or "result")
    else:
        named = (stream.property.name if stream.property else "") or stream.name if stream else ""
        yield from numbers_in(result, named or "result")


def _names(observation: Observation, address: str) -> Iterator[str]:
    """Yield what a source may be called by: the Datastream as topics name it, by id, by name; its Thing."""
    stream = observation.datastream or observation.multi
    found = ID_IN.search(" ".join((address, observation.link, observation.multi_link)))
    stream_id = stream.id if stream and stream.id is not None else found[1].strip("'") if found else None
    if stream_id is not None:
        kind = "MultiDatastreams" if observation.multi or observation.multi_link else "Datastreams"
        yield f"{kind}({stream_id})"
        yield str(stream_id)
    if stream:
        yield from (name for name in (stream.name, stream.thing.name if stream.thing else "") if name)
        if stream.thing and stream.thing.id is not None:
            yield f"Things({stream.thing.id})"


TOPICS: Mapping[str, tuple[str, ...]] = {
    version: (f"{version}/+/Observations", f"{version}/Observations") for version in ("v1.1", "v1.0")
}

FEED = Feed(
    name="sensorthings",
    translate=translate,
    split=split,
    sender=sender,
    key_in_query=True,
    has_address=True,
    mqtt_topics=tuple(topic for topics in TOPICS.values() for topic in topics),
    summary="OGC SensorThings: observations of a FROST or another server",
    pointing=(
        "Bridge the server's MQTT topics v1.1/Datastreams(<id>)/Observations to the broker of WARDLINE_MQTT_URL, or "
        "post observations to /api/v1/intake/sensorthings. A source's `external_id` is `Datastreams(<id>)`; its metric "
        "is the observed property where the observation carries its Datastream, else `result`."
    ),
)
