"""The worker's phone: a task from its ring to its report, through a dead spot and through an answer that got lost.

desk --- task ---> phone: rings, accepts
                   dead spot: sets off, arrives, photographs, reports; all waits on the phone
desk <-- all of it, in order, once --- signal again
"""

import re

import pytest
from playwright.async_api import Browser, Page, Route, expect

from gis.point import LonLat
from tests.browser.axe import find_barriers
from tests.browser.desk import STEPS, list_facts, send_task
from tests.browser.pages import Screen, opened
from tests.browser.phone import USER, WORKER, accept_alarm, everything_is_sent, journal_of, sign_on
from tests.browser.photos import make_photo
from tests.browser.pushes import deliver
from tests.parts.wardline import Wardline

pytestmark = pytest.mark.browser

HERE = LonLat(*STEPS)


async def _no_barriers(screen: Screen) -> None:
    assert await find_barriers(screen.page) == []


async def _has_large_targets(page: Page, least_px: float = 47.5) -> None:
    """Everything that a thumb is to hit is 48 px high or is hit by its own large label; inline links are text."""
    small = await page.evaluate(
        """(least) => [...document.querySelectorAll('button, textarea, .btn, nav a, header a, label:has(input)')]
          .filter(each => each.checkVisibility() && !each.closest('.maplibregl-map'))
          .map(each => [each.getBoundingClientRect(), each])
          .filter(([box]) => box.height < least || box.width < least)
          .map(([box, each]) => `${box.width}x${box.height} ${each.outerHTML.slice(0, 120)}`)""",
        least_px,
    )
    assert small == []


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_a_task_is_handled_through_a_dead_spot(chromium: Browser, server: Wardline, language: str) -> None:
    phone = opened(chromium, server, "/worker/", user=USER, language=language, phone=True)
    async with phone as screen:
        page = screen.page
        await sign_on(page)
        with server.sign_in("dispatcher") as desk:
            case = send_task(desk, WORKER, "解放碑步行街垃圾桶满溢")
            await expect(page.get_by_test_id("alert")).to_be_visible()
            await screen.shoot("worker-alert")
            await _no_barriers(screen)
            await _has_large_targets(page)
            await page.get_by_test_id("alert").locator(".see").click()
            await expect(page.get_by_test_id("alert")).to_be_hidden()
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
            await page.get_by_test_id("after").get_by_test_id("gallery").set_input_files([make_photo()])
            await expect(page.locator(".photos img")).to_have_count(1)
            await _has_large_targets(page)
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
        await sign_on(page)
        with server.sign_in("dispatcher") as desk:
            case = send_task(desk, WORKER, "Litter beside the steps")

            async def lose(route: Route) -> None:
                await route.fetch()  # the server has done it
                await route.abort()

            await screen.context.route(re.compile("/commands/accept$"), lose, times=1)
            await page.get_by_test_id("alarm-later").click()
            await page.get_by_test_id("accept").click()
            await expect(page.get_by_test_id("accept")).to_have_count(0)
            await page.goto("/worker/#/outbox")
            await expect(page.locator("[data-test=op][data-state=sent]")).to_have_count(1, timeout=20_000)
            assert list_facts(desk, case["id"]).count("TaskAccepted") == 1


async def test_a_task_that_went_elsewhere_meanwhile_is_explained(chromium: Browser, server: Wardline) -> None:
    async with opened(chromium, server, "/worker/", user=USER, phone=True) as screen:
        page = screen.page
        await sign_on(page)
        with server.sign_in("dispatcher") as desk:
            case = send_task(desk, WORKER, "Litter beside the steps")
            await page.get_by_test_id("alarm-later").click()
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


