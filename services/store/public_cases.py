"""Cases as the public finds them: open ones, and those closed of late; of kinds that are public, without persons.

What may be seen is what Open311 shows too (`requests.py`): nothing of hidden categories, and of what a machine has told
only what somebody has filed. A merged case is told by its master. Where a category's places are rough, the place that
is compared and given out is the rounded one: a box that is made small leads nobody to a door.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, Select, String, func, literal, or_, select, tuple_

from dispatch.case import Case, Stage
from dispatch.ids import CaseId, CategoryCode
from dispatch.retention import PEOPLE_FEEDS
from services.store.case_rows import read_case
from services.store.journal import ENTRY_COLUMNS, Entry, read_entry
from services.store.requests import FEED, rounded
from services.store.tables import cases, events, journal, reports
from services.store.types import Instant

FILED_MAX = 20
"""Requests of partners whose words are shown with one case."""
FACTS_MAX = 200
"""Steps of one case that the public reads; a case that has more has gone round in circles."""

Box = tuple[float, float, float, float]


class Seen(Struct, frozen=True, kw_only=True):
    """What the public may not see: `hidden` categories at all, the exact place of `rough` ones."""

    hidden: Sequence[str] = ()
    rough: Sequence[str] = ()


class PublicFilter(Struct, frozen=True, kw_only=True):
    """Which cases. All that is given must hold. Closed ones are those closed since `since`.

    `area` is the code of an area and `level` its level (district, street, community). `box`: west, south, east, north.
    """

    is_open: bool = True
    since: datetime | None = None
    categories: Sequence[str] = ()
    level: str = ""
    area: str = ""
    box: Box | None = None


class Place(Struct, frozen=True):
    """Where a list goes on: the last row's time (opened, or closed) and id."""

    at: datetime
    case_id: str


class PublicCase(Struct, frozen=True, kw_only=True):
    """One row of a list. `lon` and `lat` are rounded where the category's places are rough."""

    id: CaseId
    number: str
    category: CategoryCode
    stage: str
    lon: float | None
    lat: float | None
    street: str
    community: str
    opened_at: datetime
    closed_at: datetime | None


class Spot(Struct, frozen=True):
    """A case on the map."""

    number: str
    category: CategoryCode
    lon: float
    lat: float


class Words(Struct, frozen=True):
    """What a partner has filed of a case for the public to read, without what leads to a person."""

    number: str
    at: datetime
    text: str
    media: Sequence[str]


class PublicFile(Struct, frozen=True):
    """All of one case that the public may read."""

    case: Case
    lon: float | None
    lat: float | None
    told: Sequence[Entry]
    words: Sequence[Words]


_AREA_COLUMNS: Mapping[str, ColumnElement[str]] = {
    "district": cases.c.district,
    "street": cases.c.street,
    "community": cases.c.community,
}
LEVELS = tuple(_AREA_COLUMNS)
"""Levels of areas by which the public may ask; a unit grid is a few houses."""


def _spot(seen: Seen) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    lon, lat = (rounded(each, cases.c.category, seen.rough) for each in (cases.c.lon, cases.c.lat))
    return lon, lat


def _visible(seen: Seen) -> list[ColumnElement[bool]]:
    """Return what every public case fulfils."""
    return [
        cases.c.category.not_in([*seen.hidden, ""]),
        ~cases.c.flagged,
        or_(cases.c.feed.in_(PEOPLE_FEEDS), cases.c.filed_at.is_not(None)),
        cases.c.stage != Stage.MERGED.value,
    ]


def _conditions(wanted: PublicFilter, seen: Seen) -> list[ColumnElement[bool]]:
    found = _visible(seen)
    if wanted.is_open:
        found.append(cases.c.is_open)
    else:
        found += [~cases.c.is_open, cases.c.closed_at.is_not(None)]
    if wanted.since is not None:
        found.append(_time_of(wanted) >= wanted.since)
    if wanted.categories:
        found.append(cases.c.category.in_(wanted.categories))
    if wanted.area:
        found.append(_AREA_COLUMNS[wanted.level] == wanted.area)
    if wanted.box is not None:
        west, south, east, north = wanted.box
        lon, lat = _spot(seen)
        found += [lon.between(west, east), lat.between(south, north)]
    return found


def _time_of(wanted: PublicFilter) -> ColumnElement[Any]:
    return cases.c.opened_at if wanted.is_open else cases.c.closed_at


