"""The pages of those who keep the doors: letters, parcels, held reports, bans; and the proof a citizen never sees."""

import base64
import json
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.async_api import Browser, expect

from tests.browser.axe import find_barriers
from tests.browser.pages import Screen, opened
from tests.parts.mail_server import mail_settings, run_mail_server
from tests.parts.open311_partner import KEY, PartnerServer, serve_partner
from tests.parts.wardline import Wardline, run_wardline
from tests.services.api.places import IN_GRID

pytestmark = pytest.mark.browser

PACK = Path(__file__).resolve().parents[2] / "cities" / "yuzhong"
LAMP, COVER = "P0118", "P0101"
WITHIN_S = 60.0
LON, LAT = IN_GRID
NOBODY = "nobody@home.test"


@dataclass(frozen=True)
class Kept:
    """A server with a dead letter, two dead parcels, a ban, and a report that it holds."""

    server: Wardline
    partner: PartnerServer


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kept]:
    folder = tmp_path_factory.mktemp("kept")
    secrets = folder / "secrets.toml"
    secrets.write_text(f'[lamps]\napi_key = "{KEY}"\n')
    env = {"WARDLINE_PARTNER_SECRETS": str(secrets), "WARDLINE_CHALLENGE": "always"}
    with (
        run_mail_server() as mails,
        serve_partner(fails=["400", "403"]) as partner,
        run_wardline(folder / "data", env=env | mail_settings(mails)) as server,
    ):
        pack = folder / "pack"
        shutil.copytree(PACK, pack)
        (pack / "partners.csv").write_text(
            "id,name_zh,name_en,endpoint,secret,internal\n"
            f"lamps,路灯公司,Street Lighting Co.,{partner.url},lamps,true\n"
        )
        (pack / "forwarding.csv").write_text(
            f"partner,category,service_code,sends\nlamps,{LAMP},LAMP,text\nlamps,{COVER},COVER,text\n"
        )
        server.run("city", "load", str(pack))
        with server.sign_in("leader") as desk:
            _until(lambda: bool(desk.get("/api/v1/partners").json()["items"]))
            for category in (LAMP, COVER):
                form = {"category": category, "lon": LON, "lat": LAT, "text": "dark", "channel": "console"}
                desk.post("/api/v1/cases", json=form).raise_for_status()
            _until(lambda: len(desk.get("/api/v1/parcels").json()["items"]) == 2)
            ban = {
                "kind": "phone",
                "value": "13800138000",
                "reason": "一天内虚报上百件 / a hundred false reports a day",
            }
            desk.post("/api/v1/bans", json=ban).raise_for_status()
        _report(server, text="井盖不见了，路口很危险", phone="138 0013 8000")
        _report(server, text="A bin overflows at the bus stop", phone="138 0013 8000")
        mails.refused = {NOBODY}
        token = _report(server, text="The cover rattles")["token"]
        asked = {"channel": "email", "address": NOBODY}
        httpx.post(f"{server.url}/api/v1/reports/{token}/contacts", json=asked).raise_for_status()
        with server.sign_in("leader") as desk:
            _until(lambda: bool(desk.get("/api/v1/letters").json()["items"]))
        yield Kept(server, partner)


def _until(is_so: Any) -> None:
    deadline = time.monotonic() + WITHIN_S
    while not is_so():
        assert time.monotonic() < deadline, "it has not come about"
        time.sleep(0.2)


def _report(server: Wardline, **fields: Any) -> Any:
    asked = httpx.get(f"{server.url}/api/v1/reports/challenge").json()["challenge"]
    number = next(
        n
        for n in range(asked["maxnumber"] + 1)
        if sha256(f"{asked['salt']}{n}".encode()).hexdigest() == asked["challenge"]
    )
    proof = base64.b64encode(json.dumps({**asked, "number": number}).encode()).decode()
    form = {"category": COVER, "lon": LON, "lat": LAT, **fields}
    answer = httpx.post(f"{server.url}/api/v1/reports", json=form, headers={"X-Proof": proof})
    return answer.raise_for_status().json()


PAGES = {"letters": "letter", "parcels": "parcel", "held": "held", "bans": "ban"}


@pytest.mark.parametrize("name", PAGES)
async def test_a_page_keeps_nobody_out(chromium: Browser, kept: Kept, name: str) -> None:
    barriers: list[str] = []
    for language, phone in (("zh", False), ("en", True)):
        path = f"/admin/#/{name}"
        async with opened(chromium, kept.server, path, user="leader", language=language, phone=phone) as screen:
            await screen.hook(PAGES[name]).first.wait_for()
            barriers += await _look(screen, name)
            await screen.darken()
            barriers += await _look(screen, name)
            screen.check()
    assert barriers == []


async def test_a_dead_letter_is_tried_again(chromium: Browser, kept: Kept) -> None:
    async with opened(chromium, kept.server, "/admin/#/letters", user="leader", language="en") as screen:
        row = screen.hook("letter")
        await expect(row).to_contain_text("SMTPRecipientRefused 550")
        assert NOBODY not in await screen.page.content()
        await row.get_by_role("button").click()
        await expect(screen.page.get_by_text("It is tried again now")).to_be_visible()
        await screen.page.get_by_test_id("letters-sent").click()
        await expect(screen.page.get_by_text("Nothing was sent in the last 30 days.")).to_be_visible()
        screen.check()


async def _look(screen: Screen, name: str) -> list[str]:
    await screen.settle()
    await screen.shoot(f"admin-{name}")
    width = await screen.page.evaluate("document.documentElement.scrollWidth")
    assert width <= (screen.page.viewport_size or {"width": 0})["width"]
    return [f"{screen.look}: {line}" for line in await find_barriers(screen.page)]


async def test_a_proof_is_worked_out_behind_the_citizens_back(chromium: Browser, kept: Kept) -> None:
    async with opened(chromium, kept.server, "/report/", phone=True) as screen:
        await screen.page.fill("#text", "The street lamp is dark at night")
        await screen.page.fill("#address", "Jiefangbei")
        await screen.hook("send").click()
        await expect(screen.hook("number")).to_contain_text("R-")
        assert [each.split()[0] for each in screen.faults.refused] == ["428"]
        assert not screen.faults.errors
        assert not screen.faults.strangers


async def test_a_dead_parcel_is_tried_again_by_keyboard(chromium: Browser, kept: Kept) -> None:
    async with opened(chromium, kept.server, "/admin/#/parcels", user="leader") as screen:
        rows = screen.hook("parcel")
        await expect(rows).to_have_count(2)
        await screen.page.get_by_role("button", name="Try again with case").first.focus()
        await screen.page.keyboard.press("Enter")
        await expect(rows).to_have_count(1)
        await expect(screen.page.get_by_role("status").first).to_contain_text("It is tried again now.")
        screen.check()


async def test_a_held_report_is_released_and_another_discarded(chromium: Browser, kept: Kept) -> None:
    async with opened(chromium, kept.server, "/admin/#/held", user="leader") as screen:
        rows = screen.hook("held")
        await expect(rows).to_have_count(2)
        await screen.page.get_by_role("button", name="Release R-").first.click()
        await expect(rows).to_have_count(1)
        discard = screen.page.locator("button.danger")
        await discard.click()
        await expect(discard).to_contain_text("Really")
        await discard.click()
        await expect(rows).to_have_count(0)
        await screen.hook("held-released").click()
        await expect(rows).to_have_count(1)
        screen.check()
