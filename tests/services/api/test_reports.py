"""A citizen reports without a login, gets a number and follows by a private link."""

import asyncio
from typing import Any

import pytest
from httpx import AsyncClient
from sqlalchemy import select

from dispatch.access import Role
from services.api.report_form import PHOTOS_MAX
from services.observe.clock import now
from services.store import sources
from services.store.tables import reporters, reports
from tests.services.api.places import IN_GRID
from tests.services.api.samples import jpeg
from tests.services.api.world import World

REPORT: dict[str, Any] = {"text": "路边垃圾桶满了没人清理", "category": "E0504", "lon": IN_GRID[0], "lat": IN_GRID[1]}


async def follow(client: AsyncClient, token: str) -> dict[str, Any]:
    """Return what the link shows once the desk has read the report."""
    for _ in range(100):
        answer = await client.get(f"/api/v1/reports/{token}")
        assert answer.status_code == 200, answer.text
        found = dict(answer.json())
        if found["stage"] != "received":
            return found
        await asyncio.sleep(0.02)
    raise AssertionError("the desk has not read the report")


async def test_a_report_gets_a_number_and_a_link_that_tells_what_becomes_of_it(world: World) -> None:
    async with world.stranger() as citizen, world.sign_in("leader", Role.LEADER) as leader:
        answer = await citizen.post("/api/v1/reports", json=REPORT)
        assert answer.status_code == 201, answer.text
        receipt = answer.json()
        assert receipt["url"] == f"/report/#/follow/{receipt['token']}"
        found = await follow(citizen, receipt["token"])
        assert found["number"] == receipt["number"]
        assert found["stage"] == "reported"
        assert found["category"]["name"]["zh"]
        assert [item["stage"] for item in found["timeline"]] == ["received"]
        (case,) = (await leader.get("/api/v1/cases", params={"number": receipt["number"]})).json()["items"]
        assert (await leader.post(f"/api/v1/cases/{case['id']}/commands/file")).status_code == 200
        found = await follow(citizen, receipt["token"])
        assert "filed" in [item["stage"] for item in found["timeline"]]
        assert all(item["zh"] and item["en"] for item in found["timeline"])


async def test_numbers_of_a_day_count_up(world: World) -> None:
    async with world.stranger() as citizen:
        numbers = [(await citizen.post("/api/v1/reports", json=REPORT)).json()["number"] for _ in range(3)]
    assert [number[-5:] for number in numbers] == ["00001", "00002", "00003"]
    assert f"{now().astimezone(world.parts.city.timezone):%y%m%d}" in numbers[0]


async def test_two_reports_of_one_happening_are_one_case_and_two_links(world: World) -> None:
    async with world.stranger() as citizen, world.sign_in("leader", Role.LEADER) as leader:
        first, second = [(await citizen.post("/api/v1/reports", json=REPORT)).json() for _ in range(2)]
        await follow(citizen, first["token"])
        await follow(citizen, second["token"])
        assert first["number"] != second["number"]
        (case,) = (await leader.get("/api/v1/cases")).json()["items"]
        assert case["events"] == 2


async def test_the_link_says_nothing_of_persons_and_inner_words(world: World) -> None:
    body = REPORT | {"name": "王小明", "phone": "13812345678", "address": "解放碑1号 王家"}
    async with world.stranger() as citizen:
        receipt = (await citizen.post("/api/v1/reports", json=body)).json()
        text = str(await follow(citizen, receipt["token"]))
    for secret in ("王", "138", REPORT["text"]):
        assert secret not in text


async def test_name_and_telephone_stand_in_their_own_table_and_nowhere_else(world: World) -> None:
    body = REPORT | {"name": "王小明", "phone": "13812345678"}
    async with world.stranger() as citizen, world.sign_in("acceptor", Role.ACCEPTOR) as acceptor:
        receipt = (await citizen.post("/api/v1/reports", json=body)).json()
        await follow(citizen, receipt["token"])
        (case,) = (await acceptor.get("/api/v1/cases")).json()["items"]
        url = f"/api/v1/cases/{case['id']}"
        for path in (url, f"{url}/journal", f"{url}/events"):
            assert "13812345678" not in (await acceptor.get(path)).text
        assert case["reporter"] is True
        masked = (await acceptor.get(f"{url}/reporter")).json()
        assert masked == {"name": "王**", "phone": "138****5678", "masked": True, "email": ""}
        clear = (await acceptor.get(f"{url}/reporter", params={"clear": "true"})).json()
        assert clear == {"name": "王小明", "phone": "13812345678", "masked": False, "email": ""}
        async with world.sign_in("admin", Role.ADMIN) as admin:
            (deed,) = (await admin.get("/api/v1/audit", params={"action": "reporter"})).json()["items"]
            assert (deed["username"], deed["action"], deed["subject"]) == ("acceptor", "reporter.shown", case["id"])
        async with world.sign_in("supervisor", Role.SUPERVISOR) as supervisor:
            assert (await supervisor.get(f"{url}/reporter")).status_code == 403
    rows = await world.parts.db.read(lambda connection: connection.execute(select(reporters)).all())
    assert len(rows) == 1


