"""Frigate NVR, 0.12 to 0.17: `frigate/events` and `frigate/reviews`, by MQTT or posted as they are.

Frigate repeats `update` for an object that stands still, about once a minute for as long as it stands; the
tracked object's id is the episode, so all of them speak of one happening. What must last before it counts (a
car that parks) says nothing until it has lasted: the city's video types carry that time.

Its messages name no picture. Where the pack says at which address a Frigate answers (`pull`), the snapshot of an
object that counts is fetched and comes back as a message of our own, of type `snapshot`, which opens nothing.

Faces and plates are attributes of an object. Of one that has such, what Frigate keeps of the object is fetched behind
the snapshot: there their boxes, those of the snapshot's frame, are shares of it, while messages tell pixels of a frame
whose size they do not tell. Where it is not sure that the boxes are of this picture all of it is blurred (ADR 0062).

Shapes: docs.frigate.video/integrations/mqtt and /api (`/events/{id}`), and captured messages of 0.12 and 0.15.
"""

import re
from collections.abc import Sequence
from typing import Any, NamedTuple
from urllib.parse import quote

import msgspec

from dispatch.blurs import WHOLE, Blur, blur_around, join_blurs
from dispatch.city import Source
from dispatch.event import Event, Phase, Vocabulary
from dispatch.ids import EventId
from services.feeds import Feed, Fetched, FetchPicture, Origin, Said, Unreadable, part_media
from services.feeds._common import decode, from_epoch, share

PHASES = {"new": Phase.OPEN, "update": Phase.UPDATE, "end": Phase.CLOSE}
ASIDE = frozenset({"description", "face", "lpr", "classification"})
"""Kinds of `tracked_object_update`: what Frigate adds to an object later. They say nothing new of the street."""


SNAPSHOT = "snapshot"
"""The type of our own message that brings an object's picture."""
EVENT_ID = re.compile(r"[0-9A-Za-z._-]{1,64}")
"""An object's id, such as 1718987129.308396-fqk5ka; of any other form no picture is asked for."""


PRIVATE = frozenset({"face", "license_plate"})
"""Attributes (and labels, of a camera that is set up for plates alone) by which a person is told from others."""
SQUARE_PX = 2
"""A picture whose sides differ by no more is a cut-out: Frigate's `snapshots: crop`, and thumbnails, are square, frames
seldom are. Shares of the frame are none of it."""
SHAPE_SLACK = 0.02
"""By how much the shape of a picture may differ from that of the frame and still be all of it, made smaller."""
EDGE_MAX = 1_000_000.0


NULL = msgspec.Raw(b"null")
"""msgspec cannot read `Raw | None`: it would take null alone."""


class Attribute(NamedTuple):
    """What is seen of an object. `box` is in pixels of the detect stream in messages, (x, y, width, height) in shares
    of the frame where Frigate is asked for the object.
    """

    label: str
    box: Any


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
    snapshot: msgspec.Raw = NULL
    attributes: msgspec.Raw = NULL
    current_attributes: msgspec.Raw = NULL
    recognized_license_plate: msgspec.Raw = NULL
    """These four, of faces and plates, are read for pictures alone, as far as they can be: no event is lost for them.
    `snapshot` has `attributes` of its own frame, `current_attributes` are of the latest, `attributes` the best scores.
    """
    wardline_media: tuple[str, ...] = ()
    """Ids of pictures that the sender has put into our media store. Frigate itself never sends it."""
    wardline_private: bool = False
    """Of our own message alone: the object had a face or a plate when its picture was asked for."""


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


class Message(msgspec.Struct):
    type: str
    after: msgspec.Raw = NULL
    about: msgspec.Raw = NULL
    picture: Fetched = Fetched()
    """These two in our own message alone (`FetchPicture.about`)."""


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
        return _snapshot(message, decode(bytes(message.after), TrackedObject), media, origin)
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
        "stationary": seen.stationary,
        "wardline_private": _is_private(seen),
    }
    event = f"/api/events/{quote(seen.id, safe='')}"
    return (
        FetchPicture(
            key=seen.id,
            paths=(f"{event}/snapshot.jpg?bbox=1", f"{event}/thumbnail.jpg"),
            message=msgspec.json.encode({"type": SNAPSHOT, "after": told}),
            about=event,
        ),
    )


