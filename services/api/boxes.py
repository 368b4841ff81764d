"""Boxes on the globe, as a query has them."""

from services.api.problems import Problem


def box_of(text: str) -> tuple[float, float, float, float] | None:
    """Return west, south, east, north; None for "".

    :raises Problem: `invalid`.
    """
    if not text:
        return None
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError:
        raise Problem("invalid", "query.bbox: west,south,east,north in degrees is meant.") from None
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise Problem("invalid", "query.bbox: west,south,east,north do not enclose a part of the globe.")
    return west, south, east, north
