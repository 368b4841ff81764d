"""What a sending costs, by policy. One function per policy, one row per policy in POLICIES; the smallest cost is sent.

See docs/how-to/add-an-assign-policy.md.
"""

from collections.abc import Callable, Mapping

Policy = Callable[[float, int], float]
"""(travel time in seconds, open tasks) -> cost in seconds."""

TASK_S = 1_200.0
"""What one task that a worker has already costs the next case, in seconds of waiting: a usual handling time."""

LOAD_FIRST_S = 1_000_000.0
"""More than any travel time: one task less always wins."""


def nearest(travel_s: float, _load: int) -> float:
    """Send who is there first, whatever he has to do already."""
    return travel_s


def least_loaded(travel_s: float, load: int) -> float:
    """Send who has the fewest tasks; among these the nearest."""
    return load * LOAD_FIRST_S + travel_s


def balanced(travel_s: float, load: int) -> float:
    """Send who is likely to begin first: the travel, and the tasks that he has before it."""
    return travel_s + load * TASK_S


POLICIES: Mapping[str, Policy] = {
    "nearest": nearest,
    "least_loaded": least_loaded,
    "balanced": balanced,
}
