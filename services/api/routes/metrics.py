"""Figures of a period: overview and trend; each opens the cases behind it."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Annotated, Literal

from fastapi import Depends, Query, Request
from msgspec import Struct
from pydantic import Field
from sqlalchemy import Connection

from dispatch.access import Actor
from dispatch.case import Stage
from dispatch.city import Names
from dispatch.citymap import City
from services.api.fields import CommaList, Day, Form, Short, parts_of
from services.api.figures import (
    COUNTED,
    DEFINITIONS,
    NOW,
    Bounds,
    Figure,
    Figures,
    NoFigures,
    Period,
    bounds_of,
    durations_of,
    figures_of,
    link,
    may_see_figures,
)
from services.api.identity import permission
from services.api.platform import Behind, Platform, platform_of
from services.api.problems import Problem
from services.api.sight import scope_of_actor
from services.api.wire import Reply, reply, rfc3339, router
from services.engine.people import actor_of
from services.observe.clock import now
from services.store.accounts import Account
from services.store.case_queries import CaseFilter, Scope, Span
from services.store.database import Database
from services.store.measure_queries import Sums, count_by_hour, count_open, sum_measures

routes = router("metrics")

DAYS_DEFAULT = 7
DAYS_MAX = 400
"""A year and its eve: more days than any board shows."""
HOURS_DAYS_MAX = 8
"""By the hour only a week and a day: 192 points."""

Reader = Annotated[Account, Depends(permission("metrics.read"))]


class MetricsQuery(Form):
    """Local days, both included; the last seven where none are named."""

    from_: Day | None = Field(None, alias="from")
    to: Day | None = None
    district: Short = ""
    street: CommaList = ""
    category: CommaList = ""
    department: CommaList = ""
    feed: CommaList = ""


class TrendQuery(MetricsQuery):
    group_by: Literal["day", "hour"] = "day"


class Cells(Struct, frozen=True, kw_only=True):
    """The figures of the overview; those of the durations by stage."""

    reported: Figure
    filed: Figure
    voided: Figure
    closed: Figure
    reworked: Figure
    due: Figure
    on_time: Figure
    overdue: Figure
    on_time_rate: Figure
    rework_rate: Figure
    called_back: Figure
    satisfied: Figure
    satisfaction_rate: Figure
    rated: Figure
    rated_well: Figure
    stars_mean: Figure
    open: Figure
    waiting: Figure
    unassigned: Figure
    overdue_open: Figure
    median_s: Figures
    p90_s: Figures


class Overview(Struct, frozen=True, kw_only=True, rename={"from_": "from"}):
    from_: date
    to: date
    cells: Cells
    definitions: Mapping[str, Names]


class Point(Struct, frozen=True, kw_only=True):
    """One day (a local date) or hour (the instant it begins)."""

    at: str
    figures: Figures


class Trend(Struct, frozen=True, kw_only=True, rename={"from_": "from"}):
    from_: date
    to: date
    group_by: str
    items: Sequence[Point]


class Asked(Struct, frozen=True, kw_only=True):
    """A request for figures, read: of what, when, and by whom."""

    period: Period
    bounds: Bounds
    scope: Scope


def read_query(query: MetricsQuery, account: Account, city: City) -> Asked:
    """Return what is asked for.

    :raises Problem: `invalid` for days the wrong way round or too many, `not-allowed` for who may see no figures.
    """
    actor = actor_of(account, city)
    if not may_see_figures(actor):
        raise Problem("not-allowed", "Figures are of all cases; this account sees its own tasks.")
    period = _period(query, city)
    try:
        mine = bounds_of(actor, city, query.district)
    except NoFigures:
        raise Problem("not-allowed", "Figures are kept by street; this account sees a part of one.") from None
    bounds = Bounds(
        streets=_both(mine.streets, parts_of(query.street)),
        categories=parts_of(query.category),
        departments=_both(mine.departments, parts_of(query.department)),
        feeds=parts_of(query.feed),
    )
    return Asked(period=period, bounds=bounds, scope=scope_of_actor(actor, city))


def _both(allowed: tuple[str, ...], wanted: tuple[str, ...]) -> tuple[str, ...]:
    """Return what is allowed and wanted; () is all. Where nothing is left, the wanted ones: the scope shows none."""
    if not allowed or not wanted:
        return allowed or wanted
    return tuple(value for value in wanted if value in allowed) or (" ",)


def _period(query: MetricsQuery, city: City) -> Period:
    last = query.to or max(_today(city), query.from_ or date.min)
    first = query.from_ or last - timedelta(days=DAYS_DEFAULT - 1)
    if first > last:
        raise Problem("invalid", "query.from is after query.to.")
    if (last - first).days >= DAYS_MAX:
        raise Problem("invalid", f"At most {DAYS_MAX} days at once.")
    return Period(first, last, city.timezone)


def _today(city: City) -> date:
    return now().astimezone(city.timezone).date()


# --- overview ----------------------------------------------------------------------------------------------


def _count_now(connection: Connection, asked: Asked) -> dict[str, int]:
    counts = count_open(connection, asked.bounds.cases(), asked.scope)

    def total(stage: Stage | None = None, *, overdue: bool | None = None) -> int:
        return sum(
            n
            for (at, late), n in counts.items()
            if (stage is None or at == stage) and (overdue is None or late is overdue)
        )

    return {
        "open": total(),
        "waiting": total(Stage.REPORTED),
        "unassigned": total(Stage.FILED),
        "overdue_open": total(overdue=True),
    }


async def _overview(db: Database, asked: Asked) -> Overview:
    def look_up(connection: Connection) -> tuple[Sums, dict[str, int]]:
        return sum_measures(connection, asked.bounds.measures(asked.period)), _count_now(connection, asked)

    sums, counts = await db.read(look_up)
    rows, period, bounds = sums.get("", ()), asked.period, asked.bounds
    median, p90 = durations_of(rows, period, bounds)
    present = {name: Figure(counts[name], link(more, bounds.query())) for name, more in NOW.items()}
    cells = Cells(**figures_of(rows, period, bounds), **present, median_s=median, p90_s=p90)
    return Overview(from_=period.first, to=period.last, cells=cells, definitions=DEFINITIONS)


async def overview_of(db: Database, tally: Behind, city: City, actor: Actor) -> Overview | None:
    """Return today's overview as an actor may see it, for the live snapshot; None for who may see no figures."""
    if not may_see_figures(actor):
        return None
    try:
        bounds = bounds_of(actor, city)
    except NoFigures:
        return None
    today = _today(city)
    await tally.flush()
    asked = Asked(period=Period(today, today, city.timezone), bounds=bounds, scope=scope_of_actor(actor, city))
    return await _overview(db, asked)


