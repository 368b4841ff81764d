"""Who reported, and what he may follow. A person's name, telephone and e-mail stand here and nowhere else."""

from collections.abc import Sequence
from datetime import date, datetime

from msgspec import Struct
from msgspec.structs import asdict
from sqlalchemy import Connection, bindparam, func, insert, or_, select

from services.store.accounts import hash_secret
from services.store.tables import events, reporters, reports
from services.store.upsert import insert_rows


class Reporter(Struct, frozen=True, kw_only=True):
    """A person who gave his name, telephone or e-mail so that he can be asked."""

    id: str
    name: str
    phone: str
    email: str = ""


class Filing(Struct, frozen=True, kw_only=True):
    """What a request that came by Open311 says to the public. `service_code` is "" for a citizen's own report."""

    service_code: str = ""
    description: str = ""
    address: str = ""
    lon: float | None = None
    lat: float | None = None


class CitizenReport(Struct, frozen=True, kw_only=True):
    """One report of a citizen, as its private link finds it. `case_id` is "" until the desk has read it."""

    message_id: str
    reporter_id: str
    media: tuple[str, ...]
    created_at: datetime
    number: str = ""
    case_id: str = ""
    filing: Filing = Filing()
    withdrawn_at: datetime | None = None
    redacted_at: datetime | None = None


def add_reporter(connection: Connection, reporter: Reporter, at: datetime) -> None:
    connection.execute(insert(reporters).values(created_at=at, **asdict(reporter)))


def find_reporter(connection: Connection, reporter_id: str) -> Reporter | None:
    row = connection.execute(
        select(reporters.c.id, reporters.c.name, reporters.c.phone, reporters.c.email).where(
            reporters.c.id == reporter_id
        )
    ).first()
    return None if row is None else Reporter(**row._mapping)


FOUND_MAX = 500
"""People that one search may mean; more is no search for a person."""


def find_ids_of_reporters(connection: Connection, person: str) -> list[str]:
    """Return the ids of those whose name, telephone or e-mail has that in it."""
    columns = (reporters.c.name, reporters.c.phone, reporters.c.email)
    has = [column.icontains(person, autoescape=True) for column in columns]
    return list(connection.scalars(select(reporters.c.id).where(or_(*has)).limit(FOUND_MAX)))


class NewReport(Struct, frozen=True):
    """A report to be stored, the token of its private link, and the day of the city that numbers it."""

    token: str
    report: CitizenReport
    day: date


def add_report(connection: Connection, token: str, report: CitizenReport, day: date) -> str:
    """Store what a citizen follows and return its number, R-260301-00042: the day's reports in order."""
    (number,) = add_reports(connection, [NewReport(token, report, day)])
    return number


def add_reports(connection: Connection, new: Sequence[NewReport]) -> Sequence[str]:
    """Store reports and return their numbers. (A `Bulk` of `Database`: the day's last number is asked for once.)"""
    last = {day: _last_of(connection, day) for day in {each.day for each in new}}
    numbers = []
    for each in new:
        last[each.day] += 1
        numbers.append(f"R-{each.day:%y%m%d}-{last[each.day]:05}")
    rows = [
        {
            "token_hash": hash_secret(each.token),
            "number": number,
            "message_id": each.report.message_id,
            "reporter_id": each.report.reporter_id,
            "media": "|".join(each.report.media),
            "created_at": each.report.created_at,
            "erase_asked_at": None,
            "withdrawn_at": None,
            "redacted_at": None,
            **asdict(each.report.filing),
        }
        for each, number in zip(new, numbers, strict=True)
    ]
    insert_rows(connection, reports, rows)
    return numbers


_MOST = select(func.max(reports.c.number)).where(reports.c.number.between(bindparam("first"), bindparam("last")))


def _last_of(connection: Connection, day: date) -> int:
    """Return how many reports a day has had. A busy day's numbers grow a digit: of them the longest counts first."""
    prefix = f"R-{day:%y%m%d}-"
    of_day = reports.c.number.between(prefix, prefix + "~")
    most = connection.scalar(_MOST, {"first": prefix, "last": prefix + "~"})
    if most is None:
        return 0
    if not most.endswith("-99999"):  # the index knows the order of numbers of five digits
        return int(most.removeprefix(prefix))
    longer = select(reports.c.number).where(of_day, func.length(reports.c.number) > len(most))
    by_length = (func.length(reports.c.number).desc(), reports.c.number.desc())
    return int((connection.scalar(longer.order_by(*by_length).limit(1)) or most).removeprefix(prefix))


_REPORT = (
    reports.c.number,
    reports.c.message_id,
    reports.c.reporter_id,
    reports.c.media,
    reports.c.created_at,
    reports.c.service_code,
    reports.c.withdrawn_at,
    reports.c.redacted_at,
    events.c.case_id,
)


def find_report(connection: Connection, token: str) -> CitizenReport | None:
    """Return the report that a private link leads to."""
    row = connection.execute(
        select(*_REPORT)
        .join_from(reports, events, events.c.id == reports.c.message_id + "/0", isouter=True)
        .where(reports.c.token_hash == hash_secret(token))
    ).first()
    if row is None:
        return None
    return CitizenReport(
        number=row.number,
        message_id=row.message_id,
        reporter_id=row.reporter_id,
        media=tuple(media_id for media_id in row.media.split("|") if media_id),
        created_at=row.created_at,
        case_id=row.case_id or "",
        filing=Filing(service_code=row.service_code),
        withdrawn_at=row.withdrawn_at,
        redacted_at=row.redacted_at,
    )


def find_reporter_of_report(connection: Connection, number: str) -> Reporter | None:
    """Return who sent the report of that number; None where he has not said."""
    reporter_id = connection.scalar(select(reports.c.reporter_id).where(reports.c.number == number))
    return find_reporter(connection, reporter_id) if reporter_id else None


def find_case_of_report(connection: Connection, number: str) -> str | None:
    """Return the id of the case that a citizen's report of that number belongs to."""
    return connection.scalar(
        select(events.c.case_id)
        .join_from(reports, events, events.c.id == reports.c.message_id + "/0")
        .where(reports.c.number == number, events.c.case_id != "")
    )
