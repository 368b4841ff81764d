"""The desk's bell: what is escalated to somebody reaches him with his console closed.

leader --- alerts -> turn push on ---> this browser's push service (which a test cannot reach: that is said)
push service --- a case that nobody accepts ---> a notification, by the console's own service worker
"""

import re

import pytest
from playwright.async_api import Browser, expect

from tests.browser.axe import find_barriers
from tests.browser.pages import opened
from tests.browser.pushes import deliver
from tests.parts.wardline import Wardline

pytestmark = pytest.mark.browser

STORED = "wardline.desk.push"


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_push_is_turned_on_among_the_alerts(chromium: Browser, server: Wardline, language: str) -> None:
    opening = opened(chromium, server, "/console/", user="leader", language=language, allows=["notifications"])
    async with opening as screen:
        page = screen.page
        await screen.hook("open-alerts").click()
        state = screen.hook("push-state")
        await expect(state).to_have_attribute("data-state", "off")
        assert await find_barriers(page) == []
        await screen.shoot("console-alerts")
        await screen.hook("push-turn").click()
        await expect(state).to_have_attribute("data-state", re.compile("unreachable|on"), timeout=40_000)
        await screen.hook("push-test").click()
        await expect(screen.hook("push-reports")).to_be_visible()
        await screen.darken()
        assert await find_barriers(page) == []
        await screen.shoot("console-alerts")
        said = {"kind": "chain", "title": "无人接单", "body": "暴露垃圾", "tag": "c1", "url": "/console/?case=c1"}
        await deliver(screen, server.url, "/console/", said)


async def test_who_logs_out_is_not_rung_there_any_more(chromium: Browser, server: Wardline) -> None:
    async with opened(chromium, server, "/console/", user="leader") as screen:
        page = screen.page
        await screen.is_live()
        await page.evaluate("stored => localStorage.setItem(stored, 'f'.repeat(32))", STORED)
        async with page.expect_request(lambda asked: asked.method == "DELETE" and "/me/push/" in asked.url):
            await screen.hook("logout").click()
        await page.wait_for_url(re.compile("/login/"))
        assert await page.evaluate("stored => localStorage.getItem(stored)", STORED) is None
