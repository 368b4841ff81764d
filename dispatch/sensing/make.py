"""Rows of the city pack to rules that are ready, and which of them look at a reading."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, time
from functools import lru_cache
from types import MappingProxyType

from dispatch.calendars import Calendar, is_working
from dispatch.city import SensingRule, SensorType, Source
from dispatch.citymap import City
from dispatch.duties import CODES_KEPT
from dispatch.ids import AreaCode, SourceId
from dispatch.sensing.conditions import read_condition
from dispatch.sensing.kinds import KINDS
from dispatch.sensing.rules import DEAD_SHARE, FRESH_S, LATENESS_S, US_PER_S, Rule
from dispatch.sensing.state import from_us

_Tests = tuple[Callable[[float], bool], Callable[[float], bool]]

_Where = tuple[SourceId, AreaCode]
EVERYWHERE: _Where = (SourceId(""), AreaCode(""))

NO_RULES: Mapping[str, tuple[Rule, ...]] = MappingProxyType({})


class SensingTable:
    """The rules of one version of a city: those of the sensor types, and the rows of sensing.csv upon them.

    Of the rows of one id the most particular counts for a source: its own, then that of the smallest area it lies in,
    then the one for everywhere.
    """

    def __init__(self, city: City) -> None:
        self._city = city
        self._by_id: dict[str, dict[_Where, SensingRule]] = {}
        for sensor in city.codes.sensor_types.values():
            self._by_id[sensor.type] = {EVERYWHERE: usual_rule(sensor)}
        for row in city.codes.sensing:
            self._by_id.setdefault(row.id, {})[row.source, row.area] = row
        self._has_areas = any(row.area for row in city.codes.sensing)
        self._watching: dict[str, list[str]] = {}
        for rule_id, rows in self._by_id.items():
            for sensors in {row.sensors for row in rows.values()}:
                self._watching.setdefault(sensors, []).append(rule_id)
        self._by_source: dict[SourceId, Mapping[str, tuple[Rule, ...]]] = {}
        self._made: dict[int, Rule] = {}
        """By identity of the row: sensors that differ in nothing share their rule."""

    def of(self, source: Source) -> Mapping[str, tuple[Rule, ...]]:
        """Return the rules of a source by the metrics that they look at. Made at its first reading."""
        found = self._by_source.get(source.id)
        if found is None:
            found = self._by_source[source.id] = self._make(source) if source.kinds else NO_RULES
        return found

    def find(self, source: Source, rule_id: str) -> Rule | None:
        """Return a source's rule by its id, None where it has none of that id."""
        return next((rule for rules in self.of(source).values() for rule in rules if rule.id == rule_id), None)

    def list_rows(self, source: Source) -> list[SensingRule]:
        """Return the rows that count for a source, also those that are off."""
        ids = dict.fromkeys(rule_id for kind in source.kinds for rule_id in self._watching.get(kind, ()))
        if not ids:
            return []
        where = [(source.id, AreaCode("")), *((SourceId(""), area) for area in self._areas_of(source)), EVERYWHERE]
        found = ((self._by_id[rule_id].get(key) for key in where) for rule_id in ids)
        rows = (next((row for row in rows if row is not None), None) for rows in found)
        return [row for row in rows if row is not None and row.sensors in source.kinds]

    def _areas_of(self, source: Source) -> tuple[AreaCode, ...]:
        if source.point is None or not self._has_areas:
            return ()
        return self._city.locate(source.point).path

    def _make(self, source: Source) -> Mapping[str, tuple[Rule, ...]]:
        by_metric: dict[str, list[Rule]] = {}
        for row in self.list_rows(source):
            if row.is_on:
                rule = self._made.get(id(row)) or self._made.setdefault(id(row), make_rule(row, self._city.calendar))
                for metric in rule.metrics:
                    by_metric.setdefault(metric, []).append(rule)
        return {metric: tuple(rules) for metric, rules in by_metric.items()}


@lru_cache(maxsize=CODES_KEPT)
def sensing_table(city: City) -> SensingTable:
    """Return the rules of a city (made once per version)."""
    return SensingTable(city)


def rules_for(source: Source, metric: str, city: City) -> tuple[Rule, ...]:
    """Return the rules that look at a metric of a source."""
    return sensing_table(city).of(source).get(metric, ())


def usual_rule(sensor: SensorType) -> SensingRule:
    """Return the rule that a sensor type is by itself: its three levels, with the usual dead band."""
    return SensingRule(
        id=sensor.type,
        type=sensor.type,
        kind="threshold",
        sensors=sensor.type,
        metric=sensor.metric,
        unit=sensor.unit,
        direction=sensor.direction,
        levels=(sensor.advisory, sensor.warning, sensor.alarm),
        persist_s=sensor.persist_s,
        name_zh=sensor.name_zh,
        name_en=sensor.name_en,
    )


