"""The menus of the console: opened by their button, gone with it, with Esc, and with a press beside them."""

import pytest
from playwright.async_api import Browser, expect

from tests.browser.pages import opened
from tests.parts.wardline import Wardline

pytestmark = pytest.mark.browser

MENUS = ("views", "mentions-menu")


async def test_a_menu_goes_with_its_button_with_esc_and_with_a_press_beside_it(
    chromium: Browser, server: Wardline
) -> None:
    async with opened(chromium, server, "/console/", user="dispatcher") as screen:
        await screen.is_live()
        for name in MENUS:
            button = screen.hook(name)
            menu = button.locator("xpath=following-sibling::section")
            await button.click()
            await expect(menu).to_be_visible()
            await menu.click(position={"x": 4, "y": 4})
            await expect(menu).to_be_visible()
            await button.click()
            await expect(menu).to_be_hidden()
            await button.click()
            await screen.page.keyboard.press("Escape")
            await expect(menu).to_be_hidden()
            await button.click()
            await screen.hook("search").click()
            await expect(menu).to_be_hidden()
            await expect(button).to_have_attribute("aria-expanded", "false")
        screen.check()
