"""Who reported, and what he may follow. A person's name, telephone and e-mail stand here and nowhere else."""

from datetime import date, datetime

from msgspec import Struct
from msgspec.structs import asdict
from sqlalchemy import Connection, func, insert, or_, select

from services.store.accounts import hash_secret
from services.store.tables import events, reporters, reports


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


def add_report(connection: Connection, token: str, report: CitizenReport, day: date) -> str:
    """Store what a citizen follows and return its number, R-260301-00042: the day's reports in order."""
    prefix = f"R-{day:%y%m%d}-"
    last = connection.scalar(select(func.max(reports.c.number)).where(reports.c.number.between(prefix, prefix + "~")))
    number = f"{prefix}{int(last.removeprefix(prefix)) + 1 if last else 1:05}"
    connection.execute(
        insert(reports).values(
            token_hash=hash_secret(token),
            number=number,
            message_id=report.message_id,
            reporter_id=report.reporter_id,
            media="|".join(report.media),
            created_at=report.created_at,
            **asdict(report.filing),
        )
    )
    return number


_REPORT = (
    reports.c.number,
    reports.c.message_id,
    reports.c.reporter_id,
    reports.c.media,
    reports.c.created_at,
    reports.c.service_code,
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
