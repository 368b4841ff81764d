"""Lists of cases: filters, what a reader may see, and pages that stay put while new cases come in."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import Column, ColumnElement, Connection, String, and_, case, func, literal, or_, select, tuple_

from dispatch.case import Case, Stage
from dispatch.correlate import MERGES_MAX
from dispatch.event import Event
from dispatch.ids import CaseId
from dispatch.measures import NEVER_DUE
from services.store import search
from services.store.case_rows import read_case
from services.store.journal import find_case
from services.store.reporters import find_case_of_report
from services.store.tables import assists, cases, events
from services.store.types import Instant

PAGE_MAX = 500
"""Most rows of one page (contract)."""
COUNT_MAX = 1_000_000
"""`count` stops here: beyond it nobody needs the exact figure."""

_event_decoder = msgspec.json.Decoder(Event)


NONE = "-"
"""Stands in a list for cases that have no such thing: no street, no department, no worker."""


class Span(Struct, frozen=True):
    """A stretch of time: `start` belongs to it, `end` does not; None is open."""

    start: datetime | None = None
    end: datetime | None = None


class Scope(Struct, frozen=True, kw_only=True):
    """What a reader may see: inside an area, of a department, or his own tasks. "" bounds nothing."""

    area_level: str = ""
    area: str = ""
    department: str = ""
    worker: str = ""


class CaseFilter(Struct, frozen=True, kw_only=True):
    """Which cases are wanted. Of a list any value fits; () wants all. All that is given must hold."""

    stages: Sequence[str] = ()
    districts: Sequence[str] = ()
    streets: Sequence[str] = ()
    communities: Sequence[str] = ()
    categories: Sequence[str] = ()
    departments: Sequence[str] = ()
    workers: Sequence[str] = ()
    sources: Sequence[str] = ()
    feeds: Sequence[str] = ()
    kinds: Sequence[str] = ()
    verdicts: Sequence[str] = ()
    priorities: Sequence[str] = ()
    numbers: Sequence[str] = ()
    open_only: bool = False
    overdue: bool | None = None
    on_time: bool | None = None
    """False also for one that is overdue and still open."""
    reworked: bool | None = None
    unanswered: bool | None = None
    """Who reported it has written and waits for an answer."""
    satisfied: bool | None = None
    """What one of those who reported it said when he was last called back."""
    stars_from: int | None = None
    """At least so many stars, by who rated it last."""
    words: str = ""
    person: str = ""
    """A part of the name or telephone of who reported."""
    box: tuple[float, float, float, float] | None = None
    """west, south, east, north in degrees."""
    spans: Mapping[str, Span] = {}
    """Name of SPANS -> when."""


class Cursor(Struct, frozen=True):
    """The last row of a page: where it stands in the order, and its id. Newest first, what opens stands before it."""

    at: datetime
    case_id: str


_LISTS = (
    ("stages", cases.c.stage),
    ("districts", cases.c.district),
    ("streets", cases.c.street),
    ("communities", cases.c.community),
    ("categories", cases.c.category),
    ("departments", cases.c.department),
    ("workers", cases.c.worker),
    ("sources", cases.c.source_id),
    ("feeds", cases.c.feed),
    ("kinds", cases.c.kind),
    ("verdicts", cases.c.verdict),
    ("priorities", cases.c.priority),
)
_RECKONED_AT = case(
    (cases.c.closed_at.is_not(None) & (cases.c.closed_at < cases.c.due_at), cases.c.closed_at), else_=cases.c.due_at
)

_NOT_RECKONED = sorted(stage.value for stage in NEVER_DUE)

SPANS: Mapping[str, ColumnElement[Any]] = {
    "opened": cases.c.opened_at,
    "filed": cases.c.filed_at,
    "due": cases.c.due_at,
    "first_dispatched": cases.c.first_dispatched_at,
    "accepted": cases.c.accepted_at,
    "arrived": cases.c.arrived_at,
    "handled": cases.c.handled_at,
    "checked": cases.c.checked_at,
    "closed": cases.c.closed_at,
    "voided": cases.c.voided_at,
    "judged": cases.c.judged_at,
    "called": cases.c.called_at,
    "rated": cases.c.rated_at,
    "reckoned": _RECKONED_AT,
}
"""Times of a case that a list may be bounded by.

