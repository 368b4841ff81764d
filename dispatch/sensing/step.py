"""One reading more: does the level hold, rise, fall?"""

from datetime import timedelta

from msgspec.structs import replace

from dispatch.event import Event, Phase, Reading, Vocabulary
from dispatch.sensing.rules import Rule, SensorState, episode_of


def step(rule: Rule, state: SensorState, reading: Reading) -> tuple[SensorState, list[Event]]:
    """Return the state after a reading, and what there is to tell: a level that begins, rises, or is over.

    A level begins to hold when the readings have spoken of it (or of a higher one) for `persist_s` of their own time,
    and ends when they have been out of its dead band for as long. A fall to a lower level that is not the end tells
    nothing. A reading that is not later than the last one changes nothing: what it would have told is past.
    """
    if state.last_at is not None and reading.observed_at <= state.last_at:
        return state, []
    wanted = rule.level_of(reading.value, state.level)
    seen = replace(state, last_at=reading.observed_at, value=reading.value)
    if wanted == state.level:
        return replace(seen, wanted=wanted, since=None), []
    since = state.since
    pending = state.wanted
    if since is None or (wanted > state.level) != (pending > state.level):
        since, pending = reading.observed_at, wanted
    # The level that holds after the wait is the one that all readings since have borne out.
    pending = min(pending, wanted) if wanted > state.level else max(pending, wanted)
    if reading.observed_at - since < timedelta(seconds=rule.persist_s):
        return replace(seen, wanted=pending, since=since), []
    return _turn(rule, seen, pending, reading)


def _turn(rule: Rule, state: SensorState, level: int, reading: Reading) -> tuple[SensorState, list[Event]]:
    after = replace(state, level=level, wanted=level, since=None)
    if level > state.level:
        phase = Phase.UPDATE if state.level else Phase.OPEN
        return after, [_event(rule, reading, phase, level)]
    return after, [_event(rule, reading, Phase.CLOSE, state.level)] if level == 0 else []


def _event(rule: Rule, reading: Reading, phase: Phase, level: int) -> Event:
    return Event(
        id=reading.id,
        feed=reading.feed,
        source_id=reading.source_id,
        vocabulary=Vocabulary.SENSOR,
        kind=rule.type,
        text=f"{rule.name_zh} / {rule.name_en}: {reading.value:g} {rule.unit}".rstrip(),
        observed_at=reading.observed_at,
        received_at=reading.received_at,
        phase=phase,
        episode=episode_of(reading.source_id, reading.metric),
        severity=max(level, 1),
        attributes={"metric": reading.metric, "value": reading.value, "unit": rule.unit},
    )
