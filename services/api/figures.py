"""The board's figures. Each carries the address of the list of exactly the cases that it counts.

The sums come from the measures, which are a sum over the cases; so the list behind a figure has as many cases as the
figure says (a test asks every one). A rate links to what it divides by.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta, tzinfo
from urllib.parse import urlencode

from msgspec import Struct

from dispatch.access import Actor, may, sees_nothing, sees_own_tasks
from dispatch.city import Names
from dispatch.citymap import City
from dispatch.ids import AreaCode
from dispatch.measures import STAGES, WELL_STARS, summarise
from services.api.fields import start_of
from services.api.wire import rfc3339
from services.store.case_queries import NONE, CaseFilter, Span
from services.store.measure_queries import MeasureFilter


class Figure(Struct, frozen=True):
    """A figure and the list of the cases behind it. `value` is null where there is nothing to divide."""

    value: float | int | None
    link: str


Figures = Mapping[str, Figure]


class Counted(Struct, frozen=True):
    """How a counter is asked for as a list: which time of the case lies in the period, and what else must hold."""

    time: str
    more: Mapping[str, str] = {}


COUNTED: Mapping[str, Counted] = {
    "reported": Counted("opened"),
    "filed": Counted("filed"),
    "voided": Counted("voided"),
    "closed": Counted("closed"),
    "reworked": Counted("closed", {"reworked": "true"}),
    "due": Counted("reckoned"),
    "on_time": Counted("reckoned", {"on_time": "true"}),
    "overdue": Counted("reckoned", {"on_time": "false"}),
    "called_back": Counted("called"),
    "satisfied": Counted("called", {"satisfied": "true"}),
    "rated": Counted("rated"),
    "rated_well": Counted("rated", {"stars_from": str(WELL_STARS)}),
}
"""Counter of dispatch.measures -> its list."""

NOW: Mapping[str, Mapping[str, str]] = {
    "open": {"stage": "open"},
    "waiting": {"stage": "reported"},
    "unassigned": {"stage": "filed"},
    "overdue_open": {"stage": "open", "overdue": "true"},
}
"""Figures of this moment -> their list. They know no period."""

STAGE_ENDS: Mapping[str, str] = {stage: ends.removesuffix("_at") for stage, (_, ends) in STAGES.items()}
"""Name of a duration -> the time on whose day it counts."""

DEFINITIONS: Mapping[str, Names] = {
    "reported": Names("时段内上报的案件数", "Cases reported in the period"),
    "filed": Names("时段内立案数", "Cases filed in the period"),
    "voided": Names("时段内作废数", "Cases voided in the period"),
    "closed": Names("时段内结案数", "Cases closed in the period"),
    "due": Names("应结案数：时段内到期的，加上提前结案的", "Cases due in the period plus those closed early in it"),
    "on_time": Names("应结案数中按期结案的", "Of the cases due, those closed in time"),
    "overdue": Names("应结案数中逾期的（含逾期未结）", "Of the cases due, those not closed in time, open ones too"),
    "on_time_rate": Names("按期结案率 = 按期结案数 / 应结案数", "On-time closure rate: closed in time / due"),
    "reworked": Names("时段内结案、曾返工的案件数", "Cases closed in the period that were sent back at least once"),
    "rework_rate": Names("返工率 = 返工案件数 / 结案数", "Rework rate: reworked / closed"),
    "called_back": Names(
        "时段内回访接通的案件数", "Cases of which somebody who reported it was reached, in the period"
    ),
    "satisfied": Names("其中表示满意的", "Of those, the cases whose reporter is satisfied"),
    "satisfaction_rate": Names("回访满意率 = 满意数 / 接通数", "Satisfaction rate: satisfied / reached"),
    "rated": Names(
        "时段内有反映人评价的案件数（以最近一次评价为准）",
        "Cases that somebody who reported them rated in the period, by the last rating",
    ),
    "rated_well": Names("其中获四星或五星的", "Of those, the cases with four or five stars"),
    "stars_mean": Names("平均星级 = 星数之和 / 评价案件数", "Mean of the stars: their sum / cases rated"),
    "open": Names("当前未结案件数", "Open cases now"),
    "waiting": Names("当前待受理案件数", "Cases that wait for a person to look at them now"),
    "unassigned": Names("当前已立案、无人可派的案件数", "Filed cases that nobody could be sent to, now"),
    "overdue_open": Names("当前逾期未结案件数", "Open cases past their limit now"),
    "median_s": Names("各阶段用时中位数（秒）", "Median duration of each stage, in seconds"),
    "p90_s": Names("各阶段用时第 90 百分位（秒）", "90th percentile of each stage's duration, in seconds"),
    "confirmed": Names("时段内由人确认属实的机器案件", "Machines' cases that a person has said are so, in the period"),
    "refused": Names("时段内由人判为误报的机器案件", "Machines' cases that a person has called false alarms"),
    "precision": Names(
        "准确率 = 属实 /（属实 + 误报），只计等待人工确认的案件；括号内为 95% 区间（Wilson）",
        "Precision: confirmed / (confirmed + refused), of cases that waited for a person; with its 95 % interval "
        "(Wilson)",
    ),
    "score": Names(
        "综合得分（建议口径）= 60×按期结案率 + 20×结案率 + 20×（1−返工率）",
        "Score (proposed by us): 60 x on-time rate + 20 x closed/filed (at most 1) + 20 x (1 - rework rate)",
    ),
}


class Period(Struct, frozen=True):
    """Local days, the last included."""

    first: date
    last: date
    zone: tzinfo

    @property
    def span(self) -> Span:
        return Span(start_of(self.first, self.zone), start_of(self.last + timedelta(days=1), self.zone))

    def day(self, day: date) -> "Period":
        return Period(day, day, self.zone)


class Bounds(Struct, frozen=True, kw_only=True):
    """What figures are of: () is all. They bound the measures and the lists alike."""

    streets: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    departments: tuple[str, ...] = ()
    feeds: tuple[str, ...] = ()

    def measures(self, period: Period) -> MeasureFilter:
        return MeasureFilter(
            first=period.first,
            last=period.last,
            streets=_as_stored(self.streets),
            categories=_as_stored(self.categories),
            departments=_as_stored(self.departments),
            feeds=_as_stored(self.feeds),
        )

    def cases(self, **more: object) -> CaseFilter:
        """Return the filter of cases that these bounds are, with more to it."""
        return CaseFilter(
            streets=self.streets,
            categories=self.categories,
            departments=self.departments,
            feeds=self.feeds,
            **more,  # type: ignore[arg-type]
        )

    def query(self) -> dict[str, str]:
        named = {
            "street": self.streets,
            "category": self.categories,
            "department": self.departments,
            "feed": self.feeds,
        }
        return {name: ",".join(values) for name, values in named.items() if values}

    def only(self, **one: tuple[str, ...]) -> "Bounds":
        """Return the bounds narrowed to one value of a dimension."""
        return Bounds(
            streets=one.get("streets", self.streets),
            categories=one.get("categories", self.categories),
            departments=one.get("departments", self.departments),
            feeds=one.get("feeds", self.feeds),
        )


def _as_stored(values: Sequence[str]) -> tuple[str, ...]:
    return tuple("" if value == NONE else value for value in values)


class NoFigures(Exception):
    """This account may see cases of a part of a street only; figures are kept by street."""


def streets_of(actor: Actor, city: City) -> tuple[str, ...]:
    """Return the streets whose figures the actor may see; () is all.

    :raises NoFigures: if his area is smaller than a street, or gone.
    """
    if not actor.area:
        return ()
    streets = _streets_in(city, actor.area)
    if not streets:
        raise NoFigures(actor.area)
    return streets


def _streets_in(city: City, code: AreaCode) -> tuple[str, ...]:
    """Return the streets that are, or lie in, an area."""
    return tuple(area.code for area in city.list_areas("street") if code in city.path_of(area.code))


def bounds_of(actor: Actor, city: City, district: str = "") -> Bounds:
    """Return what an actor may see figures of, in a district where one is named.

    :raises NoFigures: if he may see none.
    """
    streets = streets_of(actor, city)
    if district:
        inside = _streets_in(city, AreaCode(district))
        streets = tuple(code for code in inside if not streets or code in streets) or (NO_STREET,)
    return Bounds(streets=streets, departments=(actor.department,) if actor.department else ())


NO_STREET = "none"
"""A street that no case has."""


def may_see_figures(actor: Actor) -> bool:
    """Say whether somebody may see figures at all: not who sees his own tasks alone, figures are of all."""
    return may(actor, "metrics.read") and not sees_own_tasks(actor) and not sees_nothing(actor)


# --- lists behind figures ----------------------------------------------------------------------------------


def link(*parts: Mapping[str, str]) -> str:
    """Return the address of a list of cases."""
    query = {name: value for part in parts for name, value in part.items()}
    return f"/api/v1/cases?{urlencode(query, safe=',:')}" if query else "/api/v1/cases"


def within(time: str, span: Span) -> dict[str, str]:
    bounds: dict[str, datetime | None] = {f"{time}_from": span.start, f"{time}_to": span.end}
    return {name: rfc3339(at) for name, at in bounds.items() if at is not None}


def count_link(counter: str, period: Period, bounds: Bounds, *more: Mapping[str, str]) -> str:
    counted = COUNTED[counter]
    return link(within(counted.time, period.span), counted.more, bounds.query(), *more)


def figures_of(rows: Sequence[tuple[str, int]], period: Period, bounds: Bounds) -> dict[str, Figure]:
    """Return the counts and rates of some sums."""
    summary = summarise(rows)
    links = {counter: count_link(counter, period, bounds) for counter in COUNTED}
    figures = {counter: Figure(summary.counts[counter], links[counter]) for counter in COUNTED}
    figures["on_time_rate"] = Figure(_rounded(summary.on_time_rate), links["due"])
    figures["rework_rate"] = Figure(_rounded(summary.rework_rate), links["closed"])
    figures["stars_mean"] = Figure(_rounded(summary.stars_mean, 2), links["rated"])
    figures["satisfaction_rate"] = Figure(_rounded(summary.satisfaction_rate), links["called_back"])
    return figures


def durations_of(rows: Sequence[tuple[str, int]], period: Period, bounds: Bounds) -> tuple[Figures, Figures]:
    """Return the median and the 90th percentile of each stage, in seconds."""
    summary = summarise(rows)
    links = {stage: link(within(end, period.span), bounds.query()) for stage, end in STAGE_ENDS.items()}
    median = {stage: Figure(_rounded(summary.median_s[stage], 1), links[stage]) for stage in STAGES}
    p90 = {stage: Figure(_rounded(summary.p90_s[stage], 1), links[stage]) for stage in STAGES}
    return median, p90


def score(figures: Figures) -> float | None:
    """Return the score that DEFINITIONS tells; None where nothing was due."""
    on_time, rework = figures["on_time_rate"].value, figures["rework_rate"].value
    filed, closed = figures["filed"].value or 0, figures["closed"].value or 0
    if on_time is None:
        return None
    closing = min(1.0, closed / filed) if filed else 1.0
    return round(60 * on_time + 20 * closing + 20 * (1 - (rework or 0.0)), 1)


def _rounded(value: float | None, digits: int = 4) -> float | None:
    return None if value is None else round(value, digits)
