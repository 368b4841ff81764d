"""What is known of the sources, written every now and then: losing half a minute of it costs nothing."""

from services.engine.senders import Senders
from services.engine.turn import Turn
from services.store import health, sources
from services.store.database import Database

KEPT_PER_TURN = 200
"""Sources whose vitals are written with one turn: some milliseconds of its commit."""


async def save_heard(db: Database, senders: Senders) -> None:
    """Write when the sources were last heard; what was learned of them is yet to be written then."""
    changed, senders.changed = senders.changed, set()
    senders.ward.changed |= changed
    if changed:
        states = [(each, senders.last_heard.get(each), each in senders.lost) for each in sorted(changed)]
        await db.write(lambda connection: sources.save_states(connection, states))


def keep_vitals(turn: Turn) -> int:
    """Keep what was learned of some sources with the turn; return how many are left.

    With a turn, because floods and outages stand in the same rows, and must never be older than the journal.
    """
    changed = turn.state.senders.ward.changed
    for source_id in sorted(changed)[:KEPT_PER_TURN]:
        turn.note_vitals(source_id)
        changed.discard(source_id)
    return len(changed)


async def save_last(db: Database, senders: Senders) -> None:
    """Write all that is known of the sources, when there are no more turns."""
    await save_heard(db, senders)
    changed, senders.ward.changed = senders.ward.changed, set()
    if changed:
        docs = {each: senders.ward.write(each) for each in sorted(changed)}
        await db.write(lambda connection: health.save_vitals(connection, docs))