async def test_only_the_hash_of_a_link_is_stored(world: World) -> None:
    async with world.stranger() as citizen:
        receipt = (await citizen.post("/api/v1/reports", json=REPORT)).json()
    rows = await world.parts.db.read(lambda connection: connection.execute(select(reports)).all())
    assert receipt["token"] not in str(rows)


async def test_photographs_are_seen_through_their_own_link_and_by_the_staff(world: World) -> None:
    files = [("photos", ("a.jpg", jpeg(640, 480), "image/jpeg")), ("photos", ("b.jpg", jpeg(64, 64), "image/jpeg"))]
    form = {name: str(value) for name, value in REPORT.items()}
    async with world.stranger() as citizen, world.sign_in("leader", Role.LEADER) as leader:
        receipt = (await citizen.post("/api/v1/reports", data=form, files=files)).json()
        other = (await citizen.post("/api/v1/reports", json=REPORT)).json()
        found = await follow(citizen, receipt["token"])
        assert len(found["photos"]) == 2
        picture = await citizen.get(found["photos"][0])
        assert picture.headers["content-type"] == "image/jpeg"
        small = await citizen.get(found["photos"][0], params={"size": "thumb"})
        assert 0 < len(small.content) < len(picture.content)
        media_id = found["photos"][0].rpartition("/")[2]
        assert (await citizen.get(f"/api/v1/reports/{other['token']}/photos/{media_id}")).status_code == 404
        assert (await citizen.get(f"/api/v1/media/{media_id}")).status_code == 401
        assert (await leader.get(f"/api/v1/media/{media_id}")).content == picture.content
        (case,) = (await leader.get("/api/v1/cases", params={"number": receipt["number"]})).json()["items"]
        assert media_id in case["media"]


async def test_a_broken_photograph_is_refused_and_nothing_is_stored(world: World) -> None:
    async with world.stranger() as citizen:
        answer = await citizen.post("/api/v1/reports", data={"text": "a"}, files={"photos": ("a.jpg", b"broken")})
    assert answer.status_code == 422
    assert answer.json()["type"] == "urn:wardline:problem:bad-picture"
    rows = await world.parts.db.read(lambda connection: connection.execute(select(reports)).all())
    assert rows == []


async def test_too_many_photographs_are_refused(world: World) -> None:
    files = [("photos", (f"{n}.jpg", jpeg(8, 8))) for n in range(PHOTOS_MAX + 1)]
    async with world.stranger() as citizen:
        answer = await citizen.post("/api/v1/reports", data={"text": "a"}, files=files)
    assert answer.status_code == 422


async def test_a_report_sent_twice_over_a_bad_line_is_one_report(world: World) -> None:
    async with world.stranger() as citizen:
        key = {"Idempotency-Key": "0f6b3a0e"}
        first = await citizen.post("/api/v1/reports", json=REPORT, headers=key)
        second = await citizen.post("/api/v1/reports", json=REPORT, headers=key)
        other = await citizen.post("/api/v1/reports", json=REPORT | {"text": "another"}, headers=key)
        assert first.json() == second.json()
        assert other.status_code == 422
    rows = await world.parts.db.read(lambda connection: connection.execute(select(reports)).all())
    assert len(rows) == 1


async def test_one_address_cannot_flood_the_door_and_a_known_sender_is_not_slowed(world: World) -> None:
    key = await world.parts.db.write(lambda c: sources.add_key(c, "desk-hotline", now()))  # type: ignore[arg-type]
    async with world.stranger() as citizen:
        codes = [(await citizen.post("/api/v1/reports", json=REPORT)).status_code for _ in range(32)]
        assert codes[0] == 201
        assert codes[-1] == 429
        headers = {"Authorization": f"Bearer {key}"}
        assert (await citizen.post("/api/v1/reports", json=REPORT, headers=headers)).status_code == 201


async def test_a_link_that_there_is_not_is_not_found(world: World) -> None:
    async with world.stranger() as citizen:
        assert (await citizen.get(f"/api/v1/reports/{'x' * 43}")).status_code == 404
        assert (await citizen.get("/api/v1/reports/short")).status_code == 422


@pytest.mark.parametrize("words", ["我爸的养老金这个月没到账", "How do I apply for a pension?"])
async def test_what_is_no_matter_of_the_desk_is_said_politely_and_taken_all_the_same(world: World, words: str) -> None:
    async with world.stranger() as citizen:
        told = (await citizen.post("/api/v1/reports/suggest", json={"text": words})).json()
        assert (told["items"], told["beside_us"]) == ([], True)
        assert (await citizen.post("/api/v1/reports", json=REPORT | {"text": words})).status_code == 201


async def test_words_suggest_categories(world: World) -> None:
    async with world.stranger() as citizen:
        answer = await citizen.post("/api/v1/reports/suggest", json={"text": "井盖破损"})
        items = answer.json()["items"]
        assert items
        assert "井盖" in items[0]["category"]["name"]["zh"]
        assert answer.json()["beside_us"] is False
        assert (await citizen.post("/api/v1/reports/suggest", json={"text": ""})).json()["items"] == []
