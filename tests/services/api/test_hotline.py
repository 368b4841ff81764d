"""A caller's words become a case: once, with a number to tell him; and who has called before is known again."""

import asyncio
from typing import Any

import pytest
from httpx import AsyncClient
from sqlalchemy import select

from dispatch.access import Role
from services.store.tables import audit, hotline_reports, inbox, reporters
from tests.services.api.places import IN_GRID
from tests.services.api.world import World

NUMBER = "138 1234 5678"
KEY = "0" * 32
SAID: dict[str, Any] = {
    "key": KEY,
    "number": NUMBER,
    "name": "王小明",
    "text": "路边垃圾桶满了没人清理",
    "category": "E0504",
    "lon": IN_GRID[0],
    "lat": IN_GRID[1],
    "accuracy_m": 20,
}


async def take_down(client: AsyncClient, **more: Any) -> dict[str, Any]:
    answer = await client.post("/api/v1/hotline/reports", json=SAID | more)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def test_a_callers_words_become_a_case_with_a_number_to_tell_him(world: World) -> None:
    async with world.sign_in("ann", Role.ACCEPTOR) as ann:
        taken = await take_down(ann)
        assert taken["number"].startswith("R-")
        assert (taken["attached"], taken["refused"]) == (False, None)
        assert taken["case"]["stage"] == "reported", "who answers the telephone has not seen it"
        assert taken["case"]["feed"] == "report"
        found = (await ann.get("/api/v1/cases", params={"number": taken["number"]})).json()["items"]
        assert [case["id"] for case in found] == [taken["case"]["id"]]
        (event,) = (await ann.get(f"/api/v1/cases/{taken['case']['id']}/events")).json()["items"]
        assert event["attributes"]["channel"] == "hotline"


async def test_the_operator_files_it_and_marks_it_with_the_same_stroke(world: World) -> None:
    async with world.sign_in("ann", Role.ACCEPTOR) as ann:
        taken = await take_down(ann, file=True, urgent=True)
        assert taken["case"]["filed_at"]
        assert taken["case"]["urgent"]


async def test_what_keeps_a_case_from_being_filed_is_told_and_the_report_is_kept(world: World) -> None:
    async with world.sign_in("ann", Role.ACCEPTOR) as ann:
        taken = await take_down(ann, file=True, category="", text="这里有点问题")
        assert taken["number"]
        assert taken["case"]["filed_at"] is None
        assert taken["refused"]["zh"]
        assert taken["refused"]["en"]


async def test_a_report_that_is_sent_again_is_filed_once(world: World) -> None:
    async with world.sign_in("ann", Role.ACCEPTOR) as ann:
        several = await asyncio.gather(*(take_down(ann, file=True) for _ in range(4)))
        after = await take_down(ann, file=True)
    assert {taken["number"] for taken in several} == {after["number"]}
    assert {taken["case"]["id"] for taken in several} == {after["case"]["id"]}
    assert not after["attached"]
    counts = await world.parts.db.read(
        lambda c: [len(c.execute(select(table)).all()) for table in (inbox, reporters, hotline_reports)]
    )
    assert counts == [1, 1, 1]


async def test_what_others_have_told_of_is_told_of_in_their_case(world: World) -> None:
    async with world.sign_in("ann", Role.ACCEPTOR) as ann:
        first = await take_down(ann, file=True)
        lon, lat = SAID["lon"] + 0.004, SAID["lat"]
        near = await ann.get("/api/v1/hotline/near", params={"lon": SAID["lon"], "lat": lat, "category": "E0504"})
        (offered,) = near.json()["items"]
        assert offered["case"]["id"] == first["case"]["id"]
        assert offered["same_category"]
        same = await take_down(ann, key="1" * 32, lon=lon, same_as=offered["case"]["id"], number="13900000000")
        assert same["attached"]
        assert same["case"]["id"] == first["case"]["id"], "though it is told of 400 m away"
        assert same["number"] != first["number"], "each caller has a number of his own"
        apart = await take_down(ann, key="2" * 32, lon=lon)
        assert apart["case"]["id"] != first["case"]["id"]


async def test_nothing_is_offered_where_nothing_is_near(world: World) -> None:
    async with world.sign_in("ann", Role.ACCEPTOR) as ann:
        await take_down(ann)
        far = {"lon": SAID["lon"] + 0.01, "lat": SAID["lat"], "category": "E0504"}
        assert (await ann.get("/api/v1/hotline/near", params=far)).json()["items"] == []


async def test_who_called_before_is_known_however_his_number_is_written(world: World) -> None:
    async with world.sign_in("ann", Role.ACCEPTOR) as ann:
        taken = await take_down(ann)
        for written in ("+8613812345678", "013812345678", "138-1234-5678"):
            caller = (await ann.get("/api/v1/hotline/callers", params={"number": written})).json()
            assert (caller["number"], caller["name"], caller["is_valid"]) == ("+8613812345678", "王小明", True)
            (earlier,) = caller["reports"]
            assert earlier["number"] == taken["number"]
            assert earlier["case"]["number"] == taken["case"]["number"]
        stranger = (await ann.get("/api/v1/hotline/callers", params={"number": "13900000000"})).json()
        assert (stranger["name"], stranger["reports"]) == ("", [])


