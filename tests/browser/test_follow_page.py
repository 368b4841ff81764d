"""What one does after reporting, on the phone: be told, write, see the result, rate, have it reopened, take back."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.browser.axe import find_barriers
from tests.browser.happenings import take_picture
from tests.browser.pages import opened
from tests.parts.mail_server import MailServer, code_of, mail_settings
from tests.parts.reporting import case_of, close, give, send_report
from tests.parts.wardline import Wardline, run_wardline

pytestmark = pytest.mark.browser

ANSWER = {"zh": "明天上午派人处理。", "en": "Someone comes tomorrow morning."}
QUESTION = {"zh": "什么时候有人来？", "en": "When does someone come?"}
WHY = {"zh": "又满了", "en": "It is full again"}


@pytest.fixture
def city(tmp_path: Path, mails: MailServer) -> Iterator[Wardline]:
    env = mail_settings(mails) | {
        "WARDLINE_SMS_URL": "http://127.0.0.1:9/send",
        "WARDLINE_SMS_SECRET": "a secret of both sides",
    }
    with run_wardline(tmp_path / "data", env=env) as running:
        yield running


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_what_one_does_after_reporting(
    chromium: Browser, city: Wardline, mails: MailServer, language: str
) -> None:
    number, token = send_report(city)
    with city.sign_in("leader") as leader:
        case = case_of(leader, number)
        link = f"/report/#/follow/{token}"
        async with opened(chromium, city, link, language=language, phone=True, dark=language == "en") as screen:
            page = screen.page
            await page.get_by_test_id("address").fill("li@home.test")
            await page.get_by_test_id("address-send").click()
            (mail,) = await asyncio.to_thread(mails.wait_for, 1, "li@home.test")
            await expect(page.get_by_test_id("code")).to_be_focused()
            await page.get_by_test_id("code").fill(code_of(mail))
            await page.get_by_test_id("code-send").click()
            await expect(page.get_by_test_id("contact")).to_contain_text("l***@home.test")
            await page.get_by_test_id("area").first.check()
            await expect(page.get_by_test_id("area").first).to_be_checked()

            await page.get_by_test_id("message").fill(QUESTION[language])
            await page.get_by_test_id("message-send").click()
            await expect(page.get_by_test_id("messages").locator("li")).to_have_count(1)
            give(leader, case["id"], "reply", text=ANSWER[language], report=number)
            close(leader, number, take_picture())
            await page.reload()
            await expect(page.get_by_test_id("messages").locator("li")).to_contain_text(
                [QUESTION[language], ANSWER[language]]
            )
            await expect(page.get_by_test_id("result").locator("img")).to_have_count(1)
            assert await find_barriers(page) == []
            await screen.shoot("follow-closed")

            await page.get_by_test_id("star-4").check(force=True)
            await page.get_by_test_id("rate").click()
            await expect(page.get_by_test_id("rating").get_by_role("status")).to_be_visible()
            await page.get_by_test_id("reopen").click()
            await expect(page.get_by_test_id("reason-reopen")).to_be_focused()
            await page.keyboard.type(WHY[language])
            assert await find_barriers(page) == []
            await screen.shoot("follow-reopen")
            await page.get_by_test_id("reopen-yes").click()
            await expect(page.get_by_test_id("follow")).to_have_attribute("data-stage", "reopened")

            await page.get_by_test_id("redact").click()
            await page.keyboard.press("Tab")
            await page.keyboard.press("Enter")
            await expect(page.get_by_test_id("redact")).to_be_disabled()
            await expect(page.get_by_test_id("messages")).not_to_contain_text(QUESTION[language])
            await expect(page.get_by_test_id("messages")).to_contain_text(ANSWER[language])
            screen.check()
        assert case_of(leader, number)["text"] == ""


async def test_a_report_is_withdrawn_only_by_one_who_says_so_twice(chromium: Browser, server: Wardline) -> None:
    number, token = send_report(server)
    with server.sign_in("leader") as leader:
        case_of(leader, number)
        async with opened(chromium, server, f"/report/#/follow/{token}", phone=True) as screen:
            page = screen.page
            await expect(page.get_by_test_id("tell")).to_have_count(0)  # this server has no way to send anything
            await page.get_by_test_id("withdraw").click()
            await page.locator("[data-test=act-withdraw] .btn:not(.danger)").click()
            await expect(page.get_by_test_id("withdraw")).to_be_focused()
            assert case_of(leader, number)["stage"] == "reported"
            await page.get_by_test_id("withdraw").click()
            await page.get_by_test_id("withdraw-yes").click()
            await expect(page.get_by_test_id("follow")).to_have_attribute("data-stage", "void")
            screen.check()
        assert case_of(leader, number)["stage"] == "void"


async def test_the_desk_sees_who_waits_and_answers_by_keyboard(chromium: Browser, server: Wardline) -> None:
    number, token = send_report(server)
    with server.sign_in("leader") as leader:
        case = case_of(leader, number)
        wrote = leader.post(f"/api/v1/reports/{token}/messages", json={"text": "Is anybody there?"})
        assert wrote.status_code == 201, wrote.text
        path = f"/console/?queue=unanswered&case={case['id']}"
        async with opened(chromium, server, path, user="leader", language="en") as screen:
            page = screen.page
            await expect(page.get_by_test_id("unanswered")).to_be_visible()
            await page.get_by_test_id("panel-messages").focus()
            await page.keyboard.press("Enter")
            await expect(page.get_by_test_id("thread")).to_contain_text("Is anybody there?")
            assert await find_barriers(page) == []
            await screen.shoot("console-thread")
            await page.get_by_test_id("reply-box").focus()
            await page.keyboard.type("Yes. Tomorrow morning.")
            await page.keyboard.press("Control+Enter")
            await expect(page.get_by_test_id("thread").locator("li")).to_have_count(2)
            await expect(page.get_by_test_id("unanswered")).to_have_count(0)
            screen.check()
        messages = leader.get(f"/api/v1/reports/{token}").json()["messages"]
        assert [each["text"] for each in messages] == ["Is anybody there?", "Yes. Tomorrow morning."]
