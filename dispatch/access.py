"""Who may do what, and who sees what.

A role has permissions (what one may look at and run) and command rights (what one may do to a case). A custom role is
another set of both, built from one of these. What an account sees of the cases is bounded beside that by its area, its
department, or its worker: each that is set must fit. The matrix is printed in docs/generated/access.md, and asked in
one place for each way in: `services/api/identity.py` (HTTP, media, exports) and `services/live/hub.py` (sockets).
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Protocol

from msgspec import Struct

from dispatch.city import Area
from dispatch.ids import AreaCode, DepartmentId, WorkerId


class Role(StrEnum):
    COLLECTOR = "collector"  # 采集员
    ACCEPTOR = "acceptor"  # 受理员
    LEADER = "leader"  # 值班长
    DISPATCHER = "dispatcher"  # 派遣员
    DEPARTMENT_DISPATCHER = "department_dispatcher"  # 部门派遣员
    WORKER = "worker"  # 处置人员
    SUPERVISOR = "supervisor"  # 督查
    ADMIN = "admin"  # 管理员
    AUDITOR = "auditor"  # 审计员
    INTEGRATION = "integration"  # 对接系统


class RoleRow(Struct, frozen=True):
    """One role: its names, its permissions, and the command rights that it has."""

    zh: str
    en: str
    permissions: frozenset[str]
    commands: frozenset[str]


class Holder(Protocol):
    """Who is granted something: an actor, or the account that he is known by."""

    @property
    def role(self) -> str: ...
    @property
    def permissions(self) -> frozenset[str] | None: ...
    @property
    def commands(self) -> frozenset[str] | None: ...


class Actor(Struct, frozen=True, kw_only=True):
    """Who acts or looks. "" bounds nothing.

    `areas` are the codes that `area` holds, itself included, from `list_within`: needed where a city's codes do not
    nest by prefix. `permissions` and `commands` stand in place of those of the role: a custom role's, whose base `role`
    is then, or those that a token is limited to. None: those of the role.
    """

    user: str
    role: str
    worker_id: WorkerId = WorkerId("")
    department: DepartmentId = DepartmentId("")
    area: AreaCode = AreaCode("")
    areas: frozenset[AreaCode] = frozenset()
    permissions: frozenset[str] | None = None
    commands: frozenset[str] | None = None


PERMISSIONS: Mapping[str, tuple[str, str]] = {
    "cases.read": ("查看案件", "see cases"),
    "case.open": ("登记案件", "open a case by hand"),
    "reporters.read": ("查看上报人信息", "see who reported"),
    "hotline.use": ("接听热线与回访", "answer the hotline, and call back"),
    "hotline.calls": ("推送热线来电", "tell of the hotline's calls"),
    "workers.read": ("查看处置人员", "see the staff and where they are"),
    "workers.duty": ("为他人签到签退", "sign others on and off"),
    "own.duty": ("本人签到签退与定位", "sign on and off, and tell one's position"),
    "metrics.read": ("查看统计", "see the figures"),
    "sources.read": ("查看来源", "see the sources"),
    "sources.manage": ("管理来源与密钥", "add sources and give out their keys"),
    "messages.read": ("查看消息隔离区", "see messages that could not be read"),
    "parcels.read": ("查看转交对象与死信", "see partners, and what they could not be told"),
    "parcels.manage": ("重试或放弃死信", "have it told again, or give it up"),
    "held.manage": ("处理暂存的上报", "release or discard reports that are held"),
    "bans.manage": ("管理上报限制名单", "say whose reports are held"),
    "messages.replay": ("重放消息", "have a message read again"),
    "events.write": ("写入事件", "send events"),
    "labels.print": ("打印二维码标签", "print labels with codes for parts and places"),
    "media.write": ("上传图片", "upload pictures"),
    "media.clear": ("查看未打码图片", "see pictures without their blurs"),
    "media.blur": ("为图片打码", "blur parts of pictures"),
    "accounts.read": ("查看账户、会话与令牌", "see accounts, their sessions and tokens"),
    "accounts.manage": ("管理账户、会话与令牌", "manage accounts, their sessions and tokens"),
    "roles.manage": ("管理角色", "make and change custom roles"),
    "audit.read": ("查看审计日志", "read the audit log"),
    "settings.read": ("查看设置", "see the settings and their history"),
    "settings.manage": ("修改设置", "change the city's settings"),
}
"""Permission -> what it allows, zh and en."""

RIGHTS: Mapping[str, tuple[str, str]] = {
    "accept": ("受理", "accept the report"),
    "verify": ("核实", "send for verification"),
    "report_verified": ("核实反馈", "report the verification"),
    "file": ("立案", "file"),
    "decline": ("不予立案", "decline to file"),
    "void": ("作废", "void"),
    "merge": ("合并", "merge into another case"),
    "self_handle": ("自行处置", "handle on the spot"),
    "dispatch": ("派遣", "dispatch"),
    "reassign": ("改派", "reassign"),
    "assist": ("增派与撤回协办", "send and release assisting workers"),
    "acknowledge": ("接单", "accept the task"),
    "decline_task": ("拒单", "decline the task"),
    "depart": ("出发", "depart"),
    "arrive": ("到场", "arrive"),
    "leave": ("离场", "leave"),
    "hand_over": ("移交", "hand the task over"),
    "report_handled": ("处置完毕", "report handled"),
    "return": ("回退", "return as wrongly dispatched"),
    "request_extension": ("申请延期", "ask for more time"),
    "request_suspension": ("申请挂账", "ask for suspension"),
    "grant": ("同意申请", "grant a request"),
    "refuse": ("不同意申请", "refuse a request"),
    "withdraw_request": ("撤回申请", "withdraw a request"),
    "suspend": ("挂账", "suspend"),
    "resume": ("恢复", "resume"),
    "coordinate": ("协调", "send to coordination"),
    "settle": ("定责", "settle whose duty it is"),
    "split": ("分派子案", "split off a child case"),
    "send_to_check": ("送核查", "send for checking"),
    "check": ("核查", "check"),
    "rework": ("返工", "send back for rework"),
    "close": ("结案", "close"),
    "force_close": ("非正常结案", "close by force"),
    "reopen": ("重开", "reopen"),
    "remind": ("催办", "remind"),
    "supervise": ("督办与解除督办", "supervise, and end it"),
    "mark": ("标记急要件、重点案件", "mark as urgent or key case"),
    "note": ("备注", "add a note"),
    "reply": ("答复上报人", "answer who reported"),
    "claim": ("占用与释放", "claim and release"),
    "call_back": ("回访", "call back who reported"),
    "undo": ("撤销本人上一步", "undo one's own last command"),
    "reclassify": ("改类别", "reclassify"),
    "relocate": ("改位置", "relocate"),
    "set_priority": ("改优先级", "set the priority"),
}
"""Command right -> what it allows, zh and en. A command that two stages understand differently has a right for each."""

# --- what belongs together --------------------------------------------------------------------------------------------

_TASK = frozenset({"acknowledge", "decline_task", "depart", "arrive", "leave", "hand_over", "report_handled"})
_ASK = frozenset({"return", "request_extension", "request_suspension", "withdraw_request"})
_SORT = frozenset({"accept", "file", "void", "merge", "reclassify", "relocate", "set_priority"})
_SEND = frozenset({"dispatch", "reassign", "assist"})
_CHECK = frozenset({"check", "rework"})
_DESK = frozenset({"send_to_check", "claim", "mark", "remind", "note", "reply", "undo", "call_back"})
_RULE = frozenset({"grant", "refuse", "suspend", "resume", "force_close", "supervise"})
_SHARE = frozenset({"coordinate", "settle", "split"})
_LEAD = _SORT | _SEND | _CHECK | _DESK | _RULE | _SHARE | {"verify", "report_verified", "decline", "reopen", "close"}

_LOOK = frozenset({"cases.read", "workers.read", "metrics.read", "sources.read"})
_WORK = frozenset({"case.open", "media.write"})
_GUARD = frozenset({"parcels.read", "parcels.manage", "held.manage", "bans.manage"})
_DESK_LOOK = _LOOK | _WORK | {"reporters.read", "messages.read", "media.clear", "media.blur", "hotline.use"}

ROLES: Mapping[Role, RoleRow] = {
    Role.COLLECTOR: RoleRow(
        "采集员",
        "collector",
        frozenset({"cases.read"}) | _WORK,
        _CHECK | {"report_verified", "self_handle", "note", "undo"},
    ),
    Role.ACCEPTOR: RoleRow(
        "受理员",
        "acceptor",
        _DESK_LOOK | {"held.manage"},
        _SORT | _CHECK | _DESK | {"verify", "report_verified", "decline", "reopen"},
    ),
    Role.LEADER: RoleRow(
        "值班长",
        "duty leader",
        _DESK_LOOK | {"workers.duty", "messages.replay", "settings.read", "labels.print"} | _GUARD,
        _LEAD | _TASK | _ASK,
    ),
    Role.DISPATCHER: RoleRow(
        "派遣员",
        "dispatcher",
        _DESK_LOOK | {"workers.duty", "labels.print", "parcels.read", "held.manage"},
        _SORT | _SEND | _CHECK | _DESK | _SHARE | _TASK | _ASK | {"close"},
    ),
    Role.DEPARTMENT_DISPATCHER: RoleRow(
        "部门派遣员",
        "department dispatcher",
        frozenset({"cases.read", "workers.read", "workers.duty", "metrics.read", "media.write", "labels.print"}),
        _SEND | _TASK | _ASK | {"claim", "remind", "note", "undo"},
    ),
    Role.WORKER: RoleRow(
        "处置人员",
        "worker",
        frozenset({"cases.read", "own.duty", "media.write"}),
        _TASK | _ASK | {"note", "undo"},
    ),
    Role.SUPERVISOR: RoleRow(
        "督查", "supervisor", _LOOK | {"settings.read"}, frozenset({"remind", "supervise", "mark", "note", "undo"})
    ),
    Role.ADMIN: RoleRow(
        "管理员",
        "administrator",
        frozenset(PERMISSIONS),
        frozenset(RIGHTS),
    ),
    Role.AUDITOR: RoleRow(
        "审计员",
        "auditor",
        frozenset({"cases.read", "metrics.read", "accounts.read", "audit.read", "settings.read"}),
        frozenset(),
    ),
    Role.INTEGRATION: RoleRow(
        "对接系统",
        "partner system",
        frozenset({"cases.read", "case.open", "events.write", "media.write", "hotline.calls"}),
        frozenset(),
    ),
}

STAFF = frozenset({Role.COLLECTOR, Role.ACCEPTOR, Role.LEADER, Role.DISPATCHER, Role.ADMIN})
"""The roles of those at the desk and on patrol: what they open by hand has been looked at by the city."""

OF_A_DEPARTMENT = frozenset({Role.DEPARTMENT_DISPATCHER})
"""Roles that are of one department: an account without one sees nothing, rather than everything."""

_NOBODY = RoleRow("", "", frozenset(), frozenset())

# --- what one may do --------------------------------------------------------------------------------------------------


def permissions_of(role: str) -> frozenset[str]:
    """Return a role's permissions; none for a role that there is not."""
    return _row(role).permissions