@routes.get("/metrics/overview", operation_id="getOverview")
async def get_overview(request: Request, account: Reader, query: Annotated[MetricsQuery, Query()]) -> Reply[Overview]:
    """All figures of a period, and those of this moment."""
    platform = platform_of(request)
    await platform.measures.flush()
    return reply(await _overview(platform.db, read_query(query, account, platform.city)))


# --- trend -------------------------------------------------------------------------------------------------


@routes.get("/metrics/trend", operation_id="getTrend")
async def get_trend(request: Request, account: Reader, query: Annotated[TrendQuery, Query()]) -> Reply[Trend]:
    """The figures day by day, or hour by hour for up to eight days."""
    platform = platform_of(request)
    asked = read_query(query, account, platform.city)
    points = await (_days if query.group_by == "day" else _hours)(platform, asked)
    period = asked.period
    return reply(Trend(from_=period.first, to=period.last, group_by=query.group_by, items=points))


async def _days(platform: Platform, asked: Asked) -> list[Point]:
    await platform.measures.flush()
    wanted = asked.bounds.measures(asked.period)
    sums = await platform.db.read(lambda connection: sum_measures(connection, wanted, "day"))
    count = (asked.period.last - asked.period.first).days + 1
    days = [asked.period.first + timedelta(days=n) for n in range(count)]
    return [
        Point(
            at=day.isoformat(),
            figures=figures_of(sums.get(day.isoformat(), ()), asked.period.day(day), asked.bounds),
        )
        for day in days
    ]


async def _hours(platform: Platform, asked: Asked) -> list[Point]:
    span = asked.period.span
    assert span.start is not None
    assert span.end is not None
    if span.end - span.start > timedelta(days=HOURS_DAYS_MAX):
        raise Problem("invalid", f"By the hour at most {HOURS_DAYS_MAX} days at once.")
    start = span.start

    def look_up(connection: Connection) -> dict[str, Mapping[int, int]]:
        return {
            counter: count_by_hour(
                connection, counted_cases(counter, asked, span), asked.scope, COUNTED[counter].time, start
            )
            for counter in COUNTED
        }

    counts = await platform.db.read(look_up)
    hours = int((span.end - span.start) / timedelta(hours=1))
    return [_hour(n, start, counts, asked) for n in range(hours)]


def _hour(n: int, start: datetime, counts: Mapping[str, Mapping[int, int]], asked: Asked) -> Point:
    begin = start + timedelta(hours=n)
    span = Span(begin, begin + timedelta(hours=1))
    figures = {
        counter: Figure(
            counts[counter].get(n, 0), link(_bounded(counter, span), COUNTED[counter].more, asked.bounds.query())
        )
        for counter in COUNTED
    }
    due, on_time = counts["due"].get(n, 0), counts["on_time"].get(n, 0)
    figures["on_time_rate"] = Figure(round(on_time / due, 4) if due else None, figures["due"].link)
    return Point(at=rfc3339(begin), figures=figures)


def _bounded(counter: str, span: Span) -> dict[str, str]:
    time = COUNTED[counter].time
    assert span.start is not None
    assert span.end is not None
    return {f"{time}_from": rfc3339(span.start), f"{time}_to": rfc3339(span.end)}


def counted_cases(counter: str, asked: Asked, span: Span) -> CaseFilter:
    """Return the filter of the cases that a counter counts, as its link would ask for them."""
    more = COUNTED[counter].more
    return asked.bounds.cases(
        spans={COUNTED[counter].time: span},
        on_time={"true": True, "false": False}.get(more.get("on_time", "")),
        reworked=True if "reworked" in more else None,
        satisfied=True if "satisfied" in more else None,
        stars_from=int(more["stars_from"]) if "stars_from" in more else None,
    )
