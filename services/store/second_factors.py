"""Second factors: a sealed TOTP secret for an account, and codes for the day on which the telephone is lost."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct
from sqlalchemy import Connection, delete, func, insert, select, update

from services.store.tables import recovery_codes, second_factors


class Factor(Struct, frozen=True, kw_only=True):
    """A second factor. It guards nothing until it is confirmed. `last_step` is that of the code used last."""

    sealed_secret: str
    confirmed: bool
    last_step: int


def find_factor(connection: Connection, user_id: str) -> Factor | None:
    columns = (second_factors.c.sealed_secret, second_factors.c.confirmed_at, second_factors.c.last_step)
    row = connection.execute(select(*columns).where(second_factors.c.user_id == user_id)).first()
    if row is None:
        return None
    return Factor(sealed_secret=row.sealed_secret, confirmed=row.confirmed_at is not None, last_step=int(row.last_step))


def begin_factor(connection: Connection, user_id: str, sealed_secret: str, at: datetime) -> None:
    """Store a secret that is not confirmed yet, in place of any earlier one of that kind."""
    connection.execute(delete(second_factors).where(second_factors.c.user_id == user_id))
    connection.execute(
        insert(second_factors).values(user_id=user_id, sealed_secret=sealed_secret, created_at=at, last_step=0)
    )


def confirm_factor(connection: Connection, user_id: str, at: datetime) -> None:
    connection.execute(update(second_factors).where(second_factors.c.user_id == user_id).values(confirmed_at=at))


def use_step(connection: Connection, user_id: str, step: int) -> bool:
    """Take a code's time step; False if it, or a later one, was taken before (RFC 6238, 5.2)."""
    query = update(second_factors).where(second_factors.c.user_id == user_id, second_factors.c.last_step < step)
    return connection.execute(query.values(last_step=step)).rowcount > 0


def remove_factor(connection: Connection, user_id: str) -> bool:
    """Take the factor and its recovery codes away; False if there was none."""
    connection.execute(delete(recovery_codes).where(recovery_codes.c.user_id == user_id))
    return connection.execute(delete(second_factors).where(second_factors.c.user_id == user_id)).rowcount > 0


def set_recovery_codes(connection: Connection, user_id: str, code_hashes: Sequence[str]) -> None:
    """Replace an account's recovery codes."""
    connection.execute(delete(recovery_codes).where(recovery_codes.c.user_id == user_id))
    for code_hash in code_hashes:
        connection.execute(insert(recovery_codes).values(code_hash=code_hash, user_id=user_id))


def use_recovery_code(connection: Connection, user_id: str, code_hash: str, at: datetime) -> bool:
    """Use a code up; False if the account has no such code, or has used it."""
    query = update(recovery_codes).where(
        recovery_codes.c.user_id == user_id,
        recovery_codes.c.code_hash == code_hash,
        recovery_codes.c.used_at.is_(None),
    )
    return connection.execute(query.values(used_at=at)).rowcount > 0


def count_recovery_codes(connection: Connection, user_id: str) -> int:
    """Return how many codes are left."""
    query = select(func.count()).where(recovery_codes.c.user_id == user_id, recovery_codes.c.used_at.is_(None))
    return connection.scalar(query) or 0


def list_guarded(connection: Connection) -> set[str]:
    """Return the ids of the accounts that have a confirmed second factor."""
    return set(connection.scalars(select(second_factors.c.user_id).where(second_factors.c.confirmed_at.is_not(None))))
