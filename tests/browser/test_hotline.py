"""The hotline's desk: from a ringing call to a filed case by the keyboard alone; parked calls; calling back."""

from collections.abc import Iterator

import httpx
import pytest
from playwright.async_api import Browser, expect

from tests.browser.axe import find_barriers
from tests.browser.hotline import is_live, open_exchange, ring, sit_at
from tests.browser.pages import opened
from tests.parts.wardline import Wardline, run_wardline

pytestmark = pytest.mark.browser

NUMBER = "13812345678"
WORDS = {"zh": "路边垃圾桶满了没人清理", "en": "Litter all over the pavement"}


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wardline]:
    with run_wardline(tmp_path_factory.mktemp("hotline") / "data") as server:
        yield server


@pytest.fixture(scope="module")
def exchange(city: Wardline) -> Iterator[httpx.Client]:
    with open_exchange(city) as client:
        yield client


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_from_a_ringing_call_to_a_filed_case_by_the_keyboard_alone(
    chromium: Browser, city: Wardline, exchange: httpx.Client, language: str
) -> None:
    async with opened(chromium, city, "/hotline/", user="acceptor", language=language) as screen:
        page, keys = screen.page, screen.page.keyboard
        await is_live(screen)
        await sit_at(screen, "8001")
        ring(exchange, f"one-{language}", number=NUMBER, line="12319", agent="8001")
        await expect(screen.hook("number")).to_have_value("+8613812345678")
        await expect(screen.hook("text")).to_be_focused()
        await expect(screen.hook("caller")).to_contain_text("138 1234 5678")
        ring(exchange, f"one-{language}", "answered")
        await keys.type(WORDS[language])
        await expect(screen.hook("suggested").first).to_be_visible()
        await keys.press("Alt+Digit1")
        await expect(screen.hook("suggested").first).to_have_attribute("aria-pressed", "true")
        for _ in range(8):
            await keys.press("Tab")
            if await page.evaluate("document.activeElement.id") == "place":
                break
        await keys.type("解放碑")
        await expect(screen.hook("place-hit").first).to_be_visible()
        await keys.press("Enter")
        await expect(screen.hook("where")).to_contain_text("40")
        await keys.press("Alt+KeyB")
        await expect(screen.hook("callback")).to_be_checked()
        await keys.press("Alt+KeyU")
        await expect(screen.hook("urgent")).to_be_checked()
        await screen.settle()
        assert await find_barriers(page) == []
        await screen.shoot("hotline-form")
        await keys.press("Control+Enter")
        await expect(screen.hook("number-told")).to_contain_text("R-")
        await expect(screen.hook("next")).to_be_focused()
        number = await screen.hook("number-told").inner_text()
        assert number.split("-")[-1] in await screen.hook("speech").inner_text()
        assert await find_barriers(page) == []
        await screen.shoot("hotline-filed")
        ring(exchange, f"one-{language}", "ended")
        await keys.press("Enter")
        await expect(screen.hook("text")).to_have_value("")
        screen.check()
    with city.sign_in("acceptor") as desk:
        (case,) = desk.get("/api/v1/cases", params={"number": number}).json()["items"]
        assert case["filed_at"]
        assert case["urgent"]


async def test_who_called_before_is_known_and_what_is_near_is_offered(chromium: Browser, city: Wardline) -> None:
    with city.sign_in("acceptor") as desk:
        (place,) = desk.get("/api/v1/hotline/places", params={"q": "洪崖洞"}).json()["items"][:1]
        (guess,) = desk.post("/api/v1/reports/suggest", json={"text": WORDS["zh"]}).json()["items"][:1]
        body = {"key": "c" * 32, "number": NUMBER, "text": WORDS["zh"], "category": guess["category"]["code"]}
        lon, lat = place["point"]
        desk.post("/api/v1/hotline/reports", json={**body, "lon": lon, "lat": lat}).raise_for_status()
    async with opened(chromium, city, "/hotline/", user="acceptor", language="zh", dark=True) as screen:
        keys = screen.page.keyboard
        await is_live(screen)
        await keys.type(NUMBER)
        await expect(screen.hook("earlier").first).to_contain_text("R-")
        await screen.hook("text").focus()
        await keys.type(WORDS["zh"])
        await expect(screen.hook("suggested").first).to_be_visible()
        await keys.press("Alt+Digit1")
        await screen.hook("place").focus()
        await keys.type("洪崖洞")
        await expect(screen.hook("place-hit").first).to_be_visible()
        await keys.press("Enter")
        await expect(screen.hook("near").first).to_be_visible()
        await keys.press("Alt+Digit4")
        await expect(screen.hook("attached")).to_be_visible()
        await screen.settle()
        assert await find_barriers(screen.page) == []
        await screen.shoot("hotline-near")
        await keys.press("Control+Enter")
        await expect(screen.hook("filed")).to_contain_text("并入")
        screen.check()


