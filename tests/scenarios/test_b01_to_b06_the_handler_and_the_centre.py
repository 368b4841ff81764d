"""B01 to B06. Stories in which a case leaves the straight path, over HTTP: ann and bob (municipal), cai (sanitation).

B01  a citizen calls, a collector looks          -> it is so: filed and sent; it is not so: void
B02  a trifle                                    -> not filed, with the reason; reopened when it grows
B03  a collector puts it right on the spot       -> pictures of before and after, closed by the leader
B04  "not ours", three times                     -> returned twice, then settled: a lead, and a part for who assists
B05  more time is needed                         -> once, before it is due, by the leader's word
B06  it cannot be done now                       -> suspended until its review; the clock gives the time back
"""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.scenarios.hall import Hall, open_hall
from tests.taxonomy import LITTER


@pytest.fixture
async def hall(tmp_path: Path) -> AsyncIterator[Hall]:
    async with open_hall(tmp_path) as opened:
        yield opened


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def soon(**after: float) -> str:
    return (datetime.now(UTC) + timedelta(**after)).isoformat()


async def test_b01_a_citizens_call_is_looked_at_before_anybody_is_sent(hall: Hall) -> None:
    case = await hall.report("acceptor", "hotline")
    assert (case["stage"], case["waiting"]) == ("reported", "wait.people")
    case = await hall.do("acceptor", case, "verify", worker="collector", note="is it gas?")
    assert (case["stage"], case["verifier"]) == ("verifying", "collector")
    assert "report_verified" in (await hall.see(case, "collector"))["allowed_commands"]
    shown = await hall.picture("collector")
    case = await hall.do("collector", case, "report_verified", real=True, note="it hisses", media=[shown])
    assert case["stage"] == "pending_filing"
    case = await hall.do("leader", case, "file")
    assert (case["stage"], case["worker"]) == ("dispatched", "ann")
    other = await hall.report("acceptor", "hotline")
    await hall.do("acceptor", other, "verify")
    problem = await hall.refused("collector", other, "report_verified", real=False)
    assert (problem["status"], problem["refusal"]) == (422, "MissingField"), "he must say what he saw instead"
    gone = await hall.do("collector", other, "report_verified", real=False, note="a bakery")
    assert gone["stage"] == "void"


async def test_b02_a_trifle_is_not_filed_and_comes_back_when_it_grows(hall: Hall) -> None:
    case = await hall.report("acceptor", "hotline")
    assert (await hall.refused("li", case, "close"))["refusal"] == "IllegalMove"
    case = await hall.do("leader", case, "decline", reason="below the line")
    assert (case["stage"], case["light"]) == ("not_filed", "none")
    problem = await hall.refused("leader", case, "file")
    assert (problem["status"], problem["legal"]) == (409, ["reopen", "undo", "reply", "call_back", "note"])
    case = await hall.do("acceptor", case, "reopen", reason="the whole street smells")
    assert (case["stage"], case["reopened"], case["worker"]) == ("dispatched", 1, "ann")
    assert (await hall.story(case))[-3:] == ["CaseReopened", "CaseFiled", "TaskDispatched"]


async def test_b03_a_collector_puts_a_trifle_right_on_the_spot(hall: Hall) -> None:
    case = await hall.report("acceptor", "hotline", category=LITTER)
    before, after = await hall.picture("collector"), await hall.picture("collector")
    problem = await hall.refused("collector", case, "self_handle", after=[after])
    assert problem["refusal"] == "MissingField"
    case = await hall.do("collector", case, "self_handle", before=[before], after=[after], note="picked it up")
    assert (case["stage"], case["before"], case["media"]) == ("self_handled", [before], [after])
    assert (await hall.people["leader"].get(f"/api/v1/media/{before}")).status_code == 200
    assert (await hall.refused("collector", case, "close"))["status"] == 403
    case = await hall.do("li", case, "close")
    assert (case["stage"], case["on_time"], case["filed_at"]) == ("closed", True, None)


