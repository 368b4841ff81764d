"""The commands: one row each. A name that means one thing in one stage and another in another has two rows.

`accept` is 受理 of what was reported and 接单 of a task; `decline` is 不予立案 and 拒单. What a role may do is said by
the row's `right` (dispatch/access.py).
"""

from collections.abc import Callable, Mapping

from msgspec import Struct

from dispatch.case import BUSY_STAGES, ENDED_STAGES, OPEN_STAGES, REQUEST_STAGES, SENT_STAGES, Assist, AssistStep, Stage
from dispatch.command_rows import CommandRow, desk_row, is_coming, own_row, said_row
from dispatch.moves import callback, ending, reporting, requests, sending, sorting, watching
from dispatch.moves.asking import Fields, Noting, Reasoned


def _stages(*stages: Stage) -> frozenset[Stage]:
    return frozenset(stages)


_NEW = _stages(Stage.REPORTED, Stage.VERIFYING, Stage.PENDING_FILING)
_UNFILED = _NEW | {Stage.REOPENED}
_FILED = _stages(Stage.FILED)
_TAKEN = _stages(Stage.ACCEPTED, Stage.ARRIVED)
_AT_WORK = SENT_STAGES | _TAKEN
_ASKED = _stages(Stage.HANDLED, Stage.CHECKING)


_REASON = ("reason",)
_WORKER = ("worker",)
_ACCEPT_TASK = ("接单", "accept the task", sending.accept, sending.Taking, SENT_STAGES, "acknowledge")

