"""Calendars and holidays of a pack: read, refused by line, imported; and those of the demo city against the library."""

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import holidays
import pytest

from dispatch.calendars import SpecialDay, years_of
from dispatch.citymap import City
from dispatch.ids import CategoryCode, DepartmentId
from dispatch.place import Place
from services.city.build import build_city
from services.city.faults import PackFaults
from services.city.import_holidays import NoHolidays, list_days, write_days
from services.city.read import read_pack
from tests.services.city.small_pack import FILES, pack_files

YUZHONG = Path(__file__).resolve().parents[3] / "cities" / "yuzhong"

CALENDARS = """\
desk = "always"
weekend = ["sat", "sun"]

[[hours]]
start = "09:00"
end = "17:00"

[[calendar]]
id = "always"
name_en = "Always"
weekend = []
keeps_holidays = false

[[calendar.hours]]
start = "00:00"
end = "24:00"

[[calendar.serves]]
categories = ["E0401"]

[[calendar]]
id = "late"

[[calendar.hours]]
start = "12:00"
end = "22:00"

[[calendar.serves]]
departments = ["works"]
areas = ["500103001"]

[[calendar.serves]]
categories = ["E0402"]

[shift.day]
start = "08:00"
end = "20:00"
"""

HOLIDAYS = """\
date,kind,name_zh,name_en,basis,calendars
2026-10-01,holiday,国庆节,National Day,announced,
2026-10-10,workday,,,announced,
2027-10-01,holiday,国庆节,National Day,estimated,
2026-11-05,holiday,建市日,Foundation Day,announced,late
"""


def small(calendar: str = CALENDARS, days: str = HOLIDAYS) -> dict[str, bytes]:
    return {**pack_files(), "calendar.toml": calendar.encode(), "holidays.csv": days.encode()}


@pytest.fixture(scope="module")
def city() -> City:
    return build_city(read_pack(small()))


@pytest.fixture(scope="module")
def yuzhong() -> City:
    return build_city(read_pack(YUZHONG))


def test_each_calendar_has_its_hours_its_weekend_and_its_holidays(city: City) -> None:
    default, always, late = city.calendars.all
    assert [each.id for each in city.calendars.all] == ["default", "always", "late"]
    assert default.spans == ((time(9), time(17)),)
    assert default.holidays == {date(2026, 10, 1), date(2027, 10, 1)}
    assert default.workdays == {date(2026, 10, 10)}
    assert always.spans == ((time(0), time(0)),)
    assert (always.weekend, always.holidays, always.workdays) == (frozenset(), frozenset(), frozenset())
    assert late.holidays == default.holidays | {date(2026, 11, 5)}
    assert always.name.en == "Always"
    assert years_of(city.calendars.days) == {2026: False, 2027: True}


def test_each_calendar_serves_whom_the_pack_says(city: City) -> None:
    street, works, nobody = (
        Place(street=next(iter(city.list_areas("street"))).code),
        DepartmentId("works"),
        DepartmentId(""),
    )

    def of(category: str, department: DepartmentId, place: Place) -> str:
        return city.calendar_of(CategoryCode(category), department, place).id

    assert of("E0401", works, street) == "always"
    assert of("E0102", works, street) == "late"
    assert of("E0102", works, Place()) == "default"
    assert of("E0402", nobody, Place()) == "late"
    assert city.desk_calendar_of(CategoryCode("E0102"), street).id == "always"
    assert city.calendar.id == "default"


