"""Sparkplug B 3.0: births, data and deaths of edge nodes and their devices, by MQTT.

A birth names all metrics, with a number (alias) for each that later data may use instead of the name. What a birth says
is `Learned` for its node or device, so that data with bare numbers can be read, after a restart too. Where no birth is
known, or only one that is younger than the data, the message is refused with the reason `alias` and can be replayed.

Metrics that are stored-and-forwarded (`is_historical`), null or of bad quality say nothing of now and are left out, as
are texts. Beside its metrics a node or device has `online`: 1 from its birth on, 0 from its death. A death that is not
of the last birth (`bdSeq`) is ignored.

A node numbers what it sends (`seq`, 0 to 255, its devices' messages with its own). Where numbers are missing for longer
than the broker may shuffle them, or data come whose birth is not known, the node is asked for a rebirth (6.4.5, NCMD
`Node Control/Rebirth`).

Shapes: Eclipse Sparkplug 3.0.0, chapters 4 to 6; org.eclipse.tahu.protobuf (sparkplug_b.proto).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qs

import msgspec
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import DecodeError

from services.feeds import Feed, Learned, Origin, Publish, Said, Unreadable, Withdraw, part_address
from services.feeds._common import check_name, from_epoch
from services.feeds._measured import METRIC_MAX, Value, as_number, make_note, make_readings

METRICS_MAX = 10_000
"""Metrics of one birth."""
DEPTH_MAX = 4
"""Templates inside templates."""
NAME_MAX = 199
"""Characters of group, node and device together."""
SEQS = 256
REORDER_S = 2.0
"""How long a missing number is waited for: brokers shuffle messages of different topics by less."""
AHEAD_MAX = 64
"""Numbers that may come before a missing one; past them the count begins anew."""
SEQ_KEY = "#"
"""Begins the key under which is kept how far a node has counted."""
REBIRTH = b"Node Control/Rebirth"
ONLINE = "online"
OWN = ("bdSeq", "Node Control/", "Device Control/", "Node Info/", "Properties/")
"""Metrics by which a node speaks of itself or is spoken to: they measure nothing."""
COMPRESSED = b"SPBV1.0_COMPRESSED"

_TEXT, _BOOL, _FLOAT, _DOUBLE, _UINT32, _UINT64 = (
    descriptor_pb2.FieldDescriptorProto.TYPE_BYTES,  # checked when it is read: a name may be of any bytes
    descriptor_pb2.FieldDescriptorProto.TYPE_BOOL,
    descriptor_pb2.FieldDescriptorProto.TYPE_FLOAT,
    descriptor_pb2.FieldDescriptorProto.TYPE_DOUBLE,
    descriptor_pb2.FieldDescriptorProto.TYPE_UINT32,
    descriptor_pb2.FieldDescriptorProto.TYPE_UINT64,
)
FIELDS: Mapping[str, Mapping[str, tuple[int, Any]]] = {
    "Payload": {"timestamp": (1, _UINT64), "metrics": (2, "*Metric"), "seq": (3, _UINT64), "uuid": (4, _TEXT)},
    "Metric": {
        "name": (1, _TEXT), "alias": (2, _UINT64), "timestamp": (3, _UINT64), "datatype": (4, _UINT32),
        "is_historical": (5, _BOOL), "is_null": (7, _BOOL), "properties": (9, "PropertySet"),
        "int_value": (10, _UINT32), "long_value": (11, _UINT64), "float_value": (12, _FLOAT),
        "double_value": (13, _DOUBLE), "boolean_value": (14, _BOOL), "template_value": (18, "Template"),
    },
    "Template": {"metrics": (2, "*Metric")},
    "PropertySet": {"keys": (1, "*bytes"), "values": (2, "*PropertyValue")},
    "PropertyValue": {"int_value": (3, _UINT32)},
}  # fmt: skip
"""The fields of sparkplug_b.proto that are read: message -> field -> (number, type); `*` is repeated."""
NUMBERS = ("int_value", "long_value", "float_value", "double_value", "boolean_value")
SIGNED = {1: 32, 2: 32, 3: 32, 4: 64}
"""Data types Int8, Int16, Int32, Int64, and the bits of the field in which they lie as two's complement."""
BOOLEAN, DATE_TIME = 11, 13
GOOD = 192
"""The property `Quality` of a value that may be trusted (6.4.19); 0 is bad, 500 is stale."""


