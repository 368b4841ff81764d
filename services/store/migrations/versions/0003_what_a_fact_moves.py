"""Where a case was before a fact moved it, and an index of the voided cases."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    for name, length in (("was_area", 24), ("was_department", 40)):
        op.add_column("journal", sa.Column(name, sa.String(length=length), nullable=False, server_default=""))
    op.create_index(
        "ix_cases_voided_at",
        "cases",
        ["voided_at"],
        sqlite_where=sa.text("voided_at IS NOT NULL"),
        postgresql_where=sa.text("voided_at IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_cases_voided_at", table_name="cases")
    for name in ("was_department", "was_area"):
        op.drop_column("journal", name)
