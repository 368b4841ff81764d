"""Frigate NVR, 0.12 to 0.17: `frigate/events` and `frigate/reviews`, by MQTT or posted as they are.

Frigate repeats `update` for an object that stands still, about once a minute for as long as it stands; the
tracked object's id is the episode, so all of them speak of one happening. What must last before it counts (a
car that parks) says nothing until it has lasted: the city's video types carry that time.

Its messages name no picture. Where the pack says at which address a Frigate answers (`pull`), the snapshot of an
object that counts is fetched and comes back as a message of our own, of type `snapshot`, which opens nothing.

Shapes: docs.frigate.video/integrations/mqtt, and captured messages of 0.12 and 0.15.
"""

import re
from collections.abc import Sequence
from urllib.parse import quote

import msgspec

from dispatch.city import Source
from dispatch.event import Event, Phase, Vocabulary
from dispatch.ids import EventId
from services.feeds import Feed, FetchPicture, Origin, Said, Unreadable, part_media
from services.feeds._common import decode, from_epoch, share

PHASES = {"new": Phase.OPEN, "update": Phase.UPDATE, "end": Phase.CLOSE}
ASIDE = frozenset({"description", "face", "lpr", "classification"})
"""Kinds of `tracked_object_update`: what Frigate adds to an object later. They say nothing new of the street."""


SNAPSHOT = "snapshot"
"""The type of our own message that brings an object's picture."""
EVENT_ID = re.compile(r"[0-9A-Za-z._-]{1,64}")
"""An object's id, such as 1718987129.308396-fqk5ka; of any other form no picture is asked for."""


class TrackedObject(msgspec.Struct):
    """`after` of frigate/events. Fields we do not use are ignored, as for every vendor's format."""

    id: str
    camera: str
    label: str
    start_time: float
    frame_time: float | None = None
    end_time: float | None = None
    top_score: float | None = None
    score: float | None = None
    stationary: bool = False
    false_positive: bool = False
    sub_label: str | tuple[str | None, float | None] | None = None
    current_zones: tuple[str, ...] = ()
    box: tuple[float, ...] | None = None
    has_snapshot: bool = False
    wardline_media: tuple[str, ...] = ()
    """Ids of pictures that the sender has put into our media store. Frigate itself never sends it."""


class ReviewData(msgspec.Struct):
    detections: tuple[str, ...] = ()
    objects: tuple[str, ...] = ()
    zones: tuple[str, ...] = ()


class Review(msgspec.Struct):
    """`after` of frigate/reviews: a span of time worth a look, over one or more tracked objects."""

    id: str
    camera: str
    start_time: float
    severity: str
    data: ReviewData
    end_time: float | None = None


NULL = msgspec.Raw(b"null")
"""msgspec cannot read `Raw | None`: it would take null alone."""


class Message(msgspec.Struct):
    type: str
    after: msgspec.Raw = NULL


class Probe(msgspec.Struct):
    """Tells a review from a tracked object: only a tracked object has a label."""

    label: str | None = None


class Named(msgspec.Struct):
    camera: str = ""


def sender(body: bytes) -> str:
    """Return the camera that a message is of, "" where none can be read."""
    try:
        after = decode(body, Message).after
        return "" if after == NULL else decode(bytes(after), Named).camera
    except Unreadable:
        return ""


def translate(body: bytes, origin: Origin) -> Sequence[Said]:
    """Return the event of the message; none for what the city has no type for or that has not lasted."""
    media, body = part_media(body)
    message = decode(body, Message)
    if message.type == SNAPSHOT and message.after != NULL:
        return _snapshot(decode(bytes(message.after), TrackedObject), media, origin)
    if message.type in ASIDE:
        return ()
    phase = PHASES.get(message.type)
    if phase is None or message.after == NULL:
        raise Unreadable("shape", f"a Frigate message of type {message.type!r} with no `after` that we know")
    after = bytes(message.after)
    if decode(after, Probe).label is None:
        return _review(decode(after, Review), phase, origin)
    seen = decode(after, TrackedObject)
    said = _tracked(seen, phase, origin)
    return [*said, *_wanted(seen, origin)] if said else said


def _wanted(seen: TrackedObject, origin: Origin) -> Sequence[FetchPicture]:
    """Return the picture of an object that counts, where Frigate has one and the city says where it is asked."""
    if not origin.source.pull or not seen.has_snapshot or seen.wardline_media or not EVENT_ID.fullmatch(seen.id):
        return ()
    told = {
        "id": seen.id,
        "camera": seen.camera,
        "label": seen.label,
        "sub_label": seen.sub_label,
        "start_time": seen.start_time,
    }
    event = f"/api/events/{quote(seen.id, safe='')}"
    return (
        FetchPicture(
            key=seen.id,
            paths=(f"{event}/snapshot.jpg?bbox=1", f"{event}/thumbnail.jpg"),
            message=msgspec.json.encode({"type": SNAPSHOT, "after": told}),
        ),
    )