async def test_the_alarm_rings_until_it_is_answered_and_never_over_an_open_task(
    chromium: Browser, server: Wardline
) -> None:
    async with opened(chromium, server, "/worker/", user=USER, language="zh", phone=True) as screen:
        page = screen.page
        await sign_on(page)
        await page.evaluate(
            "(window.rung = 0, AudioContext.prototype.createOscillator = new Proxy("
            "AudioContext.prototype.createOscillator, {apply: (f, t, a) => (window.rung++, f.apply(t, a))}), 0)"
        )
        with server.sign_in("dispatcher") as desk:
            case = send_task(desk, WORKER, "解放碑步行街垃圾桶满溢")
            alarm = page.get_by_test_id("alert")
            await expect(alarm).to_be_visible()
            await page.wait_for_function("() => window.rung >= 2", timeout=30_000)  # again, without a new fact
            box = await alarm.bounding_box()
            assert box is not None
            assert (box["width"], box["height"]) == (390, 844)
            await page.keyboard.press("Escape")
            await expect(alarm).to_be_hidden()
            await page.goto(f"/worker/#/task/{case['id']}")
            desk.post(f"/api/v1/cases/{case['id']}/commands/remind", json={"note": "快一点"}).raise_for_status()
            await expect(page.get_by_test_id("message")).to_contain_text("快一点")
            await expect(page.get_by_test_id("note-bar")).to_have_count(0)
            await page.goto("/worker/#/tasks")
            desk.post(f"/api/v1/cases/{case['id']}/commands/note", json={"note": "后门"}).raise_for_status()
            await expect(page.get_by_test_id("note-bar")).to_be_visible()
            await _no_barriers(screen)
            await page.get_by_test_id("note-bar").locator(".see").click()
            await expect(page.get_by_test_id("note-bar")).to_have_count(0)
            rung = await page.evaluate("window.rung")
            await page.wait_for_timeout(6_000)
            assert await page.evaluate("window.rung") == rung, "nothing rings any more"


async def test_the_team_talks_in_the_case(chromium: Browser, server: Wardline) -> None:
    opening = opened(chromium, server, "/worker/", user=USER, language="zh", phone=True, allows=["microphone"])
    async with opening as screen:
        page = screen.page
        await sign_on(page)
        with server.sign_in("dispatcher") as desk:
            case = send_task(desk, WORKER, "解放碑步行街垃圾桶满溢")
            await accept_alarm(page)
            await page.get_by_test_id("chat-text").fill("到哪个门？")
            await page.get_by_test_id("chat-send").click()
            await expect(page.get_by_test_id("message")).to_have_count(1)
            desk.post(f"/api/v1/cases/{case['id']}/commands/note", json={"note": "东门"}).raise_for_status()
            await expect(page.get_by_test_id("message")).to_have_count(2)
            await page.get_by_role("button", name="添加图片或语音").click()
            await page.get_by_test_id("chat").get_by_test_id("gallery").set_input_files([make_photo(640, 480)])
            await page.get_by_test_id("voice-start").click()
            await page.wait_for_timeout(1_200)
            await page.get_by_test_id("voice-stop").click()
            await page.get_by_test_id("chat-send").click()
            await expect(page.get_by_test_id("voice")).to_have_count(1)
            await page.get_by_test_id("voice").evaluate(
                "each => new Promise((done, fail) => {"
                " each.onloadedmetadata = done; each.onerror = () => fail(new Error('no sound')); each.load() })"
            )
            await page.get_by_test_id("chat").scroll_into_view_if_needed()
            await screen.shoot("worker-chat")
            await _no_barriers(screen)
            await _has_large_targets(page)
        assert not screen.faults.refused, screen.faults.refused


async def test_the_day_the_switches_and_the_sun(chromium: Browser, server: Wardline) -> None:
    async with opened(chromium, server, "/worker/", user=USER, phone=True, at=HERE) as screen:
        page = screen.page
        await sign_on(page)
        await expect(page.get_by_test_id("share-chip")).to_have_attribute("data-share", "on")
        with server.sign_in("dispatcher") as desk:

            async def track_has(count: int) -> None:
                for _ in range(40):
                    if len(desk.get(f"/api/v1/workers/{WORKER}/track").json()["items"]) == count:
                        return
                    await page.wait_for_timeout(500)
                raise AssertionError(f"no track of {count}")

            await track_has(1)
            await page.goto("/worker/#/me")
            await page.get_by_test_id("share").uncheck()
            await expect(page.get_by_test_id("share-chip")).to_have_attribute("data-share", "off")
            await track_has(0)
            await page.get_by_test_id("push-test").click()
            await expect(page.get_by_test_id("push-reports")).to_be_visible()
            await expect(page.get_by_test_id("map-state")).to_have_attribute("data-state", "kept")
            for dark in (False, True):
                if dark:
                    await screen.darken()
                await screen.shoot("worker-me")
                await _no_barriers(screen)
            await page.get_by_test_id("switch-contrast").check()
            await page.get_by_test_id("switch-size").check()
            await _no_barriers(screen)
            await _has_large_targets(page)
            await screen.shoot("worker-me-sun")
            case = send_task(desk, WORKER, "Litter beside the steps")
            await accept_alarm(page)
            await screen.shoot("worker-task-sun")
            await _no_barriers(screen)
            await page.get_by_test_id("shortcut").click()
            await page.get_by_test_id("step").click()
            await page.get_by_test_id("finish-send").click()
            await everything_is_sent(page, 3)
            await page.goto("/worker/#/done")
            await expect(page.get_by_test_id("day")).to_contain_text("100%")
            await expect(page.get_by_text(case["number"])).to_be_visible()
            await screen.shoot("worker-day")
            await _no_barriers(screen)


