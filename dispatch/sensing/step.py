"""One reading more: does a level begin to hold, or is it over?

All of it goes by the readings' own time. Ours is used for two things only, and never mixed with theirs: to see that
nothing has come for so long, and to see that a reading was under way for so long that it tells of the past.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import blake2b

from msgspec.structs import replace

from dispatch.event import Event, Phase, Reading, Vocabulary
from dispatch.ids import EventId, SourceId
from dispatch.sensing.kinds import fresh_values
from dispatch.sensing.rules import HISTORY_AFTER_S, SETTLE_S, US_PER_S, WINDOW_MAX, Look, Rule, episode_of
from dispatch.sensing.state import NOTHING, Memory, Sample, SensorState, from_us, to_us

KEPT_EVERY_US = 600 * US_PER_S
"""How much newer the last reading may be than the one that is written, for a rule of silence: after a restart its time
counts from the restart in any case.
"""
EVENT_ID_MAX = 48
"""Characters of an event's id: as many as the table of events has room for."""

UNMEASURED = SensorState()

_NONE_HOLDS = (False, False, False)
_NONE_BEGUN = (None, None, None)

_HISTORY_AFTER = timedelta(seconds=HISTORY_AFTER_S)
_SETTLE_US = round(SETTLE_S * US_PER_S)


def step(rule: Rule, state: SensorState | None, reading: Reading) -> tuple[SensorState, list[Event]]:
    """Return the state after a reading, and what there is to tell: a level that begins, rises, or is over.

    Each level is a switch of its own: it goes on when all readings of the time that it must last have reached it, and
    off when all readings of as long have been on the good side of its clear level. A fall to a lower level that still
    holds tells nothing. Of readings that come in another order than they were made, those within the lateness take
    their place, and what they tell in it is told; those that are later, and repeats, change nothing.
    """
    state = state or UNMEASURED
    if rule.kind.measure is None:
        return _hear(rule, state, reading)
    at_us = to_us(reading.observed_at)
    sample: Sample = (at_us, reading.metric, reading.value)
    head = state.head if state.head is not None else fold(rule, state.base, state.window)
    if head.last_us is None or (at_us, reading.metric) > (head.last_us, head.last_metric):
        after = advance(rule, head, sample)
        base, window = _settle_window(rule, state.base, (*state.window, sample), after, head)
        return _tell(rule, state, base, window, after, after, reading)
    if not _may_still_come(rule, state, head, sample):
        return state, []
    window = tuple(sorted((*state.window, sample)))
    after, peak = _fold_with_peak(rule, state.base, window)
    _, told_peak = _fold_with_peak(rule, state.base, state.window)
    base, window = _settle_window(rule, state.base, window, after, None)
    return _tell(rule, state, base, window, after, peak if peak.level > told_peak.level else after, reading)


def wake(rule: Rule, state: SensorState) -> SensorState:
    """Return a state that was read, with all that follows from it worked out."""
    if state.head is not None or state.heard_us is not None or rule.kind.measure is None:
        return state
    return replace(state, head=fold(rule, state.base, state.window))


def forget_times(state: SensorState) -> SensorState:
    """Return the state of a sensor whose clock has been put right: levels that hold go on to hold, and all times of the
    clock before are gone. How long we have heard nothing is by our own clock, and stays.
    """
    known = state.head if state.head is not None else state.base
    base = Memory(held=known.held, measured=known.measured, value=known.value, last_metric=known.last_metric)
    return replace(state, base=base, window=(), head=base if state.head is not None else None)


def fold(rule: Rule, memory: Memory, samples: tuple[Sample, ...]) -> Memory:
    """Return what is remembered after these readings too; they are in order."""
    for sample in samples:
        memory = advance(rule, memory, sample)
    return memory


def _fold_with_peak(rule: Rule, memory: Memory, samples: tuple[Sample, ...]) -> tuple[Memory, Memory]:
    """Return what is remembered at the end, and where the level was highest."""
    peak = NOTHING
    for sample in samples:
        memory = advance(rule, memory, sample)
        if memory.level > peak.level:
            peak = memory
    return memory, peak


def _may_still_come(rule: Rule, state: SensorState, head: Memory, sample: Sample) -> bool:
    """Say whether a reading that is not the newest still takes its place: late by no more than the lateness, after what
    is settled, and no repeat.
    """
    newest_us = head.last_us or 0
    at_us, metric, _ = sample
    settled_us = state.base.last_us
    if at_us < newest_us - rule.lateness_us:
        return False
    if settled_us is not None and (at_us, metric) <= (settled_us, state.base.last_metric):
        return False
    return all((at_us, metric) != each[:2] for each in state.window)


def _settle_window(
    rule: Rule, base: Memory, window: tuple[Sample, ...], after: Memory, before: Memory | None
) -> tuple[Memory, tuple[Sample, ...]]:
    """Move readings that can no longer be overtaken from the window into what is settled.

    `before` is the fold of all but the last reading, where that is known: most sensors tell so seldom that it is what
    is settled.
    """
    oldest_us = (after.last_us or 0) - rule.lateness_us
    count = max(0, len(window) - WINDOW_MAX)
    while count < len(window) and window[count][0] < oldest_us:
        count += 1
    if count == 0:
        return base, window
    if before is not None and count == len(window) - 1:
        return before, window[count:]
    return fold(rule, base, window[:count]), window[count:]


