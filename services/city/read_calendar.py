"""calendar.toml and holidays.csv: when the city works, and who of it keeps other hours."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import date
from functools import partial
from itertools import chain, product
from zoneinfo import ZoneInfo

from dispatch.calendars import Calendar, SpecialDay
from dispatch.city import Names, Shift
from dispatch.ids import AreaCode, CategoryCode, DepartmentId
from services.city.faults import FaultList
from services.city.files import PackFiles, Reader
from services.city.pack import Served, WorkingTime, WorkingTimes
from services.city.read_profile import IDENTIFIER
from services.city.toml import TomlTable

FILE = "calendar.toml"
HOLIDAYS_FILE = "holidays.csv"
HOLIDAY_COLUMNS = ("date", "kind", "name_zh", "name_en", "basis")

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
HOLIDAY, WORKDAY = "holiday", "workday"
ANNOUNCED, ESTIMATED = "announced", "estimated"
DEFAULT = "default"
"""The id of the calendar that the file's first lines describe."""


@dataclass(frozen=True)
class Times:
    """What the two files say, and where the calendars stand in theirs, so that what is found later names its line."""

    working: WorkingTimes
    shifts: tuple[Shift, ...]
    served: tuple[tuple[TomlTable, Served], ...]


def read_calendar(reader: Reader) -> Times | None:
    """Return calendar.toml with holidays.csv, None where the first is no TOML at all."""
    table = reader.table(FILE)
    if table is None:
        return None
    default = _working_time(table, DEFAULT, ())
    others, served = _others(table)
    known = {DEFAULT, *(each.id for each in others)}
    desk = table.text("desk", "")
    if desk and desk not in known:
        table.fault("desk", f"the calendar is not known: {desk}")
        desk = ""
    working = WorkingTimes(default, others, desk, _days(reader, table, known))
    return Times(working, _shifts(table), served)


def check_days(files: PackFiles) -> None:
    """Read the two files alone.

    :raises PackFaults: if anything is wrong with them.
    """
    faults = FaultList()
    read_calendar(Reader(files, faults))
    faults.raise_any()


def _others(table: TomlTable) -> tuple[tuple[WorkingTime, ...], tuple[tuple[TomlTable, Served], ...]]:
    """Return the calendars beside the city's own, and whom each table says to be served."""
    found: dict[str, WorkingTime] = {}
    places: list[tuple[TomlTable, Served]] = []
    for entry in table.tables("calendar"):
        name = entry.text("id")
        if name and not IDENTIFIER.fullmatch(name):
            entry.fault("id", "id may hold letters, digits, and . _ -")
        elif name in found or name == DEFAULT:
            entry.fault("id", f"the calendar {name} is there already")
        served = [(each, _served(each)) for each in entry.tables("serves")]
        for each, who in served:
            if not (who.categories or who.departments or who.areas):
                each.fault(None, "serves must name categories, departments or areas")
        places.extend(served)
        found[name] = _working_time(entry, name, tuple(who for _, who in served))
    return tuple(found.values()), tuple(places)


def _working_time(table: TomlTable, name: str, serves: tuple[Served, ...]) -> WorkingTime:
    spans = tuple(
        (start, end)
        for hours in table.tables("hours")
        for start, end in [(hours.clock("start"), hours.clock("end"))]
        if start is not None and end is not None
    )
    weekend = frozenset(_weekday(table, each) for each in table.texts("weekend", ("sat", "sun")))
    try:
        Calendar(ZoneInfo("UTC"), spans, weekend)
    except ValueError as error:
        table.fault("hours" if spans else None, str(error))
    return WorkingTime(
        id=name,
        name=Names(table.text("name_zh", ""), table.text("name_en", "")),
        spans=spans,
        weekend=weekend,
        keeps_holidays=table.flag("keeps_holidays", True),
        serves=serves,
    )


def _served(table: TomlTable) -> Served:
    return Served(
        categories=tuple(CategoryCode(code) for code in table.texts("categories")),
        departments=tuple(DepartmentId(code) for code in table.texts("departments")),
        areas=tuple(AreaCode(code) for code in table.texts("areas")),
    )


_Told = tuple[SpecialDay, Callable[[str], None]]
"""A day, and how to name a fault of the line that tells of it."""


def _days(reader: Reader, table: TomlTable, calendars: Collection[str]) -> tuple[SpecialDay, ...]:
    """Return the holidays and make-up days of both files by date; a calendar may not be told of a date twice."""
    found: dict[date, list[SpecialDay]] = {}
    for day, fault in chain(_toml_days(table), _csv_days(reader, calendars)):
        same = found.setdefault(day.date, [])
        for other in same:
            if not day.calendars or not other.calendars or set(day.calendars) & set(other.calendars):
                fault(f"{day.date} is a {WORKDAY if other.is_worked else HOLIDAY} already")
                break
        else:
            same.append(day)
    return tuple(day for _, days in sorted(found.items()) for day in days)


def _toml_days(table: TomlTable) -> Iterator[_Told]:
    for kind in (HOLIDAY, WORKDAY):
        for entry in table.tables(kind):
            day = entry.day("date")
            names = Names(entry.text("name_zh", ""), entry.text("name_en", ""))
            if day is not None:
                yield SpecialDay(date=day, is_worked=kind == WORKDAY, name=names), partial(entry.fault, "date")


def _csv_days(reader: Reader, calendars: Collection[str]) -> Iterator[_Told]:
    if not reader.has(HOLIDAYS_FILE):
        return
    for row in reader.rows(HOLIDAYS_FILE, HOLIDAY_COLUMNS):
        row.needed("date")
        day = row.find_date("date")
        special = SpecialDay(
            date=day or date.min,
            is_worked=row.choice("kind", (HOLIDAY, WORKDAY)) == WORKDAY,
            name=Names(row.text("name_zh"), row.text("name_en")),
            is_estimated=row.choice("basis", (ANNOUNCED, ESTIMATED)) == ESTIMATED,
            calendars=row.items("calendars"),
        )
        for name in special.calendars:
            if name not in calendars:
                row.fault(f"the calendar is not known: {name}")
        if day is not None:
            yield special, row.fault


def check_calendars(
    times: Times,
    categories: Collection[CategoryCode],
    departments: Collection[DepartmentId],
    areas: Collection[AreaCode],
) -> None:
    """Note who is served but not there, and who is served twice."""
    seen: set[tuple[str, str, str]] = set()
    for table, served in times.served:
        for key, given, known in (
            ("categories", served.categories, categories),
            ("departments", served.departments, departments),
            ("areas", served.areas, areas),
        ):
            for code in given:
                if code not in known:
                    table.fault(key, f"{key} names one that is not known: {code}")
        each = set(product(served.categories or ("",), served.departments or ("",), served.areas or ("",)))
        for twice in sorted(each & seen):
            table.fault(None, f"{', '.join(filter(None, twice))}: served by a calendar already")
        seen |= each


def _shifts(table: TomlTable) -> tuple[Shift, ...]:
    shifts = []
    for name, entry in table.named_tables("shift"):
        start, end = entry.clock("start"), entry.clock("end")
        if start is not None and end is not None:
            shifts.append(Shift(id=name, start=start, end=end))
    return tuple(shifts)


def _weekday(table: TomlTable, name: str) -> int:
    if name not in WEEKDAYS:
        table.fault("weekend", f"weekend may hold {', '.join(WEEKDAYS)}: {name!r}")
        return 0
    return WEEKDAYS.index(name)
