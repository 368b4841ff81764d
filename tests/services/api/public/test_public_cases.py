"""What everybody sees without a login: public cases in a list, on a map and one by one, and nothing of persons."""

from pathlib import Path
from typing import Any

from httpx import AsyncClient

from dispatch.access import Role
from dispatch.citymap import City
from services.api.limits import RateLimit
from services.store.requests import ROUGH
from tests.services.api.open311.partner import make_partner
from tests.services.api.places import IN_GRID, far_apart
from tests.services.api.public.town import BEGGING, LAMP, LITTER, forget_answers, read_all, tell, tools_of, with_rough
from tests.services.api.world import World, open_world

CASES = "/api/v1/public/cases"
REASONS = {"void": {"reason": "test"}, "force_close": {"reason": "test"}}


async def rows(client: AsyncClient, **query: Any) -> list[dict[str, Any]]:
    answer = await client.get(CASES, params=query)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


async def command(world: World, number: str, *names: str) -> None:
    """Have a leader do something with a case."""
    async with world.again("leader") as leader:
        (case,) = (await leader.get("/api/v1/cases", params={"number": number})).json()["items"]
        for name in names:
            answer = await leader.post(f"/api/v1/cases/{case['id']}/commands/{name}", json=REASONS.get(name, {}))
            assert answer.status_code == 200, answer.text
    await read_all(world)


async def test_a_report_stands_in_the_list_without_its_words_and_its_reporter(world: World) -> None:
    async with world.stranger() as citizen:
        await tell(citizen, *IN_GRID, name="王小明", phone="13812345678", address="解放碑1号 王家")
        await read_all(world)
        (row,) = await rows(citizen)
        page = await citizen.get(f"{CASES}/{row['number']}")
        html = await citizen.get(f"/report/case/{row['number']}")
        feed = await citizen.get("/report/feed.atom")
    assert row["category"]["code"] == LITTER
    assert row["state"] == "open"
    assert row["stage"] == "reported"
    assert row["place"]["street"]
    for body in (str(row), page.text, html.text, feed.text):
        for secret in ("王", "138", "垃圾桶满", "解放碑1号"):
            assert secret not in body


async def test_what_is_not_public_is_in_no_list_on_no_map_and_has_no_page(world: World, city: City) -> None:
    (first, second) = far_apart(city, 2)
    async with world.stranger() as citizen, world.sign_in("leader", Role.LEADER) as leader:
        await tell(citizen, *first)
        await tell(citizen, *second, category=BEGGING)
        await read_all(world)
        every = (await leader.get("/api/v1/cases")).json()["items"]
        hidden = next(case["number"] for case in every if case["category"]["code"] == BEGGING)
        assert len(every) == 2
        assert [row["category"]["code"] for row in await rows(citizen)] == [LITTER]
        assert await rows(citizen, category=BEGGING) == []
        assert (await citizen.get("/api/v1/public/map")).json()["count"] == 1
        assert (await citizen.get(f"{CASES}/{hidden}")).status_code == 404
        page = await citizen.get(f"/report/case/{hidden}", headers={"Accept-Language": "en"})
        assert page.status_code == 404
        assert "There is no such public case" in page.text
        assert hidden not in (await citizen.get("/report/feed.rss")).text


async def test_what_a_machine_has_told_is_nobodys_news_until_it_is_filed(world: World) -> None:
    async with world.sign_in("leader", Role.LEADER) as leader, world.stranger() as citizen:
        body = {"category": LITTER, "lon": IN_GRID[0], "lat": IN_GRID[1], "text": "巡查"}
        opened = (await leader.post("/api/v1/cases", json=body)).json()
        await read_all(world)
        if opened["stage"] in ("reported", "pending_filing"):
            assert await rows(citizen) == []
            await command(world, opened["number"], "file")
        assert [row["number"] for row in await rows(citizen)] == [opened["number"]]


