"""Tables of what keeps the citizen's door from being abused."""

from sqlalchemy import Column, Index, LargeBinary, String, Table, Text

from services.store.metadata import metadata
from services.store.types import Instant

bans = Table(
    "bans",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("kind", String(8), nullable=False),  # of services.store.abuse.BanKind
    Column("value", String(64), nullable=False),  # a network as text; of all else a keyed digest
    Column("hint", String(64), nullable=False),  # enough to know it again: the last digits of a number
    Column("reason", Text, nullable=False),
    Column("created_by", String(64), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("until", Instant),  # NULL until somebody lifts it
)
"""Whose reports are held for a person to look at. He himself is not told."""

held_reports = Table(
    "held_reports",
    metadata,
    Column("message_id", String(32), primary_key=True),
    Column("body", LargeBinary, nullable=False),  # the message as it would have been read; empty once it is decided on
    Column("ban_id", String(32), nullable=False),
    Column("state", String(12), nullable=False),  # held -> released | discarded
    Column("created_at", Instant, nullable=False),
    Column("decided_by", String(64), nullable=False),
    Column("decided_at", Instant),
)
Index("ix_held_reports_state", held_reports.c.state, held_reports.c.created_at)

report_senders = Table(
    "report_senders",
    metadata,
    Column("message_id", String(32), primary_key=True),
    Column("device", String(64), nullable=False),  # a keyed digest of the random id in his browser
    Column("network", String(64), nullable=False),  # his address; of IPv6 the /64
    Column("created_at", Instant, nullable=False, index=True),
)
"""From where a report came, for some weeks: so that who abuses the door can be held."""

spent_proofs = Table(
    "spent_proofs",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("expires_at", Instant, nullable=False),
)
"""Proofs of work that have been used: each opens the door once."""
