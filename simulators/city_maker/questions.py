"""What the demo city asks of who reports: when to call instead, what is dangerous, what the crew must bring."""

import csv
from io import StringIO

_STOPS = {
    "fallen": (
        "false", "如果有人跌落或受伤：请立即拨打电话，并提醒他人不要靠近。",
        "If somebody has fallen in or is hurt: call at once, and keep others away.", "119|120",
    ),
    "fire": (
        "false", "如果火势蔓延或无人看管：请立即拨打电话。",
        "If the fire spreads or nobody watches it: call at once.", "119",
    ),
    "collapse": (
        "false", "如果有人或车辆陷入，或路面仍在下沉：请远离并立即拨打电话。",
        "If people or cars have fallen in, or the ground still sinks: keep away and call at once.", "119|110",
    ),
    "gas": (
        "false", "如果现在闻到燃气味或听到漏气声：不要开关电器、不要在现场打电话，立即到上风处，再拨打电话。",
        "If you smell gas or hear it escape now: touch no switch and do not telephone there; "
        "go upwind at once, then call.", "119",
    ),
    "wire": (
        "false", "如果电线落地、冒火花或有人触电：请站到 8 米以外，不要触碰，立即拨打电话。",
        "If a wire is down, sparks, or somebody has had a shock: stay 8 m away, touch nothing, and call at once.",
        "95598|119",
    ),
    "police": (
        "true", "正在发生的群体性事件不在此受理，请立即报警。",
        "An incident with a crowd that is going on is not reported here: call the police.", "110",
    ),
}  # fmt: skip
"""By code: whether nobody may go on to report, what is said, and the numbers to call."""

_STOPPED = (
    ("E0115", "fire"), ("E0401", "collapse"), ("E0403", "gas"), ("E0408", "wire"), ("E0409", "police"),
    ("P0105", "fallen"), ("P0105", "wire"), ("P0106", "fallen"), ("P0106", "wire"), ("P0111", "gas"),
    ("P0114", "fallen"), ("P0116", "wire"), ("P0129", "gas"), ("P0133", "wire"), ("P0134", "wire"),
    ("P0135", "gas"), ("P0601", "gas"),
)  # fmt: skip

_COVERS = ("P0101", "P0102", "P0103")
_COVER = (
    (
        "danger", "notice", "false", "井盖缺失时请勿靠近，并请提醒行人和车辆绕行。",
        "If the cover is missing keep away from it, and warn people and cars.", "",
    ),
    (
        "state", "singlevaluelist", "true", "井盖怎么了？", "What is wrong with the cover?",
        "missing=缺失/Missing|broken=破损/Broken|loose=松动异响/Loose or noisy|sunk=下沉或凸起/Sunk or proud",
    ),
)  # fmt: skip
_OTHERS = (
    ("P0118", "lamps", "number", "false", "约有几盏灯不亮？", "About how many lamps are out?", ""),
    ("P0118", "since", "datetime", "false", "从什么时候开始？", "Since when?", ""),
    (
        "E0406", "depth", "singlevaluelist", "false", "积水多深？", "How deep is the water?",
        "ankle=不到脚踝/Below the ankle|knee=脚踝至膝/Ankle to knee|above=过膝/Above the knee",
    ),
    (
        "E0508", "times", "multivaluelist", "false", "一般在什么时段？", "At which times of day?",
        "day=白天/Daytime|evening=傍晚/Evening|night=深夜/Night",
    ),
    ("E0505", "plate", "string", "false", "车牌号（只供办理人员查看）", "Number plate (seen by the staff only)", ""),
)  # fmt: skip


def _stop(category: str, code: str) -> tuple[str, ...]:
    required, zh, en, call = _STOPS[code]
    return category, code, "stop", required, zh, en, "", call


def questions_text() -> str:
    """Return questions.csv."""
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("category", "code", "kind", "required", "zh", "en", "choices", "call"))
    for category in _COVERS:
        writer.writerow(_stop(category, "fallen"))
        writer.writerows((category, *row, "") for row in _COVER)
    writer.writerows((*row, "") for row in _OTHERS)
    writer.writerows(_stop(*each) for each in _STOPPED)
    return out.getvalue()
