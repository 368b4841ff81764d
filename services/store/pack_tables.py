"""The tables of city packs: their versions, the drafts of the next ones, and what a new one has left to do."""

from sqlalchemy import Boolean, Column, Integer, LargeBinary, String, Table, Text

from services.store.tables import metadata
from services.store.types import Instant

__all__ = ["metadata", "pack_blobs", "pack_draft_files", "pack_drafts", "pack_files", "pack_sweeps", "pack_versions"]

pack_versions = Table(
    "pack_versions",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("pack_id", String(80), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("loaded_at", Instant, nullable=False),
    Column("author", String(64), nullable=False, server_default=""),  # "" for one that was loaded by a command
    Column("comment", Text, nullable=False, server_default=""),
    Column("origin", String(12), nullable=False, server_default="load"),  # load, edit, import, revert
    Column("parent", Integer),  # the version that was edited; NULL for the first
    Column("restored", Integer),  # the version whose content came back
    Column("changes", Text, nullable=False, server_default="[]"),  # JSON: rows added, changed, removed by section
)
pack_files = Table(
    "pack_files",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("path", String(200), primary_key=True),
    Column("digest", String(64), nullable=False, index=True),
)
pack_blobs = Table(
    "pack_blobs",
    metadata,
    Column("digest", String(64), primary_key=True),  # SHA-256 of the plain bytes
    Column("body", LargeBinary, nullable=False),  # zlib
)
"""What files hold, each content once: a version that changes one row of one file costs that file."""
pack_drafts = Table(
    "pack_drafts",
    metadata,
    Column("username", String(64), primary_key=True),
    Column("base", Integer, nullable=False),  # the version that is edited
    Column("restored", Integer),
    Column("imported", Boolean, nullable=False, server_default="0"),
    Column("updated_at", Instant, nullable=False),
)
pack_draft_files = Table(
    "pack_draft_files",
    metadata,
    Column("username", String(64), primary_key=True),
    Column("path", String(200), primary_key=True),
    Column("digest", String(64), nullable=False, index=True),  # "" for a file that the draft takes out
)
pack_sweeps = Table(
    "pack_sweeps",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("started_at", Instant, nullable=False),
    Column("reached", String(32), nullable=False, server_default=""),  # the last case that was looked at
    Column("seen", Integer, nullable=False, server_default="0"),
    Column("changed", Integer, nullable=False, server_default="0"),
    Column("finished_at", Instant),
)
"""The walk through the open cases that a version with new limits brings about; taken up again after a crash."""
