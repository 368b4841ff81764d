"""Chromium, driven by Playwright: the machine's own (Debian's package), never a download."""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Browser, async_playwright

FLAGS = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
    # A microphone that beeps: who may use it is still asked.
    "--use-fake-device-for-media-stream",
    # The map is drawn with WebGL; without a graphics card SwiftShader draws it.
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--font-render-hinting=none",
)


def find_chromium() -> str | None:
    """Return the path of Chromium: `WARDLINE_CHROMIUM`, else what the machine has."""
    named = os.environ.get("WARDLINE_CHROMIUM")
    return named or shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@asynccontextmanager
async def run_chromium(program: str) -> AsyncIterator[Browser]:
    sandbox = ("--no-sandbox",) if os.geteuid() == 0 else ()
    async with async_playwright() as playwright:
        playwright.selectors.set_test_id_attribute("data-test")
        browser = await playwright.chromium.launch(executable_path=program, args=[*FLAGS, *sandbox])
        try:
            yield browser
        finally:
            await browser.close()
