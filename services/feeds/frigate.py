"""Frigate NVR, 0.12 to 0.17: `frigate/events` and `frigate/reviews`, by MQTT or posted as they are.

Frigate repeats `update` for an object that stands still, about once a minute for as long as it stands; the
tracked object's id is the episode, so all of them speak of one happening. What must last before it counts (a
car that parks) says nothing until it has lasted: the city's video types carry that time.

Its messages name no picture. Where the pack says at which address a Frigate answers (`pull`), the snapshot of an
object that counts is fetched and comes back as a message of our own, of type `snapshot`, which opens nothing.

Faces and plates are attributes of an object. Of one that has such, what Frigate keeps of the object is fetched behind
the snapshot: there their boxes, those of the snapshot's frame, are shares of it, while messages tell pixels of a frame
whose size they do not tell. Where it is not sure that the boxes are of this picture all of it is blurred (ADR 0062).
What is recognised later (`frigate/tracked_object_update`, or its next message) hides the pictures that it has by then.

Shapes: docs.frigate.video/integrations/mqtt and /api (`/events/{id}`), and captured messages of 0.12 and 0.15.
"""

import re
from collections.abc import Sequence
from urllib.parse import quote

import msgspec

from dispatch.blurs import WHOLE
from dispatch.city import Source
from dispatch.event import Event, Phase, Vocabulary
from dispatch.ids import EventId
from services.feeds import Feed, FetchPicture, Origin, Said, Unreadable, part_media
from services.feeds._common import decode, from_epoch, share
from services.feeds._frigate import NULL, Message, Named, Probe, Recognised, Review, TrackedObject, sub_label_of
from services.feeds._frigate_private import MOVING, RECOGNISED, blurs_of, private_kinds

PHASES = {"new": Phase.OPEN, "update": Phase.UPDATE, "end": Phase.CLOSE}
ASIDE = frozenset({"description", "classification"})
"""Kinds of `tracked_object_update`: what Frigate adds to an object later. They say nothing new of the street."""


SNAPSHOT = "snapshot"
"""The type of our own message that brings an object's picture."""
EVENT_ID = re.compile(r"[0-9A-Za-z._-]{1,64}")
"""An object's id, such as 1718987129.308396-fqk5ka; of any other form no picture is asked for."""


def sender(body: bytes) -> str:
    """Return the camera that a message is of, "" where none can be read."""
    try:
        after = decode(body, Message).after
        return decode(body if after == NULL else bytes(after), Named).camera
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
    if message.type in RECOGNISED and message.after == NULL:
        return _recognised(decode(body, Recognised), RECOGNISED[message.type], origin)
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
        "wardline_private": bool(private_kinds(seen, origin)),
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


def _snapshot(message: Message, seen: TrackedObject, media: tuple[str, ...], origin: Origin) -> Sequence[Said]:
    kind = _kind(seen, origin)
    if not kind or not media:
        return ()
    source = origin.child(seen.camera)
    blurs, hidden = blurs_of(seen, message)
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
            private=hidden,
            attributes={"camera": seen.camera, "label": seen.label},
        ),
    )


def _episode(seen: TrackedObject | Recognised, source: Source) -> str:
    return f"{source.id}/{seen.camera}/{seen.id}"


def _recognised(told: Recognised, kind: str, origin: Origin) -> Sequence[Said]:
    """Return that somebody, or a car, was recognised: it concerns the object's pictures alone."""
    if not told.id or not told.camera:
        return ()
    source = origin.child(told.camera)
    return (
        Event(
            id=EventId(f"{origin.message_id}/0"),
            feed=FEED.name,
            source_id=source.id,
            vocabulary=Vocabulary.VIDEO,
            observed_at=from_epoch(told.timestamp, origin.received_at) if told.timestamp else origin.received_at,
            received_at=origin.received_at,
            phase=Phase.SYNC,
            episode=_episode(told, source),
            private=(kind,),
            attributes={"camera": told.camera},
        ),
    )


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
    private = private_kinds(seen, origin)
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
            blurs=dict.fromkeys(seen.wardline_media, (WHOLE,)) if seen.wardline_media and private else {},
            private=private if private or seen.wardline_media else None,
            attributes=attributes,
        ),
    )


def _kind(seen: TrackedObject, origin: Origin) -> str:
    """A sub-label (a classifier's finer word) counts before the detector's label."""
    sub_label = sub_label_of(seen)
    return (origin.kind_of_label(sub_label) if sub_label else "") or origin.kind_of_label(seen.label)


def _moves(seen: TrackedObject) -> bool:
    """Only Frigate's own object classes can drive by; a trained label (a full bin) has no `stationary` of use."""
    return seen.label in MOVING and not seen.stationary


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
    mqtt_topics=("frigate/events", "frigate/reviews", "frigate/tracked_object_update"),
    summary="Frigate NVR: tracked objects and reviews of its cameras",
    pointing=(
        "In Frigate's config set `mqtt: {enabled: true, host: <broker>}` with the broker of WARDLINE_MQTT_URL, or post "
        "the payload of frigate/events to /api/v1/intake/frigate. A camera is known by its `external_id` in the pack. "
        "For pictures give the source (the cameras' gateway) Frigate's address, `--pull http://<frigate>:5000`; leave "
        "`snapshots: {crop: false}`, or all of a picture with a face or a plate is hidden, not these alone."
    ),
)