def test_a_pack_of_one_calendar_is_as_before() -> None:
    city = build_city(read_pack(pack_files()))
    assert [each.id for each in city.calendars.all] == ["default"]
    assert city.calendars.desk is None
    assert city.calendar.holidays == {date(2026, 10, 1)}


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ('desk = "always"', 'desk = "never"', 1, "the calendar is not known: never"),
        ('id = "late"', 'id = "always"', 22, "the calendar always is there already"),
        ('id = "late"', 'id = "default"', 22, "the calendar default is there already"),
        ('id = "late"', 'id = "too late"', 22, "id may hold letters, digits, and . _ -"),
        ('id = "late"', "", 21, "id is missing"),
        ('"12:00"', '"23:00"', 24, "spans of working hours must be in order"),
        ('"24:00"', '"25:00"', 16, "end must be a time of day"),
        ("keeps_holidays = false", 'keeps_holidays = "no"', 12, "keeps_holidays must be true or false"),
        ('["E0401"]', '["E9999"]', 19, "categories names one that is not known: E9999"),
        ('["works"]', '["police"]', 29, "departments names one that is not known: police"),
        ('["500103001"]', '["500103002"]', 30, "areas names one that is not known: 500103002"),
        ('["E0402"]', '["E0401"]', 32, "E0401: served by a calendar already"),
        ('categories = ["E0402"]', "", 32, "serves must name categories, departments or areas"),
        ("weekend = []", 'weekend = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]', 14, "a week needs at least"),
    ],
)  # fmt: skip
def test_a_fault_of_a_calendar_is_named_by_its_line(old: str, new: str, line: int, message: str) -> None:
    assert old in CALENDARS
    with pytest.raises(PackFaults) as caught:
        read_pack(small(CALENDARS.replace(old, new, 1)))
    named = [(fault.file, fault.line) for fault in caught.value.faults if message in fault.message]
    assert named == [("calendar.toml", line)], str(caught.value)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("2026-10-01,holiday,,,announced,", "2026-10-01 is a holiday already"),
        ("2026-10-10,holiday,,,announced,late", "2026-10-10 is a workday already"),
        ("2026-11-05,workday,,,announced,", "2026-11-05 is a holiday already"),
        ("2026-13-05,workday,,,announced,", "date must be a date"),
        (",workday,,,announced,", "date is empty"),
        ("2026-12-01,feast,,,announced,", "kind must be one of holiday, workday"),
        ("2026-12-01,holiday,,,guessed,", "basis must be one of announced, estimated"),
        ("2026-12-01,holiday,,,announced,never", "the calendar is not known: never"),
    ],
)
def test_a_fault_of_a_holiday_is_named_by_its_line(row: str, message: str) -> None:
    with pytest.raises(PackFaults) as caught:
        read_pack(small(days=HOLIDAYS + row + "\n"))
    assert [(fault.file, fault.line) for fault in caught.value.faults if message in fault.message] == [
        ("holidays.csv", 6)
    ], str(caught.value)


def test_two_calendars_may_have_holidays_of_their_own_on_one_day(city: City) -> None:
    more = HOLIDAYS + "2026-11-05,workday,,,announced,default\n"
    assert date(2026, 11, 5) in build_city(read_pack(small(days=more))).calendar.workdays


def test_a_date_of_both_files_is_a_fault_of_the_second() -> None:
    with pytest.raises(PackFaults) as caught:
        read_pack(small(FILES["calendar.toml"], HOLIDAYS.replace(",late\n", ",\n")))
    assert [(fault.file, fault.line) for fault in caught.value.faults] == [("holidays.csv", 2), ("holidays.csv", 3)]


@pytest.mark.parametrize("year", [2026, 2027])
def test_the_demo_city_works_when_the_library_says_that_china_does(yuzhong: City, year: int) -> None:
    library = holidays.country_holidays("CN", years=year)
    day = date(year, 1, 1)
    while day.year == year:
        assert yuzhong.calendar.is_workday(day) == library.is_working_day(day), day
        day += timedelta(days=1)


@pytest.mark.parametrize("year", [2026, 2027])
def test_the_demo_citys_rows_are_those_that_the_import_writes(yuzhong: City, year: int) -> None:
    def of(days: list[SpecialDay]) -> list[tuple[date, bool, bool]]:
        return [(day.date, day.is_worked, day.is_estimated) for day in days if day.date.year == year]

    assert of(list(yuzhong.calendars.days)) == of(list_days("CN", year))


