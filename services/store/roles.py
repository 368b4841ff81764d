"""Custom roles: sets of named permissions and command rights, each built from one of the product's roles."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct
from sqlalchemy import Connection, delete, func, insert, select, update

from services.store.tables import roles, users


class CustomRole(Struct, frozen=True, kw_only=True):
    """One custom role. `base` says what it is of: whose cases it sees, which screen it begins with."""

    id: str
    base: str
    name_zh: str
    name_en: str
    permissions: frozenset[str]
    commands: frozenset[str]


class RoleTaken(Exception):
    """There is a role of that id already."""

    zh, en = "已有这个编号的角色。", "There is a role of that id already."


class UnknownRole(Exception):
    """There is no custom role of that id."""


class RoleInUse(Exception):
    """Accounts have this role."""

    zh, en = "仍有账户使用该角色。", "Accounts have this role."


_COLUMNS = (roles.c.id, roles.c.base, roles.c.name_zh, roles.c.name_en, roles.c.permissions, roles.c.commands)


def split_names(text: str | None) -> frozenset[str]:
    """Return the names of a |-separated column."""
    return frozenset(name for name in (text or "").split("|") if name)


def join_names(names: frozenset[str]) -> str:
    return "|".join(sorted(names))


def _values(role: CustomRole, by: str, at: datetime) -> dict[str, object]:
    return {
        "name_zh": role.name_zh,
        "name_en": role.name_en,
        "permissions": join_names(role.permissions),
        "commands": join_names(role.commands),
        "changed_at": at,
        "changed_by": by,
    }


def list_roles(connection: Connection) -> Sequence[CustomRole]:
    return [
        CustomRole(
            id=row.id,
            base=row.base,
            name_zh=row.name_zh,
            name_en=row.name_en,
            permissions=split_names(row.permissions),
            commands=split_names(row.commands),
        )
        for row in connection.execute(select(*_COLUMNS).order_by(roles.c.id))
    ]


def find_role(connection: Connection, role_id: str) -> CustomRole | None:
    return next((role for role in list_roles(connection) if role.id == role_id), None)


def add_role(connection: Connection, role: CustomRole, by: str, at: datetime) -> None:
    """Store a new role.

    :raises RoleTaken: if its id is in use.
    """
    if find_role(connection, role.id) is not None:
        raise RoleTaken(role.id)
    connection.execute(insert(roles).values(id=role.id, base=role.base, **_values(role, by, at)))


def change_role(connection: Connection, role: CustomRole, by: str, at: datetime) -> None:
    """Replace a role's names and grants; its base stays.

    :raises UnknownRole: if there is none of that id.
    """
    changed = connection.execute(update(roles).where(roles.c.id == role.id).values(_values(role, by, at)))
    if not changed.rowcount:
        raise UnknownRole(role.id)


def remove_role(connection: Connection, role_id: str) -> None:
    """Delete a role.

    :raises UnknownRole: if there is none of that id. :raises RoleInUse: while an account has it.
    """
    if count_holders(connection).get(role_id):
        raise RoleInUse(role_id)
    if not connection.execute(delete(roles).where(roles.c.id == role_id)).rowcount:
        raise UnknownRole(role_id)


def count_holders(connection: Connection) -> dict[str, int]:
    """Return custom role -> how many accounts have it."""
    query = select(users.c.custom_role, func.count()).where(users.c.custom_role != "").group_by(users.c.custom_role)
    return {str(role): int(count) for role, count in connection.execute(query)}
