"""What partner systems are told, what they have said, and what keeps the citizen's door from being abused."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from services.store.types import Instant

revision: str = "0019"
down_revision: str | None = "0018"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "parcels",
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
    op.create_index("ix_parcels_case_id", "parcels", ["case_id"])
    op.create_index("ix_parcels_state", "parcels", ["state", "changed_at"])
    is_next = sa.text("next_at IS NOT NULL")
    op.create_index("ix_parcels_next_at", "parcels", ["next_at"], sqlite_where=is_next, postgresql_where=is_next)
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
    _make_tables_of_the_citizens_door()


def _make_tables_of_the_citizens_door() -> None:
    op.add_column("cases", sa.Column("flagged", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("media", sa.Column("looks", sa.String(length=16), nullable=True))
    op.create_index(
        "ix_media_looks",
        "media",
        ["created_at"],
        sqlite_where=sa.text("looks IS NOT NULL"),
        postgresql_where=sa.text("looks IS NOT NULL"),
    )
    op.create_table(
        "bans",
        sa.Column("id", sa.String(length=32), primary_key=True),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("value", sa.String(length=64), nullable=False),
        sa.Column("hint", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_by", sa.String(length=64), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("until", Instant()),
    )
    op.create_table(
        "held_reports",
        sa.Column("message_id", sa.String(length=32), primary_key=True),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("ban_id", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("decided_by", sa.String(length=64), nullable=False),
        sa.Column("decided_at", Instant()),
    )
    op.create_index("ix_held_reports_state", "held_reports", ["state", "created_at"])
    op.create_table(
        "report_senders",
        sa.Column("message_id", sa.String(length=32), primary_key=True),
        sa.Column("device", sa.String(length=64), nullable=False),
        sa.Column("network", sa.String(length=64), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
    )
    op.create_index("ix_report_senders_created_at", "report_senders", ["created_at"])
    op.create_table(
        "spent_proofs",
        sa.Column("digest", sa.String(length=64), primary_key=True),
        sa.Column("expires_at", Instant(), nullable=False),
    )


def downgrade() -> None:
    for table in ("spent_proofs", "report_senders", "held_reports", "bans"):
        op.drop_table(table)
    op.drop_index("ix_media_looks", table_name="media")
    op.drop_column("media", "looks")
    op.drop_column("cases", "flagged")
    for table in ("partner_state", "partner_updates", "followed", "parcels"):
        op.drop_table(table)
