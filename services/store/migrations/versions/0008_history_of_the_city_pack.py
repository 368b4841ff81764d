"""Who changed the city's pack and why, drafts of the next version, and each file's content once."""

import zlib
from collections.abc import Sequence
from hashlib import sha256

import sqlalchemy as sa
from alembic import op

revision: str = "0008"
down_revision: str | None = "0007"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_files = sa.table("pack_files", sa.column("version"), sa.column("path"), sa.column("body"), sa.column("digest"))
_blobs = sa.table("pack_blobs", sa.column("digest"), sa.column("body"))


def upgrade() -> None:
    for name, kind, default in (
        ("author", sa.String(length=64), ""),
        ("comment", sa.Text(), ""),
        ("origin", sa.String(length=12), "load"),
        ("changes", sa.Text(), "[]"),
    ):
        op.add_column("pack_versions", sa.Column(name, kind, nullable=False, server_default=default))
    for name in ("parent", "restored"):
        op.add_column("pack_versions", sa.Column(name, sa.Integer(), nullable=True))
    op.create_table(
        "pack_blobs",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_pack_blobs")),
    )
    op.add_column("pack_files", sa.Column("digest", sa.String(length=64), nullable=False, server_default=""))
    _move_bodies_out()
    op.drop_column("pack_files", "body")
    op.create_index(op.f("ix_pack_files_digest"), "pack_files", ["digest"])
    _create_drafts()
    op.create_table(
        "pack_sweeps",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("reached", sa.String(length=32), nullable=False, server_default=""),
        sa.Column("seen", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("changed", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_pack_sweeps")),
    )
    for name, length in (("created_by", 64), ("hint", 8)):
        op.add_column("source_keys", sa.Column(name, sa.String(length=length), nullable=False, server_default=""))


def _create_drafts() -> None:
    op.create_table(
        "pack_drafts",
        sa.Column("username", sa.String(length=64), nullable=False),
        sa.Column("base", sa.Integer(), nullable=False),
        sa.Column("restored", sa.Integer(), nullable=True),
        sa.Column("imported", sa.Boolean(), nullable=False, server_default="0"),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("username", name=op.f("pk_pack_drafts")),
    )
    op.create_table(
        "pack_draft_files",
        sa.Column("username", sa.String(length=64), nullable=False),
        sa.Column("path", sa.String(length=200), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("username", "path", name=op.f("pk_pack_draft_files")),
    )
    op.create_index(op.f("ix_pack_draft_files_digest"), "pack_draft_files", ["digest"])


def _move_bodies_out() -> None:
    connection = op.get_bind()
    seen: set[str] = set()
    for version, path in connection.execute(sa.select(_files.c.version, _files.c.path)).all():
        here = (_files.c.version == version) & (_files.c.path == path)
        body = connection.execute(sa.select(_files.c.body).where(here)).scalar_one()
        digest = sha256(zlib.decompress(body)).hexdigest()
        if digest not in seen:
            seen.add(digest)
            connection.execute(sa.insert(_blobs).values(digest=digest, body=body))
        connection.execute(sa.update(_files).where(here).values(digest=digest))


def downgrade() -> None:
    for name in ("hint", "created_by"):
        op.drop_column("source_keys", name)
    op.drop_table("pack_sweeps")
    op.drop_table("pack_draft_files")
    op.drop_table("pack_drafts")
    op.drop_index(op.f("ix_pack_files_digest"), table_name="pack_files")
    op.add_column("pack_files", sa.Column("body", sa.LargeBinary(), nullable=False, server_default=sa.text("''")))
    connection = op.get_bind()
    for digest, body in connection.execute(sa.select(_blobs.c.digest, _blobs.c.body)).all():
        connection.execute(sa.update(_files).where(_files.c.digest == digest).values(body=body))
    op.drop_column("pack_files", "digest")
    op.drop_table("pack_blobs")
    for name in ("restored", "parent", "changes", "origin", "comment", "author"):
        op.drop_column("pack_versions", name)
