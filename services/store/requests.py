"""Service requests as the public sees them: what partner systems have filed, and the cases of the city.

A request that came by Open311 has a number of its own (`reports.number`) and follows the case that it belongs to; every
other case is a request under the case's number. Kinds that are not public are in no list, and so is what a machine has
told and nobody has filed yet.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from math import cos, radians
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, Row, Select, and_, false, func, literal, or_, select, true, union_all
from sqlalchemy import case as when
from sqlalchemy.sql.expression import null

from dispatch.case import Case
from dispatch.facts import NoteAdded
from dispatch.ids import CategoryCode
from dispatch.retention import PEOPLE_FEEDS
from services.store.case_rows import read_case
from services.store.journal import ENTRY_COLUMNS, Entry, read_entry
from services.store.reporters import CitizenReport, Reporter, add_report, add_reporter
from services.store.tables import cases, events, journal, reports

FEED = "open311"
METRES_PER_DEGREE = 111_195.0
ROUGH = 1_000
"""Of a degree: a rough place is rounded to 0.001°, about 100 m, which is a block and not a door."""


class Circle(Struct, frozen=True):
    lon: float
    lat: float
    radius_m: float


class Wanted(Struct, frozen=True, kw_only=True):
    """Which requests are wanted. All that is given must hold; `ids` alone count where there are any.

    `hidden` are the categories that are not public, `rough` those whose places are rounded to 0.001°. `box` is west,
    south, east, north. A time `until` is in the span.
    """

    hidden: Sequence[str] = ()
    rough: Sequence[str] = ()
    ids: Sequence[str] = ()
    categories: Sequence[str] = ()
    is_open: bool | None = None
    since: datetime | None = None
    until: datetime | None = None
    updated_after: datetime | None = None
    updated_before: datetime | None = None
    box: tuple[float, float, float, float] | None = None
    circle: Circle | None = None


class PublicRequest(Struct, frozen=True, kw_only=True):
    """One request. What came by Open311 has its own words, place and pictures; `case` is None until it is read.

    `updated_at` is when the public last had something new of it; `told` the last fact that it was told.
    """

    number: str
    category: CategoryCode
    requested_at: datetime
    updated_at: datetime
    is_filed: bool
    """Whether it was filed by Open311."""
    description: str
    address: str
    lon: float | None
    lat: float | None
    media: tuple[str, ...]
    case: Case | None
    told: Entry | None = None


class Kinds(Struct, frozen=True):
    """Kinds of facts: those that change what the public sees, and among them those that are told in words."""

    touching: Sequence[str]
    told: Sequence[str]


# --- filing ----------------------------------------------------------------------------------------------------------


def find_filed(connection: Connection, message_ids: Sequence[str], since: datetime) -> tuple[str, str] | None:
    """Return (message id, number) of a request that came as one of these messages since then."""
    row = connection.execute(
        select(reports.c.message_id, reports.c.number)
        .where(reports.c.message_id.in_(message_ids), reports.c.created_at >= since)
        .order_by(reports.c.created_at.desc())
    ).first()
    return None if row is None else (row.message_id, row.number)


def file_request(
    connection: Connection, token: str, report: CitizenReport, reporter: Reporter | None, day: date
) -> str:
    """Store what a partner has filed, and who said it; return its number. The same message again has the same one."""
    known = connection.scalar(select(reports.c.number).where(reports.c.message_id == report.message_id))
    if known is not None:
        return str(known)
    if reporter is not None:
        add_reporter(connection, reporter, report.created_at)
    return add_report(connection, token, report, day)


# --- lists -----------------------------------------------------------------------------------------------------------


def list_requests(
    connection: Connection, wanted: Wanted, kinds: Kinds, *, offset: int, limit: int
) -> list[PublicRequest]:
    """Return a page of requests, the newest first."""
    parts = _filed(wanted, kinds), _cases(wanted, kinds)
    both = union_all(*(_newest(part, offset + limit) for part in parts)).subquery()
    rows = connection.execute(_in_order(select(both), both.c).offset(offset).limit(limit)).all()
    ids = sorted({row.case_id for row in rows if row.case_id})
    known = connection.execute(select(cases.c.id, cases.c.doc).where(cases.c.id.in_(ids)))
    docs = {row.id: read_case(row.doc) for row in known}
    touched, told = _last_facts(connection, ids, kinds)
    return [_request(row, docs.get(row.case_id), touched.get(row.case_id), told.get(row.case_id)) for row in rows]


def _in_order(query: Select[Any], columns: Any) -> Select[Any]:
    return query.order_by(columns.requested_at.desc(), columns.number.desc())


def _newest(part: Select[Any], count: int) -> Select[Any]:
    """Return the first rows of a part alone: each is read down its index and no further."""
    return select(_in_order(part, part.selected_columns).limit(count).subquery())


def rounded(degrees: ColumnElement[Any], category: ColumnElement[Any], rough: Sequence[str]) -> ColumnElement[Any]:
    """Return the degrees as the public has them. Filters compare these too: a small box leads nobody to a door."""
    if not rough:
        return degrees
    return when((category.in_(rough), func.round(degrees * ROUGH) / float(ROUGH)), else_=degrees)


def _request(row: Row[Any], case: Case | None, touched: datetime | None, told: Entry | None) -> PublicRequest:
    ended = (case.closed_at or case.voided_at) if case else None
    return PublicRequest(
        number=row.number,
        category=CategoryCode(row.category),
        requested_at=row.requested_at,
        updated_at=max(row.requested_at, ended or touched or row.requested_at),
        is_filed=row.is_filed,
        description=row.description,
        address=row.address,
        lon=row.lon,
        lat=row.lat,
        media=tuple(each for each in row.media.split("|") if each),
        case=case,
        told=told,
    )


_EVENT = reports.c.message_id + "/0"
"""The one event that the message of a request is."""


def _filed(wanted: Wanted, kinds: Kinds) -> Select[Any]:
    """What came by Open311, whether the desk has read it yet or not."""
    category = func.coalesce(func.nullif(cases.c.category, ""), reports.c.service_code)
    lon = rounded(func.coalesce(reports.c.lon, cases.c.lon), category, wanted.rough)
    lat = rounded(func.coalesce(reports.c.lat, cases.c.lat), category, wanted.rough)
    query = select(
        reports.c.number.label("number"),
        reports.c.created_at.label("requested_at"),
        category.label("category"),
        func.coalesce(cases.c.id, "").label("case_id"),
        true().label("is_filed"),
        reports.c.description.label("description"),
        reports.c.address.label("address"),
        lon.label("lon"),
        lat.label("lat"),
        reports.c.media.label("media"),
    ).select_from(reports.outerjoin(events, events.c.id == _EVENT).outerjoin(cases, cases.c.id == events.c.case_id))
    query = query.where(reports.c.service_code != "")
    is_open = or_(cases.c.is_open, cases.c.id.is_(None))
    return query.where(*_conditions(wanted, kinds, reports.c.number, reports.c.created_at, category, is_open, lon, lat))


def _cases(wanted: Wanted, kinds: Kinds) -> Select[Any]:
    """The cases that were not opened by a request of a partner's."""
    lon, lat = (rounded(each, cases.c.category, wanted.rough) for each in (cases.c.lon, cases.c.lat))
    query = select(
        cases.c.number.label("number"),
        cases.c.opened_at.label("requested_at"),
        cases.c.category.label("category"),
        cases.c.id.label("case_id"),
        false().label("is_filed"),
        literal("").label("description"),
        literal("").label("address"),
        lon.label("lon"),
        lat.label("lat"),
        literal("").label("media"),
    )
    query = query.where(
        cases.c.category != "",
        ~cases.c.flagged,
        cases.c.feed != FEED,
        or_(cases.c.feed.in_(PEOPLE_FEEDS), cases.c.filed_at.is_not(None)),
    )
    spot = (cases.c.number, cases.c.opened_at, cases.c.category, cases.c.is_open, lon, lat)
    return query.where(*_conditions(wanted, kinds, *spot))


