"""B07 to B13. Stories of many hands on one case, and of a source that is asked, over HTTP.

B07  two tell of one thing                      -> merged; who told of the other hears how it ends
B08  one is not enough                          -> a second goes along, with steps of his own; a task is handed over
B09  two dispatchers, one case                  -> claimed; taken over with a word, or in the first moment
B10  the sensor is asked whether it is over     -> over: closed; still there: back; no answer: a person looks
B11  the wrong button                           -> taken back, in time and by who pressed it
B12  a case that is watched                     -> supervised, marked, closed by force; many at one stroke
B13  a cellar without a network                 -> told later, with its own times
"""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from dispatch.category import SmartCheck
from dispatch.city import Flow
from tests.scenarios.hall import Case, Hall, open_hall
from tests.taxonomy import CATEGORIES, GAS, LITTER


@pytest.fixture
async def hall(tmp_path: Path) -> AsyncIterator[Hall]:
    async with open_hall(tmp_path) as opened:
        yield opened


async def test_b07_two_tell_of_one_thing_and_both_hear_how_it_ends(hall: Hall) -> None:
    first, second = await hall.report(), await hall.report("acceptor", "hotline")
    second = await hall.do("acceptor", second, "merge", into=first["number"], reason="the same drain")
    assert (second["stage"], second["merged_into"]) == ("merged", first["id"])
    assert (await hall.see(first))["merged"] == [second["id"]]
    problem = await hall.refused("acceptor", first, "merge", into=second["number"])
    assert (problem["status"], problem["refusal"]) == (409, "SameCase")
    assert (await hall.refused("acceptor", first, "merge", into="no such case"))["status"] == 422
    await hall.finish("ann", first)
    assert (await hall.story(second))[-1] == "MasterEnded"


async def test_b08_a_second_goes_along_and_then_has_the_task_himself(hall: Hall) -> None:
    case = await hall.go("ann", await hall.report(), "accept")
    assert (await hall.people["bob"].get(f"/api/v1/cases/{case['id']}")).status_code == 404, "it is not his"
    case = await hall.do("li", case, "assist", worker="bob", reason="a heavy lid")
    seen = await hall.see(case, "bob")
    assert "accept" in seen["allowed_commands"]
    assert "report_handled" not in seen["allowed_commands"]
    case = await hall.go("bob", case, "accept", "depart", "arrive")
    (along,) = case["assists"]
    assert along["worker"] == "bob"
    assert along["arrived_at"]
    assert (case["stage"], case["arrived_at"]) == ("accepted", None), "the stage is ann's"
    case = await hall.do("ann", case, "hand_over", worker="bob", reason="my shift ends")
    assert (case["stage"], case["worker"], case["assists"][0]["ended_at"] is not None) == ("dispatched", "bob", True)
    assert (await hall.people["ann"].get(f"/api/v1/cases/{case['id']}")).status_code == 404
    gone = await hall.refused("ann", case, "arrive")
    assert (gone["status"], "no longer yours" in gone["detail"]) == (409, True)
    assert (await hall.refused("cai", case, "arrive"))["status"] == 404, "to whom it never was it does not exist"
    assert (await hall.finish("bob", case))["stage"] == "closed"


async def test_b09_two_dispatchers_never_work_on_one_case_unknowingly(tmp_path: Path) -> None:
    async with open_hall(tmp_path, Flow(claim_grace_s=0.5)) as hall:
        case = await hall.report("acceptor", "hotline")
        case = await hall.do("li", case, "claim")
        case = await hall.do("wu", case, "claim")
        assert case["claimed_by"] == "wu", "both opened it at the same moment"
        await asyncio.sleep(0.6)
        problem = await hall.refused("li", case, "file")
        assert (problem["status"], problem["refusal"], problem["by"]) == (409, "Claimed", "wu")
        assert (await hall.refused("li", case, "claim"))["refusal"] == "Claimed"
        assert (await hall.refused("li", case, "release"))["refusal"] == "Claimed"
        case = await hall.do("li", case, "claim", reason="wu is at lunch")
        case = await hall.do("li", case, "file")
        assert (case["stage"], case["claimed_by"]) == ("dispatched", "li")
        case = await hall.go("ann", case, "accept")
        assert case["stage"] == "accepted", "a claim does not bind the worker"
        assert (await hall.do("li", case, "release"))["claimed_by"] == ""
        assert (await hall.do("wu", case, "reassign", worker="bob", reason="nearer"))["worker"] == "bob"


# --- the sensor is asked ---------------------------------------------------------------------------------


@pytest.fixture
async def asking(tmp_path: Path) -> AsyncIterator[Hall]:
    """A room that asks the sensors of gas, and gives them two seconds to answer."""
    asked = {
        each.code: replace(each, smart_check=SmartCheck.CLOSE) if each.code == GAS else each for each in CATEGORIES
    }
    async with open_hall(tmp_path, Flow(answer_min=2 / 60), categories=asked) as opened:
        yield opened


async def measured(hall: Hall) -> tuple[Case, dict[str, str]]:
    """Let the sensor measure gas; return the case that ann has handled, and the sensor's key as it sends it."""
    made = await hall.people["admin"].post("/api/v1/sources/gas1/key")
    headers = {"Authorization": f"Bearer {made.json()['key']}"}
    stranger = hall.world.stranger()
    times = [(datetime.now(UTC) - timedelta(seconds=ago)).isoformat() for ago in (90, 0)]
    body = {"readings": [{"metric": "CH4", "value": 60, "at": at} for at in times]}
    answer = await stranger.post("/api/v1/intake/telemetry", json=body, headers=headers)
    assert answer.status_code == 202, answer.text
    async with asyncio.timeout(10):
        while not (found := await _open_cases(hall)):
            await asyncio.sleep(0.05)
    case = await hall.see(found[0])
    worker = case["worker"]
    case = await hall.go(worker, case, "accept", "arrive", "report_handled")
    assert (case["stage"], case["asked"]) == ("checking", "gas1")
    return case, headers