`reckoned` is when a case counts in the on-time rate (dispatch.measures): once it is overdue or closed, at its due time
or its closing, whichever was earlier.
"""


class Order(Struct, frozen=True):
    """In which order a list is read: by a time of the cases, the latest or the earliest first.

    Cases that have no such time are not in the list.
    """

    column: Column[datetime]
    latest_first: bool


ORDERS: Mapping[str, Order] = {
    "newest": Order(cases.c.opened_at, latest_first=True),
    "oldest": Order(cases.c.opened_at, latest_first=False),
    "due": Order(cases.c.due_at, latest_first=False),
}


def list_cases(
    connection: Connection,
    wanted: CaseFilter,
    scope: Scope,
    *,
    after: Cursor | None,
    limit: int,
    order: str = "newest",
) -> tuple[list[Case], Cursor | None]:
    """Return a page of cases in one of ORDERS, and the cursor of the next page (None at the end)."""
    if wanted.words and order == "newest":
        return _list_found(connection, wanted, scope, after, limit)
    column, latest_first = ORDERS[order].column, ORDERS[order].latest_first
    query = select(column.label("stands_at"), cases.c.id)
    query = query.where(column.is_not(None), *conditions_of(connection, wanted, scope))
    if after is not None:
        bound = tuple_(literal(after.at, Instant()), literal(after.case_id, String()))
        here = tuple_(column, cases.c.id)
        query = query.where(here < bound if latest_first else here > bound)
    by = (column.desc(), cases.c.id.desc()) if latest_first else (column, cases.c.id)
    rows = connection.execute(query.order_by(*by).limit(limit + 1)).all()
    last = Cursor(rows[limit - 1].stands_at, rows[limit - 1].id) if len(rows) > limit else None
    return _read_all(connection, [row.id for row in rows[:limit]]), last


def _read_all(connection: Connection, ids: Sequence[str]) -> list[Case]:
    """Return the cases in the order of their ids. Only now their documents are read: they are most of a row."""
    docs = {row.id: row.doc for row in connection.execute(select(cases.c.id, cases.c.doc).where(cases.c.id.in_(ids)))}
    return [read_case(docs[case_id]) for case_id in ids]


def _list_found(
    connection: Connection, wanted: CaseFilter, scope: Scope, after: Cursor | None, limit: int
) -> tuple[list[Case], Cursor | None]:
    """Return a page of what words find. Its cursor is a place of the index, in the time that the place stands for."""
    reported = find_case_of_report(connection, wanted.words)
    if reported:
        case = find_case(connection, CaseId(reported))
        return ([case] if case and may_see_case(connection, reported, scope) else []), None
    before = None if after is None else search.place_of(after.at)
    reading = search.read_down(connection, wanted.words, before)
    others = conditions_of(connection, replace(wanted, words=""), scope)
    query = select(reading.place.label("place"), cases.c.doc).select_from(reading.tables)
    query = query.where(*reading.conditions, *others).order_by(reading.place.desc()).limit(limit + 1)
    rows = connection.execute(query).all()
    last = Cursor(search.time_of(rows[limit - 1].place), "") if len(rows) > limit else None
    return [read_case(row.doc) for row in rows[:limit]], last


def count_cases(connection: Connection, wanted: CaseFilter, scope: Scope) -> int:
    """Return how many cases there are of that kind, up to COUNT_MAX."""
    inner = select(cases.c.id).where(*conditions_of(connection, wanted, scope)).limit(COUNT_MAX).subquery()
    return connection.scalar(select(func.count()).select_from(inner)) or 0


class StageCount(Struct, frozen=True):
    """How many open cases are in a stage, and how many of them are over their limit."""

    stage: str
    cases: int
    overdue: int


def count_stages(connection: Connection, wanted: CaseFilter, scope: Scope) -> list[StageCount]:
    """Return the open cases of that kind, counted by stage (index `ix_cases_open`)."""
    over = func.sum(case((cases.c.overdue, 1), else_=0))
    query = select(cases.c.stage, func.count(), over).where(cases.c.is_open, *conditions_of(connection, wanted, scope))
    return [StageCount(stage, n, int(late)) for stage, n, late in connection.execute(query.group_by(cases.c.stage))]


SAME_STREET_MAX = 200
"""Cases of one street and category that are looked at: the latest."""


def list_same_street(connection: Connection, of: Case, scope: Scope, since: datetime) -> list[Case]:
    """Return the cases of the same category in the same street that were opened since then, the latest first."""
    if not of.place.street or not of.category:
        return []
    same = (cases.c.street == of.place.street, cases.c.category == of.category, cases.c.opened_at >= since)
    query = select(cases.c.doc).where(*same, cases.c.id != of.id, *_in_scope(scope))
    docs = connection.scalars(query.order_by(cases.c.opened_at.desc()).limit(SAME_STREET_MAX))
    return [read_case(doc) for doc in docs]


def may_see_case(connection: Connection, case_id: str, scope: Scope) -> bool:
    """Tell whether the case exists and is inside the reader's scope."""
    query = select(cases.c.id).where(cases.c.id == case_id, *_in_scope(scope))
    return connection.execute(query).first() is not None


_AREA_COLUMNS = {
    "district": cases.c.district,
    "street": cases.c.street,
    "community": cases.c.community,
    "grid": cases.c.grid,
}


def _in_scope(scope: Scope) -> list[ColumnElement[bool]]:
    bounds: list[ColumnElement[bool]] = []
    if scope.area:
        bounds.append(_AREA_COLUMNS[scope.area_level] == scope.area)
    if scope.department:
        bounds.append(cases.c.department == scope.department)
    if scope.worker:
        along = select(assists.c.case_id).where(assists.c.worker == scope.worker)
        bounds.append(or_(cases.c.worker == scope.worker, cases.c.id.in_(along)))
    return bounds


