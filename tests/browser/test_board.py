"""The board: its tiles move by themselves, and every figure opens as many cases as it says."""

import re
import time
from collections.abc import Iterator

import httpx
import pytest
from playwright.async_api import Browser, expect

from tests.browser.axe import find_barriers
from tests.browser.desk import send_task
from tests.browser.pages import opened
from tests.parts.reporting import case_of, close, send_report
from tests.parts.wardline import Wardline, run_wardline

pytestmark = pytest.mark.browser


async def test_the_tiles_move_when_a_case_is_opened(chromium: Browser, server: Wardline) -> None:
    async with opened(chromium, server, "/board/", user="supervisor") as screen:
        tile = screen.page.get_by_test_id("tile-open").locator(".value")
        await expect(tile).to_have_text("0")
        with server.sign_in("dispatcher") as desk:
            send_task(desk, "W001", "Litter beside the steps")
        await expect(tile).to_have_text("1")
        await tile.locator("button").click()
        await expect(screen.page.get_by_test_id("behind").locator("li")).to_have_count(1)
        href = await screen.page.get_by_test_id("behind").locator("a").get_attribute("href")
        assert href
        assert href.startswith("/console/?case=")
        screen.check()


@pytest.mark.parametrize(("language", "words"), [("zh", "4.0 星"), ("en", "4.0 of 5")])
async def test_the_stars_of_those_who_reported_open_their_cases(
    chromium: Browser, server: Wardline, language: str, words: str
) -> None:
    number, token = send_report(server)
    with server.sign_in("leader") as leader:
        case_of(leader, number)
        close(leader, number)
        leader.post(f"/api/v1/reports/{token}/rating", json={"stars": 4}).raise_for_status()
    async with opened(chromium, server, "/board/", user="supervisor", language=language) as screen:
        tile = screen.page.get_by_test_id("tile-stars")
        await expect(tile.locator(".value")).to_have_text(words)
        await expect(tile).to_contain_text("1 / 评价 1" if language == "zh" else "1 of 1 rated")
        await screen.shoot("board-stars")
        await tile.locator(".value button").click()
        await expect(screen.page.get_by_test_id("behind").locator("li")).to_have_count(1)
        screen.check()


PAST_S = 60


def _wait_for_the_past(desk: httpx.Client) -> None:
    """The demo's past fortnight is imported while the server already runs: wait until it grows no more."""
    before = -1
    for _ in range(PAST_S):
        answer = desk.get("/api/v1/cases", params={"count": "exact", "limit": 1})
        total = answer.raise_for_status().json()["total"]
        if total == before > 0:
            return
        before = total
        time.sleep(1)
    raise AssertionError(f"the past still grows after {PAST_S} s: {before} cases")


@pytest.fixture(scope="module")
def old_city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wardline]:
    """A city with a fortnight behind it."""
    with run_wardline(tmp_path_factory.mktemp("past") / "data", ("demo", "--scenario", "none")) as city:
        with city.sign_in("supervisor") as desk:
            _wait_for_the_past(desk)
        yield city


@pytest.mark.parametrize(("language", "dark"), [("zh", False), ("en", True)])
async def test_every_figure_opens_its_cases(chromium: Browser, old_city: Wardline, language: str, dark: bool) -> None:
    opening = opened(chromium, old_city, "/board/?period=14d", user="supervisor", language=language, dark=dark)
    async with opening as screen:
        page = screen.page
        await page.set_viewport_size({"width": 1920, "height": 1080})
        tiles = page.get_by_test_id("period-tiles")
        await expect(tiles.locator(".value").first).to_have_text(re.compile("[1-9]"), timeout=60_000)
        await screen.settle()
        await screen.shoot("board")
        assert await find_barriers(page) == []
        for name, column in {"reported": 0, "overdue": 4}.items():
            figure = tiles.locator(".tile").nth(column).get_by_test_id("figure")
            count = await figure.inner_text()
            await figure.click()
            await expect(page.get_by_test_id("total"), name).to_contain_text(count)
            assert await find_barriers(page) == []
            await page.keyboard.press("Escape")
        for button in await page.get_by_test_id("as-table").all():
            await button.click()
        await expect(page.locator("table").first).to_be_visible()
        assert await find_barriers(page) == []
        await screen.shoot("board-tables")
        screen.check()


async def test_a_chart_takes_the_room_that_its_panel_has(chromium: Browser, old_city: Wardline) -> None:
    """Beside a long table the categories are as many as fit; where there is no table beside them, twelve."""
    async with opened(chromium, old_city, "/board/", user="supervisor") as screen:
        panel = screen.page.get_by_role("region", name=re.compile("^By category"))
        await expect(panel.get_by_role("heading")).to_have_text(re.compile(r"top (1[3-9]|[2-9]\d)\)"))
        left = await panel.evaluate(
            "each => each.getBoundingClientRect().bottom - each.querySelector('.chart').getBoundingClientRect().bottom"
        )
        assert left < 30, f"{left} px of the panel lie empty"
        await screen.page.set_viewport_size({"width": 900, "height": 1080})
        await expect(panel.get_by_role("heading")).to_have_text("By category (top 12)")
        stages = screen.page.get_by_role("region", name="Where open cases stand")
        await expect(stages.get_by_text("To close", exact=True)).to_be_visible()
        screen.check()
