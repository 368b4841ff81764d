"""Who did what beside the cases: looked at a person's data, gave out a key, changed an account. Never changed."""

from datetime import datetime

from msgspec import Struct
from sqlalchemy import Connection, insert, select

from services.store.tables import audit


class Deed(Struct, frozen=True, kw_only=True):
    """One act. `action` is a stable word such as `reporter.shown`, `subject` the id of what it was done to."""

    at: datetime
    username: str
    action: str
    subject: str
    address: str = ""


_COLUMNS = (audit.c.n, audit.c.at, audit.c.username, audit.c.action, audit.c.subject, audit.c.address)


def note(connection: Connection, deed: Deed) -> None:
    """Write an act, in the transaction that does it."""
    connection.execute(
        insert(audit).values(
            at=deed.at,
            username=deed.username[:64],
            action=deed.action,
            subject=deed.subject[:120],
            address=deed.address[:64],
        )
    )


def list_deeds(connection: Connection, *, before: int | None, limit: int) -> list[tuple[int, Deed]]:
    """Return acts with their numbers, the newest first; `before` is the number to go on from."""
    query = select(*_COLUMNS).order_by(audit.c.n.desc()).limit(limit)
    if before is not None:
        query = query.where(audit.c.n < before)
    return [
        (
            row.n,
            Deed(at=row.at, username=row.username, action=row.action, subject=row.subject, address=row.address),
        )
        for row in connection.execute(query)
    ]
