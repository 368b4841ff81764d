"""When a worker's shift puts him on or off duty."""

from datetime import datetime, timedelta, tzinfo

from dispatch.city import Shift


def last_boundary(shift: Shift, timezone: tzinfo, at: datetime) -> tuple[datetime, bool]:
    """Return the latest beginning or end of the shift up to `at`, and whether it put people on duty.

    Hours are of the wall clock; a shift whose end is not after its start runs past midnight.
    """
    today = at.astimezone(timezone).date()
    boundaries = []
    for day in (today - timedelta(days=2), today - timedelta(days=1), today):
        end_day = day if shift.end > shift.start else day + timedelta(days=1)
        boundaries.append((datetime.combine(day, shift.start, timezone), True))
        boundaries.append((datetime.combine(end_day, shift.end, timezone), False))
    # At an instant that ends one shift and begins the next (three shifts of one id never do), on duty wins.
    return max(boundary for boundary in boundaries if boundary[0] <= at)
