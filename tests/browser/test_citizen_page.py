"""The citizen's page: what, where, a photograph; a number and a link; and nothing lost on the way."""

import csv

import pytest
from playwright.async_api import Browser, Page, expect

from gis.point import LonLat
from tests.browser.axe import find_barriers
from tests.browser.happenings import desk_of, report
from tests.browser.pages import opened
from tests.browser.photos import make_photo
from tests.parts.wardline import ROOT, Wardline

pytestmark = pytest.mark.browser

COVER, LAMP, CROWD = "P0101", "P0118", "E0409"
LISTENER = """
window.SpeechRecognition = class {
  start() {
    setTimeout(() => {
      this.onresult({ resultIndex: 0, results: [{ isFinal: true, 0: { transcript: ' dark here ' } }] })
      this.onend()
    }, 50)
  }
  stop() {}
}
"""
"""What a browser with speech recognition has; Chromium's own would ask its maker's servers."""
WORDS = {"zh": "解放碑路灯坏了，晚上很黑", "en": "The street lamp is dark at night"}


async def _fill(page: Page, language: str) -> None:
    await page.fill("#text", WORDS[language])
    await page.get_by_test_id("place-search").fill("解放碑")
    await page.get_by_test_id("place").first.click()
    await expect(page.get_by_test_id("placed")).to_be_visible()
    await page.get_by_test_id("gallery").set_input_files([make_photo()])
    await expect(page.locator(".photos img")).to_have_count(1)
    await page.fill("#phone", "023 6376 0000")


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_a_report_is_sent_and_followed(chromium: Browser, server: Wardline, language: str) -> None:
    async with opened(chromium, server, "/report/", language=language, phone=True) as screen:
        page = screen.page
        await expect(page.locator("a[href='tel:110']")).to_be_visible()
        await page.get_by_test_id("send").click()
        await expect(page.locator(".faults li")).to_have_count(2)
        assert await find_barriers(page) == []
        await screen.shoot("report-faults")

        await _fill(page, language)
        await page.wait_for_timeout(600)  # the draft is kept a moment after the last key
        await page.reload()
        await expect(page.locator("#text")).to_have_value(WORDS[language])
        await expect(page.locator("#phone")).to_have_value("023 6376 0000")
        await expect(page.locator(".photos img")).to_have_count(1)
        assert await find_barriers(page) == []
        await screen.shoot("report-form")

        await page.get_by_test_id("send").click()
        await expect(page.get_by_test_id("number")).to_contain_text("R-")
        await expect(page.get_by_test_id("follow")).to_be_visible()
        assert await find_barriers(page) == []
        await screen.shoot("report-follow")
        link = await page.input_value("#link")
        screen.check()

    async with opened(chromium, server, link.removeprefix(server.url), language=language) as other:
        await expect(other.page.get_by_test_id("number")).to_contain_text("R-")
        other.check()


async def test_it_works_at_twice_the_size_and_by_keyboard(chromium: Browser, server: Wardline) -> None:
    async with opened(chromium, server, "/report/", phone=True, dark=True) as screen:
        page = screen.page
        await page.set_viewport_size({"width": 195, "height": 422})  # 390 x 844 at 200 %
        await expect(page.locator("h1")).to_be_visible()
        assert await page.evaluate("document.documentElement.scrollWidth") <= 195
        assert await find_barriers(page) == []
        await page.focus("#text")
        await page.keyboard.type("A bin overflows")
        await page.focus("#address")
        await page.keyboard.type("Jiefangbei")
        await page.focus("[data-test=send]")
        await page.keyboard.press("Enter")
        await expect(page.get_by_test_id("number")).to_contain_text("R-")
        screen.check()


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_without_a_signal_a_report_waits_and_goes_by_itself_once(
    chromium: Browser, server: Wardline, language: str
) -> None:
    async with opened(chromium, server, "/report/", language=language, phone=True) as screen:
        page, words = screen.page, f"{WORDS[language]} {language}"
        await page.fill("#text", words)
        await page.fill("#address", "Jiefangbei")
        await page.get_by_test_id("gallery").set_input_files([make_photo()])
        await expect(page.locator(".photos img")).to_have_count(1)
        await page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        await screen.context.set_offline(True)
        await page.get_by_test_id("send").click()
        await expect(page.get_by_test_id("waiting")).to_contain_text("信号" if language == "zh" else "signal")
        await expect(page.locator("#text")).to_have_value("")
        assert await find_barriers(page) == []
        await screen.shoot("report-waiting")

        await page.reload()  # no signal, and the page is there all the same, with what waits
        await expect(page.get_by_test_id("waiting")).to_contain_text(words)
        await screen.context.set_offline(False)
        await expect(page.get_by_test_id("gone")).to_contain_text("R-")
        await expect(page.get_by_test_id("waiting")).to_have_count(0)
        assert await find_barriers(page) == []
        await page.reload()
        await expect(page.get_by_test_id("waiting")).to_have_count(0)
    with desk_of(server) as desk:
        assert len([case for case in desk.list_cases() if case["text"] == words]) == 1
        (case,) = [case for case in desk.list_cases() if case["text"] == words]
        assert (case["events"], len(case["media"])) == (1, 1)


