"""Readings and rules of a sensor, for the tests of its rules."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from msgspec.structs import replace

from dispatch.city import SensingRule
from dispatch.event import Event, Reading
from dispatch.sensing import Rule, SensorState, make_rule, step
from tests.builders import CITY, make_reading

GAS_ROW = SensingRule(
    id="gas",
    type="septic_gas",
    kind="threshold",
    sensors="septic_gas",
    metric="CH4",
    unit="%LEL",
    direction="above",
    levels=(10, 25, 50),
    persist_s=0,
    name_zh="气",
    name_en="Gas",
)


def rule_of(**changes: Any) -> Rule:
    """Return the rule of gas with other values; without persistence and with a lateness of a minute."""
    return make_rule(replace(GAS_ROW, **changes), CITY.calendar)


def read(value: float, at_s: float, metric: str = "CH4", delay_s: float = 0.0) -> Reading:
    """Return a reading so many seconds after ten o'clock, received so much later."""
    made = make_reading(value, at_s, metric=metric)
    return replace(made, received_at=made.observed_at + timedelta(seconds=delay_s))


def feed(
    rule: Rule, readings: Iterable[Reading], state: SensorState | None = None
) -> tuple[SensorState | None, list[Event]]:
    told: list[Event] = []
    for reading in readings:
        state, events = step(rule, state, reading)
        told += events
    return state, told


def said(events: Sequence[Event]) -> list[tuple[str, int, float]]:
    """Return (phase, severity, seconds after ten o'clock) of the events."""
    start = make_reading(0).observed_at
    return [(each.phase.value, each.severity, (each.observed_at - start).total_seconds()) for each in events]


def tell(rule: Rule, *rows: tuple[float, float] | tuple[float, float, str]) -> list[tuple[str, int, float]]:
    """Return what rows of (seconds, value[, metric]) tell."""
    return said(feed(rule, [read(row[1], row[0], row[2] if len(row) > 2 else rule.metric) for row in rows])[1])
