"""The hotline's desk: calls, drafts, seats, what was reported by telephone and how its sender was called back."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0018"
down_revision: str | None = "0017"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    _make_calls()
    _make_reports()
    op.create_index("ix_reporters_phone", "reporters", ["phone"])
    op.add_column("cases", sa.Column("called_at", sa.BigInteger(), nullable=True))
    op.add_column("cases", sa.Column("satisfied", sa.Boolean(), nullable=True))
    op.create_index(
        "ix_cases_called_at",
        "cases",
        ["called_at"],
        sqlite_where=sa.text("called_at IS NOT NULL"),
        postgresql_where=sa.text("called_at IS NOT NULL"),
    )


def _make_calls() -> None:
    op.create_table(
        "calls",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("source_id", sa.String(length=80), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("line", sa.String(length=40), nullable=False),
        sa.Column("agent", sa.String(length=40), nullable=False),
        sa.Column("rang_at", sa.BigInteger()),
        sa.Column("answered_at", sa.BigInteger()),
        sa.Column("ended_at", sa.BigInteger()),
        sa.Column("returned_at", sa.BigInteger()),
        sa.Column("returned_by", sa.String(length=64), nullable=False),
        sa.Column("report", sa.String(length=24), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calls")),
    )
    op.create_index("ix_calls_created_at", "calls", ["created_at"])
    op.create_table(
        "call_drafts",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("operator", sa.String(length=64), nullable=False),
        sa.Column("call_id", sa.String(length=32), nullable=False),
        sa.Column("doc", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_drafts")),
    )
    op.create_index(op.f("ix_call_drafts_operator"), "call_drafts", ["operator"])
    op.create_table(
        "hotline_seats",
        sa.Column("username", sa.String(length=64), nullable=False),
        sa.Column("extension", sa.String(length=40), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("username", name=op.f("pk_hotline_seats")),
    )
    op.create_index(op.f("ix_hotline_seats_extension"), "hotline_seats", ["extension"])


def _make_reports() -> None:
    op.create_table(
        "hotline_reports",
        sa.Column("message_id", sa.String(length=32), nullable=False),
        sa.Column("event_id", sa.String(length=48), nullable=False),
        sa.Column("number", sa.String(length=24), nullable=False),
        sa.Column("operator", sa.String(length=64), nullable=False),
        sa.Column("call_id", sa.String(length=32), nullable=False),
        sa.Column("callback", sa.String(length=8), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("called_at", sa.BigInteger()),
        sa.Column("called_by", sa.String(length=64), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("is_last", sa.Boolean(), nullable=False),
        sa.Column("claimed_by", sa.String(length=64), nullable=False),
        sa.Column("claimed_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_hotline_reports")),
        sa.UniqueConstraint("event_id", name=op.f("uq_hotline_reports_event_id")),
        sa.UniqueConstraint("number", name=op.f("uq_hotline_reports_number")),
    )


def downgrade() -> None:
    op.drop_index("ix_cases_called_at", table_name="cases")
    for name in ("satisfied", "called_at"):
        op.drop_column("cases", name)
    op.drop_index("ix_reporters_phone", table_name="reporters")
    for name in ("hotline_reports", "hotline_seats", "call_drafts", "calls"):
        op.drop_table(name)
