"""A city in which citizens and a partner have reported, for who looks at it without a login."""

import asyncio
from collections.abc import Iterable
from dataclasses import replace as change
from typing import Any

from httpx import AsyncClient
from msgspec.structs import replace

from dispatch.citymap import City
from services.api.kept import Kept
from services.api.platform import Tools
from tests.services.api.unhurried import tools_behind
from tests.services.api.world import World

LITTER, LAMP, COVER, BEGGING = "E0504", "P0118", "P0101", "E0502"
"""The last is not public."""


async def tell(client: AsyncClient, lon: float, lat: float, category: str = LITTER, **more: Any) -> dict[str, Any]:
    """Report something as a citizen; return the receipt."""
    body = {"text": "王小明家门口的垃圾桶满了", "category": category, "lon": lon, "lat": lat, **more}
    answer = await client.post("/api/v1/reports", json=body)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def read_all(world: World) -> None:
    """Wait until the desk has read what has come in."""
    for _ in range(200):
        await world.parts.desk.order(lambda turn: None)
        if not world.parts.desk.waiting():
            forget_answers(world)
            return
        await asyncio.sleep(0.01)
    raise AssertionError("the desk has not read the reports")


def forget_answers(world: World) -> None:
    """Forget the answers that are kept for some seconds: a test does not wait for them."""
    tools_of(world).kept = Kept()


def tools_of(world: World) -> Tools:
    """Return what the API keeps between requests."""
    return tools_behind(world.transport.app)


def with_rough(city: City, categories: Iterable[str]) -> City:
    """Return the city with some kinds of cases whose places the public sees rounded."""
    rows = {code: replace(row, is_rough=code in set(categories)) for code, row in city.codes.categories.items()}
    return change(city, codes=replace(city.codes, categories=rows))
