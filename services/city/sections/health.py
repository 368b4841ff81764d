"""What a source may say, and when it counts as unwell: `[flood]` and `[health]` of city.toml."""

from dispatch.health.rules import BUCKETS
from services.city.sections.model import Column, Form, Section, column, names

_KEY = column("key", "项目", "Item", fixed=True)
_VALUE = column("value", "值", "Value")

_KINDS = {
    "camera": ("摄像机", "camera"),
    "sensor": ("传感器", "sensor"),
    "gateway": ("网关", "gateway"),
    "desk": ("坐席", "desk"),
}


def _number(name: str, zh: str, en: str, usual: float) -> Column:
    text = f"{usual:g}"
    return column(name, zh, en, f"空为 {text}", f"{text} where empty", kind="number", usual=text)


FLOOD = Section(
    id="flood",
    group="sources",
    label=names("洪泛控制", "Flood control"),
    about=names(
        "来源每秒与一次可报多少事件；超出的报文搁置，可重放。报警级与特急类型不受限。",
        "How many events a source may tell; messages past it are set aside and can be replayed. "
        "Alarms and types of the top priority always pass.",
    ),
    file="city.toml",
    form=Form.TOML_VALUES,
    at="flood",
    key=("key",),
    columns=(_KEY, _VALUE),
    rows=(
        *(
            each
            for kind, (zh, en) in _KINDS.items()
            for each in (
                _number(f"{kind}_per_s", f"{zh}：每秒事件", f"Events a second of a {en}", BUCKETS[kind].per_s),
                _number(f"{kind}_burst", f"{zh}：一次突发", f"Events at once of a {en}", BUCKETS[kind].burst),
            )
        ),
        _number("quiet_s", "几秒无搁置算结束", "Seconds without any set aside until it is over", 60),
    ),
)

HEALTH = Section(
    id="health",
    group="sources",
    label=names("来源健康", "Health of sources"),
    about=names("何时算不健康，以及如何处理。", "When a source counts as unwell, and what is made of it."),
    file="city.toml",
    form=Form.TOML_VALUES,
    at="health",
    key=("key",),
    columns=(_KEY, _VALUE),
    rows=(
        column(
            "critical",
            "关键来源",
            "Critical sources",
            "来源种类或类型；失联即立维护案件",
            "Kinds of source, or types; their silence opens a maintenance case",
            kind="list",
        ),
        column(
            "category",
            "维护案件类别",
            "Category of maintenance",
            "空为传感类型 device_offline 的类别",
            "Empty for that of the sensor type device_offline",
            kind="ref",
            refers="categories",
        ),
        _number("settle_s", "失联后等待同网关其他来源（秒）", "Seconds to wait for others of the gateway", 60),
        _number("group_share", "同网关失联占比", "Share of a gateway's sources that is the gateway's", 0.5),
        _number("mass_share", "全部来源失联占比", "Share of all sources that is one happening", 0.3),
        _number("clock_limit_s", "时钟偏差上限（秒）", "Seconds that a clock may be off", 300),
        _number("late_s", "迟到数据（秒）", "Seconds after which data are late", 900),
        _number("late_wait_s", "迟到报警等待后续读数（秒）", "Seconds that a late alarm waits for later readings", 5),
        _number("flap_count", "窗口内结束次数上限", "Ends in the window before one is held back", 3),
        _number("flap_window_s", "抖动窗口（秒）", "Window of flapping in seconds", 900),
        _number("hold_s", "首次推迟解除（秒）", "Seconds that the first end is held back", 60),
        _number("hold_max_s", "推迟解除上限（秒）", "Seconds that an end is held back at most", 900),
    ),
)
