"""How one who reported a case rated it last: what the board counts, and by which its list is found."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
import sqlalchemy as sa
from alembic import op

from services.store.types import Instant

revision: str = "0023"
down_revision: str | None = "0022"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_CASES = sa.table(
    "cases",
    sa.column("id", sa.String()),
    sa.column("doc", sa.LargeBinary()),
    sa.column("rated_at", Instant()),
    sa.column("stars", sa.Integer()),
)
_JOURNAL = sa.table("journal", sa.column("case_id", sa.String()), sa.column("kind", sa.String()))


def upgrade() -> None:
    op.add_column("cases", sa.Column("rated_at", Instant(), nullable=True))
    op.add_column("cases", sa.Column("stars", sa.Integer(), nullable=True))
    op.create_index(
        "ix_cases_rated_at",
        "cases",
        ["rated_at"],
        sqlite_where=sa.text("rated_at IS NOT NULL"),
        postgresql_where=sa.text("rated_at IS NOT NULL"),
    )
    _fill()


def _fill() -> None:
    """Give cases that have been rated before what their documents say."""
    connection = op.get_bind()
    rated = sa.select(_JOURNAL.c.case_id).where(_JOURNAL.c.kind == "ReportRated").distinct()
    for case_id in connection.scalars(rated).all():
        doc = connection.scalar(sa.select(_CASES.c.doc).where(_CASES.c.id == case_id))
        ratings = msgspec.json.decode(doc).get("ratings", ()) if doc else ()
        if ratings:
            last = ratings[-1]
            values = {"rated_at": datetime.fromisoformat(last["at"]), "stars": last["stars"]}
            connection.execute(sa.update(_CASES).where(_CASES.c.id == case_id).values(**values))


def downgrade() -> None:
    op.drop_index("ix_cases_rated_at", table_name="cases")
    for name in ("stars", "rated_at"):
        op.drop_column("cases", name)
