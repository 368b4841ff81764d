"""Rules of sensors beside the levels of their types."""

from services.city.sections.model import Column, Section, column, id_column, names, options

_FALLS_BACK = ("空则同通用行或传感类型；- 为无", "Empty as the row for everywhere or the sensor type says; - is none")
_ANY_HOUR = ("空为任何时候；只管开始", "Empty is at any time; it is only for beginning")


def _more(name: str, zh: str, en: str, help_zh: str = "", help_en: str = "", **more: object) -> Column:
    """Return a column that the file may lack."""
    return column(name, zh, en, help_zh, help_en, optional=True, **more)


SENSING = Section(
    id="sensing",
    group="categories",
    label=names("传感规则", "Sensing rules"),
    about=names(
        "传感类型三级阈值之外的规则：变化率、反复、组合、无读数、时段；以及对某区域、某来源的例外。规则可先用历史读数试算。",
        "Rules beside the three levels of the sensor types: rates, repetitions, combinations, silence, schedules; and "
        "exceptions for an area or one source. A rule can be tried on past readings first.",
    ),
    file="sensing.csv",
    key=("id", "source", "area"),
    standard=True,
    columns=(
        id_column("规则", "Rule"),
        _more("name_zh", "中文名", "Chinese name", "空则同传感类型", "Empty as the sensor type"),
        _more("name_en", "英文名", "English name", "空则同传感类型", "Empty as the sensor type"),
        column("active", "启用", "On", kind="flag", usual="true"),
        column("type", "类型", "Type", "决定案件类别", "Gives the category", kind="ref", refers="sensors"),
        column(
            "kind",
            "种类",
            "Kind",
            "级别比较的是什么",
            "What is compared with the levels",
            kind="choice",
            options=options(
                ("threshold", "阈值：读数", "threshold: the value"),
                ("rate", "变化率：时段内的升降", "rate: its change within the span"),
                ("repeat", "反复：时段内的次数", "repeat: times within the span"),
                ("combine", "组合：条件成立为 1", "combine: 1 where the condition holds"),
                ("absence", "无读数：分钟", "absence: minutes without a reading"),
            ),
            usual="threshold",
        ),
        column("metric", "测量项", "Metric", "空则同传感类型", "Empty as the sensor type"),
        _more("unit", "单位", "Unit"),
        column(
            "direction",
            "方向",
            "Direction",
            "空则同传感类型；下降的变化率为负",
            "Empty as the sensor type; a rate that falls is below 0",
            kind="choice",
            options=options(("above", "高于", "above"), ("below", "低于", "below"), ("equals", "等于", "equals")),
        ),
        column("advisory", "提示", "Advisory", *_FALLS_BACK),
        column("warning", "预警", "Warning", *_FALLS_BACK),
        column("alarm", "报警", "Alarm", *_FALLS_BACK),
        _more("clear_advisory", "提示解除", "Advisory clear", "空为回差 10 %", "Empty is a dead band of 10 %"),
        _more("clear_warning", "预警解除", "Warning clear", "空为回差 10 %", "Empty is a dead band of 10 %"),
        _more("clear_alarm", "报警解除", "Alarm clear", "空为回差 10 %", "Empty is a dead band of 10 %"),
        column("persist_s", "持续秒数", "Persist (s)", "达到多久才算", "How long it must last", kind="number"),
        _more("clear_s", "解除秒数", "Clear (s)", "空则同持续秒数", "Empty as long as it must last", kind="number"),
        _more("span_s", "时段秒数", "Span (s)", "变化率、反复所看的时段", "Of a rate or a repetition", kind="number"),
        _more("hit", "计一次的值", "Hit", "反复：达到此值计一次", "Repeat: the value that counts once", kind="number"),
        _more(
            "when",
            "条件",
            "When",
            "同一来源的其他测量项，如 fan = 0 and 'rain 1h' > 20",
            "Of other metrics of the same source, such as fan = 0 and 'rain 1h' > 20",
            kind="long",
        ),
        _more(
            "fresh_s",
            "有效秒数",
            "Fresh (s)",
            "条件中的值多久内有效；空为 3600",
            "How long a value of the condition is believed; 3600 where empty",
            kind="number",
        ),
        _more(
            "lateness_s",
            "容许迟到秒数",
            "Lateness (s)",
            "迟到多久仍按其时间排序；空为 60",
            "How late a reading still takes its place; 60 where empty",
            kind="number",
        ),
        _more("from", "起", "From", *_ANY_HOUR, kind="time"),
        _more("to", "止", "To", *_ANY_HOUR, kind="time"),
        _more("days", "日子", "Days", "mon 至 sun；空为每天", "From mon to sun; empty is all", kind="list"),
        _more(
            "working",
            "工作时间",
            "Working time",
            "按城市日历；空为不限",
            "By the city's calendar; empty is any time",
            kind="choice",
            options=options(("in", "工作时间内", "in working time"), ("out", "工作时间外", "outside working time")),
        ),
        _more(
            "sensors",
            "所监视类型",
            "Watches",
            "空则同类型",
            "The type of the sensors; empty as the type",
            kind="ref",
            refers="sensors",
        ),
        _more("source", "仅此来源", "Only source", "来源编号；空为全部", "A source's id; empty is all"),
        _more("area", "仅此区域", "Only area", "空为全市", "Empty is the whole city", kind="ref", refers="areas"),
        _more("basis", "依据", "Basis", "何者有出处，何者为建议", "What is sourced and what is proposed", kind="long"),
    ),
)
