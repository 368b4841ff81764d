"""The stories whose SQL could read differently on PostgreSQL, told there."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from dispatch.access import Role
from dispatch.citymap import City
from tests.services.api import (
    test_callbacks,
    test_calls,
    test_cases,
    test_hostile,
    test_hotline,
    test_metrics,
    test_nouns,
    test_reports,
    test_session,
)
from tests.services.api.world import World, open_world

pytestmark = pytest.mark.postgres

STORIES: tuple[Callable[[World], Awaitable[None]], ...] = (
    test_callbacks.test_what_he_says_is_a_fact_of_the_case_and_a_figure_that_leads_back_to_it,
    test_callbacks.test_two_operators_never_call_the_same,
    test_calls.test_who_was_spoken_to_later_is_not_among_the_missed,
    test_calls.test_words_may_come_twice_and_in_any_order,
    test_hotline.test_who_called_before_is_known_however_his_number_is_written,
    test_cases.test_pages_stay_put_while_new_cases_come_in,
    test_cases.test_the_list_counts_exactly_when_asked,
    test_cases.test_a_command_sent_twice_under_one_key_happens_once,
    test_cases.test_an_account_of_an_area_sees_that_area_and_no_other,
    test_cases.test_the_journal_pages_by_seq_and_tells_its_reasons,
    test_cases.test_the_same_happening_again_is_the_same_case,
    test_reports.test_a_report_gets_a_number_and_a_link_that_tells_what_becomes_of_it,
    test_reports.test_numbers_of_a_day_count_up,
    test_reports.test_name_and_telephone_stand_in_their_own_table_and_nowhere_else,
    test_nouns.test_an_administrator_makes_closes_and_mends_accounts,
    test_nouns.test_what_could_not_be_read_is_shown_with_its_reason_and_can_be_replayed,
    test_nouns.test_pictures_of_staff_and_cameras,
    test_session.test_a_person_makes_and_withdraws_his_own_tokens,
    test_hostile.test_the_intake_refuses_or_quarantines_and_loses_no_valid_neighbour,
)


@pytest.fixture
async def postgres_world(city: City, tmp_path: Path, postgres_url: str) -> AsyncIterator[World]:
    async with open_world(city, tmp_path, postgres_url) as opened:
        yield opened


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
async def test_a_story_is_the_same_on_postgresql(
    postgres_world: World, story: Callable[[World], Awaitable[None]]
) -> None:
    await story(postgres_world)


async def test_every_figure_opens_as_many_cases_as_it_says(postgres_world: World) -> None:
    async with postgres_world.sign_in("maker", Role.LEADER) as client:
        await test_metrics.live_through(client, postgres_world)
        await test_metrics.make_late(postgres_world, 2)
        for path in ("overview", "trend", "trend?group_by=hour&from=2026-01-01&to=2026-01-02", "workers", "evaluation"):
            await test_metrics.check_every_figure(client, f"/api/v1/metrics/{path}")
        for by in ("street", "source", "stage", "department"):
            assert await test_metrics.check_every_figure(client, f"/api/v1/metrics/breakdown?group_by={by}")


async def test_no_body_and_no_address_makes_it_fail(postgres_world: World) -> None:
    assert not postgres_world.parts.db.is_sqlite
    await test_hostile.test_no_body_makes_any_door_fail(postgres_world, "a nul in words")
    for path in test_hostile.PATHS:
        async with postgres_world.stranger() as stranger, postgres_world.again("admin") as admin:
            for client in (stranger, admin):
                test_hostile.check(await client.get(path))
