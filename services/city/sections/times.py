"""Working time: shifts, hours, days off, holidays and make-up days."""

from services.city.sections.model import NAME_EN, NAME_ZH, Form, Section, column, id_column, names

FILE = "calendar.toml"
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
    label=names("每周休息日", "Weekly days off"),
    about=names("每周哪些日子休息。", "Which days of the week are off."),
    file=FILE,
    form=Form.TOML_VALUES,
    key=("key",),
    columns=(column("key", "项目", "Item", fixed=True), column("value", "值", "Value")),
    rows=(
        column(
            "weekend",
            "休息日",
            "Days off",
            "mon 至 sun，以 | 分隔",
            "From mon to sun, separated by |",
            kind="list",
        ),
    ),
)

HOLIDAYS = Section(
    id="holidays",
    group="calendar",
    label=names("节假日", "Holidays"),
    about=names("不工作的日子。", "Days off."),
    file=FILE,
    form=Form.TOML_LIST,
    at="holiday",
    key=("date",),
    is_ordered=True,
    columns=(column("date", "日期", "Date", kind="date", needed=True), NAME_ZH, NAME_EN),
)

WORKDAYS = Section(
    id="workdays",
    group="calendar",
    label=names("调休工作日", "Make-up days"),
    about=names("逢休息日而须上班的日子。", "Days of a weekend on which people work."),
    file=FILE,
    form=Form.TOML_LIST,
    at="workday",
    key=("date",),
    is_ordered=True,
    columns=(column("date", "日期", "Date", kind="date", needed=True),),
)
