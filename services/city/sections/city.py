"""The city itself: its profile and the settings of the flow of a case."""

from services.city.sections.model import Form, Section, column, names

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

FLOW = Section(
    id="flow",
    group="city",
    label=names("流程", "Flow of a case"),
    about=names("案件流转的规则。", "Rules by which cases move."),
    file="city.toml",
    form=Form.TOML_VALUES,
    at="flow",
    key=("key",),
    columns=(_KEY, _VALUE),
    rows=(
        column(
            "max_open_tasks",
            "在手任务上限",
            "Most open tasks",
            "一人同时在手的任务数",
            "Open tasks of one worker",
            kind="number",
        ),
        column(
            "auto_file_people",
            "人工上报自动立案",
            "File people's reports",
            "类别与位置明确的上报不经人工立案",
            "A report with a sure category and place is filed without a person",
            kind="flag",
        ),
        column(
            "auto_close",
            "核查通过自动结案",
            "Close after the check",
            "核查通过的案件不经人工结案",
            "A case whose check passed is closed without a person",
            kind="flag",
        ),
    ),
)
