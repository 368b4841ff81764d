"""A case from its first word to its end, as those see it who have a screen. Nobody ever reloads a page.

camera ──> desk (1920 x 1080) ──> worker's phone (390 x 844) ──> desk checks ──> board counts
citizen's phone ──> desk files ──> citizen's link tells
"""

import re
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from gis.point import LonLat
from tests.browser import happenings
from tests.browser.happenings import desk_of
from tests.browser.pages import Screen, opened
from tests.parts.wardline import Wardline

pytestmark = pytest.mark.browser

JIEFANGBEI = LonLat(106.5770, 29.5570)
TODAY_CLOSED = "today-closed"


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """A photograph as a phone keeps it."""
    file = tmp_path / "photo.jpg"
    file.write_bytes(happenings.take_picture())
    return file


async def test_a_camera_s_case_is_sent_handled_checked_and_counted(
    chromium: Browser, server: Wardline, photo: Path
) -> None:
    key = happenings.make_key(server, happenings.PARKING_GATEWAY)
    with desk_of(server) as desk:
        worker = desk.list_workers(happenings.PARKING_DEPARTMENT)[0]
        desk.leave_on_duty(happenings.PARKING_DEPARTMENT, [])
    home = LonLat(*worker["point"])
    async with (
        opened(chromium, server, "/console/", user="dispatcher") as console,
        opened(chromium, server, "/worker/", user=worker["username"], phone=True, at=home) as phone,
        opened(chromium, server, "/board/", user="supervisor") as board,
    ):
        for screen in (console, phone, board):
            await screen.mark()
        await console.is_live()
        await phone.hook("duty").click()
        await expect(phone.hook("duty-chip")).to_have_attribute("data-on", "true")
        await expect(board.hook(TODAY_CLOSED)).to_contain_text("0")

        happenings.see(server, key)
        row = console.page.locator("article[data-case]")
        await expect(row).to_have_count(1)
        await expect(row).to_contain_text("Illegal motor-vehicle parking")
        await expect(row).to_contain_text(worker["name"]["en"])
        await expect(phone.hook("task")).to_have_count(1)
        await console.shoot("story-1-sent")
        await phone.shoot("story-1-sent")

        await _handle(phone, photo)
        await expect(phone.hook("task")).to_have_count(0)
        await expect(row).to_contain_text("Being checked")  # its camera is asked whether it is over

        await row.click()
        panel = console.hook("panel")
        await expect(panel).to_contain_text("Everything towed away")
        await expect(panel.locator("img").first).to_be_visible()
        await console.hook("command-check").click()
        await console.page.locator('input[name="passed"]').first.check()
        await console.hook("submit").click()
        await expect(console.hook("timeline")).to_contain_text("closed it, in time")
        await expect(board.hook(TODAY_CLOSED)).to_contain_text("1")
        await console.shoot("story-2-closed")

        for screen in (console, phone, board):
            assert await screen.is_unreloaded()
            screen.check()


async def _handle(phone: Screen, photo: Path) -> None:
    """Accept the one task at its alarm, go there, and report it handled with a photo and a note."""
    await phone.hook("alarm-accept").click()
    step = phone.hook("step")
    for name in ("depart", "arrive"):
        await expect(step).to_have_attribute("data-step", name)
        await step.click()
    await expect(step).to_have_attribute("data-step", "report_handled")
    await step.click()
    await phone.hook("after").get_by_test_id("camera").set_input_files(photo)
    await expect(phone.page.locator("dialog img, [role=dialog] img").first).to_be_visible()
    await phone.page.locator("#note").fill("Everything towed away")
    await phone.shoot("story-1-finish")
    await phone.hook("finish-send").click()


