"""What the demo city asks of who reports: a notice where it is dangerous, else what the crew must bring."""

import csv
from io import StringIO

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
        "E0403", "call", "notice", "false", "闻到燃气味请勿开关电器，立即撤离并拨打 119。",
        "If you smell gas touch no switch, leave at once and call 119.", "",
    ),
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


def questions_text() -> str:
    """Return questions.csv."""
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("category", "code", "kind", "required", "zh", "en", "choices"))
    writer.writerows((category, *row) for category in _COVERS for row in _COVER)
    writer.writerows(_OTHERS)
    return out.getvalue()
