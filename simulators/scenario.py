"""A scenario: how busy, who speaks, what goes wrong when, and what should come of it. TOML -> frozen values."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

FOLDER = Path(__file__).parent / "scenarios"


class Shares(Struct, frozen=True, forbid_unknown_fields=True):
    """Of all that happens, which part each channel tells of. Need not add up to 1."""

    video: float
    sensor: float
    citizen: float
    hotline: float
    patrol: float


class Habits(Struct, frozen=True, forbid_unknown_fields=True):
    """How people are. Chances 0..1, delays in city seconds."""

    duplicate: float = 0.1
    """A happening that a second citizen reports too."""
    no_place: float = 0.08
    wrong_place: float = 0.05
    photo: float = 0.35
    decline: float = 0.04
    bad_work: float = 0.05
    accept_s: tuple[float, float] = (20.0, 180.0)
    handle_s: tuple[float, float] = (240.0, 1500.0)
    file_s: tuple[float, float] = (30.0, 240.0)
    check_s: tuple[float, float] = (60.0, 600.0)


class Surge(Struct, frozen=True, forbid_unknown_fields=True):
    """More of some kinds between two hours of the scenario, on top of the rest. `per_hour` happenings."""

    from_h: float
    to_h: float
    per_hour: float
    video: tuple[str, ...] = ()
    sensor: tuple[str, ...] = ()
    said: tuple[str, ...] = ()
    """Categories that citizens and the hotline tell of."""


class Expect(Struct, frozen=True, forbid_unknown_fields=True):
    """What should come of it: the least and the most of each figure (see simulators/verdict.py)."""

    cases_per_happening: tuple[float, float]
    closed_share: tuple[float, float]
    on_time_rate: tuple[float, float]
    quarantined: tuple[float, float] = (0, 0)
    server_errors: tuple[float, float] = (0, 0)
    unassigned_share: tuple[float, float] = (0, 0.2)


class Scenario(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One scenario. Hours are city hours; at `speed` 1 they are the wall's."""

    name: str
    title_zh: str
    title_en: str
    hours: float
    starts_at: float
    """Hour of the city's day at which it begins, for the daily rhythm."""
    cases: float
    """Happenings in all, without the surges."""
    speed: float
    drain_h: float
    """City hours after the last happening in which the rest may still be handled."""
    day_weights: tuple[float, ...] = ()
    """How busy each day is against the others; empty: all alike."""
    shares: Shares
    habits: Habits = Habits()
    surge: tuple[Surge, ...] = ()
    expect: Expect


class UnknownScenario(ValueError):
    """No scenario has that name."""


def list_scenarios() -> list[str]:
    """Return the names of the scenarios that ship."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def read_scenario(name: str) -> Scenario:
    """Return a scenario by its name, or from a path that ends in `.toml`.

    :raises UnknownScenario: if there is none.
    :raises msgspec.ValidationError: naming the field that is wrong.
    """
    path = Path(name) if name.endswith(".toml") else FOLDER / f"{name}.toml"
    if not path.is_file():
        raise UnknownScenario(f"no scenario {name!r}; there are {', '.join(list_scenarios())}")
    table: Mapping[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    return msgspec.convert({"name": path.stem, **table}, Scenario)
