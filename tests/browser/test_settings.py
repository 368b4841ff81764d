"""The settings: an administrator changes a limit, sees what that does, publishes it, and goes back."""

import asyncio
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.async_api import Browser, expect

from tests.browser.axe import find_barriers
from tests.browser.desk import LITTER, send_task
from tests.browser.pages import Screen, opened
from tests.parts.wardline import Wardline, run_wardline

pytestmark = pytest.mark.browser

PAGES = (
    "categories", "workers", "duties", "shifts", "calendar", "holidays", "calendars", "escalations",
    "areas-street", "sensing", "sources", "templates", "flow", "profile",
    "components", "review", "history", "pack",
)  # fmt: skip


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wardline]:
    """A city whose settings may be changed by these tests."""
    with run_wardline(tmp_path_factory.mktemp("settings") / "data") as server:
        yield server


@pytest.mark.parametrize(
    ("language", "dark", "phone"), [("zh", False, False), ("en", True, False), ("zh", True, True), ("en", False, True)]
)
async def test_every_page_keeps_nobody_out(
    chromium: Browser, city: Wardline, language: str, dark: bool, phone: bool
) -> None:
    opening = opened(chromium, city, "/settings/", user="admin", language=language, dark=dark, phone=phone)
    async with opening as screen:
        for page in PAGES:
            await screen.page.goto(f"/settings/#/{page}")
            await screen.hook("title").wait_for()
            await screen.settle()
            await screen.shoot(f"settings-{page}")
            assert await find_barriers(screen.page) == [], page
            beyond = await screen.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
            assert beyond <= 0, f"{page}: {beyond} px beyond the edge"
            if language == "zh":
                assert re.search(r"[\u4e00-\u9fff]{2}", await screen.hook("title").inner_text())
        screen.check()


async def _find(screen: Screen, words: str) -> None:
    await screen.hook("find").fill(words)
    await expect(screen.hook("row-count")).to_contain_text("1 of")


async def test_a_limit_is_changed_previewed_published_and_taken_back(chromium: Browser, city: Wardline) -> None:
    with city.sign_in("dispatcher") as desk:
        case = send_task(desk, "W001", "Litter for the settings")
        async with opened(chromium, city, "/settings/#/categories", user="admin") as screen:
            page = screen.page
            await _find(screen, LITTER)
            # By the keyboard alone: to the limit, 99 days, and out of the cell.
            await screen.hook("grid").focus()
            await page.keyboard.press("Home")
            for _ in range(5):
                await page.keyboard.press("ArrowRight")
            await page.keyboard.press("Enter")
            await page.keyboard.press("Control+a")
            await page.keyboard.type("nonsense")
            await page.keyboard.press("Enter")
            await expect(screen.hook("draft-faults")).to_be_visible()
            await screen.shoot("settings-fault")
            assert await find_barriers(page) == []
            await page.keyboard.press("Enter")
            await page.keyboard.press("Control+a")
            await page.keyboard.type("99")
            await page.keyboard.press("Enter")
            await expect(screen.hook("draft-faults")).to_be_hidden()
            await screen.hook("review").click()
            await expect(screen.hook("effect-due")).to_contain_text("1 open cases get a new due time")
            await screen.shoot("settings-review")
            assert await find_barriers(page) == []
            await screen.hook("comment").fill("More time for litter")
            await screen.hook("publish").click()
            await expect(screen.hook("published")).to_contain_text("version 2")
            await expect(screen.hook("version")).to_contain_text("Version 2")
            await _is_due_later(desk, case)
            await screen.hook("nav-history").click()
            await expect(screen.hook("versions")).to_contain_text("More time for litter")
            await page.goto("/settings/#/history/1")
            await screen.hook("restore").click()
            await expect(screen.hook("diff")).to_contain_text("99")
            await expect(screen.hook("effect-due")).to_be_visible()
            await screen.hook("publish").click()
            await expect(screen.hook("published")).to_contain_text("version 3")
            screen.check()


