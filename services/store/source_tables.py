"""Tables of what is known of senders beside what the city pack says of them."""

from sqlalchemy import Boolean, Column, Index, LargeBinary, String, Table, Text, text

from services.store.metadata import metadata
from services.store.types import Instant

learned = Table(
    "learned",
    metadata,
    Column("source_id", String(80), primary_key=True),
    Column("key", String(200), primary_key=True),
    Column("doc", LargeBinary, nullable=False),
)
"""What feeds must know of senders to read their next messages (services.feeds.Learned)."""

source_state = Table(
    "source_state",
    metadata,
    Column("source_id", String(80), primary_key=True),
    Column("last_heard_at", Instant),
    Column("lost", Boolean, nullable=False),
)

source_vitals = Table(
    "source_vitals",
    metadata,
    Column("source_id", String(80), primary_key=True),
    Column("doc", LargeBinary, nullable=False),  # services.engine.vitals.Vitals as JSON
)
"""What is remembered of a source: its rhythm, its clock, its faults, its flood, its absence."""

episode_state = Table(
    "episode_state",
    metadata,
    Column("key", String(32), primary_key=True),  # of the episode's key
    Column("episode", Text, nullable=False),
    Column("doc", LargeBinary, nullable=False),  # dispatch.health.Episode as JSON
    Column("due_at", Instant),  # when an end that is held back is told; NULL where none is
)
"""How often an episode has ended lately, and the end that is held back."""
Index(
    "ix_episode_state_due_at",
    episode_state.c.due_at,
    sqlite_where=text("due_at IS NOT NULL"),
    postgresql_where=text("due_at IS NOT NULL"),
)
