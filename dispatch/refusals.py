"""The ways in which the desk says no. Each has a code, which is its stable name, and words in TEXTS, zh and en."""

from collections.abc import Mapping, Sequence


class Refusal(Exception):
    """A command was not carried out, and nothing has changed. `code` is a key of TEXTS, `values` fill its braces."""

    code = "refused"

    def __init__(self, **values: str) -> None:
        super().__init__(self.code, values)
        self.values = values

    @property
    def zh(self) -> str:
        return TEXTS[self.code][0].format_map(self.values)

    @property
    def en(self) -> str:
        return TEXTS[self.code][1].format_map(self.values)

    def __str__(self) -> str:
        return self.en


class UnknownCommand(Refusal):
    """There is no command of that name."""

    code = "unknown-command"


class IllegalMove(Refusal):
    """The case's stage does not allow the command; `legal` are the commands that are allowed to this actor now."""

    code = "illegal-move"

    def __init__(self, legal: Sequence[str], **values: str) -> None:
        super().__init__(**values, legal=", ".join(legal) or "-")
        self.legal = tuple(legal)


class NotAllowed(Refusal):
    """The actor's role may not give this command at all, or not for this case."""

    code = "not-allowed"


class NotYourTask(Refusal):
    """The task is another worker's."""

    code = "not-your-task"


class MissingField(Refusal):
    """The command needs a field that is missing or empty."""

    code = "missing-field"


class BadField(Refusal):
    """A field of the command has a value that it cannot have."""

    code = "bad-field"


class UnknownWorker(Refusal):
    """The city has no such worker."""

    code = "unknown-worker"


class UnknownCategory(Refusal):
    """The city has no such category."""

    code = "unknown-category"


class NoDepartment(Refusal):
    """No row of the responsibility matrix answers for the category at this place."""

    code = "no-department"


class SameWorker(Refusal):
    """The case is with that worker already."""

    code = "same-worker"


class UnknownDepartment(Refusal):
    """The city has no such department."""

    code = "unknown-department"


class UnknownCase(Refusal):
    """There is no case of that id or number that could be meant."""

    code = "unknown-case"


class SameCase(Refusal):
    """A case cannot be merged into itself, what it is a part of, what was merged into it, or one that has ended."""

    code = "same-case"


class NotAssisting(Refusal):
    """The worker does not go along with this case."""

    code = "not-assisting"


class TooLate(Refusal):
    """The city's rules allow the command only until a time that has passed."""

    code = "too-late"


class TooOften(Refusal):
    """The city's rules allow the command only so often for one case."""

    code = "too-often"


class Claimed(Refusal):
    """Another of the desk works on the case; take it over first (`claim`, with a reason)."""

    code = "claimed"

    @property
    def by(self) -> str:
        """Who works on it."""
        return self.values["by"]


class AlreadyCalledBack(Refusal):
    """Who made the report has been reached since the case ended, or was tried as often as the city tries."""

    code = "already-called-back"


class ChildrenOpen(Refusal):
    """Parts of the case that other departments have are still open."""

    code = "children-open"


class NothingToUndo(Refusal):
    """The last move was another's, cannot be taken back, is too long ago, or something has happened since."""

    code = "nothing-to-undo"


class NotEnded(Refusal):
    """Who reported may rate a case, or have it reopened, once it has ended."""

    code = "not-ended"


class EndedAlready(Refusal):
    """A report is taken back before its case has ended."""

    code = "ended-already"


class SentAlready(Refusal):
    """The only report of a case is taken back before somebody is sent."""

    code = "sent-already"


class ReportWithdrawnAlready(Refusal):
    """The report has been taken back: nothing more is done with it."""

    code = "report-withdrawn"


class ReportNotRead(Refusal):
    """The report has not become a case yet."""

    code = "report-not-read"


class RatingOver(Refusal):
    """The city's days for a rating have passed."""

    code = "rating-over"


class ReopeningOver(Refusal):
    """The city's days in which who reported may have it reopened have passed."""

    code = "reopening-over"


