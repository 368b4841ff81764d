"""Making accounts: by an administrator at the command line, over the API, and those of the demo city.

`wardline user add` and the demo call this; a password is asked for or made here, and never an argument.
"""

import secrets
from collections.abc import Sequence
from datetime import datetime
from uuid import uuid4

from msgspec.structs import replace
from sqlalchemy import Connection

from dispatch.access import OF_A_DEPARTMENT, ROLES, Role
from dispatch.citymap import City
from dispatch.ids import AreaCode, DepartmentId, WorkerId
from services.api.passwords import MAX_LENGTH, MIN_LENGTH, hash_password
from services.api.weakness import find_weakness
from services.store.accounts import Account, add_account, find_account, has_demo_accounts
from services.store.roles import CustomRole, find_role

DEMO_PASSWORD = "wardline-demo"
"""Printed by `make run`; a server that is no demo refuses to start with it."""
DEMO_COLLECTORS = 3
GENERATED_BYTES = 12
"""96 random bits in 16 characters: for a password that is made, not chosen."""


class BadAccount(ValueError):
    """An account cannot be as it was asked for; the text says why, and `zh` says it in Chinese."""

    def __init__(self, en: str, zh: str = "") -> None:
        super().__init__(en)
        self.zh = zh or en


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
        raise BadAccount("a name has 2 to 64 printable characters and no space", "用户名为 2 至 64 个字符，不含空格")
    if any("\x00" in text for text in (account.name_zh, account.name_en, account.area, account.department)):
        raise BadAccount("a NUL character cannot be stored", "不能包含空字符")
    if account.role not in set(Role):
        raise BadAccount(
            f"there is no role {account.role!r}; there are {', '.join(Role)}", f"没有角色 {account.role!r}"
        )
    if account.role in OF_A_DEPARTMENT and not account.department:
        raise BadAccount(f"the role {account.role} is of a department: name it", "该角色须指定部门")
    if city is None:
        return
    if account.area and AreaCode(account.area) not in city.codes.areas:
        raise BadAccount(f"the city has no area {account.area!r}", f"没有区域 {account.area!r}")
    if account.department and DepartmentId(account.department) not in city.codes.departments:
        raise BadAccount(f"the city has no department {account.department!r}", f"没有部门 {account.department!r}")
    if account.worker_id and WorkerId(account.worker_id) not in city.codes.workers:
        raise BadAccount(f"the city has no worker {account.worker_id!r}", f"没有人员 {account.worker_id!r}")


def with_role(account: Account, role: str, custom: CustomRole | None) -> Account:
    """Return the account with a role: one of the product's, or a custom one, whose base it has then."""
    if custom is None:
        return replace(account, role=role, custom_role="", permissions=None, commands=None)
    return replace(
        account,
        role=custom.base,
        custom_role=custom.id,
        permissions=custom.permissions,
        commands=custom.commands,
    )


def read_role(connection: Connection, name: str) -> CustomRole | None:
    """Return the custom role of that name; None for one of the product's.

    :raises BadAccount: if there is neither.
    """
    if name in set(Role):
        return None
    custom = find_role(connection, name)
    if custom is None:
        raise BadAccount(f"there is no role {name!r}", f"没有角色 {name!r}")
    return custom


def check_password(password: str, own: Sequence[str] = (), leaked_file: str = "") -> None:
    """Check a password that is to be set; takes up to some 50 ms. `own` are words of its owner.

    :raises BadAccount: if it is too short, too long, the demo's, leaked, or easy to guess.
    """
    if not MIN_LENGTH <= len(password) <= MAX_LENGTH:
        raise BadAccount(
            f"a password has {MIN_LENGTH} to {MAX_LENGTH} characters", f"密码须为 {MIN_LENGTH} 至 {MAX_LENGTH} 个字符"
        )
    if password == DEMO_PASSWORD:
        raise BadAccount("this password is published", "这是公开的演示密码")
    if weakness := find_weakness(password, own, leaked_file):
        raise BadAccount(weakness[1], weakness[0])


def words_of(account: Account) -> Sequence[str]:
    """Return the words of an account that its password must not be made of."""
    return (account.username, account.name_zh, account.name_en)


def create_account(
    connection: Connection,
    account: Account,
    password: str,
    city: City | None,
    at: datetime,
    *,
    leaked_file: str = "",
) -> Account:
    """Check and store a new account; takes about 20 ms for the hash.

    :raises BadAccount: if it cannot be. :raises NameTaken: if its name is in use.
    """
    check_account(account, city)
    check_password(password, words_of(account), leaked_file)
    stored = replace(account, id=account.id or uuid4().hex)
    add_account(connection, stored, hash_password(password), at)
    return stored


def demo_accounts(city: City) -> Sequence[Account]:
    """Return the accounts of the demo city: one of each desk role, collectors, and every worker of the pack.

    `worker1` is the first worker by id, and so on.
    """
    desks = [Role.DISPATCHER, Role.ACCEPTOR, Role.LEADER, Role.SUPERVISOR, Role.ADMIN, Role.AUDITOR]
    found = [_demo(role.value, role, ROLES[role].zh, ROLES[role].en.capitalize()) for role in desks]
    found += _demo_department_dispatchers(city)
    for n in range(1, DEMO_COLLECTORS + 1):
        found.append(_demo(f"collector{n}", Role.COLLECTOR, f"采集员{n}", f"Collector {n}"))
    for n, worker in enumerate(sorted(city.codes.workers.values(), key=lambda worker: worker.id), 1):
        account = _demo(f"worker{n}", Role.WORKER, worker.name_zh, worker.name_en)
        found.append(replace(account, worker_id=worker.id, department=worker.department))
    return found


def _demo_department_dispatchers(city: City) -> Sequence[Account]:
    """Return `deptdispatcher`, of the first department that has workers; none where no department has any."""
    staffed = sorted({worker.department for worker in city.codes.workers.values()})
    if not staffed:
        return ()
    row = ROLES[Role.DEPARTMENT_DISPATCHER]
    account = _demo("deptdispatcher", Role.DEPARTMENT_DISPATCHER, row.zh, row.en.capitalize())
    return (replace(account, department=staffed[0]),)


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
