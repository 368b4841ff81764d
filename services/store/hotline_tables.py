"""Tables of the hotline's desk. Numbers and drafts are a person's data: they stand here, and in `reporters`."""

from sqlalchemy import Boolean, Column, Index, Integer, String, Table, Text

from services.store.metadata import metadata
from services.store.types import Instant

calls = Table(
    "calls",
    metadata,
    Column("id", String(32), primary_key=True),  # hash of the sender and of what it calls the call
    Column("source_id", String(80), nullable=False),
    Column("number", Text, nullable=False),  # personal: who calls, E.164 where it is a number; "" where it is withheld
    Column("line", String(40), nullable=False),  # the number that was dialled
    Column("agent", String(40), nullable=False),  # the extension that rings; "" while nobody's does
    Column("rang_at", Instant),
    Column("answered_at", Instant),
    Column("ended_at", Instant),
    Column("returned_at", Instant),  # when a missed call was called back
    Column("returned_by", String(64), nullable=False),
    Column("report", String(24), nullable=False),  # number of the report that was filed from it
    Column("created_at", Instant, nullable=False),
)
"""What the telephone system has told of each call."""
Index("ix_calls_created_at", calls.c.created_at)

call_drafts = Table(
    "call_drafts",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("operator", String(64), nullable=False, index=True),
    Column("call_id", String(32), nullable=False),
    Column("doc", Text, nullable=False),  # personal: what the operator has typed so far, as JSON
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
)
"""Reports that are being taken down: parked while another caller is spoken to, and safe from a reload."""

hotline_seats = Table(
    "hotline_seats",
    metadata,
    Column("username", String(64), primary_key=True),
    Column("extension", String(40), nullable=False, index=True),
    Column("created_at", Instant, nullable=False),
)
"""At which telephone each operator sits."""

hotline_reports = Table(
    "hotline_reports",
    metadata,
    Column("message_id", String(32), primary_key=True),
    Column("event_id", String(48), nullable=False, unique=True),
    Column("number", String(24), nullable=False, unique=True),  # of `reports`
    Column("operator", String(64), nullable=False),
    Column("call_id", String(32), nullable=False),
    Column("callback", String(8), nullable=False),  # why its sender is called back: asked, rule; "" where he is not
    Column("created_at", Instant, nullable=False),
    # the last call back: a fold of CallbackDone
    Column("called_at", Instant),
    Column("called_by", String(64), nullable=False),
    Column("tries", Integer, nullable=False),
    Column("is_last", Boolean, nullable=False),
    # who is about to call
    Column("claimed_by", String(64), nullable=False),
    Column("claimed_at", Instant),
)
"""What was reported by telephone, and how its sender was called back."""
