"""Parts of a picture that are made unreadable where a detector says that it sees a face or a plate (ADR 0062)."""

from math import isfinite

Blur = tuple[float, float, float, float]
"""(x, y, width, height) in shares of the picture's width and height, from the upper left corner; all within it."""

WHOLE: Blur = (0.0, 0.0, 1.0, 1.0)
"""All of a picture: where something is to be hidden, and nothing tells where in this picture it is."""

MARGIN = 0.25
"""What is blurred beyond each edge of a detector's box, in shares of the box. Its edges shiver by a tenth, it is drawn
close around the plate or from brow to chin, and what it is drawn around moves on until the picture is taken."""

MARGIN_MIN = 0.01
"""The least of it, in shares of the picture: of a face far away a quarter is less than a pixel of many grids."""

BEYOND_MAX = 0.05
"""By how much of the picture a box may reach over its edge. One further out is in another measure."""

DIGITS = 4
"""Of a share: a fifth of a pixel of the largest picture that is kept."""

BLURS_MAX = 50
"""Boxes of one picture that are taken from a message; of a crowd the whole picture is hidden."""


def blur_around(left: float, top: float, right: float, bottom: float) -> Blur | None:
    """Return what is to be blurred of a picture for a detector's box, by its edges in shares of the picture.

    None for a box that encloses nothing (all nought: that is how devices say that they have none). One that does not
    lie in the picture is in another measure than shares: the whole picture then.
    """
    edges = (left, top, right, bottom)
    if not any(edges):
        return None
    if not all(map(isfinite, edges)) or left > right or top > bottom:
        return WHOLE
    if min(edges) < -BEYOND_MAX or max(edges) > 1 + BEYOND_MAX:
        return WHOLE
    aside = max((right - left) * MARGIN, MARGIN_MIN)
    above = max((bottom - top) * MARGIN, MARGIN_MIN)
    x, y = _within(left - aside), _within(top - above)
    width, height = round(_within(right + aside) - x, DIGITS), round(_within(bottom + above) - y, DIGITS)
    return (x, y, width, height) if width > 0 and height > 0 else WHOLE


def join_blurs(blurs: list[Blur]) -> tuple[Blur, ...]:
    """Return each once; the whole picture alone where it is among them, or where they are more than `BLURS_MAX`."""
    each = tuple(dict.fromkeys(blurs))
    return (WHOLE,) if WHOLE in each or len(each) > BLURS_MAX else each


def _within(share: float) -> float:
    return round(min(max(share, 0.0), 1.0), DIGITS)
