"""The stories whose SQL could read differently on PostgreSQL, told there."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from dispatch.citymap import City
from tests.services.api.public import test_open_data, test_public_cases
from tests.services.api.world import World, open_world

pytestmark = pytest.mark.postgres

STORIES: tuple[Callable[[World, City], Awaitable[None]], ...] = (
    test_public_cases.test_a_closed_case_moves_from_the_open_ones_to_the_closed_ones,
    test_public_cases.test_pages_follow_each_other_without_a_gap_and_without_a_repeat,
    test_public_cases.test_kind_area_and_box_narrow_the_list_and_the_map,
    test_open_data.test_a_file_is_narrowed_by_period_and_kind_and_holds_nothing_private,
)


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
async def test_a_story_is_the_same_on_postgresql(
    city: City, tmp_path: Path, postgres_url: str, story: Callable[[World, City], Awaitable[None]]
) -> None:
    async with open_world(city, tmp_path, postgres_url) as world:
        assert not world.parts.db.is_sqlite
        await story(world, city)


async def test_a_rough_place_is_rounded_there_too(city: City, tmp_path: Path, postgres_url: str) -> None:
    await test_public_cases.check_rough_places(city, tmp_path, postgres_url)
