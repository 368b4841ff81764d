"""After the report: words between the reporter and the office, whom to tell of what, and letters."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from services.store.types import Instant

revision: str = "0017"
down_revision: str | None = "0016"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TABLES = ("letters_head", "letters", "tellings", "subscriptions", "code_sendings", "contacts", "report_messages")


def upgrade() -> None:
    with op.batch_alter_table("cases") as table:
        table.add_column(sa.Column("unanswered", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_index(
        "ix_cases_unanswered",
        "cases",
        ["opened_at"],
        sqlite_where=sa.text("unanswered = 1"),
        postgresql_where=sa.text("unanswered"),
    )
    with op.batch_alter_table("reports") as table:
        table.add_column(sa.Column("withdrawn_at", Instant()))
        table.add_column(sa.Column("redacted_at", Instant()))
    _make_words()
    _make_contacts()
    _make_letters()


def _make_words() -> None:
    op.create_table(
        "report_messages",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.String(length=24), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("author", sa.String(length=64), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_messages")),
    )
    for name in ("case_id", "number"):
        op.create_index(op.f(f"ix_report_messages_{name}"), "report_messages", [name])


def _make_contacts() -> None:
    op.create_table(
        "contacts",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("channel", sa.String(length=8), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("address_hash", sa.String(length=64), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("number", sa.String(length=24), nullable=False),
        sa.Column("wish", sa.Text(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("confirmed_at", Instant()),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("code_expires_at", Instant(), nullable=False),
        sa.Column("code_tries", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contacts")),
    )
    op.create_index(op.f("ix_contacts_address_hash"), "contacts", ["address_hash"])
    op.create_index(op.f("ix_contacts_number"), "contacts", ["number"])
    op.create_table(
        "code_sendings",
        sa.Column("address_hash", sa.String(length=64), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("address_hash", "at", name=op.f("pk_code_sendings")),
    )
    op.create_table(
        "subscriptions",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("contact_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("number", sa.String(length=24), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("area", sa.String(length=24), nullable=False),
        sa.Column("category", sa.String(length=24), nullable=False),
        sa.Column("token", sa.String(length=48), nullable=False),
        sa.Column("sealed_link", sa.Text(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("due_at", Instant()),
        sa.Column("sent_at", Instant()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscriptions")),
        sa.UniqueConstraint("token", name=op.f("uq_subscriptions_token")),
    )
    for name in ("contact_id", "number", "case_id", "area"):
        op.create_index(op.f(f"ix_subscriptions_{name}"), "subscriptions", [name])
    op.create_index(
        "ix_subscriptions_due_at",
        "subscriptions",
        ["due_at"],
        sqlite_where=sa.text("due_at IS NOT NULL"),
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )


def _make_letters() -> None:
    op.create_table(
        "tellings",
        sa.Column("subscription_id", sa.String(length=32), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("subscription_id", "seq", name=op.f("pk_tellings")),
    )
    op.create_table(
        "letters",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("channel", sa.String(length=8), nullable=False),
        sa.Column("contact_id", sa.String(length=32), nullable=False),
        sa.Column("template", sa.String(length=24), nullable=False),
        sa.Column("doc", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("deliver_at", Instant(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("error", sa.String(length=200), nullable=False),
        sa.Column("ended_at", Instant()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letters")),
    )
    op.create_index(op.f("ix_letters_contact_id"), "letters", ["contact_id"])
    op.create_index("ix_letters_ended_at", "letters", ["ended_at"])
    op.create_index(
        "ix_letters_waiting",
        "letters",
        ["deliver_at"],
        sqlite_where=sa.text("state = 'waiting'"),
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_table(
        "letters_head",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letters_head")),
    )


def downgrade() -> None:
    for name in TABLES:
        op.drop_table(name)
    with op.batch_alter_table("reports") as table:
        table.drop_column("redacted_at")
        table.drop_column("withdrawn_at")
    op.drop_index("ix_cases_unanswered", table_name="cases")
    with op.batch_alter_table("cases") as table:
        table.drop_column("unanswered")
