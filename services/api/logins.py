"""Making accounts: by an administrator at the command line, over the API, and those of the demo city.

`wardline user add` and the demo call this; a password is asked for or made here, and never an argument.
"""

import secrets
from collections.abc import Sequence
from datetime import datetime
from uuid import uuid4

from msgspec.structs import replace
from sqlalchemy import Connection

from dispatch.access import ROLES, Role
from dispatch.citymap import City
from dispatch.ids import AreaCode, DepartmentId, WorkerId
from services.api.passwords import MAX_LENGTH, MIN_LENGTH, hash_password
from services.store.accounts import Account, add_account, find_account, has_demo_accounts

DEMO_PASSWORD = "wardline-demo"
"""Printed by `make run`; a server that is no demo refuses to start with it."""
DEMO_COLLECTORS = 3
GENERATED_BYTES = 12
"""96 random bits in 16 characters: for a password that is made, not chosen."""


class BadAccount(ValueError):
    """An account cannot be as it was asked for; the text says why."""


class DemoAccounts(RuntimeError):
    """The database holds accounts whose password is published."""


def generate_password() -> str:
    return secrets.token_urlsafe(GENERATED_BYTES)


def check_account(account: Account, city: City | None) -> None:
    """Check what an account says of itself against the roles and the city.

    :raises BadAccount: naming what does not fit.
    """
    name = account.username
    if not (2 <= len(name) <= 64) or not name.isprintable() or name != name.strip() or " " in name:
        raise BadAccount("a name has 2 to 64 printable characters and no space")
    if account.role not in set(Role):
        raise BadAccount(f"there is no role {account.role!r}; there are {', '.join(Role)}")
    if city is None:
        return
    if account.area and AreaCode(account.area) not in city.codes.areas:
        raise BadAccount(f"the city has no area {account.area!r}")
    if account.department and DepartmentId(account.department) not in city.codes.departments:
        raise BadAccount(f"the city has no department {account.department!r}")
    if account.worker_id and WorkerId(account.worker_id) not in city.codes.workers:
        raise BadAccount(f"the city has no worker {account.worker_id!r}")


def check_password(password: str) -> None:
    """:raises BadAccount: if a password is too short, too long, or the demo's."""
    if not MIN_LENGTH <= len(password) <= MAX_LENGTH:
        raise BadAccount(f"a password has {MIN_LENGTH} to {MAX_LENGTH} characters")
    if password == DEMO_PASSWORD:
        raise BadAccount("this password is published")


def create_account(connection: Connection, account: Account, password: str, city: City | None, at: datetime) -> Account:
    """Check and store a new account; takes about 20 ms for the hash.

    :raises BadAccount: if it cannot be. :raises NameTaken: if its name is in use.
    """
    check_account(account, city)
    check_password(password)
    stored = replace(account, id=account.id or uuid4().hex)
    add_account(connection, stored, hash_password(password), at)
    return stored


def demo_accounts(city: City) -> Sequence[Account]:
    """Return the accounts of the demo city: one of each desk role, collectors, and every worker of the pack.

    `worker1` is the first worker by id, and so on.
    """
    desks = [Role.DISPATCHER, Role.ACCEPTOR, Role.LEADER, Role.SUPERVISOR, Role.ADMIN]
    found = [_demo(role.value, role, ROLES[role].zh, ROLES[role].en.capitalize()) for role in desks]
    for n in range(1, DEMO_COLLECTORS + 1):
        found.append(_demo(f"collector{n}", Role.COLLECTOR, f"采集员{n}", f"Collector {n}"))
    for n, worker in enumerate(sorted(city.codes.workers.values(), key=lambda worker: worker.id), 1):
        account = _demo(f"worker{n}", Role.WORKER, worker.name_zh, worker.name_en)
        found.append(replace(account, worker_id=worker.id, department=worker.department))
    return found


def _demo(username: str, role: Role, name_zh: str, name_en: str) -> Account:
    account_id = f"demo-{username}"
    return Account(id=account_id, username=username, role=role, name_zh=name_zh, name_en=name_en, is_demo=True)


def create_demo_accounts(connection: Connection, city: City, at: datetime) -> Sequence[Account]:
    """Store the demo's accounts that are not there yet; return them all.

    They share one hash: eighty of them would take two seconds to compute, and guard nothing.
    """
    accounts = demo_accounts(city)
    missing = [account for account in accounts if find_account(connection, account.username) is None]
    if missing:
        password_hash = hash_password(DEMO_PASSWORD)
        for account in missing:
            add_account(connection, account, password_hash, at)
    return accounts


def refuse_demo_accounts(connection: Connection) -> None:
    """Refuse to go on where accounts with the published password exist.

    :raises DemoAccounts: saying what to do.
    """
    if has_demo_accounts(connection):
        raise DemoAccounts(
            "This database was made by `wardline demo`: its accounts have a published password. "
            "Start with another WARDLINE_DATA_DIR or WARDLINE_DATABASE_URL, or run `wardline demo`."
        )
