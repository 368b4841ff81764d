"""Indexes of the cases that a new case dirties less: open ones in order of their opening, closed ones alone."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_COUNTED = ["street", "department", "category", "feed"]


def upgrade() -> None:
    _remake_open(["stage", "overdue", "opened_at", *_COUNTED])
    op.drop_index("ix_cases_closed_at", table_name="cases")
    op.create_index(
        "ix_cases_closed_at",
        "cases",
        ["closed_at"],
        sqlite_where=sa.text("closed_at IS NOT NULL"),
        postgresql_where=sa.text("closed_at IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_cases_closed_at", table_name="cases")
    op.create_index("ix_cases_closed_at", "cases", ["closed_at"])
    _remake_open(["stage", "overdue", *_COUNTED])


def _remake_open(columns: list[str]) -> None:
    op.drop_index("ix_cases_open", table_name="cases")
    op.create_index(
        "ix_cases_open",
        "cases",
        columns,
        sqlite_where=sa.text("is_open = 1"),
        postgresql_where=sa.text("is_open"),
    )