async def test_a_citizens_own_number_opens_no_page(world: World) -> None:
    async with world.stranger() as citizen:
        receipt = await tell(citizen, *IN_GRID)
        await read_all(world)
        assert (await citizen.get(f"{CASES}/{receipt['number']}")).status_code == 404


async def test_the_number_of_a_partners_request_leads_to_its_case_and_its_published_words(world: World) -> None:
    async with world.stranger() as client:
        partner = await make_partner(world, client)
        number = await partner.file(description="路灯不亮，电话 13812345678")
        forget_answers(world)
        found = (await client.get(f"{CASES}/{number}")).json()
        (row,) = await rows(client)
    assert found["number"] == row["number"] != number
    assert [words["text"] for words in found["words"]] == ["路灯不亮，电话 ***"]
    assert found["words"][0]["number"] == number


async def test_a_closed_case_moves_from_the_open_ones_to_the_closed_ones(world: World, city: City) -> None:
    first, second = far_apart(city, 2)
    async with world.stranger() as citizen, world.sign_in("leader", Role.LEADER):
        await tell(citizen, *first)
        await read_all(world)
        (row,) = await rows(citizen)
        await command(world, row["number"], "accept", "void")
        assert await rows(citizen) == []
        # One that was never taken on is no news of something done; its page says what became of it.
        assert await rows(citizen, state="closed") == []
        found = (await citizen.get(f"{CASES}/{row['number']}")).json()
        assert found["state"] == "closed"
        assert [step["stage"] for step in found["timeline"]] == ["received", "pending_filing", "void"]
        await tell(citizen, *second)
        await read_all(world)
        (row,) = await rows(citizen)
        await command(world, row["number"], "file", "force_close")
        assert await rows(citizen) == []
        (closed,) = await rows(citizen, state="closed")
        assert closed["number"] == row["number"]
        assert closed["state"] == "closed"
        assert closed["closed_at"]
        assert (await citizen.get("/api/v1/public/map", params={"state": "closed"})).json()["count"] == 1


async def test_pages_follow_each_other_without_a_gap_and_without_a_repeat(world: World, city: City) -> None:
    async with world.stranger() as citizen:
        for lon, lat in far_apart(city, 5):
            await tell(citizen, lon, lat)
        await read_all(world)
        every = [row["number"] for row in await rows(citizen)]
        seen: list[str] = []
        after = ""
        for _ in range(3):
            answer = (await citizen.get(CASES, params={"limit": 2, "after": after})).json()
            seen += [row["number"] for row in answer["items"]]
            after = answer["next"] or ""
        assert seen == every
        assert len(set(seen)) == 5
        assert after == ""


async def test_kind_area_and_box_narrow_the_list_and_the_map(world: World, city: City) -> None:
    first, second = far_apart(city, 2, different_streets=True)
    async with world.stranger() as citizen:
        await tell(citizen, *first)
        await tell(citizen, *second, category=LAMP)
        await read_all(world)
        litter, lamp = (await rows(citizen, category=LITTER))[0], (await rows(citizen, category=LAMP))[0]
        assert litter["number"] != lamp["number"]
        street = litter["place"]["street"]
        assert [row["number"] for row in await rows(citizen, area=street)] == [litter["number"]]
        box = f"{first[0] - 0.001},{first[1] - 0.001},{first[0] + 0.001},{first[1] + 0.001}"
        assert [row["number"] for row in await rows(citizen, bbox=box)] == [litter["number"]]
        points = (await citizen.get("/api/v1/public/map", params={"bbox": box})).json()["points"]
        assert [point["number"] for point in points] == [litter["number"]]
        both = f"{LITTER},{LAMP}"
        assert len(await rows(citizen, category=both)) == 2