async def test_a_citizens_own_report_is_among_what_its_caller_has_told(world: World) -> None:
    report = {"text": SAID["text"], "phone": "138-1234-5678", "name": "王小明"}
    async with world.stranger() as citizen, world.sign_in("ann", Role.ACCEPTOR) as ann:
        receipt = (await citizen.post("/api/v1/reports", json=report)).json()
        caller = (await ann.get("/api/v1/hotline/callers", params={"number": NUMBER})).json()
        assert [each["number"] for each in caller["reports"]] == [receipt["number"]]


async def test_a_look_at_who_calls_is_in_the_audit_without_his_number(world: World) -> None:
    async with world.sign_in("ann", Role.ACCEPTOR) as ann:
        await ann.get("/api/v1/hotline/callers", params={"number": NUMBER})
        assert (await ann.get("/api/v1/hotline/callers", params={"number": "x"})).status_code == 422
    deeds = await world.parts.db.read(
        lambda connection: connection.execute(select(audit).where(audit.c.action == "caller.looked-up")).all()
    )
    (deed,) = deeds
    assert deed.username == "ann"
    assert "1234" not in deed.subject


async def test_who_may_not_see_who_reports_finds_no_callers(world: World) -> None:
    async with world.sign_in("sue", Role.SUPERVISOR) as sue:
        for method, path in (("GET", "callers?number=1"), ("GET", "near?lon=1&lat=1"), ("GET", "places?q=x")):
            answer = await sue.request(method, f"/api/v1/hotline/{path}")
            assert answer.status_code == 403, path
        assert (await sue.post("/api/v1/hotline/reports", json=SAID)).status_code == 403


async def test_another_districts_case_is_not_shown_to_an_operator_of_this_one(world: World) -> None:
    street = next(iter(world.parts.city.list_areas("street"))).code
    async with world.sign_in("ann", Role.ACCEPTOR) as ann, world.sign_in("far", Role.ACCEPTOR, area=street) as far:
        taken = await take_down(ann)
        assert taken["case"]["place"]["street"] != street
        caller = (await far.get("/api/v1/hotline/callers", params={"number": NUMBER})).json()
        assert [(each["number"], each["case"]) for each in caller["reports"]] == [(taken["number"], None)]
        near = await far.get("/api/v1/hotline/near", params={"lon": SAID["lon"], "lat": SAID["lat"]})
        assert near.json()["items"] == []


@pytest.mark.parametrize(
    ("words", "kind"), [("解放碑", "landmark"), ("大溪沟街道", "street"), ("在解放碑旁边的路上", "landmark")]
)
async def test_a_place_is_found_by_its_name_and_as_a_sentence_speaks_of_it(world: World, words: str, kind: str) -> None:
    async with world.sign_in("ann", Role.ACCEPTOR) as ann:
        found = (await ann.get("/api/v1/hotline/places", params={"q": words})).json()["items"]
    assert found[0]["kind"] == kind
    assert found[0]["accuracy_m"] > 0


async def test_a_registered_part_is_found_by_its_number_and_by_its_name(world: World) -> None:
    part = next(iter(world.parts.city.components.by_id.values()))
    async with world.sign_in("ann", Role.ACCEPTOR) as ann:
        for words in (part.id, part.name_zh, part.id[-6:]):
            found = (await ann.get("/api/v1/hotline/places", params={"q": words})).json()["items"]
            assert part.id in [each["component"] for each in found], words
        assert (await ann.get("/api/v1/hotline/places", params={"q": "qqqqq"})).json()["items"] == []


@pytest.mark.parametrize(
    "more",
    [
        {"key": "short"},
        {"text": " ", "category": ""},
        {"category": "E9999"},
        {"lat": None},
        {"number": "", "callback": True},
        {"number": "1" * 60},
        {"by": "bea"},
    ],
)
async def test_what_is_no_report_is_refused(world: World, more: dict[str, Any]) -> None:
    async with world.sign_in("ann", Role.ACCEPTOR) as ann:
        body = {name: value for name, value in (SAID | more).items() if value is not None}
        assert (await ann.post("/api/v1/hotline/reports", json=body)).status_code == 422


async def test_who_says_nothing_of_himself_leaves_no_row(world: World) -> None:
    async with world.sign_in("ann", Role.ACCEPTOR) as ann:
        taken = await take_down(ann, number="", name="")
        assert taken["case"]["reporter"] is False
    assert await world.parts.db.read(lambda connection: connection.execute(select(reporters)).all()) == []


async def test_neither_name_nor_number_is_in_the_message_the_events_or_the_journal(world: World) -> None:
    async with world.sign_in("ann", Role.ACCEPTOR) as ann:
        taken = await take_down(ann, file=True)
        journal = await ann.get(f"/api/v1/cases/{taken['case']['id']}/journal")
        events = await ann.get(f"/api/v1/cases/{taken['case']['id']}/events")
    (message,) = await world.parts.db.read(lambda connection: list(connection.scalars(select(inbox.c.body))))
    for text in (journal.text, events.text, message.decode()):
        assert "王小明" not in text
        assert "12345678" not in text
