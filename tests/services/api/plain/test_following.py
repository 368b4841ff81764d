"""Being told without scripts: an address, the code that really arrives there, and an end to it, by forms alone."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from httpx import AsyncClient

from dispatch.citymap import City
from services.api import subscribing
from services.api.limits import RateLimit
from services.api.subscribing import CODE_TRIES, CODES_PER_HOUR
from services.store.tables import contacts, subscriptions
from tests.parts.mail_server import SENDER, MailServer, code_of
from tests.parts.sms_gateway import SECRET, Gateway, run_gateway
from tests.services.api.plain.page import PlainPage, open_page
from tests.services.api.public.town import tools_of
from tests.services.api.test_telling import LI, arrived, make_report, rows
from tests.services.api.world import World, open_world

MAIL = {"public_url": "http://city.test", "mail_from": SENDER}


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    with run_gateway() as running:
        yield running


@pytest.fixture
async def telling(city: City, tmp_path: Path, mails: MailServer) -> AsyncIterator[World]:
    async with open_world(city, tmp_path, smtp_url=mails.url, **MAIL) as opened:
        yield opened


async def open_report(citizen: AsyncClient, language: str = "en") -> PlainPage:
    return await open_page(citizen, f"/report/plain/follow/{await make_report(citizen)}?lang={language}")


def alert(page: PlainPage) -> str:
    found = re.search(r'role="alert"[^>]*>(.*?)</p>', page.text)
    return found[1] if found else ""


def status(page: PlainPage) -> str:
    found = re.search(r'role="status"[^>]*>(.*?)</p>', page.text)
    return found[1] if found else ""


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06}"


async def test_an_address_is_told_once_its_code_was_given_and_until_it_is_stopped(
    telling: World, mails: MailServer
) -> None:
    async with telling.stranger() as citizen:
        page = await open_report(citizen)
        token = page.response.url.path.rpartition("/")[2]
        asked = await page.send(address=LI, press="ask")
        assert (asked.status, asked.response.history[0].status_code) == (200, 303), (
            "loaded again it sends nothing again"
        )
        assert "l***@home.test" in asked.text
        assert LI not in asked.text
        mail = await arrived(mails, 1)
        code = code_of(mail)
        assert await rows(telling, subscriptions) == []
        assert (await asked.send(code=wrong(code), press="confirm")).status == 422
        done = await asked.send(code=f" {code[:3]} {code[3:]} ", press="confirm")
        assert status(done) == "Good. We will tell you when something happens."
        (wish,) = await rows(telling, subscriptions)
        sealed = tools_of(telling).vault.open(wish.sealed_link)
        assert sealed == f"plain/follow/{token}", "the letters lead back to a page without scripts"
        (contact,) = await rows(telling, contacts)
        assert (contact.address, contact.language) == (LI, "en")

        again = await asked.send(code=code, press="confirm")
        assert (again.status, alert(again)) == (200, ""), "the second of two clicks"
        assert len(await rows(telling, subscriptions)) == 1
        assert [each for each in done.forms if ("contact", contact.id) in each.fields], done.text
        ended = await done.send(press="stop", form=0)
        assert status(ended) == "You will not be told any more."
        assert (await rows(telling, subscriptions), await rows(telling, contacts)) == ([], [])
        assert (await done.send(press="stop", form=0)).status == 200, "stopped twice it is stopped once"


async def test_a_telephone_is_known_by_what_was_typed(
    city: City, tmp_path: Path, mails: MailServer, gateway: Gateway
) -> None:
    ways = {"smtp_url": mails.url, "sms_url": gateway.url, "sms_secret": SECRET}
    async with open_world(city, tmp_path, **MAIL, **ways) as world, world.stranger() as citizen:
        page = await open_report(citizen, "zh")
        assert "邮箱地址或手机号" in page.text
        bad = await page.send(address="王小明", press="ask")
        assert (bad.status, alert(bad)) == (422, "这不是有效的邮箱地址或手机号。")
        assert (await page.send(address="li@home", press="ask")).status == 422
        asked = await page.send(address="138 0013 8000", press="ask")
        (said,) = await asyncio.to_thread(gateway.wait_for, 1)
        assert said["to"] == "+8613800138000"
        done = await asked.send(code=said["text"].split("验证码 ")[1][:6], press="confirm")
        assert status(done) == "好的，有进展会通知您。"
        assert "+86****8000" in done.text


async def test_what_is_no_address_is_told_and_kept_to_be_mended(telling: World, mails: MailServer) -> None:
    async with telling.stranger() as citizen:
        page = await open_report(citizen)
        for address in ("li at home", "138 0013 8000", '"><script>alert(1)</script>', "a" * 3000 + "@home.test", ""):
            bad = await page.send(address=address, press="ask")
            assert bad.status in (400, 422), address[:40]
            assert "<script" not in bad.text
            assert alert(bad)
        kept = await page.send(address="li at home", press="ask")
        assert (kept.value("address"), alert(kept)) == ("li at home", "This is no address of e-mail.")
        assert await rows(telling, contacts) == []
        assert mails.mails == []


async def test_a_code_is_tried_five_times_and_another_is_sent_on_request(telling: World, mails: MailServer) -> None:
    async with telling.stranger() as citizen:
        asked = await (await open_report(citizen)).send(address=LI, press="ask")
        code = code_of(await arrived(mails, 1))
        for typed in ("12345", "１２３４５６", "abcdef", ""):
            assert alert(await asked.send(code=typed, press="confirm")).startswith("The code is wrong")
        for _ in range(CODE_TRIES):
            bad = await asked.send(code=wrong(code), press="confirm")
            assert alert(bad).startswith("The code is wrong")
        spent = await bad.send(code=code, press="confirm")
        assert alert(spent).startswith("The code was tried too often")
        renewed = await spent.send(press="again")
        assert renewed.value("asked") != asked.value("asked")
        done = await renewed.send(code=code_of(await arrived(mails, 2)), press="confirm")
        assert status(done)
        assert len(await rows(telling, subscriptions)) == 1


async def test_nobody_is_pestered_through_us(telling: World, mails: MailServer) -> None:
    async with telling.stranger() as citizen:
        page = await open_report(citizen)
        for _ in range(CODES_PER_HOUR):
            last = await page.send(address=LI, press="ask")
        for refused in (await page.send(address=LI, press="ask"), await last.send(press="again")):
            assert (refused.status, alert(refused)) == (429, "Too many codes were sent. Please try again in an hour.")
            assert int(refused.response.headers["retry-after"]) > 0
        tools_of(telling).codes = RateLimit(burst=1, per_minute=1)
        assert (await page.send(address="wang@home.test", press="ask")).status == 200
        assert (await page.send(address="zhao@home.test", press="ask")).status == 429, "one asker, many addresses"
        await arrived(mails, CODES_PER_HOUR)
        assert len(await rows(telling, contacts)) == CODES_PER_HOUR + 1
        tools_of(telling).questions = RateLimit(burst=1, per_minute=1)
        await page.send(address=LI, press="ask")
        assert (await page.send(address=LI, press="ask")).status == 429


async def test_a_code_of_one_report_confirms_nothing_of_another(telling: World, mails: MailServer) -> None:
    async with telling.stranger() as citizen:
        mine, other = await open_report(citizen), await open_report(citizen)
        asked = await mine.send(address=LI, press="ask")
        code, asked_id = code_of(await arrived(mails, 1)), asked.value("asked")
        for press in ("confirm", "again"):
            there = await other.send(asked=asked_id, code=code, press=press)
            assert "home.test" not in there.text
        url = other.response.url.copy_merge_params({"asked": asked_id})
        assert "home.test" not in (await citizen.get(url)).text
        assert (await rows(telling, subscriptions), len(mails.mails)) == ([], 1)
        await asked.send(code=code, press="confirm")
        (contact,) = await rows(telling, contacts)
        await other.send(contact=contact.id, press="stop")
        assert len(await rows(telling, contacts)) == 1


@pytest.mark.parametrize(
    ("site", "expected"), [("cross-site", 403), ("same-site", 403), ("same-origin", 303), ("", 303)]
)
async def test_no_other_page_presses_the_button(telling: World, site: str, expected: int) -> None:
    async with telling.stranger() as citizen:
        page = await open_report(citizen)
        headers = {"Sec-Fetch-Site": site} if site else {}
        form = {"address": LI, "action": "ask"}
        answer = await citizen.post(page.response.url, data=form, headers=headers)
        assert answer.status_code == expected
        assert len(await rows(telling, contacts)) == (expected == 303)


HOSTILE: Any = (
    ("application/json", b"{}", 415),
    ("application/x-www-form-urlencoded", b"&".join(b"a%d=1" % n for n in range(50)), 400),
    ("application/x-www-form-urlencoded", b"address=" + b"a" * 5_000, 400),
    ("application/x-www-form-urlencoded", b"address=" + b"a" * 20_000, 413),
    ("multipart/form-data; boundary=x", b"--x\r\nnot a part", 400),
    ("application/x-www-form-urlencoded", b"action=ask&address=%00%ff", 422),
    ("application/x-www-form-urlencoded", b"action=confirm&asked=" + b"%00" * 40, 303),
    ("application/x-www-form-urlencoded", b"action=nothing", 303),
)


@pytest.mark.parametrize(("kind", "body", "expected"), HOSTILE, ids=range(len(HOSTILE)))
async def test_what_does_not_fit_is_told_not_crashed_on(telling: World, kind: str, body: bytes, expected: int) -> None:
    async with telling.stranger() as citizen:
        page = await open_report(citizen)
        answer = await citizen.post(page.response.url, content=body, headers={"Content-Type": kind})
        assert answer.status_code == expected, answer.text
        assert (await citizen.post("/report/plain/follow/none", data={"action": "ask"})).status_code == 404
    assert await rows(telling, contacts) == []


async def test_where_there_is_no_way_out_nothing_is_offered(world: World) -> None:
    async with world.stranger() as citizen:
        page = await open_report(citizen)
        assert page.forms == []
        answer = await citizen.post(page.response.url, data={"action": "ask", "address": LI})
        assert answer.status_code == 422
        assert await rows(world, contacts) == []


async def test_a_code_that_is_too_old_says_so(
    telling: World, mails: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subscribing, "CODE_VALID", -subscribing.CODE_VALID)
    async with telling.stranger() as citizen:
        asked = await (await open_report(citizen)).send(address=LI, press="ask")
        late = await asked.send(code=code_of(await arrived(mails, 1)), press="confirm")
        assert alert(late).startswith("The code has expired")