class ReopenedEnough(Refusal):
    """The case has been reopened as often as who reported it may have it."""

    code = "reopened-enough"


TEXTS: Mapping[str, tuple[str, str]] = {
    "unknown-command": ("没有指令“{command}”。", "There is no command {command!r}."),
    "illegal-move": (
        "案件处于“{stage}”阶段，不能执行“{command}”；当前可用：{legal}。",
        "A case that is {stage} does not allow {command}; allowed now: {legal}.",
    ),
    "not-allowed": (
        "角色“{role}”不能对此案件执行“{command}”。",
        "The role {role} may not give {command} for this case.",
    ),
    "not-your-task": ("该任务属于{worker}。", "The task is {worker}'s."),
    "missing-field": ("“{command}”缺少必填项“{field}”。", "{command} needs the field {field}."),
    "bad-field": ("“{command}”的内容有误：{why}", "{command} cannot be read: {why}"),
    "unknown-worker": ("没有处置人员“{worker}”。", "There is no worker {worker!r}."),
    "unknown-category": ("没有类别“{category}”。", "There is no category {category!r}."),
    "no-department": (
        "责任清单中没有部门负责该位置的“{category}”。",
        "No department answers for {category} at this place.",
    ),
    "same-worker": ("案件已在{worker}处。", "The case is with {worker} already."),
    "unknown-department": ("没有部门“{department}”。", "There is no department {department!r}."),
    "unknown-case": ("没有案件“{case}”。", "There is no case {case!r}."),
    "same-case": ("不能并入案件{case}。", "It cannot be merged into case {case}."),
    "not-assisting": ("{worker}未协办此案件。", "{worker} does not go along with this case."),
    "too-late": ("“{command}”已超过规定期限（{limit}）。", "It is too late for {command} (limit: {limit})."),
    "too-often": ("“{command}”已达规定次数（{limit}次）。", "{command} has been used as often as allowed ({limit})."),
    "claimed": (
        "{by}正在办理此案件；如需接手请先占用并说明原因。",
        "{by} is working on this case; claim it with a reason to take over.",
    ),
    "not-ended": (
        "还没有办结。办结后可以评价，也可以要求重办。",
        "It is not closed yet. Once it is, you can rate it or ask for it to be taken up again.",
    ),
    "ended-already": ("已经结束，无需撤回。", "It has ended; there is nothing left to withdraw."),
    "sent-already": (
        "已经派人处置，不能再撤回。您可以给我们留言。",
        "Someone has been sent already, so it cannot be withdrawn. You can write to us.",
    ),
    "report-withdrawn": ("您已撤回这次上报。", "You have withdrawn this report."),
    "report-not-read": (
        "我们刚收到您的上报，还在登记，请稍候再试。",
        "Your report has just come in and is being registered. Please try again in a moment.",
    ),
    "rating-over": (
        "评价期已过（办结后 {days} 天内）。",
        "The time to rate it is over ({days} days after the closing).",
    ),
    "reopening-over": (
        "重办期限已过（结束后 {days} 天内）。如问题仍在，请重新上报。",
        "The time to have it taken up again is over ({days} days). If it is still so, please report it anew.",
    ),
    "reopened-enough": (
        "已按规定重办 {times} 次。您可以给我们留言，或拨打热线。",
        "It has been taken up again {times} times, as often as the rules allow. Write to us, or call the hotline.",
    ),
    "already-called-back": (
        "{report} 已完成回访。",
        "Who made the report {report} has been called back already.",
    ),
    "children-open": ("尚有{children}个子案未结束。", "Parts of the case are still open: {children}."),
    "nothing-to-undo": (
        "没有可撤销的操作：上一步不是您本人所为、不可撤销、已超时或其后已有变化。",
        "Nothing to undo: the last move was not yours, cannot be taken back, is too old, or more has happened since.",
    ),
}
"""Code -> (zh, en), `str.format` templates over the refusal's values."""
