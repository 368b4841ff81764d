"""Working time: shifts, hours, days off, holidays and make-up days."""

from services.city.sections.model import NAME_EN, NAME_ZH, Form, Section, column, id_column, names, options

FILE = "calendar.toml"
_DAYS_OFF = ("mon 至 sun，以 | 分隔；- 为无休", "From mon to sun, separated by |; - is none")
_CLOCK = ("时:分，如 08:30；24:00 为午夜", "Hours and minutes such as 08:30; 24:00 is midnight")

SHIFTS = Section(
    id="shifts",
    group="people",
    label=names("班次", "Shifts"),
    about=names(
        "人员的上下班时刻；结束早于开始即跨过午夜。", "When people work; an end before the start is on the next day."
    ),
    file=FILE,
    form=Form.TOML_NAMED,
    at="shift",
    columns=(
        id_column("班次", "Shift"),
        column("start", "开始", "Start", *_CLOCK, kind="time", needed=True),
        column("end", "结束", "End", *_CLOCK, kind="time", needed=True),
    ),
)

HOURS = Section(
    id="hours",
    group="calendar",
    label=names("工作时段", "Working hours"),
    about=names("工作日的一个或几个时段，按先后排列。", "Of a working day: one or several spans, in order."),
    file=FILE,
    form=Form.TOML_LIST,
    at="hours",
    key=("start",),
    is_ordered=True,
    columns=(
        column("start", "开始", "Start", *_CLOCK, kind="time", needed=True),
        column("end", "结束", "End", *_CLOCK, kind="time", needed=True),
    ),
)

WEEKEND = Section(
    id="weekend",
    group="calendar",
    label=names("城市日历", "The city's own calendar"),
    about=names(
        "每周休息日、是否过节，以及指挥中心依照哪份日历。", "Weekly days off, holidays, and whose hours the room keeps."
    ),
    file=FILE,
    form=Form.TOML_VALUES,
    key=("key",),
    columns=(column("key", "项目", "Item", fixed=True), column("value", "值", "Value")),
    rows=(
        column("weekend", "休息日", "Days off", *_DAYS_OFF, kind="list"),
        column(
            "keeps_holidays", "节假日休息", "Keeps holidays", "默认是", "Yes where empty", kind="flag", usual="true"
        ),
        column(
            "desk",
            "指挥中心日历",
            "The room's calendar",
            "受理、立案、派遣等时限依此计算；空为城市日历",
            "By which its own limits run; empty is the city's",
            kind="ref",
            refers="calendars",
        ),
    ),
)

CALENDARS = Section(
    id="calendars",
    group="calendar",
    label=names("其他日历", "Other calendars"),
    about=names(
        "为某些类别、部门或区域另设的工作时间。", "Working time of its own for some categories, departments or areas."
    ),
    file=FILE,
    form=Form.TOML_LIST,
    at="calendar",
    columns=(
        id_column(),
        NAME_ZH,
        NAME_EN,
        column("weekend", "休息日", "Days off", *_DAYS_OFF, kind="list"),
        column(
            "keeps_holidays",
            "节假日休息",
            "Keeps holidays",
            kind="flag",
            usual="true",
        ),
    ),
)

_CALENDAR = column("calendar", "日历", "Calendar", kind="ref", refers="calendars", needed=True)

CALENDAR_HOURS = Section(
    id="calendar-hours",
    group="calendar",
    label=names("其他日历的时段", "Hours of other calendars"),
    about=names("每份日历至少一个工作时段，按先后排列。", "One span at least for each calendar, in order."),
    file=FILE,
    form=Form.TOML_INNER,
    at="calendar",
    inner="hours",
    key=("calendar", "start"),
    columns=(
        _CALENDAR,
        column("start", "开始", "Start", *_CLOCK, kind="time", needed=True),
        column("end", "结束", "End", *_CLOCK, kind="time", needed=True),
    ),
)

CALENDAR_SERVES = Section(
    id="calendar-serves",
    group="calendar",
    label=names("日历适用范围", "Whom calendars serve"),
    about=names(
        "同一行须同时符合；几行为或者。最具体者优先：类别先于部门，部门先于区域。",
        "What one row gives must all fit; rows are alternatives. Category before department, department before area.",
    ),
    file=FILE,
    form=Form.TOML_INNER,
    at="calendar",
    inner="serves",
    key=("calendar", "categories", "departments", "areas"),
    columns=(
        _CALENDAR,
        column("categories", "类别", "Categories", kind="refs", refers="categories"),
        column("departments", "部门", "Departments", kind="refs", refers="departments"),
        column("areas", "区域", "Areas", kind="refs", refers="areas"),
    ),
)

HOLIDAYS = Section(
    id="holidays",
    group="calendar",
    label=names("节假日与调休", "Holidays and make-up days"),
    about=names("不工作的日子，与逢休息日而须上班的日子。", "Days off, and days of a weekend on which people work."),
    file="holidays.csv",
    key=("date", "calendars"),
    is_ordered=True,
    columns=(
        column("date", "日期", "Date", kind="date", needed=True),
        column(
            "kind",
            "种类",
            "Kind",
            kind="choice",
            options=options(("holiday", "节假日", "holiday"), ("workday", "调休上班", "make-up day")),
            needed=True,
        ),
        NAME_ZH,
        NAME_EN,
        column(
            "basis",
            "依据",
            "Basis",
            kind="choice",
            options=options(("announced", "已公布", "announced"), ("estimated", "估计", "estimated")),
            needed=True,
        ),
        column(
            "calendars",
            "日历",
            "Calendars",
            "空为所有过节的日历",
            "Empty is all that keep holidays",
            kind="refs",
            refers="calendars",
            optional=True,
        ),
    ),
)


def _in_calendar(kind: str, zh: str, en: str) -> Section:
    return Section(
        id=f"calendar-{kind}s",
        group="calendar",
        label=names(zh, en),
        about=names(
            "写在 calendar.toml 中的日子；新的写在节假日表。",
            "Days that stand in calendar.toml; new ones go to holidays.csv.",
        ),
        file=FILE,
        form=Form.TOML_LIST,
        at=kind,
        key=("date",),
        is_ordered=True,
        columns=(column("date", "日期", "Date", kind="date", needed=True), NAME_ZH, NAME_EN),
    )


CALENDAR_DAYS = (
    _in_calendar("holiday", "日历文件中的节假日", "Holidays in the calendar's file"),
    _in_calendar("workday", "日历文件中的调休", "Make-up days in the calendar's file"),
)
