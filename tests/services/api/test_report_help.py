"""What helps to report: questions, open cases near by, parts; and what becomes of the answers and the choice."""

import asyncio
import json
from typing import Any

from httpx import AsyncClient

from dispatch.access import Role
from dispatch.citymap import City
from gis.point import LonLat, distance_m
from services.api.limits import RateLimit
from tests.services.api.places import IN_GRID, OUTSIDE, far_apart
from tests.services.api.public.town import tools_of
from tests.services.api.samples import jpeg
from tests.services.api.test_cases import open_case
from tests.services.api.test_reports import follow
from tests.services.api.world import World

COVER, LAMP, GAS, CROWD, NOISE, BEGGING = "P0101", "P0118", "E0403", "E0409", "E0508", "E0502"
NEAR = {"lon": IN_GRID[0], "lat": IN_GRID[1]}
LITTER = {"text": "路边有垃圾", "category": "E0102", **NEAR}


async def case_of(leader: AsyncClient, receipt: dict[str, Any]) -> dict[str, Any]:
    (case,) = (await leader.get("/api/v1/cases", params={"number": receipt["number"]})).json()["items"]
    return dict(case)


async def near(citizen: AsyncClient, **changes: Any) -> list[dict[str, Any]]:
    answer = await citizen.get("/api/v1/reports/near", params={"category": "E0102", **NEAR, **changes})
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


# --- questions -------------------------------------------------------------------------------------------------------


async def test_a_stranger_is_told_what_is_asked_and_whom_to_call_first(world: World) -> None:
    async with world.stranger() as citizen:
        items = (await citizen.get("/api/v1/reports/questions")).json()["items"]
    by_category = {code: [each for each in items if each["category"] == code] for code in (COVER, GAS, CROWD)}
    assert [each["kind"] for each in by_category[COVER]] == ["stop", "notice", "singlevaluelist"]
    (gas,) = by_category[GAS]
    assert (gas["kind"], gas["call"], gas["required"]) == ("stop", ["119"], False)
    assert gas["label"]["zh"]
    assert gas["label"]["en"]
    assert by_category[CROWD][0]["required"] is True


async def test_answers_reach_the_desk_in_words_of_the_reporters_language(world: World) -> None:
    said = {"text": "井盖", "category": COVER, **NEAR, "answers": {"state": "missing"}}
    async with world.stranger() as citizen, world.sign_in("leader", Role.LEADER) as leader:
        for language, words in (("zh", "井盖怎么了？ 缺失"), ("en", "What is wrong with the cover? Missing")):
            receipt = (await citizen.post("/api/v1/reports", json=said | {"language": language})).json()
            await follow(citizen, receipt["token"])
            case = await case_of(leader, receipt)
            events = (await leader.get(f"/api/v1/cases/{case['id']}/events")).text
            assert words in events


async def test_answers_of_a_form_are_json_in_one_field(world: World) -> None:
    fields = {"text": "吵", "category": NOISE, "answers": json.dumps({"times": ["day", "night"]})}
    async with world.stranger() as citizen, world.sign_in("leader", Role.LEADER) as leader:
        answer = await citizen.post(
            "/api/v1/reports",
            data=fields | {name: str(at) for name, at in NEAR.items()},
            files={"photos": jpeg(64, 64)},
        )
        assert answer.status_code == 201, answer.text
        await follow(citizen, answer.json()["token"])
        assert "白天, 深夜" in (await case_of(leader, answer.json()))["text"]


async def test_answers_that_do_not_fit_are_named_by_their_question(world: World) -> None:
    wrong: list[tuple[str, dict[str, Any], str]] = [
        (COVER, {}, "state"),  # required
        (COVER, {"state": ""}, "state"),
        (COVER, {"state": "eaten"}, "state"),
        (COVER, {"state": ["missing", "broken"]}, "state"),
        (LAMP, {"lamps": "many"}, "lamps"),
        (LAMP, {"since": "yesterday"}, "since"),
        (LAMP, {"lamps": ["1", "2"]}, "lamps"),
    ]
    async with world.stranger() as citizen:
        for category, answers, code in wrong:
            said = {"text": "x", "category": category, **NEAR, "answers": answers}
            answer = await citizen.post("/api/v1/reports", json=said)
            assert answer.status_code == 422, answer.text
            assert [each["where"] for each in answer.json()["errors"]] == [f"body.answers.{code}"]


async def test_a_sender_that_knows_no_questions_is_heard_all_the_same(world: World) -> None:
    async with world.stranger() as citizen:
        assert (await citizen.post("/api/v1/reports", json={"category": COVER, **NEAR})).status_code == 201


async def test_answers_without_end_are_refused(world: World) -> None:
    for answers in (
        {f"q{n}": "x" for n in range(50)},
        {"state": "x" * 3_000},
        {f"q{n}": "x" * 1_999 for n in range(5)},
        {"state": ["x"] * 60},
        "no json",
        [1],
        {"state": {"a": "b"}},
        {"state": "a\x00b"},
    ):
        async with world.stranger() as citizen:
            answer = await citizen.post("/api/v1/reports", json={"category": COVER, **NEAR, "answers": answers})
            assert answer.status_code == 422, answers


# --- is it known already? --------------------------------------------------------------------------------------------