def make_rule(row: SensingRule, calendar: Calendar) -> Rule:
    """Return the rule of a row. `calendar` is the city's own, whose clock and working time schedules go by."""
    kind = KINDS[row.kind]
    condition = read_condition(row.when) if row.when else None
    is_combination = row.kind == "combine"
    metrics = condition.metrics if condition else frozenset[str]()
    tests = list(_level_tests(row))
    return Rule(
        id=row.id,
        type=row.type,
        kind=kind,
        metric=row.metric,
        metrics=metrics if is_combination else metrics | {row.metric},
        unit=row.unit,
        levels=row.levels,
        enters=tuple(enters for enters, _ in tests),
        stays=tuple(stays for _, stays in tests),
        is_below_all=_below_all(row),
        persist_us=_us(row.persist_s),
        clear_us=_us(row.persist_s if row.clear_s is None else row.clear_s),
        sign=-1 if row.direction == "below" else 1,
        span_us=_us(row.span_s),
        hit=None if row.hit is None else _TESTS[row.direction](row.hit, row.hit)[0],
        truth=condition if is_combination else None,
        gate=None if is_combination else condition,
        fresh_us=_us(FRESH_S if row.fresh_s is None else row.fresh_s),
        lateness_us=_us(LATENESS_S if row.lateness_s is None else row.lateness_s),
        is_open=_schedule(row, calendar),
    )


def _us(seconds: float) -> int:
    return round(seconds * US_PER_S)


# --- levels ----------------------------------------------------------------------------------------------


def _level_tests(row: SensingRule) -> Iterable[_Tests]:
    known = [level for level in row.levels if level is not None]
    span = max(known, default=0.0) - min(known, default=0.0)
    direction = _direction_of(row)
    for level, clear in zip(row.levels, row.clear, strict=True):
        if level is None:
            yield _NEVER
        else:
            yield _TESTS[direction](level, _usual_clear(direction, level, span) if clear is None else clear)


def _below_all(row: SensingRule) -> Callable[[float], bool]:
    """Return whether no level is reached: the first level decides, since the others are worse."""
    known = [level for level in row.levels if level is not None]
    if not known:
        return lambda _value: True
    first, direction = known[0], _direction_of(row)
    if direction == "equals":
        return lambda value: value not in known
    return (lambda value: value > first) if direction == "below" else (lambda value: value < first)


def _direction_of(row: SensingRule) -> str:
    """Return from which side a level is reached: a count from below whatever its hits are, and minutes too."""
    return "above" if row.kind in ("repeat", "absence") else row.direction


def _usual_clear(direction: str, level: float, span: float) -> float:
    """Return where a level is left: its dead band back. One at zero takes its scale from the distance of the levels."""
    dead = DEAD_SHARE * (abs(level) or span)
    return level + dead if direction == "below" else level - dead


def _above(level: float, clear: float) -> _Tests:
    return (lambda value: value >= level), (lambda value: value > clear)


def _below(level: float, clear: float) -> _Tests:
    return (lambda value: value <= level), (lambda value: value < clear)


def _equals(level: float, _clear: float) -> _Tests:
    return (lambda value: value == level), (lambda value: value == level)


_TESTS: Mapping[str, Callable[[float, float], _Tests]] = {"above": _above, "below": _below, "equals": _equals}

_NEVER: _Tests = (lambda _value: False), (lambda _value: False)


# --- schedules -------------------------------------------------------------------------------------------


def _schedule(row: SensingRule, calendar: Calendar) -> Callable[[int], bool] | None:
    """Return whether a level may begin at a time; None where it may at any."""
    if row.hours is None and len(row.days) == 7 and not row.working:
        return None
    hours = row.hours or (time(0), time(0))
    zone, days, working = calendar.timezone, row.days, row.working

    def is_open(at_us: int) -> bool:
        at = from_us(at_us)
        return _in_hours(at.astimezone(zone), hours, days) and (
            not working or is_working(calendar, at) is (working == "in")
        )

    return is_open


def _in_hours(local: datetime, hours: tuple[time, time], days: frozenset[int]) -> bool:
    """Say whether a wall-clock time lies in the hours of one of the days; hours past midnight are of the day before."""
    start, end = hours
    clock, weekday = local.time(), local.weekday()
    if start < end:
        return start <= clock < end and weekday in days
    return (clock >= start and weekday in days) or (clock < end and (weekday - 1) % 7 in days)