def list_public_cases(
    connection: Connection, wanted: PublicFilter, seen: Seen, *, after: Place | None, limit: int
) -> tuple[list[PublicCase], Place | None]:
    """Return a page of cases, the latest opened (or closed) first, and where the next page begins.

    Read down an index: open cases by `ix_cases_open_opened_at`, closed ones by `ix_cases_closed_at`.
    """
    at, (lon, lat) = _time_of(wanted), _spot(seen)
    query = select(
        cases.c.id,
        cases.c.number,
        cases.c.category,
        cases.c.stage,
        lon.label("lon"),
        lat.label("lat"),
        cases.c.street,
        cases.c.community,
        cases.c.opened_at,
        cases.c.closed_at,
    ).where(*_conditions(wanted, seen))
    if after is not None:
        bound = tuple_(literal(after.at, Instant()), literal(after.case_id, String()))
        query = query.where(tuple_(at, cases.c.id) < bound)
    rows = connection.execute(query.order_by(at.desc(), cases.c.id.desc()).limit(limit + 1)).all()
    found = [PublicCase(**row._mapping) for row in rows[:limit]]
    if len(rows) <= limit or not found:
        return found, None
    last = found[-1]
    stands_at = last.opened_at if wanted.is_open else last.closed_at
    assert stands_at is not None, "closed cases are found by when they were closed"
    return found, Place(stands_at, last.id)


def list_spots(connection: Connection, wanted: PublicFilter, seen: Seen, limit: int) -> list[Spot]:
    """Return the places of cases, the latest first, for a map. Cases without a place are on none."""
    at, (lon, lat) = _time_of(wanted), _spot(seen)
    query = select(cases.c.number, cases.c.category, lon.label("lon"), lat.label("lat"))
    query = query.where(cases.c.lon.is_not(None), cases.c.lat.is_not(None), *_conditions(wanted, seen))
    return [Spot(*row) for row in connection.execute(query.order_by(at.desc(), cases.c.id.desc()).limit(limit))]


def find_public_file(connection: Connection, number: str, seen: Seen, told: Sequence[str]) -> PublicFile | None:
    """Return what the public may read of a case, by its number or by that of a request that a partner has filed.

    A citizen's own number leads nowhere here: what became of it is read by his private link. Facts of the kinds
    `told` are given, in order.
    """
    lon, lat = _spot(seen)
    query: Select[Any] = select(cases.c.id, cases.c.doc, lon.label("lon"), lat.label("lat"))
    numbers = [number]
    filed = connection.scalar(
        select(cases.c.number)
        .join_from(reports, events, events.c.id == reports.c.message_id + "/0")
        .join(cases, cases.c.id == events.c.case_id)
        .where(reports.c.number == number, reports.c.service_code != "")
    )
    if filed is not None:
        numbers.append(filed)
    visible = _visible(seen)[:-1]  # a merged case has no place in a list, but its address stays good
    row = connection.execute(query.where(cases.c.number.in_(numbers), *visible)).first()
    if row is None:
        return None
    facts = select(*ENTRY_COLUMNS).where(journal.c.case_id == row.id, journal.c.kind.in_(told))
    entries = connection.execute(facts.order_by(journal.c.seq).limit(FACTS_MAX))
    return PublicFile(
        read_case(row.doc), row.lon, row.lat, [read_entry(each) for each in entries], _words(connection, row.id)
    )


def _words(connection: Connection, case_id: str) -> list[Words]:
    """Return what partners have filed of a case; their senders know that the standard publishes it."""
    query = select(events.c.id).where(events.c.case_id == case_id, events.c.feed == FEED)
    ids = [event_id.removesuffix("/0") for event_id in connection.scalars(query.limit(FILED_MAX))]
    rows = connection.execute(
        select(reports.c.number, reports.c.created_at, reports.c.description, reports.c.media)
        .where(reports.c.message_id.in_(ids), reports.c.service_code != "")
        .order_by(reports.c.created_at)
    )
    return [
        Words(row.number, row.created_at, row.description, [each for each in row.media.split("|") if each])
        for row in rows
    ]


def last_told(connection: Connection, case_ids: Sequence[str], told: Sequence[str]) -> Mapping[str, Entry]:
    """Return for each case the last fact of these kinds."""
    last = (
        select(func.max(journal.c.seq))
        .where(journal.c.case_id.in_(case_ids), journal.c.kind.in_(told))
        .group_by(journal.c.case_id)
    )
    rows = connection.execute(select(*ENTRY_COLUMNS).where(journal.c.seq.in_(last)))
    return {entry.case_id: entry for entry in map(read_entry, rows)}
