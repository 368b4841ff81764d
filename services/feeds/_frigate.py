"""Shapes of Frigate's messages: docs.frigate.video/integrations/mqtt, and captured messages of 0.12 and 0.15."""

import msgspec

from services.feeds import Fetched

NULL = msgspec.Raw(b"null")
"""msgspec cannot read `Raw | None`: it would take null alone."""


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


class Recognised(msgspec.Struct):
    """`tracked_object_update` of a face or a plate. Whose it is, is not read."""

    id: str = ""
    camera: str = ""
    timestamp: float | None = None


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


def sub_label_of(seen: TrackedObject) -> str:
    """Return a classifier's finer word for an object, "" for none."""
    return (seen.sub_label[0] if isinstance(seen.sub_label, tuple) else seen.sub_label) or ""
