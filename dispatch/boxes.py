"""Boxes that a detector draws around what it sees: is it the same thing again, under another number?"""

from dispatch.event import Event

SAME_SHARE = 0.6
"""Two boxes of one camera are of one thing where their intersection is so much of their union (IoU). Detectors shiver
by a tenth; two cars side by side share less than a fifth."""

Box = tuple[float, float, float, float]
"""Left, top, right, bottom, in whatever measure the camera's feed speaks: compared with boxes of that camera only."""


def box_of(event: Event) -> Box | None:
    """Return the box of an event's attribute `box` (`left,top,right,bottom`); None where it has none that can be."""
    told = event.attributes.get("box")
    if not isinstance(told, str):
        return None
    try:
        edges = [float(edge) for edge in told.split(",")]
    except ValueError:
        return None
    if len(edges) != 4:
        return None
    left, top, right, bottom = edges
    return (left, top, right, bottom) if left < right and top < bottom else None


def is_same(one: Box, other: Box) -> bool:
    """Say whether two boxes of one camera are of one thing."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    if width <= 0 or height <= 0:
        return False
    shared = width * height
    return shared >= SAME_SHARE * (_size(one) + _size(other) - shared)


def _size(box: Box) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])
