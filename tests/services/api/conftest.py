"""A small city whose API is spoken to without a network."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from dispatch.citymap import City
from services.city.build import build_city
from services.city.read import read_pack
from tests.services.api.asked import INPUTS, TURNED_AWAY, Note
from tests.services.api.world import World, open_world

YUZHONG = Path(__file__).resolve().parents[3] / "cities" / "yuzhong"


@pytest.fixture(scope="session")
def city() -> City:
    return build_city(read_pack(YUZHONG))


@pytest.fixture
async def world(city: City, tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(city, tmp_path) as opened:
        yield opened


@pytest.fixture
def note(request: pytest.FixtureRequest) -> Note:
    """What a test has to say besides that it has passed. (`record_property` may not be used with xunit2.)"""
    return lambda name, value: request.node.user_properties.append((name, value))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many inputs were really sent: an example that a strategy could not make is none."""
    reports = [each for kind in ("passed", "failed") for each in terminalreporter.stats.get(kind, ())]
    noted = [pair for each in reports if each.when == "call" for pair in each.user_properties]
    sent, away = (sum(count for name, count in noted if name == wanted) for wanted in (INPUTS, TURNED_AWAY))
    if sent:
        terminalreporter.write_line(f"{sent:,} hostile inputs were sent; {away:,} of them were asked to wait")
