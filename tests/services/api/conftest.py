"""A small city whose API is spoken to without a network."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from dispatch.citymap import City
from services.city.build import build_city
from services.city.read import read_pack
from tests.services.api.world import World, open_world

YUZHONG = Path(__file__).resolve().parents[3] / "cities" / "yuzhong"


@pytest.fixture(scope="session")
def city() -> City:
    return build_city(read_pack(YUZHONG))


@pytest.fixture
async def world(city: City, tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(city, tmp_path) as opened:
        yield opened
