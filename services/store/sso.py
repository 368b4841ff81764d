"""Single sign-on: sign-ons under way, and which account is who at the provider."""

from datetime import datetime

from msgspec import Struct
from sqlalchemy import Connection, delete, insert, select, update

from services.store.accounts import hash_secret
from services.store.tables import identities, sso_attempts


class Attempt(Struct, frozen=True, kw_only=True):
    """A sign-on that has been sent to the provider: what must come back with it, and where it goes then."""

    nonce: str
    verifier: str
    next: str


def add_attempt(connection: Connection, state: str, attempt: Attempt, expires_at: datetime) -> None:
    connection.execute(
        insert(sso_attempts).values(
            state_hash=hash_secret(state),
            nonce=attempt.nonce,
            verifier=attempt.verifier,
            next=attempt.next,
            expires_at=expires_at,
        )
    )


def take_attempt(connection: Connection, state: str, at: datetime) -> Attempt | None:
    """Return a sign-on that is under way and forget it: each comes back once. None if it is unknown or too old."""
    found = sso_attempts.c.state_hash == hash_secret(state)
    row = connection.execute(select(sso_attempts).where(found, sso_attempts.c.expires_at > at)).first()
    connection.execute(delete(sso_attempts).where(found))
    return None if row is None else Attempt(nonce=row.nonce, verifier=row.verifier, next=row.next)


def delete_old_attempts(connection: Connection, at: datetime) -> int:
    return connection.execute(delete(sso_attempts).where(sso_attempts.c.expires_at <= at)).rowcount


def find_linked(connection: Connection, issuer: str, subject: str) -> str | None:
    """Return the id of the account that is this person at the provider."""
    query = select(identities.c.user_id).where(identities.c.issuer == issuer, identities.c.subject == subject)
    return connection.scalar(query)


def add_link(connection: Connection, issuer: str, subject: str, user_id: str, at: datetime) -> None:
    values = {"issuer": issuer, "subject": subject, "user_id": user_id, "created_at": at, "last_login_at": at}
    connection.execute(insert(identities).values(values))


def note_login(connection: Connection, issuer: str, subject: str, at: datetime) -> None:
    query = update(identities).where(identities.c.issuer == issuer, identities.c.subject == subject)
    connection.execute(query.values(last_login_at=at))


def list_linked(connection: Connection) -> set[str]:
    """Return the ids of the accounts that sign in at the provider."""
    return set(connection.scalars(select(identities.c.user_id)))
