"""Every table. `journal` is the truth; `cases`, `measures` and the rest are folds of it or stand beside it."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    false,
    text,
)

from services.store.abuse_tables import bans as bans
from services.store.abuse_tables import held_reports as held_reports
from services.store.abuse_tables import report_senders as report_senders
from services.store.abuse_tables import spent_proofs as spent_proofs
from services.store.citizen_tables import code_sendings as code_sendings
from services.store.citizen_tables import contacts as contacts
from services.store.citizen_tables import letters as letters
from services.store.citizen_tables import letters_head as letters_head
from services.store.citizen_tables import report_messages as report_messages
from services.store.citizen_tables import subscriptions as subscriptions
from services.store.citizen_tables import tellings as tellings
from services.store.finding_tables import case_words as case_words
from services.store.finding_tables import default_views as default_views
from services.store.finding_tables import follow_head as follow_head
from services.store.finding_tables import mentions as mentions
from services.store.finding_tables import saved_views as saved_views
from services.store.hotline_tables import call_drafts as call_drafts
from services.store.hotline_tables import calls as calls
from services.store.hotline_tables import hotline_reports as hotline_reports
from services.store.hotline_tables import hotline_seats as hotline_seats
from services.store.metadata import BIG
from services.store.metadata import metadata as metadata
from services.store.partner_tables import followed as followed
from services.store.partner_tables import parcels as parcels
from services.store.partner_tables import partner_state as partner_state
from services.store.partner_tables import partner_updates as partner_updates
from services.store.people_tables import audit as audit
from services.store.people_tables import audit_head as audit_head
from services.store.people_tables import idempotency as idempotency
from services.store.people_tables import identities as identities
from services.store.people_tables import media as media
from services.store.people_tables import media_blurs as media_blurs
from services.store.people_tables import media_cases as media_cases
from services.store.people_tables import media_uploaders as media_uploaders
from services.store.people_tables import recovery_codes as recovery_codes
from services.store.people_tables import reporters as reporters
from services.store.people_tables import reports as reports
from services.store.people_tables import roles as roles
from services.store.people_tables import second_factors as second_factors
from services.store.people_tables import sessions as sessions
from services.store.people_tables import source_keys as source_keys
from services.store.people_tables import sources as sources
from services.store.people_tables import sso_attempts as sso_attempts
from services.store.people_tables import tokens as tokens
from services.store.people_tables import users as users
from services.store.source_tables import episode_state as episode_state
from services.store.source_tables import learned as learned
from services.store.source_tables import source_state as source_state
from services.store.source_tables import source_vitals as source_vitals
from services.store.types import Instant

# --- what came in ------------------------------------------------------------------------------------------

inbox = Table(
    "inbox",
    metadata,
    Column("n", BIG, primary_key=True, autoincrement=True),
    Column("id", String(32), nullable=False, unique=True),
    Column("feed", String(40), nullable=False),
    Column("source_id", String(80), nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("received_at", Instant, nullable=False),
    Column(
        "state", String(12), nullable=False
    ),  # pending -> done | quarantined | set_aside; the last two -> pending by replay
    Column("reason", String(80), nullable=False, default=""),
    Column("detail", Text, nullable=False, default=""),
    Column("processed_at", Instant),
)
Index("ix_inbox_pending", inbox.c.n, sqlite_where=text("state = 'pending'"), postgresql_where=text("state = 'pending'"))
Index(
    "ix_inbox_quarantined",
    inbox.c.n,
    sqlite_where=text("state = 'quarantined'"),
    postgresql_where=text("state = 'quarantined'"),
)
Index(
    "ix_inbox_set_aside",
    inbox.c.n,
    sqlite_where=text("state = 'set_aside'"),
    postgresql_where=text("state = 'set_aside'"),
)
Index("ix_inbox_received_at", inbox.c.received_at)

events = Table(
    "events",
    metadata,
    Column("id", String(48), primary_key=True),
    Column("case_id", String(32), nullable=False, index=True),  # "" where it concerns none
    Column("feed", String(40), nullable=False),
    Column("source_id", String(80), nullable=False),
    Column("observed_at", Instant, nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("phase", String(8), nullable=False),
    Column("severity", Integer, nullable=False),
    Column("doc", LargeBinary, nullable=False),  # dispatch.event.Event as JSON
)

# --- what was decided --------------------------------------------------------------------------------------

journal = Table(
    "journal",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("at", Instant, nullable=False),
    Column("kind", String(32), nullable=False),
    Column("case_id", String(32), nullable=False, index=True),
    Column("area", String(24), nullable=False),  # grid or nearest known area of the case: who may see it
    Column("department", String(40), nullable=False),
    Column("was_area", String(24), nullable=False, server_default=""),  # the area before, "" where it is the same
    Column("was_department", String(40), nullable=False, server_default=""),
    Column("workers", String(120), nullable=False),  # |w1|w2|: whose task it is or was just before
    Column("data", LargeBinary, nullable=False),  # the FactData as JSON
)
Index("ix_journal_at", journal.c.at)  # what has changed since a time: who follows cases from outside asks every minute

cases = Table(
    "cases",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("number", String(24), nullable=False, unique=True),
    Column("version", BigInteger, nullable=False),
    Column("stage", String(24), nullable=False),
    Column("is_open", Boolean, nullable=False),
    Column("category", String(24), nullable=False),
    Column("priority", String(12), nullable=False),
    Column("severity", Integer, nullable=False),
    Column("feed", String(40), nullable=False),
    Column("source_id", String(80), nullable=False),
    Column("department", String(40), nullable=False),
    Column("worker", String(40), nullable=False),
    Column("lon", Float),
    Column("lat", Float),
    Column("district", String(24), nullable=False),
    Column("street", String(24), nullable=False),
    Column("community", String(24), nullable=False),
    Column("grid", String(24), nullable=False),
    Column("address", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("waiting", String(40), nullable=False),
    Column("overdue", Boolean, nullable=False),
    Column("on_time", Boolean),
    Column("opened_at", Instant, nullable=False),
    Column("reworks", Integer, nullable=False, default=0),
    Column("filed_at", Instant),
    Column("due_at", Instant),
    Column("first_dispatched_at", Instant),
    Column("dispatched_at", Instant),
    Column("accepted_at", Instant),
    Column("arrived_at", Instant),
    Column("handled_at", Instant),
    Column("checked_at", Instant),
    Column("closed_at", Instant),
    Column("voided_at", Instant),
    Column("flagged", Boolean, nullable=False, server_default=false()),  # the public is not to see it yet
    Column("kind", String(80), nullable=False, server_default=""),  # the video or sensor type that it was opened for
    Column("verdict", String(12), nullable=False, server_default=""),
    Column("judged_at", Instant),
    Column("erased", String(60), nullable=False, server_default=""),  # |-separated: what of persons is deleted
    Column("unanswered", Boolean, nullable=False, server_default=false()),  # a reporter waits for an answer
    Column("called_at", Instant),  # when one who reported it was last reached
    Column("satisfied", Boolean),  # what he said then
    Column("rated_at", Instant),  # when one who reported it last gave stars
    Column("stars", Integer),  # how many, 1 to 5
    Column("next_timer_at", Instant),  # when time alone will change this case; NULL where it will not
    Column("doc", LargeBinary, nullable=False),  # dispatch.case.Case as JSON
)
Index("ix_cases_opened_at_id", cases.c.opened_at, cases.c.id)
Index(
    "ix_cases_next_timer_at",
    cases.c.next_timer_at,
    sqlite_where=text("next_timer_at IS NOT NULL"),
    postgresql_where=text("next_timer_at IS NOT NULL"),
)
Index(
    "ix_cases_open",  # what the board counts of this moment, without a look at a row
    cases.c.stage,
    cases.c.overdue,
    cases.c.opened_at,  # new cases come at the end of their stage: few pages to write
    cases.c.street,
    cases.c.department,
    cases.c.category,
    cases.c.feed,
    sqlite_where=text("is_open = 1"),
    postgresql_where=text("is_open"),
)
Index(
    "ix_cases_open_opened_at",  # the public's list of them, the newest first
    cases.c.opened_at,
    cases.c.id,
    sqlite_where=text("is_open = 1"),
    postgresql_where=text("is_open"),
)
Index(
    "ix_cases_closed_at",
    cases.c.closed_at,
    sqlite_where=text("closed_at IS NOT NULL"),
    postgresql_where=text("closed_at IS NOT NULL"),
)
Index("ix_cases_filed_at", cases.c.filed_at)
Index(
    "ix_cases_voided_at",
    cases.c.voided_at,
    sqlite_where=text("voided_at IS NOT NULL"),
    postgresql_where=text("voided_at IS NOT NULL"),
)
Index(
    "ix_cases_judged_at",
    cases.c.judged_at,
    sqlite_where=text("judged_at IS NOT NULL"),
    postgresql_where=text("judged_at IS NOT NULL"),
)
Index(
    "ix_cases_unanswered",
    cases.c.opened_at,
    sqlite_where=text("unanswered = 1"),
    postgresql_where=text("unanswered"),
)
Index(
    "ix_cases_called_at",
    cases.c.called_at,
    sqlite_where=text("called_at IS NOT NULL"),
    postgresql_where=text("called_at IS NOT NULL"),
)
Index(
    "ix_cases_rated_at",
    cases.c.rated_at,
    sqlite_where=text("rated_at IS NOT NULL"),
    postgresql_where=text("rated_at IS NOT NULL"),
)
Index("ix_cases_due_at", cases.c.due_at)
Index("ix_cases_worker_is_open", cases.c.worker, cases.c.is_open)
Index("ix_cases_street_opened_at", cases.c.street, cases.c.opened_at)

assists = Table(
    "assists",
    metadata,
    Column("worker", String(40), primary_key=True),
    Column("case_id", String(32), primary_key=True),
    Index("ix_assists_case_id", "case_id"),
)
"""Who goes along with which case now (增派)."""

case_stops = Table(
    "case_stops",
    metadata,
    Column("case_id", String(32), primary_key=True),
    Column("n", Integer, primary_key=True, autoincrement=False),
    Column("started_at", Instant, nullable=False),
    Column("ended_at", Instant, nullable=False),
    Column("why", String(24), nullable=False),
)
"""The spans in which a handling clock stood still."""

outbox = Table(
    "outbox",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),  # of the fact that it tells
    Column("kind", String(16), nullable=False),  # of dispatch.notices.NoticeKind
    Column("recipient", String(80), primary_key=True),  # a worker's id where the role is worker, else a username
    Column("role", String(24), nullable=False),
    Column("case_id", String(32)),  # of a notice that its case may stop; NULL where nothing does
    Column("created_at", Instant, nullable=False),
    Column("deliver_at", Instant, nullable=False),  # not before: quiet hours and digests, as they were then
    Column("pushed_at", Instant),  # a push service has taken it; it is delivered once the person himself was here
    Column("delivered_at", Instant),
)
"""What must be told to somebody, whatever happens to this process."""
Index(
    "ix_outbox_undelivered",
    outbox.c.recipient,
    sqlite_where=text("delivered_at IS NULL"),
    postgresql_where=text("delivered_at IS NULL"),
)
Index(
    "ix_outbox_case_id",
    outbox.c.case_id,
    sqlite_where=text("case_id IS NOT NULL"),
    postgresql_where=text("case_id IS NOT NULL"),
)

push_subscriptions = Table(
    "push_subscriptions",
    metadata,
    Column("id", String(32), primary_key=True),  # hash of the endpoint
    Column("user_id", String(40), nullable=False, index=True),
    Column("worker_id", String(40), nullable=False, index=True),
    Column("endpoint", Text, nullable=False),
    Column("p256dh", String(120), nullable=False),  # the browser's keys (RFC 8291), base64url
    Column("auth", String(40), nullable=False),
    Column("language", String(2), nullable=False),
    Column("device", String(120), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("reached_at", Instant),  # when a push service last took a message for it
)
"""Browsers that may be rung through their push service (RFC 8030) while no page of ours is open."""
worker_tracks = Table(
    "worker_tracks",
    metadata,
    Column("worker_id", String(40), primary_key=True),
    Column("at", Instant, primary_key=True),
    Column("lon", Float, nullable=False),
    Column("lat", Float, nullable=False),
    Column("accuracy_m", Float),
)
"""Where workers on duty were, thinned, for WARDLINE_TRACK_KEEP_HOURS."""
Index("ix_worker_tracks_at", worker_tracks.c.at)

sensing_state = Table(
    "sensing_state",
    metadata,
    Column("key", String(200), primary_key=True),
    Column("doc", LargeBinary, nullable=False),  # dispatch.sensing.SensorState as JSON
)

worker_state = Table(
    "worker_state",
    metadata,
    Column("worker_id", String(40), primary_key=True),
    Column("signed_on", Boolean, nullable=False),
    Column("changed_at", Instant, nullable=False),
)

# --- counted -----------------------------------------------------------------------------------------------

measures = Table(
    "measures",
    metadata,
    Column("day", String(10), primary_key=True),  # local date, ISO
    Column("street", String(24), primary_key=True),
    Column("category", String(24), primary_key=True),
    Column("department", String(40), primary_key=True),
    Column("feed", String(40), primary_key=True),
    Column("source", String(80), primary_key=True, server_default=""),  # of verdicts; "" of all else
    Column("kind", String(80), primary_key=True, server_default=""),
    Column("counter", String(40), primary_key=True),  # a counter of dispatch.measures, or histogram/bucket
    Column("n", BigInteger, nullable=False),
)
measures_head = Table(
    "measures_head",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("seq", BigInteger, nullable=False),  # the last fact that `measures` counts
)

# --- the city ----------------------------------------------------------------------------------------------

code_rows = Table(
    "code_rows",
    metadata,
    Column("scheme", String(60), primary_key=True),
    Column("code", String(24), primary_key=True),
    Column("valid_from", String(10), primary_key=True),
    Column("valid_to", String(10)),
    Column("doc", LargeBinary, nullable=False),
)
"""The category tables of every pack ever loaded, so that an old case keeps the words it was filed under."""
