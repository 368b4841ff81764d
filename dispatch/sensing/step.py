"""One reading more: does a level begin to hold, or is it over?"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from dispatch.event import Event, Phase, Reading, Vocabulary
from dispatch.ids import EventId
from dispatch.sensing.rules import Rule, SensorState, episode_of


def step(rule: Rule, state: SensorState | None, reading: Reading) -> tuple[SensorState, list[Event]]:
    """Return the state after a reading, and what there is to tell: a level that begins, rises, or is over.

    Each level is a switch of its own: it goes on when all readings of `persist_s` of their own time have reached it,
    and off when all readings of as long have been out of its dead band. A fall to a lower level that still holds
    tells nothing. A reading that is not later than the last one changes nothing: what it would have told is past.
    """
    state = state or SensorState()
    if state.last_at is not None and reading.observed_at <= state.last_at:
        return state, []
    (one, two, three) = (_switch(rule, index, state, reading) for index in range(3))
    after = SensorState(
        held=(one[0], two[0], three[0]),
        since=(one[1], two[1], three[1]),
        last_at=reading.observed_at,
        value=reading.value,
    )
    if after.level > state.level:
        return after, [_event(rule, reading, Phase.UPDATE if state.level else Phase.OPEN, after.level)]
    if after.level == 0 < state.level:
        return after, [_event(rule, reading, Phase.CLOSE, state.level)]
    return after, []


def _switch(rule: Rule, index: int, state: SensorState, reading: Reading) -> tuple[bool, datetime | None]:
    """Return whether a level holds after a reading, and since when the readings have said the contrary."""
    holds = state.held[index]
    test = rule.stays[index] if holds else rule.enters[index]
    if test(reading.value) == holds:
        return holds, None
    since = state.since[index] or reading.observed_at
    if reading.observed_at - since < timedelta(seconds=rule.persist_s):
        return holds, since
    return not holds, None


def _event(rule: Rule, reading: Reading, phase: Phase, severity: int) -> Event:
    return Event(
        id=EventId(f"{reading.id}/{rule.type}"),
        feed=reading.feed,
        source_id=reading.source_id,
        vocabulary=Vocabulary.SENSOR,
        kind=rule.type,
        text=say_reading(reading.value, rule.unit),
        observed_at=reading.observed_at,
        received_at=reading.received_at,
        phase=phase,
        episode=episode_of(reading.source_id, rule),
        severity=severity,
        attributes={"metric": reading.metric, "value": reading.value, "unit": rule.unit, "level": severity},
    )


def say_reading(value: float, unit: str) -> str:
    """Return a reading as all languages write it: "61.5 %LEL". What was measured, each screen says in its language."""
    sign = _SIGNS.get(unit, unit)
    return "" if sign is None else f"{value:g} {sign}".rstrip()


_SIGNS: Mapping[str, str | None] = {
    "bool": None,  # open or not, which the kind of the event says already
    "ratio": "",
    "deg": "°",
    "mg/m3": "mg/m³",
    "ug/m3": "µg/m³",
    "m/s2": "m/s²",
    "p/m2": "/m²",
    "n/day": "/d",
}
"""Units of the sensor table that are written otherwise than they are spelled there; None for no unit of people's."""
