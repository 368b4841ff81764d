"""Departments, the responsibility matrix, the staff."""

from msgspec.structs import replace

from services.city.sections.model import LAT, LON, NAME_EN, NAME_ZH, Section, column, id_column, names

DEPARTMENTS = Section(
    id="departments",
    group="people",
    label=names("部门", "Departments"),
    about=names(
        "专业部门。行业是没有职责行时它所负责的一类事项。",
        "Who answers. A trade is what the department answers for where no row of the matrix speaks.",
    ),
    file="departments.csv",
    columns=(
        id_column(),
        NAME_ZH,
        NAME_EN,
        column("trade", "行业", "Trade", "可空", "May be empty", refers="trades"),
    ),
)

DUTIES = Section(
    id="duties",
    group="people",
    label=names("职责矩阵", "Responsibility matrix"),
    about=names(
        "何类事项、何处由哪个部门负责。最具体的一行优先：类别先于行业，小区域先于大区域。",
        "Which department answers for what, where. The most particular row wins: category before trade, a small area "
        "before a large one.",
    ),
    file="duties.csv",
    key=("category", "trade", "area"),
    columns=(
        column("department", "部门", "Department", kind="ref", refers="departments", needed=True),
        column("category", "类别", "Category", "空为任意", "Empty is any", kind="ref", refers="categories"),
        column("trade", "行业", "Trade", "空为任意", "Empty is any", kind="ref", refers="trades"),
        column("area", "区域", "Area", "空为全市", "Empty is the whole city", kind="ref", refers="areas"),
    ),
)

WORKERS = Section(
    id="workers",
    group="people",
    label=names("人员", "Staff"),
    about=names("可派遣的处置人员，及其技能、区域与班次。", "Who can be sent, with skills, areas and shift."),
    file="workers.csv",
    columns=(
        id_column("工号"),
        NAME_ZH,
        NAME_EN,
        column("department", "部门", "Department", kind="ref", refers="departments", needed=True),
        column(
            "skills",
            "技能",
            "Skills",
            "与类别所需技能一致",
            "As the categories name them",
            kind="refs",
            refers="skills",
            needed=True,
        ),
        column("areas", "区域", "Areas", "空为全市", "Empty is the whole city", kind="refs", refers="areas"),
        column("shift", "班次", "Shift", kind="ref", refers="shifts", needed=True),
        replace(
            LON,
            help=names("驻点经度：未上报位置时以此为准", "Of his post: where he is when nothing is known"),
            needed=True,
        ),
        replace(LAT, help=names("驻点纬度", "Of his post"), needed=True),
    ),
)
