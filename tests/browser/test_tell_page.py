"""To be told of an area or of a public case without having reported anything: by a code, and by a feed in any case."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from gis.point import LonLat
from tests.browser.axe import find_barriers
from tests.browser.happenings import report
from tests.browser.pages import opened
from tests.parts.mail_server import MailServer, code_of, mail_settings
from tests.parts.wardline import Wardline, run_wardline

pytestmark = pytest.mark.browser

LI, WANG = "li@home.test", "wang@home.test"
STREET = "500103001"
HERE = LonLat(106.5770, 29.5570)
WRONG = {"zh": "验证码错误", "en": "The code is wrong"}
SPENT = {"zh": "尝试次数过多", "en": "tried too often"}
KNOWN = {"zh": "已在关注", "en": "follows it already"}


@pytest.fixture
def city(tmp_path: Path, mails: MailServer) -> Iterator[Wardline]:
    with run_wardline(tmp_path / "data", env=mail_settings(mails)) as running:
        yield running


async def _ask(page: Page, mails: MailServer, address: str) -> str:
    """Give an address; return the code that comes."""
    before = len(mails.to(address))
    await page.get_by_test_id("address").fill(address)
    await page.get_by_test_id("address-send").click()
    found = await asyncio.to_thread(mails.wait_for, before + 1, address)
    await expect(page.get_by_test_id("code")).to_be_focused()
    return code_of(found[-1])


async def _give(page: Page, code: str) -> None:
    await page.get_by_test_id("code").fill(code)
    await page.get_by_test_id("code-send").click()


@pytest.mark.parametrize(("language", "phone"), [("zh", True), ("en", False)])
async def test_an_area_and_a_case_are_followed_from_the_map(
    chromium: Browser, city: Wardline, mails: MailServer, language: str, phone: bool
) -> None:
    report(city, "垃圾箱满了没人清理", HERE)
    async with opened(chromium, city, "/report/#/map", language=language, phone=phone) as screen:
        page = screen.page
        await page.get_by_test_id("tell-link").click()
        await expect(page.get_by_test_id("tell-me")).to_have_count(0)
        await screen.shoot("tell-choose")
        await screen.choose("tell-area", STREET)
        await screen.choose("tell-kind", "E0504")
        await expect(page).to_have_url(f"{city.url}/report/#/tell?category=E0504&area={STREET}")
        await expect(page.get_by_test_id("feed-rss")).to_have_attribute(
            "href", f"/report/feed.rss?area={STREET}&category=E0504&lang={language}"
        )
        assert await find_barriers(page) == []
        await screen.shoot("tell-area")

        await page.get_by_test_id("address").fill("li at home")
        await page.get_by_test_id("address-send").click()
        await expect(page.get_by_role("alert")).to_contain_text("邮箱" if language == "zh" else "no address of e-mail")
        code = await _ask(page, mails, LI)
        await _give(page, f"{(int(code) + 1) % 1_000_000:06}")
        await expect(page.get_by_role("alert")).to_contain_text(WRONG[language])
        assert await find_barriers(page) == []
        await screen.shoot("tell-code")
        await _give(page, code)
        await expect(page.get_by_test_id("told")).to_be_visible()
        await _give(page, await _ask(page, mails, LI))
        await expect(page.get_by_test_id("told")).to_contain_text(KNOWN[language])

        await page.locator("a.back").click()
        await expect(page).to_have_url(f"{city.url}/report/#/map?category=E0504&area={STREET}")
        for name in ("public-area", "public-category"):
            await screen.choose(name, "")
        await page.get_by_test_id("public-row").first.click()
        code = await _ask(page, mails, WANG)
        for _ in range(5):
            await _give(page, f"{(int(code) + 1) % 1_000_000:06}")
            await expect(page.get_by_role("alert")).to_contain_text(WRONG[language])
        await _give(page, code)
        await expect(page.get_by_role("alert")).to_contain_text(SPENT[language])
        before = len(mails.to(WANG))
        await page.get_by_test_id("code-again").click()
        (*_, mail) = await asyncio.to_thread(mails.wait_for, before + 1, WANG)
        await _give(page, code_of(mail))
        await expect(page.get_by_test_id("told")).to_be_visible()
        await screen.darken()
        assert await find_barriers(page) == []
        await page.get_by_test_id("tell-me").scroll_into_view_if_needed()
        await screen.shoot("tell-case")
        assert not screen.faults.errors
