"""The kinds of rules: what each compares with its levels."""

from collections.abc import Mapping

from dispatch.sensing.rules import POINTS_MAX, US_PER_S, Kind, Look, Measured, Rule
from dispatch.sensing.state import Memory

SPAN_MAX_S = 90 * 86_400.0
"""Longest span that a rule looks back over: as long as messages are kept."""
ABSENT_MAX_MIN = 366 * 24 * 60.0


def _threshold(rule: Rule, memory: Memory, look: Look) -> Measured:
    """Compare the value itself."""
    if look.value is not None:
        return Measured(look.value)
    is_fresh = memory.value_us is not None and look.at_us - memory.value_us <= rule.fresh_us
    return Measured(memory.value if is_fresh else None)


def _rate(rule: Rule, memory: Memory, look: Look) -> Measured:
    """Compare how far the value has risen above the lowest of the span, or fallen below its highest.

    Of the points only those are kept that can still be the lowest (the highest) of a span to come.
    """
    start_us, sign, value = look.at_us - rule.span_us, rule.sign, look.value
    points = [point for point in memory.points if point[0] >= start_us]
    if value is None:
        return Measured(None if memory.value is None or not points else memory.value - points[0][1], tuple(points))
    while points and sign * points[-1][1] >= sign * value:
        points.pop()
    if not points or look.at_us - points[-1][0] >= rule.span_us // POINTS_MAX:
        points.append((look.at_us, value))
    return Measured(value - points[0][1], tuple(points[-POINTS_MAX:]))


def _repeat(rule: Rule, memory: Memory, look: Look) -> Measured:
    """Compare how many times within the span the value has come to be a hit."""
    start_us, is_hit = look.at_us - rule.span_us, memory.is_hit
    points = tuple(point for point in memory.points if point[0] > start_us)
    if look.value is not None and rule.hit is not None:
        was_hit, is_hit = is_hit, rule.hit(look.value)
        if is_hit and not was_hit:
            points = (*points, (look.at_us, look.value))[-POINTS_MAX:]
    return Measured(float(len(points)), points, is_hit)


def _combine(rule: Rule, _memory: Memory, look: Look) -> Measured:
    """Compare whether the condition holds: 1 or 0."""
    assert rule.truth is not None, "a combination has a condition"
    holds = rule.truth.holds(fresh_values(rule, look))
    return Measured(None if holds is None else float(holds))


def fresh_values(rule: Rule, look: Look) -> Mapping[str, float]:
    """Return the values of other metrics that are still believed."""
    return {name: value for name, (at_us, value) in look.others.items() if look.at_us - at_us <= rule.fresh_us}


def say_reading(value: float, unit: str) -> str:
    """Return a reading as all languages write it: "61.5 %LEL". What was measured, each screen says in its language."""
    sign = _SIGNS.get(unit, unit)
    return "" if sign is None else f"{value:g} {sign}".rstrip()


_SIGNS: Mapping[str, str | None] = {
    "bool": None,  # open or not, which the kind of the event says already
    "ratio": "",
    "deg": "°",
    "mg/m3": "mg/m³",
    "ug/m3": "µg/m³",
    "m/s2": "m/s²",
    "p/m2": "/m²",
    "n/day": "/d",
}
"""Units of the sensor table that are written otherwise than they are spelled there; None for no unit of people's."""


def _say_value(rule: Rule, value: float) -> str:
    return say_reading(value, rule.unit)


def _say_rate(rule: Rule, value: float) -> str:
    return f"{value:+.6g} {say_reading(0, rule.unit)[1:].strip()}".rstrip() + f" / {_minutes(rule)} min"


def _say_times(rule: Rule, value: float) -> str:
    return f"{value:g} × / {_minutes(rule)} min"


def _say_minutes(_rule: Rule, value: float) -> str:
    return f"{value:.0f} min"


def _say_condition(rule: Rule, _value: float) -> str:
    return rule.truth.text if rule.truth else ""


def _minutes(rule: Rule) -> str:
    return f"{rule.span_us / US_PER_S / 60:g}"


KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind(
            name="threshold",
            directions=("above", "below", "equals"),
            measure=_threshold,
            say=_say_value,
            takes=frozenset({"when", "from", "to", "days", "working", "persist_s", "clear_s"}),
        ),
        Kind(
            name="rate",
            directions=("above", "below"),
            measure=_rate,
            say=_say_rate,
            needs=("span_s",),
            takes=frozenset({"when", "from", "to", "days", "working", "persist_s", "clear_s"}),
        ),
        Kind(
            name="repeat",
            directions=("above", "below", "equals"),
            measure=_repeat,
            say=_say_times,
            needs=("span_s", "hit"),
            takes=frozenset({"when", "from", "to", "days", "working", "clear_s"}),
            most=POINTS_MAX,
        ),
        Kind(
            name="combine",
            directions=("equals",),
            measure=_combine,
            say=_say_condition,
            needs=("when",),
            takes=frozenset({"from", "to", "days", "working", "persist_s", "clear_s"}),
            most=1.0,
        ),
        Kind(
            name="absence",
            directions=("above",),
            measure=None,
            say=_say_minutes,
            most=ABSENT_MAX_MIN,
        ),
    )
}
"""Kind of a row of sensing.csv -> what it does.

What the levels are of: `threshold` the value; `rate` its change within `span_s`; `repeat` the times within `span_s`
that it came to `hit`; `combine` 1 where the condition `when` holds; `absence` minutes without a reading.
"""
