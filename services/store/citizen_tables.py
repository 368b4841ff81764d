"""Tables of what happens after a report: words between the reporter and the office, whom to tell of what, and letters.

`contacts.address` and `report_messages.text` are personal data. The journal names them by their ids alone, so that
either can be deleted.
"""

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, String, Table, Text, text

from services.store.metadata import metadata
from services.store.types import Instant

report_messages = Table(
    "report_messages",
    metadata,
    Column("id", String(64), primary_key=True),  # what the fact of it names it by
    Column("case_id", String(32), nullable=False, index=True),
    Column("number", String(24), nullable=False, index=True),  # of the report; "" for all reports of the case
    Column("kind", String(12), nullable=False),  # message | reply | rating | reopen
    Column("author", String(64), nullable=False),  # a username, "" for the reporter
    Column("at", Instant, nullable=False),
    Column("text", Text, nullable=False),  # "" once its reporter has taken his words back
)
"""What the reporter and the office have written to each other."""

contacts = Table(
    "contacts",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("channel", String(8), nullable=False),  # email | sms
    Column("address", Text, nullable=False),
    Column("address_hash", String(64), nullable=False, index=True),
    Column("language", String(2), nullable=False),
    Column("number", String(24), nullable=False, index=True),  # of the report by whose link it was given; "" for none
    Column("wish", Text, nullable=False),  # JSON of the subscriptions that it is given for, made once it is confirmed
    Column("created_at", Instant, nullable=False),
    Column("confirmed_at", Instant),  # NULL until the code has been given: nothing else is sent before
    Column("code_hash", String(64), nullable=False),
    Column("code_expires_at", Instant, nullable=False),
    Column("code_tries", Integer, nullable=False),
)
"""Addresses that people want to be told at, each confirmed by a code that was sent there."""

code_sendings = Table(
    "code_sendings",
    metadata,
    Column("address_hash", String(64), primary_key=True),
    Column("at", Instant, primary_key=True),
)
"""When codes were sent to an address, to bound how many."""

subscriptions = Table(
    "subscriptions",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("contact_id", String(32), nullable=False, index=True),
    Column("kind", String(8), nullable=False),  # report | case | area
    Column("number", String(24), nullable=False),  # of the report, where it is one
    Column("case_id", String(32), nullable=False),
    Column("area", String(24), nullable=False),  # a street, or any other area
    Column("category", String(24), nullable=False),  # "" for all
    Column("token", String(48), nullable=False, unique=True),  # of the link that ends it
    Column("sealed_link", Text, nullable=False),  # the report's private token, which opens it; "" for none
    Column("created_at", Instant, nullable=False),
    Column("due_at", Instant),  # when what has gathered is sent; NULL where nothing has
    Column("sent_at", Instant),
)
Index(
    "ix_subscriptions_due_at",
    subscriptions.c.due_at,
    sqlite_where=text("due_at IS NOT NULL"),
    postgresql_where=text("due_at IS NOT NULL"),
)
Index("ix_subscriptions_number", subscriptions.c.number)
Index("ix_subscriptions_case_id", subscriptions.c.case_id)
Index("ix_subscriptions_area", subscriptions.c.area)

tellings = Table(
    "tellings",
    metadata,
    Column("subscription_id", String(32), primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),  # of the fact
)
"""What a subscription will be told with its next letter."""

letters = Table(
    "letters",
    metadata,
    Column("id", String(64), primary_key=True),  # what the receiving side tells a repeat by
    Column("channel", String(8), nullable=False),
    Column("contact_id", String(32), nullable=False, index=True),
    Column("template", String(24), nullable=False),
    Column("doc", LargeBinary, nullable=False),  # the template's values as JSON; {} once it is sent
    Column("created_at", Instant, nullable=False),
    Column("deliver_at", Instant, nullable=False),  # the next try
    Column("tries", Integer, nullable=False),
    Column("state", String(8), nullable=False),  # waiting -> sent | dead; dead -> waiting by a person
    Column("error", String(200), nullable=False),
    Column("ended_at", Instant),
)
"""Mail and short messages to people without an account: sent at least once, until they are sent or dead."""
Index(
    "ix_letters_waiting",
    letters.c.deliver_at,
    sqlite_where=text("state = 'waiting'"),
    postgresql_where=text("state = 'waiting'"),
)
Index("ix_letters_ended_at", letters.c.ended_at)

letters_head = Table(
    "letters_head",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("seq", BigInteger, nullable=False),  # the last fact that subscriptions have been told of
)
