"""Where the rules of sensors stand: asked with each reading, and as time passes."""

from collections.abc import Iterator
from datetime import datetime

from dispatch.event import Event, Reading
from dispatch.sensing import (
    UNMEASURED,
    SensorState,
    episode_of,
    forget_times,
    is_timed,
    must_keep,
    rules_for,
    sensing_table,
    split_episode,
    step,
)
from dispatch.sensing import pass_time as pass_time_of
from services.engine.state import State
from services.engine.turn import Turn


def weigh(turn: Turn, reading: Reading) -> Iterator[tuple[str, int, list[Event]]]:
    """Let the rules look at a reading; yield each one's episode, the level that holds by it now, and what it tells."""
    state = turn.state
    for rule in rules_for(state.senders.get(reading.source_id), reading.metric, state.city):
        key = episode_of(reading.source_id, rule)
        before = state.sensing.get(key, UNMEASURED)
        after, events = step(rule, before, reading)
        if after is not before:
            _put(turn, key, before, after)
        yield key, after.level, events


def begin_anew(turn: Turn, reading: Reading) -> None:
    """Let the rules forget since when a level is reached: those times are of another clock, and its jump of ten minutes
    is no ten minutes above the limit. What holds goes on to hold.
    """
    state = turn.state
    for rule in rules_for(state.senders.get(reading.source_id), reading.metric, state.city):
        key = episode_of(reading.source_id, rule)
        if (before := state.sensing.get(key)) is not None:
            _put(turn, key, before, forget_times(before))


def _put(turn: Turn, key: str, before: SensorState, after: SensorState) -> None:
    state = turn.state
    state.sensing[key] = after
    if is_timed(after):
        state.timed.add(key)
    elif before.owed_us is not None:
        state.timed.discard(key)
    if must_keep(before, after):
        turn.note_sensing(key, after)


def has_overdue(state: State, at: datetime) -> bool:
    """Say whether time alone tells something of a sensor."""
    return next(_list_overdue(state, at), None) is not None


def pass_time(turn: Turn) -> list[Event]:
    """Return what time alone tells of sensors, and note that it is told."""
    told: list[Event] = []
    for key, after, events in list(_list_overdue(turn.state, turn.at)):
        _put(turn, key, turn.state.sensing[key], after)
        told += events
    return told


def _list_overdue(state: State, at: datetime) -> Iterator[tuple[str, SensorState, list[Event]]]:
    """Yield the states that are others by now. A rule that the city no longer has tells nothing."""
    table, since = sensing_table(state.city), state.senders.listening_since
    for key in tuple(state.timed):
        source_id, rule_id = split_episode(key)
        source = state.senders.find(source_id)
        rule = table.find(source, rule_id) if source is not None else None
        if source is None or rule is None:
            continue
        before = state.sensing[key]
        after, events = pass_time_of(rule, before, source_id, source.feed, at=at, listening_since=since)
        if after is not before:
            yield key, after, events
