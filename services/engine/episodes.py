"""Episodes on their way to a decision: ends that are held back, and what has come too late."""

from dispatch.event import Event, Phase
from dispatch.health.flap import Verdict, follow, is_late, release
from dispatch.ids import CaseId
from services.engine.episode_book import NEW
from services.engine.turn import Turn


def watch(turn: Turn, event: Event, *, is_settled: bool = False) -> Verdict:
    """Say what becomes of an event, and remember it. What is held back is told when its time comes (`tell_due`).

    `is_settled`: it has waited already for what might have taken it back (`dispatch.sensing.pass_time`).
    """
    if not event.episode:
        return Verdict.PASS
    episodes = turn.state.episodes
    before = episodes.get(event.episode)
    rules = turn.state.city.health
    if before is NEW and event.phase is not Phase.CLOSE and (is_settled or not is_late(event, rules)):
        return Verdict.PASS
    case = turn.state.book.of_episode(event.episode)
    is_known = is_settled or (case is not None and case.is_open)
    step = follow(before, event, rules, turn.at, is_known=is_known)
    if step.after is not before:
        turn.note_episode(event.episode, step.after)
    if step.dropped is not None:
        keep_beside(turn, step.dropped)
    return step.verdict


def keep_beside(turn: Turn, event: Event) -> None:
    """Keep an event that changes nothing beside the case of its episode: the history is whole."""
    case = turn.state.book.of_episode(event.episode)
    turn.attach(case.id if case else CaseId(""), event)


def let_go(turn: Turn, key: str) -> Event | None:
    """Return the end of an episode that was held back until now; None where none is any more."""
    held, after = release(turn.state.episodes.get(key))
    turn.note_episode(key, after if held is not None else None)
    return held


FORGET_PER_TURN = 2_000
"""Episodes forgotten in one turn, so that it stays a short one."""


def forget_old(turn: Turn) -> int:
    """Forget episodes that ended long ago; return how many."""
    old = turn.state.episodes.list_old(turn.at, FORGET_PER_TURN)
    for key in old:
        turn.note_episode(key, None)
    return len(old)
