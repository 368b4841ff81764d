"""The stories whose SQL could read differently on PostgreSQL, told there."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from dispatch.citymap import City
from tests.services.api.open311 import test_methods, test_refusals, test_updates
from tests.services.api.open311.partner import Partner, make_partner
from tests.services.api.world import World, open_world

pytestmark = pytest.mark.postgres

STORIES: tuple[Callable[[Partner, World], Awaitable[None]], ...] = (
    test_methods.test_a_request_follows_its_case_to_the_end,
    test_methods.test_cases_of_the_city_are_requests_once_they_are_filed,
    test_methods.test_what_is_not_public_is_taken_and_shown_to_nobody,
    test_methods.test_what_has_changed_since_is_found_whatever_its_age,
    test_methods.test_the_same_request_again_is_the_same_one,
    test_updates.test_each_step_that_the_public_is_told_is_an_update,
    test_updates.test_an_update_of_a_partner_is_a_note_of_the_case_once,
    test_updates.test_other_cases_of_the_city_have_updates_too,
    test_refusals.test_a_key_past_its_quota_waits_and_others_do_not,
)
ALONE: tuple[Callable[[Partner], Awaitable[None]], ...] = (
    test_methods.test_the_list_is_filtered_by_service_and_place,
    test_methods.test_the_list_is_of_the_last_ninety_days,
    test_methods.test_pages_are_the_whole_list_in_order,
    test_methods.test_ids_override_all_else,
    test_methods.test_two_who_tell_of_one_thing_have_two_ids_and_one_case,
    test_methods.test_who_asks_for_it_gets_a_token_that_leads_to_the_id,
)


@pytest.fixture
async def postgres_partner(city: City, tmp_path: Path, postgres_url: str) -> AsyncIterator[Partner]:
    async with open_world(city, tmp_path, postgres_url) as world, world.stranger() as client:
        assert not world.parts.db.is_sqlite
        yield await make_partner(world, client)


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
async def test_a_story_is_the_same_on_postgresql(
    postgres_partner: Partner, story: Callable[[Partner, World], Awaitable[None]]
) -> None:
    await story(postgres_partner, postgres_partner.world)


@pytest.mark.parametrize("story", ALONE, ids=lambda story: story.__name__)
async def test_a_list_is_the_same_on_postgresql(
    postgres_partner: Partner, story: Callable[[Partner], Awaitable[None]]
) -> None:
    await story(postgres_partner)
