"""Parcels to partner systems: what they are to be told, whatever happens to this process, and how far that has come."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from msgspec import Struct
from sqlalchemy import Connection, delete, func, select, update

from services.store.partner_tables import followed, parcels, partner_state, partner_updates
from services.store.types import from_us, to_us
from services.store.upsert import insert_new, insert_rows, upsert

FOLLOWED_FOR = timedelta(days=180)
"""How long a partner is asked what has become of a request: what he has not ended by then he will not."""
DETAIL_MAX = 500
"""Characters of what a partner has answered that are kept with a parcel."""


class State(StrEnum):
    """How far a parcel has come."""

    WAITING = "waiting"  # to be sent, or sent again
    PROMISED = "promised"  # the partner has given a token, and not yet a number
    TAKEN = "taken"
    DEAD = "dead"  # the tries have run out, or no other would fare better: a person decides
    GIVEN_UP = "given_up"
    WITHDRAWN = "withdrawn"  # the case was over before it was sent


OPEN_STATES = (State.WAITING, State.PROMISED)


class Key(NamedTuple):
    """A parcel's name: the seq of the fact that it tells, and to whom."""

    seq: int
    partner: str


class NewParcel(Struct, frozen=True, kw_only=True, gc=False):
    """A parcel as a turn writes it."""

    seq: int
    partner: str
    case_id: str
    reference: str
    status: str
    at: datetime


class Parcel(Struct, frozen=True, kw_only=True):
    """A parcel as it lies there. `doubtful` says that a try since `tried_at` may have reached the partner."""

    seq: int
    partner: str
    case_id: str
    reference: str
    status: str
    state: str
    tries: int
    next_at: datetime | None
    tried_at: datetime | None
    doubtful: bool
    token: str
    request_id: str
    reason: str
    detail: str
    created_at: datetime
    changed_at: datetime

    @property
    def key(self) -> Key:
        return Key(self.seq, self.partner)


class Change(Struct, frozen=True, kw_only=True):
    """What has become of a parcel: the columns that change. `follow` is the partner's number to follow, "" for none."""

    key: Key
    fields: Mapping[str, Any]
    at: datetime
    follow: str = ""
    update_id: str = ""
    """News that has been taken with it; there `fields` are empty."""


def add_parcels(connection: Connection, new: Sequence[NewParcel]) -> None:
    """Write the parcels of a turn, due at once."""
    rows = [
        {
            "seq": each.seq,
            "partner": each.partner,
            "case_id": each.case_id,
            "reference": each.reference,
            "status": each.status,
            "state": State.WAITING.value,
            "tries": 0,
            "next_at": each.at,
            "tried_at": None,
            "doubtful": False,
            "token": "",
            "request_id": "",
            "reason": "",
            "detail": "",
            "created_at": each.at,
            "changed_at": each.at,
        }
        for each in new
    ]
    insert_rows(connection, parcels, rows)


def change_parcels(connection: Connection, changes: Iterable[Change]) -> None:
    """Write what has become of parcels; a request that was taken is followed from now on."""
    for each in changes:
        one = (parcels.c.seq == each.key.seq, parcels.c.partner == each.key.partner)
        if each.fields:
            connection.execute(update(parcels).where(*one).values(changed_at=each.at, **each.fields))
        if each.follow:
            row = connection.execute(select(parcels.c.case_id, parcels.c.reference).where(*one)).one()
            values = {"partner": each.key.partner, "request_id": each.follow, **row._mapping}
            upsert(connection, followed, [{**values, "until": each.at + FOLLOWED_FOR}])
        if each.update_id:
            news = {"partner": each.key.partner, "update_id": each.update_id, "at": each.at}
            insert_new(connection, partner_updates, [news])


def list_due(connection: Connection, now: datetime, limit: int) -> list[Parcel]:
    """Return the parcels whose time has come, the longest due first (index `ix_parcels_next_at`)."""
    query = select(parcels).where(parcels.c.next_at <= now).order_by(parcels.c.next_at, parcels.c.seq).limit(limit)
    return [_read(row) for row in connection.execute(query)]


def find_parcel(connection: Connection, key: Key) -> Parcel | None:
    row = connection.execute(
        select(parcels).where(parcels.c.seq == key.seq, parcels.c.partner == key.partner)
    ).one_or_none()
    return None if row is None else _read(row)


