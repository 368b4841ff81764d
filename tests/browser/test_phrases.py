"""The city's phrases where people write: by mouse and by keys at the desk, by thumb and without a signal on the phone.

templates.csv --- void-twice, void-nothing ---> the form that voids a case, in the reader's language
              --- note-known {address} -------> the note box, filled with where the case is
              --- return-duty {address} ------> the phone, kept for when there is no signal
"""

import pytest
from playwright.async_api import Browser, expect

from tests.browser.desk import send_task
from tests.browser.pages import opened
from tests.browser.phone import USER, WORKER, is_ready_for_no_signal, sign_on
from tests.parts.wardline import Wardline

pytestmark = pytest.mark.browser

TWICE = {"zh": "与已有案件重复", "en": "The same as another case"}
NOTHING = {"zh": "现场核实无此问题", "en": "Nothing of the kind was found there"}
JOINT = {"zh": "，", "en": "; "}
KNOWN = {"zh": "的情况已知悉，正在跟进", "en": "Known and followed up: "}


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_the_desk_picks_phrases_by_mouse_and_by_keys(chromium: Browser, server: Wardline, language: str) -> None:
    with server.sign_in("dispatcher") as desk:
        case = send_task(desk, WORKER, "垃圾桶满溢")
    where = f"/console/?case={case['id']}"
    async with opened(chromium, server, where, user="leader", language=language) as screen:
        page = screen.page
        await screen.hook("timeline").first.wait_for()
        await page.locator("[data-test=phrases] summary").click()
        await screen.hook("phrase").filter(has_text=KNOWN[language]).click()
        note = await screen.hook("note-box").input_value()
        assert note.replace(KNOWN[language], ""), "filled with the place"
        assert "{" not in note

        await page.locator("body").press("Escape")
        await page.goto(where)
        await screen.hook("timeline").first.wait_for()
        await page.keyboard.press("x")
        form = screen.hook("command-form")
        reason = form.locator("textarea")
        await expect(reason).to_be_focused()
        await form.get_by_text(TWICE[language]).click()
        await expect(reason).to_have_value(TWICE[language])
        await form.get_by_text(TWICE[language]).focus()
        await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
        await expect(reason).to_have_value(JOINT[language].join([TWICE[language], NOTHING[language]]))
        screen.check()


async def test_a_phone_offers_them_without_a_signal(chromium: Browser, server: Wardline) -> None:
    async with opened(chromium, server, "/worker/", user=USER, phone=True) as screen:
        page = screen.page
        await sign_on(page)
        with server.sign_in("dispatcher") as desk:
            case = send_task(desk, WORKER, "垃圾桶满溢")
        await expect(page.get_by_test_id("alert")).to_be_visible()
        await page.get_by_test_id("alarm-accept").click()
        await expect(page.get_by_test_id("step")).to_have_attribute("data-step", "depart")
        await is_ready_for_no_signal(screen)
        await screen.context.set_offline(True)
        await page.goto(f"/worker/#/task/{case['id']}")
        await page.reload()
        await page.get_by_test_id("chat").locator("button[aria-expanded]").click()
        phrase = page.get_by_test_id("chat").get_by_test_id("phrase").first
        box = await phrase.bounding_box()
        assert box is not None
        assert box["height"] >= 47.5
        await phrase.click()
        await expect(page.get_by_test_id("chat-text")).to_have_value("The worker has been called")
