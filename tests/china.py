"""The working time of 2026 in China, as the General Office of the State Council announced it, and office hours."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from dispatch.calendars import Calendar

SHANGHAI = ZoneInfo("Asia/Shanghai")


def _days(first: date, last: date) -> frozenset[date]:
    return frozenset(first + timedelta(days=n) for n in range((last - first).days + 1))


NEW_YEAR = _days(date(2026, 1, 1), date(2026, 1, 3))
SPRING_FESTIVAL = _days(date(2026, 2, 15), date(2026, 2, 23))
QINGMING = _days(date(2026, 4, 4), date(2026, 4, 6))
LABOUR_DAY = _days(date(2026, 5, 1), date(2026, 5, 5))
DRAGON_BOAT = _days(date(2026, 6, 19), date(2026, 6, 21))
MID_AUTUMN = _days(date(2026, 9, 25), date(2026, 9, 27))
NATIONAL_DAY = _days(date(2026, 10, 1), date(2026, 10, 7))

HOLIDAYS = NEW_YEAR | SPRING_FESTIVAL | QINGMING | LABOUR_DAY | DRAGON_BOAT | MID_AUTUMN | NATIONAL_DAY
WORKDAYS = frozenset(date(2026, month, day) for month, day in ((1, 4), (2, 14), (2, 28), (5, 9), (9, 20), (10, 10)))

OFFICE = Calendar(SHANGHAI, ((time(9), time(12)), (time(14), time(18))), holidays=HOLIDAYS, workdays=WORKDAYS)
"""Seven hours a day, Monday to Friday."""

SANITATION = Calendar(SHANGHAI, ((time(6), time(22)),), weekend=frozenset(), id="sanitation")
NIGHT = Calendar(SHANGHAI, ((time(0), time(6)), (time(22), time(0))), weekend=frozenset(), id="night")
ALWAYS = Calendar(SHANGHAI, ((time(0), time(0)),), weekend=frozenset(), id="always")


def on(month: int, day: int, hour: int, minute: int = 0, *, year: int = 2026) -> datetime:
    """Return a moment of the wall clock in Shanghai, in UTC."""
    return datetime(year, month, day, hour, minute, tzinfo=SHANGHAI).astimezone(UTC)