async def test_an_open_case_near_by_is_offered_without_anything_of_persons(world: World) -> None:
    async with world.stranger() as citizen:
        assert await near(citizen) == []
        body = LITTER | {"name": "王小明", "phone": "13812345678", "address": "王家"}
        receipt = (await citizen.post("/api/v1/reports", json=body)).json()
        await follow(citizen, receipt["token"])
        (found,) = await near(citizen, lat=IN_GRID[1] + 0.0005)
        assert (found["told"], found["category"]["code"], found["distance_m"]) == (1, "E0102", 60)
        assert found["place"]["lon"] == round(found["place"]["lon"], 4)
        for secret in ("王", "138", "垃圾桶", receipt["token"], receipt["number"]):
            assert secret not in str(found)
        assert await near(citizen, lat=IN_GRID[1] + 0.01) == []
        assert await near(citizen, category=LAMP) == []
        assert await near(citizen, category="none") == []


async def test_what_the_public_may_not_know_is_not_offered(world: World) -> None:
    async with world.stranger() as citizen, world.sign_in("leader", Role.LEADER) as leader:
        receipt = (await citizen.post("/api/v1/reports", json=LITTER | {"category": BEGGING})).json()
        await follow(citizen, receipt["token"])
        assert await near(citizen, category=BEGGING) == []
        number = (await case_of(leader, receipt))["number"]
        answer = await citizen.post("/api/v1/reports", json=LITTER | {"same_as": number})
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["where"] == "body.same_as"


async def test_this_is_it_adds_to_the_case_and_gives_a_link_of_ones_own(world: World) -> None:
    far = far_apart(world.parts.city, 2)[1]
    async with world.stranger() as citizen, world.sign_in("leader", Role.LEADER) as leader:
        first = (await citizen.post("/api/v1/reports", json=LITTER)).json()
        await follow(citizen, first["token"])
        (found,) = await near(citizen)
        # Told from elsewhere and without a category: the name alone makes it the same.
        body = {"text": "I see it too", "lon": far[0], "lat": far[1], "same_as": found["number"]}
        second = (await citizen.post("/api/v1/reports", json=body)).json()
        shown = await follow(citizen, second["token"])
        assert second["number"] != first["number"]
        assert shown["category"]["code"] == "E0102"
        case = await case_of(leader, second)
        assert (case["number"], case["events"]) == (found["number"], 2)
        assert (await near(citizen))[0]["told"] == 2


async def test_a_case_that_was_closed_meanwhile_makes_the_report_a_new_one(world: World) -> None:
    async with world.stranger() as citizen, world.sign_in("leader", Role.LEADER) as leader:
        case = await open_case(leader, category="E0102", lon=IN_GRID[0], lat=IN_GRID[1])
        assert (await leader.post(f"/api/v1/cases/{case['id']}/commands/void", json={"reason": "x"})).status_code == 200
        answer = await citizen.post("/api/v1/reports", json=LITTER | {"same_as": case["number"]})
        assert answer.status_code == 201, answer.text
        await follow(citizen, answer.json()["token"])
        assert (await case_of(leader, answer.json()))["number"] != case["number"]


async def test_a_number_that_is_none_is_refused(world: World) -> None:
    async with world.stranger() as citizen:
        answer = await citizen.post("/api/v1/reports", json=LITTER | {"same_as": "260301-99999"})
        assert answer.status_code == 422


async def test_what_is_asked_without_a_login_is_rationed(world: World) -> None:
    tools_of(world).questions = RateLimit(burst=10, per_minute=0.1)  # however slow this machine is
    async with world.stranger() as citizen:
        answers = await asyncio.gather(
            *(citizen.get("/api/v1/reports/near", params={"category": LAMP, **NEAR}) for _ in range(12))
        )
        assert {answer.status_code for answer in answers} == {200, 429}
        for path in ("/api/v1/components/near", "/api/v1/reports/questions"):
            assert (await citizen.get(path, params=NEAR)).status_code == 429


# --- which part? -----------------------------------------------------------------------------------------------------


def a_lamp(city: City) -> tuple[str, LonLat]:
    lamp = next(each for each in city.components.by_id.values() if each.category == LAMP)
    return lamp.id, lamp.point


async def test_parts_near_the_pin_are_told_and_the_chosen_one_goes_with_the_report(world: World) -> None:
    lamp, point = a_lamp(world.parts.city)
    async with world.stranger() as citizen, world.sign_in("leader", Role.LEADER) as leader:
        at = {"lon": point.lon, "lat": point.lat + 0.0001}
        items = (await citizen.get("/api/v1/components/near", params={**at, "category": LAMP})).json()["items"]
        assert items[0]["id"] == lamp
        assert items[0]["distance_m"] == round(distance_m(point, LonLat(at["lon"], at["lat"])))
        assert {each["category"] for each in items} == {LAMP}
        every = (await citizen.get("/api/v1/components/near", params=at)).json()["items"]
        assert lamp in [each["id"] for each in every]
        receipt = (await citizen.post("/api/v1/reports", json={"category": LAMP, "component": lamp, **at})).json()
        await follow(citizen, receipt["token"])
        assert (await case_of(leader, receipt))["place"]["component"] == lamp


async def test_a_part_is_found_by_what_its_sticker_says(world: World) -> None:
    lamp, point = a_lamp(world.parts.city)
    async with world.stranger() as citizen:
        found = (await citizen.get(f"/api/v1/components/{lamp}")).json()
        assert (found["id"], found["category"], found["point"]) == (lamp, LAMP, [point.lon, point.lat])
        assert (await citizen.get("/api/v1/components/none")).status_code == 404


async def test_where_there_is_no_part_there_is_none_and_an_invented_one_is_refused(world: World) -> None:
    async with world.stranger() as citizen:
        at = {"lon": OUTSIDE[0], "lat": OUTSIDE[1]}
        assert (await citizen.get("/api/v1/components/near", params=at)).json()["items"] == []
        answer = await citizen.post("/api/v1/reports", json=LITTER | {"component": "none"})
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["where"] == "body.component"
