"""Sums of the measures, and counts of cases by one of their columns: what the board's figures are made of."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import BigInteger, ColumnElement, Connection, and_, case, func, literal, or_, select, type_coerce

from services.store.case_queries import SPANS, CaseFilter, Scope, conditions_of
from services.store.tables import cases, measures
from services.store.types import to_us

HOUR_US = 3_600_000_000


class MeasureFilter(Struct, frozen=True, kw_only=True):
    """Which measures are summed: local days, the last included; () of a list is all, "" in one is "none"."""

    first: date
    last: date
    streets: Sequence[str] = ()
    categories: Sequence[str] = ()
    departments: Sequence[str] = ()
    feeds: Sequence[str] = ()


DIMENSIONS: Mapping[str, ColumnElement[Any]] = {
    "day": measures.c.day,
    "street": measures.c.street,
    "category": measures.c.category,
    "department": measures.c.department,
    "feed": measures.c.feed,
}

CASE_DIMENSIONS: Mapping[str, ColumnElement[Any]] = {
    "source": cases.c.source_id,
    "stage": cases.c.stage,
    "worker": cases.c.worker,
}

Sums = Mapping[str, Sequence[tuple[str, int]]]
"""Value of a dimension -> (counter, amount) of it."""


def sum_measures(connection: Connection, wanted: MeasureFilter, by: str = "") -> Sums:
    """Return the sums of each counter for each value of a dimension; of all together under "" where `by` is ""."""
    group = DIMENSIONS[by] if by else literal("")
    query = (
        select(group, measures.c.counter, func.sum(measures.c.n))
        .where(*_wanted(wanted))
        .group_by(group, measures.c.counter)
    )
    sums: dict[str, list[tuple[str, int]]] = {}
    for value, counter, amount in connection.execute(query):
        if amount:
            sums.setdefault(value, []).append((counter, int(amount)))
    return sums


def sum_verdicts(connection: Connection, wanted: MeasureFilter) -> Mapping[tuple[str, str], list[tuple[str, int]]]:
    """Return the sums of the verdicts for each (source, kind) that has any."""
    query = select(measures.c.source, measures.c.kind, measures.c.counter, func.sum(measures.c.n)).where(
        measures.c.kind != "", *_wanted(wanted)
    )
    sums: dict[tuple[str, str], list[tuple[str, int]]] = {}
    for source, kind, counter, amount in connection.execute(
        query.group_by(measures.c.source, measures.c.kind, measures.c.counter)
    ):
        if amount:
            sums.setdefault((source, kind), []).append((counter, int(amount)))
    return sums


def _wanted(wanted: MeasureFilter) -> list[ColumnElement[bool]]:
    lists = (
        (measures.c.street, wanted.streets),
        (measures.c.category, wanted.categories),
        (measures.c.department, wanted.departments),
        (measures.c.feed, wanted.feeds),
    )
    days = [measures.c.day >= wanted.first.isoformat(), measures.c.day <= wanted.last.isoformat()]
    return [*days, *(column.in_(values) for column, values in lists if values)]


def count_by(connection: Connection, wanted: CaseFilter, scope: Scope, by: str) -> Mapping[str, int]:
    """Return how many of the wanted cases there are for each value of a column of CASE_DIMENSIONS."""
    column = CASE_DIMENSIONS[by]
    query = select(column, func.count()).where(*conditions_of(connection, wanted, scope)).group_by(column)
    return {str(value): int(count) for value, count in connection.execute(query)}


def count_many_by(
    connection: Connection, wanted: Mapping[str, CaseFilter], scope: Scope, by: str
) -> Mapping[str, Mapping[str, int]]:
    """Return value -> name -> how many cases of that name's filter have the value; in one pass over the cases."""
    column = CASE_DIMENSIONS[by]
    conditions = {name: and_(*conditions_of(connection, each, scope)) for name, each in wanted.items()}
    sums = [func.sum(case((condition, 1), else_=0)) for condition in conditions.values()]
    query = select(column, *sums).where(or_(*conditions.values())).group_by(column)
    return {
        str(row[0]): {name: int(n) for name, n in zip(conditions, row[1:], strict=True)}
        for row in connection.execute(query)
    }


def count_open(connection: Connection, wanted: CaseFilter, scope: Scope) -> Mapping[tuple[str, bool], int]:
    """Return how many open cases there are by (stage, overdue). Read from the index `ix_cases_open` alone."""
    group = (cases.c.stage, cases.c.overdue)
    query = select(*group, func.count()).where(cases.c.is_open, *conditions_of(connection, wanted, scope))
    return {(stage, overdue): int(count) for stage, overdue, count in connection.execute(query.group_by(*group))}


def count_by_hour(
    connection: Connection, wanted: CaseFilter, scope: Scope, time: str, start: datetime
) -> Mapping[int, int]:
    """Return how many of the wanted cases there are by whole hours between `start` and a time of SPANS."""
    hour = (type_coerce(SPANS[time], BigInteger) - to_us(start)) // HOUR_US
    query = select(hour, func.count()).where(*conditions_of(connection, wanted, scope)).group_by(hour)
    return {int(value): int(count) for value, count in connection.execute(query)}
