"""People and access, as they are seen and worked with: the login, one's own account, the administration."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pyotp
import pytest
from playwright.async_api import Browser, expect

from tests.browser.axe import find_barriers
from tests.browser.pages import Screen, opened
from tests.parts.wardline import DEMO_PASSWORD, Wardline, run_wardline

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wardline]:
    with run_wardline(tmp_path_factory.mktemp("people") / "data") as server:
        with server.sign_in("admin") as admin:
            role = {"id": "night-desk", "base": "dispatcher", "name_zh": "夜班席", "name_en": "Night desk"}
            grants = {"permissions": ["cases.read", "metrics.read", "audit.read"], "commands": ["note", "dispatch"]}
            assert admin.post("/api/v1/roles", json=role | grants).is_success
            for name, token in (("report script", ["cases.read"]), ("everything", None)):
                assert admin.post("/api/v1/me/tokens", json={"label": name, "scopes": token}).is_success
            bounded = {"username": "nina", "role": "night-desk", "department": "enforcement", "area": "500103"}
            assert admin.post("/api/v1/users", json=bounded).is_success
            assert admin.get("/api/v1/audit.csv", params={"action": "role,account.added"}).is_success
            admin.post("/api/v1/session", json={"username": "admin", "password": "wrong"})
        yield server


@dataclass(frozen=True)
class Look:
    path: str
    user: str
    shows: str
    phone: bool = False


LOOKS = {
    "account": Look("/account/", "admin", "tokens"),
    "account-phone": Look("/account/", "worker1", "sessions", phone=True),
    "admin-accounts": Look("/admin/", "admin", "account-row"),
    "admin-accounts-phone": Look("/admin/", "admin", "account-row", phone=True),
    "admin-roles": Look("/admin/#/roles", "admin", "add-role"),
    "admin-roles-phone": Look("/admin/#/roles", "auditor", "admin-roles", phone=True),
    "admin-sessions": Look("/admin/#/sessions", "admin", "admin-sessions"),
    "admin-tokens": Look("/admin/#/tokens", "auditor", "admin-tokens"),
    "admin-audit": Look("/admin/#/audit", "auditor", "deed"),
    "admin-audit-phone": Look("/admin/#/audit", "auditor", "deed", phone=True),
    "admin-refused": Look("/admin/", "dispatcher", "home"),
}


@pytest.mark.parametrize("name", LOOKS)
async def test_a_screen_of_people_keeps_nobody_out(chromium: Browser, city: Wardline, name: str) -> None:
    look, barriers = LOOKS[name], list[str]()
    for language in ("zh", "en"):
        async with opened(chromium, city, look.path, user=look.user, language=language, phone=look.phone) as screen:
            await screen.hook(look.shows).first.wait_for()
            for dark in (False, True):
                if dark:
                    await screen.darken()
                barriers += await _take(screen, name.removesuffix("-phone"))
            screen.check()
    assert barriers == []


async def _take(screen: Screen, name: str) -> list[str]:
    """Keep a picture; return what is wrong with what it shows."""
    await screen.settle()
    await screen.shoot(name)
    beyond = await screen.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert beyond <= 0, f"{name} {screen.look}: {beyond} px beyond the edge"
    return [f"{screen.look}: {line}" for line in await find_barriers(screen.page)]


async def test_somebody_sets_a_second_step_up_on_his_phone_and_logs_in_with_it(
    chromium: Browser, city: Wardline
) -> None:
    async with opened(chromium, city, "/account/", user="collector1", phone=True) as screen:
        page = screen.page
        await screen.hook("begin-factor").click()
        await page.get_by_label("First your password").fill(DEMO_PASSWORD)
        await page.get_by_role("button", name="Confirm").click()
        picture = page.get_by_role("img", name="otpauth://")
        address = await picture.get_attribute("alt")
        assert address
        assert await picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 100
        assert await _take(screen, "account-enrol") == []
        secret = pyotp.parse_uri(address)
        assert isinstance(secret, pyotp.TOTP)
        await page.get_by_label("Six digits").fill(secret.at(datetime.now(UTC), counter_offset=-1))
        await page.get_by_role("button", name="Turn on").click()
        codes = await screen.hook("recovery-codes").locator("textarea").input_value()
        assert len(codes.split()) == 10
        assert await _take(screen, "account-codes") == []
        await page.get_by_role("button", name="I have kept them").click()
        await expect(page.get_by_text("10 recovery codes left")).to_be_visible()
        await screen.hook("logout").click()
        await page.wait_for_url("**/login/")

        card = screen.hook("login-card")
        await card.get_by_label("Username").fill("collector1")
        await card.get_by_label("Password", exact=True).fill(DEMO_PASSWORD)
        await card.get_by_role("button", name="Log in").click()
        box = card.get_by_label("Code for collector1")
        await expect(box).to_be_focused()
        assert await _take(screen, "login-code") == []
        await box.fill("000000")
        await page.keyboard.press("Enter")
        await expect(card.get_by_role("alert")).to_contain_text("wrong")
        await box.fill(codes.split()[3])
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/console/**")


async def test_an_administrator_makes_a_role_and_an_account_and_ends_its_session(
    chromium: Browser, city: Wardline
) -> None:
    async with opened(chromium, city, "/admin/#/roles", user="admin") as screen:
        page = screen.page
        await screen.hook("add-role").click()
        await page.get_by_label("Id", exact=True).fill("reader")
        await page.get_by_label("Built from").select_option("supervisor")
        await page.get_by_label("Name in Chinese").fill("阅读者")
        await page.get_by_label("Name in English").fill("Reader")
        sheet = page.get_by_role("dialog")
        await sheet.get_by_label("read the audit log").check()
        await expect(sheet.get_by_text("its base has not")).to_have_count(1)
        assert await _take(screen, "admin-role-sheet") == []
        await sheet.get_by_role("button", name="Save").click()
        await expect(page.get_by_role("button", name="Edit Reader")).to_be_visible()

        await screen.hook("tab-accounts").click()
        await screen.hook("add-account").click()
        await page.get_by_label("Username", exact=True).fill("rita")
        await page.get_by_label("Role", exact=True).select_option("reader")
        assert await _take(screen, "admin-account-sheet") == []
        await sheet.get_by_role("button", name="Save").click()
        password = await screen.hook("made-password").locator("textarea").input_value()
        await sheet.get_by_role("button", name="Close").last.click()

        await page.get_by_label("Find").fill("rita reader")
        await expect(screen.hook("account-row")).to_have_count(1)
        with city.sign_in("rita", password) as rita:
            assert "audit.read" in rita.get("/api/v1/me").json()["permissions"]
            await page.get_by_role("button", name="Edit rita").click()
            end = sheet.get_by_role("button", name="Log out everywhere")
            await end.click()
            await sheet.get_by_role("button", name="Really").click()
            await expect(sheet.get_by_role("status").filter(has_text="Done")).to_be_visible()
            assert rita.get("/api/v1/me").status_code == 401
        await page.keyboard.press("Escape")

        await screen.hook("tab-audit").click()
        await page.get_by_label("To whom or what").fill("rita")
        made = screen.hook("deed").filter(has_text="account made")
        await expect(made).to_have_count(1)
        await expect(made).to_contain_text("Role Reader")
        await screen.hook("check-chain").click()
        await expect(page.get_by_text("The audit log is whole")).to_be_visible()
        screen.check()


async def test_a_token_is_made_with_what_it_needs_and_shown_once(chromium: Browser, city: Wardline) -> None:
    async with opened(chromium, city, "/account/", user="dispatcher") as screen:
        page = screen.page
        await screen.hook("new-token").click()
        form = screen.hook("token-form")
        await form.get_by_label("What it is for").fill("nightly export")
        await form.get_by_label("see cases").check()
        assert await _take(screen, "account-token") == []
        await form.get_by_role("button", name="New token").click()
        token = await screen.hook("tokens").locator("textarea").input_value()
        assert token.startswith("wt_")
        await page.reload()
        await expect(page.get_by_text("nightly export")).to_be_visible()
        assert token not in await page.content()
        await page.get_by_role("button", name="Withdraw").click()
        await expect(page.get_by_text("The token is withdrawn.")).to_be_visible()
        screen.check()


async def test_a_login_by_a_sign_on_that_failed_says_why(chromium: Browser, city: Wardline) -> None:
    async with opened(chromium, city, "/login/?sso=no-role", language="zh") as screen:
        await expect(screen.page.get_by_role("alert")).to_contain_text("角色")
        screen.check()
