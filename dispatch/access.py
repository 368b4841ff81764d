"""Who may do what, and who sees what.

A role has permissions (what one may look at and run) and commands (what one may do to a case). What an account sees
of the cases is bounded beside that by its area, its department, or its worker: each that is set must fit.
The matrix is printed in docs/generated/access.md.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum

from msgspec import Struct

from dispatch.city import Area
from dispatch.ids import AreaCode, DepartmentId, WorkerId


class Role(StrEnum):
    COLLECTOR = "collector"  # 采集员
    ACCEPTOR = "acceptor"  # 受理员
    LEADER = "leader"  # 值班长
    DISPATCHER = "dispatcher"  # 派遣员
    WORKER = "worker"  # 处置人员
    SUPERVISOR = "supervisor"  # 督查
    ADMIN = "admin"  # 管理员
    INTEGRATION = "integration"  # 对接系统


class RoleRow(Struct, frozen=True):
    """One role: its names, its permissions, and the commands that it may give."""

    zh: str
    en: str
    permissions: frozenset[str]
    commands: frozenset[str]


class Actor(Struct, frozen=True, kw_only=True):
    """Who acts or looks. "" bounds nothing.

    `areas` are the codes that `area` holds, itself included, from `list_within`: needed where a city's codes do not
    nest by prefix.
    """

    user: str
    role: str
    worker_id: WorkerId = WorkerId("")
    department: DepartmentId = DepartmentId("")
    area: AreaCode = AreaCode("")
    areas: frozenset[AreaCode] = frozenset()


PERMISSIONS: Mapping[str, tuple[str, str]] = {
    "cases.read": ("查看案件", "see cases"),
    "case.open": ("登记案件", "open a case by hand"),
    "reporters.read": ("查看上报人信息", "see who reported"),
    "workers.read": ("查看处置人员", "see the staff and where they are"),
    "workers.duty": ("为他人签到签退", "sign others on and off"),
    "own.duty": ("本人签到签退与定位", "sign on and off, and tell one's position"),
    "metrics.read": ("查看统计", "see the figures"),
    "sources.read": ("查看来源", "see the sources"),
    "sources.manage": ("管理来源与密钥", "add sources and give out their keys"),
    "messages.read": ("查看消息隔离区", "see messages that could not be read"),
    "messages.replay": ("重放消息", "have a message read again"),
    "events.write": ("写入事件", "send events"),
    "media.write": ("上传图片", "upload pictures"),
    "accounts.manage": ("管理账户", "manage accounts"),
    "settings.read": ("查看设置", "see the settings and their history"),
    "settings.manage": ("修改设置", "change the city's settings"),
}
"""Permission -> what it allows, zh and en."""

_TASK = frozenset(
    {
        "acknowledge", "decline_task", "depart", "arrive", "leave", "report_handled", "hand_over", "return",
        "request_extension", "request_suspension", "withdraw_request",
    }
)  # fmt: skip
_WATCH = frozenset({"note", "remind", "supervise", "mark"})
_SORT = frozenset(
    {
        "accept", "verify", "report_verified", "file", "decline", "void", "merge", "reclassify", "relocate",
        "set_priority", "claim", "undo", "reopen",
    }
)  # fmt: skip
_SEND = frozenset({"dispatch", "reassign", "assist", "coordinate", "settle", "split"})
_GRANT = frozenset({"grant", "refuse", "suspend", "resume", "force_close"})
_CHECK = frozenset({"check", "rework", "send_to_check"})
_LOOK = frozenset({"cases.read", "workers.read", "metrics.read", "sources.read"})
_WORK = frozenset({"case.open", "media.write"})

ROLES: Mapping[Role, RoleRow] = {
    Role.COLLECTOR: RoleRow(
        "采集员", "collector", frozenset({"cases.read"}) | _WORK, _CHECK | {"note", "report_verified", "self_handle"}
    ),
    Role.ACCEPTOR: RoleRow(
        "受理员", "acceptor", _LOOK | _WORK | {"reporters.read", "messages.read"}, _SORT | _CHECK | _WATCH
    ),
    Role.LEADER: RoleRow(
        "值班长",
        "duty leader",
        _LOOK | _WORK | {"reporters.read", "workers.duty", "messages.read", "messages.replay", "settings.read"},
        _SORT | _SEND | _CHECK | _WATCH | _TASK | _GRANT | {"close"},
    ),
    Role.DISPATCHER: RoleRow(
        "派遣员",
        "dispatcher",
        _LOOK | _WORK | {"reporters.read", "workers.duty", "messages.read"},
        _SORT | _SEND | _CHECK | _WATCH | _TASK | {"close"},
    ),
    Role.WORKER: RoleRow("处置人员", "worker", frozenset({"cases.read", "own.duty", "media.write"}), _TASK | {"note"}),
    Role.SUPERVISOR: RoleRow("督查", "supervisor", _LOOK | {"settings.read"}, _WATCH),
    Role.ADMIN: RoleRow(
        "管理员",
        "administrator",
        frozenset(PERMISSIONS),
        _SORT | _SEND | _CHECK | _WATCH | _TASK | _GRANT | {"close", "self_handle"},
    ),
    Role.INTEGRATION: RoleRow(
        "对接系统", "partner system", frozenset({"cases.read", "case.open", "events.write", "media.write"}), frozenset()
    ),
}

STAFF = frozenset({Role.COLLECTOR, Role.ACCEPTOR, Role.LEADER, Role.DISPATCHER, Role.ADMIN})
"""The roles of those at the desk and on patrol: what they open by hand has been looked at by the city."""

_NOBODY = RoleRow("", "", frozenset(), frozenset())


def permissions_of(role: str) -> frozenset[str]:
    """Return a role's permissions; none for a role that there is not."""
    return _row(role).permissions


def may(actor: Actor, permission: str) -> bool:
    """Say whether an actor has a permission."""
    return permission in permissions_of(actor.role)


def may_command(actor: Actor, command: str) -> bool:
    """Say whether an actor's role may give a command at all."""
    return command in _row(actor.role).commands


def may_see_fact(actor: Actor, area_code: str, department: str, workers: Iterable[str]) -> bool:
    """Say whether an actor may see a fact, from what its row of the journal says.

    `area_code` is the smallest area known of the case ("" for none), `department` whose it is, `workers` the ids of
    those whom it concerns. A worker sees what concerns himself; the others what lies in their area and department.
    """
    if not may(actor, "cases.read"):
        return False
    if actor.role == Role.WORKER or actor.worker_id:
        return bool(actor.worker_id) and actor.worker_id in workers
    if actor.area and not _holds(actor, AreaCode(area_code)):
        return False
    return not actor.department or actor.department == department


def list_within(areas: Mapping[AreaCode, Area], code: AreaCode) -> frozenset[AreaCode]:
    """Return an area's code and those of all areas in it: `Actor.areas`. An area that is not there holds nothing."""
    inside = {code} if code in areas else set()
    # Parents stand above their children, so one pass per level is enough; there are four.
    for _ in range(len({area.level for area in areas.values()})):
        inside |= {area.code for area in areas.values() if area.parent in inside}
    return frozenset(inside)


def _holds(actor: Actor, code: AreaCode) -> bool:
    return code in actor.areas if actor.areas else code.startswith(actor.area)


def _row(role: str) -> RoleRow:
    return ROLES.get(role, _NOBODY)  # type: ignore[call-overload,no-any-return]
