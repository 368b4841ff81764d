"""What a case was opened for, what a person has said of it, and the counts of both by source and type."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0014"
down_revision: str | None = "0013"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

KEPT = (("day", 10), ("street", 24), ("category", 24), ("department", 40), ("feed", 40))
ADDED = (("source", 80), ("kind", 80))
LAST = (("counter", 40),)


def upgrade() -> None:
    for name, length in (("kind", 80), ("verdict", 12)):
        op.add_column("cases", sa.Column(name, sa.String(length=length), nullable=False, server_default=""))
    op.add_column("cases", sa.Column("judged_at", sa.BigInteger(), nullable=True))
    op.create_index(
        "ix_cases_judged_at",
        "cases",
        ["judged_at"],
        sqlite_where=sa.text("judged_at IS NOT NULL"),
        postgresql_where=sa.text("judged_at IS NOT NULL"),
    )
    if op.get_bind().dialect.name == "sqlite":
        _remake((*KEPT, *ADDED, *LAST), copied=(*KEPT, *LAST))
        return
    for name, length in ADDED:
        op.add_column("measures", sa.Column(name, sa.String(length=length), nullable=False, server_default=""))
    _key_by((*KEPT, *ADDED, *LAST))


def downgrade() -> None:
    op.execute("DELETE FROM measures WHERE source <> '' OR kind <> ''")
    if op.get_bind().dialect.name == "sqlite":
        _remake((*KEPT, *LAST), copied=(*KEPT, *LAST))
    else:
        _key_by((*KEPT, *LAST))
        for name, _ in ADDED:
            op.drop_column("measures", name)
    op.drop_index("ix_cases_judged_at", table_name="cases")
    for name in ("judged_at", "verdict", "kind"):
        op.drop_column("cases", name)


def _key_by(columns: Sequence[tuple[str, int]]) -> None:
    op.drop_constraint("pk_measures", "measures", type_="primary")
    op.create_primary_key("pk_measures", "measures", [name for name, _ in columns])


def _remake(columns: Sequence[tuple[str, int]], copied: Sequence[tuple[str, int]]) -> None:
    """SQLite cannot change a primary key: the table is made anew."""
    added = {name for name, _ in ADDED}
    op.create_table(
        "measures_anew",
        *(
            sa.Column(name, sa.String(length=length), nullable=False, server_default="" if name in added else None)
            for name, length in columns
        ),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(*(name for name, _ in columns), name="pk_measures"),
    )
    names = ", ".join(name for name, _ in copied)
    op.execute(f"INSERT INTO measures_anew ({names}, n) SELECT {names}, n FROM measures")
    op.drop_table("measures")
    op.rename_table("measures_anew", "measures")
