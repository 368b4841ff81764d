"""The worker's phone with the network cut: what he reads, what he does, and what becomes of it.

phone: accepts --- signal lost --- sets off, arrives, writes, photographs, speaks, reports, finds something
       the tab is killed, the page is opened again: all of it is still there
       --- signal back --- sent once, in order, each with the time at which it was done
desk:  meanwhile the case may go elsewhere, or the login may end: his words and pictures are never lost
"""

import re
import shutil
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect
from playwright.async_api import Error as BrowserError

from gis.point import LonLat
from tests.browser.axe import find_barriers
from tests.browser.desk import STEPS, send_task
from tests.browser.pages import opened
from tests.browser.phone import (
    USER,
    WORKER,
    accept_alarm,
    everything_is_sent,
    is_ready_for_no_signal,
    journal_of,
    ops,
    sign_on,
)
from tests.browser.photos import make_photo
from tests.parts.wardline import DEMO_PASSWORD, ROOT, Wardline, run_wardline

pytestmark = pytest.mark.browser

HERE = LonLat(*STEPS)
AWAY_S = 6
"""How long the signal is gone at least: what is told later is told by so much later."""


async def _kill(page: Page) -> None:
    """Let the tab die as phones kill it: without a chance to say anything."""
    with suppress(BrowserError):
        await page.goto("chrome://crash", timeout=3_000)
    await page.close()


async def _report(page: Page, note: str) -> None:
    """Report the task handled with two pictures after, one before, words and a voice."""
    await page.get_by_test_id("step").click()
    await page.get_by_test_id("after").get_by_test_id("gallery").set_input_files([make_photo(), make_photo(1200, 900)])
    await expect(page.get_by_test_id("after").locator("img")).to_have_count(2)
    await page.get_by_test_id("before").get_by_test_id("gallery").set_input_files([make_photo(800, 600)])
    await page.locator("#note").fill(note)
    await page.get_by_test_id("voice-start").click()
    await page.wait_for_timeout(1_500)
    await page.get_by_test_id("voice-stop").click()
    await expect(page.get_by_test_id("voice-own")).to_be_visible()
    await page.get_by_test_id("finish-send").click()
    await page.wait_for_url(re.compile("#/tasks$"))


async def test_what_is_done_in_a_dead_spot_is_sent_once_in_order_with_its_own_times(
    chromium: Browser, server: Wardline
) -> None:
    opening = opened(chromium, server, "/worker/", user=USER, language="zh", phone=True, at=HERE, allows=["microphone"])
    async with opening as screen:
        page = screen.page
        await sign_on(page)
        with server.sign_in("dispatcher") as desk:
            case = send_task(desk, WORKER, "解放碑步行街垃圾桶满溢")
            await accept_alarm(page)
            desk.post(f"/api/v1/cases/{case['id']}/commands/note", json={"note": "后门更近"}).raise_for_status()
            await expect(page.get_by_test_id("message")).to_contain_text("后门更近")
            await is_ready_for_no_signal(screen, messages=1)

            await screen.context.set_offline(True)
            begun = datetime.now(UTC)
            step = page.get_by_test_id("step")
            await step.click()
            await expect(step).to_have_attribute("data-step", "arrive")
            await step.click()
            await expect(step).to_have_attribute("data-step", "report_handled")
            await page.get_by_test_id("chat-text").fill("到了，正在清理")
            await page.get_by_test_id("chat-send").click()
            await _report(page, "已清理完毕")
            ended = datetime.now(UTC)
            await _kill(page)

            page = screen.page = await screen.context.new_page()
            await page.goto("/worker/#/outbox")
            await expect(ops(page, "waiting")).to_have_count(4)
            await expect(page.get_by_test_id("strip")).to_contain_text("4")
            await screen.shoot("worker-offline-outbox")
            assert await find_barriers(page) == []
            await page.wait_for_timeout(AWAY_S * 1_000)
            assert "WorkerDeparted" not in [fact["kind"] for fact in journal_of(desk, case["id"])]

            await screen.context.set_offline(False)
            await everything_is_sent(page, 5)
            _were_told_later(journal_of(desk, case["id"]), begun, ended)
            handled = journal_of(desk, case["id"])[-1]["data"]
            assert (handled["note"], len(handled["before"])) == ("已清理完毕", 1)
            pictures = [each for each in handled["media"] if not each.startswith("rec-")]
            voices = [each for each in handled["media"] if each.startswith("rec-")]
            assert (len(pictures), len(voices)) == (2, 1), handled
            voice = desk.get(f"/api/v1/media/{voices[0]}")
            assert voice.headers["content-type"].startswith("audio/")
            assert len(voice.content) > 1_000


