"""Several notices of one fact, each with the time at which it is told; who was pushed stands beside them."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from services.store.types import Instant

revision: str = "0010"
down_revision: str | None = "0009"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    with op.batch_alter_table("outbox") as table:
        table.add_column(sa.Column("role", sa.String(length=24), nullable=False, server_default="worker"))
        table.add_column(sa.Column("case_id", sa.String(length=32), nullable=True))
        table.add_column(sa.Column("deliver_at", Instant(), nullable=True))
        table.add_column(sa.Column("pushed_at", Instant(), nullable=True))
    op.execute("UPDATE outbox SET deliver_at = created_at")
    op.execute("UPDATE outbox SET pushed_at = (SELECT pushes.at FROM pushes WHERE pushes.seq = outbox.seq)")
    op.drop_table("pushes")
    _remake_key(["seq", "recipient"])
    with op.batch_alter_table("outbox") as table:
        table.alter_column("deliver_at", existing_type=Instant(), nullable=False)
        table.alter_column("role", existing_type=sa.String(length=24), existing_nullable=False, server_default=None)
    op.create_index(
        "ix_outbox_case_id",
        "outbox",
        ["case_id"],
        sqlite_where=sa.text("case_id IS NOT NULL"),
        postgresql_where=sa.text("case_id IS NOT NULL"),
    )


def downgrade() -> None:
    """What the version before cannot tell is lost: notices to the desk, and all of a fact but one."""
    op.drop_index("ix_outbox_case_id", table_name="outbox")
    op.execute("DELETE FROM outbox WHERE kind <> 'task'")
    op.execute(
        "DELETE FROM outbox WHERE EXISTS"
        " (SELECT 1 FROM outbox other WHERE other.seq = outbox.seq AND other.recipient < outbox.recipient)"
    )
    op.create_table(
        "pushes",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_pushes")),
    )
    op.execute("INSERT INTO pushes (seq, at) SELECT seq, pushed_at FROM outbox WHERE pushed_at IS NOT NULL")
    _remake_key(["seq"])
    with op.batch_alter_table("outbox") as table:
        for name in ("pushed_at", "deliver_at", "case_id", "role"):
            table.drop_column(name)


def _remake_key(columns: list[str]) -> None:
    with op.batch_alter_table("outbox") as table:
        table.drop_constraint("pk_outbox", type_="primary")
        table.create_primary_key("pk_outbox", columns)
