"""The city itself: its profile and the settings of the flow of a case."""

from services.city.sections.model import Column, Form, Section, column, names, options

_KEY = column("key", "项目", "Item", fixed=True)
_VALUE = column("value", "值", "Value")

PROFILE = Section(
    id="profile",
    group="city",
    label=names("城市资料", "The city"),
    about=names(
        "显示在各屏幕上的名称与提示。编号、时区、坐标系与编码规则随装载的城市包而定，不在此更改。",
        "Names and notices that the screens show. Id, time zone, datum and the layout of codes come with the pack that "
        "is loaded and are not changed here.",
    ),
    file="city.toml",
    form=Form.TOML_VALUES,
    key=("key",),
    columns=(_KEY, _VALUE),
    rows=(
        column("name_zh", "中文名", "Chinese name", needed=True),
        column("name_en", "英文名", "English name", needed=True),
        column("notice_zh", "中文提示", "Chinese notice", "每个屏幕上都显示", "Shown on every screen", kind="long"),
        column("notice_en", "英文提示", "English notice", "每个屏幕上都显示", "Shown on every screen", kind="long"),
        column("emergency", "紧急电话", "Emergency numbers", "显示给市民", "Shown to citizens", kind="list"),
    ),
)

_GRANTING = options(
    ("leader", "值班长", "duty leader"),
    ("supervisor", "督查", "supervisor"),
    ("dispatcher", "派遣员", "dispatcher"),
    ("admin", "管理员", "administrator"),
)


def _flag(name: str, zh: str, en: str, usual: str) -> Column:
    return column(name, zh, en, kind="flag", usual=usual)


def _number(name: str, zh: str, en: str, usual: str) -> Column:
    return column(name, zh, en, f"空为 {usual}", f"{usual} where empty", kind="number", usual=usual)


def _role(name: str, zh: str, en: str) -> Column:
    return column(name, zh, en, kind="choice", options=_GRANTING, usual="leader")


FLOW = Section(
    id="flow",
    group="city",
    label=names("流程", "Flow of a case"),
    about=names("案件流转的规则；空即产品的默认值。", "Rules by which cases move; empty is the product's own."),
    file="city.toml",
    form=Form.TOML_VALUES,
    at="flow",
    key=("key",),
    columns=(_KEY, _VALUE),
    rows=(
        _number("max_open_tasks", "一人在手任务上限", "Most open tasks of one worker", "5"),
        _flag("auto_file_people", "明确的人工上报自动立案", "File sure reports of people by rule", "false"),
        _flag("auto_close", "核查通过自动结案", "Close a case whose check passed by rule", "true"),
        _number("extension_max", "延期次数", "How often a case may be extended", "1"),
        _flag("extension_before_due", "仅到期前可申请延期", "Extension only before it is due", "true"),
        _role("extension_by", "延期由谁批准", "Who answers for an extension"),
        _role("return_by", "回退由谁批准", "Who answers for a return"),
        _role("suspension_by", "挂账由谁批准", "Who answers for a suspension"),
        _number("return_within_h", "派遣后几小时内可回退", "Hours in which a case may be returned", "1"),
        _number("returns_max", "回退次数", "Returns before it goes to coordination", "2"),
        _flag("coordinating_stops_clock", "协调时停止计时", "The clock stands still in coordination", "true"),
        _number("rework_h", "返工工作小时（0 为余时）", "Working hours of a rework (0: what was left)", "0"),
        _number("reopen_days", "几天内可重开", "Days in which a case may be reopened", "15"),
        _number("undo_s", "几秒内可撤销", "Seconds in which a move may be undone", "120"),
        _number("claim_grace_s", "占用后几秒内可接手", "Seconds in which a claim may be taken over", "20"),
        _number("claim_stale_s", "占用几秒后失效", "Seconds after which a claim binds nobody", "600"),
        _number("answer_min", "智能核查等待分钟", "Minutes that a source has to answer", "5"),
    ),
)

HOTLINE = Section(
    id="hotline",
    group="city",
    label=names("热线", "The hotline"),
    about=names(
        "接听席与回访的规则；空即产品的默认值。",
        "Rules of the operators' desk and of call-backs; empty is the product's own.",
    ),
    file="city.toml",
    form=Form.TOML_VALUES,
    at="hotline",
    key=("key",),
    columns=(_KEY, _VALUE),
    rows=(
        column(
            "region",
            "号码所属国家或地区",
            "Country of numbers without one",
            "两个字母，空为 CN",
            "Two letters, CN where empty",
        ),
        column(
            "area_code", "本地区号", "Area code", "本地固话前所加，如 023", "Put before a local number, such as 023"
        ),
        _flag("file_at_once", "登记时直接立案", "File the case with the report", "true"),
        _number("callback_share", "未要求者的回访比例（0 至 1）", "Share of others who are called back (0 to 1)", "0"),
        _number("callback_tries", "回访最多拨打次数", "Calls to who is not reached", "3"),
        _number("callback_days", "结案后几天内回访", "Days after its end in which callers are called", "30"),
    ),
)

FLOW_LIMITS = Section(
    id="flow-limits",
    group="city",
    label=names("各环节时限", "Limits of the desk's stages"),
    about=names("工作分钟；0 为不限。", "Working minutes; 0 is none."),
    file="city.toml",
    form=Form.TOML_VALUES,
    at="flow.limits",
    key=("key",),
    columns=(_KEY, _VALUE),
    rows=(
        _number("accept", "受理", "To accept", "10"),
        _number("verify", "核实", "To verify", "60"),
        _number("file", "立案", "To file", "15"),
        _number("dispatch", "派遣", "To dispatch", "15"),
        _number("check", "核查", "To check", "120"),
        _number("close", "结案", "To close", "30"),
    ),
)
