"""Limits over every holiday of 2026 and its make-up working days, counted by hand on the State Council's notice.

Office hours are 9-12 and 14-18, seven a day.
"""

from datetime import datetime

import pytest

from dispatch.category import Limit, LimitUnit
from dispatch.deadlines import Stop, due, remaining_s, threshold_at, used_share
from tests.china import ALWAYS, NIGHT, OFFICE, SANITATION, on

UH, WH, WD = LimitUnit.URGENT_HOURS, LimitUnit.WORKING_HOURS, LimitUnit.WORKING_DAYS

_TABLE = [
    # New Year: Thursday the 1st to Saturday the 3rd of January; Sunday the 4th is worked.
    ("New Year in hours", on(12, 31, 17, year=2025), Limit(4, WH), on(1, 4, 12)),
    ("New Year in days", on(12, 31, 10, year=2025), Limit(1, WD), on(1, 4, 18)),
    ("New Year after work", on(12, 31, 18, year=2025), Limit(1, WD), on(1, 5, 18)),
    # Spring Festival: Sunday the 15th to Monday the 23rd of February; the Saturdays 14th and 28th are worked.
    ("the Saturday before Spring Festival", on(2, 13, 17), Limit(8, WH), on(2, 14, 18)),
    ("Spring Festival in hours", on(2, 14, 16), Limit(4, WH), on(2, 24, 11)),
    ("Spring Festival in days", on(2, 13, 10), Limit(2, WD), on(2, 24, 18)),
    ("a start in Spring Festival", on(2, 18, 12), Limit(1, WD), on(2, 25, 18)),
    ("Spring Festival in clock hours", on(2, 14, 20), Limit(72, UH), on(2, 17, 20)),
    ("the Saturday after Spring Festival", on(2, 27, 10), Limit(1, WD), on(2, 28, 18)),
    ("and on to Monday", on(2, 27, 10), Limit(2, WD), on(3, 2, 18)),
    # Qingming: Saturday the 4th to Monday the 6th of April.
    ("Qingming in hours", on(4, 3, 17), Limit(2, WH), on(4, 7, 10)),
    ("Qingming in days", on(4, 3, 10), Limit(1, WD), on(4, 7, 18)),
    # Labour Day: Friday the 1st to Tuesday the 5th of May; Saturday the 9th is worked.
    ("Labour Day in hours", on(4, 30, 15), Limit(5, WH), on(5, 6, 11)),
    ("Labour Day in days", on(4, 30, 10), Limit(1, WD), on(5, 6, 18)),
    ("the Saturday after Labour Day", on(5, 8, 10), Limit(1, WD), on(5, 9, 18)),
    # Dragon Boat Festival: Friday the 19th to Sunday the 21st of June.
    ("Dragon Boat Festival in hours", on(6, 18, 17, 30), Limit(1, WH), on(6, 22, 9, 30)),
    ("Dragon Boat Festival in days", on(6, 18, 9), Limit(1, WD), on(6, 22, 18)),
    # Mid-Autumn: Friday the 25th to Sunday the 27th of September; Sunday the 20th is worked for National Day.
    ("the Sunday before Mid-Autumn", on(9, 19, 10), Limit(1, WH), on(9, 20, 10)),
    ("Mid-Autumn in days", on(9, 24, 10), Limit(1, WD), on(9, 28, 18)),
    # National Day: Thursday the 1st to Wednesday the 7th of October; Saturday the 10th is worked.
    ("National Day in hours", on(9, 30, 16), Limit(4, WH), on(10, 8, 11)),
    ("National Day in days", on(9, 30, 10), Limit(3, WD), on(10, 10, 18)),
    ("the Saturday after National Day", on(10, 9, 10), Limit(1, WD), on(10, 10, 18)),
]


