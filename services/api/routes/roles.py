"""Roles: the product's matrix, and custom ones made from it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated

from fastapi import Depends, Path, Request, Response
from msgspec import Struct
from pydantic import Field
from sqlalchemy import Connection

from dispatch.access import PERMISSIONS, RIGHTS, ROLES, Role
from dispatch.city import Names
from services.api.fields import Form
from services.api.identity import deed_of, permission, require_account
from services.api.platform import platform_of
from services.api.problems import Problem
from services.api.wire import Reply, reply, router
from services.observe.clock import now
from services.store import roles as store
from services.store.accounts import Account
from services.store.audit import detail_of, note
from services.store.roles import CustomRole

routes = router("roles")

RoleKeeper = Annotated[Account, Depends(permission("roles.manage"))]
RoleId = Annotated[str, Path(min_length=1, max_length=40)]
Name = Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[^\x00-\x1f]+$")]
Granted = Annotated[tuple[Annotated[str, Field(max_length=60)], ...], Field(max_length=200)]


class NamedGrant(Struct, frozen=True, kw_only=True):
    """A permission or a command right, and what it allows."""

    id: str
    name: Names


class RoleView(Struct, frozen=True, kw_only=True):
    """One role. `base` is "" for the product's own; `accounts` counts who has a custom one."""

    id: str
    base: str
    name: Names
    permissions: Sequence[str]
    commands: Sequence[str]
    accounts: int


class Matrix(Struct, frozen=True, kw_only=True):
    """Who may do what: the rows, the columns, and every role's cells."""

    permissions: Sequence[NamedGrant]
    commands: Sequence[NamedGrant]
    roles: Sequence[RoleView]


class RoleChange(Form):
    """What a custom role is called and grants."""

    name_zh: Name
    name_en: Name
    permissions: Granted
    commands: Granted


class NewRole(RoleChange):
    """A custom role to be made. `base` says whose cases its accounts see, and on which screen they begin."""

    id: Annotated[str, Field(pattern="^[a-z][a-z0-9_-]{1,38}$")]
    base: Role


def _named(table: Mapping[str, tuple[str, str]]) -> Sequence[NamedGrant]:
    return [NamedGrant(id=name, name=Names(zh, en)) for name, (zh, en) in table.items()]


def _in_order(names: Iterable[str], table: Mapping[str, object]) -> Sequence[str]:
    held = set(names)
    return [name for name in table if name in held]


def _view(role: CustomRole, holders: Mapping[str, int]) -> RoleView:
    return RoleView(
        id=role.id,
        base=role.base,
        name=Names(role.name_zh, role.name_en),
        permissions=_in_order(role.permissions, PERMISSIONS),
        commands=_in_order(role.commands, RIGHTS),
        accounts=holders.get(role.id, 0),
    )


def _own() -> Sequence[RoleView]:
    return [
        RoleView(
            id=role.value,
            base="",
            name=Names(row.zh, row.en),
            permissions=_in_order(row.permissions, PERMISSIONS),
            commands=_in_order(row.commands, RIGHTS),
            accounts=0,
        )
        for role, row in ROLES.items()
    ]


@routes.get("/roles", operation_id="getRoles", dependencies=[Depends(require_account)])
async def get_roles(request: Request) -> Reply[Matrix]:
    """Who may do what here: no secret, so that everybody can see why he may not."""

    def look_up(connection: Connection) -> list[RoleView]:
        holders = store.count_holders(connection)
        return [_view(role, holders) for role in store.list_roles(connection)]

    custom = await platform_of(request).db.read(look_up)
    return reply(Matrix(permissions=_named(PERMISSIONS), commands=_named(RIGHTS), roles=[*_own(), *custom]))


@routes.post("/roles", operation_id="addRole", status_code=201)
async def add_role(request: Request, new: NewRole, keeper: RoleKeeper) -> Reply[RoleView]:
    """Make a custom role."""
    if new.id in set(Role):
        raise Problem("conflict", "The product has a role of that name.", zh="系统已有同名角色。")
    role, at = _role_of(new.id, new.base, new), now()
    deed = deed_of(request, keeper, "role.added", role.id, _grants_of(role))

    def write(connection: Connection) -> None:
        store.add_role(connection, role, keeper.username, at)
        note(connection, deed)

    await platform_of(request).db.write(write)
    return reply(_view(role, {}), 201)


def _role_of(role_id: str, base: str, change: RoleChange) -> CustomRole:
    """Return the role that is asked for.

    :raises Problem: `invalid` for a permission or a right that there is not.
    """
    for names, table in ((change.permissions, PERMISSIONS), (change.commands, RIGHTS)):
        unknown = [name for name in names if name not in table]
        if unknown:
            raise Problem("invalid", f"body: there is no permission or right {unknown[0][:60]!r}.")
    return CustomRole(
        id=role_id,
        base=base,
        name_zh=change.name_zh,
        name_en=change.name_en,
        permissions=frozenset(change.permissions),
        commands=frozenset(change.commands),
    )


def _grants_of(role: CustomRole, before: CustomRole | None = None) -> str:
    """Return what a role grants beyond, or less than, what it granted before: at first, beyond and less than its base.

    So the audit tells the change itself.
    """
    base = ROLES[Role(role.base)]
    had_permissions = before.permissions if before else base.permissions
    had_commands = before.commands if before else base.commands
    return detail_of(
        base=role.base,
        granted=sorted((role.permissions - had_permissions) | (role.commands - had_commands)),
        taken=sorted((had_permissions - role.permissions) | (had_commands - role.commands)),
    )


@routes.put("/roles/{role_id}", operation_id="changeRole")
async def change_role(request: Request, role_id: RoleId, change: RoleChange, keeper: RoleKeeper) -> Reply[RoleView]:
    """Change a custom role. It takes hold at once for all who have it, on open sockets too."""
    at = now()
    if keeper.custom_role == role_id:
        raise Problem("conflict", "Nobody changes the role that he has himself.", zh="不能修改自己所拥有的角色。")

    def write(connection: Connection) -> RoleView:
        before = store.find_role(connection, role_id)
        if before is None:
            raise store.UnknownRole(role_id)
        role = _role_of(role_id, before.base, change)
        store.change_role(connection, role, keeper.username, at)
        note(connection, deed_of(request, keeper, "role.changed", role_id, _grants_of(role, before)))
        return _view(role, store.count_holders(connection))

    return reply(await platform_of(request).db.write(write))


@routes.delete("/roles/{role_id}", operation_id="removeRole", status_code=204)
async def remove_role(request: Request, role_id: RoleId, keeper: RoleKeeper) -> Response:
    """Delete a custom role that nobody has."""
    deed = deed_of(request, keeper, "role.removed", role_id)

    def write(connection: Connection) -> None:
        store.remove_role(connection, role_id)
        note(connection, deed)

    await platform_of(request).db.write(write)
    return Response(status_code=204)