def _conditions(
    wanted: Wanted,
    kinds: Kinds,
    number: ColumnElement[str],
    at: ColumnElement[datetime],
    category: ColumnElement[str],
    is_open: ColumnElement[bool],
    lon: ColumnElement[float],
    lat: ColumnElement[float],
) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.hidden:
        found.append(category.not_in(wanted.hidden))
    if wanted.ids:
        return [*found, number.in_(wanted.ids)]
    if wanted.categories:
        found.append(category.in_(wanted.categories))
    if wanted.is_open is not None:
        found.append(is_open if wanted.is_open else ~is_open)
    if wanted.since is not None:
        found.append(at >= wanted.since)
    if wanted.until is not None:
        found.append(at <= wanted.until)
    return [*found, *_updated(wanted, kinds, at), *_within(wanted, lon, lat)]


def _updated(wanted: Wanted, kinds: Kinds, at: ColumnElement[datetime]) -> list[ColumnElement[bool]]:
    """Bound by when the public last had something new: a fact that is told, or the request itself."""
    found: list[ColumnElement[bool]] = []
    touching = select(journal.c.case_id).where(journal.c.kind.in_(kinds.touching))
    if wanted.updated_after is not None:
        changed = cases.c.id.in_(touching.where(journal.c.at >= wanted.updated_after))
        found.append(or_(at >= wanted.updated_after, changed))
    if wanted.updated_before is not None:
        later = touching.where(journal.c.at > wanted.updated_before)
        found.append(and_(at <= wanted.updated_before, or_(cases.c.id.is_(None), cases.c.id.not_in(later))))
    return found