@lru_cache(maxsize=1)
def _payload_class() -> Any:
    """Return the protobuf class of a payload, made from the table above."""
    file = descriptor_pb2.FileDescriptorProto(name="wardline/sparkplug_b.proto", package="wardline.sparkplug")
    for name, fields in FIELDS.items():
        message = file.message_type.add(name=name)
        for field, (number, kind) in fields.items():
            _add_field(message, field, number, kind)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("wardline.sparkplug.Payload"))


def _add_field(message: Any, name: str, number: int, kind: Any) -> None:
    of = descriptor_pb2.FieldDescriptorProto
    is_list = isinstance(kind, str) and kind.startswith("*")
    added = message.field.add(name=name, number=number, label=of.LABEL_REPEATED if is_list else of.LABEL_OPTIONAL)
    if not isinstance(kind, str):
        added.type = kind
    elif kind == "*bytes":
        added.type = of.TYPE_BYTES
    else:
        added.type, added.type_name = of.TYPE_MESSAGE, ".wardline.sparkplug." + kind.lstrip("*")


def make_payload(fields: Mapping[str, Any]) -> bytes:
    """Return a payload as an edge node would send it, for tests and for trying a connection."""
    found: bytes = _payload_class()(**fields).SerializeToString()
    return found


class Birth(msgspec.Struct, array_like=True):
    """What a birth taught: when it was (ms), its `bdSeq`, alias -> name, and name -> data type."""

    at_ms: int
    bd_seq: int
    names: dict[int, str]
    types: dict[str, int]


class Counted(msgspec.Struct, array_like=True):
    """The last number up to which a node's messages have come, and those that came before a missing one."""

    last: int
    ahead: list[int]


class Topic(msgspec.Struct, frozen=True):
    """`spBv1.0/{group}/{message}/{node}[/{device}]` (4.1)."""

    group: str
    message: str
    node: str
    device: str = ""

    @property
    def owner(self) -> str:
        """The name of the node, whose numbers its devices share."""
        return f"{self.group}/{self.node}"

    @property
    def descriptor(self) -> str:
        """The name of the node or the device that is unique at a broker."""
        return "/".join(part for part in (self.group, self.node, self.device) if part)


def _read_topic(address: str) -> Topic:
    named = parse_qs(address[1:]).get("topic", [""])[-1] if address[:1] == "?" else address
    parts = named.split("/")
    is_device = len(parts) == 5
    if parts[0] != "spBv1.0" or not 4 <= len(parts) <= 5 or parts[2] not in (DEVICE if is_device else NODE):
        raise Unreadable("topic", f"{address[:200]!r} is no topic of a Sparkplug node or device")
    topic = Topic(parts[1], parts[2], *parts[3:])
    check_name(topic.descriptor, NAME_MAX)
    return topic


def sender(body: bytes) -> str:
    """Return `group/node[/device]`, "" where none can be read."""
    try:
        return _read_topic(part_address(body)[0]).descriptor
    except Unreadable:
        return ""


def translate(body: bytes, origin: Origin) -> Sequence[Said]:
    """Return what the message says of its node or device: readings, and from a birth what it teaches."""
    address, payload = part_address(body)
    topic = _read_topic(address)
    found = _parse(payload)
    try:
        said = (NODE | DEVICE)[topic.message](topic, found, origin)
    except Unreadable as unreadable:
        if unreadable.reason != "alias":
            raise
        raise Unreadable("alias", unreadable.detail, asks=(_rebirth(topic, origin),)) from None
    return [*said, *_count(topic, found, origin)]