async def _is_due_later(desk: httpx.Client, case: dict[str, Any]) -> None:
    """The case has its new limit within a moment."""
    for _ in range(100):
        now = desk.get(f"/api/v1/cases/{case['id']}").json()
        if now["due_at"] > case["due_at"]:
            return
        await asyncio.sleep(0.1)
    raise AssertionError(f"still due at {case['due_at']}")


async def test_a_holiday_a_row_and_a_key(chromium: Browser, city: Wardline, tmp_path: Path) -> None:
    async with opened(chromium, city, "/settings/#/calendar", user="admin", language="zh") as screen:
        page = screen.page
        day = screen.hook("day-2026-12-24")
        await expect(day).to_have_attribute("data-kind", "work")
        await day.click()
        await expect(day).to_have_attribute("data-kind", "holiday")
        weekend = screen.hook("day-2026-12-26")
        await weekend.click()
        await expect(weekend).to_have_attribute("data-kind", "makeup")
        await day.click()
        await expect(day).to_have_attribute("data-kind", "work")
        await page.goto("/settings/#/templates")
        await screen.hook("add-row").click()
        await page.locator("#f-id").fill("t1")
        await page.locator("#f-kind").select_option("note")
        await screen.hook("row-save").click()
        await expect(screen.hook("row-form").get_by_text("zh 与 en 不能都为空").first).to_be_visible()
        assert await find_barriers(page) == []
        await screen.shoot("settings-row")
        await page.locator("#f-zh").fill("已通知")
        await screen.hook("row-save").click()
        await expect(screen.hook("row-form")).to_be_hidden()
        await expect(page.locator('[data-key="t1"][data-state="added"]')).to_be_visible()
        await page.goto("/settings/#/sources/gw-video-001")
        await screen.hook("make-key").click()
        await expect(screen.hook("fresh-key")).to_contain_text("wk_")
        assert await find_barriers(page) == []
        await screen.hook("keys").get_by_role("button", name="收回").click()
        await screen.hook("keys").get_by_role("button", name="确认收回").click()
        await expect(screen.hook("keys")).to_contain_text("尚未发放密钥")
        await page.keyboard.press("Escape")
        await page.goto("/settings/#/review")
        await screen.hook("discard").click()
        await screen.hook("really-discard").click()
        await expect(screen.hook("draft-bar")).to_be_hidden()
        screen.check()


async def test_a_rule_of_sensors_is_tried_before_it_is_switched_on(chromium: Browser, city: Wardline) -> None:
    start = datetime.now(UTC) - timedelta(minutes=20)
    readings = [
        {"metric": "CH4", "value": value, "at": (start + timedelta(minutes=n)).isoformat()}
        for n, value in enumerate((1, 2, 12, 13, 14))
    ]
    key = city.add_source("telemetry", "trial")
    city.post("telemetry", key, {"source": "YZ-GAS-0001", "readings": readings}).raise_for_status()
    for language, cases in (("zh", "会立 1 件案件"), ("en", "It would have opened 1 case")):
        rule = "/settings/#/sensing/septic_gas_rise%7C%7C"
        async with opened(chromium, city, rule, user="admin", language=language) as screen:
            await screen.hook("trial-days").select_option("1")
            answer = screen.hook("trial-cases")
            async with asyncio.timeout(30):
                while not (await answer.count() and cases in await answer.inner_text()):
                    await screen.hook("try-rule").click()
                    await expect(answer).to_be_visible()
            await expect(screen.hook("trial")).to_contain_text("+12 %LEL / 10 min")
            assert await find_barriers(screen.page) == []
            await screen.shoot("settings-trial")
            screen.check()


async def test_a_file_goes_out_and_comes_in(chromium: Browser, city: Wardline, tmp_path: Path) -> None:
    async with opened(chromium, city, "/settings/#/departments", user="admin") as screen:
        page = screen.page
        async with page.expect_download() as waiting:
            await screen.hook("export").click()
        path = tmp_path / "departments.csv"
        await (await waiting.value).save_as(path)
        path.write_text(path.read_text() + "parks2,新园林,New Parks,\n")
        await screen.hook("import").click()
        await page.locator("input[type=file]").set_input_files(path)
        assert await find_barriers(page) == []
        await screen.hook("send-file").click()
        await expect(screen.hook("draft-bar")).to_contain_text("your draft: 1")
        await expect(page.locator('[data-key="parks2"][data-state="added"]')).to_be_visible()
        await screen.hook("review").click()
        await screen.hook("discard").click()
        await screen.hook("really-discard").click()
        await expect(screen.hook("draft-bar")).to_be_hidden()


