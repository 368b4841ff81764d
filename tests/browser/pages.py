"""Screens in a real browser: signed in, in a language, and watched for what a user would never be told of."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from playwright.async_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Locator,
    Page,
    Request,
    Response,
    ViewportSize,
    expect,
)

from gis.point import LonLat
from tests.parts.wardline import DEMO_PASSWORD, Wardline

SCREENSHOTS = Path(__file__).resolve().parent / "screenshots"
LOCALES = {"zh": "zh-CN", "en": "en-GB"}
DESK = ViewportSize(width=1920, height=1080)
PHONE = ViewportSize(width=390, height=844)
WAIT_MS = 20_000
"""How long something may take to show itself: long enough for a busy machine, where it takes ten times as long."""

expect.set_options(timeout=WAIT_MS)


@dataclass
class Faults:
    """What went wrong behind a page: errors in its console, refused requests, requests to strangers."""

    host: str
    errors: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)

    def watch(self, page: Page) -> None:
        page.on("console", self._note_console)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", self._note_request)
        page.on("response", self._note_response)

    def _note_console(self, message: ConsoleMessage) -> None:
        # A refused request shows up in the console too; it is judged by its status.
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            self.errors.append(message.text)

    def _note_request(self, request: Request) -> None:
        where = urlsplit(request.url)
        if where.scheme in ("http", "https", "ws", "wss") and where.netloc != self.host:
            self.strangers.append(request.url)

    def _note_response(self, response: Response) -> None:
        if response.status >= 400:
            self.refused.append(f"{response.status} {response.request.method} {response.url}")


@dataclass
class Screen:
    """A page, the context that holds its session, and its faults."""

    page: Page
    context: BrowserContext
    faults: Faults
    language: str
    dark: bool
    device: str

    @property
    def look(self) -> str:
        """The end of a picture's name."""
        return f"{self.language}-{'dark' if self.dark else 'light'}-{self.device}"

    def hook(self, name: str) -> Locator:
        """What the front marks for tests as `data-test`."""
        return self.page.locator(f'[data-test="{name}"]')

    async def darken(self) -> None:
        """Let the device go over to its dark colours, as it does at dusk."""
        await self.page.emulate_media(color_scheme="dark")
        await expect(self.page.locator("html")).to_have_attribute("data-theme", "dark")
        await self.page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        self.dark = True

    async def is_live(self) -> None:
        """Wait until the screen has the present."""
        await expect(self.hook("connection").first).to_have_attribute("data-status", "live")

    async def mark(self) -> None:
        """Leave a mark in the page that a reload would wipe out."""
        await self.page.evaluate("window.wardlineMark = true")

    async def is_unreloaded(self) -> bool:
        return bool(await self.page.evaluate("window.wardlineMark === true"))

    async def settle(self) -> None:
        """Wait until what was asked for is there and the map, where there is one, is drawn."""
        await self.page.wait_for_load_state("networkidle")
        for pane in await self.page.locator(".map-pane:visible").all():
            await expect(pane).to_have_attribute("data-drawn", "true")
        await self.page.evaluate("document.fonts.ready.then(() => true)")

    async def shoot(self, name: str) -> None:
        """Keep a picture of what the page shows."""
        SCREENSHOTS.mkdir(exist_ok=True)
        await self.page.screenshot(path=SCREENSHOTS / f"{name}-{self.look}.png", animations="disabled")

    async def choose(self, name: str, words: str) -> None:
        """Type into a field that offers choices and take the first that it has then; "" takes none of them."""
        field = self.hook(name)
        await field.fill(words)
        if words:
            await self.hook(f"{name}-list").get_by_role("option").first.click()
        await field.blur()

    def check(self) -> None:
        """Fail if anything went wrong behind the page."""
        assert not self.faults.errors, self.faults.errors
        assert not self.faults.refused, self.faults.refused
        assert not self.faults.strangers, self.faults.strangers


@asynccontextmanager
async def opened(
    browser: Browser,
    server: Wardline,
    path: str,
    *,
    user: str = "",
    language: str = "en",
    phone: bool = False,
    dark: bool = False,
    at: LonLat | None = None,
    allows: Sequence[str] = (),
) -> AsyncIterator[Screen]:
    """A screen of the server, signed in as `user` ("" as nobody), on a device that is `at` a place (None: not told).

    `allows` are permissions of the browser that its owner has given, as Playwright names them.
    """
    context = await browser.new_context(
        base_url=server.url,
        locale=LOCALES[language],
        timezone_id="Asia/Chongqing",
        viewport=PHONE if phone else DESK,
        has_touch=phone,
        is_mobile=phone,
        color_scheme="dark" if dark else "light",
        geolocation={"longitude": at.lon, "latitude": at.lat, "accuracy": 12} if at else None,
        permissions=[*(["geolocation"] if at else []), *allows],
    )
    context.set_default_timeout(WAIT_MS)
    try:
        if user:
            answer = await context.request.post("/api/v1/session", data={"username": user, "password": DEMO_PASSWORD})
            assert answer.ok, await answer.text()
        page = await context.new_page()
        faults = Faults(urlsplit(server.url).netloc)
        faults.watch(page)
        await page.goto(path)
        yield Screen(page, context, faults, language, dark, "phone" if phone else "desk")
    finally:
        await context.close()