COMMANDS: Mapping[str, tuple[CommandRow, ...]] = {
    "accept": (
        desk_row("受理", "accept", sorting.accept, sorting.Filing, _stages(Stage.REPORTED), "accept"),
        own_row(*_ACCEPT_TASK),
    ),
    "acknowledge": (own_row(*_ACCEPT_TASK, alias_of="accept"),),
    "verify": (
        desk_row(
            "核实",
            "have it verified",
            sorting.verify,
            sorting.Verifying,
            _stages(Stage.REPORTED, Stage.PENDING_FILING, Stage.REOPENED),
            "verify",
        ),
    ),
    "report_verified": (
        CommandRow(
            zh="核实反馈",
            en="report what was verified",
            run=sorting.report_verified,
            data=sorting.Verified,
            stages=_stages(Stage.VERIFYING),
            right="report_verified",
            needs=("real",),
            desk=False,
        ),
    ),
    "file": (desk_row("立案", "file", sorting.file, sorting.Filing, _UNFILED | {Stage.SELF_HANDLED}, "file"),),
    "decline": (
        desk_row("不予立案", "decline to file", sorting.decline, Reasoned, _UNFILED, "decline", _REASON),
        own_row("拒单", "decline the task", sending.decline, sending.Declining, _AT_WORK, "decline_task", _REASON),
    ),
    "void": (
        desk_row(
            "作废",
            "void",
            sorting.void,
            sorting.Voiding,
            _UNFILED | _FILED | BUSY_STAGES | {Stage.SELF_HANDLED, Stage.COORDINATING},
            "void",
            _REASON,
        ),
    ),
    "merge": (
        desk_row(
            "合并",
            "merge",
            sorting.merge,
            sorting.Merging,
            _UNFILED | _FILED | BUSY_STAGES,
            "merge",
            ("into",),
        ),
    ),
    "self_handle": (
        CommandRow(
            zh="自行处置",
            en="put right on the spot",
            run=sorting.self_handle,
            data=sorting.SelfHandling,
            stages=_NEW,
            right="self_handle",
            needs=("before", "after"),
            desk=False,
        ),
    ),
    "dispatch": (desk_row("派遣", "dispatch", sending.dispatch, sending.Sending, _FILED, "dispatch"),),
    "reassign": (
        desk_row("改派", "reassign", sending.reassign, sending.Sending, BUSY_STAGES, "reassign", ("worker",)),
    ),
    "assist": (
        desk_row("增派协办", "send one along", sending.assist, sending.Sending, BUSY_STAGES, "assist", _WORKER),
    ),
    "release_assist": (
        desk_row(
            "撤回协办", "call one back", sending.release_assist, sending.Sending, OPEN_STAGES, "assist", ("worker",)
        ),
    ),
    "hand_over": (
        own_row("移交", "hand over", sending.reassign, sending.Sending, _TAKEN, "hand_over", ("worker", "reason")),
    ),
    "depart": (
        CommandRow(
            zh="出发",
            en="depart",
            run=sending.depart,
            data=sending.Taking,
            stages=_stages(Stage.ACCEPTED, Stage.EXTENSION_REQUESTED),
            right="depart",
            own=True,
            desk=False,
            fits=lambda case: is_coming(case) and case.departed_at is None,
        ),
    ),
    "arrive": (
        CommandRow(
            zh="到场",
            en="arrive",
            run=sending.arrive,
            data=sending.Arriving,
            stages=_stages(Stage.ACCEPTED, Stage.EXTENSION_REQUESTED),
            right="arrive",
            own=True,
            desk=False,
            fits=is_coming,
        ),
    ),
    "leave": (own_row("离场", "leave", sending.arrive, sending.Arriving, frozenset(), "leave"),),
    "report_handled": (
        CommandRow(
            zh="处置完毕",
            en="report handled",
            run=sending.report_handled,
            data=sending.Telling,
            stages=_stages(Stage.ARRIVED, Stage.EXTENSION_REQUESTED),
            right="report_handled",
            own=True,
            desk=False,
            fits=lambda case: case.arrived_at is not None,
        ),
    ),
    "return": (
        own_row("申请回退", "ask to return it", requests.ask_return, requests.Asking, _AT_WORK, "return", _REASON),
    ),
    "request_extension": (
        own_row(
            "申请延期",
            "ask for more time",
            requests.ask_extension,
            requests.MoreTime,
            _AT_WORK,
            "request_extension",
            ("amount", "reason"),
        ),
    ),
    "request_suspension": (
        own_row(
            "申请挂账",
            "ask to suspend it",
            requests.ask_suspension,
            requests.Suspending,
            _AT_WORK,
            "request_suspension",
            ("review_at", "reason"),
        ),
    ),
    "withdraw_request": (
        own_row(
            "撤回申请", "withdraw the request", requests.withdraw_request, Fields, REQUEST_STAGES, "withdraw_request"
        ),
    ),
    "grant": (desk_row("同意", "grant", requests.grant, requests.Granting, REQUEST_STAGES, "grant"),),
    "refuse": (desk_row("不同意", "refuse", requests.refuse, Noting, REQUEST_STAGES, "refuse", ("note",)),),
    "suspend": (
        desk_row(
            "挂账",
            "suspend",
            requests.suspend,
            requests.Suspending,
            _FILED | _AT_WORK,
            "suspend",
            ("review_at", "reason"),
        ),
    ),
    "resume": (desk_row("恢复处置", "resume", requests.resume, Noting, _stages(Stage.SUSPENDED), "resume"),),
    "coordinate": (
        desk_row(
            "提交协调", "have the duty settled", requests.coordinate, Reasoned, _FILED | _AT_WORK, "coordinate", _REASON
        ),
    ),
    "settle": (
        desk_row(
            "定责",
            "settle the duty",
            requests.settle,
            requests.Settling,
            _stages(Stage.COORDINATING),
            "settle",
            ("lead",),
        ),
    ),
    "split": (
        desk_row(
            "分派子案",
            "open a part for another department",
            requests.split,
            requests.Splitting,
            _FILED | _AT_WORK | {Stage.COORDINATING},
            "split",
            ("department",),
            continues=False,
        ),
    ),
    "send_to_check": (
        desk_row("送核查", "have it checked", ending.send_to_check, ending.Sending, _ASKED, "send_to_check"),
    ),
    "check": (
        CommandRow(
            zh="核查",
            en="check",
            run=ending.check,
            data=ending.Checking,
            stages=_ASKED,
            right="check",
            needs=("passed",),
            desk=False,
        ),
    ),
    "rework": (
        desk_row("返工", "send back for rework", ending.rework, Reasoned, _ASKED | {Stage.CHECKED}, "rework", _REASON),
    ),
    "close": (desk_row("结案", "close", ending.close, Noting, _stages(Stage.CHECKED, Stage.SELF_HANDLED), "close"),),
    "force_close": (
        desk_row(
            "非正常结案",
            "close by force",
            requests.force_close,
            Reasoned,
            _FILED | BUSY_STAGES | {Stage.SUSPENDED, Stage.COORDINATING},
            "force_close",
            _REASON,
        ),
    ),
    "reopen": (
        desk_row(
            "重开",
            "reopen",
            sorting.reopen,
            Reasoned,
            _stages(Stage.CLOSED, Stage.FORCED_CLOSED, Stage.NOT_FILED),
            "reopen",
            _REASON,
        ),
    ),
    "reclassify": (
        desk_row(
            "改类别", "reclassify", sorting.reclassify, sorting.Classing, OPEN_STAGES, "reclassify", ("category",)
        ),
    ),
    "relocate": (
        desk_row("改位置", "relocate", sorting.relocate, sorting.Locating, OPEN_STAGES, "relocate", ("lon", "lat")),
    ),
    "set_priority": (
        desk_row(
            "改紧急程度",
            "set the priority",
            sorting.set_priority,
            sorting.Weighing,
            OPEN_STAGES,
            "set_priority",
            ("priority",),
            continues=False,
        ),
    ),
    "claim": (said_row("占用", "claim", watching.claim, Reasoned, OPEN_STAGES, "claim"),),
    "release": (
        said_row(
            "释放", "release", watching.release, Fields, OPEN_STAGES, "claim", (), lambda case: bool(case.claimed_by)
        ),
    ),
    "undo": (said_row("撤销上一步", "undo the last move", watching.undo, Fields, frozenset(Stage), "undo"),),
    "supervise": (said_row("督办", "supervise", watching.supervise, watching.Supervising, OPEN_STAGES, "supervise"),),
    "unsupervise": (
        said_row(
            "解除督办",
            "end the supervision",
            watching.unsupervise,
            Noting,
            OPEN_STAGES,
            "supervise",
            (),
            lambda case: case.supervised is not None,
        ),
    ),
    "mark": (said_row("标记", "mark as urgent or key", watching.mark, watching.Marking, OPEN_STAGES, "mark"),),
    "remind": (said_row("催办", "remind", watching.remind, Noting, OPEN_STAGES, "remind"),),
    "reply": (
        said_row(
            "答复上报人",
            "answer who reported",
            reporting.reply,
            reporting.Replying,
            frozenset(Stage),
            "reply",
            ("text",),
        ),
    ),
    "call_back": (
        said_row(
            "回访",
            "call back who reported",
            callback.call_back,
            callback.Calling,
            ENDED_STAGES,
            "call_back",
            ("report", "reached"),
        ),
    ),
    "note": (said_row("备注", "add a note", watching.note, watching.Noting, frozenset(Stage), "note", ("note",)),),
}
"""Name -> its rows: what the command does, when it may be given, and what it needs."""


class AssistRow(Struct, frozen=True):
    """What an assisting worker may do with his own task, and when."""

    right: str
    step: AssistStep
    allows: Callable[[Assist], bool]


def _is_new(assist: Assist) -> bool:
    return assist.accepted_at is None


ASSIST_STEPS: Mapping[str, AssistRow] = {
    "accept": AssistRow("acknowledge", AssistStep.ACCEPT, _is_new),
    "acknowledge": AssistRow("acknowledge", AssistStep.ACCEPT, _is_new),
    "decline": AssistRow("decline_task", AssistStep.DECLINE, lambda assist: assist.arrived_at is None),
    "depart": AssistRow("depart", AssistStep.DEPART, lambda each: is_coming(each) and each.departed_at is None),
    "arrive": AssistRow("arrive", AssistStep.ARRIVE, is_coming),
    "leave": AssistRow("leave", AssistStep.LEAVE, lambda assist: assist.arrived_at is not None),
}
"""Command -> the step of an assisting worker; his task goes on beside the case's stage."""
