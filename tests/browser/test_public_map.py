"""Everybody's map: marks and a list that say the same, filters in the address, a page for each case, labels."""

import time
from collections.abc import Iterator

import pytest
from playwright.async_api import Browser, expect

from tests.browser import happenings
from tests.browser.axe import find_barriers
from tests.browser.happenings import desk_of
from tests.browser.pages import opened
from tests.parts.wardline import Wardline, run_wardline

pytestmark = pytest.mark.browser

KIND, KIND_NAMES = "E0504", {"zh": "店外经营", "en": "Shop trading outside its premises"}
STREET, STREET_NAMES = "500103001", {"zh": "七星岗街道", "en": "Qixinggang Subdistrict"}
WHERE = ("广场", "公园", "车站", "医院")
CASES = 10


@pytest.fixture(scope="module")
def told_city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wardline]:
    """A city of which citizens have told ten things."""
    with run_wardline(tmp_path_factory.mktemp("told") / "data") as server, desk_of(server) as desk:
        points = [point for words in WHERE for point in desk.find_places(words)[:4]]
        for number, point in enumerate(points):
            happenings.report(server, "路灯不亮" if number % 2 else "垃圾箱满了没人清理", point, with_photo=False)
        while len(desk.list_cases()) < CASES:
            time.sleep(0.1)
        yield server


@pytest.mark.parametrize(("language", "phone"), [("zh", True), ("en", True), ("en", False)])
async def test_the_map_and_the_list_say_the_same(
    chromium: Browser, told_city: Wardline, language: str, phone: bool
) -> None:
    async with opened(chromium, told_city, "/report/#/map", language=language, phone=phone) as screen:
        page = screen.page
        await expect(screen.hook("public-row").first).to_be_visible()
        await expect(page.locator(".count")).not_to_be_empty()
        await screen.settle()
        assert await find_barriers(page) == []
        await screen.shoot("public-map")
        assert await page.evaluate("document.documentElement.scrollWidth") <= (390 if phone else 1920)

        await screen.choose("public-category", KIND)
        await expect(page).to_have_url(f"{told_city.url}/report/#/map?category={KIND}")
        await page.get_by_role("radio").nth(1).check()
        await expect(page).to_have_url(f"{told_city.url}/report/#/map?state=closed&category={KIND}")
        await expect(screen.hook("public-row")).to_have_count(0)
        await page.reload()
        await expect(screen.hook("public-category")).to_have_value(KIND_NAMES[language])
        await screen.hook("public-use").locator("summary").click()
        assert "/report/embed?state=closed&amp;category=" in await page.locator("textarea").input_value()
        assert await find_barriers(page) == []
        screen.check()


@pytest.mark.parametrize(("language", "typed"), [("zh", "qixing"), ("en", "七星岗")])
async def test_an_area_is_found_by_typing_and_taken_with_the_keyboard(
    chromium: Browser, told_city: Wardline, language: str, typed: str
) -> None:
    async with opened(chromium, told_city, "/report/#/map", language=language, phone=True) as screen:
        field, rows = screen.hook("public-area"), screen.hook("public-area-list")
        address = f"{told_city.url}/report/#/map"
        name = STREET_NAMES[language]
        await field.focus()
        await expect(field).to_have_attribute("aria-expanded", "false")
        await screen.page.keyboard.press("ArrowDown")
        await expect(field).to_have_attribute("aria-expanded", "true")
        every = await rows.get_by_role("option").count()
        assert every > 80, "each street, each community, and all of them"
        assert await find_barriers(screen.page) == []
        await screen.page.keyboard.type("no such street")
        await expect(rows).to_be_hidden()
        await screen.page.keyboard.press("Enter")
        await screen.page.keyboard.press("Escape")
        await expect(field).to_have_value("")
        await field.press_sequentially(typed)
        await expect(rows.get_by_role("option").first).to_have_text(name)
        await screen.page.keyboard.press("ArrowUp")
        await screen.page.keyboard.press("ArrowDown")
        marked = await field.get_attribute("aria-activedescendant")
        await expect(screen.page.locator(f"[id='{marked}']")).to_have_text(name)
        assert await find_barriers(screen.page) == []
        await screen.shoot("public-area")
        await screen.page.keyboard.press("Enter")
        await expect(field).to_have_value(name)
        await expect(rows).to_be_hidden()
        await expect(screen.page).to_have_url(f"{address}?area={STREET}")
        await field.fill("nothing that is taken")
        await field.blur()
        await expect(field).to_have_value(name)
        await field.fill("")
        await field.blur()
        await expect(screen.page).to_have_url(address)
        screen.check()


async def test_a_case_has_a_page_that_tells_what_has_happened(chromium: Browser, told_city: Wardline) -> None:
    async with opened(chromium, told_city, "/report/#/map", language="zh", phone=True) as screen:
        await screen.hook("public-row").first.click()
        await expect(screen.hook("public-case")).to_be_visible()
        await expect(screen.page.locator("ol")).to_contain_text("已收到")
        await expect(screen.hook("feed-atom")).to_be_visible()
        await expect(screen.hook("address")).to_have_count(0)  # this server has no way to send anything
        assert await find_barriers(screen.page) == []
        await screen.shoot("public-case")
        screen.check()
    async with opened(chromium, told_city, "/report/#/case/no-such", phone=True) as screen:
        await expect(screen.page.get_by_role("alert")).to_contain_text("There is no such public case")


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_it_is_read_without_script(chromium: Browser, told_city: Wardline, language: str) -> None:
    context = await chromium.new_context(
        java_script_enabled=False, locale=language, viewport={"width": 390, "height": 844}
    )
    page = await context.new_page()
    await page.goto(f"{told_city.url}/report/list")
    await page.screenshot(path=f"tests/browser/screenshots/public-list-{language}.png", full_page=True)
    assert await page.locator(".rows li").count() == CASES
    await page.locator(".rows a").first.click()
    await expect(page.locator("ol.story li").first).to_be_visible()
    await page.screenshot(path=f"tests/browser/screenshots/public-list-case-{language}.png")
    await context.close()
    async with opened(chromium, told_city, "/report/list", language=language, phone=True) as screen:
        assert await find_barriers(screen.page) == []
        screen.check()


async def test_it_stands_in_a_frame_without_a_form_and_opens_cases_beside_it(
    chromium: Browser, told_city: Wardline
) -> None:
    async with opened(chromium, told_city, "/report/embed?state=open#/", language="en") as screen:
        await expect(screen.hook("public-row").first).to_be_visible()
        await expect(screen.hook("send")).to_have_count(0)
        assert await screen.hook("public-row").first.get_attribute("target") == "_blank"
        assert await find_barriers(screen.page) == []
        await screen.settle()
        await screen.shoot("public-embed")
        screen.check()


async def test_a_label_fills_in_place_and_kind(chromium: Browser, told_city: Wardline) -> None:
    component = "5001030101000001"
    async with opened(chromium, told_city, f"/report/?component={component}", language="zh", phone=True) as screen:
        page = screen.page
        await screen.hook("stop-pass").click()  # of a broken cover one calls first
        await expect(screen.hook("scanned")).to_contain_text("七牌坊一支路上水井盖001")
        await expect(screen.hook("placed")).to_be_visible()
        await expect(page.locator("input[name=category][value=P0101]")).to_be_checked()
        await expect(page).to_have_url(f"{told_city.url}/report/")
        await screen.settle()
        await screen.shoot("report-label")
        screen.check()
    async with opened(chromium, told_city, "/report/?place=106.5770,29.5570", phone=True) as screen:
        await expect(screen.hook("placed")).to_be_visible()