@pytest.mark.parametrize(("start", "limit", "end"), [pytest.param(*row[1:], id=row[0]) for row in _TABLE])
def test_a_limit_passes_over_the_holidays_and_counts_the_days_worked_for_them(
    start: datetime, limit: Limit, end: datetime
) -> None:
    assert due(OFFICE, start, limit) == end


@pytest.mark.parametrize(
    ("start", "limit", "extra", "stops", "end"),
    [
        pytest.param(on(3, 2, 9), Limit(7, WH), 2, [], on(3, 3, 11), id="two hours more"),
        pytest.param(on(2, 13, 10), Limit(1, WD), 1, [], on(2, 24, 18), id="a day more, over Spring Festival"),
        pytest.param(on(2, 13, 10), Limit(24, UH), 12, [], on(2, 14, 22), id="half a day more"),
        pytest.param(
            on(3, 2, 9), Limit(7, WH), 0, [(on(3, 2, 11), on(3, 3, 11))], on(3, 3, 18), id="a night's stop, in hours"
        ),
        pytest.param(
            on(3, 6, 16), Limit(3, WH), 0, [(on(3, 6, 19), on(3, 9, 8))], on(3, 9, 10), id="a stop when nobody works"
        ),
        pytest.param(
            on(2, 12, 10),
            Limit(2, WD),
            0,
            [(on(2, 13, 9), on(2, 24, 9))],
            on(2, 25, 18),
            id="a stop over Spring Festival takes the two days that are worked",
        ),
        pytest.param(
            on(2, 12, 10),
            Limit(2, WD),
            0,
            [(on(2, 13, 14), on(2, 14, 11))],
            on(2, 24, 18),
            id="six sevenths of a day are a day",
        ),
        pytest.param(
            on(3, 2, 10),
            Limit(3, WD),
            0,
            [(on(3, 3, 9), on(3, 3, 12)), (on(3, 4, 14), on(3, 4, 18))],
            on(3, 6, 18),
            id="three hours and four of another day are one day of seven",
        ),
        pytest.param(
            on(3, 2, 10),
            Limit(3, WD),
            0,
            [(on(3, 3, 9), on(3, 3, 12)), (on(3, 4, 14), on(3, 4, 18)), (on(3, 5, 10), on(3, 5, 10, 1))],
            on(3, 9, 18),
            id="and a minute more is another day",
        ),
        pytest.param(
            on(3, 2, 10),
            Limit(6, WD),
            0,
            # 110, 220, 20 and 70 minutes: a day to the minute, but in floating point a little more.
            [
                (on(3, 3, 9), on(3, 3, 10, 50)),
                (on(3, 4, 9), on(3, 4, 14, 40)),
                (on(3, 5, 9), on(3, 5, 9, 20)),
                (on(3, 6, 9), on(3, 6, 10, 10)),
            ],
            on(3, 11, 18),
            id="parts that make a day make no more",
        ),
        pytest.param(
            on(2, 13, 8),
            Limit(10, UH),
            0,
            [(on(2, 13, 10), on(2, 23, 10))],
            on(2, 23, 18),
            id="clock hours stand still by the clock",
        ),
        pytest.param(
            on(3, 2, 9), Limit(7, WH), 0, [(on(3, 2, 18), on(3, 5, 18))], on(3, 2, 18), id="what is late stays late"
        ),
        pytest.param(on(3, 2, 10), Limit(1, WD), 0, [(on(3, 4, 9), on(3, 5, 18))], on(3, 3, 18), id="late in days too"),
        pytest.param(
            on(3, 2, 9), Limit(7, WH), 0, [(on(2, 26, 9), on(3, 2, 10))], on(3, 3, 10), id="a stop before the start"
        ),
    ],
)
def test_what_is_added_is_added_in_the_unit_of_the_limit(
    start: datetime, limit: Limit, extra: float, stops: list[tuple[datetime, datetime]], end: datetime
) -> None:
    assert due(OFFICE, start, limit, extra=extra, stops=[Stop(*each) for each in stops]) == end


