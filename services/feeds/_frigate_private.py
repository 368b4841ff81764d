"""Faces and plates in what Frigate says: whether an object has any, and where in its snapshot they are (ADR 0062)."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec

from dispatch.blurs import WHOLE, Blur, blur_around, join_blurs
from services.feeds import Fetched, Origin, Unreadable
from services.feeds._common import decode
from services.feeds._frigate import Message, TrackedObject, sub_label_of

RECOGNISED = {"face": "face", "lpr": "license_plate"}
"""Kinds of `tracked_object_update` that say that a person, or a car, was told from others, and by what each was."""
PRIVATE = frozenset(RECOGNISED.values())
"""Attributes (and labels, of a camera that is set up for plates alone) by which a person is told from others."""
SQUARE_PX = 2
"""A picture whose sides differ by no more is a cut-out: Frigate's `snapshots: crop`, and thumbnails, are square, frames
seldom are. Shares of the frame are none of it."""
SHAPE_SLACK = 0.02
"""By how much the shape of a picture may differ from that of the frame and still be all of it, made smaller."""
EDGE_MAX = 1_000_000.0
MOVING = frozenset({"car", "truck", "bus", "motorcycle", "bicycle", "boat", "person"})
LOGOS = frozenset(
    {
        "amazon", "an_post", "canada_post", "dhl", "dpd", "fedex", "gls", "nzpost", "postnl", "postnord", "purolator",
        "royal_mail", "school_bus", "ups", "usps",
    }
)  # fmt: skip
"""Sub-labels of Frigate's own models that tell what drives, not whose it is."""


class Attribute(NamedTuple):
    """What is seen of an object. `box` is in pixels of the detect stream in messages, (x, y, width, height) in shares
    of the frame where Frigate is asked for the object.
    """

    label: str
    box: Any


def private_kinds(seen: TrackedObject, origin: Origin) -> tuple[str, ...]:
    """Return whether the detector has seen a face or a plate of the object, in whichever frame."""
    best, snapshot = _read(seen.attributes), _read(seen.snapshot)
    of_snapshot = snapshot.get("attributes") if isinstance(snapshot, dict) else None
    of_frames = (*_attributes_in(_read(seen.current_attributes)), *_attributes_in(of_snapshot))
    labels = {seen.label, *(best if isinstance(best, dict) else ()), *(each.label for each in of_frames)}
    found = PRIVATE & labels | _named_kinds(seen, origin)
    return tuple(sorted(found | {"license_plate"} if _is_plate(_read(seen.recognized_license_plate)) else found))


def _named_kinds(seen: TrackedObject, origin: Origin) -> frozenset[str]:
    """Return what a sub-label tells to have been recognised: Frigate writes whose face, or whose plate, it is there."""
    name = sub_label_of(seen)
    if not name or name in LOGOS or seen.label not in MOVING or origin.kind_of_label(name):
        return frozenset()
    return frozenset({"face" if seen.label == "person" else "license_plate"})


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


def blurs_of(seen: TrackedObject, message: Message) -> tuple[tuple[Blur, ...], tuple[str, ...]]:
    """Return what is to be blurred of a snapshot, and which kinds of things that hides; all of it where something is
    there, and it is not sure where.
    """
    told = _read(message.about)
    about = told if isinstance(told, dict) else {}
    kept = about["data"] if isinstance(about.get("data"), dict) else {}
    found = [each for each in _attributes_in(kept.get("attributes")) if each.label in PRIVATE]
    if seen.label in PRIVATE:
        found.append(Attribute(seen.label, kept.get("box")))
    if not (found or seen.wardline_private or _is_plate(kept.get("recognized_license_plate"))):
        return (), ()
    is_frame = _is_frame(message.picture, kept.get("region"))
    # Until its object is gone or stands still, Frigate takes better pictures, and tells of them some seconds later.
    is_final = about.get("end_time") is not None or seen.stationary
    blurs = [blur for each in found if (blur := _blur_of(each.box))]
    if not (blurs and is_frame and is_final):
        return (WHOLE,), tuple(sorted(PRIVATE))
    return join_blurs(blurs), tuple(sorted({each.label for each in found}))


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