async def _open_cases(hall: Hall) -> list[Case]:
    answer = await hall.people["leader"].get("/api/v1/cases", params={"source": "gas1"})
    items: list[Case] = answer.json()["items"]
    return items


async def answer(hall: Hall, case: Case, headers: dict[str, str], **said: Any) -> int:
    client = hall.world.stranger()
    return (await client.post(f"/api/v1/questions/{case['id']}", json=said, headers=headers)).status_code


async def test_b10_what_is_over_is_closed_by_the_sensors_word(asking: Hall) -> None:
    case, headers = await measured(asking)
    questions = await asking.world.stranger().get("/api/v1/questions", headers=headers)
    assert [each["case_id"] for each in questions.json()["items"]] == [case["id"]]
    assert await answer(asking, case, headers, answer="clear", note="2 %LEL") == 200
    closed = await asking.see(case)
    assert (closed["stage"], closed["asked"], closed["on_time"]) == ("closed", "", True)
    assert await answer(asking, case, headers, answer="clear") == 409, "nobody asks any more"


async def test_b10_what_is_still_there_goes_back_and_no_answer_to_a_person(asking: Hall) -> None:
    case, headers = await measured(asking)
    worker = case["worker"]
    assert await answer(asking, case, headers, answer="present") == 200
    case = await asking.see(case)
    assert (case["stage"], case["worker"], case["reworks"]) == ("rework", worker, 1)
    case = await asking.go(worker, case, "accept", "arrive", "report_handled")
    assert case["stage"] == "checking"
    case = await asking.until(case, lambda seen: not seen["asked"])
    assert case["stage"] == "checking", "the sensor has said nothing: a person must look"
    assert (await asking.story(case))[-2:] == ["CheckAnswered", "CheckSent"]
    assert (await asking.do("collector", case, "check", passed=True))["stage"] == "closed"


# --- taken back, watched, late ---------------------------------------------------------------------------


async def test_b11_the_wrong_button_is_taken_back(hall: Hall) -> None:
    case = await hall.go("ann", await hall.report(), "accept")
    before = case
    await hall.do("li", case, "void", reason="a test")
    assert (await hall.refused("wu", case, "undo"))["refusal"] == "NothingToUndo", "it was not his"
    case = await hall.do("li", case, "undo")
    same = ("stage", "worker", "task_id", "accepted_at", "due_at", "attempts")
    assert {name: case[name] for name in same} == {name: before[name] for name in same}
    assert (await hall.refused("li", case, "undo"))["refusal"] == "NothingToUndo", "once"
    await hall.do("li", case, "reassign", worker="bob", reason="wrong one")
    await hall.go("bob", case, "accept")
    assert (await hall.refused("li", case, "undo"))["status"] == 409, "bob is on his way"
    assert (await hall.go("bob", case, "arrive"))["stage"] == "arrived"


async def test_b12_a_case_that_is_watched_and_many_at_one_stroke(hall: Hall) -> None:
    case = await hall.report()
    until = (datetime.now(UTC) + timedelta(hours=3)).isoformat()
    case = await hall.do("supervisor", case, "supervise", note="I want to see it done", due_at=until)
    case = await hall.do("leader", case, "mark", urgent=True, key_case=True)
    case = await hall.do("supervisor", case, "remind", note="still waiting")
    assert (case["supervised"]["by"], case["urgent"], case["key_case"], case["reminders"]) == (
        "supervisor",
        True,
        True,
        1,
    )
    others = [await hall.report(category=LITTER) for _ in range(2)]
    body = {
        "ids": [case["id"], *(each["id"] for each in others), "no such case"],
        "data": {"reason": "the quarter is closed off"},
        "versions": {others[0]["id"]: 1},
    }
    answer = await hall.people["leader"].post("/api/v1/cases/commands/force_close", json=body)
    assert answer.status_code == 200, answer.text
    items = {each["id"]: each for each in answer.json()["items"]}
    assert [items[name]["ok"] for name in body["ids"]] == [True, False, True, False]
    assert items[others[0]["id"]]["problem"]["type"].endswith("version-mismatch")
    assert items["no such case"]["problem"]["status"] == 404
    assert items[case["id"]]["case"]["stage"] == "forced_closed"


async def test_b13_what_happened_in_a_cellar_is_told_later_with_its_own_times(hall: Hall) -> None:
    case = await hall.report()
    await asyncio.sleep(0.5)
    happened = datetime.now(UTC)
    await asyncio.sleep(0.5)
    case = await hall.do("ann", case, "accept", happened_at=happened.isoformat())
    assert datetime.fromisoformat(case["accepted_at"]) == happened
    stale = (happened - timedelta(hours=73)).isoformat()
    assert (await hall.refused("ann", case, "arrive", happened_at=stale))["refusal"] == "BadField"
    early = (happened - timedelta(hours=1)).isoformat()
    case = await hall.do("ann", case, "arrive", happened_at=early)
    assert case["arrived_at"] == case["dispatched_at"], "nobody arrives before he was sent"
    naive = happened.replace(tzinfo=None).isoformat()
    assert (await hall.refused("ann", case, "report_handled", happened_at=naive))["status"] == 422
