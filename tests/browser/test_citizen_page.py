"""The citizen's page: what, where, a photograph; a number and a link; and nothing lost on the way."""

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.axe import find_barriers
from tests.browser.pages import opened
from tests.browser.photos import make_photo
from tests.parts.wardline import Wardline

pytestmark = pytest.mark.browser

WORDS = {"zh": "解放碑路灯坏了，晚上很黑", "en": "The street lamp is dark at night"}


async def _fill(page: Page, language: str) -> None:
    await page.fill("#text", WORDS[language])
    await page.get_by_test_id("place-search").fill("解放碑")
    await page.get_by_test_id("place").first.click()
    await expect(page.get_by_test_id("placed")).to_be_visible()
    await page.get_by_test_id("gallery").set_input_files([make_photo()])
    await expect(page.locator(".photos img")).to_have_count(1)
    await page.fill("#phone", "023 6376 0000")


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_a_report_is_sent_and_followed(chromium: Browser, server: Wardline, language: str) -> None:
    async with opened(chromium, server, "/report/", language=language, phone=True) as screen:
        page = screen.page
        await expect(page.locator("a[href='tel:110']")).to_be_visible()
        await page.get_by_test_id("send").click()
        await expect(page.locator(".faults li")).to_have_count(2)
        assert await find_barriers(page) == []
        await screen.shoot("report-faults")

        await _fill(page, language)
        await page.wait_for_timeout(600)  # the draft is kept a moment after the last key
        await page.reload()
        await expect(page.locator("#text")).to_have_value(WORDS[language])
        await expect(page.locator("#phone")).to_have_value("023 6376 0000")
        await expect(page.locator(".photos img")).to_have_count(1)
        assert await find_barriers(page) == []
        await screen.shoot("report-form")

        await page.get_by_test_id("send").click()
        await expect(page.get_by_test_id("number")).to_contain_text("R-")
        await expect(page.get_by_test_id("follow")).to_be_visible()
        assert await find_barriers(page) == []
        await screen.shoot("report-follow")
        link = await page.input_value("#link")
        screen.check()

    async with opened(chromium, server, link.removeprefix(server.url), language=language) as other:
        await expect(other.page.get_by_test_id("number")).to_contain_text("R-")
        other.check()


async def test_it_works_at_twice_the_size_and_by_keyboard(chromium: Browser, server: Wardline) -> None:
    async with opened(chromium, server, "/report/", phone=True, dark=True) as screen:
        page = screen.page
        await page.set_viewport_size({"width": 195, "height": 422})  # 390 x 844 at 200 %
        await expect(page.locator("h1")).to_be_visible()
        assert await page.evaluate("document.documentElement.scrollWidth") <= 195
        assert await find_barriers(page) == []
        await page.focus("#text")
        await page.keyboard.type("A bin overflows")
        await page.focus("#address")
        await page.keyboard.type("Jiefangbei")
        await page.focus("[data-test=send]")
        await page.keyboard.press("Enter")
        await expect(page.get_by_test_id("number")).to_contain_text("R-")
        screen.check()


async def test_what_could_not_be_sent_is_still_there(chromium: Browser, server: Wardline) -> None:
    async with opened(chromium, server, "/report/", phone=True) as screen:
        page = screen.page
        await page.fill("#text", "A bin overflows")
        await page.fill("#address", "Jiefangbei")
        await screen.context.set_offline(True)
        await page.get_by_test_id("send").click()
        await expect(page.locator("p.faults")).to_contain_text("Nothing is lost")
        await screen.context.set_offline(False)
        await page.get_by_test_id("send").click()
        await expect(page.get_by_test_id("number")).to_contain_text("R-")


async def test_a_number_alone_opens_nothing(chromium: Browser, server: Wardline) -> None:
    async with opened(chromium, server, "/report/#/follow/R-261123-00001", phone=True) as screen:
        await expect(screen.page.get_by_role("alert")).to_contain_text("No report has this link")
        await screen.page.locator("footer summary").click()
        await expect(screen.page.locator("footer")).to_contain_text("a number alone opens nothing")
