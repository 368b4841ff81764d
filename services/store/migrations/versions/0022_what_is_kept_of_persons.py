"""What is kept of persons and how it goes: fields that were erased, pictures that are blurred or gone."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from services.store.types import Instant

revision: str = "0022"
down_revision: str | None = "0021"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("cases", sa.Column("erased", sa.String(length=60), nullable=False, server_default=""))
    op.add_column("reports", sa.Column("erase_asked_at", Instant()))
    op.add_column("media", sa.Column("erased_at", Instant()))
    op.create_table(
        "media_blurs",
        sa.Column("media_id", sa.String(length=64), primary_key=True),
        sa.Column("boxes", sa.Text(), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.Column("changed_by", sa.String(length=80), nullable=False),
    )
    for table, column in (("reports", "erase_asked_at"), ("media", "erased_at")):
        where = sa.text(f"{column} IS NOT NULL")
        op.create_index(f"ix_{table}_{column}", table, [column], sqlite_where=where, postgresql_where=where)
    op.create_index(
        "ix_reports_reporter_id",
        "reports",
        ["reporter_id"],
        sqlite_where=sa.text("reporter_id != ''"),
        postgresql_where=sa.text("reporter_id <> ''"),
    )


def downgrade() -> None:
    op.drop_index("ix_reports_reporter_id", table_name="reports")
    op.drop_index("ix_media_erased_at", table_name="media")
    op.drop_index("ix_reports_erase_asked_at", table_name="reports")
    op.drop_table("media_blurs")
    for table, column in (("media", "erased_at"), ("reports", "erase_asked_at"), ("cases", "erased")):
        with op.batch_alter_table(table) as batch:
            batch.drop_column(column)
