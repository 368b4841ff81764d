"""Expected against seen: what the server's own figures say after a scenario, with PASS or FAIL for each."""

from collections.abc import Sequence
from typing import NamedTuple

from simulators.ledger import Ledger
from simulators.scenario import Expect
from simulators.wire import JsonObject, Session

COUNTED = ("reported", "filed", "closed", "due", "on_time")
"""Cells of the overview that only grow within a day."""


class Counts(NamedTuple):
    """The server's figures at one moment."""

    cells: dict[str, float]
    unassigned: float
    quarantined: float


class Line(NamedTuple):
    """One figure, and whether it is within what was expected."""

    figure: str
    seen: float
    least: float
    most: float

    @property
    def passed(self) -> bool:
        return self.least <= self.seen <= self.most

    @property
    def word(self) -> str:
        return "PASS" if self.passed else "FAIL"


async def count(admin: Session, day_from: str, day_to: str) -> Counts:
    """Ask for the figures of the days from `day_from` to `day_to` (local dates, both included)."""
    overview: JsonObject = await admin.get("/api/v1/metrics/overview", **{"from": day_from, "to": day_to})
    cells = {name: _value(overview["cells"], name) for name in COUNTED}
    quarantined = await admin.list_all("/api/v1/messages", state="quarantined", limit=200)
    return Counts(cells, _value(overview["cells"], "unassigned"), len(quarantined))


def judge(expect: Expect, ledger: Ledger, before: Counts, after: Counts, tallies: dict[str, int]) -> list[Line]:
    """Return a line for each expectation. Counters are what was added since the start."""
    grown = {name: after.cells[name] - before.cells[name] for name in COUNTED}
    happenings = sum(ledger.happenings.values())
    figures = {
        "cases_per_happening": _ratio(grown["reported"], happenings),
        "closed_share": _ratio(grown["closed"], grown["filed"]),
        "on_time_rate": _ratio(grown["on_time"], grown["due"]),
        "quarantined": after.quarantined - before.quarantined,
        "server_errors": float(tallies.get("5xx", 0)),
        "unassigned_share": _ratio(after.unassigned, grown["filed"], nothing=0.0),
    }
    return [Line(name, seen, *getattr(expect, name)) for name, seen in figures.items()]


def report(lines: Sequence[Line], ledger: Ledger, tallies: dict[str, int]) -> str:
    """Return the report that is printed at the end."""
    told = ", ".join(f"{feed} {number}" for feed, number in sorted(ledger.happenings.items())) or "none"
    sent = ", ".join(f"{feed} {number}" for feed, number in sorted(ledger.messages.items())) or "none"
    done = ", ".join(f"{act} {number}" for act, number in sorted(ledger.done.items())) or "nothing"
    text = [f"happenings: {told}", f"messages:   {sent}", f"people:     {done}"]
    text += [f"refused:    {number} x {kind}" for kind, number in ledger.refused.most_common(8)]
    text.append("answers:    " + (", ".join(f"{kind} {number}" for kind, number in sorted(tallies.items())) or "none"))
    text += [
        f"{line.word}  {line.figure:22} {line.seen:9.3f}   expected {line.least:g} to {line.most:g}" for line in lines
    ]
    return "\n".join(text)


def _value(cells: JsonObject, name: str) -> float:
    """A cell is `{value, link}`; one without a value counts 0."""
    cell = cells.get(name)
    value = cell.get("value") if isinstance(cell, dict) else cell
    return float(value) if value is not None else 0.0


def _ratio(part: float, whole: float, nothing: float = 1.0) -> float:
    """`part` of `whole`; `nothing` where there is no whole to be a part of."""
    return part / whole if whole else nothing
