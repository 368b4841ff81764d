"""What rules would have told of readings of the past: tried before they are switched on."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from dispatch.classify import OPENS_FROM
from dispatch.event import Event, Phase, Reading
from dispatch.ids import SourceId
from dispatch.sensing.rules import SETTLE_S, Rule, episode_of
from dispatch.sensing.state import EPOCH, SensorState, from_us
from dispatch.sensing.step import UNMEASURED, pass_time, step


class Opening(Struct, kw_only=True):
    """An episode: from when until when (None: it still holds), and the highest level of it.

    `said` is what it rose to that level by.
    """

    source_id: SourceId
    rule: str
    opened_at: datetime
    level: int
    said: str
    closed_at: datetime | None = None

    @property
    def opens_case(self) -> bool:
        """Whether a case would have been opened; an advisory is only kept."""
        return self.level >= OPENS_FROM


def replay(
    rules_of: Callable[[SourceId, str], Sequence[Rule]], readings: Iterable[Reading], until: datetime
) -> list[Opening]:
    """Return the episodes of the readings, which are in the order in which they came, by when they opened.

    `until` is when nothing more has come: a silence that lasts by then is told too.
    """
    states: dict[str, tuple[Rule, Reading, SensorState]] = {}
    openings: dict[str, Opening] = {}
    found: list[Opening] = []

    def note(events: Iterable[Event]) -> None:
        for event in events:
            _note(event, openings, found)

    for reading in readings:
        for rule in rules_of(reading.source_id, reading.metric):
            key = episode_of(reading.source_id, rule)
            _, _, state = states.get(key, (rule, reading, UNMEASURED))
            state = _catch_up(rule, state, reading, reading.received_at, note)
            state, events = step(rule, state, reading)
            note(events)
            states[key] = rule, reading, state
    for rule, reading, state in states.values():
        _catch_up(rule, state, reading, until, note)
    return sorted(found, key=lambda each: (each.opened_at, each.source_id, each.rule))


def _note(event: Event, openings: dict[str, Opening], found: list[Opening]) -> None:
    if event.phase is Phase.CLOSE:
        opening = openings.pop(event.episode, None)
        if opening is not None:
            opening.closed_at = event.observed_at
        return
    opening = openings.get(event.episode)
    if opening is None:
        opening = openings[event.episode] = Opening(
            source_id=event.source_id,
            rule=str(event.attributes["rule"]),
            opened_at=event.observed_at,
            level=event.severity,
            said=event.text,
        )
        found.append(opening)
    elif event.severity > opening.level:
        opening.level, opening.said = event.severity, event.text


def _catch_up(
    rule: Rule, state: SensorState, reading: Reading, at: datetime, note: Callable[[Iterable[Event]], None]
) -> SensorState:
    """Let the time pass until `at`, at each instant at which it could tell something of the state."""
    for moment in _moments(rule, state):
        if moment <= at:
            state, events = pass_time(rule, state, reading.source_id, reading.feed, at=moment, listening_since=EPOCH)
            note(events)
    return state


def _moments(rule: Rule, state: SensorState) -> Iterator[datetime]:
    if state.heard_us is not None:
        for level in rule.levels:
            if level is not None:
                yield from_us(state.heard_us) + timedelta(minutes=level)
    elif state.owed_us is not None:
        yield from_us(state.owed_us) + timedelta(seconds=SETTLE_S)
