"""Labels with codes: chosen by kind and street, printed in files, for who may."""

import pytest
from playwright.async_api import Browser, expect

from tests.browser.axe import find_barriers
from tests.browser.pages import opened
from tests.parts.wardline import Wardline

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(("language", "phone"), [("zh", False), ("en", True)])
async def test_labels_are_chosen_and_printed(chromium: Browser, server: Wardline, language: str, phone: bool) -> None:
    async with opened(chromium, server, "/labels/", user="dispatcher", language=language, phone=phone) as screen:
        page = screen.page
        await expect(screen.hook("labels")).to_be_visible()
        await screen.hook("label-kind").select_option("P0101")
        link = page.locator(".files a").first
        await expect(link).to_be_visible()
        await page.locator("textarea").fill("106.5770,29.5570,解放碑")
        await expect(page.locator(".files a").last).to_be_visible()
        assert await find_barriers(page) == []
        await screen.shoot("labels")
        answer = await screen.context.request.get(f"{server.url}{await link.get_attribute('href')}")
        assert (await answer.body()).startswith(b"%PDF")
        screen.check()


async def test_who_may_not_print_reads_so(chromium: Browser, server: Wardline) -> None:
    async with opened(chromium, server, "/labels/", user="supervisor") as screen:
        await expect(screen.page.get_by_role("alert")).to_contain_text("You may not print labels")
