"""Being told of one's report without scripts, on a phone: the address, the code out of a real mail, the end of it."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.browser.plain import look_plain, plain_phone
from tests.parts.mail_server import MailServer, code_of, mail_settings, text_of
from tests.parts.reporting import case_of, close, send_report
from tests.parts.wardline import Wardline, run_wardline

pytestmark = pytest.mark.browser

LI = "li@home.test"
WRONG = {"zh": "验证码错误", "en": "The code is wrong"}
DONE = {"zh": "有进展会通知您", "en": "We will tell you"}
ENDED = {"zh": "已停止通知", "en": "not be told any more"}


@pytest.fixture
def city(tmp_path: Path, mails: MailServer) -> Iterator[Wardline]:
    with run_wardline(tmp_path / "data", env=mail_settings(mails)) as running:
        yield running


@pytest.mark.parametrize(("language", "scripts"), [("zh", False), ("en", False), ("zh", True)])
async def test_a_report_is_followed_by_mail_without_scripts(
    chromium: Browser, city: Wardline, mails: MailServer, language: str, scripts: bool
) -> None:
    """`scripts` are those of the test, which look for barriers: the page has none of its own."""
    number, token = send_report(city)
    async with plain_phone(chromium, city, language, scripts=scripts) as page:
        await page.goto(f"/report/plain/follow/{token}?lang={language}")
        barriers = await look_plain(page, "tell", language, scripts=scripts)
        await page.fill("#address", LI)
        await page.click("button[value=ask]")
        await expect(page.locator("#code")).to_be_focused()
        (mail,) = await asyncio.to_thread(mails.wait_for, 1, LI)
        await page.reload()
        await page.fill("#code", f"{(int(code_of(mail)) + 1) % 1_000_000:06}")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("alert")).to_contain_text(WRONG[language])
        barriers += await look_plain(page, "tell-code", language, scripts=scripts)
        await page.fill("#code", code_of(mail))
        await page.click("button[value=confirm]")
        await expect(page.get_by_role("status")).to_contain_text(DONE[language])
        await expect(page.locator("#tell")).to_contain_text("l***@home.test")
        barriers += await look_plain(page, "tell-done", language, scripts=scripts)
        assert len(mails.to(LI)) == 1, "a page that is loaded again sends no code again"

        with city.sign_in("leader") as leader:
            case_of(leader, number)
            close(leader, number)
        (_, news, *_) = await asyncio.to_thread(mails.wait_for, 2, LI)
        path = f"/report/plain/follow/{token}"
        assert f"http://city.test{path}" in text_of(news), "its link needs no scripts either"
        await page.goto(path)
        await expect(page.locator(".number")).to_have_text(number)
        await page.click("button[value=stop]")
        await expect(page.get_by_role("status")).to_contain_text(ENDED[language])
        await expect(page.locator("button[value=stop]")).to_have_count(0)
        assert barriers == []
