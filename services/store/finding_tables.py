"""Tables of how cases are found: their words, who was named in a note, and the views that people keep."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, String, Table, Text, text

from services.store.metadata import BIG, metadata
from services.store.types import Instant

case_words = Table(
    "case_words",
    metadata,
    Column("n", BIG, primary_key=True, autoincrement=False),  # its place: when it was opened, in 0.1 ms
    Column("case_id", String(32), nullable=False, unique=True),
    Column("reporter", String(32), nullable=False),  # id of who reported, "" for nobody
    Column("words", Text, nullable=False),  # tokens of services.store.words, with a space between
)
"""What a case is found by. Beside it stands an index over `words` that the two databases make each in its own way:
`case_fts`, an FTS5 table of SQLite, an index of PostgreSQL (migration 0007)."""
Index(
    "ix_case_words_reporter",
    case_words.c.reporter,
    sqlite_where=text("reporter != ''"),
    postgresql_where=text("reporter <> ''"),
)
follow_head = Table(
    "follow_head",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("seq", BigInteger, nullable=False),  # the last fact that `case_words` and `mentions` know of
)
mentions = Table(
    "mentions",
    metadata,
    Column("username", String(64), primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),  # of the note
    Column("case_id", String(32), nullable=False),
    Column("at", Instant, nullable=False),
    Column("seen_at", Instant),
)
"""Who was named in a note, and when he has seen it."""

# --- what people keep for themselves -----------------------------------------------------------------------

saved_views = Table(
    "saved_views",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("owner", String(64), nullable=False, index=True),
    Column("name", String(80), nullable=False),
    Column("query", Text, nullable=False),  # of the console's address
    Column("shared", Boolean, nullable=False),
    Column("created_at", Instant, nullable=False),
)
default_views = Table(
    "default_views",
    metadata,
    Column("username", String(64), primary_key=True),
    Column("view_id", String(32), nullable=False),
)