async def test_a_call_is_parked_for_another_and_nothing_that_was_typed_is_lost(
    chromium: Browser, city: Wardline, exchange: httpx.Client
) -> None:
    async with opened(chromium, city, "/hotline/", user="leader", language="en") as screen:
        keys = screen.page.keyboard
        await is_live(screen)
        await screen.hook("text").fill("A lamp is out in front of number 12")
        ring(exchange, "two", number="13900000000")
        await expect(screen.hook("call").first).to_contain_text("139 0000 0000")
        await expect(screen.hook("text")).to_have_value("A lamp is out in front of number 12")
        await keys.press("Alt+KeyA")
        await expect(screen.hook("number")).to_have_value("+8613900000000")
        await expect(screen.hook("draft")).to_contain_text("A lamp is out")
        await screen.page.reload()
        await screen.hook("draft").click()
        await expect(screen.hook("text")).to_have_value("A lamp is out in front of number 12")
        await screen.hook("drop").click()
        await expect(screen.hook("draft")).to_have_count(0)
        ring(exchange, "two", "ended")
        await expect(screen.hook("call")).to_have_count(0)
        await expect(screen.hook("missed").first).to_contain_text("****")
        await screen.hook("missed").first.click()
        await expect(screen.hook("number")).to_have_value("+8613900000000")
        await expect(screen.hook("missed")).to_have_count(0)
        stored = await screen.page.evaluate("JSON.stringify(Object.values(localStorage))")
        assert "13900000000" not in stored
        screen.check()


async def test_what_cannot_be_filed_yet_is_said_and_what_cannot_be_sent_is_still_there(
    chromium: Browser, city: Wardline
) -> None:
    async with opened(chromium, city, "/hotline/", user="acceptor", language="en") as screen:
        keys = screen.page.keyboard
        await is_live(screen)
        await keys.press("Control+Enter")
        await expect(screen.page.get_by_role("alert").first).to_contain_text("First say what it is")
        await expect(screen.hook("text")).to_be_focused()
        await keys.type("A bench is broken")
        await screen.context.set_offline(True)
        await keys.press("Control+Enter")
        await expect(screen.page.locator(".middle [role=alert]").first).to_be_visible()
        await expect(screen.hook("text")).to_have_value("A bench is broken")
        await screen.context.set_offline(False)
        await keys.press("Control+Enter")
        await expect(screen.hook("number-told")).to_contain_text("R-")


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_a_caller_is_called_back_and_what_he_says_is_counted(
    chromium: Browser, city: Wardline, language: str
) -> None:
    with city.sign_in("acceptor") as desk:
        body = {
            "key": f"{'a' if language == 'zh' else 'b'}" * 32,
            "number": NUMBER,
            "name": "王小明",
            "text": WORDS[language],
            "callback": True,
        }
        taken = desk.post("/api/v1/hotline/reports", json=body).json()
        declined = desk.post(f"/api/v1/cases/{taken['case']['id']}/commands/decline", json={"reason": "too small"})
        declined.raise_for_status()
    async with opened(chromium, city, "/hotline/#/callbacks", user="acceptor", language=language) as screen:
        row = screen.hook("callback").filter(has_text=taken["number"])
        await expect(row).to_contain_text("王**")
        await row.click()
        await expect(screen.hook("phone")).to_contain_text("138 1234 5678")
        await screen.page.keyboard.press("2")
        await expect(screen.hook("said-unhappy")).to_be_checked()
        await screen.hook("reopen").check()
        await screen.hook("callback-note").fill("没有修好")
        await screen.settle()
        assert await find_barriers(screen.page) == []
        await screen.shoot("hotline-callback")
        await screen.page.keyboard.press("Control+Enter")
        await expect(screen.page.get_by_role("status").filter(has_text=taken["number"])).to_be_visible()
        await expect(row).to_have_count(0)
        await expect(screen.hook("satisfaction")).to_contain_text("%")
        screen.check()


async def test_who_may_not_use_the_hotline_is_told_so(chromium: Browser, city: Wardline) -> None:
    async with opened(chromium, city, "/hotline/", user="supervisor", language="en") as screen:
        await expect(screen.page.get_by_role("alert")).to_contain_text("may not use the hotline")


async def test_the_console_leads_to_the_hotline(chromium: Browser, city: Wardline) -> None:
    async with opened(chromium, city, "/console/", user="acceptor", language="en") as screen:
        await expect(screen.hook("to-hotline")).to_have_attribute("href", "/hotline/")
