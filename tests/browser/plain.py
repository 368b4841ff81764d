"""The citizen's pages without scripts, on a phone. Scripts are off, or on for the tests' own that look for barriers."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Browser, Page

from tests.browser.axe import find_barriers
from tests.browser.pages import LOCALES, PHONE, SCREENSHOTS, WAIT_MS
from tests.parts.wardline import Wardline


@asynccontextmanager
async def plain_phone(chromium: Browser, server: Wardline, language: str, *, scripts: bool) -> AsyncIterator[Page]:
    """Open a phone's browser; give its page."""
    context = await chromium.new_context(
        base_url=server.url,
        locale=LOCALES[language],
        viewport=PHONE,
        has_touch=True,
        is_mobile=True,
        java_script_enabled=scripts,
    )
    context.set_default_timeout(WAIT_MS)
    try:
        yield await context.new_page()
    finally:
        await context.close()


async def look_plain(page: Page, name: str, language: str, *, scripts: bool) -> list[str]:
    """Keep pictures of the page in light and dark; with scripts, return what keeps people out there."""
    barriers = []
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme=scheme)
        if scripts:
            barriers += [f"{name} {scheme}: {each}" for each in await find_barriers(page)]
        else:
            SCREENSHOTS.mkdir(exist_ok=True)
            await page.screenshot(path=SCREENSHOTS / f"plain-{name}-{language}-{scheme}-phone.png", full_page=True)
    beyond = await page.evaluate("document.documentElement.scrollWidth") - PHONE["width"] if scripts else 0
    return barriers + ([f"{name}: {beyond} px beyond the edge"] if beyond > 0 else [])