def _were_told_later(facts: list[dict[str, Any]], begun: datetime, ended: datetime) -> None:
    """Each once, in the order in which they were done, with the times of the doing beside those of the telling."""
    told = [fact["kind"] for fact in facts]
    done = ["TaskAccepted", "NoteAdded", "WorkerDeparted", "WorkerArrived", "NoteAdded", "CaseHandled"]
    assert told[-6:] == done, told
    slack = timedelta(seconds=2)
    for fact in facts[-4:]:
        if fact["kind"] != "NoteAdded":
            happened = datetime.fromisoformat(fact["data"]["happened_at"])
            assert begun - slack <= happened <= ended + slack, fact
            assert datetime.fromisoformat(fact["at"]) - happened > timedelta(seconds=AWAY_S), fact


async def test_tasks_their_talk_and_the_map_are_there_without_a_signal(chromium: Browser, server: Wardline) -> None:
    async with opened(chromium, server, "/worker/", user=USER, phone=True, at=HERE) as screen:
        page = screen.page
        await sign_on(page)
        with server.sign_in("dispatcher") as desk:
            case = send_task(desk, WORKER, "Litter beside the steps")
            await accept_alarm(page)
            desk.post(f"/api/v1/cases/{case['id']}/commands/note", json={"note": "use the back door"})
            await expect(page.get_by_test_id("message")).to_have_count(1)
        await is_ready_for_no_signal(screen, messages=1)
        await screen.context.set_offline(True)
        await page.goto("about:blank")
        await page.goto("/worker/#/tasks")
        await expect(page.get_by_test_id("task")).to_have_count(1)
        await expect(page.get_by_text("No network")).to_be_visible()
        await page.get_by_test_id("task").locator("a").click()
        await expect(page.get_by_text("Litter beside the steps")).to_be_visible()
        await expect(page.get_by_text("use the back door")).to_be_visible()
        await expect(page.get_by_test_id("step")).to_have_attribute("data-step", "depart")
        await screen.shoot("worker-offline-task")
        await page.goto("/worker/#/tasks")
        await page.get_by_test_id("view-map").click()
        await expect(page.locator(".map-pane")).to_have_attribute("data-drawn", "true")
        part = await page.evaluate(
            "fetch('/basemap/city.pmtiles', {headers: {Range: 'bytes=0-6'}})"
            ".then(async answer => [answer.status, await answer.text()])"
        )
        assert part == [206, "PMTiles"]
        await screen.shoot("worker-offline-map")
        assert await find_barriers(page) == []
        await page.goto("/worker/#/me")
        await expect(page.get_by_test_id("duty")).to_have_attribute("aria-checked", "true")
        await screen.context.set_offline(False)
        await screen.is_live()


async def test_a_login_that_has_ended_loses_nothing(chromium: Browser, server: Wardline) -> None:
    async with opened(chromium, server, "/worker/", user=USER, phone=True) as screen:
        page = screen.page
        await sign_on(page)
        with server.sign_in("dispatcher") as desk:
            case = send_task(desk, WORKER, "Litter beside the steps")
            await accept_alarm(page)
            await is_ready_for_no_signal(screen)
            await screen.context.set_offline(True)
            await page.get_by_test_id("step").click()
            await page.get_by_test_id("step").click()
            await expect(page.get_by_test_id("step")).to_have_attribute("data-step", "report_handled")
            await _end_all_logins(server)
            await screen.context.set_offline(False)
            await page.get_by_test_id("login-again").click(timeout=40_000)
            await page.wait_for_url(re.compile("/login/"))
            await page.locator("#username, [name=username]").first.fill(USER)
            await page.locator("[type=password]").first.fill(DEMO_PASSWORD)
            await page.keyboard.press("Enter")
            await page.wait_for_url(re.compile("/worker/"))
            await everything_is_sent(page, 3)
            told = [fact["kind"] for fact in journal_of(desk, case["id"])]
            assert told[-3:] == ["TaskAccepted", "WorkerDeparted", "WorkerArrived"], told


