"""CloudEvents 1.0 (JSON event format), structured or batched; the door turns binary mode into structured.

`source` + `id` make an event this event and no other (CloudEvents 1.0, section 3.1.1).
"""

import base64
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any

import msgspec

from dispatch.blurs import Blur, blur_around, join_blurs
from dispatch.event import Event, Phase, Vocabulary
from dispatch.ids import EventId
from services.feeds import Feed, Origin, Said, Unreadable
from services.feeds._common import check_text, check_time, decode, position, span_episode, split_array

Filled = Annotated[str, msgspec.Meta(min_length=1, max_length=1_000)]
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]


class Identity(msgspec.Struct):
    id: Filled
    source: Filled


class CloudEvent(msgspec.Struct):
    """The attributes that we read. Extension attributes are ignored, and null is as good as none (JSON schema)."""

    id: Filled
    source: Filled
    specversion: str
    type: Filled
    time: datetime | None = None
    subject: str | None = None
    datacontenttype: str | None = None
    data: Any = None
    data_base64: str | None = None


class Data(msgspec.Struct, forbid_unknown_fields=False):
    """What Wardline looks for in `data`; all of it optional."""

    category: str = ""
    kind: str = ""
    text: str = ""
    description: str = ""
    lon: float | None = None
    lat: float | None = None
    datum: str = ""
    accuracy_m: Annotated[float, msgspec.Meta(ge=0)] | None = None
    address: str = ""
    component: str = ""
    phase: Phase = Phase.PULSE
    episode: str = ""
    severity: Annotated[int, msgspec.Meta(ge=1, le=3)] = 2
    confidence: Annotated[float, msgspec.Meta(ge=0, le=1)] | None = None
    media: tuple[str, ...] = ()
    private: dict[str, tuple[tuple[Share, Share, Share, Share], ...]] = {}
    """Id of one of `media` -> boxes of faces and plates in it, (x, y, width, height) in shares of it from the top left
    corner. They are hidden from the first moment (ADR 0062).
    """


def key(part: bytes) -> bytes | None:
    """Return `source` and `id`; None where the event has none (it will be quarantined)."""
    try:
        identity = decode(part, Identity)
    except Unreadable:
        return None
    return f"{identity.source}\0{identity.id}".encode("utf-8", "surrogatepass")


def translate(body: bytes, origin: Origin) -> Sequence[Said]:
    """Return the one event that a CloudEvent is."""
    cloud = decode(body, CloudEvent)
    if cloud.specversion != "1.0":
        raise Unreadable("version", f"CloudEvents {cloud.specversion!r}; we read 1.0")
    data = _data(cloud)
    source = origin.child(cloud.source)
    vocabulary, kind = _kind(cloud, data, origin)
    point = position(data.lon, data.lat, data.datum or source.datum)
    return (
        Event(
            id=EventId(f"{origin.message_id}/0"),
            feed=FEED.name,
            source_id=source.id,
            vocabulary=vocabulary,
            kind=kind,
            text=check_text(data.text or data.description or ("" if kind else cloud.subject or cloud.type)),
            observed_at=check_time(cloud.time, origin.received_at) if cloud.time else origin.received_at,
            received_at=origin.received_at,
            phase=data.phase,
            episode=span_episode(data.episode, source, kind, data.phase, point),
            severity=data.severity,
            confidence=data.confidence,
            point=point,
            accuracy_m=data.accuracy_m,
            place_text=check_text(data.address),
            component=data.component,
            media=data.media,
            blurs={media_id: blurs for media_id in data.media if (blurs := _blurs(data.private.get(media_id, ())))},
            attributes={"type": cloud.type, "source": cloud.source},
        ),
    )


def _blurs(boxes: Sequence[Blur]) -> tuple[Blur, ...]:
    found = (blur_around(x, y, x + width, y + height) for x, y, width, height in boxes)
    return join_blurs([blur for blur in found if blur is not None])


def _data(cloud: CloudEvent) -> Data:
    """Read `data` where it is an object; a text is the event's words; anything else says nothing to us."""
    data = cloud.data if cloud.data_base64 is None else _decode_base64(cloud.data_base64, cloud.datacontenttype or "")
    if isinstance(data, str):
        return Data(text=data)
    if not isinstance(data, Mapping):
        return Data()
    try:
        return msgspec.convert(data, Data)
    except msgspec.ValidationError as error:
        raise Unreadable("shape", f"data: {error}") from None


def _decode_base64(text: str, content_type: str) -> Any:
    """Read `data_base64` (CloudEvents JSON format 1.0.2, section 3.1.1): JSON, which is what no content type means
    too, or words; of other types, a picture say, we read nothing.
    """
    media_type = content_type.partition(";")[0].strip().lower()
    try:
        raw = base64.b64decode(text, validate=True)
    except ValueError as error:
        raise Unreadable("shape", f"data_base64: {error}") from None
    if media_type.startswith("text/"):
        return raw.decode("utf-8", "replace")
    if media_type in ("", "application/json") or media_type.endswith("+json"):
        return decode(raw, Any) if raw else None
    return None


def _kind(cloud: CloudEvent, data: Data, origin: Origin) -> tuple[Vocabulary, str]:
    if data.category:
        return Vocabulary.CATEGORY, data.category
    for word in (data.kind, cloud.type.rsplit(".", 1)[-1]):
        if word and (kind := origin.kind_of_label(word)):
            return Vocabulary.VIDEO, kind
    return Vocabulary.TEXT, ""


FEED = Feed(
    name="cloudevents",
    translate=translate,
    split=split_array,
    key=key,
    summary="CloudEvents 1.0 over HTTP: structured, binary and batched",
    pointing="Post CloudEvents to /api/v1/events with the key as a Bearer token.",
)
