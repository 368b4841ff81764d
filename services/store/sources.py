"""Sources made by hand, their keys, and when each source was last heard."""

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol

from msgspec import Struct
from sqlalchemy import Connection, Row, delete, insert, select

from dispatch.city import Source
from dispatch.ids import SourceId
from gis.point import LonLat
from services.store.accounts import hash_secret
from services.store.health import list_vitals
from services.store.tables import learned, source_keys, source_state, sources
from services.store.upsert import upsert

KEY_BYTES = 24
"""192 random bits: a source key cannot be guessed, and needs no slow hash."""


HINT_SHOWN = 4
"""Characters of a key that stay readable: too few to help anyone who guesses."""


class KeyRow(Struct, frozen=True, kw_only=True):
    """A key, without the key."""

    key_hash: str
    source_id: SourceId
    created_at: datetime
    created_by: str
    hint: str
    per_minute: int | None


class Known(Protocol):
    """Who is told what the database knows of the sources."""

    def add(self, source: Source) -> None: ...

    def add_key(self, key_hash: str, source_id: SourceId) -> None: ...

    def learn(self, source_id: SourceId, key: str, doc: bytes) -> None: ...

    def restore(self, source_id: SourceId, last_heard_at: datetime | None, *, lost: bool) -> None: ...

    def restore_vitals(self, source_id: SourceId, doc: bytes) -> None: ...


def load(connection: Connection, known: Known) -> None:
    """Tell all sources made by hand, all keys, the state of each source and what feeds have learned of it."""
    for row in connection.execute(select(sources)):
        known.add(_source(row))
    for key_hash, source_id in connection.execute(select(source_keys.c.key_hash, source_keys.c.source_id)):
        known.add_key(key_hash, SourceId(source_id))
    for row in connection.execute(select(source_state)):
        known.restore(SourceId(row.source_id), row.last_heard_at, lost=row.lost)
    for source_id, doc in list_vitals(connection):
        known.restore_vitals(source_id, doc)
    for row in connection.execute(select(learned)):
        known.learn(SourceId(row.source_id), row.key, row.doc)


def save_learned(connection: Connection, found: Sequence[tuple[SourceId, str, bytes]]) -> None:
    """Keep what feeds have learned of senders: (source, key, bytes)."""
    upsert(connection, learned, [{"source_id": source, "key": key, "doc": doc} for source, key, doc in found])


def list_made(connection: Connection, ids: Sequence[SourceId]) -> list[Source]:
    """Return those of the sources that were made by hand."""
    return [_source(row) for row in connection.execute(select(sources).where(sources.c.id.in_(ids)))]


def list_pulled(connection: Connection) -> list[Source]:
    """Return the sources made by hand that Wardline itself asks."""
    return [_source(row) for row in connection.execute(select(sources).where(sources.c.pull != ""))]


def _source(row: Row[Any]) -> Source:
    return Source(
        id=SourceId(row.id),
        feed=row.feed,
        kind="gateway",
        external_id=row.name,
        name_zh=row.name,
        name_en=row.name,
        point=None if row.lon is None else LonLat(row.lon, row.lat),
        datum=row.datum,
        kinds=tuple(kind for kind in row.kinds.split("|") if kind),
        pull=row.pull,
    )


def add_source(connection: Connection, source: Source, at: datetime) -> None:
    """Make a source by hand.

    :raises sqlalchemy.exc.IntegrityError: if its id is taken.
    """
    connection.execute(
        insert(sources).values(
            id=source.id,
            feed=source.feed,
            name=source.external_id,
            lon=source.point.lon if source.point else None,
            lat=source.point.lat if source.point else None,
            datum=source.datum,
            kinds="|".join(source.kinds),
            pull=source.pull,
            created_at=at,
        )
    )


def add_key(
    connection: Connection, source_id: SourceId, at: datetime, by: str = "", *, per_minute: int | None = None
) -> str:
    """Make a key for the source and return it; only its hash is kept, and its end, to tell it from others.

    `per_minute` is how many requests it may send in a minute where they are counted (Open311); None as all others.
    """
    key = f"wk_{secrets.token_urlsafe(KEY_BYTES)}"
    values: dict[str, object] = {"source_id": source_id, "created_at": at, "created_by": by, "hint": key[-HINT_SHOWN:]}
    values["per_minute"] = per_minute
    connection.execute(insert(source_keys).values(key_hash=hash_secret(key), **values))
    return key


def list_keys(connection: Connection, source_id: SourceId | None = None) -> list[KeyRow]:
    """Return the keys of a source, or of all, the oldest first."""
    query = select(source_keys).order_by(source_keys.c.created_at, source_keys.c.key_hash)
    if source_id is not None:
        query = query.where(source_keys.c.source_id == source_id)
    return [KeyRow(**row._mapping) for row in connection.execute(query)]


def remove_key(connection: Connection, source_id: SourceId, key_hash: str) -> bool:
    """Withdraw a key; return whether the source had it."""
    here = (source_keys.c.source_id == source_id) & (source_keys.c.key_hash == key_hash)
    return connection.execute(delete(source_keys).where(here)).rowcount > 0


def find_by_key(connection: Connection, key_hash: str) -> tuple[SourceId, Source | None] | None:
    """Return whose key it is, and the source itself where it was made by hand."""
    source_id = connection.scalar(select(source_keys.c.source_id).where(source_keys.c.key_hash == key_hash))
    if source_id is None:
        return None
    row = connection.execute(select(sources).where(sources.c.id == source_id)).one_or_none()
    return SourceId(source_id), None if row is None else _source(row)


def find_quota(connection: Connection, key_hash: str) -> int | None:
    """Return how many requests the key may send in a minute, None where nothing is said of it."""
    return connection.scalar(select(source_keys.c.per_minute).where(source_keys.c.key_hash == key_hash))


def save_states(connection: Connection, states: Sequence[tuple[SourceId, datetime | None, bool]]) -> None:
    """Write when sources were last heard and whether they are lost."""
    upsert(
        connection,
        source_state,
        [{"source_id": source_id, "last_heard_at": at, "lost": lost} for source_id, at, lost in states],
    )
