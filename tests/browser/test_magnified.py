"""At twice the size (960 x 540 at a desk, 195 x 422 on a phone) what opens is seen and nothing is cut."""

import pytest
from playwright.async_api import Browser, Locator, ViewportSize, expect

from tests.browser.pages import opened
from tests.parts.wardline import Wardline

pytestmark = pytest.mark.browser

DESK = ViewportSize(width=960, height=540)
PHONE = ViewportSize(width=195, height=422)
OWN = ("tab-open", "tab-dispatch", "tab-requests", "tab-overdue", "tab-check", "tab-close", "tab-mine")
"""What a dispatcher has to do first: never put away."""


@pytest.mark.parametrize(("size", "phone"), [(DESK, False), (PHONE, True)], ids=["desk", "phone"])
async def test_a_list_of_choices_opens_inside_the_window(
    chromium: Browser, server: Wardline, size: ViewportSize, phone: bool
) -> None:
    async with opened(chromium, server, "/report/#/tell", phone=phone) as screen:
        await screen.page.set_viewport_size(size)
        field = screen.page.get_by_role("combobox").first
        await field.click()
        shown = screen.page.get_by_role("listbox").first
        await expect(shown.get_by_role("option").nth(1)).to_be_visible()
        for each in (field, shown):
            top, bottom = await _edges(each)
            assert top >= 0
            assert bottom <= size["height"]
        screen.check()


async def test_a_list_of_choices_in_a_sheet_grows_inside_it(chromium: Browser, server: Wardline) -> None:
    async with opened(chromium, server, "/admin/", user="admin", phone=True) as screen:
        await screen.page.set_viewport_size(PHONE)
        await screen.hook("add-account").click()
        field, shown, body = screen.hook("area"), screen.hook("area-list"), screen.page.locator(".sheet .body")
        await field.evaluate("each => each.scrollIntoView({ block: 'end' })")
        await field.fill("nowhere of that name")
        await expect(shown).to_be_hidden()
        await field.fill("")
        await expect(shown.get_by_role("option").nth(1)).to_be_visible()
        top, bottom = await _edges(shown)
        above, below = await _edges(body)
        assert above <= top
        assert bottom <= below + 1
        assert await body.evaluate("each => each.scrollWidth - each.clientWidth") <= 0
        screen.check()


async def test_the_states_of_the_public_map_are_not_cut(chromium: Browser, server: Wardline) -> None:
    async with opened(chromium, server, "/report/#/map", phone=True) as screen:
        await screen.page.set_viewport_size(PHONE)
        states = screen.page.locator("form fieldset")
        await expect(states).to_be_visible()
        assert await states.evaluate("each => each.scrollWidth - each.clientWidth") <= 0
        screen.check()


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_the_desk_sees_its_own_queues_and_reaches_the_others_by_keyboard(
    chromium: Browser, server: Wardline, language: str
) -> None:
    async with opened(chromium, server, "/console/", user="dispatcher", language=language) as screen:
        await screen.is_live()
        rest, team = screen.hook("tabs-rest"), screen.hook("tab-team")
        await expect(rest).to_have_attribute("aria-expanded", "false")
        for name in OWN:
            await expect(screen.hook(name)).to_be_visible()
        await expect(team).to_be_hidden()

        await rest.focus()
        await screen.page.keyboard.press("Enter")
        await expect(team).to_be_visible()
        first = await screen.page.evaluate("document.activeElement.dataset.test")
        assert first not in (*OWN, "tabs-rest"), "on to the first of those that came out"
        await team.press("Enter")
        await rest.press("Enter")
        await expect(team).to_be_hidden()
        await expect(rest).to_contain_text(await team.evaluate("each => each.textContent.trim().split(/\\s+/)[0]"))

        await screen.page.reload()
        await expect(rest).to_have_attribute("aria-expanded", "false")
        screen.check()


async def _edges(what: Locator) -> tuple[float, float]:
    box = await what.bounding_box()
    assert box is not None
    return box["y"], box["y"] + box["height"]
