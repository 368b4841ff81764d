"""What a camera is not sure of is judged by one key, and the next comes by itself; the board counts the verdicts.

camera (0.41) x 3 ──> desk: queue "to accept", picture large ── y ──> filed    ── n ──> false alarm   ── Enter ──> filed
board ──> 2 confirmed, 1 refused; the figure opens its cases
"""

import re

import pytest
from playwright.async_api import Browser, expect

from tests.browser import happenings
from tests.browser.pages import Screen, opened
from tests.parts.wardline import Wardline

pytestmark = pytest.mark.browser

CAMERAS = ("daping_002", "daping_003", "daping_004")


async def _is_judging(console: Screen, before: str = "") -> str:
    """Wait until another case than `before` is there to be judged, with its picture; return its id."""
    chosen = console.page.locator("article.active")
    if before:
        await expect(chosen).not_to_have_attribute("data-case", before)
    await expect(console.hook("verdict-picture")).to_be_visible()
    size = await console.hook("verdict-picture").bounding_box()
    assert size is not None
    assert size["height"] >= 180, "large enough to judge"
    return await chosen.get_attribute("data-case") or ""


@pytest.mark.parametrize(("language", "dark"), [("en", False), ("zh", True)])
async def test_one_key_confirms_or_refuses_what_a_camera_saw_and_the_board_counts_it(
    chromium: Browser, server: Wardline, language: str, dark: bool
) -> None:
    key = happenings.make_key(server, happenings.PARKING_GATEWAY)
    for camera in CAMERAS:
        happenings.see(server, key, camera, "dirty_road", score=0.41)
    async with opened(
        chromium, server, "/console/?queue=accept", user="acceptor", language=language, dark=dark
    ) as console:
        await console.is_live()
        rows = console.page.locator("article[data-case]")
        await expect(rows).to_have_count(3)
        press = console.page.keyboard.press
        await press("j")
        await press("Enter")
        first = await _is_judging(console)
        await console.shoot("verdict-1-judging")
        await press("y")
        second = await _is_judging(console, first)
        await press("n")
        third = await _is_judging(console, second)
        await press("Enter")
        await expect(console.hook("verdict")).to_have_count(0)
        assert len({first, second, third}) == 3
        console.check()
    with server.sign_in("dispatcher") as desk:
        cases = {each: desk.get(f"/api/v1/cases/{each}").json() for each in (first, second, third)}
        last = desk.get(f"/api/v1/cases/{second}/journal").json()["items"][-1]
    assert cases[second]["stage"] == "void"
    assert (last["kind"], last["data"]["false_alarm"]) == ("CaseVoided", True)
    assert not {cases[each]["stage"] for each in (first, third)} & {"reported", "void"}
    async with opened(chromium, server, "/board/", user="supervisor", language=language, dark=dark) as board:
        panel = board.hook("precision")
        await board.hook("precision-by-type").click()
        row = panel.locator("tbody tr")
        await expect(row).to_have_count(1)
        await expect(row.locator("td").nth(0)).to_have_text("2")
        await expect(row.locator("td").nth(1)).to_have_text("1")
        await expect(row.locator("td").nth(2)).to_contain_text(re.compile(r"66\.7\s?%"))
        await panel.scroll_into_view_if_needed()
        await board.shoot("verdict-2-precision")
        await row.locator("td").nth(1).get_by_test_id("figure").click()
        await expect(board.hook("behind").locator("li")).to_have_count(1)
        board.check()
