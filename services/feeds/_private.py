"""What is to be blurred for the boxes that devices draw around faces and plates (ADR 0062)."""

from collections.abc import Sequence

from dispatch.blurs import WHOLE, Blur, blur_around


def blur_of(edges: Sequence[float | None], full: float) -> Blur | None:
    """Return what is to be blurred for a box by its left, top, right and bottom in a measure whose far edge is `full`.

    None for a box of nought, which is how devices say that they have none; the whole picture for one that is no box.
    """
    known = [edge / full for edge in edges if edge is not None]
    if len(known) != 4 or len(edges) != 4:
        return WHOLE
    left, top, right, bottom = known
    return blur_around(left, top, right, bottom)