def test_the_demo_city_marks_what_nobody_has_announced(yuzhong: City) -> None:
    assert years_of(yuzhong.calendars.days) == {2026: False, 2027: True}


def test_the_demo_citys_emergencies_sanitation_and_offices_keep_their_own_hours(yuzhong: City) -> None:
    night = datetime(2026, 2, 17, 3, tzinfo=UTC)  # 11:00 of New Year's Day of the moon
    emergency = yuzhong.calendar_of(CategoryCode("E0403"), DepartmentId("municipal"), Place())
    sanitation = yuzhong.calendar_of(CategoryCode("E0102"), DepartmentId("sanitation"), Place())
    office = yuzhong.calendar_of(CategoryCode("E0501"), DepartmentId("enforcement"), Place())
    assert [each.is_workday(each.day_of(night)) for each in (emergency, sanitation, office)] == [True, True, False]
    assert emergency.spans == ((time(0), time(0)),)
    assert sanitation.spans == ((time(6), time(22)),)
    assert yuzhong.desk_calendar_of(CategoryCode("E0501"), Place()) is emergency


def test_weekends_inside_a_holiday_are_of_the_holiday_as_the_notice_says() -> None:
    days = {day.date: day for day in list_days("CN", 2026)}
    assert [f"{day:%m-%d}" for day, each in days.items() if each.name.zh == "国庆节"] == [
        f"10-0{n}" for n in range(1, 8)
    ]
    spring = [day for day in days if date(2026, 2, 15) <= day <= date(2026, 2, 23)]
    assert len(spring) == 9
    assert days[date(2026, 2, 21)].name.zh == "春节", "a Saturday between two days off"
    assert days[date(2026, 2, 14)].is_worked


def test_a_year_without_a_notice_is_estimated_unless_it_is_said_not_to_be() -> None:
    assert not any(day.is_estimated for day in list_days("CN", 2025))
    assert all(day.is_estimated for day in list_days("CN", 2028))
    assert not any(day.is_estimated for day in list_days("CN", 2028, estimated=False))
    assert all(day.is_estimated for day in list_days("AE", 2030)), "what the moon decides"


def test_elsewhere_a_weekend_beside_a_holiday_is_a_weekend() -> None:
    days = [day.date for day in list_days("US", 2026, "CA")]
    assert date(2026, 7, 3) in days
    assert date(2026, 7, 5) not in days
    assert not any(day.is_worked for day in list_days("US", 2026))


@pytest.mark.parametrize(("country", "part"), [("XX", ""), ("US", "ZZ"), ("CN", "nowhere")])
def test_a_country_that_is_not_known_is_named(country: str, part: str) -> None:
    with pytest.raises(NoHolidays, match=f"{country} {part}".strip()):
        list_days(country, 2026, part)


def test_an_import_replaces_its_year_and_leaves_the_rest() -> None:
    old = (
        "date,kind,name_zh,name_en,basis,calendars,note\n"
        "2025-10-01,holiday,国庆节,National Day,announced,,kept\n"
        "2026-01-09,holiday,误,Wrong,estimated,,gone\n"
        "2026-11-05,holiday,建市日,Foundation Day,announced,late,kept\n"
    )
    new = write_days(old, 2026, list_days("CN", 2026)).splitlines()
    assert new[0] == "date,kind,name_zh,name_en,basis,calendars,note"
    assert new[1] == "2025-10-01,holiday,国庆节,National Day,announced,,kept"
    assert "2026-11-05,holiday,建市日,Foundation Day,announced,late,kept" in new
    assert not [line for line in new if "Wrong" in line]
    assert new[1:] == sorted(new[1:])
    again = write_days("\n".join(new) + "\n", 2026, list_days("CN", 2026))
    assert again.splitlines() == new, "and a second time nothing changes"
