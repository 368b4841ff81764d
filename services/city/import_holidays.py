"""A year's public holidays and make-up working days out of the library `holidays`, as rows of holidays.csv.

Of this module alone the library is needed, and of it only `wardline city holidays`: a server reads what lies in its
pack, and no package's opinion of next year.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import date, timedelta

import holidays
from holidays import HolidayBase

from dispatch.calendars import SpecialDay
from dispatch.city import Names
from services.city.read_calendar import ANNOUNCED, ESTIMATED, HOLIDAY, HOLIDAY_COLUMNS, WORKDAY

CHINESE, ENGLISH = "zh_CN", "en_US"
MAKE_UP = Names("调休上班", "Make-up workday")


class NoHolidays(RuntimeError):
    """The library cannot tell of this country, part or year."""


def list_days(country: str, year: int, subdivision: str = "", *, estimated: bool | None = None) -> list[SpecialDay]:
    """Return the holidays and make-up days of a year, by date.

    Where a government announces each year which days are moved, weekends that lie in a run of days off are part of
    the holiday, as the notices count them, and a year later than the last notice that the library holds is estimated.
    So is one of which it says so itself (holidays by the moon). `estimated` overrides what the library seems to know.

    :param country: ISO 3166-1 alpha-2, such as CN.
    :param subdivision: ISO 3166-2 without the country, such as CA of US.
    :raises NoHolidays: if the library does not know the country or the part, or has nothing for the year.
    """
    try:
        chinese, english = (_table(country, year, subdivision, each) for each in (CHINESE, ENGLISH))
    except (NotImplementedError, KeyError) as error:
        raise NoHolidays(f"no holidays are known of {country} {subdivision}".rstrip()) from error
    if not english:
        raise NoHolidays(f"no holidays of {country} are known for {year}")
    guess = _is_estimated(english, year) if estimated is None else estimated
    worked = sorted(day for day in english.weekend_workdays if day.year == year)
    found = [SpecialDay(date=day, is_worked=True, name=MAKE_UP, is_estimated=guess) for day in worked]
    for run in _runs(_with_weekends(english, worked) if _is_announced_yearly(english) else sorted(english)):
        names = zip(_names(chinese, run), _names(english, run), strict=True)
        found += [
            SpecialDay(date=day, name=Names(*pair), is_estimated=guess) for day, pair in zip(run, names, strict=True)
        ]
    return sorted(found, key=lambda special: special.date)


def write_days(table: str, year: int, days: Sequence[SpecialDay]) -> str:
    """Return holidays.csv with its rows of the year replaced; those of other years and other calendars stay."""
    rows = list(csv.DictReader(io.StringIO(table, newline="")))
    kept = [row for row in rows if not row["date"].startswith(f"{year}-") or row.get("calendars")]
    new = [dict(zip(HOLIDAY_COLUMNS, _cells(day), strict=True)) for day in days]
    columns = list(dict.fromkeys((*(rows[0] if rows else ()), *HOLIDAY_COLUMNS)))
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(sorted((*kept, *new), key=lambda row: row["date"]))
    return text.getvalue()


def _cells(day: SpecialDay) -> tuple[str, ...]:
    kind, basis = WORKDAY if day.is_worked else HOLIDAY, ESTIMATED if day.is_estimated else ANNOUNCED
    return day.date.isoformat(), kind, day.name.zh, day.name.en, basis


def _table(country: str, year: int, subdivision: str, language: str) -> HolidayBase:
    table = holidays.country_holidays(country, subdiv=subdivision or None, years=year)
    if language in table.supported_languages:
        table = holidays.country_holidays(country, subdiv=subdivision or None, years=year, language=language)
    return table


def _is_announced_yearly(table: HolidayBase) -> bool:
    """Say whether days off are moved by yearly notices, as in China: the library has a word for such days."""
    return hasattr(table, "substituted_label")


def _is_estimated(table: HolidayBase, year: int) -> bool:
    if _is_announced_yearly(table):
        return year > max(table.special_public_holidays, default=0)
    return any("estimated" in name for name in table.values())


def _with_weekends(table: HolidayBase, worked: Sequence[date]) -> list[date]:
    """Return the holidays with the weekends that touch them and are not worked."""
    found = set(table)
    for day in sorted(table):
        for step in (timedelta(days=-1), timedelta(days=1)):
            near = day + step
            while near.weekday() in table.weekend and near not in worked and near.year == day.year:
                found.add(near)
                near += step
    return sorted(found)


def _runs(days: Sequence[date]) -> Iterator[list[date]]:
    """Yield days that follow each other together."""
    run: list[date] = []
    for day in days:
        if run and day - run[-1] != timedelta(days=1):
            yield run
            run = []
        run.append(day)
    if run:
        yield run


def _names(table: HolidayBase, run: Sequence[date]) -> list[str]:
    """Return what each day of a run is called: a day that is off for another has the name that most of the run have."""
    moved = _translated(table, "substituted_label").partition("%s")[0]
    marks = [_translated(table, label).partition("%s")[2] for label in ("observed_label", "estimated_label")]
    proper: list[str] = []
    for day in run:
        name = table.get(day, "")
        for mark in filter(None, marks):
            name = name.removesuffix(mark)
        proper.append("" if moved and name.startswith(moved) else name)
    known = [name for name in proper if name]
    usual = max(known, key=known.count, default="")
    return [name or usual for name in proper]


def _translated(table: HolidayBase, label: str) -> str:
    text = getattr(table, label, None)
    return table.tr(text) if text else ""
