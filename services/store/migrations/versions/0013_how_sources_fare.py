"""How sources fare: what is remembered of each, episodes that end again and again, messages that are set aside."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from services.store.types import Instant

revision: str = "0013"
down_revision: str | None = "0012"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "source_vitals",
        sa.Column("source_id", sa.String(length=80), nullable=False),
        sa.Column("doc", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("source_id", name=op.f("pk_source_vitals")),
    )
    op.create_table(
        "episode_state",
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("episode", sa.Text(), nullable=False),
        sa.Column("doc", sa.LargeBinary(), nullable=False),
        sa.Column("due_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_episode_state")),
    )
    op.create_index(
        "ix_episode_state_due_at",
        "episode_state",
        ["due_at"],
        sqlite_where=sa.text("due_at IS NOT NULL"),
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
    op.create_index(
        "ix_inbox_set_aside",
        "inbox",
        ["n"],
        sqlite_where=sa.text("state = 'set_aside'"),
        postgresql_where=sa.text("state = 'set_aside'"),
    )


def downgrade() -> None:
    # What was set aside is no state of the version before: it waits in quarantine, from where it can be replayed.
    op.execute("UPDATE inbox SET state = 'quarantined' WHERE state = 'set_aside'")
    op.drop_index("ix_inbox_set_aside", table_name="inbox")
    op.drop_index("ix_episode_state_due_at", table_name="episode_state")
    op.drop_table("episode_state")
    op.drop_table("source_vitals")