def find_request(connection: Connection, partner: str, case_id: str, reference: str) -> Parcel | None:
    """Return the parcel by which a case was forwarded."""
    row = connection.execute(
        select(parcels).where(
            parcels.c.case_id == case_id,
            parcels.c.partner == partner,
            parcels.c.reference == reference,
            parcels.c.status == "",
        )
    ).first()
    return None if row is None else _read(row)


def list_parcels(
    connection: Connection, *, states: Sequence[str], partner: str, before: tuple[datetime, int] | None, limit: int
) -> list[Parcel]:
    """Return parcels of these states, the last to change first."""
    query = select(parcels).where(parcels.c.state.in_(states))
    if partner:
        query = query.where(parcels.c.partner == partner)
    if before is not None:
        at, seq = before
        query = query.where((parcels.c.changed_at < at) | ((parcels.c.changed_at == at) & (parcels.c.seq < seq)))
    query = query.order_by(parcels.c.changed_at.desc(), parcels.c.seq.desc()).limit(limit)
    return [_read(row) for row in connection.execute(query)]


def cursor_of(parcel: Parcel) -> str:
    """Return from where a list of parcels goes on after this one."""
    return f"{to_us(parcel.changed_at)}-{parcel.seq}"


def read_cursor(text: str) -> tuple[datetime, int]:
    us, _, seq = text.partition("-")
    return from_us(int(us)), int(seq)


def count_by_partner(connection: Connection) -> dict[str, dict[str, int]]:
    """Return how many parcels of each partner are in each state."""
    query = select(parcels.c.partner, parcels.c.state, func.count()).group_by(parcels.c.partner, parcels.c.state)
    found: dict[str, dict[str, int]] = {}
    for partner, state, count in connection.execute(query):
        found.setdefault(partner, {})[state] = count
    return found


def count_states(connection: Connection) -> dict[str, int]:
    """Return how many parcels are in each state."""
    rows = connection.execute(select(parcels.c.state, func.count()).group_by(parcels.c.state))
    found = dict.fromkeys((state.value for state in State), 0)
    return found | {row[0]: row[1] for row in rows}


def _read(row: Any) -> Parcel:
    return Parcel(**row._mapping)


# --- what partners say ------------------------------------------------------------------------------------------------


class Followed(Struct, frozen=True, kw_only=True):
    """A request of ours at a partner."""

    request_id: str
    case_id: str
    reference: str


class PartnerState(Struct, frozen=True, kw_only=True):
    """How it goes with a partner. `read_until` is up to when his updates have been read."""

    partner: str
    polled_at: datetime | None = None
    read_until: datetime | None = None
    answered_at: datetime | None = None
    failures: int = 0
    error: str = ""


def list_followed(connection: Connection, partner: str, now: datetime) -> list[Followed]:
    """Return the requests of ours that a partner is asked about."""
    query = select(followed.c.request_id, followed.c.case_id, followed.c.reference)
    query = query.where(followed.c.partner == partner, followed.c.until > now).order_by(followed.c.request_id)
    return [Followed(**row._mapping) for row in connection.execute(query)]


def follow_until(connection: Connection, partner: str, request_ids: Sequence[str], until: datetime) -> None:
    """Follow these no longer than that."""
    one = (followed.c.partner == partner, followed.c.request_id.in_(request_ids), followed.c.until > until)
    connection.execute(update(followed).where(*one).values(until=until))


def known_updates(connection: Connection, partner: str, update_ids: Sequence[str]) -> set[str]:
    """Return which of a partner's news have been taken already."""
    query = select(partner_updates.c.update_id).where(
        partner_updates.c.partner == partner, partner_updates.c.update_id.in_(update_ids)
    )
    return set(connection.scalars(query))


def load_states(connection: Connection) -> dict[str, PartnerState]:
    """Return how it goes with each partner that was ever asked."""
    return {row.partner: PartnerState(**row._mapping) for row in connection.execute(select(partner_state))}


def save_state(connection: Connection, state: PartnerState) -> None:
    names = PartnerState.__struct_fields__
    upsert(connection, partner_state, [{name: getattr(state, name) for name in names}])


def delete_old(connection: Connection, before: datetime) -> int:
    """Delete what has been over since before then: parcels, what is followed no longer, and news that was taken."""
    ended = [state.value for state in State if state not in (*OPEN_STATES, State.DEAD)]
    gone = connection.execute(delete(parcels).where(parcels.c.state.in_(ended), parcels.c.changed_at < before)).rowcount
    gone += connection.execute(delete(followed).where(followed.c.until < before)).rowcount
    return gone + connection.execute(delete(partner_updates).where(partner_updates.c.at < before)).rowcount