def conditions_of(connection: Connection, wanted: CaseFilter, scope: Scope) -> list[ColumnElement[bool]]:
    """Return what a case must fulfil to be wanted and to be seen."""
    conditions = _in_scope(scope)
    for name, column in _LISTS:
        if values := getattr(wanted, name):
            conditions.append(column.in_(["" if value == NONE else value for value in values]))
    for name, span in wanted.spans.items():
        conditions.extend(_within(SPANS[name], span))
    if "reckoned" in wanted.spans:
        conditions += [cases.c.stage.not_in(_NOT_RECKONED), or_(cases.c.overdue, cases.c.closed_at.is_not(None))]
    conditions += _flags(wanted)
    if wanted.numbers:
        conditions.append(_numbered(connection, wanted.numbers))
    if wanted.words:
        conditions.append(_speaks_of(connection, wanted.words))
    if wanted.person:
        conditions.append(search.reported_by(connection, wanted.person))
    if wanted.box is not None:
        west, south, east, north = wanted.box
        conditions += [cases.c.lon.between(west, east), cases.c.lat.between(south, north)]
    return conditions


def _within(column: ColumnElement[Any], span: Span) -> list[ColumnElement[bool]]:
    bounds: list[ColumnElement[bool]] = []
    if span.start is not None:
        bounds.append(column >= span.start)
    if span.end is not None:
        bounds.append(column < span.end)
    return bounds


def _flags(wanted: CaseFilter) -> list[ColumnElement[bool]]:
    bounds: list[ColumnElement[bool]] = []
    if wanted.open_only:
        bounds.append(cases.c.is_open)
    if wanted.overdue is not None:
        bounds.append(cases.c.overdue.is_(wanted.overdue))
    if wanted.on_time is not None:
        late = or_(cases.c.on_time.is_(False), and_(cases.c.on_time.is_(None), cases.c.overdue))
        bounds.append(cases.c.on_time.is_(True) if wanted.on_time else late)
    if wanted.satisfied is not None:
        bounds.append(cases.c.satisfied.is_(wanted.satisfied))
    if wanted.stars_from is not None:
        bounds.append(cases.c.stars >= wanted.stars_from)
    if wanted.reworked is not None:
        bounds.append(cases.c.reworks > 0 if wanted.reworked else cases.c.reworks == 0)
    if wanted.unanswered is not None:
        bounds.append(cases.c.unanswered.is_(wanted.unanswered))
    return bounds


def _numbered(connection: Connection, numbers: Sequence[str]) -> ColumnElement[bool]:
    """Match case numbers; a citizen's report number leads to the case that it belongs to."""
    ids = [case_id for number in numbers if (case_id := find_case_of_report(connection, number))]
    return or_(cases.c.number.in_(numbers), cases.c.id.in_(ids))


def _speaks_of(connection: Connection, words: str) -> ColumnElement[bool]:
    """Match cases that have all of the words; a citizen's report number leads to the case that it belongs to."""
    reported = find_case_of_report(connection, words)
    return cases.c.id == reported if reported else search.speaks_of(connection, words)


def find_event(connection: Connection, event_id: str) -> Event | None:
    doc = connection.scalar(select(events.c.doc).where(events.c.id == event_id))
    return None if doc is None else _event_decoder.decode(doc)


def list_events(connection: Connection, case_id: str, *, after: str = "", limit: int = PAGE_MAX) -> list[Event]:
    """Return the events of a case, in the order in which they were received."""
    query = select(events.c.doc).where(events.c.case_id == case_id)
    if after:
        at = connection.scalar(select(events.c.received_at).where(events.c.id == after))
        if at is None:
            return []
        bound = (literal(at, Instant()), literal(after, String()))
        query = query.where(tuple_(events.c.received_at, events.c.id) > tuple_(*bound))
    rows = connection.scalars(query.order_by(events.c.received_at, events.c.id).limit(limit))
    return [_event_decoder.decode(doc) for doc in rows]


def find_numbers(connection: Connection, case_ids: Sequence[str]) -> dict[str, str]:
    """Return the numbers of these cases."""
    rows = connection.execute(select(cases.c.id, cases.c.number).where(cases.c.id.in_(case_ids)))
    return {row.id: row.number for row in rows}


def list_going_on(connection: Connection, case_ids: Sequence[str]) -> set[str]:
    """Return which of these cases are open."""
    return set(connection.scalars(select(cases.c.id).where(cases.c.id.in_(case_ids), cases.c.is_open)))


def list_masters(connection: Connection, case_id: CaseId) -> list[Case]:
    """Return a case and those that it was merged into, the last one last; none if there is no such case."""
    found: list[Case] = []
    while len(found) <= MERGES_MAX and (case := find_case(connection, case_id)) is not None:
        found.append(case)
        if case.stage is not Stage.MERGED:
            break
        case_id = case.merged_into
    return found
