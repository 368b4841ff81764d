"""Figures by what they are of: breakdown, evaluation, workers; each opens the cases behind it."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Literal

from fastapi import Query, Request
from msgspec import Struct

from dispatch.case import OPEN_STAGES, Stage
from dispatch.city import Names
from dispatch.citymap import City
from dispatch.ids import AreaCode, CategoryCode, DepartmentId, SourceId, WorkerId
from services.api.figures import (
    COUNTED,
    DEFINITIONS,
    Figure,
    Figures,
    count_link,
    durations_of,
    figures_of,
    link,
    score,
)
from services.api.platform import Platform, platform_of
from services.api.routes.metrics import Asked, MetricsQuery, Reader, counted_cases, read_query
from services.api.wire import Reply, reply, router
from services.store.measure_queries import count_by, count_many_by, sum_measures

routes = router("metrics")

SOURCES_MAX = 200
"""Sources or workers of one breakdown, those with the most cases."""


class BreakdownQuery(MetricsQuery):
    group_by: Literal["street", "category", "department", "feed", "source", "stage"] = "street"


class EvaluationQuery(MetricsQuery):
    group_by: Literal["department", "street"] = "department"


class Part(Struct, frozen=True, kw_only=True):
    """The figures of one street, category, department, feed, source, stage or worker. `key` is "" for "none"."""

    key: str
    name: Names
    figures: Figures


class Breakdown(Struct, frozen=True, kw_only=True, rename={"from_": "from"}):
    from_: date
    to: date
    group_by: str
    items: Sequence[Part]
    definitions: Mapping[str, Names]


@routes.get("/metrics/breakdown", operation_id="getBreakdown")
async def get_breakdown(
    request: Request, account: Reader, query: Annotated[BreakdownQuery, Query()]
) -> Reply[Breakdown]:
    """The figures by street, category, department, feed or source; open cases by stage."""
    platform = platform_of(request)
    asked = read_query(query, account, platform.city)
    find = {"source": _by_source, "stage": _by_stage}.get(query.group_by)
    parts = await find(platform, asked) if find else await _by_dimension(platform, asked, query.group_by)
    return _breakdown(asked, query.group_by, parts)


def _breakdown(asked: Asked, group_by: str, parts: Sequence[Part]) -> Reply[Breakdown]:
    period = asked.period
    return reply(Breakdown(from_=period.first, to=period.last, group_by=group_by, items=parts, definitions=DEFINITIONS))


_PLURAL: Mapping[str, str] = {
    "street": "streets",
    "category": "categories",
    "department": "departments",
    "feed": "feeds",
}


async def _by_dimension(platform: Platform, asked: Asked, by: str) -> list[Part]:
    await platform.measures.flush()
    wanted = asked.bounds.measures(asked.period)
    sums = await platform.db.read(lambda connection: sum_measures(connection, wanted, by))
    parts = []
    for key, rows in sums.items():
        bounds = asked.bounds.only(**{_PLURAL[by]: (key or "-",)})
        median, p90 = durations_of(rows, asked.period, bounds)
        figures = figures_of(rows, asked.period, bounds)
        figures |= {"median_total_s": median["total"], "p90_total_s": p90["total"]}
        parts.append(Part(key=key, name=_name(platform.city, by, key), figures=figures))
    return sorted(parts, key=_most_reported)


def _most_reported(part: Part) -> tuple[float, str]:
    return -(part.figures["reported"].value or 0), part.key


async def _by_source(platform: Platform, asked: Asked) -> list[Part]:
    return await _by_case_column(platform, asked, "source", list(COUNTED))


async def _by_case_column(platform: Platform, asked: Asked, by: str, counters: Sequence[str]) -> list[Part]:
    """Return the parts by a column that the measures do not keep: counted over the cases themselves."""

    wanted = {counter: counted_cases(counter, asked, asked.period.span) for counter in counters}
    counts = await platform.db.read(lambda connection: count_many_by(connection, wanted, asked.scope, by))
    parts = []
    for key, found in counts.items():
        more = {by: key or "-"}
        figures = {
            counter: Figure(found[counter], count_link(counter, asked.period, asked.bounds, more))
            for counter in counters
        }
        due, on_time = found["due"], found["on_time"]
        figures["on_time_rate"] = Figure(round(on_time / due, 4) if due else None, figures["due"].link)
        parts.append(Part(key=key, name=_name(platform.city, by, key), figures=figures))
    return sorted(parts, key=lambda part: (-(part.figures[counters[0]].value or 0), part.key))[:SOURCES_MAX]


async def _by_stage(platform: Platform, asked: Asked) -> list[Part]:
    wanted = asked.bounds.cases(open_only=True)
    counts = await platform.db.read(lambda connection: count_by(connection, wanted, asked.scope, "stage"))
    return [
        Part(
            key=stage.value,
            name=_name(platform.city, "stage", stage.value),
            figures={"open": Figure(counts.get(stage.value, 0), link({"stage": stage.value}, asked.bounds.query()))},
        )
        for stage in Stage
        if stage in OPEN_STAGES
    ]


_STAGE_NAMES: Mapping[str, Names] = {
    "reported": Names("已上报", "Reported"),
    "filed": Names("已立案", "Filed"),
    "dispatched": Names("已派遣", "Dispatched"),
    "accepted": Names("已接单", "Accepted"),
    "arrived": Names("已到场", "Arrived"),
    "handled": Names("已处置", "Handled"),
    "checked": Names("已核查", "Checked"),
}


def _name(city: City, by: str, key: str) -> Names:
    """Return the names of a street, category, department, source, stage or worker; what is not known is its own."""
    if not key:
        return Names("（无）", "(none)")
    codes = city.codes
    found = {
        "street": codes.areas.get(AreaCode(key)),
        "category": codes.categories.get(CategoryCode(key)),
        "department": codes.departments.get(DepartmentId(key)),
        "source": codes.sources.get(SourceId(key)),
        "worker": codes.workers.get(WorkerId(key)),
    }.get(by)
    if found is not None:
        return Names(found.name_zh, found.name_en)
    return _STAGE_NAMES.get(key, Names(key, key)) if by == "stage" else Names(key, key)


# --- evaluation, workers -----------------------------------------------------------------------------------


@routes.get("/metrics/evaluation", operation_id="getEvaluation")
async def get_evaluation(
    request: Request, account: Reader, query: Annotated[EvaluationQuery, Query()]
) -> Reply[Breakdown]:
    """Departments or streets with a score, the best first. The formula is ours and stands in `definitions`."""
    platform = platform_of(request)
    asked = read_query(query, account, platform.city)
    parts = [
        Part(
            key=part.key,
            name=part.name,
            figures={**part.figures, "score": Figure(score(part.figures), part.figures["due"].link)},
        )
        for part in await _by_dimension(platform, asked, query.group_by)
        if part.key
    ]
    parts.sort(key=lambda part: (-(part.figures["score"].value or -1), part.key))
    return _breakdown(asked, query.group_by, parts)


WORKER_COUNTERS = ("closed", "reworked", "due", "on_time", "overdue")


@routes.get("/metrics/workers", operation_id="getWorkerFigures")
async def get_workers(request: Request, account: Reader, query: Annotated[MetricsQuery, Query()]) -> Reply[Breakdown]:
    """The figures of each worker: the cases that ended with him, and those he has now."""
    platform = platform_of(request)
    asked = read_query(query, account, platform.city)
    wanted = asked.bounds.cases(open_only=True)
    current = await platform.db.read(lambda connection: count_by(connection, wanted, asked.scope, "worker"))
    ended = {part.key: part for part in await _by_case_column(platform, asked, "worker", WORKER_COUNTERS)}
    parts = []
    for key in sorted({*ended, *current} - {""}):
        figures = dict(ended[key].figures) if key in ended else _nothing(asked, key)
        figures["open"] = Figure(current.get(key, 0), link({"stage": "open", "worker": key}, asked.bounds.query()))
        parts.append(Part(key=key, name=_name(platform.city, "worker", key), figures=figures))
    return _breakdown(asked, "worker", parts)


def _nothing(asked: Asked, worker: str) -> dict[str, Figure]:
    """Return the figures of a worker with whom nothing has ended in the period."""
    more = {"worker": worker}
    figures = {each: Figure(0, count_link(each, asked.period, asked.bounds, more)) for each in WORKER_COUNTERS}
    return {**figures, "on_time_rate": Figure(None, figures["due"].link)}
