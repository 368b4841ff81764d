"""sensing.csv: rules of sensors beside the levels of their types, and exceptions from both."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import time
from itertools import pairwise
from typing import Any

from dispatch.city import SensingRule, SensorType, Source
from dispatch.ids import AreaCode, SourceId
from dispatch.sensing import KINDS, BadCondition, read_condition, usual_rule
from dispatch.sensing.kinds import SPAN_MAX_S
from dispatch.sensing.rules import LATENESS_MAX_S, Kind
from services.city.cells import Row, Rows
from services.city.files import Reader
from services.city.pack import SENSING_FILE
from services.city.read_calendar import WEEKDAYS
from services.city.read_codes import LONGEST_S, MOST
from services.city.read_profile import IDENTIFIER

SENSING_COLUMNS = ("id", "type", "kind", "metric", "direction", "advisory", "warning", "alarm", "persist_s", "active")
"""Columns that the file must have; all others may be left out."""

LEVELS = ("advisory", "warning", "alarm")
CLEARS = ("clear_advisory", "clear_warning", "clear_alarm")
WORKING = ("in", "out")
NONE = "-"
"""Stands in a cell for "none", where an empty one takes what the row for everywhere says."""

_PARTICULAR = frozenset({"when", "from", "to", "days", "working", "persist_s", "clear_s", "span_s", "hit"})
"""Columns that mean something for some kinds only."""


def read_sensing(reader: Reader, types: Rows[SensorType]) -> Rows[SensingRule]:
    """Return the rows, each with what it takes over filled in; () where the pack has none."""
    if not reader.has(SENSING_FILE):
        return ()
    known = {each.type: each for _, each in types}
    rows = list(reader.rows(SENSING_FILE, SENSING_COLUMNS))
    seen: dict[tuple[str, str, str], int] = {}
    general: dict[str, SensingRule] = {each.type: usual_rule(each) for each in known.values()}
    found: dict[int, tuple[Row, SensingRule]] = {}
    # A row for everywhere is read before the exceptions from it, wherever it stands.
    for row in sorted(rows, key=_is_exception):
        rule_id = row.needed("id")
        if rule_id and not IDENTIFIER.fullmatch(rule_id):
            row.fault(f"id may hold letters, digits, and . _ -: {rule_id!r}")
        key = rule_id, row.text("source"), row.text("area")
        if key in seen:
            row.fault(f"id, source and area are those of line {seen[key]}")
        seen.setdefault(key, row.line)
        rule = _rule(row, rule_id, general.get(rule_id), known)
        if rule is not None:
            found[row.line] = row, rule
            if not _is_exception(row):
                general[rule_id] = rule
    return tuple(found[line] for line in sorted(found))


def _is_exception(row: Row) -> bool:
    return not (row.is_empty("source") and row.is_empty("area"))


def _rule(row: Row, rule_id: str, base: SensingRule | None, types: Mapping[str, SensorType]) -> SensingRule | None:
    """Return the row's rule upon the one that it takes over from; None for one whose type or kind is not known."""
    named = row.text("type") or (base.type if base else "")
    if not named:
        row.fault("type is empty")
    elif named not in types:
        row.fault(f"the type is not known: {named}")
    elif base is not None and named != base.type:
        row.fault(f"type must be {base.type}, as for the other rows of {rule_id}")
        return None
    kind = KINDS.get(row.choice("kind", KINDS, base.kind if base else "threshold"))
    if named not in types or kind is None:
        return None
    _check_columns(row, kind)
    sensors = row.text("sensors") or (base.sensors if base else named)
    if sensors not in types:
        row.fault(f"sensors names one that is not known: {sensors}")
        return None
    watched, cells = types[sensors], _Cells(row, base if base and base.kind == kind.name else None)
    metric = row.text("metric") or (base.metric if base else watched.metric)
    direction = _direction(row, kind, base, watched)
    levels = (cells.level("advisory"), cells.level("warning"), cells.level("alarm"))
    clear = (cells.level("clear_advisory"), cells.level("clear_warning"), cells.level("clear_alarm"))
    when = _when(row, base)
    if "when" in kind.needs and not when:
        row.fault("when is empty")
    if row.text("source") and row.text("area"):
        row.fault("source and area cannot both be given")
    rule = SensingRule(
        id=rule_id,
        type=named,
        kind=kind.name,
        sensors=sensors,
        metric=metric,
        unit=row.text("unit") or (base.unit if base else watched.unit if metric == watched.metric else ""),
        direction=direction,
        levels=levels,
        clear=clear,
        persist_s=cells.number("persist_s", LONGEST_S) or 0.0,
        clear_s=cells.number("clear_s", LONGEST_S),
        span_s=cells.needed("span_s", SPAN_MAX_S) if "span_s" in kind.needs else 0.0,
        hit=cells.needed("hit", MOST, -MOST) if "hit" in kind.needs else None,
        when=when,
        fresh_s=cells.number("fresh_s", LONGEST_S),
        lateness_s=cells.number("lateness_s", LATENESS_MAX_S),
        hours=_hours(row, base),
        days=_days(row, base),
        working=_working(row, base),
        source=SourceId(row.text("source")),
        area=AreaCode(row.text("area")),
        is_on=row.flag("active", base.is_on if base else True),
        name_zh=row.text("name_zh") or row.text("name_en") or (base.name_zh if base else types[named].name_zh),
        name_en=row.text("name_en") or row.text("name_zh") or (base.name_en if base else types[named].name_en),
    )
    _check_levels(row, kind, rule)
    return rule


