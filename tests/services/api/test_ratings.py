"""Stars that reporters give: on the board each case counts once, and each figure opens its cases."""

from contextlib import AsyncExitStack
from typing import Any

import pytest

from dispatch.access import Role
from tests.services.api.places import IN_GRID
from tests.services.api.test_report_acts import Hall
from tests.services.api.world import World


@pytest.fixture
async def hall(world: World) -> Any:
    async with AsyncExitStack() as stack:
        leader = await stack.enter_async_context(world.sign_in("leader", Role.LEADER))
        staff = (await leader.get("/api/v1/workers")).json()["items"]
        yield Hall(world, stack, leader, staff[0]["id"])


async def test_the_board_says_how_closed_cases_were_rated_and_each_figure_opens_them(hall: Hall) -> None:
    async def cells() -> dict[str, Any]:
        answer = await hall.leader.get("/api/v1/metrics/overview")
        assert answer.status_code == 200, answer.text
        return dict(answer.json()["cells"])

    async def behind(figure: dict[str, Any]) -> set[str]:
        return {row["number"] for row in (await hall.leader.get(figure["link"])).json()["items"]}

    assert (await cells())["stars_mean"]["value"] is None
    lon, lat = IN_GRID
    reports = [await hall.report(), await hall.report(lon=lon + 0.004, lat=lat)]
    for mine in reports:
        await mine.close()
    first, second = [(await mine.case())["number"] for mine in reports]
    assert first != second
    await reports[0].do("rating", stars=1)
    await reports[1].do("rating", stars=3)
    await reports[1].do("rating", stars=4)
    found = await cells()
    assert (found["rated"]["value"], found["rated_well"]["value"], found["stars_mean"]["value"]) == (2, 1, 2.5)
    assert await behind(found["rated"]) == await behind(found["stars_mean"]) == {first, second}
    assert await behind(found["rated_well"]) == {second}
    answer = await hall.leader.get("/api/v1/cases", params={"stars_from": 6})
    assert answer.status_code == 422
