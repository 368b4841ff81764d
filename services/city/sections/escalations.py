"""Who is told when nobody acts, and when people are not to be disturbed."""

from services.city.sections.matters import PRIORITIES
from services.city.sections.model import Section, column, names, options

ESCALATIONS = Section(
    id="escalations",
    group="escalation",
    label=names("升级", "Escalations"),
    about=names(
        "任务逾时未接、期限用去若干时，依次告知何人。最具体的一组自成一链。",
        "Who is told, step by step, when a task is not accepted in time and when a limit is used up. The most "
        "particular rows are the whole chain.",
    ),
    file="escalations.csv",
    key=("department", "priority", "unit", "step"),
    columns=(
        column("department", "部门", "Department", "空为任意", "Empty is any", kind="ref", refers="departments"),
        column("priority", "优先级", "Priority", "空为任意", "Empty is any", kind="choice", options=PRIORITIES),
        column("step", "步骤", "Step", "从 1 起依次", "From 1, in order", kind="number", needed=True),
        column("after", "之后", "After", kind="number", needed=True),
        column(
            "unit",
            "单位",
            "Unit",
            kind="choice",
            options=options(
                ("clock", "分钟", "minutes"),
                ("working", "工作分钟", "working minutes"),
                ("percent", "期限的 %", "% of the limit"),
            ),
            needed=True,
        ),
        column(
            "action",
            "做法",
            "Action",
            kind="choice",
            options=options(
                ("next_worker", "改派下一人", "next worker"),
                ("worker", "告知处置人员", "tell the worker"),
                ("dispatcher", "告知派遣员", "tell the dispatcher"),
                ("team_lead", "告知班组长", "tell the team lead"),
                ("duty_leader", "告知值班长", "tell the duty leader"),
                ("supervisor", "告知督查", "tell the supervisor"),
            ),
            needed=True,
        ),
        column("target", "指定人", "Target", "用户名或工号；可空", "A user's name or worker's id; may be empty"),
    ),
)

NOTICES = Section(
    id="notices",
    group="escalation",
    label=names("免打扰", "Quiet hours"),
    about=names(
        "何时不打扰何人，哪些仍须立即告知。",
        "When people are not to be disturbed, and what is told at once all the same.",
    ),
    file="notices.csv",
    key=("who",),
    columns=(
        column("who", "何人", "Who", "用户名、工号或角色；空为所有人", "A user, a worker's id or a role; empty is all"),
        column("from", "起", "From", kind="time"),
        column("to", "止", "To", kind="time"),
        column("days", "日子", "Days", "mon 至 sun；空为每天", "From mon to sun; empty is all", kind="list"),
        column("passes", "仍告知", "Passes", "特急始终告知", "Critical always is", kind="list"),
        column("digest_min", "汇总 (分)", "Digest (min)", "空为立即", "Empty is at once", kind="number"),
    ),
)