def advance(rule: Rule, memory: Memory, sample: Sample) -> Memory:
    """Return what is remembered after one reading more, which is later than all others."""
    at_us, metric, value = sample
    is_own = metric == rule.metric
    others = memory.others
    condition = rule.gate or rule.truth
    if condition is not None and metric in condition.metrics:
        others = {**others, metric: (at_us, value)}
    look = Look(at_us, value if is_own else None, others)
    assert rule.kind.measure is not None, "a rule of silence has no readings to fold"
    measured, points, is_hit = rule.kind.measure(rule, memory, look)
    held, since, began_us = memory.held, memory.since_us, memory.began_us
    # Nearly all readings are of quiet sensors: nothing holds, nothing is under way, and no level is reached.
    is_quiet = measured is not None and held == _NONE_HOLDS and since == _NONE_BEGUN and rule.is_below_all(measured)
    if measured is not None and not is_quiet:
        gate = True if rule.gate is None else rule.gate.holds(fresh_values(rule, look))
        one = _switch(rule, 0, memory, measured, at_us, gate)
        two = _switch(rule, 1, memory, measured, at_us, gate)
        three = _switch(rule, 2, memory, measured, at_us, gate)
        began_us = _began(memory, (one, two, three), at_us)
        held, since = (one[0], two[0], three[0]), (one[1], two[1], three[1])
    return Memory(
        held=held,
        since_us=since,
        began_us=began_us,
        last_us=at_us,
        last_metric=metric,
        measured=measured,
        value=value if is_own else memory.value,
        value_us=at_us if is_own else memory.value_us,
        others=others,
        points=points,
        is_hit=is_hit,
    )


_Switched = tuple[bool, int | None]


def _switch(rule: Rule, index: int, memory: Memory, value: float, at_us: int, gate: bool | None) -> _Switched:
    """Return whether a level holds after a reading, and since when the readings have said the contrary.

    What must be so besides and is not known keeps a level from beginning, and does not end it.
    """
    holds = memory.held[index]
    if holds:
        if rule.stays[index](value) and gate is not False:
            return True, None
    elif not rule.enters[index](value) or gate is not True or not (rule.is_open is None or rule.is_open(at_us)):
        return False, None
    since_us = memory.since_us[index]
    if since_us is None:
        since_us = at_us
    if at_us - since_us < (rule.clear_us if holds else rule.persist_us):
        return holds, since_us
    return not holds, None


def _began(memory: Memory, after: tuple[_Switched, _Switched, _Switched], at_us: int) -> int | None:
    """Return since when the readings have said what the highest level says that holds now."""
    before = memory.level
    level = next((index + 1 for index in (2, 1, 0) if after[index][0]), 0)
    if level <= before:
        return memory.began_us if level else None
    since_us = memory.since_us[level - 1]
    return at_us if since_us is None else since_us


# --- telling ---------------------------------------------------------------------------------------------


def _tell(
    rule: Rule,
    state: SensorState,
    base: Memory,
    window: tuple[Sample, ...],
    head: Memory,
    peak: Memory,
    reading: Reading,
) -> tuple[SensorState, list[Event]]:
    """Return the state, and the events: a rise to the level of `peak`, which may be over already, and the end."""
    level, told = head.level, state.told
    owed_us: int | None = None
    events: list[Event] = []
    if reading.received_at - reading.observed_at > _HISTORY_AFTER:
        received_us, peak = to_us(reading.received_at), head
        if level > told:
            owed_us = received_us if state.owed_us is None else state.owed_us
            is_settled = received_us - owed_us >= _SETTLE_US
            peak, owed_us = (head, None) if is_settled else (NOTHING, owed_us)
    if peak.level > told:
        phase = Phase.UPDATE if told else Phase.OPEN
        events.append(_event(rule, peak, reading, phase, peak.level, _event_id(reading.id, rule.id)))
        told = peak.level
    if level == 0 < told:
        over = replace(reading, observed_at=from_us(head.last_us or 0)) if events else reading
        name = _event_id(reading.id, rule.id, *(["close"] if events else []))
        events.append(_event(rule, head, over, Phase.CLOSE, told, name))
    told = min(told, level) if owed_us is not None else level
    return SensorState(base=base, window=window, told=told, owed_us=owed_us, head=head), events


def _event_id(*parts: str) -> EventId:
    """Return a name that follows from what brought the event: one that would be too long, as its digest."""
    name = "/".join(parts)
    if len(name) > EVENT_ID_MAX:
        name = blake2b(name.encode(), digest_size=16).hexdigest()
    return EventId(name)


