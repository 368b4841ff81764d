"""What partner systems are told, what they have said, and what keeps the citizen's door from being abused."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from services.store.types import Instant

revision: str = "0019"
down_revision: str | None = "0016"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "letters",
        sa.Column("seq", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("partner", sa.String(length=80), primary_key=True),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("reference", sa.String(length=40), nullable=False),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_at", Instant()),
        sa.Column("tried_at", Instant()),
        sa.Column("doubtful", sa.Boolean(), nullable=False),
        sa.Column("token", sa.String(length=200), nullable=False),
        sa.Column("request_id", sa.String(length=200), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
    )
    op.create_index("ix_letters_case_id", "letters", ["case_id"])
    op.create_index("ix_letters_state", "letters", ["state", "changed_at"])
    is_next = sa.text("next_at IS NOT NULL")
    op.create_index("ix_letters_next_at", "letters", ["next_at"], sqlite_where=is_next, postgresql_where=is_next)
    op.create_table(
        "followed",
        sa.Column("partner", sa.String(length=80), primary_key=True),
        sa.Column("request_id", sa.String(length=200), primary_key=True),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("reference", sa.String(length=40), nullable=False),
        sa.Column("until", Instant(), nullable=False),
    )
    op.create_table(
        "partner_updates",
        sa.Column("partner", sa.String(length=80), primary_key=True),
        sa.Column("update_id", sa.String(length=200), primary_key=True),
        sa.Column("at", Instant(), nullable=False),
    )
    op.create_table(
        "partner_state",
        sa.Column("partner", sa.String(length=80), primary_key=True),
        sa.Column("polled_at", Instant()),
        sa.Column("read_until", Instant()),
        sa.Column("answered_at", Instant()),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
    )


def downgrade() -> None:
    for table in ("partner_state", "partner_updates", "followed", "letters"):
        op.drop_table(table)
