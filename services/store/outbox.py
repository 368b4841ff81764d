"""What must be told to someone, whatever happens to this process."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, func, select, update

from services.store.tables import outbox

SEQS_MAX = 500
"""Numbers in one statement: SQLite and PostgreSQL both bound the parameters of a statement."""


def mark_delivered(connection: Connection, seqs: Sequence[int], recipients: Sequence[str], at: datetime) -> None:
    """Note that these notices, and all that waited for these recipients, have been delivered."""
    undelivered = outbox.c.delivered_at.is_(None)
    for start in range(0, len(seqs), SEQS_MAX):
        chosen = outbox.c.seq.in_(seqs[start : start + SEQS_MAX])
        connection.execute(update(outbox).where(chosen, undelivered).values(delivered_at=at))
    for recipient in recipients:
        connection.execute(update(outbox).where(outbox.c.recipient == recipient, undelivered).values(delivered_at=at))


def count_undelivered(connection: Connection) -> int:
    return connection.scalar(select(func.count()).select_from(outbox).where(outbox.c.delivered_at.is_(None))) or 0
