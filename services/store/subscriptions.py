"""Who wants to be told of what, and what each will be told with the next letter."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct
from msgspec.structs import asdict
from sqlalchemy import Connection, delete, func, insert, select, update

from services.store.tables import events, letters_head, reports, subscriptions, tellings
from services.store.upsert import insert_new

KEYS_MAX = 400
"""Ids in one statement: SQLite and PostgreSQL both bound the parameters of a statement."""
_ONLY = 1
"""The head has one row."""


class Subscription(Struct, frozen=True, kw_only=True):
    """One wish to be told: of a report (`number`), of a case that the public sees (`case_id`), or of an area, in one
    category or all. `token` ends it; `sealed_link` holds the private token of the report, or
    the path below `/report/` where it was asked for on another page than the full one.
    """

    id: str
    contact_id: str
    kind: str
    token: str
    created_at: datetime
    number: str = ""
    case_id: str = ""
    area: str = ""
    category: str = ""
    sealed_link: str = ""
    due_at: datetime | None = None
    sent_at: datetime | None = None


_COLUMNS = tuple(subscriptions.c)


def add_subscription(connection: Connection, new: Subscription) -> None:
    """Add a wish; one for the same thing at the same address is there once."""
    same = [getattr(subscriptions.c, name) == getattr(new, name) for name in ("contact_id", "kind", "number")]
    same += [getattr(subscriptions.c, name) == getattr(new, name) for name in ("case_id", "area", "category")]
    if connection.scalar(select(subscriptions.c.id).where(*same)) is None:
        connection.execute(insert(subscriptions).values(**asdict(new)))


def list_of_contacts(connection: Connection, contact_ids: Collection[str]) -> Sequence[Subscription]:
    query = select(*_COLUMNS).where(subscriptions.c.contact_id.in_(contact_ids)).order_by(subscriptions.c.created_at)
    return [Subscription(**row._mapping) for row in connection.execute(query)]


def find_by_token(connection: Connection, token: str) -> Subscription | None:
    row = connection.execute(select(*_COLUMNS).where(subscriptions.c.token == token)).first()
    return None if row is None else Subscription(**row._mapping)


def remove_subscription(connection: Connection, subscription_id: str) -> None:
    connection.execute(delete(tellings).where(tellings.c.subscription_id == subscription_id))
    connection.execute(delete(subscriptions).where(subscriptions.c.id == subscription_id))


def has_any(connection: Connection) -> bool:
    return connection.scalar(select(subscriptions.c.id).limit(1)) is not None


# --- the fold of the journal ---------------------------------------------------------------------------------


def read_head(connection: Connection) -> int | None:
    """Return the seq of the last fact that subscriptions were told of; None before the first."""
    return connection.scalar(select(letters_head.c.seq))


def put_head(connection: Connection, seq: int) -> None:
    connection.execute(delete(letters_head))
    connection.execute(insert(letters_head).values(id=_ONLY, seq=seq))


class Wish(Struct, frozen=True):
    """A subscription as far as it says what it is for. `case_id` is that of its report, where it is of one."""

    id: str
    kind: str
    number: str
    case_id: str
    area: str
    category: str
    sent_at: datetime | None


def list_of_cases(connection: Connection, case_ids: Sequence[str]) -> list[Wish]:
    """Return who follows one of those cases, by his own report or as one of the public."""
    found: list[Wish] = []
    for start in range(0, len(case_ids), KEYS_MAX):
        some = case_ids[start : start + KEYS_MAX]
        by_report = (
            select(subscriptions, events.c.case_id.label("its_case"))
            .join_from(subscriptions, reports, reports.c.number == subscriptions.c.number)
            .join(events, events.c.id == reports.c.message_id + "/0")
            .where(events.c.case_id.in_(some), reports.c.withdrawn_at.is_(None))
        )
        by_case = select(subscriptions, subscriptions.c.case_id.label("its_case")).where(
            subscriptions.c.case_id.in_(some)
        )
        for query in (by_report, by_case):
            for row in connection.execute(query):
                found.append(_wish(row, row.its_case))
    return found


def list_of_areas(connection: Connection, areas: Collection[str]) -> list[Wish]:
    """Return who follows one of those areas."""
    query = select(subscriptions).where(subscriptions.c.kind == "area", subscriptions.c.area.in_(areas))
    return [_wish(row, "") for row in connection.execute(query)]


def _wish(row: Any, case_id: str) -> Wish:
    return Wish(row.id, row.kind, row.number, case_id, row.area, row.category, row.sent_at)


def add_tellings(connection: Connection, told: Mapping[str, Collection[int]], due: Mapping[str, datetime]) -> None:
    """Note what subscriptions will be told, and when, where they have not been waiting for a letter already."""
    rows = [{"subscription_id": each, "seq": seq} for each, seqs in told.items() for seq in sorted(seqs)]
    insert_new(connection, tellings, rows)
    for each, at in due.items():
        waiting = (subscriptions.c.id == each, subscriptions.c.due_at.is_(None))
        connection.execute(update(subscriptions).where(*waiting).values(due_at=at))


def list_due(connection: Connection, now: datetime, limit: int) -> Sequence[tuple[Subscription, list[int]]]:
    """Return subscriptions whose letter is due, each with the facts that it is to tell, in order."""
    query = select(*_COLUMNS).where(subscriptions.c.due_at <= now).order_by(subscriptions.c.due_at).limit(limit)
    due = [Subscription(**row._mapping) for row in connection.execute(query)]
    seqs: dict[str, list[int]] = {each.id: [] for each in due}
    told = select(tellings).where(tellings.c.subscription_id.in_(seqs)).order_by(tellings.c.seq)
    for row in connection.execute(told):
        seqs[row.subscription_id].append(row.seq)
    return [(each, seqs[each.id]) for each in due]


def settle(connection: Connection, subscription_id: str, until: int, at: datetime) -> None:
    """What was to be told up to that fact is in a letter; what has come since waits for the next."""
    told = (tellings.c.subscription_id == subscription_id, tellings.c.seq <= until)
    connection.execute(delete(tellings).where(*told))
    left = connection.scalar(select(func.count()).where(tellings.c.subscription_id == subscription_id))
    own = subscriptions.c.id == subscription_id
    connection.execute(update(subscriptions).where(own).values(sent_at=at, due_at=at if left else None))