def _within(wanted: Wanted, lon: ColumnElement[float], lat: ColumnElement[float]) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.box is not None:
        west, south, east, north = wanted.box
        found += [lon.between(west, east), lat.between(south, north)]
    if (circle := wanted.circle) is not None:
        # On a plane that touches the globe here: over the breadth of a city it is true to a metre.
        east_m = (lon - circle.lon) * (METRES_PER_DEGREE * cos(radians(circle.lat)))
        north_m = (lat - circle.lat) * METRES_PER_DEGREE
        found.append(east_m * east_m + north_m * north_m <= circle.radius_m**2)
    return found


def _last_facts(
    connection: Connection, case_ids: Sequence[str], kinds: Kinds
) -> tuple[Mapping[str, datetime], Mapping[str, Entry]]:
    """Return for each case when the public last had something new, and the last fact that it was told."""
    in_words = when((journal.c.kind.in_(kinds.told), journal.c.seq), else_=null())
    of_each = (
        select(journal.c.case_id, func.max(journal.c.at).label("at"), func.max(in_words).label("seq"))
        .where(journal.c.case_id.in_(case_ids), journal.c.kind.in_(kinds.touching))
        .group_by(journal.c.case_id)
    )
    rows = connection.execute(of_each).all()
    seqs = [row.seq for row in rows if row.seq is not None]
    last = connection.execute(select(*ENTRY_COLUMNS).where(journal.c.seq.in_(seqs)))
    return {row.case_id: row.at for row in rows}, {entry.case_id: entry for entry in map(read_entry, last)}


# --- what has become of them -----------------------------------------------------------------------------------------


class Update(Struct, frozen=True):
    """A fact that the public is told, and the request that it is about."""

    number: str
    entry: Entry


def list_updates(
    connection: Connection,
    wanted: Wanted,
    kinds: Kinds,
    *,
    since: datetime,
    until: datetime,
    limit: int,
) -> list[Update]:
    """Return what has become of public requests in a span, the oldest first.

    Of `wanted` only `ids` and `hidden` count.
    """
    filed = _updates_of_filed(wanted).subquery()
    others = _updates_of_cases(wanted).subquery()
    found: list[Update] = []
    for names in (filed, others):
        query = (
            select(names.c.number, *ENTRY_COLUMNS)
            .join_from(journal, names, names.c.case_id == journal.c.case_id)
            .where(journal.c.kind.in_(kinds.told), journal.c.at >= since, journal.c.at <= until)
        )
        rows = connection.execute(query.order_by(journal.c.at, journal.c.seq).limit(limit))
        found += [Update(row.number, read_entry(row)) for row in rows]
    return sorted(found, key=_place)[:limit]


def _place(update: Update) -> tuple[datetime, int, str]:
    return update.entry.at, update.entry.seq, update.number


def _updates_of_filed(wanted: Wanted) -> Select[Any]:
    query = (
        select(reports.c.number.label("number"), events.c.case_id.label("case_id"))
        .join_from(reports, events, events.c.id == _EVENT)
        .join(cases, cases.c.id == events.c.case_id)
        .where(reports.c.service_code != "", cases.c.category.not_in(wanted.hidden or [""]))
    )
    return query.where(reports.c.number.in_(wanted.ids)) if wanted.ids else query


def _updates_of_cases(wanted: Wanted) -> Select[Any]:
    query = select(cases.c.number.label("number"), cases.c.id.label("case_id")).where(
        cases.c.category.not_in([*wanted.hidden, ""]),
        ~cases.c.flagged,
        cases.c.feed != FEED,
        or_(cases.c.feed.in_(PEOPLE_FEEDS), cases.c.filed_at.is_not(None)),
    )
    return query.where(cases.c.number.in_(wanted.ids)) if wanted.ids else query


# --- which of them are one -------------------------------------------------------------------------------------------


def find_parents(connection: Connection, found: Sequence[Case]) -> Mapping[str, str]:
    """Return for each case (by id) the number of the request that stands for it: its master's where it was merged."""
    roots = {case.id: case.merged_into or case.id for case in found}
    wanted = sorted(set(roots.values()))
    rows = connection.execute(select(cases.c.id, cases.c.number, cases.c.feed).where(cases.c.id.in_(wanted)))
    numbers = {row.id: row.number for row in rows if row.feed != FEED}
    filed = (
        select(events.c.case_id, func.min(reports.c.number).label("number"))
        .join_from(reports, events, events.c.id == _EVENT)
        .where(reports.c.service_code != "", events.c.case_id.in_(wanted))
        .group_by(events.c.case_id)
    )
    numbers = {row.case_id: row.number for row in connection.execute(filed)} | numbers
    return {case_id: numbers[root] for case_id, root in roots.items() if root in numbers}


def has_note(connection: Connection, case_id: str, ref: str) -> bool:
    """Tell whether a case has the note that another system calls so."""
    query = select(journal.c.data).where(journal.c.case_id == case_id, journal.c.kind == NoteAdded.__name__)
    return any(msgspec.json.decode(data, type=NoteAdded).ref == ref for data in connection.scalars(query))