async def test_b04_three_times_not_ours_and_the_duty_is_settled(hall: Hall) -> None:
    case = await hall.report()
    for times, worker in ((1, "ann"), (2, "bob")):
        assert case["worker"] == worker
        case = await hall.do(worker, case, "return", reason="a water main")
        assert (case["stage"], case["held"], case["worker"]) == ("return_requested", "dispatched", worker)
        assert (await hall.refused("li", case, "grant"))["status"] == 403, "a dispatcher does not answer to it"
        case = await hall.do("leader", case, "grant")
        assert case["returns"] == times
    assert case["stage"] == "filed", "both have given it back"
    case = await hall.do("li", case, "dispatch", worker="ann")
    case = await hall.do("ann", case, "return", reason="still a water main")
    case = await hall.do("leader", case, "grant")
    assert (case["stage"], case["returns"]) == ("coordinating", 3)
    case = await hall.do("leader", case, "settle", lead="MUN", assisting=["SAN"], reason="gas first")
    (part,) = case["children"]
    child = await hall.see({"id": part})
    assert (child["parent"], child["department"], case["open_children"]) == (case["id"], "SAN", [part])
    case = await hall.finish("ann", case)
    assert case["stage"] == "checked", "it waits for its part"
    assert (await hall.refused("leader", case, "close"))["refusal"] == "ChildrenOpen"
    child = await hall.do("li", child, "dispatch", worker="cai")
    await hall.finish("cai", child)
    assert (await hall.see(case))["stage"] == "closed", "and is closed with it"


async def test_b05_more_time_is_asked_for_once(hall: Hall) -> None:
    case = await hall.go("ann", await hall.report(), "accept")
    due_at = moment(case["due_at"])
    case = await hall.do("ann", case, "request_extension", amount=1.5, reason="a valve must be fetched")
    assert case["request"]["kind"] == "extension"
    assert case["request"]["amount"] == 1.5
    case = await hall.do("leader", case, "refuse", note="it is on its way")
    assert (case["stage"], moment(case["due_at"]), case["request"]) == ("accepted", due_at, None)
    case = await hall.do("ann", case, "request_extension", amount=1.5, reason="it is not")
    case = await hall.do("leader", case, "grant", amount=1)
    assert (case["stage"], case["extensions"]) == ("accepted", 1)
    assert moment(case["due_at"]) - due_at == timedelta(hours=1)
    problem = await hall.refused("ann", case, "request_extension", amount=1, reason="and again")
    assert (problem["status"], problem["refusal"]) == (409, "TooOften")
    assert problem["words"]["zh"]


async def test_b06_what_cannot_be_done_now_is_looked_at_again(hall: Hall) -> None:
    case = await hall.go("ann", await hall.report(), "accept")
    due_at = moment(case["due_at"])
    case = await hall.do("ann", case, "request_suspension", review_at=soon(seconds=2), reason="the road is dug up")
    case = await hall.do("leader", case, "grant")
    assert (case["stage"], case["light"], case["worker"]) == ("suspended", "none", "ann")
    assert (await hall.refused("ann", case, "arrive"))["refusal"] == "IllegalMove"
    async with asyncio.timeout(10):
        while "ReviewDue" not in await hall.story(case):
            await asyncio.sleep(0.1)
    case = await hall.do("leader", case, "resume", note="filled again")
    assert (case["stage"], case["review_at"]) == ("accepted", None)
    (stop,) = case["stopped"]
    stood = moment(stop["to"]) - moment(stop["from"])
    assert stood >= timedelta(seconds=2)
    assert abs(moment(case["due_at"]) - due_at - stood) < timedelta(milliseconds=5)
    case = await hall.go("ann", case, "arrive", "report_handled")
    assert (await hall.do("collector", case, "check", passed=True))["stage"] == "closed"
