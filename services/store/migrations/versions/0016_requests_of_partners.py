"""Requests of partner systems: what a report of theirs says to the public, and how much a key may send."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0016"
down_revision: str | None = "0015"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    with op.batch_alter_table("reports") as table:
        table.add_column(sa.Column("service_code", sa.String(length=24), nullable=False, server_default=""))
        table.add_column(sa.Column("description", sa.Text(), nullable=False, server_default=""))
        table.add_column(sa.Column("address", sa.Text(), nullable=False, server_default=""))
        table.add_column(sa.Column("lon", sa.Float()))
        table.add_column(sa.Column("lat", sa.Float()))
    with op.batch_alter_table("reporters") as table:
        table.add_column(sa.Column("email", sa.Text(), nullable=False, server_default=""))
    with op.batch_alter_table("source_keys") as table:
        table.add_column(sa.Column("per_minute", sa.Integer()))
    op.create_index("ix_journal_at", "journal", ["at"])
    op.create_index(
        "ix_reports_filed",
        "reports",
        ["created_at"],
        sqlite_where=sa.text("service_code != ''"),
        postgresql_where=sa.text("service_code <> ''"),
    )


def downgrade() -> None:
    op.drop_index("ix_reports_filed", table_name="reports")
    op.drop_index("ix_journal_at", table_name="journal")
    with op.batch_alter_table("source_keys") as table:
        table.drop_column("per_minute")
    with op.batch_alter_table("reporters") as table:
        table.drop_column("email")
    with op.batch_alter_table("reports") as table:
        for name in ("lat", "lon", "address", "description", "service_code"):
            table.drop_column(name)
