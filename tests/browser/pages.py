"""Screens in a real browser: signed in, in a language, and watched for what a user would never be told of."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, Request, Response

from tests.parts.wardline import DEMO_PASSWORD, Wardline

SCREENSHOTS = Path(__file__).resolve().parent / "screenshots"
LOCALES = {"zh": "zh-CN", "en": "en-GB"}


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

    async def shoot(self, name: str) -> None:
        """Keep a picture of the page."""
        SCREENSHOTS.mkdir(exist_ok=True)
        await self.page.screenshot(path=SCREENSHOTS / f"{name}-{self.language}.png")

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
) -> AsyncIterator[Screen]:
    """A screen of the server, signed in as `user` ("" as nobody)."""
    context = await browser.new_context(
        base_url=server.url,
        locale=LOCALES[language],
        timezone_id="Asia/Chongqing",
        viewport={"width": 390, "height": 844} if phone else {"width": 1440, "height": 900},
        has_touch=phone,
        is_mobile=phone,
        color_scheme="dark" if dark else "light",
    )
    try:
        if user:
            answer = await context.request.post("/api/v1/session", data={"username": user, "password": DEMO_PASSWORD})
            assert answer.ok, await answer.text()
        page = await context.new_page()
        faults = Faults(urlsplit(server.url).netloc)
        faults.watch(page)
        await page.goto(path)
        yield Screen(page, context, faults, language)
    finally:
        await context.close()
