"""What a case is found by, views that people keep, and who was named in a note."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from services.store.types import Instant

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")

_SQLITE = """
CREATE VIRTUAL TABLE case_fts USING fts5(
    words, content='case_words', content_rowid='n', detail=none, columnsize=0, tokenize="unicode61 remove_diacritics 0"
)
"""
_POSTGRESQL = "CREATE INDEX case_fts ON case_words USING gin (array_to_tsvector(string_to_array(words, ' ')))"


def upgrade() -> None:
    op.create_table(
        "case_words",
        sa.Column("n", _BIG, autoincrement=False, nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("reporter", sa.String(length=32), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_case_words")),
        sa.UniqueConstraint("case_id", name=op.f("uq_case_words_case_id")),
    )
    op.create_index(
        "ix_case_words_reporter",
        "case_words",
        ["reporter"],
        sqlite_where=sa.text("reporter != ''"),
        postgresql_where=sa.text("reporter <> ''"),
    )
    op.create_table(
        "follow_head",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_follow_head")),
    )
    op.create_table(
        "mentions",
        sa.Column("username", sa.String(length=64), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("seen_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("username", "seq", name=op.f("pk_mentions")),
    )
    op.create_table(
        "saved_views",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_views")),
    )
    op.create_index(op.f("ix_saved_views_owner"), "saved_views", ["owner"])
    op.create_table(
        "default_views",
        sa.Column("username", sa.String(length=64), nullable=False),
        sa.Column("view_id", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("username", name=op.f("pk_default_views")),
    )
    op.execute(_SQLITE if op.get_bind().dialect.name == "sqlite" else _POSTGRESQL)


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE case_fts")
    for name in ("default_views", "saved_views", "mentions", "follow_head", "case_words"):
        op.drop_table(name)
