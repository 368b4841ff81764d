"""What sources have told to be a face or a plate of a picture, whatever the office has made of it since."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0024"
down_revision: str | None = "0023"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("media_blurs", sa.Column("told", sa.Text(), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("media_blurs", "told")
