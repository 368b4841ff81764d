"""Reports of a day are numbered in order, one by one or many at once, past the hundred thousandth too."""

from datetime import date

from sqlalchemy import update

from services.store.database import Database
from services.store.reporters import CitizenReport, NewReport, add_report, add_reports
from services.store.tables import reports
from tests.builders import TUESDAY_10

DAY = date(2026, 3, 3)


def a_report(n: int) -> NewReport:
    return NewReport(
        f"token-{n}", CitizenReport(message_id=f"m{n}", reporter_id="", media=(), created_at=TUESDAY_10), DAY
    )


async def test_many_at_once_have_the_numbers_that_they_would_have_had_one_by_one(db: Database) -> None:
    first = a_report(0)
    assert await db.write(lambda c: add_report(c, first.token, first.report, DAY)) == "R-260303-00001"
    numbers = await db.write(lambda c: add_reports(c, [a_report(1), a_report(2)]))
    assert list(numbers) == ["R-260303-00002", "R-260303-00003"]
    other = NewReport("token-3", a_report(3).report, date(2026, 3, 4))
    assert list(await db.write(lambda c: add_reports(c, [other, a_report(4)]))) == ["R-260304-00001", "R-260303-00004"]


async def test_the_numbers_of_a_day_go_on_when_they_grow_a_digit(db: Database) -> None:
    await db.write(lambda c: add_reports(c, [a_report(0)]))
    await db.write(lambda c: c.execute(update(reports).values(number="R-260303-99998")))
    found = [*await db.write(lambda c: add_reports(c, [a_report(1), a_report(2)]))]
    found += await db.write(lambda c: add_reports(c, [a_report(3)]))
    found += await db.write(lambda c: add_reports(c, [a_report(4)]))
    assert found == ["R-260303-99999", "R-260303-100000", "R-260303-100001", "R-260303-100002"]
