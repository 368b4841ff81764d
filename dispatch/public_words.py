"""What the public is told of a fact, in plain words: what has happened, and nothing of who or why inside."""

from collections.abc import Mapping

import msgspec
from msgspec import Struct

from dispatch.facts.base import BY_REPORTER

RECEIVED = ("received", "已收到您的反映", "We have received your report")

PLAIN: Mapping[str, tuple[str, str, str]] = {
    "CaseAccepted": ("pending_filing", "已受理", "It has been accepted"),
    "VerificationAsked": ("verifying", "正在现场核实", "Someone is looking on the spot whether it is so"),
    "CaseDeclined": ("not_filed", "经核实，未达到立案条件", "After a look at it, it is below what the city takes on"),
    "CaseMerged": (
        "merged",
        "与他人反映的是同一问题，已合并办理，结果将一并告知",
        "Others have told of the same; it is handled together, and you will read here how it ends",
    ),
    "CaseSelfHandled": ("handled", "巡查人员已当场处置", "A patrol has put it right on the spot"),
    "CaseSuspended": ("suspended", "暂不具备处置条件，将定期复查", "It cannot be done now and will be looked at again"),
    "CaseResumed": ("filed", "已恢复处置", "It has been taken up again"),
    "CoordinationBegun": ("coordinating", "正在协调责任部门", "It is being settled who must deal with it"),
    "CaseForceClosed": (
        "forced_closed",
        "因故无法继续处置，已终止办理",
        "It could not be dealt with and has been ended",
    ),
    "CaseReopened": ("reopened", "已重新受理", "It has been taken up once more"),
    "CaseFiled": ("filed", "已立案，正在安排人员处置", "It has been taken on; someone is being found to handle it"),
    "CaseQueued": ("filed", "人员均在忙，稍后继续安排", "Everyone is busy; we keep trying"),
    "TaskDispatched": ("dispatched", "已派出处置人员", "Someone has been sent"),
    "TaskAccepted": ("accepted", "处置人员已接单", "The worker has accepted and is coming"),
    "WorkerArrived": ("arrived", "处置人员已到现场", "The worker is on the spot"),
    "CaseHandled": ("handled", "已处置完毕，等待核查", "It has been dealt with and waits to be checked"),
    "CheckPassed": ("checked", "核查通过", "The check found it in order"),
    "CaseReworked": ("rework", "核查未通过，重新处置", "The check found it not in order; it is done again"),
    "CaseClosed": ("closed", "已结案，感谢您的反映", "It is closed. Thank you for telling us"),
    "CaseVoided": ("void", "经核实，该反映不予立案", "After a look at it, it was not taken on"),
    "VerificationFailed": ("void", "经现场核实，情况不存在", "Someone looked on the spot and did not find it"),
}
"""Fact -> (stage, zh, en). Facts that are not here are the city's own business."""

KINDS_TOLD = (*PLAIN, "MasterEnded", "MoveUndone", "CaseForwarded")
"""Kinds of facts that `say` puts into words."""


_MASTER_CLOSED = ("closed", "合并办理的案件已结案，感谢您的反映", "The case it was joined to is closed. Thank you")
_MASTER_ENDED = ("void", "合并办理的案件已终止办理", "The case it was joined to has been ended")
_CORRECTED = ("更正：上一步已撤回", "Corrected: the last step has been taken back")


_HANDED_OVER = ("filed", "已转交专业单位处置", "It has been passed on to those who deal with such things")
_TOLD_OTHERS = ("filed", "已同时告知有关单位", "Others whom it concerns have been told too")


class _Forwarded(Struct):
    handles: bool


class _Ended(Struct):
    stage: str


class _Undone(Struct):
    before: _Ended


class _By(Struct):
    by: str = ""


_WITHDRAWN_ALONE = ("void", "上报人已撤回，不再处置", "Who reported it has withdrawn it; it is not dealt with any more")


def say_kind(kind: str, data: bytes) -> tuple[str, str, str] | None:
    """Return a fact, by its kind and its JSON, in plain words: (stage, zh, en). None for the city's own business."""
    if kind == "MasterEnded":
        stage = msgspec.json.decode(data, type=_Ended).stage
        return _MASTER_CLOSED if stage == "closed" else _MASTER_ENDED
    if kind == "CaseForwarded":
        return _HANDED_OVER if msgspec.json.decode(data, type=_Forwarded).handles else _TOLD_OTHERS
    if kind == "MoveUndone":
        return (msgspec.json.decode(data, type=_Undone).before.stage, *_CORRECTED)
    if kind == "CaseVoided" and msgspec.json.decode(data, type=_By).by == BY_REPORTER:
        return _WITHDRAWN_ALONE
    return PLAIN.get(kind)
