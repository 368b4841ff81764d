"""Being told: an address is confirmed by a code that really arrives, and is told of nothing before and after."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from httpx import AsyncClient, Response
from sqlalchemy import text

from dispatch.access import Role
from dispatch.citymap import City
from services.api import subscribing
from services.api.subscribing import CODE_TRIES, CODES_PER_HOUR
from services.observe.clock import now
from services.store.tables import contacts, subscriptions
from tests.parts.mail_server import SENDER, MailServer, code_of
from tests.parts.sms_gateway import SECRET, Gateway, run_gateway
from tests.services.api.test_reports import REPORT, follow
from tests.services.api.world import World, open_world

LI = "li@home.test"


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    with run_gateway() as running:
        yield running


@pytest.fixture
async def telling(city: City, tmp_path: Path, mails: MailServer, gateway: Gateway) -> AsyncIterator[World]:
    settings = {
        "public_url": "http://city.test",
        "smtp_url": mails.url,
        "mail_from": SENDER,
        "sms_url": gateway.url,
        "sms_secret": SECRET,
    }
    async with open_world(city, tmp_path, **settings) as opened:
        yield opened


async def make_report(citizen: AsyncClient) -> str:
    answer = await citizen.post("/api/v1/reports", json=REPORT)
    token: str = answer.json()["token"]
    await follow(citizen, token)
    return token


async def ask(citizen: AsyncClient, token: str, address: str = LI, **more: Any) -> Response:
    body = {"channel": "email", "address": address, "language": "en"} | more
    return await citizen.post(f"/api/v1/reports/{token}/contacts", json=body)


async def confirm(citizen: AsyncClient, token: str, contact_id: str, code: str) -> Response:
    return await citizen.post(f"/api/v1/reports/{token}/contacts/{contact_id}/confirm", json={"code": code})


async def arrived(mails: MailServer, count: int, address: str = LI) -> Any:
    return (await asyncio.to_thread(mails.wait_for, count, address))[-1]


async def rows(world: World, table: Any) -> list[Any]:
    return await world.parts.db.read(lambda connection: list(connection.execute(table.select())))


async def test_an_address_is_confirmed_by_the_code_that_was_mailed_to_it(telling: World, mails: MailServer) -> None:
    async with telling.stranger() as citizen:
        token = await make_report(citizen)
        before = (await citizen.get(f"/api/v1/reports/{token}/contacts")).json()
        assert before == {"channels": ["email", "sms"], "contacts": []}
        asked = await ask(citizen, token)
        assert asked.status_code == 202, asked.text
        code = code_of(await arrived(mails, 1))
        wrong = await confirm(citizen, token, asked.json()["id"], "000000" if code != "000000" else "111111")
        assert wrong.json()["type"].endswith("wrong-code")
        done = await confirm(citizen, token, asked.json()["id"], code)
        assert done.status_code == 200, done.text
        (contact,) = done.json()["contacts"]
        assert contact == {"id": asked.json()["id"], "channel": "email", "address": "l***@home.test", "areas": []}
        assert (await confirm(citizen, token, asked.json()["id"], code)).status_code == 200, "once more changes nothing"
        assert len(await rows(telling, subscriptions)) == 1
        assert token not in str(await rows(telling, subscriptions)), "the private link is kept sealed"
        assert code not in str(await rows(telling, contacts))


async def test_a_telephone_is_confirmed_by_a_short_message(telling: World, gateway: Gateway) -> None:
    async with telling.stranger() as citizen:
        token = await make_report(citizen)
        asked = await ask(citizen, token, "138 0013 8000", channel="sms", language="zh")
        assert asked.status_code == 202, asked.text
        (said,) = await asyncio.to_thread(gateway.wait_for, 1)
        assert said["to"] == "+8613800138000"
        code = said["text"].split("验证码 ")[1][:6]
        done = (await confirm(citizen, token, asked.json()["id"], code)).json()
        assert [each["address"] for each in done["contacts"]] == ["+86****8000"]


@pytest.mark.parametrize(
    ("channel", "address"),
    [
        ("email", "li"),
        ("email", "a@b"),
        ("email", "a b@c.test"),
        ("email", "a@b.test\r\nBcc:x"),
        ("sms", "12"),
        ("fax", LI),
    ],
)
async def test_what_is_no_address_is_refused(telling: World, channel: str, address: str) -> None:
    async with telling.stranger() as citizen:
        token = await make_report(citizen)
        assert (await ask(citizen, token, address, channel=channel)).status_code == 422
        assert await rows(telling, contacts) == []


async def test_a_code_has_few_tries_and_a_short_life(telling: World, mails: MailServer) -> None:
    async with telling.stranger() as citizen:
        token = await make_report(citizen)
        asked = (await ask(citizen, token)).json()["id"]
        code = code_of(await arrived(mails, 1))
        wrong = f"{(int(code) + 1) % 1_000_000:06}"
        answers = await asyncio.gather(*(confirm(citizen, token, asked, wrong) for _ in range(CODE_TRIES + 3)))
        slugs = [each.json()["type"].rpartition(":")[2] for each in answers]
        assert sorted(slugs) == ["code-spent"] * 3 + ["wrong-code"] * CODE_TRIES
        assert (await confirm(citizen, token, asked, code)).status_code == 401, "the right one comes too late"
        again = (await ask(citizen, token)).json()["id"]
        fresh = code_of(await arrived(mails, 2))
        past = now() - timedelta(seconds=1)
        await telling.parts.db.write(lambda c: c.execute(contacts.update().values(code_expires_at=past)))
        late = await confirm(citizen, token, again, fresh)
        assert (late.status_code, late.json()["type"]) == (401, "urn:wardline:problem:code-expired")
        assert await rows(telling, subscriptions) == []


async def test_one_address_is_not_pestered_through_us(telling: World) -> None:
    async with telling.stranger() as citizen:
        token, other = await make_report(citizen), await make_report(citizen)
        answers = [await ask(citizen, token if n % 2 else other) for n in range(CODES_PER_HOUR + 1)]
        assert [each.status_code for each in answers] == [202] * CODES_PER_HOUR + [429]
        assert (await ask(citizen, token, "other@home.test")).status_code == 202
        assert (await ask(citizen, token, LI.upper())).status_code == 429, "the same address, written otherwise"


async def test_a_code_of_one_report_opens_no_other(telling: World, mails: MailServer) -> None:
    async with telling.stranger() as citizen:
        token, other = await make_report(citizen), await make_report(citizen)
        asked = (await ask(citizen, token)).json()["id"]
        code = code_of(await arrived(mails, 1))
        assert (await confirm(citizen, other, asked, code)).status_code == 404
        assert (await citizen.post(f"/api/v1/subscriptions/{asked}/confirm", json={"code": code})).status_code == 404
        await confirm(citizen, token, asked, code)
        assert (await citizen.delete(f"/api/v1/reports/{other}/contacts/{asked}")).status_code == 404
        gone = await citizen.delete(f"/api/v1/reports/{token}/contacts/{asked}")
        assert gone.json()["contacts"] == []
        assert (await rows(telling, contacts), await rows(telling, subscriptions)) == ([], [])


async def test_a_confirmed_address_follows_areas_too(telling: World, mails: MailServer) -> None:
    async with telling.stranger() as citizen:
        token = await make_report(citizen)
        asked = (await ask(citizen, token)).json()["id"]
        url = f"/api/v1/reports/{token}/contacts/{asked}"
        street = (await follow(citizen, token))["place"]["street"]
        assert (await citizen.post(f"{url}/areas", json={"area": street})).status_code == 404, "not confirmed yet"
        await confirm(citizen, token, asked, code_of(await arrived(mails, 1)))
        for body in ({"area": "nowhere"}, {"area": street, "category": "nothing"}):
            assert (await citizen.post(f"{url}/areas", json=body)).status_code == 422
        for _ in range(2):
            done = await citizen.post(f"{url}/areas", json={"area": street, "category": "E0504"})
            assert done.status_code == 200, done.text
        ((area,),) = [each["areas"] for each in done.json()["contacts"]]
        assert (area["area"], area["category"]["code"]) == (street, "E0504")
        left = (await citizen.delete(f"{url}/areas/{area['id']}")).json()
        assert [each["areas"] for each in left["contacts"]] == [[]]


async def test_who_has_no_report_follows_an_area_or_a_public_case(telling: World, mails: MailServer) -> None:
    async with telling.stranger() as citizen:
        token = await make_report(citizen)
        street = (await follow(citizen, token))["place"]["street"]
        (case_id,) = await telling.parts.db.read(lambda c: list(c.execute(text("SELECT id FROM cases")).scalars()))
        to = {"channel": "email", "address": LI, "language": "zh"}
        for what in ({"area": street}, {"case_id": case_id}):
            asked = await citizen.post("/api/v1/subscriptions", json=to | what)
            assert asked.status_code == 202, asked.text
            code = code_of(await arrived(mails, len(mails.mails) + 1))
            done = await citizen.post(f"/api/v1/subscriptions/{asked.json()['id']}/confirm", json={"code": code})
            assert done.status_code == 200, done.text
            assert done.json()["is_new"]
        assert {(each.kind, each.area, each.case_id) for each in await rows(telling, subscriptions)} == {
            ("area", street, ""),
            ("case", "", case_id),
        }
        for what in ({}, {"area": street, "case_id": case_id}, {"area": "nowhere"}):
            assert (await citizen.post("/api/v1/subscriptions", json=to | what)).status_code == 422
        assert (await citizen.post("/api/v1/subscriptions", json=to | {"case_id": "none"})).status_code == 404


async def subscribe(citizen: AsyncClient, mails: MailServer, what: dict[str, str], address: str = LI) -> Response:
    """Ask to be told of something without a report, and give the code that comes."""
    before = len([mail for mail in mails.mails if address in str(mail["To"])])
    body = {"channel": "email", "address": address, "language": "en"} | what
    asked = await citizen.post("/api/v1/subscriptions", json=body)
    assert asked.status_code == 202, asked.text
    code = code_of(await arrived(mails, before + 1, address))
    return await citizen.post(f"/api/v1/subscriptions/{asked.json()['id']}/confirm", json={"code": code})


async def test_a_public_case_is_followed_by_its_number_and_once(
    telling: World, mails: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subscribing, "CODES_PER_HOUR", 9)
    async with telling.stranger() as citizen:
        assert (await citizen.get("/api/v1/subscriptions")).json() == {"channels": ["email", "sms"]}
        token = await make_report(citizen)
        (item,) = (await citizen.get("/api/v1/public/cases")).json()["items"]
        what = {"number": item["number"]}
        first = (await subscribe(citizen, mails, what)).json()
        second = (await subscribe(citizen, mails, what)).json()
        assert (first["is_new"], second["is_new"]) == (True, False)
        other = (await subscribe(citizen, mails, {"area": item["place"]["street"]})).json()
        assert other["is_new"]
        wishes = await rows(telling, subscriptions)
        assert [each.kind for each in wishes] == ["case", "area"]
        assert {each.contact_id for each in wishes} == {other["id"]}, "one address is kept once"
        assert [each.id for each in await rows(telling, contacts)] == [other["id"]]
        number = (await follow(citizen, token))["number"]
        refused = await citizen.post(
            "/api/v1/subscriptions", json={"channel": "email", "address": LI, "number": number}
        )
        assert refused.status_code == 404, "who reported it is known by his link alone"


async def test_one_address_follows_so_much_and_no_more(
    telling: World, mails: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subscribing, "FOLLOWS_MAX", 1)
    async with telling.stranger() as citizen:
        token = await make_report(citizen)
        place = (await follow(citizen, token))["place"]
        assert (await subscribe(citizen, mails, {"area": place["street"]})).status_code == 200
        assert (await subscribe(citizen, mails, {"area": place["community"]})).status_code == 409
        assert (await subscribe(citizen, mails, {"area": place["street"]})).json()["is_new"] is False
        assert len(await rows(telling, subscriptions)) == 1
        assert (await subscribe(citizen, mails, {"area": place["community"]}, "wang@home.test")).status_code == 200


async def test_an_address_given_again_for_a_report_keeps_what_else_it_follows(
    telling: World, mails: MailServer
) -> None:
    async with telling.stranger() as citizen:
        token = await make_report(citizen)
        street = (await follow(citizen, token))["place"]["street"]
        for count in (1, 2):
            asked = (await ask(citizen, token)).json()["id"]
            done = await confirm(citizen, token, asked, code_of(await arrived(mails, count)))
            if count == 1:
                await citizen.post(f"/api/v1/reports/{token}/contacts/{asked}/areas", json={"area": street})
        ((area,),) = [each["areas"] for each in done.json()["contacts"]]
        assert area["area"] == street
        assert sorted(each.kind for each in await rows(telling, subscriptions)) == ["area", "report"]


async def test_one_click_ends_it_and_to_open_the_link_does_not(telling: World, mails: MailServer) -> None:
    async with telling.stranger() as citizen:
        token = await make_report(citizen)
        asked = (await ask(citizen, token)).json()["id"]
        await confirm(citizen, token, asked, code_of(await arrived(mails, 1)))
        (wish,) = await rows(telling, subscriptions)
        url = f"/api/v1/unsubscribe/{wish.token}"
        page = await citizen.get(url)
        assert "<button" in page.text
        assert page.headers["content-type"].startswith("text/html")
        assert len(await rows(telling, subscriptions)) == 1
        one_click = {"List-Unsubscribe": "One-Click"}
        assert (await citizen.post(url, data=one_click)).status_code == 200
        assert (await rows(telling, subscriptions), await rows(telling, contacts)) == ([], [])
        assert (await citizen.post(url, data=one_click)).status_code == 200
        assert "<button" not in (await citizen.get(url)).text
        assert (await citizen.get("/api/v1/unsubscribe/<script>alert(1)</script>")).status_code in (404, 422)


async def test_where_there_is_no_way_out_nothing_is_offered(world: World) -> None:
    async with world.stranger() as citizen:
        token = await make_report(citizen)
        assert (await citizen.get(f"/api/v1/reports/{token}/contacts")).json()["channels"] == []
        assert (await ask(citizen, token)).status_code == 422
        assert (await citizen.get("/api/v1/subscriptions")).json() == {"channels": []}


def test_a_guess_has_little_chance() -> None:
    assert subscribing.CODE_TRIES / 1_000_000 <= 1 / 200_000


async def test_a_letter_that_nobody_takes_says_why_and_is_tried_again_on_request(
    telling: World, mails: MailServer
) -> None:
    mails.refused = {LI}
    async with telling.stranger() as citizen, telling.sign_in("leader", Role.LEADER) as leader:
        token = await make_report(citizen)
        await ask(citizen, token)
        for _ in range(400):
            answer = await leader.get("/api/v1/letters", params={"state": "dead"})
            assert answer.status_code == 200, answer.text
            dead = answer.json()["items"]
            if dead:
                break
            await asyncio.sleep(0.05)
        (letter,) = dead
        assert (letter["error"], letter["template"], letter["tries"]) == ("SMTPRecipientRefused 550", "code", 1)
        assert LI not in str(letter)
        mails.refused = set()
        url = f"/api/v1/letters/{letter['id']}/retry"
        async with telling.sign_in("acceptor", Role.ACCEPTOR) as acceptor:
            assert (await acceptor.post(url)).status_code == 403
        assert (await leader.post(url)).json()["items"] == []
        assert (await leader.post(url)).status_code == 404
        code_of(await arrived(mails, 1))
