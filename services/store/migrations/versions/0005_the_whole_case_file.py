"""Longer names of stages; who goes along with a case; when its clock stood still."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from services.store.types import Instant

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    _set_stage_length(12, 24)
    op.create_table(
        "assists",
        sa.Column("worker", sa.String(length=40), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("worker", "case_id", name=op.f("pk_assists")),
    )
    op.create_index("ix_assists_case_id", "assists", ["case_id"])
    op.create_table(
        "case_stops",
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("started_at", Instant(), nullable=False),
        sa.Column("ended_at", Instant(), nullable=False),
        sa.Column("why", sa.String(length=24), nullable=False),
        sa.PrimaryKeyConstraint("case_id", "n", name=op.f("pk_case_stops")),
    )


def downgrade() -> None:
    """The new stages have no older word: such cases show the nearest one until they are written again."""
    op.drop_table("case_stops")
    op.drop_index("ix_assists_case_id", table_name="assists")
    op.drop_table("assists")
    nearest = {
        "pending_filing": "reported",
        "extension_requested": "accepted",
        "suspension_requested": "accepted",
        "return_requested": "accepted",
        "coordinating": "filed",
        "forced_closed": "closed",
        "self_handled": "checked",
    }
    for stage, older in nearest.items():
        op.execute(sa.text("UPDATE cases SET stage = :older WHERE stage = :stage").bindparams(older=older, stage=stage))
    _set_stage_length(24, 12)


def _set_stage_length(before: int, after: int) -> None:
    with op.batch_alter_table("cases") as table:
        table.alter_column(
            "stage",
            existing_type=sa.String(length=before),
            type_=sa.String(length=after),
            existing_nullable=False,
        )
