"""What must be told to someone, whatever happens to this process."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime

from msgspec import Struct
from sqlalchemy import Connection, Select, and_, delete, func, or_, select, tuple_, update
from sqlalchemy.sql import ColumnElement

from dispatch.access import Role
from dispatch.case import Case
from dispatch.notices import NoticeKind
from services.store.case_rows import read_case
from services.store.tables import cases, journal, outbox

KEYS_MAX = 500
"""Notices in one statement: SQLite and PostgreSQL both bound the parameters of a statement."""

Key = tuple[int, str]
"""The seq of the fact, and who is told."""

_UNDELIVERED = outbox.c.delivered_at.is_(None)
_IS_TASK = outbox.c.kind == NoticeKind.TASK.value
_OF_WORKER = outbox.c.role == Role.WORKER.value


class Due(Struct, frozen=True, kw_only=True):
    """One notice whose time has come: its fact, and the case as it is now."""

    seq: int
    recipient: str
    role: str
    kind: str
    created_at: datetime
    deliver_at: datetime
    fact: str
    data: bytes
    case: Case

    @property
    def key(self) -> Key:
        return self.seq, self.recipient


def mark_delivered(connection: Connection, keys: Sequence[Key], workers: Sequence[str], at: datetime) -> None:
    """Note that these notices have been delivered, and all tasks that waited for these workers."""
    for chosen in _pages_of(keys):
        connection.execute(update(outbox).where(chosen, _UNDELIVERED).values(delivered_at=at))
    for worker in workers:
        waiting = (outbox.c.recipient == worker, _OF_WORKER, _IS_TASK, _UNDELIVERED)
        connection.execute(update(outbox).where(*waiting).values(delivered_at=at))


def mark_pushed(connection: Connection, keys: Sequence[Key], at: datetime) -> None:
    """Note that a push service has taken these notices: they are pushed once."""
    for chosen in _pages_of(keys):
        connection.execute(update(outbox).where(chosen).values(pushed_at=at))


def _pages_of(keys: Sequence[Key]) -> Iterator[ColumnElement[bool]]:
    for start in range(0, len(keys), KEYS_MAX):
        yield tuple_(outbox.c.seq, outbox.c.recipient).in_(keys[start : start + KEYS_MAX])


def list_due(
    connection: Connection, workers: Collection[str], users: Collection[str], now: datetime, limit: int
) -> list[Due]:
    """Return notices for those people whose time has come, the longest due first. Tasks are not among them: they go
    out with their facts.
    """
    query = _due().where(_for(workers, users), ~_IS_TASK, outbox.c.deliver_at <= now)
    return _read(connection, query.limit(limit))


def list_unheard(
    connection: Connection,
    workers: Collection[str],
    users: Collection[str],
    since: datetime,
    before: datetime,
    limit: int,
) -> list[Due]:
    """Return notices for those people that neither a socket nor a push service has taken, and that were to be told in
    that time.
    """
    query = _due().where(_for(workers, users), outbox.c.pushed_at.is_(None))
    return _read(connection, query.where(outbox.c.deliver_at.between(since, before)).limit(limit))


def _for(workers: Collection[str], users: Collection[str]) -> ColumnElement[bool]:
    own = and_(_OF_WORKER, outbox.c.recipient.in_(workers))
    return or_(own, and_(~_OF_WORKER, outbox.c.recipient.in_(users)))


def _due() -> Select[tuple[object, ...]]:
    columns = (outbox.c.seq, outbox.c.recipient, outbox.c.role, outbox.c.kind, outbox.c.created_at, outbox.c.deliver_at)
    return (
        select(*columns, journal.c.kind.label("fact"), journal.c.data, cases.c.doc)
        .join_from(outbox, journal, journal.c.seq == outbox.c.seq)
        .join(cases, cases.c.id == journal.c.case_id)
        .where(_UNDELIVERED)
        .order_by(outbox.c.deliver_at, outbox.c.seq)
    )


def _read(connection: Connection, query: Select[tuple[object, ...]]) -> list[Due]:
    found: Iterable[dict[str, object]] = (dict(row._mapping) for row in connection.execute(query))
    return [Due(case=read_case(row.pop("doc")), **row) for row in found]  # type: ignore[arg-type]


def delete_told(connection: Connection, before: datetime) -> int:
    """Delete notices that were to be told before then; what was to be done has been, or the case has said so since."""
    return connection.execute(delete(outbox).where(outbox.c.deliver_at < before, ~_IS_TASK)).rowcount


def count_undelivered(connection: Connection) -> int:
    return connection.scalar(select(func.count()).select_from(outbox).where(_UNDELIVERED)) or 0