async def _end_all_logins(server: Wardline) -> None:
    """End the worker's sessions as a closed account does, and let him in again."""
    with server.sign_in("admin") as admin:
        for disabled in (True, False):
            admin.patch(f"/api/v1/users/{USER}", json={"disabled": disabled}).raise_for_status()


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_what_can_no_longer_be_done_is_kept_as_a_note_and_overwrites_nothing(
    chromium: Browser, server: Wardline, language: str
) -> None:
    opening = opened(chromium, server, "/worker/", user=USER, language=language, phone=True, allows=["microphone"])
    async with opening as screen:
        page = screen.page
        await sign_on(page)
        with server.sign_in("dispatcher") as desk:
            case = send_task(desk, WORKER, "Litter beside the steps")
            await accept_alarm(page)
            await page.get_by_test_id("shortcut").click()
            await expect(page.get_by_test_id("step")).to_have_attribute("data-step", "report_handled")
            await is_ready_for_no_signal(screen)
            await screen.context.set_offline(True)
            await _report(page, "Swept; two bags taken away")
            moved = {"worker": "W002", "reason": "shift ends"}
            given = desk.post(f"/api/v1/cases/{case['id']}/commands/reassign", json=moved).raise_for_status().json()
            await screen.context.set_offline(False)
            await page.goto("/worker/#/outbox")
            kept = ops(page, "kept")
            await expect(kept).to_have_count(1, timeout=40_000)
            await expect(kept).to_contain_text(case["number"])
            await screen.shoot("worker-kept")
            assert await find_barriers(page) == []
            facts = journal_of(desk, case["id"])
            note = facts[-1]
            assert note["kind"] == "NoteAdded"
            assert "Swept; two bags taken away" in note["data"]["note"]
            assert len(note["data"]["media"]) == 4, "two after, one before, a voice"
            now = desk.get(f"/api/v1/cases/{case['id']}").json()
            assert (now["worker"], now["stage"]) == ("W002", given["stage"])
            assert "CaseHandled" not in [fact["kind"] for fact in facts]
            await page.get_by_test_id("kept-ok").click()
            await expect(kept).to_have_count(0)


async def test_a_new_version_waits_for_its_reader_and_keeps_what_he_writes(chromium: Browser, tmp_path: Path) -> None:
    front = tmp_path / "front"
    shutil.copytree(ROOT / "frontend" / "dist", front)
    with run_wardline(tmp_path / "data", env={"WARDLINE_FRONT_DIR": str(front)}) as server:
        async with opened(chromium, server, "/worker/", user=USER, phone=True) as screen:
            page = screen.page
            await sign_on(page)
            with server.sign_in("dispatcher") as desk:
                send_task(desk, WORKER, "Litter beside the steps")
            await accept_alarm(page)
            await is_ready_for_no_signal(screen)
            await page.reload()
            await page.wait_for_function("() => navigator.serviceWorker.controller !== null")
            await screen.mark()
            script = front / "worker" / "sw.js"
            script.write_text(script.read_text(encoding="utf-8") + "\n// a newer version\n", encoding="utf-8")
            await page.evaluate("navigator.serviceWorker.ready.then(found => found.update()).then(() => true)")
            update = page.get_by_test_id("update")
            await expect(update).to_be_visible()
            await page.wait_for_timeout(1_000)
            assert await screen.is_unreloaded(), "it waits"
            await screen.shoot("worker-update")
            assert await find_barriers(page) == []
            await page.get_by_test_id("chat-text").fill("half a sentence")
            await update.click()
            await page.wait_for_function("() => window.wardlineMark === undefined")
            await expect(page.get_by_test_id("chat-text")).to_have_value("half a sentence")
            await expect(page.get_by_test_id("update")).to_have_count(0)


async def test_a_finding_waits_for_a_signal_too(chromium: Browser, server: Wardline) -> None:
    async with opened(chromium, server, "/worker/", user=USER, language="zh", phone=True, at=HERE) as screen:
        page = screen.page
        await sign_on(page)
        await is_ready_for_no_signal(screen, tasks=0)
        await screen.context.set_offline(True)
        await page.goto("/worker/#/find")
        await page.get_by_test_id("gallery").set_input_files([make_photo(900, 600)])
        await page.get_by_test_id("find-category").fill("井盖")
        await page.get_by_test_id("category").first.click()
        await page.get_by_test_id("find-text").fill("井盖破损，行人绕行")
        await page.get_by_test_id("find-me").click()
        await expect(page.locator(".map-pane")).to_have_attribute("data-drawn", "true")
        await screen.shoot("worker-find")
        assert await find_barriers(page) == []
        await page.get_by_test_id("find-send").click()
        await expect(page.get_by_test_id("finding")).to_have_attribute("data-state", "waiting")
        await screen.context.set_offline(False)
        await expect(page.get_by_test_id("finding")).to_have_attribute("data-state", "sent", timeout=40_000)
        with server.sign_in("acceptor") as desk:
            found = desk.get("/api/v1/cases", params={"source": f"user:{USER}"}).json()["items"]
        assert [(each["text"], each["stage"], len(each["media"])) for each in found] == [
            ("井盖破损，行人绕行", "reported", 1)
        ]
