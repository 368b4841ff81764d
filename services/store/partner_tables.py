"""Tables of what is told to partner systems, and of what they have said."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, String, Table, Text, text

from services.store.metadata import metadata
from services.store.types import Instant

parcels = Table(
    "parcels",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),  # of the fact that it tells
    Column("partner", String(80), primary_key=True),
    Column("case_id", String(32), nullable=False, index=True),
    Column("reference", String(40), nullable=False),  # what we call the case to the partner
    Column("status", String(32), nullable=False),  # of an update; "" for the request itself
    Column("state", String(12), nullable=False),  # of services.store.parcels.State
    Column("tries", Integer, nullable=False),
    Column("next_at", Instant),  # when it is tried next; NULL where it is not
    Column("tried_at", Instant),  # since when a try may have reached the partner without our knowing
    Column("doubtful", Boolean, nullable=False),  # whether one may have
    Column("token", String(200), nullable=False),
    Column("request_id", String(200), nullable=False),
    Column("reason", String(40), nullable=False),
    Column("detail", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False),
)
"""What partners are to be told. It holds nothing of a person: what is sent is put together when it is sent."""
Index(
    "ix_parcels_next_at",
    parcels.c.next_at,
    sqlite_where=text("next_at IS NOT NULL"),
    postgresql_where=text("next_at IS NOT NULL"),
)
Index("ix_parcels_state", parcels.c.state, parcels.c.changed_at)

followed = Table(
    "followed",
    metadata,
    Column("partner", String(80), primary_key=True),
    Column("request_id", String(200), primary_key=True),
    Column("case_id", String(32), nullable=False),
    Column("reference", String(40), nullable=False),
    Column("until", Instant, nullable=False),  # the partner is asked no longer
)
"""The requests of ours that partners have, and that are followed."""

partner_updates = Table(
    "partner_updates",
    metadata,
    Column("partner", String(80), primary_key=True),
    Column("update_id", String(200), primary_key=True),
    Column("at", Instant, nullable=False),
)
"""News that has been taken, so that it is taken once."""

partner_state = Table(
    "partner_state",
    metadata,
    Column("partner", String(80), primary_key=True),
    Column("polled_at", Instant),
    Column("read_until", Instant),  # of its updates
    Column("answered_at", Instant),
    Column("failures", Integer, nullable=False),  # one after the other
    Column("error", Text, nullable=False),
)