def _count(topic: Topic, payload: Any, origin: Origin) -> Sequence[Said]:
    """Follow the numbers of a node; ask for a rebirth where one stays missing."""
    key = SEQ_KEY + topic.owner
    if topic.message == "NDEATH" or not payload.HasField("seq"):
        return ()
    seq = payload.seq % SEQS
    doc = origin.recall_shared(key)
    if topic.message == "NBIRTH":
        known = _recall(topic, origin)
        if known is not None and known.at_ms > payload.timestamp:
            return ()
        return (_counted(key, Counted(seq, [])), Withdraw(key=topic.owner))
    if doc is None:
        return (_rebirth(topic, origin),)
    before = msgspec.json.decode(doc, type=Counted)
    distance = (seq - before.last) % SEQS
    if distance == 0 or distance > SEQS // 2 or seq in before.ahead:
        return ()  # it has come before, or is older than the last birth
    if distance == 1:
        after = _advance(Counted(seq, before.ahead))
        settled = (Withdraw(key=topic.owner),) if before.ahead and not after.ahead else ()
        return (_counted(key, after), *settled)
    ahead = [*before.ahead, seq]
    after = Counted(before.last, ahead) if len(ahead) <= AHEAD_MAX else Counted(seq, [])
    return (_counted(key, after), _rebirth(topic, origin))


def _advance(counted: Counted) -> Counted:
    """Count on over what had come before its turn."""
    last, ahead = counted.last, set(counted.ahead)
    while (following := (last + 1) % SEQS) in ahead:
        ahead.remove(following)
        last = following
    return Counted(last, sorted(ahead))


def _counted(key: str, counted: Counted) -> Learned:
    return Learned(key=key, doc=msgspec.json.encode(counted), is_shared=True)


def _rebirth(topic: Topic, origin: Origin) -> Publish:
    """Return the request that a node be born again (6.4.5)."""
    at_ms = round(origin.received_at.timestamp() * 1_000)
    metric = {"name": REBIRTH, "datatype": BOOLEAN, "boolean_value": True, "timestamp": at_ms}
    return Publish(
        key=topic.owner,
        topic=f"spBv1.0/{topic.group}/NCMD/{topic.node}",
        payload=make_payload({"timestamp": at_ms, "metrics": [metric]}),
        wait_s=REORDER_S,
    )


def _parse(payload: bytes) -> Any:
    try:
        found = _payload_class().FromString(payload)
    except (DecodeError, RecursionError) as error:
        raise Unreadable("protobuf", str(error)) from None
    if found.uuid == COMPRESSED:
        raise Unreadable("compressed", "the payload is compressed, which Sparkplug B 3.0 does not describe")
    if len(found.metrics) > METRICS_MAX:
        raise Unreadable("size", f"{len(found.metrics)} metrics in one message; at most {METRICS_MAX}")
    return found


def _take_birth(topic: Topic, payload: Any, origin: Origin) -> Sequence[Said]:
    named = [(metric, _name_of(metric)) for metric in payload.metrics]
    birth = Birth(
        at_ms=payload.timestamp,
        bd_seq=next((metric.long_value for metric, name in named if name == "bdSeq"), 0),
        names={metric.alias: name for metric, name in named if metric.HasField("alias")},
        types={name: metric.datatype for metric, name in named},
    )
    known = _recall(topic, origin)
    said = _readings(topic, payload, birth, origin, online=1.0)
    if known is not None and known.at_ms > birth.at_ms:
        return said  # an older birth, come late or replayed, must not put its numbers over the newer ones
    return [Learned(key=topic.descriptor, doc=msgspec.json.encode(birth)), *said]


def _take_data(topic: Topic, payload: Any, origin: Origin) -> Sequence[Said]:
    known = _recall(topic, origin)
    if any(not metric.name for metric in payload.metrics):
        if known is None:
            raise Unreadable("alias", f"{topic.descriptor} names metrics by number, and no birth of it is known")
        if payload.timestamp and payload.timestamp < known.at_ms:
            raise Unreadable("alias", f"the numbers are older than the last birth of {topic.descriptor}")
    return _readings(topic, payload, known or Birth(0, 0, {}, {}), origin)


def _take_death(topic: Topic, payload: Any, origin: Origin) -> Sequence[Said]:
    """A node's death is its last will, set at its birth: that of an earlier birth may come after a newer one."""
    bd_seq = next((metric.long_value for metric in payload.metrics if metric.name == b"bdSeq"), None)
    known = _recall(topic, origin)
    if bd_seq is not None and known is not None and bd_seq != known.bd_seq:
        return ()
    # A last will carries the time of the birth; a node died when the broker told so.
    values = [(ONLINE, 0.0, origin.received_at)]
    return make_readings(FEED.name, origin, _source(topic, origin), values)