class _Cells:
    """The numbers of a row; an empty cell is what the row that it takes over from says."""

    def __init__(self, row: Row, base: SensingRule | None) -> None:
        self._row, self._base = row, base

    def _inherited(self, name: str) -> float | None:
        base = self._base
        if base is None:
            return None
        for names, values in ((LEVELS, base.levels), (CLEARS, base.clear)):
            if name in names:
                return values[names.index(name)]
        return getattr(base, name)  # type: ignore[no-any-return]

    def level(self, name: str) -> float | None:
        if self._row.text(name) == NONE:
            return None
        if not self._row.is_empty(name):
            return self._row.find_number(name, -MOST, MOST)
        # A new level makes the clear level that belonged to the old one meaningless.
        is_replaced = name in CLEARS and not self._row.is_empty(LEVELS[CLEARS.index(name)])
        return None if is_replaced else self._inherited(name)

    def number(self, name: str, most: float, least: float = 0.0) -> float | None:
        if self._row.is_empty(name):
            return self._inherited(name)
        return self._row.find_number(name, least, most)

    def needed(self, name: str, most: float, least: float = 1.0) -> float:
        found = self.number(name, most, least)
        if found is None and self._row.is_empty(name):
            self._row.fault(f"{name} is empty")
        return least if found is None else found


def _check_columns(row: Row, kind: Kind) -> None:
    for name in sorted(_PARTICULAR - kind.takes - set(kind.needs)):
        if not row.is_empty(name):
            row.fault(f"{name} means nothing for the kind {kind.name}")


def _direction(row: Row, kind: Kind, base: SensingRule | None, watched: SensorType) -> str:
    usual = base.direction if base else watched.direction
    return row.choice("direction", kind.directions, usual if usual in kind.directions else kind.directions[0])


def _when(row: Row, base: SensingRule | None) -> str:
    text = row.text("when")
    if text == NONE:
        return ""
    if not text:
        return base.when if base else ""
    try:
        read_condition(text)
    except BadCondition as error:
        row.fault(f"when cannot be read: {error}")
        return ""
    return text


def _hours(row: Row, base: SensingRule | None) -> tuple[time, time] | None:
    start, end = row.find_clock("from"), row.find_clock("to")
    if row.is_empty("from") is not row.is_empty("to"):
        row.fault("from and to must both be given, or neither")
    if row.is_empty("from"):
        return base.hours if base else None
    return None if start is None or end is None else (start, end)


def _days(row: Row, base: SensingRule | None) -> frozenset[int]:
    days = row.items("days")
    for day in days:
        if day not in WEEKDAYS:
            row.fault(f"days may hold {', '.join(WEEKDAYS)}: {day!r}")
    found = frozenset(WEEKDAYS.index(day) for day in days if day in WEEKDAYS)
    return found or (base.days if base else frozenset(range(len(WEEKDAYS))))


def _working(row: Row, base: SensingRule | None) -> str:
    if row.is_empty("working"):
        return base.working if base else ""
    return "" if row.text("working") == NONE else row.choice("working", WORKING)


# --- levels ----------------------------------------------------------------------------------------------


def _check_levels(row: Row, kind: Kind, rule: SensingRule) -> None:
    levels = [level for level in rule.levels if level is not None]
    if not levels and all(row.text(name) in ("", NONE) for name in LEVELS):
        row.fault("advisory, warning and alarm are all empty")
    is_falling = _compares_below(rule)
    if rule.direction != "equals" and any((b > a) if is_falling else (b < a) for a, b in pairwise(levels)):
        row.fault(f"the levels must get worse from advisory to alarm (direction {rule.direction})")
    check = _CHECKS.get(kind.name)
    for name, level in zip(LEVELS, rule.levels, strict=True):
        if level is not None and check is not None:
            check(row, kind, rule, name, level)
    for name, level, clear in zip(LEVELS, rule.levels, rule.clear, strict=True):
        if clear is None:
            continue
        if level is None or kind.name in ("combine", "absence") or rule.direction == "equals":
            row.fault(f"clear_{name} means nothing here")
        elif (clear <= level) if is_falling else (clear >= level):
            row.fault(f"clear_{name} must be on the good side of {name}: {clear:g}")


def _compares_below(rule: SensingRule) -> bool:
    return rule.direction == "below" and rule.kind in ("threshold", "rate")


def _check_rate(row: Row, _kind: Kind, rule: SensingRule, name: str, level: float) -> None:
    if (level >= 0) if rule.direction == "below" else (level <= 0):
        row.fault(f"{name} of a rate must be {'below' if rule.direction == 'below' else 'above'} 0: {level:g}")


def _check_count(row: Row, kind: Kind, _rule: SensingRule, name: str, level: float) -> None:
    if level != int(level) or not 1 <= level <= kind.most:
        row.fault(f"{name} must be a whole number from 1 to {kind.most:g}: {level:g}")


def _check_minutes(row: Row, kind: Kind, _rule: SensingRule, name: str, level: float) -> None:
    if not 1 <= level <= kind.most:
        row.fault(f"{name} must be from 1 to {kind.most:g}: {level:g}")


_CHECKS: Mapping[str, Callable[[Row, Kind, SensingRule, str, float], None]] = {
    "rate": _check_rate,
    "repeat": _check_count,
    "combine": _check_count,
    "absence": _check_minutes,
}


# --- what it says of other files -------------------------------------------------------------------------


def check_sensing(rows: Rows[SensingRule], sources: Sequence[Source], areas: Collection[AreaCode]) -> None:
    by_id: Mapping[str, Any] = {source.id: source for source in sources}
    for row, rule in rows:
        if rule.area and rule.area not in areas:
            row.fault(f"the area is not known: {rule.area}")
        if not rule.source:
            continue
        source = by_id.get(rule.source)
        if source is None:
            row.fault(f"the source is not known: {rule.source}")
        elif rule.sensors not in source.kinds:
            row.fault(f"the source {rule.source} is not set up for {rule.sensors}")