@pytest.mark.parametrize(
    ("share", "at"),
    [
        (0.0, on(3, 2, 9)),
        (0.5, on(3, 2, 14, 30)),  # three and a half hours of seven
        (0.7, on(3, 2, 15, 54)),  # 4.9 hours
        (0.8, on(3, 2, 16, 36)),  # 5.6 hours
        (1.0, on(3, 2, 18)),
        (1.5, on(3, 3, 14, 30)),  # and three and a half more
    ],
)
def test_a_warning_comes_when_its_part_of_the_working_time_is_used(share: float, at: datetime) -> None:
    limit = Limit(7, WH)
    assert threshold_at(OFFICE, on(3, 2, 9), limit, share) == at
    assert used_share(OFFICE, on(3, 2, 9), limit, at) == pytest.approx(share)


def test_a_warning_waits_while_the_clock_stands_still() -> None:
    stops = [Stop(on(3, 2, 10), on(3, 3, 10))]  # seven working hours
    assert threshold_at(OFFICE, on(3, 2, 9), Limit(7, WH), 0.5, stops=stops) == on(3, 3, 14, 30)
    assert threshold_at(OFFICE, on(3, 2, 9), Limit(7, WH), 0.1, stops=stops) == on(3, 2, 9, 42)


def test_a_clock_that_stands_still_uses_nothing() -> None:
    start, limit, since = on(2, 12, 9), Limit(14, WH), on(2, 12, 18)
    for at in (on(2, 12, 18), on(2, 13, 12), on(3, 13, 12)):
        assert used_share(OFFICE, start, limit, at, stopped_since=since) == 0.5
        assert remaining_s(OFFICE, start, limit, at, stopped_since=since) == 7 * 3600
    assert used_share(OFFICE, start, limit, on(2, 12, 10), stopped_since=since) == pytest.approx(1 / 14)
    assert remaining_s(OFFICE, start, limit, on(2, 14, 18)) == -7 * 3600, "three days of seven hours, of which two were"


@pytest.mark.parametrize(
    ("start", "limit", "end"),
    [
        pytest.param(on(2, 16, 21), Limit(2, WH), on(2, 17, 7), id="sanitation works at New Year too"),
        pytest.param(on(2, 16, 23), Limit(1, WD), on(2, 18, 22), id="a start at night is one of the next day"),
    ],
)
def test_sanitation_works_all_week_from_six_to_ten(start: datetime, limit: Limit, end: datetime) -> None:
    assert due(SANITATION, start, limit) == end


@pytest.mark.parametrize(
    ("start", "limit", "end"),
    [
        pytest.param(on(3, 2, 12), Limit(8, WH), on(3, 3, 6), id="a whole night"),
        pytest.param(on(3, 2, 23), Limit(1, WH), on(3, 3, 0), id="an hour that ends at midnight"),
        pytest.param(on(3, 2, 23), Limit(2, WH), on(3, 3, 1), id="and one that goes on after it"),
        pytest.param(on(3, 2, 5), Limit(2, WH), on(3, 2, 23), id="the day is not worked"),
        pytest.param(on(3, 2, 23, 59), Limit(1, WD), on(3, 4, 0), id="work ends at midnight"),
        pytest.param(on(3, 3, 0), Limit(1, WD), on(3, 5, 0), id="midnight is of the day that begins"),
        pytest.param(on(12, 31, 23), Limit(2, WH), on(1, 1, 1, year=2027), id="New Year's Eve"),
    ],
)
def test_a_night_shift_goes_over_midnight(start: datetime, limit: Limit, end: datetime) -> None:
    assert due(NIGHT, start, limit) == end


def test_where_people_always_work_working_hours_are_clock_hours() -> None:
    start = on(2, 16, 3, 17)
    assert due(ALWAYS, start, Limit(30, WH)) == due(ALWAYS, start, Limit(30, UH)) == on(2, 17, 9, 17)
