"""What messages say of their own sources: that they flood, and by what clock they speak."""

from collections.abc import Sequence

from dispatch.event import Event, Reading
from dispatch.health.flood import is_critical
from services.engine import sensing
from services.engine.turn import Turn
from services.engine.vitals import S, correct
from services.feeds import Learned, Said
from services.observe import counters

REPEAT_WEIGHT = 0.02
"""Of a word that changes no case: a day of a camera's minutes, told at once, weighs as much as thirty new things."""


def is_over_the_brim(turn: Turn, said: Sequence[Said]) -> bool:
    """Return whether a message says more than its source may: then nothing of it that may change a case is taken.

    It is asked of messages whole, so that one that is set aside can be read again without telling anything twice. One
    that holds an alarm, or a type of the top priority, always passes, with all else that it holds.
    """
    events = [each for each in said if isinstance(each, Event)]
    if not events:
        return False
    state = turn.state
    source = state.senders.get(events[0].source_id)
    weight = sum(REPEAT_WEIGHT if _is_repeat(turn, each) else 1.0 for each in events)
    if state.senders.ward.may_tell(source, weight, state.city.flood, turn.at):
        return False
    codes, find = state.city.codes, state.senders.find
    return not any(is_critical(each, find(each.source_id), codes) for each in events)


def _is_repeat(turn: Turn, event: Event) -> bool:
    """Say whether an event can only be counted: its episode has a case, which has heard as bad of it already."""
    case = turn.state.book.of_episode(event.episode)
    return case is not None and event.severity <= case.severity


def leave_aside(turn: Turn, said: Sequence[Said]) -> list[Said]:
    """Note that a message is set aside; return what is taken of it nevertheless: readings, which the rules of the
    sensors turn into few events and which may be an alarm, and what the feed has learned.
    """
    source_id = next(each.source_id for each in said if isinstance(each, Event))
    turn.state.senders.ward.set_aside(source_id, turn.at)
    turn.note_vitals(source_id)
    counters.SET_ASIDE.inc()
    return [each for each in said if isinstance(each, Reading | Learned)]


def set_right(turn: Turn, said: S) -> S:
    """Return the event or reading as of when it was observed, by what is known of its source's clock."""
    ward = turn.state.senders.ward
    clocked, is_turned = ward.read_clock(said, turn.state.city.health.clock_limit_s)
    if is_turned and isinstance(said, Reading):
        sensing.begin_anew(turn, said)
    if clocked.at is said.observed_at:
        return said
    return correct(said, clocked, ward.of(said.source_id).skew)