async def test_a_question_that_cannot_be_read_is_refused(world: World) -> None:
    async with world.stranger() as citizen:
        for query in (
            {"state": "sleeping"},
            {"area": "nowhere"},
            {"bbox": "1,2,3"},
            {"bbox": "3,2,1,4"},
            {"after": "x"},
            {"after": "9999999999999999.x'--"},
            {"limit": 0},
            {"limit": 201},
            {"q": "what"},
        ):
            answer = await citizen.get(CASES, params=query)
            assert answer.status_code in (200, 422), (query, answer.text)
            assert (answer.status_code == 200) == (query.get("after", "x") != "x"), query
            page = await citizen.get("/report/list", params={name: query[name] for name in query if name != "limit"})
            assert page.status_code in (200, 422)


async def test_a_rough_place_is_rounded_before_it_is_compared(city: City, tmp_path: Path) -> None:
    await check_rough_places(city, tmp_path, "")


async def check_rough_places(city: City, tmp_path: Path, database_url: str) -> None:
    """Tell it of a database."""
    lon, lat = IN_GRID[0] + 0.00032, IN_GRID[1] + 0.00027
    async with open_world(with_rough(city, [LAMP]), tmp_path, database_url) as world, world.stranger() as client:
        partner = await make_partner(world, client)
        picture = {"description": "在我家 3-2 门口", "lat": lat, "long": lon, "address_string": "民族路 12 号"}
        number = await partner.file(**picture)
        forget_answers(world)
        (row,) = await rows(client)
        assert row["place"]["rough"]
        assert (row["place"]["lon"], row["place"]["lat"]) == (round(lon, 3), round(lat, 3))
        assert row["place"]["community"] == ""
        near = f"{lon - 0.0001},{lat - 0.0001},{lon + 0.0001},{lat + 0.0001}"
        shown = f"{round(lon, 3)},{round(lat, 3)},{round(lon, 3)},{round(lat, 3)}"
        assert await rows(client, bbox=near) == []
        assert len(await rows(client, bbox=shown)) == 1
        found = (await client.get(f"{CASES}/{number}")).json()
        assert found["words"] == []
        # The other doors say no more.
        record = await partner.one(number)
        assert (record["long"], record["lat"]) == (round(lon, 3), round(lat, 3))
        assert "3-2" not in str(record)
        assert "民族路" not in str(record)
        assert await partner.ids(bbox=near) == []
        text = (await client.get("/open311/bulk/requests.csv")).text
        assert "民族路" not in text
        assert "3-2" not in text
    assert ROUGH == 1000


async def test_many_cases_are_gathered_on_a_wide_map_and_shown_one_by_one_on_a_near_one(
    world: World, city: City
) -> None:
    async with world.stranger() as citizen:
        places = far_apart(city, 12)
        for lon, lat in places:
            await tell(citizen, lon, lat)
        await read_all(world)
        wide = (await citizen.get("/api/v1/public/map", params={"bbox": "106,29,107,30"})).json()
        assert wide["count"] == 12
        assert sum(cell["count"] for cell in wide["cells"]) + len(wide["points"]) == 12
        assert wide["cells"]
        lon, lat = places[0]
        near = f"{lon - 0.005},{lat - 0.005},{lon + 0.005},{lat + 0.005}"
        found = (await citizen.get("/api/v1/public/map", params={"bbox": near})).json()
        assert found["cells"] == []
        assert found["points"]


async def test_answers_may_be_kept_by_caches_and_read_by_other_pages(world: World) -> None:
    async with world.stranger() as citizen:
        answer = await citizen.get(CASES)
        assert answer.headers["cache-control"] == "public, max-age=10"
        assert answer.headers["access-control-allow-origin"] == "*"


async def test_who_asks_too_often_waits(world: World) -> None:
    async with world.stranger() as citizen:
        tools_of(world).public = RateLimit(burst=2, per_minute=0.1)
        codes = [(await citizen.get(f"{CASES}/none")).status_code for _ in range(3)]
        assert codes == [404, 404, 429]
        page = await citizen.get("/report/list?lang=en")
        assert page.status_code == 429
        assert page.headers["retry-after"]
        assert "try again shortly" in page.text
