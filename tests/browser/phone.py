"""What a worker does on his phone, in a few words."""

import asyncio
from time import monotonic
from typing import Any

import httpx
from playwright.async_api import Locator, Page, expect

from tests.browser.pages import Screen

WORKER, USER = "W001", "worker1"
SLOW_MS = 60_000
"""How long a busy machine may take to bring a phone up to the present."""
SENT_MS = 40_000
"""How long what waits may take to be gone, once there is a signal."""


async def sign_on(page: Page) -> None:
    await page.goto("/worker/#/me")
    await expect(page.get_by_test_id("connection").first).to_have_attribute("data-status", "live", timeout=SLOW_MS)
    switch = page.get_by_test_id("duty")
    await expect(switch).to_be_visible()
    if await switch.get_attribute("aria-checked") == "false":
        await switch.click()
    await expect(switch).to_have_attribute("aria-checked", "true")
    await page.goto("/worker/#/tasks")


async def accept_alarm(page: Page) -> None:
    """Take the task whose alarm fills the screen; the page shows it then."""
    await expect(page.get_by_test_id("alert")).to_be_visible(timeout=SLOW_MS)
    await page.get_by_test_id("alarm-accept").click()
    await expect(page.get_by_test_id("step")).to_have_attribute("data-step", "depart")
    await expect(page.locator("p.op")).to_have_count(0, timeout=SLOW_MS)  # it has been sent


def ops(page: Page, state: str) -> Locator:
    return page.locator(f"[data-test=op][data-state={state}]")


async def everything_is_sent(page: Page, count: int) -> None:
    await page.goto("/worker/#/outbox")
    await expect(ops(page, "sent")).to_have_count(count, timeout=SENT_MS)
    await expect(ops(page, "waiting")).to_have_count(0)


# Opening a database makes it: the page's own must be there first.
KEPT = """async ([tasks, messages]) =>
  (await indexedDB.databases()).some(({ name }) => name === 'wardline.snapshot') && new Promise((done) => {
  const opening = indexedDB.open('wardline.snapshot')
  opening.onsuccess = () => {
    const all = opening.result.transaction('values').objectStore('values').getAll()
    all.onsuccess = () => {
      opening.result.close()
      const [kept] = all.result
      const said = (kept?.details ?? []).reduce((n, each) => n + each.thread.length, 0)
      done(kept?.tasks.length >= tasks && said >= messages)
    }
  }
})"""


async def until(page: Page, question: str, asked: Any = None) -> None:
    """Ask until the answer is yes. (`wait_for_function` takes a promise itself for a yes.)"""
    end = monotonic() + SLOW_MS / 1000
    while not await page.evaluate(question, asked):
        assert monotonic() < end, question
        await asyncio.sleep(0.1)


async def is_ready_for_no_signal(screen: Screen, tasks: int = 1, messages: int = 0) -> None:
    """Wait until the phone holds the page, the map, and so many tasks and messages."""
    page = screen.page
    await page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    await until(
        page, "() => caches.open('wardline-map').then(cache => cache.match('/basemap/city.pmtiles')).then(Boolean)"
    )
    await until(page, KEPT, [tasks, messages])


def journal_of(desk: httpx.Client, case_id: str) -> list[dict[str, Any]]:
    answer = desk.get(f"/api/v1/cases/{case_id}/journal").raise_for_status()
    return list(answer.json()["items"])