async def test_two_administrators_do_not_overwrite_each_other(chromium: Browser, city: Wardline) -> None:
    with city.sign_in("admin") as other:
        # The same account in another window: its draft is one, so the other one's edits are published under its feet.
        async with opened(chromium, city, "/settings/#/departments", user="admin") as screen:
            await screen.hook("grid").wait_for()
            version = other.get("/api/v1/settings").json()["version"]
            cells = {"cells": {"id": "night", "name_en": "Night desk"}}
            other.post("/api/v1/settings/sections/departments/rows", json=cells).raise_for_status()
            other.post("/api/v1/settings/draft/publish", json={"comment": "night"}).raise_for_status()
            await screen.hook("grid").focus()
            await screen.page.keyboard.press("ArrowRight")
            await screen.page.keyboard.press("Enter")
            await screen.page.keyboard.type("x")
            await screen.page.keyboard.press("Enter")
            await expect(screen.hook("overtaken")).to_contain_text(f"Version {version + 1}")
            await screen.hook("overtaken").get_by_role("button").click()
            await expect(screen.hook("row-count")).to_contain_text(re.compile(r"^\d+ of \d+"))
            await expect(screen.hook("overtaken")).to_be_hidden()
            assert [line for line in screen.faults.refused if not line.startswith("412")] == []


async def test_who_may_only_look_sees_no_way_to_change(chromium: Browser, city: Wardline) -> None:
    async with opened(chromium, city, "/settings/#/workers", user="supervisor") as screen:
        await screen.hook("grid").wait_for()
        for hook in ("add-row", "import", "draft-bar"):
            await expect(screen.hook(hook)).to_have_count(0)
        await expect(screen.page.get_by_text("You may look at the settings")).to_be_visible()
        screen.check()
    async with opened(chromium, city, "/settings/", user="dispatcher") as screen:
        await expect(screen.page.get_by_role("alert")).to_contain_text("You may not look at the settings")


async def test_a_webhooks_mapping_is_tried_on_a_pasted_sample(chromium: Browser, city: Wardline) -> None:
    told = {"zh": ("会读出 2 条", "在 severity 一行"), "en": ("It would tell of 2", "In the row severity")}
    sample = '{"alarms": [{"c": "E0102", "w": "litter", "s": 3}, {"c": "E0102", "w": "more"}]}'
    async with opened(chromium, city, "/settings/#/webhooks", user="admin") as screen:
        await expect(screen.hook("hook-none")).to_be_visible()
        for field, expression in (("category", "c"), ("items", "alarms"), ("text", "w"), ("severity", "s")):
            await screen.hook("add-row").click()
            await screen.page.locator("#f-mapping").fill("parks")
            await screen.page.locator("#f-field").select_option(field)
            await screen.page.locator("#f-expression").fill(expression)
            await screen.hook("row-save").click()
            await expect(screen.hook("row-form")).to_be_hidden()
    for language, (count, row) in told.items():
        async with opened(chromium, city, "/settings/#/webhooks", user="admin", language=language) as screen:
            await screen.hook("hook-sample").fill(sample)
            await screen.hook("hook-run").click()
            await expect(screen.hook("hook-answer")).to_contain_text(count)
            await expect(screen.hook("hook-said").locator("tr")).to_have_count(2)
            assert await find_barriers(screen.page) == []
            await screen.shoot("settings-webhook")
            await screen.hook("hook-sample").fill(sample.replace("3", '"high"'))
            await screen.hook("hook-run").click()
            await expect(screen.hook("hook-answer")).to_contain_text(row)
            assert await find_barriers(screen.page) == []
            await screen.shoot("settings-webhook-fault")
            screen.check()
    async with opened(chromium, city, "/settings/#/review", user="admin") as screen:
        await screen.hook("discard").click()
        await screen.hook("really-discard").click()
        await expect(screen.hook("draft-bar")).to_be_hidden()
