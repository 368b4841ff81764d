"""Custom roles, second factors, single sign-on, whose a picture is, and an audit that is chained and only grows."""

from collections.abc import Iterable, Sequence
from hashlib import sha256
from json import dumps
from re import findall
from typing import Any

import sqlalchemy as sa
from alembic import op

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_SQLITE_GUARDS = tuple(
    f"CREATE TRIGGER audit_no_{verb} BEFORE {verb.upper()} ON audit "
    "BEGIN SELECT RAISE(ABORT, 'the audit is only ever added to'); END"
    for verb in ("update", "delete")
)
_POSTGRESQL_GUARDS = (
    "CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION 'the audit is only ever added to'; END $$",
    "CREATE TRIGGER audit_no_change BEFORE UPDATE OR DELETE ON audit "
    "FOR EACH ROW EXECUTE FUNCTION audit_is_append_only()",
    "CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON audit "
    "FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only()",
)
_PAGE = 2_000


def _new_columns() -> Sequence[tuple[str, sa.Column[Any]]]:
    return (
        ("users", sa.Column("custom_role", sa.String(length=40), nullable=False, server_default="")),
        ("users", sa.Column("managed_by", sa.String(length=12), nullable=False, server_default="")),
        ("sessions", sa.Column("method", sa.String(length=12), nullable=False, server_default="password")),
        ("sessions", sa.Column("address", sa.String(length=64), nullable=False, server_default="")),
        ("sessions", sa.Column("device", sa.String(length=200), nullable=False, server_default="")),
        ("sessions", sa.Column("last_seen_at", sa.BigInteger())),
        ("tokens", sa.Column("scopes", sa.Text())),
        ("tokens", sa.Column("last_seen_at", sa.BigInteger())),
        ("audit", sa.Column("detail", sa.Text(), nullable=False, server_default="")),
        ("audit", sa.Column("hash", sa.String(length=64), nullable=False, server_default="")),
    )


def upgrade() -> None:
    for table, column in _new_columns():
        op.add_column(table, column)
    _make_tables()
    op.create_index("ix_audit_username_n", "audit", ["username", "n"])
    op.create_index("ix_audit_action_n", "audit", ["action", "n"])
    connection = op.get_bind()
    _chain_what_is_there(connection)
    _find_whose_pictures_are(connection)
    guards = _SQLITE_GUARDS if connection.dialect.name == "sqlite" else _POSTGRESQL_GUARDS
    for statement in guards:
        op.execute(statement)


def _make_tables() -> None:
    op.create_table(
        "roles",
        sa.Column("id", sa.String(length=40), primary_key=True),
        sa.Column("base", sa.String(length=24), nullable=False),
        sa.Column("name_zh", sa.String(length=80), nullable=False),
        sa.Column("name_en", sa.String(length=80), nullable=False),
        sa.Column("permissions", sa.Text(), nullable=False),
        sa.Column("commands", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_by", sa.String(length=64), nullable=False),
    )
    op.create_table(
        "second_factors",
        sa.Column("user_id", sa.String(length=40), primary_key=True),
        sa.Column("sealed_secret", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("confirmed_at", sa.BigInteger()),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "recovery_codes",
        sa.Column("code_hash", sa.String(length=64), primary_key=True),
        sa.Column("user_id", sa.String(length=40), nullable=False),
        sa.Column("used_at", sa.BigInteger()),
    )
    op.create_index("ix_recovery_codes_user_id", "recovery_codes", ["user_id"])
    op.create_table(
        "identities",
        sa.Column("issuer", sa.String(length=300), primary_key=True),
        sa.Column("subject", sa.String(length=300), primary_key=True),
        sa.Column("user_id", sa.String(length=40), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("last_login_at", sa.BigInteger(), nullable=False),
    )
    op.create_index("ix_identities_user_id", "identities", ["user_id"])
    op.create_table(
        "sso_attempts",
        sa.Column("state_hash", sa.String(length=64), primary_key=True),
        sa.Column("nonce", sa.String(length=80), nullable=False),
        sa.Column("verifier", sa.String(length=160), nullable=False),
        sa.Column("next", sa.String(length=300), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
    )
    for name, other, length in (("media_uploaders", "uploader", 80), ("media_cases", "case_id", 32)):
        op.create_table(
            name,
            sa.Column("media_id", sa.String(length=64), primary_key=True),
            sa.Column(other, sa.String(length=length), primary_key=True),
        )


def _chain_what_is_there(connection: sa.Connection) -> None:
    """Give every row its hash, as services/store/chain.py did when this was written."""
    n, before = 0, "0" * 64
    rows = connection.execute(sa.text("SELECT n, at, username, action, subject, address FROM audit ORDER BY n"))
    for row in rows.all():
        fields = [before, row.n, row.at, row.username, row.action, row.subject, row.address, ""]
        text = dumps(fields, ensure_ascii=False, separators=(",", ":"))
        n, before = row.n, sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
        connection.execute(sa.text("UPDATE audit SET hash = :hash WHERE n = :n"), {"hash": before, "n": row.n})
    connection.execute(sa.text("INSERT INTO audit_head (id, n, hash) VALUES (1, :n, :hash)"), {"n": n, "hash": before})


def _find_whose_pictures_are(connection: sa.Connection) -> None:
    """Fill the two tables from what is there: who uploaded, and which facts and events name a picture."""
    connection.execute(sa.text("INSERT INTO media_uploaders (media_id, uploader) SELECT id, created_by FROM media"))
    known = set(connection.execute(sa.text("SELECT id FROM media")).scalars())
    if not known:
        return
    used: set[tuple[str, str]] = set()
    for row in _pages(connection, "SELECT seq AS k, case_id, data AS doc FROM journal WHERE seq > :k ORDER BY seq", 0):
        used |= {(media_id, row.case_id) for media_id in _named(row.doc) & known}
    for row in _pages(connection, "SELECT id AS k, case_id, doc FROM events WHERE id > :k ORDER BY id", ""):
        used |= {(media_id, row.case_id) for media_id in _named(row.doc) & known}
    for media_id, case_id in sorted(pair for pair in used if pair[1]):
        connection.execute(
            sa.text("INSERT INTO media_cases (media_id, case_id) VALUES (:m, :c)"), {"m": media_id, "c": case_id}
        )


def _named(doc: bytes | memoryview) -> set[str]:
    return {found.decode() for found in findall(rb'"([0-9a-f]{40})"', bytes(doc))}


def _pages(connection: sa.Connection, query: str, start: int | str) -> Iterable[sa.Row[Any]]:
    while page := connection.execute(sa.text(f"{query} LIMIT {_PAGE}"), {"k": start}).all():
        yield from page
        start = page[-1].k


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("update", "delete"):
            op.execute(f"DROP TRIGGER audit_no_{verb}")
    else:
        op.execute("DROP TRIGGER audit_no_truncate ON audit")
        op.execute("DROP TRIGGER audit_no_change ON audit")
        op.execute("DROP FUNCTION audit_is_append_only")
    op.drop_index("ix_audit_action_n", table_name="audit")
    op.drop_index("ix_audit_username_n", table_name="audit")
    for name in ("media_cases", "media_uploaders", "audit_head", "sso_attempts"):
        op.drop_table(name)
    for name, index in (("identities", "ix_identities_user_id"), ("recovery_codes", "ix_recovery_codes_user_id")):
        op.drop_index(index, table_name=name)
        op.drop_table(name)
    for name in ("second_factors", "roles"):
        op.drop_table(name)
    for table, column in reversed(_new_columns()):
        op.drop_column(table, column.name)
