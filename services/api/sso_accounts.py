"""Which account somebody is who comes from the single sign-on: linked, taken over once, or made at the first visit."""

from datetime import datetime
from uuid import uuid4

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import Connection

from dispatch.citymap import City
from services.api.logins import BadAccount, check_account, read_role, with_role
from services.api.sso import Person, SignOnFailed
from services.settings import Oidc
from services.store.accounts import NO_PASSWORD, Account, add_account, change_account, find_account, find_account_by_id
from services.store.audit import Deed, detail_of, note
from services.store.sso import add_link, find_linked, note_login

MANAGED = "oidc"
"""`managed_by` of an account that the sign-on has made: its role and bounds follow the claims at every visit."""


class Visit(Struct, frozen=True, kw_only=True):
    """A sign-on that holds, from where it came and when."""

    person: Person
    address: str
    at: datetime


def sign_on(connection: Connection, visit: Visit, settings: Oidc, city: City) -> Account:
    """Return the account of who has signed on; what is made or changed for it is in the audit.

    :raises SignOnFailed: `disabled`, `no-role`, `no-account`, `name-taken`, or `bad-claims`.
    """
    person, at = visit.person, visit.at
    user_id = find_linked(connection, person.issuer, person.subject)
    if user_id is not None:
        account = find_account_by_id(connection, user_id)
        if account is None or account.disabled:
            raise SignOnFailed("disabled")
        note_login(connection, person.issuer, person.subject, at)
        return _follow_claims(connection, account, visit, city) if account.managed_by == MANAGED else account
    known = find_account(connection, person.username)
    if known is not None:
        if not settings.link or known.managed_by or known.disabled:
            raise SignOnFailed("name-taken")
        add_link(connection, person.issuer, person.subject, known.id, at)
        _note(connection, visit, known, "sso.linked", detail_of(subject=person.subject))
        return known
    if not settings.provision:
        raise SignOnFailed("no-account")
    return _make(connection, visit, city)


def _make(connection: Connection, visit: Visit, city: City) -> Account:
    person = visit.person
    blank = Account(id=uuid4().hex, username=person.username, role="", managed_by=MANAGED)
    account = _as_claimed(connection, blank, person, city)
    add_account(connection, account, NO_PASSWORD, visit.at)
    add_link(connection, person.issuer, person.subject, account.id, visit.at)
    _note(connection, visit, account, "sso.account-made", _grants_of(account))
    return account


def _follow_claims(connection: Connection, account: Account, visit: Visit, city: City) -> Account:
    now = _as_claimed(connection, account, visit.person, city)
    if now != account:
        change_account(connection, now)
        _note(connection, visit, now, "sso.account-changed", _grants_of(now))
    return now


def _as_claimed(connection: Connection, account: Account, person: Person, city: City) -> Account:
    if not person.role:
        raise SignOnFailed("no-role")
    try:
        named = replace(
            account, name_zh=person.name, name_en=person.name, department=person.department, area=person.area
        )
        claimed = with_role(named, person.role, read_role(connection, person.role))
        check_account(claimed, city)
    except BadAccount as error:
        raise SignOnFailed("bad-claims", str(error)) from None
    return claimed


def _grants_of(account: Account) -> str:
    return detail_of(role=account.custom_role or account.role, department=account.department, area=account.area)


def _note(connection: Connection, visit: Visit, account: Account, action: str, detail: str) -> None:
    deed = Deed(
        at=visit.at,
        username=account.username,
        action=action,
        subject=account.username,
        address=visit.address,
        detail=detail,
    )
    note(connection, deed)
