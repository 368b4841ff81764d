"""What must be so of several metrics of one source: `CH4 >= 25 and (fan = 0 or 'rain 1h' > 20)`.

Comparisons of a metric with a number (`<`, `<=`, `>`, `>=`, `=`, `!=`), joined by `and`, `or`, `not` and brackets. A
name that holds more than letters, digits and underscores stands in quotes.
"""

import re
from collections.abc import Callable, Mapping
from operator import eq, ge, gt, le, lt, ne

from msgspec import Struct

CONDITION_MAX = 400
"""Characters: what is longer nobody can check by reading it."""
DEPTH_MAX = 12
"""Brackets and `not` inside each other."""
METRICS_MAX = 6
"""Metrics of one condition: each one's latest value is kept with every sensor."""

Values = Mapping[str, float]


class BadCondition(ValueError):
    """The text is no condition."""


class Condition(Struct, frozen=True):
    """A condition that was read. `holds` gives None where a metric that decides it is not known."""

    text: str
    metrics: frozenset[str]
    holds: Callable[[Values], bool | None]


def read_condition(text: str) -> Condition:
    """Return the condition. Raises BadCondition, which says what is wrong and where."""
    if len(text) > CONDITION_MAX:
        raise BadCondition(f"it has {len(text)} characters; at most {CONDITION_MAX}")
    reader = _Reader(text)
    holds = reader.read_any(0)
    if reader.token:
        raise BadCondition(f"{reader.token!r} is one too many at {reader.at + 1}")
    if len(reader.metrics) > METRICS_MAX:
        raise BadCondition(f"it has {len(reader.metrics)} metrics; at most {METRICS_MAX}")
    return Condition(text, frozenset(reader.metrics), holds)


_Holds = Callable[[Values], bool | None]

_TOKEN = re.compile(
    r"\s*(?:(?P<quoted>'[^']+'|\"[^\"]+\")|(?P<number>[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?(?!\w))"
    r"|(?P<name>\w+)|(?P<sign><=|>=|!=|==|[<>=()]))"
)
_COMPARE: Mapping[str, Callable[[float, float], bool]] = {
    "<": lt, "<=": le, ">": gt, ">=": ge, "=": eq, "==": eq, "!=": ne,
}  # fmt: skip
_JOINTS = frozenset({"and", "or", "not"})


class _Reader:
    """Reads from left to right: `or` binds weakest, then `and`, then `not`."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._next = 0
        self.metrics: dict[str, None] = {}
        self.at, self.kind, self.token = 0, "", ""
        self._step()

    def _step(self) -> None:
        rest = self._text[self._next :]
        if not rest.strip():
            self.at, self.kind, self.token = len(self._text), "", ""
            return
        found = _TOKEN.match(rest)
        if found is None or found.lastgroup is None:
            raise BadCondition(f"{rest.strip()[0]!r} cannot be read at {len(self._text) - len(rest.lstrip()) + 1}")
        self.kind, self.token = found.lastgroup, found[found.lastgroup]
        self.at = self._next + found.start(found.lastgroup)
        self._next += found.end()

    def _take(self, *words: str) -> bool:
        if self.kind in ("name", "sign") and self.token in words:
            self._step()
            return True
        return False

    def read_any(self, depth: int) -> _Holds:
        parts = [self._read_all(depth)]
        while self._take("or"):
            parts.append(self._read_all(depth))
        return parts[0] if len(parts) == 1 else _any_of(parts)

    def _read_all(self, depth: int) -> _Holds:
        parts = [self._read_one(depth)]
        while self._take("and"):
            parts.append(self._read_one(depth))
        return parts[0] if len(parts) == 1 else _all_of(parts)

    def _read_one(self, depth: int) -> _Holds:
        if depth > DEPTH_MAX:
            raise BadCondition(f"more than {DEPTH_MAX} brackets inside each other")
        if self._take("not"):
            inner = self._read_one(depth + 1)
            return lambda values: None if (held := inner(values)) is None else not held
        if self._take("("):
            inner = self.read_any(depth + 1)
            if not self._take(")"):
                raise BadCondition(f"a ) is missing at {self.at + 1}")
            return inner
        return self._read_comparison()

    def _read_comparison(self) -> _Holds:
        if self.kind == "quoted":
            metric = self.token[1:-1].strip()
        elif self.kind == "name" and self.token not in _JOINTS:
            metric = self.token
        else:
            raise BadCondition(f"a metric is missing at {self.at + 1}")
        self._step()
        sign = self.token
        if self.kind != "sign" or sign not in _COMPARE:
            raise BadCondition(f"a comparison is missing at {self.at + 1}")
        self._step()
        if self.kind != "number":
            raise BadCondition(f"a number is missing at {self.at + 1}")
        level = float(self.token)
        self._step()
        self.metrics[metric] = None
        return _compare(metric, _COMPARE[sign], level)


def _compare(metric: str, test: Callable[[float, float], bool], level: float) -> _Holds:
    def holds(values: Values) -> bool | None:
        value = values.get(metric)
        return None if value is None else test(value, level)

    return holds


def _all_of(parts: list[_Holds]) -> _Holds:
    """One that is not so decides; where none is, one that is not known leaves it open."""

    def holds(values: Values) -> bool | None:
        found = [part(values) for part in parts]
        return False if False in found else None if None in found else True

    return holds


def _any_of(parts: list[_Holds]) -> _Holds:
    def holds(values: Values) -> bool | None:
        found = [part(values) for part in parts]
        return True if True in found else None if None in found else False

    return holds
