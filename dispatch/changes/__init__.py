"""What each fact changes in a case beside its stage: one row a fact, in files that follow those of dispatch/facts."""

from collections.abc import Mapping

from dispatch.changes import asking, ending, erasing, forwarding, reporting, sending, sorting, watching
from dispatch.changes.base import MARKS, Change
from dispatch.facts import FactData

__all__ = ["CHANGES", "MARKS"]

CHANGES: Mapping[type[FactData], Change] = {
    **sorting.CHANGES,
    **sending.CHANGES,
    **asking.CHANGES,
    **ending.CHANGES,
    **forwarding.CHANGES,
    **watching.CHANGES,
    **erasing.CHANGES,
    **reporting.CHANGES,
}