async def test_a_citizen_reports_and_follows(chromium: Browser, server: Wardline, photo: Path) -> None:
    with desk_of(server) as desk:
        desk.leave_on_duty("", [])
    async with (
        opened(chromium, server, "/console/", user="acceptor") as console,
        opened(chromium, server, "/report/", phone=True, at=JIEFANGBEI) as citizen,
    ):
        await console.is_live()
        for screen in (console, citizen):
            await screen.mark()
        await citizen.page.locator("#text").fill("The litter bin at the bus stop is overflowing")
        await citizen.hook("my-position").click()
        await expect(citizen.hook("placed")).to_be_visible()
        await citizen.hook("gallery").set_input_files(photo)
        await citizen.hook("send").click()
        number = (await citizen.hook("number").inner_text()).strip()
        assert number
        await expect(citizen.hook("follow")).to_have_attribute("data-stage", "reported")
        link = citizen.page.url.removesuffix("/new")

        row = console.page.locator("article[data-case]")
        await expect(row).to_have_count(1)
        await console.shoot("story-3-reported")
        await row.click()
        await expect(console.hook("panel")).to_contain_text("overflowing")
        await console.hook("command-file").click()
        await console.hook("submit").click()
        await expect(console.hook("timeline")).to_contain_text("filed it for")

        await citizen.page.get_by_role("button", name=re.compile("Refresh")).click()
        await expect(citizen.hook("follow")).to_have_attribute("data-stage", "filed")
        async with opened(chromium, server, link.removeprefix(server.url), language="zh", phone=True) as neighbour:
            await expect(neighbour.hook("number")).to_have_text(number)
            await neighbour.shoot("story-3-followed")
            neighbour.check()
        for screen in (console, citizen):
            assert await screen.is_unreloaded()
            screen.check()


async def test_a_lost_server_is_said_and_caught_up_with(chromium: Browser, server: Wardline) -> None:
    key = happenings.make_key(server, happenings.PARKING_GATEWAY)
    async with opened(chromium, server, "/console/", user="dispatcher") as console:
        await console.is_live()
        await console.mark()
        happenings.see(server, key)
        case = console.page.locator("article[data-case]")
        await expect(case).to_have_count(1)

        server.kill()
        await expect(console.hook("connection")).to_have_attribute("data-status", re.compile("stale|catching-up"))
        await expect(console.hook("connection")).not_to_contain_text("Live")
        await console.shoot("story-4-stale")

        server.start()
        happenings.see(server, key)  # the same place and kind: it is the case that we know
        with desk_of(server) as desk:
            desk.open("hotline", JIEFANGBEI, text="Litter bin overflowing", category="E0190")
        await console.is_live()
        await console.hook("fresh").click()
        await expect(case).to_have_count(2)
        ids = await case.evaluate_all("rows => rows.map(row => row.dataset.case)")
        assert len(set(ids)) == 2
        await expect(console.page.locator("article[data-case]", has_text="×2")).to_have_count(1)
        assert await console.is_unreloaded()
        assert not console.faults.strangers


async def test_the_keyboard_is_enough(chromium: Browser, server: Wardline) -> None:
    with desk_of(server) as desk:
        staff = desk.list_workers(happenings.PARKING_DEPARTMENT)[:2]
        desk.leave_on_duty(happenings.PARKING_DEPARTMENT, [worker["id"] for worker in staff])
        for number, point in enumerate(desk.find_places("路")[:3]):
            desk.open("hotline", point, text=f"A car where none may stand, {number}", category="E0505")
        waiting = {case["id"] for case in desk.list_cases()}
    assert len(waiting) == 3
    async with opened(chromium, server, "/console/", user="dispatcher") as console:
        await console.is_live()
        press = console.page.keyboard.press
        await expect(console.page.locator("article[data-case]")).to_have_count(3)
        order = await console.page.locator("article[data-case]").evaluate_all("all => all.map(one => one.dataset.case)")
        for key in ("j", "j", "k"):
            await press(key)
        active = console.page.locator("article.active")
        await expect(active).to_have_attribute("data-case", order[0])
        await press("Enter")
        await expect(console.hook("timeline")).to_contain_text("waits for a person")

        await press("?")
        await expect(console.page.get_by_role("dialog")).to_contain_text("Next / previous case")
        await console.shoot("story-5-keys")
        await press("Escape")
        await expect(console.page.get_by_role("dialog")).to_have_count(0)

        await press("f")
        await expect(console.hook("command-form").locator(":focus")).to_have_count(1)
        await press("Control+Enter")
        await expect(console.hook("timeline")).to_contain_text("The system sent")
        told = await console.hook("timeline").inner_text()
        (other,) = [worker for worker in staff if worker["name"]["en"] not in told]
        await press("a")
        search = console.hook("command-form").locator("input[type=search]")
        await expect(search).to_be_focused()
        await search.press_sequentially(other["name"]["en"])
        await press("Tab")
        await press("Space")
        await press("Control+Enter")
        await expect(console.hook("timeline")).to_contain_text(f"sent {other['name']['en']}")

        await press("Escape")
        await expect(console.hook("panel")).to_have_count(0)
        await press("/")
        await expect(console.hook("search")).to_be_focused()
        await console.page.keyboard.type("no such words")
        await expect(console.page.locator("article[data-case]")).to_have_count(0)
        await press("Escape")
        await expect(console.page.locator("article[data-case]")).to_have_count(3)
        console.check()