async def test_a_push_shows_a_notification_and_what_is_unreachable_is_said(chromium: Browser, server: Wardline) -> None:
    opening = opened(chromium, server, "/worker/", user=USER, language="zh", phone=True, allows=["notifications"])
    async with opening as screen:
        page = screen.page
        await sign_on(page)
        await page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        said = {"kind": "TaskDispatched", "title": "新任务", "body": "暴露垃圾 · 民权路", "tag": "c1", "urgent": True}
        await deliver(screen, server.url, "/worker/", {**said, "url": "/worker/#/task/c1"})
        await page.goto("/worker/#/me")
        await page.get_by_test_id("push-turn").click()
        state = page.get_by_test_id("push-state")
        await expect(state).to_have_attribute("data-state", re.compile("unreachable|on"), timeout=40_000)
        await screen.shoot("worker-push")


ASKED: dict[str, tuple[str, dict[str, object]]] = {
    "request_extension": ("ExtensionRequested", {"amount": 2, "reason": "Waiting for material or tools"}),
    "request_suspension": ("SuspensionRequested", {"reason": "Needs a planned project"}),
    "return": ("ReturnRequested", {"reason": "Not my department's duty"}),
    "hand_over": ("TaskDispatched", {}),
}


@pytest.mark.parametrize("name", ASKED)
async def test_what_else_the_server_allows_can_be_asked_for(chromium: Browser, server: Wardline, name: str) -> None:
    async with opened(chromium, server, "/worker/", user=USER, phone=True) as screen:
        page = screen.page
        await sign_on(page)
        with server.sign_in("dispatcher") as desk:
            case = send_task(desk, WORKER, "Litter beside the steps")
            await accept_alarm(page)
            await page.get_by_test_id("more").click()
            await _no_barriers(screen)
            await screen.shoot("worker-more")
            await page.get_by_test_id(f"side-{name}").click()
            await _no_barriers(screen)
            await _has_large_targets(page)
            await screen.shoot(f"worker-{name}")
            await _fill_in(page, name)
            button = "hand-over-send" if name == "hand_over" else "request-send"
            await page.get_by_test_id(button).click()
            await expect(page.get_by_role("dialog")).to_have_count(0)
            await everything_is_sent(page, 2)
            kind, said = ASKED[name]
            fact = next(each for each in reversed(journal_of(desk, case["id"])) if each["kind"] == kind)
            assert said.items() <= fact["data"].items(), fact
            if name == "hand_over":
                assert fact["data"]["worker"] != WORKER
                return
            await page.goto(f"/worker/#/task/{case['id']}")
            await expect(page.get_by_test_id("request")).to_contain_text(str(said["reason"]))
            await page.get_by_test_id("more").click()
            await page.get_by_test_id("side-withdraw_request").click()
            await expect(page.get_by_test_id("request")).to_have_count(0)
            await everything_is_sent(page, 3)


async def _fill_in(page: Page, name: str) -> None:
    if name == "hand_over":
        await page.locator("[name=colleague]").first.check()
        await page.get_by_test_id("hand-over-why").fill("my shift ends")
        return
    await page.get_by_role("radio", name=str(ASKED[name][1]["reason"]), exact=True).check()
    if name == "request_extension":
        await page.get_by_role("button", name="More", exact=True).click()
    if name == "request_suspension":
        field = page.get_by_test_id("review")
        await field.fill(await field.get_attribute("max") or "")