def _is_private(seen: TrackedObject) -> bool:
    """Say whether the detector has seen a face or a plate of the object, in whichever frame."""
    best, snapshot = _read(seen.attributes), _read(seen.snapshot)
    of_snapshot = snapshot.get("attributes") if isinstance(snapshot, dict) else None
    of_frames = (*_attributes_in(_read(seen.current_attributes)), *_attributes_in(of_snapshot))
    labels = {seen.label, *(best if isinstance(best, dict) else ()), *(each.label for each in of_frames)}
    return not PRIVATE.isdisjoint(labels) or _is_plate(_read(seen.recognized_license_plate))


def _read(told: msgspec.Raw) -> Any:
    try:
        return decode(bytes(told), Any)
    except Unreadable:
        return None


def _is_plate(told: Any) -> bool:
    """A plate is told with its score in messages, alone elsewhere; null or empty where none was read."""
    return bool(told[0] if isinstance(told, list) and told else told)


def _attributes_in(told: Any) -> Sequence[Attribute]:
    items = [each for each in told if isinstance(each, dict)] if isinstance(told, list) else []
    return [Attribute(each["label"], each.get("box")) for each in items if isinstance(each.get("label"), str)]


def _blurs(seen: TrackedObject, message: Message) -> tuple[Blur, ...]:
    """Return what is to be blurred of a snapshot; all of it where something is, and it is not sure where."""
    told = _read(message.about)
    about = told if isinstance(told, dict) else {}
    kept = about["data"] if isinstance(about.get("data"), dict) else {}
    found = [each for each in _attributes_in(kept.get("attributes")) if each.label in PRIVATE]
    if seen.label in PRIVATE:
        found.append(Attribute(seen.label, kept.get("box")))
    if not (found or seen.wardline_private or _is_plate(kept.get("recognized_license_plate"))):
        return ()
    is_frame = _is_frame(message.picture, kept.get("region"))
    # Until its object is gone or stands still, Frigate takes better pictures, and tells of them some seconds later.
    is_final = about.get("end_time") is not None or seen.stationary
    blurs = [blur for each in found if (blur := _blur_of(each.box))]
    return join_blurs(blurs) if blurs and is_frame and is_final else (WHOLE,)


def _is_frame(picture: Fetched, region: Any) -> bool:
    """Say whether a picture is all of the frame. The region that the detector looked at is a square of pixels, so that
    its shares tell the shape of the frame.
    """
    sides = _edges(region)
    if sides is None or min(sides[2:]) <= 0 or min(picture.width, picture.height) <= 0:
        return False
    is_cut_out = abs(picture.width - picture.height) <= SQUARE_PX
    return not is_cut_out and abs(picture.width / picture.height * sides[2] / sides[3] - 1) <= SHAPE_SLACK


def _blur_of(box: Any) -> Blur | None:
    edges = _edges(box)
    if edges is None:
        return WHOLE
    x, y, width, height = edges
    return blur_around(x, y, x + width, y + height)


def _edges(box: Any) -> tuple[float, ...] | None:
    """Return x, y, width and height; None where they are none."""
    if not isinstance(box, list) or len(box) != 4:
        return None
    is_known = all(isinstance(edge, int | float) and abs(edge) <= EDGE_MAX for edge in box)
    return tuple(map(float, box)) if is_known else None


def _snapshot(message: Message, seen: TrackedObject, media: tuple[str, ...], origin: Origin) -> Sequence[Said]:
    kind = _kind(seen, origin)
    if not kind or not media:
        return ()
    source = origin.child(seen.camera)
    blurs = _blurs(seen, message)
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
            blurs=dict.fromkeys(media, blurs) if blurs else {},
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
            # Of which frame these are, and how much of it, only their sender knows.
            blurs=dict.fromkeys(seen.wardline_media, (WHOLE,)) if seen.wardline_media and _is_private(seen) else {},
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
        "For pictures give the source (the cameras' gateway) Frigate's address, `--pull http://<frigate>:5000`; leave "
        "`snapshots: {crop: false}`, or all of a picture with a face or a plate is hidden, not these alone."
    ),
)
