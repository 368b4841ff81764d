"""Areas of every level, named places, the parts register."""

from msgspec.structs import replace

from services.city.sections.model import LAT, LON, NAME_EN, NAME_ZH, Form, Section, column, id_column, names

_ABOUT = names(
    "名称、上级与是否启用在此编辑；边界以 GeoJSON 导入。停用的区域不再承接新案件，由上一级承接。",
    "Names, parents and whether an area is in use are edited here; borders are imported as GeoJSON. An area out of use "
    "takes no new cases: the next level does.",
)
_COLUMNS = (
    column("code", "编码", "Code", "在本市内唯一", "Unique in the city", needed=True),
    NAME_ZH,
    NAME_EN,
    column(
        "parent",
        "上级",
        "Parent",
        "上级区域的编码；最大一级为空",
        "Code of the area that holds it; empty on the largest level",
        kind="ref",
        refers="areas",
    ),
    column("active", "启用", "In use", kind="flag", optional=True, usual="true"),
)

AREAS = tuple(
    Section(
        id=f"areas-{level}",
        group="areas",
        label=names(zh, en),
        about=_ABOUT,
        file=f"areas/{level}.geojson",
        form=Form.GEOJSON,
        key=("code",),
        columns=_COLUMNS,
    )
    for level, zh, en in (
        ("district", "区县", "Districts"),
        ("street", "街道", "Streets"),
        ("community", "社区", "Communities"),
        ("grid", "单元网格", "Unit grids"),
    )
)

GAZETTEER = Section(
    id="gazetteer",
    group="areas",
    label=names("地名", "Named places"),
    about=names(
        "文字中可认出的地名。街道、社区与道路之名无需再列。",
        "Places that texts can name. Names of streets, communities and roads need no row.",
    ),
    file="gazetteer.csv",
    columns=(
        id_column(),
        NAME_ZH,
        NAME_EN,
        column("aliases", "别名", "Aliases", kind="list"),
        column("kind", "种类", "Kind", "如 landmark、stop、school", "Such as landmark, stop, school", needed=True),
        replace(LON, needed=True),
        replace(LAT, needed=True),
    ),
)

COMPONENTS = Section(
    id="components",
    group="areas",
    label=names("部件", "Parts register"),
    about=names("井盖、路灯等城市部件及其权属。", "Covers, lamps and other parts of the city, and who owns each."),
    file="components.csv",
    columns=(
        id_column("标识码", "Identifier"),
        column(
            "category",
            "类别",
            "Category",
            "部件类的类别",
            "A category of parts",
            kind="ref",
            refers="categories",
            needed=True,
        ),
        NAME_ZH,
        replace(LON, needed=True),
        replace(LAT, needed=True),
        column("department", "权属部门", "Owner", "可空", "May be empty", kind="ref", refers="departments"),
    ),
)