async def test_what_waits_can_be_taken_back_and_changed(chromium: Browser, server: Wardline) -> None:
    async with opened(chromium, server, "/report/", phone=True) as screen:
        page = screen.page
        await page.fill("#text", "A bin overflows at the stairs")
        await page.fill("#address", "Jiefangbei")
        await screen.context.set_offline(True)
        await page.get_by_test_id("send").click()
        await page.get_by_test_id("take-back").click()
        await expect(page.locator("#text")).to_have_value("A bin overflows at the stairs")
        await expect(page.get_by_test_id("waiting")).to_have_count(0)
        await screen.context.set_offline(False)
        await page.get_by_test_id("send").click()
        await expect(page.get_by_test_id("number")).to_contain_text("R-")


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_a_stop_the_questions_the_part_and_what_is_known_already(
    chromium: Browser, server: Wardline, language: str
) -> None:
    with server.sign_in("dispatcher") as client:
        at = client.get("/api/v1/places", params={"q": "解放碑"}).raise_for_status().json()["items"][0]["point"]
    known = report(server, f"井盖不见了 {language}", LonLat(*at), category=COVER)
    async with opened(chromium, server, "/report/", language=language, phone=True) as screen:
        page = screen.page
        await page.get_by_test_id("first-photo").check()
        await page.get_by_test_id("camera").set_input_files([make_photo()])
        await page.fill("#address", "x")
        await _choose(page, COVER)
        stop = page.get_by_test_id("stop")
        await expect(stop.locator("a[href='tel:119']")).to_be_visible()
        await expect(page.locator("#text")).to_be_hidden()
        if language == "en":
            await screen.darken()
        assert await find_barriers(page) == []
        await screen.shoot("report-stop")
        await page.get_by_test_id("stop-pass").click()
        await expect(page.get_by_test_id("questions")).to_be_visible()
        await page.get_by_test_id("send").click()
        await expect(page.locator(".faults li")).to_have_count(1)
        await page.get_by_role("radio", name="缺失" if language == "zh" else "Missing").check()

        await page.get_by_test_id("place-search").fill("解放碑")
        await page.get_by_test_id("place").first.click()
        await page.get_by_test_id("near-case").first.locator("input").check()
        assert await find_barriers(page) == []
        await page.get_by_test_id("near").scroll_into_view_if_needed()
        await screen.shoot("report-near")
        await page.get_by_test_id("send").click()
        await expect(page.get_by_test_id("number")).to_contain_text("R-")
        number = await page.get_by_test_id("number").inner_text()
        assert number != known["number"]
        screen.check()
    with desk_of(server) as desk:
        (mine,) = desk.list_cases(number=number)
        (theirs,) = desk.list_cases(number=str(known["number"]))
        assert mine["id"] == theirs["id"]


async def test_a_stop_that_is_final_lets_nobody_report(chromium: Browser, server: Wardline) -> None:
    async with opened(chromium, server, "/report/", phone=True) as screen:
        page = screen.page
        await page.fill("#address", "x")
        await _choose(page, CROWD)
        await expect(page.get_by_test_id("stop").locator("a[href='tel:110']")).to_be_visible()
        await expect(page.get_by_test_id("stop-pass")).to_have_count(0)
        await page.get_by_test_id("stop-leave").click()
        await expect(page.locator("#address")).to_have_value("x")
        screen.check()


