"""The health of sources, as it is seen and worked with: thousands of rows, filters, the keyboard, a phone."""

import re
from collections.abc import Iterator

import pytest
from playwright.async_api import Browser, expect

from tests.browser.axe import find_barriers
from tests.browser.pages import opened
from tests.parts.wardline import Wardline, run_wardline

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wardline]:
    with run_wardline(tmp_path_factory.mktemp("sources") / "data") as server:
        yield server


@pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])
async def test_the_screen_keeps_nobody_out(chromium: Browser, city: Wardline, *, phone: bool) -> None:
    barriers = list[str]()
    for language in ("zh", "en"):
        async with opened(chromium, city, "/sources/", user="leader", language=language, phone=phone) as screen:
            await screen.hook("source").first.wait_for()
            for dark in (False, True):
                if dark:
                    await screen.darken()
                await screen.settle()
                await screen.shoot("sources")
                beyond = await screen.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
                assert beyond <= 0, f"{beyond} px beyond the edge"
                barriers += [f"{screen.look}: {line}" for line in await find_barriers(screen.page)]
            screen.check()
    assert barriers == []


async def test_a_leader_finds_a_source_by_filters_and_keys(chromium: Browser, city: Wardline) -> None:
    async with opened(chromium, city, "/sources/", user="leader") as screen:
        page = screen.page
        await screen.hook("source").first.wait_for()
        assert await screen.hook("source").count() < 100, "only what is in view is drawn"
        await expect(screen.hook("condition-live")).to_contain_text(re.compile(r"\d"))
        await expect(screen.hook("key-hints").get_by_role("listitem")).to_contain_text(
            ["find", "above", "look", "close"]
        )
        await screen.hook("filter-kind").select_option("gateway")
        await expect(screen.hook("shown")).to_contain_text(re.compile(r"^2\d of"))
        await page.keyboard.press("Escape")
        await screen.hook("clear").click()
        await page.locator("body").press("/")
        await expect(screen.hook("find")).to_be_focused()
        await page.keyboard.type("cam-001-001")
        await expect(screen.hook("source")).to_have_count(1)
        assert "cam-001-001" in page.url, "a view can be sent to a colleague"
        await screen.hook("source").click()
        sheet = screen.hook("source-sheet")
        await expect(sheet).to_contain_text("Unknown is not clear")
        await screen.hook("siblings").click()
        await expect(screen.hook("shown")).not_to_contain_text("1 of")
        await screen.hook("find").fill("nobody is called so")
        await expect(page.get_by_text("No source fits.")).to_be_visible()
        screen.check()


async def test_who_may_not_see_sources_is_told_so(chromium: Browser, city: Wardline) -> None:
    async with opened(chromium, city, "/sources/", user="worker1", phone=True) as screen:
        await expect(screen.page.get_by_role("alert")).to_contain_text("may not")