def _event(rule: Rule, head: Memory, reading: Reading, phase: Phase, severity: int, name: EventId) -> Event:
    measured = reading.value if head.measured is None else head.measured
    return Event(
        id=name,
        feed=reading.feed,
        source_id=reading.source_id,
        vocabulary=Vocabulary.SENSOR,
        kind=rule.type,
        text=rule.kind.say(rule, measured),
        observed_at=reading.observed_at,
        received_at=reading.received_at,
        phase=phase,
        episode=episode_of(reading.source_id, rule),
        severity=severity,
        attributes={
            "metric": reading.metric,
            "value": reading.value,
            "unit": rule.unit,
            "level": severity,
            **_why(rule, head, measured, severity, to_us(reading.observed_at)),
        },
    )


def _why(
    rule: Rule, head: Memory, measured: float, severity: int, at_us: int
) -> Mapping[str, str | float | int | bool | None]:
    """Return which rule it was, what it compared with what, since when, and what else it looked at."""
    began_us = at_us if head.began_us is None else head.began_us
    others = {f"with.{name}": value for name, (_, value) in sorted(head.others.items())}
    return {
        "rule": rule.id,
        "rule_kind": rule.kind.name,
        "measured": measured,
        "said": rule.kind.say(rule, measured),
        "threshold": rule.levels[severity - 1],
        "since": from_us(began_us).isoformat(),
        "lasted_s": max(0.0, (at_us - began_us) / US_PER_S),
        **({"when": rule.gate.text} if rule.gate else {}),
        **others,
    }


# --- what time alone brings ------------------------------------------------------------------------------


def _hear(rule: Rule, state: SensorState, reading: Reading) -> tuple[SensorState, list[Event]]:
    """Note that a sensor with a rule of silence has spoken; end its silence."""
    if reading.metric != rule.metric:
        return state, []
    heard_us = to_us(reading.received_at)
    if state.heard_us is not None and heard_us < state.heard_us:
        return state, []
    is_due = bool(state.told) or state.kept_us is None or heard_us - state.kept_us >= KEPT_EVERY_US
    after = SensorState(heard_us=heard_us, kept_us=heard_us if is_due else state.kept_us)
    if not state.told:
        return after, []
    silent_min = (heard_us - (state.heard_us or heard_us)) / US_PER_S / 60
    head = Memory(measured=silent_min, began_us=state.heard_us)
    name = _event_id(reading.id, rule.id)
    return after, [_event(rule, head, reading, Phase.CLOSE, state.told, name)]


def must_keep(before: SensorState, after: SensorState) -> bool:
    """Say whether a state is to be written: of a sensor that is only watched for silence not every reading is."""
    return after.heard_us is None or after.kept_us != before.kept_us or after.told != before.told


def is_timed(state: SensorState) -> bool:
    """Say whether time alone may tell something of the state: it is silence that is watched, or a rise is owed."""
    return state.heard_us is not None or state.owed_us is not None


def pass_time(
    rule: Rule, state: SensorState, source: SourceId, feed: str, *, at: datetime, listening_since: datetime
) -> tuple[SensorState, list[Event]]:
    """Return the state at a time of our clock, and what there is to tell: a silence that has lasted, a rise of held-up
    readings that nothing newer has taken back. Before `listening_since` it was we who did not listen.
    """
    if rule.kind.measure is None:
        return _pass_silence(rule, state, source, feed, at, to_us(listening_since))
    # A state may be of a rule that was of another kind in the version of the city before.
    at_us = to_us(at)
    if state.owed_us is None or at_us - state.owed_us < _SETTLE_US:
        return state, []
    head = state.head if state.head is not None else fold(rule, state.base, state.window)
    after = replace(state, head=head, owed_us=None, told=head.level)
    if head.level <= state.told:
        return after, []
    last_us = head.last_us or 0
    reading = _stand_in(rule, source, feed, f"{source}/{last_us}", head.value or 0.0, from_us(last_us), at)
    phase = Phase.UPDATE if state.told else Phase.OPEN
    return after, [_event(rule, head, reading, phase, head.level, _event_id(reading.id, rule.id))]


def _pass_silence(
    rule: Rule, state: SensorState, source: SourceId, feed: str, at: datetime, listening_us: int
) -> tuple[SensorState, list[Event]]:
    if state.heard_us is None:
        return state, []
    heard_us, at_us = state.heard_us, to_us(at)
    silent_min = (at_us - max(heard_us, listening_us)) / US_PER_S / 60
    level = next((n for n in (3, 2, 1) if rule.enters[n - 1](silent_min)), 0)
    if level <= state.told:
        return state, []
    after = replace(state, told=level, kept_us=state.heard_us)
    reading = _stand_in(rule, source, feed, f"{source}/{heard_us}/{level}", silent_min, at, at)
    head = Memory(measured=silent_min, began_us=heard_us)
    phase = Phase.UPDATE if state.told else Phase.OPEN
    return after, [_event(rule, head, reading, phase, level, _event_id(reading.id, rule.id))]


def _stand_in(
    rule: Rule, source: SourceId, feed: str, name: str, value: float, observed_at: datetime, received_at: datetime
) -> Reading:
    """Return what an event that no reading brought is told by. Its name follows from what brought it."""
    return Reading(
        id=EventId(name), feed=feed, source_id=source, metric=rule.metric, value=value, observed_at=observed_at,
        received_at=received_at,
    )  # fmt: skip
