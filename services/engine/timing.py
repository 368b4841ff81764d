"""What time alone brings about: the due index is asked, and the cases whose time has come are told so.

A page of them is told in a turn, beside the messages and the commands of that turn; what is left is told in the next,
at once. So a storm of limits that pass together holds nobody's command up for longer than a turn.
"""

import traceback
from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog

from dispatch.ids import CaseId, TaskId
from dispatch.timers import next_timer_at, pass_time
from services.engine import episodes
from services.engine.messages import settle_event
from services.engine.orders import new_id, relatives_of, situation_of
from services.engine.turn import Turn
from services.observe import counters
from services.store import health, journal
from services.store.database import Database
from services.store.health import DueEpisode
from services.store.journal import Due

DUE_PER_TURN = 256
"""Cases told in one turn: some 60 ms of it. More would make a command wait; fewer would commit too often in a storm."""
DUE_PER_LOOK = 8 * DUE_PER_TURN
"""Cases that the index is asked for at once: in a storm the next pages are at hand."""
LOOK_EVERY_S = 0.5
"""How often the index is asked when it has said that nothing comes. Times that it names are waited for exactly; only
one that was set since, and has passed before the next look, is told so much too late.
"""
STUCK_MAX = 1_000
"""Cases left alone because nothing comes of telling them; more than a few are a fault of the program."""

log = structlog.get_logger(__name__)


class Timers:
    """Asks the due index, and remembers what it cannot help: such a case is not asked again until it changes."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._due: list[Due | DueEpisode] = []
        self._stuck: dict[CaseId, datetime] = {}
        """Case -> the time in the index of which nothing came."""

    async def look(self, now: datetime) -> float:
        """Take up some pages of what is due, unless there are some; return in how many seconds to look again."""
        if self._due:
            return 0.0
        until, limit = now + timedelta(seconds=LOOK_EVERY_S), DUE_PER_LOOK + len(self._stuck)
        try:
            rows, ends = await self._db.read(
                lambda c: (journal.list_due(c, until, limit), health.list_due_episodes(c, until, DUE_PER_LOOK))
            )
        except Exception as error:  # noqa: BLE001 - the loop outlives a database that is away for a while
            log.error("due index not read", error=str(error))
            return LOOK_EVERY_S
        fresh = [row for row in rows if self._stuck.get(row.case_id) != row.at]
        both: list[Due | DueEpisode] = sorted([*fresh, *ends], key=_at)
        self._due = [row for row in both if row.at <= now]
        if len(self._due) >= DUE_PER_TURN:
            return 0.0
        coming = next((row.at for row in both if row.at > now), until)
        return (coming - now).total_seconds()

    def take(self) -> list[Due | DueEpisode]:
        """Return a page of what `look` found, each case once."""
        taken, self._due = self._due[:DUE_PER_TURN], self._due[DUE_PER_TURN:]
        return taken

    def __len__(self) -> int:
        return len(self._due)

    def tell(self, turn: Turn, due: Sequence[Due | DueEpisode]) -> None:
        """Record what time has brought about. One case of which nothing can be made holds up no other."""
        for row in due:
            if isinstance(row, DueEpisode):
                _tell_end(turn, row.episode)
                continue
            try:
                is_told = _tell(turn, row.case_id)
            except Exception:  # noqa: BLE001 - the outermost loop over cases: the others must hear of their time
                log.error("a case could not be told its time", case=row.case_id, trace=traceback.format_exc())
                is_told = False
            if not is_told:
                self._leave_alone(row)

    def _leave_alone(self, row: Due) -> None:
        log.error("nothing comes of a timer", case=row.case_id, due=row.at.isoformat())
        if len(self._stuck) >= STUCK_MAX:
            self._stuck.clear()
        self._stuck[row.case_id] = row.at


def _at(row: Due | DueEpisode) -> datetime:
    return row.at


def _tell_end(turn: Turn, key: str) -> None:
    """Tell an end that was held back. It is forgotten first: whatever comes of it, it is not due again."""
    held = episodes.let_go(turn, key)
    if held is None:
        return
    try:
        settle_event(turn, held)
    except Exception:  # noqa: BLE001 - the outermost loop over episodes: the others must be told too
        log.error("an end that was held back could not be told", episode=key, trace=traceback.format_exc())


def note_lateness(due: Sequence[Due | DueEpisode], now: datetime) -> None:
    """Count how long after their time the facts of these cases were durable."""
    for row in due:
        counters.TIMER_LATENESS.observe(max(0.0, (now - row.at).total_seconds()))


def _tell(turn: Turn, case_id: CaseId) -> bool:
    """Tell one case; return whether the index will no longer say that it is due."""
    case = turn.find(case_id)
    if case is None:
        return False
    situation = situation_of(turn, relatives_of(turn, case))
    facts = pass_time(case, situation, task_id=TaskId(new_id(turn.at)), at=turn.at)
    if facts:
        turn.record_all(facts)
        return True
    # What a command of this very turn has changed is due no more. Where only the index says that it is (it was written
    # by another version of the rules), writing the case again puts the index right.
    turn.batch.cases.setdefault(case_id, case)
    coming = next_timer_at(case)
    return coming is None or coming > turn.at
