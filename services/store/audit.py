"""Who did what beside the cases: looked at a person's data, gave out a key, changed an account. Only ever added to.

Triggers refuse every change of a row (migration 0006), and each row's hash covers the hash before it, so that what is
changed around the triggers shows (docs/adr: an audit that only grows). Nothing is ever deleted from it: it has no
retention.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

import msgspec
from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, RowMapping, insert, or_, select, update

from services.store.chain import GENESIS, Link, hash_link
from services.store.tables import audit, audit_head
from services.store.types import to_us

DETAIL_MAX = 2_000
"""Characters of what is told of a change: the names of some dozen permissions."""
PAGE = 1_000
"""Rows read at a time where all are read."""

_encode = msgspec.json.Encoder().encode


class Deed(Struct, frozen=True, kw_only=True):
    """One act. `action` is a stable word such as `reporter.shown`, `subject` the id of what it was done to.

    `detail` says what was changed: a JSON object, or "".
    """

    at: datetime
    username: str
    action: str
    subject: str
    address: str = ""
    detail: str = ""


class Written(Struct, frozen=True, kw_only=True):
    """An act as it stands in the audit."""

    n: int
    deed: Deed
    hash: str


class Wanted(Struct, frozen=True, kw_only=True):
    """Which acts are wanted; "" and None want all. `actions` may name a family: `session` has `session.opened`."""

    username: str = ""
    subject: str = ""
    actions: Sequence[str] = ()
    start: datetime | None = None
    end: datetime | None = None


class Broken(Struct, frozen=True, kw_only=True):
    """Where the chain does not hold: the number of the first row that does not fit, and why."""

    n: int
    why: str


def detail_of(**what: object) -> str:
    """Return what was changed as a deed's `detail`; what is empty is left out."""
    told = {name: value for name, value in what.items() if value not in ("", None, (), [])}
    return _encode(told).decode()[:DETAIL_MAX] if told else ""


def note(connection: Connection, deed: Deed) -> None:
    """Write an act, in the transaction that does it. The head is locked first: there is one chain."""
    take = update(audit_head).where(audit_head.c.id == 1).values(n=audit_head.c.n + 1)
    head = connection.execute(take.returning(audit_head.c.n, audit_head.c.hash)).one()
    row = {
        "username": _clean(deed.username, 64),
        "action": deed.action,
        "subject": _clean(deed.subject, 120),
        "address": _clean(deed.address, 64),
        "detail": _clean(deed.detail, DETAIL_MAX),
    }
    digest = hash_link(Link(before=head.hash, n=head.n, at_us=to_us(deed.at), **row))
    connection.execute(insert(audit).values(n=head.n, at=deed.at, hash=digest, **row))
    connection.execute(update(audit_head).where(audit_head.c.id == 1).values(hash=digest))


def _clean(text: str, most: int) -> str:
    """Return what every database can store: no NUL, no half of a surrogate pair."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode()[:most]


_COLUMNS = (
    audit.c.n,
    audit.c.at,
    audit.c.username,
    audit.c.action,
    audit.c.subject,
    audit.c.address,
    audit.c.detail,
    audit.c.hash,
)


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.username:
        found.append(audit.c.username == wanted.username)
    if wanted.subject:
        found.append(audit.c.subject == wanted.subject)
    if wanted.actions:
        families = (audit.c.action.startswith(f"{action}.", autoescape=True) for action in wanted.actions)
        found.append(or_(audit.c.action.in_(wanted.actions), *families))
    if wanted.start is not None:
        found.append(audit.c.at >= wanted.start)
    if wanted.end is not None:
        found.append(audit.c.at < wanted.end)
    return found


def list_deeds(
    connection: Connection, *, before: int | None, limit: int, wanted: Wanted | None = None
) -> Sequence[Written]:
    """Return acts with their numbers, the newest first; `before` is the number to go on from."""
    query = select(*_COLUMNS).where(*_conditions(wanted or Wanted())).order_by(audit.c.n.desc()).limit(limit)
    if before is not None:
        query = query.where(audit.c.n < before)
    return [_written(row._mapping) for row in connection.execute(query)]


def _written(row: RowMapping) -> Written:
    fields = {str(name): value for name, value in row.items()}
    n, digest = fields.pop("n"), fields.pop("hash")
    return Written(n=n, hash=digest, deed=Deed(**fields))


def list_actions(connection: Connection) -> Sequence[str]:
    """Return the words of all acts that there are."""
    return list(connection.scalars(select(audit.c.action).distinct().order_by(audit.c.action)))


def find_head(connection: Connection) -> tuple[int, str]:
    """Return the number and the hash of the last row: what an auditor keeps elsewhere to compare with later."""
    row = connection.execute(select(audit_head.c.n, audit_head.c.hash).where(audit_head.c.id == 1)).one()
    return row.n, row.hash


def find_break(connection: Connection, anchor: tuple[int, str] | None = None) -> Broken | None:
    """Walk the whole chain; return where it does not hold, None if it does. A million rows take some ten seconds.

    `anchor` is the number and the hash of a row as they were written down at some earlier time.
    """
    n, before = 0, GENESIS
    for row in _walk(connection):
        if row.n != n + 1 and n:
            return Broken(n=n + 1, why="missing")
        if hash_link(_link(row, before)) != row.hash:
            return Broken(n=row.n, why="changed")
        if anchor is not None and row.n == anchor[0] and row.hash != anchor[1]:
            return Broken(n=row.n, why="rewritten")
        n, before = row.n, row.hash
    head = find_head(connection)
    if head[0] != n or head[1] != before:
        return Broken(n=n + 1, why="missing")
    return Broken(n=anchor[0], why="missing") if anchor is not None and anchor[0] > n else None


def _link(row: Written, before: str) -> Link:
    deed = row.deed
    return Link(
        before=before,
        n=row.n,
        at_us=to_us(deed.at),
        username=deed.username,
        action=deed.action,
        subject=deed.subject,
        address=deed.address,
        detail=deed.detail,
    )


def _walk(connection: Connection) -> Iterator[Written]:
    after = 0
    while page := connection.execute(select(*_COLUMNS).where(audit.c.n > after).order_by(audit.c.n).limit(PAGE)).all():
        for row in page:
            yield _written(row._mapping)
        after = page[-1].n
