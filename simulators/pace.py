"""When things happen: a Poisson process whose rate follows the hours, the days and the scenario's surges."""

from collections.abc import Iterator
from math import log
from random import Random
from typing import NamedTuple

from simulators.frequencies import busy_at
from simulators.scenario import Scenario, Surge

DAY_H = 24.0
HOUR_S = 3600.0


class Moment(NamedTuple):
    """One happening: city seconds since the start, and the surge it belongs to (None: the ordinary run of things)."""

    at_s: float
    surge: Surge | None


class Channel(NamedTuple):
    """What of a scenario one actor tells: its share of the ordinary, and which list of a surge, in which part."""

    share: float
    group: str
    part: float = 1.0


GROUPS = ("video", "sensor", "said")
"""The lists of a surge; its happenings are spread evenly over those that are not empty."""


def plan(scenario: Scenario, channel: Channel, random: Random) -> list[Moment]:
    """Return the moments of one channel, in order."""
    moments = [Moment(hour * HOUR_S, None) for hour in _thin(scenario, channel.share, random)]
    for surge in scenario.surge:
        told_by = [group for group in GROUPS if getattr(surge, group)]
        if channel.group in told_by:
            per_hour = surge.per_hour * channel.part / len(told_by)
            until_h = min(surge.to_h, scenario.hours)  # a scenario cut short ends in the midst of a surge, or before
            moments += [Moment(hour * HOUR_S, surge) for hour in _even(surge, until_h, per_hour, random)]
    return sorted(moments, key=lambda moment: moment.at_s)


def _thin(scenario: Scenario, share: float, random: Random) -> Iterator[float]:
    """Lewis and Shedler's thinning: draw at the highest rate, keep in proportion to the rate then."""
    mean = _mean_weight(scenario)
    top = 2.5 * max(scenario.day_weights or (1.0,)) / mean
    per_hour = scenario.cases * share / scenario.hours
    if per_hour <= 0:
        return
    hour = 0.0
    while True:
        hour -= log(1.0 - random.random()) / (per_hour * top)
        if hour >= scenario.hours:
            return
        if random.random() * top < weight_at(scenario, hour) / mean:
            yield hour


def weight_at(scenario: Scenario, hour: float) -> float:
    """Return how busy the scenario is at an hour since its start."""
    day = int((scenario.starts_at + hour) // DAY_H)
    of_day = scenario.day_weights[min(day, len(scenario.day_weights) - 1)] if scenario.day_weights else 1.0
    return busy_at((scenario.starts_at + hour) % DAY_H) * of_day


def _mean_weight(scenario: Scenario) -> float:
    steps = max(1, round(scenario.hours * 4))
    return sum(weight_at(scenario, (step + 0.5) / 4) for step in range(steps)) / steps


def _even(surge: Surge, until_h: float, per_hour: float, random: Random) -> Iterator[float]:
    hour = surge.from_h
    while per_hour > 0:
        hour -= log(1.0 - random.random()) / per_hour
        if hour >= until_h:
            return
        yield hour
