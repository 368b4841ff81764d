"""How long what belongs to persons is kept."""

from collections.abc import Mapping

from dispatch.retention import KEEP_DAYS, Field
from services.city.sections.model import Section, column, names, options

_LABELS: Mapping[Field, tuple[str, str]] = {
    Field.CONTACT: ("姓名、电话、邮箱", "name, telephone, e-mail"),
    Field.WORDS: ("上报人的原话与地址", "the reporter's words and address"),
    Field.PHOTOS: ("上报人的照片", "the reporter's pictures"),
    Field.EVIDENCE: ("摄像机与处置人员的照片", "pictures of cameras and workers"),
}
_USUAL_ZH = "，".join(f"{_LABELS[field][0]} {days} 天" for field, days in KEEP_DAYS.items())
_USUAL_EN = "; ".join(f"{_LABELS[field][1]}: {days}" for field, days in KEEP_DAYS.items())

RETENTION = Section(
    id="retention",
    group="city",
    label=names("个人信息保存期限", "Keeping of personal data"),
    about=names(
        f"自案件结束起保存多少天，到期每晚自动删除；类别写编号或其开头，最长的优先。未列出的：{_USUAL_ZH}。",
        f"Days from the end of the case; what is past them is deleted every night. A category is its code or the "
        f"beginning of it; the longest that fits counts. Without a row: {_USUAL_EN}.",
    ),
    file="retention.csv",
    key=("field", "category"),
    columns=(
        column(
            "field",
            "内容",
            "What",
            kind="choice",
            options=options(*((field, *labels) for field, labels in _LABELS.items())),
            needed=True,
        ),
        column("category", "类别", "Category", "编号或其开头；空为全部", "Code or its beginning; empty is all"),
        column("days", "天数", "Days", kind="number", needed=True),
        column("basis", "依据", "Basis", "法规或制度名称", "The law or rule that says so", kind="long"),
    ),
)
