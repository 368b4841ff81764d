"""Tables of people, of senders, and of what they may do. `services/store/tables.py` has them all."""

from sqlalchemy import BigInteger, Boolean, Column, Float, Index, Integer, LargeBinary, String, Table, Text, text

from services.store.metadata import BIG, metadata
from services.store.types import Instant

users = Table(
    "users",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("username", String(64), nullable=False, unique=True),
    Column("password_hash", String(200), nullable=False),
    Column("role", String(24), nullable=False),
    Column("name_zh", String(80), nullable=False, default=""),
    Column("name_en", String(80), nullable=False, default=""),
    Column("worker_id", String(40), nullable=False, default=""),
    Column("department", String(40), nullable=False, default=""),
    Column("area", String(24), nullable=False, default=""),
    Column("is_demo", Boolean, nullable=False, default=False),
    Column("disabled", Boolean, nullable=False, default=False),
    Column("created_at", Instant, nullable=False),
    Column("custom_role", String(40), nullable=False, default="", server_default=""),  # of `roles`; `role` is its base
    Column("managed_by", String(12), nullable=False, default="", server_default=""),  # "oidc": made by single sign-on
)
roles = Table(
    "roles",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("base", String(24), nullable=False),
    Column("name_zh", String(80), nullable=False),
    Column("name_en", String(80), nullable=False),
    Column("permissions", Text, nullable=False),  # |-separated names of dispatch.access.PERMISSIONS
    Column("commands", Text, nullable=False),  # |-separated names of dispatch.access.RIGHTS
    Column("changed_at", Instant, nullable=False),
    Column("changed_by", String(64), nullable=False),
)
"""Custom roles. Those that the product has stand in dispatch/access.py."""
sessions = Table(
    "sessions",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("user_id", String(40), nullable=False, index=True),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("method", String(12), nullable=False, server_default="password"),  # password | totp | recovery | oidc
    Column("address", String(64), nullable=False, server_default=""),
    Column("device", String(200), nullable=False, server_default=""),  # the User-Agent that signed in
    Column("last_seen_at", Instant),
)
tokens = Table(
    "tokens",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("user_id", String(40), nullable=False, index=True),
    Column("label", String(80), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant),
    Column("scopes", Text),  # |-separated permissions and command:RIGHT; NULL for all that the account has
    Column("last_seen_at", Instant),
)
second_factors = Table(
    "second_factors",
    metadata,
    Column("user_id", String(40), primary_key=True),
    Column("sealed_secret", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("confirmed_at", Instant),  # NULL until a code has been given: it guards nothing before
    Column("last_step", BigInteger, nullable=False, default=0),  # of the code used last: none works twice (RFC 6238)
)
recovery_codes = Table(
    "recovery_codes",
    metadata,
    Column("code_hash", String(64), primary_key=True),
    Column("user_id", String(40), nullable=False, index=True),
    Column("used_at", Instant),
)
identities = Table(
    "identities",
    metadata,
    Column("issuer", String(300), primary_key=True),
    Column("subject", String(300), primary_key=True),
    Column("user_id", String(40), nullable=False, index=True),
    Column("created_at", Instant, nullable=False),
    Column("last_login_at", Instant, nullable=False),
)
"""Who an account is at the single sign-on."""
sso_attempts = Table(
    "sso_attempts",
    metadata,
    Column("state_hash", String(64), primary_key=True),
    Column("nonce", String(80), nullable=False),
    Column("verifier", String(160), nullable=False),
    Column("next", String(300), nullable=False),
    Column("expires_at", Instant, nullable=False),
)
"""Sign-ons that have been sent to the provider and are not back; each is used once."""
sources = Table(
    "sources",
    metadata,
    Column("id", String(80), primary_key=True),
    Column("feed", String(40), nullable=False),
    Column("name", String(120), nullable=False),
    Column("lon", Float),
    Column("lat", Float),
    Column("datum", String(8), nullable=False, default="wgs84"),
    Column("kinds", Text, nullable=False, default=""),  # |-separated
    Column("created_at", Instant, nullable=False),
    Column("pull", Text, nullable=False, default="", server_default=""),
)
"""Sources made by hand (`wardline source add`). Those of the city pack live in the pack."""
source_keys = Table(
    "source_keys",
    metadata,
    Column("key_hash", String(64), primary_key=True),
    Column("source_id", String(80), nullable=False, index=True),
    Column("created_at", Instant, nullable=False),
    Column("created_by", String(64), nullable=False, server_default=""),
    Column("hint", String(8), nullable=False, server_default=""),  # its last characters, to tell keys apart
    Column("per_minute", Integer),  # requests that it may send in a minute; NULL for the server's setting
)
reporters = Table(
    "reporters",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("name", Text, nullable=False),
    Column("phone", Text, nullable=False, index=True),
    Column("email", Text, nullable=False, server_default=""),
    Column("created_at", Instant, nullable=False),
)
reports = Table(
    "reports",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("number", String(24), nullable=False, unique=True),
    Column("message_id", String(32), nullable=False, unique=True),
    Column("reporter_id", String(32), nullable=False, default=""),
    Column("media", Text, nullable=False, default=""),  # |-separated ids of his own pictures
    Column("created_at", Instant, nullable=False),
    # what a partner system has filed for the public to read; "" for a citizen's own report
    Column("service_code", String(24), nullable=False, server_default=""),
    Column("description", Text, nullable=False, server_default=""),
    Column("address", Text, nullable=False, server_default=""),
    Column("lon", Float),
    Column("lat", Float),
    Column("erase_asked_at", Instant),  # when its sender asked for his words and pictures to go once the case has ended
    Column("withdrawn_at", Instant),
    Column("redacted_at", Instant),  # when his words and pictures were taken back
)
"""What a citizen follows: his number, the private link's token and the message that he sent.

Requests that came by Open311 stand here too, each with a number of its own, whatever case it belongs to.
"""
Index(
    "ix_reports_filed",
    reports.c.created_at,
    sqlite_where=text("service_code != ''"),
    postgresql_where=text("service_code <> ''"),
)
Index(
    "ix_reports_reporter_id",
    reports.c.reporter_id,
    sqlite_where=text("reporter_id != ''"),
    postgresql_where=text("reporter_id <> ''"),
)
Index(
    "ix_reports_erase_asked_at",
    reports.c.erase_asked_at,
    sqlite_where=text("erase_asked_at IS NOT NULL"),
    postgresql_where=text("erase_asked_at IS NOT NULL"),
)
media = Table(
    "media",
    metadata,
    Column("id", String(64), primary_key=True),  # hash of the re-encoded bytes
    Column("content_type", String(40), nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("size", Integer, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("created_by", String(80), nullable=False),
    Column("erased_at", Instant),  # nobody sees it any more; its files are deleted by the next run of `retention`
    Column("looks", String(16)),  # perceptual hash of a citizen's picture, 16 hexadecimal digits
)
Index(
    "ix_media_erased_at",
    media.c.erased_at,
    sqlite_where=text("erased_at IS NOT NULL"),
    postgresql_where=text("erased_at IS NOT NULL"),
)
Index(
    "ix_media_looks",
    media.c.created_at,
    sqlite_where=text("looks IS NOT NULL"),
    postgresql_where=text("looks IS NOT NULL"),
)
media_uploaders = Table(
    "media_uploaders",
    metadata,
    Column("media_id", String(64), primary_key=True),
    Column("uploader", String(80), primary_key=True),
)
"""Who has sent a picture: the same bytes may come from several."""
media_cases = Table(
    "media_cases",
    metadata,
    Column("media_id", String(64), primary_key=True),
    Column("case_id", String(32), primary_key=True),
)
"""The cases that a picture belongs to: who may see one of them may see it."""
media_blurs = Table(
    "media_blurs",
    metadata,
    Column("media_id", String(64), primary_key=True),
    Column("boxes", Text, nullable=False),  # JSON: [[x, y, width, height], ...] in shares of the picture, 0..1
    Column("changed_at", Instant, nullable=False),
    Column("changed_by", String(80), nullable=False),  # an account, `reporter`, or `source:` and its id
    Column("told", Text, nullable=False, server_default=""),  # JSON as `boxes`: all that sources have told, "" for none
)
"""Faces and plates that are made unreadable for the public and for whoever may not see them.

What a source has told is taken over once: a box that the office has taken away does not come back with a repeat.
"""
audit = Table(
    "audit",
    metadata,
    Column("n", BIG, primary_key=True, autoincrement=True),
    Column("at", Instant, nullable=False),
    Column("username", String(64), nullable=False),
    Column("action", String(40), nullable=False),
    Column("subject", String(120), nullable=False),
    Column("address", String(64), nullable=False),
    Column("detail", Text, nullable=False, server_default=""),  # what was changed, as JSON
    Column("hash", String(64), nullable=False, server_default=""),  # of the row and of the hash before it
)
"""What no journal tells because it concerns no case: who looked at a person's data, gave out keys, changed accounts.

Rows are only ever added: triggers refuse the rest (migration 0006).
"""
Index("ix_audit_username_n", audit.c.username, audit.c.n)
Index("ix_audit_action_n", audit.c.action, audit.c.n)
audit_head = Table(
    "audit_head",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("n", BigInteger, nullable=False),
    Column("hash", String(64), nullable=False),
)
"""One row: the last number and hash of `audit`. Who adds a row locks it first, so that there is one chain."""
idempotency = Table(
    "idempotency",
    metadata,
    Column("key", String(200), primary_key=True),  # actor, route and the client's key
    Column("request_hash", String(64), nullable=False),
    Column("status", Integer, nullable=False),
    Column("response", LargeBinary, nullable=False),
    Column("created_at", Instant, nullable=False, index=True),
)
