"""Which categories may be one happening, and whose word is filed without a person."""

from services.city.sections.model import Section, column, names, options

_BASIS = column("basis", "依据", "Basis", "何者有出处，何者为建议", "What is sourced and what is proposed", kind="long")

SAME = Section(
    id="same-happening",
    group="categories",
    label=names("同一事件", "Same happening"),
    about=names(
        "哪些类别可能是同一件事的不同说法：时间、地点相近时合为一案。网关：来源与其网关同时发生的算一件事。",
        "Which categories may be one happening told differently: near in time and place they are one case. "
        "Gateway: what befalls a gateway and its sources at once is one.",
    ),
    file="same_happening.csv",
    key=("category", "other", "relation"),
    columns=(
        column("category", "类别", "Category", kind="ref", refers="categories", needed=True),
        column(
            "other",
            "另一类别",
            "Other category",
            "关系为网关时留空",
            "Empty where the relation is gateway",
            kind="ref",
            refers="categories",
        ),
        column(
            "relation",
            "关系",
            "Relation",
            kind="choice",
            options=options(("near", "相近", "near"), ("gateway", "网关", "gateway")),
            needed=True,
        ),
        column(
            "leads",
            "以何为准",
            "Leads",
            "合案后用哪一类别；空为先到者",
            "Which of the two names the case; empty: the first to come",
            kind="ref",
            refers="categories",
        ),
        _BASIS,
    ),
)

AUTOFILE = Section(
    id="autofile",
    group="categories",
    label=names("自动立案", "Automatic filing"),
    about=names(
        "机器上报达到置信度即自动立案派遣，否则由受理员看图确认。未列出的用类别的自动立案置信度。"
        "几行都符合时，以最具体的一行为准：来源、类型、类别、渠道、来源种类。",
        "A machine's word that is sure enough is filed and sent by itself; below that the acceptor looks at the "
        "picture. What no row names goes by the category's own confidence. Of several rows that fit the most "
        "particular counts: source, type, category, feed, kind of source.",
    ),
    file="autofile.csv",
    key=("source", "type", "category", "feed", "kind"),
    columns=(
        column("category", "类别", "Category", "空为任何", "Empty is any", kind="ref", refers="categories"),
        column(
            "type",
            "类型",
            "Type",
            "视频或传感类型；空为任何",
            "Video or sensor type; empty is any",
            kind="ref",
            refers="types",
        ),
        column("feed", "渠道", "Feed", "空为任何", "Empty is any", kind="ref", refers="feeds"),
        column(
            "kind",
            "来源种类",
            "Kind of source",
            "空为任何",
            "Empty is any",
            kind="choice",
            options=options(
                ("camera", "摄像机", "camera"),
                ("sensor", "传感器", "sensor"),
                ("gateway", "网关", "gateway"),
                ("desk", "坐席", "desk"),
            ),
        ),
        column("source", "来源", "Source", "单个来源的规则", "A rule of one source", kind="ref", refers="sources"),
        column(
            "threshold",
            "置信度",
            "Confidence",
            "0 至 1；空为类别自己的",
            "0 to 1; empty: the category's own",
            kind="number",
        ),
        column(
            "enabled",
            "允许",
            "Allowed",
            "否：一律由人确认",
            "No: a person always looks",
            kind="choice",
            options=options(("true", "是", "yes"), ("false", "否", "no")),
            usual="true",
        ),
        _BASIS,
    ),
)