async def test_a_sticker_opens_the_form_with_its_part_and_another_can_be_chosen(
    chromium: Browser, server: Wardline
) -> None:
    with (ROOT / "cities" / "yuzhong" / "components.csv").open(encoding="utf-8") as file:
        lamp = next(row for row in csv.DictReader(file) if row["category"] == LAMP)
    async with opened(chromium, server, f"/report/?component={lamp['id']}", phone=True) as screen:
        page = screen.page
        await expect(page.locator("#address")).to_have_value(lamp["name_zh"])
        await expect(page.get_by_test_id("part").locator("input:checked")).to_have_value(lamp["id"])
        assert "component" not in page.url
        await screen.settle()
        await page.get_by_test_id("parts").scroll_into_view_if_needed()
        await screen.shoot("report-part")
        await page.get_by_test_id("send").click()
        await expect(page.get_by_test_id("number")).to_contain_text("R-")
        number = await page.get_by_test_id("number").inner_text()
        screen.check()
    with desk_of(server) as desk:
        (case,) = desk.list_cases(number=number)
        assert case["place"]["component"] == lamp["id"]


async def test_words_can_be_spoken_where_the_browser_listens(chromium: Browser, server: Wardline) -> None:
    async with opened(chromium, server, "/login/", phone=True) as screen:
        await screen.context.add_init_script(LISTENER)
        await screen.page.goto("/report/")
        await screen.page.fill("#text", "It is")
        await screen.page.get_by_test_id("voice").click()
        await expect(screen.page.locator("#text")).to_have_value("It is dark here")
        await expect(screen.page.get_by_test_id("voice")).to_have_attribute("aria-pressed", "false")
        await screen.context.add_init_script("delete window.SpeechRecognition; delete window.webkitSpeechRecognition")
        await screen.page.reload()
        await expect(screen.page.locator("#text")).to_be_visible()
        await expect(screen.page.get_by_test_id("voice")).to_have_count(0)


async def test_the_whole_form_is_filled_in_by_keyboard_alone(chromium: Browser, server: Wardline) -> None:
    async with opened(chromium, server, "/report/", phone=True) as screen:
        page = screen.page
        await expect(page.locator("#text")).to_be_visible()

        async def go_to(selector: str) -> None:
            for _ in range(60):
                if await page.evaluate("(wanted) => document.activeElement?.matches(wanted)", selector):
                    return
                await page.keyboard.press("Tab")
            raise AssertionError(f"no key leads to {selector}")

        await go_to("#text")
        await page.keyboard.type("Lamp is dark")
        await go_to("summary")
        await page.keyboard.press("Enter")
        await go_to("[data-test=category-search]")
        await page.keyboard.type("Street light")
        await go_to("input[name=category-all]")
        await page.keyboard.press("Space")
        await go_to("#q-lamps")
        await page.keyboard.type("2")
        await go_to("[data-test=place-search]")
        await page.keyboard.type("解放碑")
        await expect(page.get_by_test_id("place").first).to_be_visible()
        await page.keyboard.press("Enter")
        await expect(page.get_by_test_id("placed")).to_be_visible()
        await go_to("#phone")
        await page.keyboard.type("023 6376 0000")
        await go_to("[data-test=send]")
        await page.keyboard.press("Enter")
        await expect(page.get_by_test_id("number")).to_contain_text("R-")
        screen.check()


async def _choose(page: Page, category: str) -> None:
    await page.locator("fieldset summary").click()
    await page.locator(f"input[name=category-all][value={category}]").check()


async def test_a_number_alone_opens_nothing(chromium: Browser, server: Wardline) -> None:
    async with opened(chromium, server, "/report/#/follow/R-261123-00001", phone=True) as screen:
        await expect(screen.page.get_by_role("alert")).to_contain_text("No report has this link")
        await screen.page.locator("footer summary").click()
        await expect(screen.page.locator("footer")).to_contain_text("a number alone opens nothing")
