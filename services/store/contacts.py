"""Addresses at which people without an account want to be told, each confirmed by a code that was sent there."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct
from msgspec.structs import asdict
from sqlalchemy import Connection, delete, func, insert, select, update

from services.store.tables import code_sendings, contacts, letters, subscriptions, tellings
from services.store.upsert import insert_new


class Contact(Struct, frozen=True, kw_only=True):
    """One address. `channel` is email or sms; `number` that of the report by whose link it was given, "" for none.

    `wish` is what it was given for, as `services/api/subscribing.py` reads it. `address_hash` and `code_hash` are keyed
    digests: neither can be tried out by who has the database alone.
    """

    id: str
    channel: str
    address: str
    address_hash: str
    language: str
    number: str
    wish: str
    created_at: datetime
    confirmed_at: datetime | None
    code_hash: str
    code_expires_at: datetime
    code_tries: int = 0


_COLUMNS = tuple(contacts.c)


def add_contact(connection: Connection, contact: Contact) -> None:
    """Store an address; one of that id that is there already stays as it is."""
    insert_new(connection, contacts, [asdict(contact)])


def find_contact(connection: Connection, contact_id: str) -> Contact | None:
    row = connection.execute(select(*_COLUMNS).where(contacts.c.id == contact_id)).first()
    return None if row is None else Contact(**row._mapping)


def list_of_report(connection: Connection, number: str) -> Sequence[Contact]:
    """Return the confirmed addresses that were given by a report's link, in the order of their coming."""
    query = select(*_COLUMNS).where(contacts.c.number == number, contacts.c.confirmed_at.is_not(None))
    return [Contact(**row._mapping) for row in connection.execute(query.order_by(contacts.c.created_at))]


def list_of_address(connection: Connection, number: str, address_hash: str) -> Sequence[Contact]:
    """Return where one address was confirmed for a report, "" for none: once, but while it is confirmed anew."""
    query = select(*_COLUMNS).where(contacts.c.address_hash == address_hash, contacts.c.number == number)
    return [Contact(**row._mapping) for row in connection.execute(query.where(contacts.c.confirmed_at.is_not(None)))]


def note_try(connection: Connection, contact_id: str, tries_max: int) -> bool:
    """Count a try of the code; False where there have been too many."""
    query = update(contacts).where(contacts.c.id == contact_id, contacts.c.code_tries < tries_max)
    return connection.execute(query.values(code_tries=contacts.c.code_tries + 1)).rowcount > 0


def confirm(connection: Connection, contact_id: str, at: datetime) -> bool:
    """The address is its giver's; False where it has been confirmed before. Its code is worth nothing any more."""
    query = update(contacts).where(contacts.c.id == contact_id, contacts.c.confirmed_at.is_(None))
    return connection.execute(query.values(confirmed_at=at, code_hash="")).rowcount > 0


def hand_over(connection: Connection, from_id: str, to_id: str) -> None:
    """What one address was to be told, and the letters under way to it, are another's now; the first is forgotten."""
    for table in (subscriptions, letters):
        connection.execute(update(table).where(table.c.contact_id == from_id).values(contact_id=to_id))
    connection.execute(delete(contacts).where(contacts.c.id == from_id))


def count_sendings(connection: Connection, address_hash: str, since: datetime) -> int:
    """Return how many codes were sent to an address since then."""
    query = select(func.count()).where(code_sendings.c.address_hash == address_hash, code_sendings.c.at >= since)
    return connection.scalar(query) or 0


def note_sending(connection: Connection, address_hash: str, at: datetime) -> None:
    connection.execute(insert(code_sendings).values(address_hash=address_hash, at=at))


def remove_contact(connection: Connection, contact_id: str) -> bool:
    """Forget an address and all that was to be told there; False where there is none."""
    own = select(subscriptions.c.id).where(subscriptions.c.contact_id == contact_id)
    connection.execute(delete(tellings).where(tellings.c.subscription_id.in_(own)))
    connection.execute(delete(subscriptions).where(subscriptions.c.contact_id == contact_id))
    connection.execute(delete(letters).where(letters.c.contact_id == contact_id))
    return connection.execute(delete(contacts).where(contacts.c.id == contact_id)).rowcount > 0


def delete_unconfirmed(connection: Connection, before: datetime) -> int:
    """Forget addresses that nobody has confirmed, and when codes were sent, from before then."""
    old = select(contacts.c.id).where(contacts.c.confirmed_at.is_(None), contacts.c.created_at < before)
    connection.execute(delete(letters).where(letters.c.contact_id.in_(old)))
    gone = connection.execute(delete(contacts).where(contacts.c.id.in_(old.scalar_subquery()))).rowcount
    return gone + connection.execute(delete(code_sendings).where(code_sendings.c.at < before)).rowcount
