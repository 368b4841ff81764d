"""What a value of a reason is called in both languages: a worker's name for his id, words for a unit, grouped digits.

Facts hold codes. People read names; which name a code has is the city pack's business, and these tables say where in
the pack it stands. Words that no pack has (units, levels, trades) are here.
"""

from collections.abc import Callable, Mapping

from dispatch.city import Codes, Names
from dispatch.ids import AreaCode, CategoryCode, DepartmentId, SourceId, WorkerId

ANY = "*"
"""Stands in a row of the responsibility matrix for "any"."""

_ANYWHERE = Names("全市", "the whole city")
_ANYTHING = Names("不限", "any")
_NOTHING = Names("无", "none")

UNITS: Mapping[str, Names] = {
    "UH": Names("小时（24小时连续计）", "clock hours"),
    "WH": Names("工作小时", "working hours"),
    "WD": Names("工作日", "working days"),
}
"""The units of a handling limit (GB/T 30428.8)."""

LEVELS: Mapping[str, Names] = {
    "1": Names("提示级", "advisory"),
    "2": Names("预警级", "warning"),
    "3": Names("报警级", "alarm"),
}

PRIORITIES: Mapping[str, Names] = {
    "critical": Names("特急", "critical"),
    "urgent": Names("紧急", "urgent"),
    "general": Names("一般", "general"),
}

STAGES: Mapping[str, Names] = {
    "reported": Names("待受理", "reported"),
    "verifying": Names("待核实", "being verified"),
    "pending_filing": Names("待立案", "to be filed"),
    "self_handled": Names("自行处置", "put right on the spot"),
    "reopened": Names("重开", "reopened"),
    "filed": Names("待派遣", "waits for a worker"),
    "dispatched": Names("已派遣", "dispatched"),
    "rework": Names("返工", "rework"),
    "accepted": Names("已接单", "accepted"),
    "arrived": Names("处置中", "being handled"),
    "return_requested": Names("回退申请", "return asked for"),
    "extension_requested": Names("延期申请", "extension asked for"),
    "suspension_requested": Names("挂账申请", "suspension asked for"),
    "suspended": Names("挂账", "suspended"),
    "coordinating": Names("协调中", "duty being settled"),
    "handled": Names("已反馈", "handled"),
    "checking": Names("待核查", "being checked"),
    "checked": Names("待结案", "checked"),
    "closed": Names("结案", "closed"),
    "forced_closed": Names("非正常结案", "closed by force"),
    "not_filed": Names("不予立案", "not filed"),
    "merged": Names("已合并", "merged"),
    "void": Names("作废", "void"),
}
"""The stages of a case (GB/T 30428.8; cn_standards 2.2)."""

SKILLS: Mapping[str, Names] = {
    "sanitation": Names("环境卫生", "sanitation"),
    "greening": Names("园林绿化", "greening"),
    "municipal": Names("市政设施", "municipal works"),
    "enforcement": Names("城管执法", "enforcement"),
    "parks": Names("公园管理", "parks"),
    "gas": Names("燃气", "gas"),
    "drainage": Names("排水", "drainage"),
    "lighting": Names("照明", "lighting"),
    "structures": Names("桥隧结构", "structures"),
    "-": _NOTHING,
    ANY: _ANYTHING,
}
"""Trades and particular skills of the standard tables. A pack may have others: they are called as it calls them."""

FEEDS: Mapping[str, Names] = {
    "frigate": Names("视频识别", "the cameras"),
    "telemetry": Names("物联传感", "the sensors"),
    "cloudevents": Names("对接系统", "a partner system"),
    "report": Names("人工上报", "people"),
    "history": Names("历史导入", "the import"),
    "hikvision": Names("海康视频", "Hikvision cameras"),
    "dahua": Names("大华视频", "Dahua cameras"),
    "onvif": Names("ONVIF 视频", "ONVIF cameras"),
    "gb28181": Names("国标视频报警", "GB/T 28181 alarms"),
    "cap": Names("公共预警", "public warnings"),
    "milestone": Names("Milestone 视频平台", "Milestone cameras"),
    "deepstream": Names("DeepStream 视频分析", "DeepStream cameras"),
    "chirpstack": Names("ChirpStack 物联网", "ChirpStack sensors"),
    "tts": Names("The Things Stack 物联网", "The Things Stack sensors"),
    "sparkplug": Names("Sparkplug 设备", "Sparkplug devices"),
    "sensorthings": Names("SensorThings 观测", "SensorThings observations"),
    "ngsild": Names("FIWARE 平台", "the FIWARE broker"),
    "webhook": Names("网络回调", "a webhook"),
}

_Say = Callable[[str, Codes], Names | None]


def say_value(key: str, value: str, codes: Codes) -> Names:
    """Return what a reason's value is called; itself in both languages where nothing is known of it."""
    say = _BY_KEY.get(key)
    return (say(value, codes) if say else None) or Names(value, value)


def _of_table(table: Mapping[str, Names]) -> _Say:
    return lambda value, _codes: table.get(value)


def _worker(value: str, codes: Codes) -> Names | None:
    row = codes.workers.get(WorkerId(value))
    return Names(row.name_zh, row.name_en) if row else None


def _department(value: str, codes: Codes) -> Names | None:
    row = codes.departments.get(DepartmentId(value))
    return Names(row.name_zh, row.name_en) if row else None


def _category(value: str, codes: Codes) -> Names | None:
    row = codes.categories.get(CategoryCode(value))
    return Names(row.name_zh, row.name_en) if row else _ANYTHING if value == ANY else None


def _area(value: str, codes: Codes) -> Names | None:
    row = codes.areas.get(AreaCode(value))
    return Names(row.name_zh, row.name_en) if row else _ANYWHERE if value == ANY else None


def _kind(value: str, codes: Codes) -> Names | None:
    row = codes.sensor_types.get(value) or codes.video_types.get(value)
    return Names(row.name_zh, row.name_en) if row else None


def _source(value: str, codes: Codes) -> Names | None:
    row = codes.sources.get(SourceId(value))
    return Names(row.name_zh, row.name_en) if row else None


def _partner(value: str, codes: Codes) -> Names | None:
    row = codes.partners.get(value)
    return Names(row.name_zh, row.name_en) if row else None


def _number(value: str, _codes: Codes) -> Names | None:
    """Group the digits of what is a whole number: 1234 -> 1,234."""
    return Names(f"{int(value):,}", f"{int(value):,}") if value.isdecimal() and value.isascii() else None


_BY_KEY: Mapping[str, _Say] = {
    "worker": _worker,
    "department": _department,
    "category": _category,
    "category_of_case": _category,
    "source": _source,
    "other": _source,
    "area": _area,
    "partner": _partner,
    "kind": _kind,
    "skill": _of_table(SKILLS),
    "trade": _of_table(SKILLS),
    "feed": _of_table(FEEDS),
    "unit": _of_table(UNITS),
    "stage": _of_table(STAGES),
    "severity": _of_table(LEVELS),
    "priority": _of_table(PRIORITIES),
    "distance_m": _number,
    "accuracy_m": _number,
    "lasted_s": _number,
    "dwell_s": _number,
    "minutes": _number,
    "total": _number,
    "on_duty": _number,
}
"""key of a reason's values -> how it is said."""