NODE = {"NBIRTH": _take_birth, "NDATA": _take_data, "NDEATH": _take_death}
DEVICE = {"DBIRTH": _take_birth, "DDATA": _take_data, "DDEATH": _take_death}


def _recall(topic: Topic, origin: Origin) -> Birth | None:
    doc = origin.recall(topic.descriptor)
    return None if doc is None else msgspec.json.decode(doc, type=Birth)


def _source(topic: Topic, origin: Origin) -> Any:
    last = topic.device or topic.node
    return origin.child(topic.descriptor, f"{topic.node}/{topic.device}" if topic.device else "", last).id


def _readings(topic: Topic, payload: Any, birth: Birth, origin: Origin, online: float | None = None) -> Sequence[Said]:
    source = _source(topic, origin)
    at = _time(payload.timestamp, origin.received_at)
    values = list(_values(payload.metrics, birth, at, origin.received_at))
    if online is not None:
        values.append((ONLINE, online, at))
    if values:
        return make_readings(FEED.name, origin, source, values, METRICS_MAX)
    return (make_note(FEED.name, origin, source, at, {"message": topic.message}),)


def _time(at_ms: int, received_at: datetime) -> datetime:
    return from_epoch(at_ms / 1000, received_at) if at_ms else received_at


def _values(metrics: Iterable[Any], birth: Birth, at: datetime, received_at: datetime) -> Iterator[Value]:
    for metric in metrics:
        name = _name_of(metric, birth)
        if metric.is_historical or name.startswith(OWN) or not _is_good(metric):
            continue
        moment = _time(metric.timestamp, received_at) if metric.timestamp else at
        yield from ((path, number, moment) for path, number in _numbers(metric, name, birth))


def _name_of(metric: Any, birth: Birth | None = None) -> str:
    if not metric.name and birth is not None:
        name = birth.names.get(metric.alias)
        if name is None or not metric.HasField("alias"):
            raise Unreadable("alias", f"no metric has the number {metric.alias} since the last birth")
        return name
    try:
        return check_name(metric.name.decode(), METRIC_MAX)
    except UnicodeDecodeError:
        raise Unreadable("protobuf", "a metric's name is not UTF-8") from None


def _is_good(metric: Any) -> bool:
    """Say whether the value may be trusted; without the property `Quality` it may."""
    pairs = zip(metric.properties.keys, metric.properties.values, strict=False)
    return not metric.is_null and all(value.int_value == GOOD for key, value in pairs if key == b"Quality")


def _numbers(metric: Any, name: str, birth: Birth, depth: int = 0) -> Iterator[tuple[str, float]]:
    """Yield the metric's number, or those of the members of a template as `name/member`."""
    datatype = metric.datatype or birth.types.get(name, 0)
    for field in NUMBERS:
        if metric.HasField(field) and datatype != DATE_TIME:
            value = getattr(metric, field)
            bits = SIGNED.get(datatype, 0)
            number = as_number(value - (1 << bits) if bits and value >= 1 << (bits - 1) else value)
            if number is not None:
                yield name, number
    if depth < DEPTH_MAX:
        for inner in metric.template_value.metrics:
            if not inner.is_null and inner.name:
                yield from _numbers(inner, f"{name}/{_name_of(inner)}"[:METRIC_MAX], birth, depth + 1)


FEED = Feed(
    name="sparkplug",
    translate=translate,
    sender=sender,
    has_address=True,
    mqtt_topics=(
        *(f"spBv1.0/+/{message}/+" for message in NODE),
        *(f"spBv1.0/+/{message}/+/+" for message in DEVICE),
    ),
    summary="Sparkplug B edge nodes and devices: metrics since their birth, and whether they are online",
    pointing=(
        "Let the edge nodes publish to the broker of WARDLINE_MQTT_URL. A source's `external_id` is "
        "<group>/<node>/<device>, <node>/<device> or the last part alone. A node whose birth was missed is asked for "
        "another: the account of WARDLINE_MQTT_URL must be let publish to spBv1.0/+/NCMD/+."
    ),
)
