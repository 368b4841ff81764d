"""The city's telephone system, and who sits down at the hotline's desk."""

from collections.abc import Iterator
from contextlib import contextmanager

import httpx
from playwright.async_api import expect

from tests.browser.pages import Screen
from tests.parts.wardline import Wardline


@contextmanager
def open_exchange(city: Wardline) -> Iterator[httpx.Client]:
    """The telephone system, which has the key of the hotline's source."""
    with city.sign_in("admin") as admin:
        made = admin.post("/api/v1/sources/desk-hotline/key")
        made.raise_for_status()
        key = made.json()["key"]
    with httpx.Client(base_url=city.url, headers={"Authorization": f"Bearer {key}"}) as client:
        yield client


def ring(exchange: httpx.Client, call: str, event: str = "ringing", **more: str) -> None:
    answer = exchange.post("/api/v1/hotline/calls", json={"event": event, "call_id": call, **more})
    answer.raise_for_status()


async def sit_at(screen: Screen, extension: str) -> None:
    await screen.hook("seat").fill(extension)
    await screen.page.keyboard.press("Enter")
    await expect(screen.page.locator("form.seat button")).to_be_disabled()


async def is_live(screen: Screen) -> None:
    """Wait until the form is there and the calls are read."""
    await screen.hook("taking").wait_for()
    await expect(screen.hook("number")).to_be_focused()
    await screen.page.wait_for_load_state("networkidle")
