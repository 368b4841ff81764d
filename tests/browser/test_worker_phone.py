"""The worker's phone: a task from its ring to its report, through a dead spot and through an answer that got lost.

desk --- task ---> phone: rings, accepts
                   dead spot: sets off, arrives, photographs, reports; all waits on the phone
desk <-- all of it, in order, once --- signal again
"""

import re

import pytest
from playwright.async_api import Browser, Page, Route, expect

from tests.browser.axe import find_barriers
from tests.browser.desk import list_facts, send_task
from tests.browser.pages import Screen, opened
from tests.browser.photos import make_photo
from tests.parts.wardline import Wardline

pytestmark = pytest.mark.browser

WORKER, USER = "W001", "worker1"


async def _sign_on(page: Page) -> None:
    await page.goto("/worker/#/me")
    switch = page.get_by_test_id("duty")
    await expect(switch).to_be_visible()
    if await switch.get_attribute("aria-checked") == "false":
        await switch.click()
    await expect(switch).to_have_attribute("aria-checked", "true")
    await page.goto("/worker/#/tasks")


async def _no_barriers(screen: Screen) -> None:
    assert await find_barriers(screen.page) == []


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_a_task_is_handled_through_a_dead_spot(chromium: Browser, server: Wardline, language: str) -> None:
    phone = opened(chromium, server, "/worker/", user=USER, language=language, phone=True)
    async with phone as screen:
        page = screen.page
        await _sign_on(page)
        with server.sign_in("dispatcher") as desk:
            case = send_task(desk, WORKER, "解放碑步行街垃圾桶满溢")
            await expect(page.get_by_test_id("alert")).to_be_visible()
            await screen.shoot("worker-alert")
            await _no_barriers(screen)
            await page.get_by_test_id("alert").locator(".see").click()
            step = page.get_by_test_id("step")
            await expect(step).to_have_attribute("data-step", "accept")
            await _no_barriers(screen)
            await step.click()
            await expect(step).to_have_attribute("data-step", "depart")
            await expect(page.locator("p.op")).to_have_count(0)  # it has been sent

            await screen.context.set_offline(True)
            await step.click()
            await expect(step).to_have_attribute("data-step", "arrive")
            await step.click()
            await expect(step).to_have_attribute("data-step", "report_handled")
            await screen.shoot("worker-task")
            await step.click()
            await page.get_by_test_id("gallery").set_input_files([make_photo()])
            await expect(page.locator(".photos img")).to_have_count(1)
            await page.locator(".phrases button").first.click()
            await _no_barriers(screen)
            await screen.shoot("worker-finish")
            await page.get_by_test_id("finish-send").click()
            await page.goto("/worker/#/outbox")
            await expect(page.locator("[data-test=op][data-state=sent]")).to_have_count(1)
            await screen.shoot("worker-outbox")
            await _no_barriers(screen)

            await screen.context.set_offline(False)
            await expect(page.locator("[data-test=op][data-state=sent]")).to_have_count(4, timeout=40_000)
            facts = list_facts(desk, case["id"])
            assert facts[-4:] == ["TaskAccepted", "WorkerDeparted", "WorkerArrived", "CaseHandled"], facts
        await page.goto("/worker/#/done")
        await expect(page.get_by_text(case["number"])).to_be_visible()
        await screen.shoot("worker-done")
        assert not screen.faults.refused, screen.faults.refused
        assert not screen.faults.strangers, screen.faults.strangers


async def test_an_answer_that_got_lost_happens_once(chromium: Browser, server: Wardline) -> None:
    async with opened(chromium, server, "/worker/", user=USER, phone=True) as screen:
        page = screen.page
        await _sign_on(page)
        with server.sign_in("dispatcher") as desk:
            case = send_task(desk, WORKER, "Litter beside the steps")

            async def lose(route: Route) -> None:
                await route.fetch()  # the server has done it
                await route.abort()

            await screen.context.route(re.compile("/commands/accept$"), lose, times=1)
            await page.get_by_test_id("accept").click()
            await expect(page.get_by_test_id("accept")).to_have_count(0)
            await page.goto("/worker/#/outbox")
            await expect(page.locator("[data-test=op][data-state=sent]")).to_have_count(1, timeout=20_000)
            assert list_facts(desk, case["id"]).count("TaskAccepted") == 1


async def test_a_task_that_went_elsewhere_meanwhile_is_explained(chromium: Browser, server: Wardline) -> None:
    async with opened(chromium, server, "/worker/", user=USER, phone=True) as screen:
        page = screen.page
        await _sign_on(page)
        with server.sign_in("dispatcher") as desk:
            case = send_task(desk, WORKER, "Litter beside the steps")
            await expect(page.get_by_test_id("accept")).to_be_visible()
            await screen.context.set_offline(True)
            await page.get_by_test_id("accept").click()
            void = desk.post(f"/api/v1/cases/{case['id']}/commands/void", json={"reason": "reported twice"})
            assert void.json()["stage"] == "void"
            await screen.context.set_offline(False)
        await page.goto("/worker/#/outbox")
        failed = page.locator("[data-test=op][data-state=failed]")
        await expect(failed).to_contain_text("not yours any more", timeout=20_000)
        await screen.shoot("worker-conflict")
        await failed.get_by_role("button", name="Give up").click()
        await expect(failed).to_have_count(0)


async def test_the_page_opens_without_a_signal(chromium: Browser, server: Wardline) -> None:
    async with opened(chromium, server, "/worker/", user=USER, phone=True) as screen:
        page = screen.page
        await _sign_on(page)
        with server.sign_in("dispatcher") as desk:
            send_task(desk, WORKER, "Litter beside the steps")
        await expect(page.get_by_test_id("task")).to_have_count(1)
        await page.evaluate("navigator.serviceWorker.ready")
        await page.wait_for_timeout(2_500)  # what the page keeps, it keeps a second after the last change
        await screen.context.set_offline(True)
        await page.reload()
        await expect(page.get_by_test_id("task")).to_have_count(1)
        await expect(page.get_by_text("No network")).to_be_visible()
        await screen.shoot("worker-no-signal")