def _snapshot(seen: TrackedObject, media: tuple[str, ...], origin: Origin) -> Sequence[Said]:
    kind = _kind(seen, origin)
    if not kind or not media:
        return ()
    source = origin.child(seen.camera)
    return (
        Event(
            id=EventId(f"{origin.message_id}/0"),
            feed=FEED.name,
            source_id=source.id,
            vocabulary=Vocabulary.VIDEO,
            kind=kind,
            observed_at=from_epoch(seen.start_time, origin.received_at),
            received_at=origin.received_at,
            phase=Phase.SYNC,
            episode=_episode(seen, source),
            media=media,
            attributes={"camera": seen.camera, "label": seen.label},
        ),
    )


def _episode(seen: TrackedObject, source: Source) -> str:
    return f"{source.id}/{seen.camera}/{seen.id}"


def _tracked(seen: TrackedObject, phase: Phase, origin: Origin) -> Sequence[Said]:
    kind = _kind(seen, origin)
    if not kind or seen.false_positive:
        return ()
    observed_s = seen.end_time if seen.end_time is not None else seen.frame_time or seen.start_time
    dwell_s = origin.dwell_s(kind)
    lasted = observed_s - seen.start_time >= dwell_s
    if phase is not Phase.CLOSE and (not lasted or (dwell_s > 0 and _moves(seen))):
        return ()
    source = origin.child(seen.camera)
    score = seen.top_score if seen.top_score is not None else seen.score
    attributes: dict[str, str | float | int | bool | None] = {"camera": seen.camera, "label": seen.label}
    if seen.current_zones:
        attributes["zones"] = ",".join(seen.current_zones)
    if seen.box:
        attributes["box"] = ",".join(f"{edge:g}" for edge in seen.box)
    return (
        Event(
            id=EventId(f"{origin.message_id}/0"),
            feed=FEED.name,
            source_id=source.id,
            vocabulary=Vocabulary.VIDEO,
            kind=kind,
            observed_at=from_epoch(observed_s, origin.received_at),
            received_at=origin.received_at,
            phase=phase,
            episode=_episode(seen, source),
            confidence=share(score),
            media=seen.wardline_media,
            attributes=attributes,
        ),
    )


def _kind(seen: TrackedObject, origin: Origin) -> str:
    """A sub-label (a classifier's finer word) counts before the detector's label."""
    sub_label = seen.sub_label[0] if isinstance(seen.sub_label, tuple) else seen.sub_label
    return (origin.kind_of_label(sub_label) if sub_label else "") or origin.kind_of_label(seen.label)


def _moves(seen: TrackedObject) -> bool:
    """Only Frigate's own object classes can drive by; a trained label (a full bin) has no `stationary` of use."""
    return seen.label in MOVING and not seen.stationary


MOVING = frozenset({"car", "truck", "bus", "motorcycle", "bicycle", "boat", "person"})


def _review(review: Review, phase: Phase, origin: Origin) -> Sequence[Said]:
    if review.severity != "alert":
        return ()
    source = origin.child(review.camera)
    observed_s = review.end_time if review.end_time is not None else review.start_time
    events: list[Said] = []
    for label in dict.fromkeys(review.data.objects):
        kind = origin.kind_of_label(label.removesuffix("-verified"))
        # A review does not say how long its object stood; what must last is left to the object's own messages.
        if not kind or (origin.dwell_s(kind) > 0 and phase is not Phase.CLOSE):
            continue
        events.append(
            Event(
                id=EventId(f"{origin.message_id}/{len(events)}"),
                feed=FEED.name,
                source_id=source.id,
                vocabulary=Vocabulary.VIDEO,
                kind=kind,
                observed_at=from_epoch(observed_s, origin.received_at),
                received_at=origin.received_at,
                phase=phase,
                episode=f"{source.id}/{review.camera}/{review.id}/{kind}",
                attributes={"camera": review.camera, "review": review.id, "label": label},
            )
        )
    return events


FEED = Feed(
    name="frigate",
    translate=translate,
    sender=sender,
    mqtt_topics=("frigate/events", "frigate/reviews"),
    summary="Frigate NVR: tracked objects and reviews of its cameras",
    pointing=(
        "In Frigate's config set `mqtt: {enabled: true, host: <broker>}` with the broker of WARDLINE_MQTT_URL, or post "
        "the payload of frigate/events to /api/v1/intake/frigate. A camera is known by its `external_id` in the pack. "
        "For pictures give the source (the cameras' gateway) Frigate's address, `--pull http://<frigate>:5000`."
    ),
)
