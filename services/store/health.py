"""How sources fare: what is remembered of each, and of episodes that end again and again."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from hashlib import blake2b
from typing import NamedTuple

from sqlalchemy import Connection, delete, select

from dispatch.ids import SourceId
from services.store.tables import episode_state, source_vitals
from services.store.upsert import pages_of, upsert

Docs = Mapping[SourceId, bytes]


def save_vitals(connection: Connection, docs: Docs) -> None:
    """Write what is remembered of sources."""
    upsert(connection, source_vitals, [{"source_id": source, "doc": doc} for source, doc in docs.items()])


def save_episodes(connection: Connection, states: Mapping[str, tuple[bytes | None, datetime | None]]) -> None:
    """Write what is remembered of episodes, and forget those of which nothing is."""
    rows, gone = [], []
    for episode, (doc, due_at) in states.items():
        if doc is None:
            gone.append(_key(episode))
        else:
            rows.append({"key": _key(episode), "episode": episode, "doc": doc, "due_at": due_at})
    upsert(connection, episode_state, rows)
    for start, size in pages_of(len(gone)):
        connection.execute(delete(episode_state).where(episode_state.c.key.in_(gone[start : start + size])))


def _key(episode: str) -> str:
    """Return a key of one length: an episode is called as its source likes."""
    return blake2b(episode.encode("utf-8", "replace"), digest_size=16).hexdigest()


def load_episodes(connection: Connection) -> Iterator[tuple[str, bytes]]:
    """Yield (episode, doc) of all that is remembered."""
    for row in connection.execute(select(episode_state.c.episode, episode_state.c.doc)):
        yield row.episode, row.doc


class DueEpisode(NamedTuple):
    """An episode whose end is held back, and until when."""

    episode: str
    at: datetime


def list_due_episodes(connection: Connection, until: datetime, limit: int) -> list[DueEpisode]:
    """Return the episodes whose time comes until then, the longest due first (index `ix_episode_state_due_at`)."""
    query = select(episode_state.c.episode, episode_state.c.due_at).where(episode_state.c.due_at <= until)
    rows = connection.execute(query.order_by(episode_state.c.due_at).limit(limit))
    return [DueEpisode(row.episode, row.due_at) for row in rows]


def list_vitals(connection: Connection) -> Iterator[tuple[SourceId, bytes]]:
    """Yield (source, doc) of all sources of which something is remembered."""
    for row in connection.execute(select(source_vitals)):
        yield SourceId(row.source_id), row.doc
