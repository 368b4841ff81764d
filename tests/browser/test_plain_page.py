"""The citizen's page without scripts, on a phone: from the form to the private link, in both languages."""

import pytest
from playwright.async_api import Browser, expect

from tests.browser.photos import make_photo
from tests.browser.plain import look_plain, plain_phone
from tests.parts.wardline import Wardline

pytestmark = pytest.mark.browser

COVER, GAS = "P0101", "E0403"
WORDS = {"zh": "门口井盖不见了", "en": "The cover at our gate is gone"}


@pytest.mark.parametrize("scripts", [False, True], ids=["without", "with"])
@pytest.mark.parametrize("language", ["zh", "en"])
async def test_a_report_is_sent_and_followed_without_scripts(
    chromium: Browser, server: Wardline, language: str, scripts: bool
) -> None:
    """`scripts` are those of the test, which look for barriers: the page has none of its own."""
    async with plain_phone(chromium, server, language, scripts=scripts) as page:
        # As a link of the city's own says it; without scripts the full page leads on by itself.
        await page.goto(f"/report/{'plain/' if scripts else ''}?address=%E8%A7%A3%E6%94%BE%E7%A2%91")
        await page.wait_for_url("**/report/plain/?address=*")
        await expect(page.locator("#address")).to_have_value("解放碑")
        barriers = await look_plain(page, "form", language, scripts=scripts)

        await page.fill("#address", "")
        await page.click("#send")
        await expect(page.locator(".faults li")).to_have_count(2)
        barriers += await look_plain(page, "faults", language, scripts=scripts)

        await page.fill("#text", WORDS[language])
        await page.select_option("#category", COVER)
        await page.set_input_files("#photos", [make_photo()])
        await page.fill("#query", "解放碑")
        await page.click("button[value=find]")
        await page.locator("input[name=place]").first.check()
        await page.click("#send")

        await expect(page.locator("a[href='tel:119']")).to_be_visible()
        barriers += await look_plain(page, "stop", language, scripts=scripts)
        await page.click("button[value=send]")
        await page.get_by_role("radio", name="缺失" if language == "zh" else "Missing").check()
        barriers += await look_plain(page, "questions", language, scripts=scripts)
        await page.click("#send")

        if await page.locator("input[name=same_as]").count():  # the other language's report lies there already
            barriers += await look_plain(page, "near", language, scripts=scripts)
            await page.locator("input[name=same_as]").first.check()
            await page.click("button[value=send]")
        await expect(page.locator(".number")).to_contain_text("R-")
        await expect(page.locator(".photo")).to_have_count(1)
        number = await page.locator(".number").inner_text()
        barriers += await look_plain(page, "receipt", language, scripts=scripts)
        await page.goto(await page.locator(".link a").get_attribute("href") or "")
        await expect(page.locator(".number")).to_have_text(number)
        assert barriers == []


async def test_the_plain_form_is_filled_in_by_keyboard_alone(chromium: Browser, server: Wardline) -> None:
    async with plain_phone(chromium, server, "en", scripts=False) as page:
        await page.goto("/report/plain/")
        await page.focus("#text")
        await page.keyboard.type("A bin overflows")
        for _ in range(4):  # category, suggest, search, find
            await page.keyboard.press("Tab")
        await page.keyboard.press("Tab")
        await page.keyboard.type("Jiefangbei")
        await expect(page.locator("#address")).to_have_value("Jiefangbei")
        await page.keyboard.press("Enter")
        await expect(page.locator(".number")).to_contain_text("R-")
