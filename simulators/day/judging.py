"""Planted against opened: each happening must have its one case, and each case its happening."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from simulators.day.parts import Planted

SHOWN_MAX = 100
"""Cases for nothing that a report names: of a day that went wrong as a whole more say nothing more."""


class Opened(NamedTuple):
    """A case of the server's, with the second of the day at which it was opened."""

    number: str
    category: str
    source: str
    at_s: float
    events: int
    text: str


class Findings(NamedTuple):
    """What came of the day. Each of `missed` and `false` with why."""

    planted: int
    found: int
    missed: Sequence[tuple[Planted, str]]
    false: Sequence[tuple[Opened, str]]
    cases: int
    events: int

    @property
    def false_share(self) -> float:
        """Of all cases, those that nothing was planted for."""
        return len(self.false) / self.cases if self.cases else 0.0


def judge(planted: Sequence[Planted], opened: Sequence[Opened]) -> Findings:
    """Return what was found, missed, and opened for nothing; a second case of one happening is for nothing too."""
    case_of: dict[str, Opened] = {}
    false: list[tuple[Opened, str]] = []
    for case in sorted(opened, key=lambda each: each.at_s):
        fits = [each for each in planted if _is_of(case, each)]
        free = next((each for each in fits if each.name not in case_of), None)
        if free is not None:
            case_of[free.name] = case
        elif fits:
            false.append((case, f"a second case of {fits[0].name}, beside {case_of[fits[0].name].number}"))
        else:
            false.append((case, _why_false(case, planted)))
    missed = [(each, _why_missed(each, opened)) for each in planted if each.name not in case_of]
    return Findings(len(planted), len(case_of), missed, false, len(opened), sum(each.events for each in opened))


def _is_of(case: Opened, happening: Planted) -> bool:
    is_then = happening.from_s <= case.at_s <= happening.to_s
    return case.source in happening.sources and case.category == happening.category and is_then


def _why_false(case: Opened, planted: Sequence[Planted]) -> str:
    near = next((each for each in planted if case.source in each.sources), None)
    if near is None:
        return "nothing is planted at this source"
    if near.category != case.category:
        return f"{near.name} is of {near.category}"
    return f"{near.name} is from {_hour(near.from_s)} to {_hour(near.to_s)}"


def _why_missed(happening: Planted, opened: Sequence[Opened]) -> str:
    at = [case for case in opened if case.source in happening.sources]
    if not at:
        return "its source opened no case"
    return "its source opened only " + ", ".join(f"{case.number} {case.category} at {_hour(case.at_s)}" for case in at)


def _hour(at_s: float) -> str:
    return f"{int(at_s // 3600):02d}:{int(at_s // 60 % 60):02d}"


class Figures(NamedTuple):
    """What was posted and how it went."""

    messages: Mapping[str, int]
    quarantined: int
    broken: int
    refused: Mapping[str, int]
    lag_most_s: float
    """Seconds of the server's clock by which the worst message was posted late."""
    wall_s: float


def report(findings: Findings, figures: Figures) -> str:
    """Return the verdict as it is printed."""
    messages = sum(figures.messages.values())
    lines = [
        "messages:   " + ", ".join(f"{feed} {number:,}" for feed, number in sorted(figures.messages.items())),
        f"reduction:  {messages:,} messages : {findings.events:,} events of cases : {findings.cases:,} cases",
        f"broken:     {figures.broken} posted, {figures.quarantined} in quarantine",
        f"lateness:   the latest message was posted {figures.lag_most_s:.0f} s late by the server's clock",
        f"took:       {figures.wall_s / 60:.1f} minutes",
    ]
    lines += [f"refused:    {number} x {kind}" for kind, number in sorted(figures.refused.items())]
    lines += [
        f"missed:     {each.name} ({each.category}, {min(each.sources)}, from {_hour(each.from_s)}): {why}"
        for each, why in findings.missed
    ]
    lines += [
        f"false:      {case.number} ({case.category}, {case.source}, {_hour(case.at_s)}, {case.text[:60]}): {why}"
        for case, why in findings.false[:SHOWN_MAX]
    ]
    if len(findings.false) > SHOWN_MAX:
        lines.append(f"false:      and {len(findings.false) - SHOWN_MAX} more")
    lines.append(
        f"planted {findings.planted}, found {findings.found}, missed {len(findings.missed)}, "
        f"false {len(findings.false)} ({findings.false_share:.1%})"
    )
    return "\n".join(lines)
