"""Every screen opens in both languages: in words, without an error, without a request to anyone but our own server."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.async_api import Browser

from tests.browser.pages import opened
from tests.parts.wardline import ROOT, Wardline, run_wardline

pytestmark = pytest.mark.browser


@dataclass(frozen=True)
class Row:
    path: str
    user: str
    phone: bool = False


SCREENS = {
    "login": Row("/login/", ""),
    "console": Row("/console/", "dispatcher"),
    "worker": Row("/worker/", "worker1", phone=True),
    "report": Row("/report/", "", phone=True),
    "board": Row("/board/", "supervisor"),
}


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wardline]:
    """One server for all: these tests change nothing in it."""
    assert (ROOT / "frontend/dist/console/index.html").exists(), "the front is not built: `make setup`"
    with run_wardline(tmp_path_factory.mktemp("city") / "data") as server:
        yield server


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("name", SCREENS)
async def test_a_screen_opens(chromium: Browser, city: Wardline, name: str, language: str) -> None:
    row = SCREENS[name]
    async with opened(chromium, city, row.path, user=row.user, language=language, phone=row.phone) as screen:
        await screen.page.wait_for_load_state("networkidle")
        words = await screen.page.inner_text("body")
        assert await screen.page.title()
        assert (
            await screen.page.get_attribute("html", "lang") in {"zh": ("zh", "zh-CN"), "en": ("en", "en-GB")}[language]
        )
        assert bool(re.search(r"[\u4e00-\u9fff]{2}", words)) or language == "en", words
        assert len(words.strip()) > 10
        await screen.shoot(f"open-{name}")
        screen.check()


async def test_a_stranger_is_sent_to_the_login(chromium: Browser, city: Wardline) -> None:
    async with opened(chromium, city, "/console/") as screen:
        await screen.page.wait_for_url(re.compile("/login/"))