def commands_of(role: str) -> frozenset[str]:
    """Return a role's command rights; none for a role that there is not."""
    return _row(role).commands


def granted_permissions(holder: Holder) -> frozenset[str]:
    """Return what somebody may look at and run."""
    return permissions_of(holder.role) if holder.permissions is None else holder.permissions


def granted_commands(holder: Holder) -> frozenset[str]:
    """Return the command rights that somebody has."""
    return commands_of(holder.role) if holder.commands is None else holder.commands


def may(holder: Holder, permission: str) -> bool:
    """Say whether somebody has a permission."""
    return permission in granted_permissions(holder)


def may_command(holder: Holder, right: str) -> bool:
    """Say whether somebody has a command right at all."""
    return right in granted_commands(holder)


# --- what one sees ----------------------------------------------------------------------------------------------------


def may_see_fact(actor: Actor, area_code: str, department: str, workers: Iterable[str]) -> bool:
    """Say whether an actor may see a fact, from what its row of the journal says.

    `area_code` is the smallest area known of the case ("" for none), `department` whose it is, `workers` the ids of
    those whom it concerns. A worker sees what concerns himself; the others what lies in their area and department.
    """
    if not may(actor, "cases.read") or sees_nothing(actor):
        return False
    if sees_own_tasks(actor):
        return bool(actor.worker_id) and actor.worker_id in workers
    if actor.area and not _holds(actor, AreaCode(area_code)):
        return False
    return not actor.department or actor.department == department


def sees_own_tasks(actor: Actor) -> bool:
    """Say whether an actor sees his own tasks alone."""
    return actor.role == Role.WORKER or bool(actor.worker_id)


def sees_nothing(actor: Actor) -> bool:
    """Say whether an actor lacks the department that his role is bounded by."""
    return actor.role in OF_A_DEPARTMENT and not actor.department


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
