"""What who reported does by his private link: write and be answered, rate, have it reopened, withdraw, take back."""

import asyncio
from contextlib import AsyncExitStack
from typing import Any

import pytest
from httpx import AsyncClient, Response
from sqlalchemy import text

from dispatch.access import Role
from dispatch.facts import CaseOpened
from services.api.routes.report_acts import MESSAGES_PER_DAY
from services.store import journal
from tests.services.api.places import IN_GRID
from tests.services.api.samples import jpeg
from tests.services.api.test_reports import REPORT, follow
from tests.services.api.world import World

WORDS = "我家门口的垃圾桶满了，13812345678"


class Reported:
    """One report, its reporter, and a duty leader who deals with it."""

    def __init__(self, citizen: AsyncClient, leader: AsyncClient, receipt: dict[str, Any]) -> None:
        self.citizen, self.leader = citizen, leader
        self.token, self.number = receipt["token"], receipt["number"]

    async def do(self, act: str, key: str = "", **body: Any) -> Response:
        headers = {"Idempotency-Key": key} if key else {}
        return await self.citizen.post(f"/api/v1/reports/{self.token}/{act}", json=body, headers=headers)

    async def seen(self) -> dict[str, Any]:
        return await follow(self.citizen, self.token)

    async def case(self) -> dict[str, Any]:
        (case,) = (await self.leader.get("/api/v1/cases", params={"number": self.number})).json()["items"]
        return dict((await self.leader.get(f"/api/v1/cases/{case['id']}")).json())

    async def command(self, name: str, **data: Any) -> Response:
        return await self.leader.post(f"/api/v1/cases/{(await self.case())['id']}/commands/{name}", json=data)

    async def thread(self) -> list[dict[str, Any]]:
        found = await self.leader.get(f"/api/v1/cases/{(await self.case())['id']}/messages")
        assert found.status_code == 200, found.text
        return list(found.json()["items"])

    async def close(self, after: str = "") -> None:
        """Bring the case from wherever it is to its end."""
        if (await self.case())["stage"] in ("reported", "reopened"):
            await self.command("file")
        case = await self.case()
        if case["stage"] == "filed":
            await self.command("dispatch", worker=self.worker)
        for name, data in (
            ("acknowledge", {}),
            ("arrive", {}),
            ("report_handled", {"media": [after] if after else []}),
            ("check", {"passed": True}),
        ):
            answer = await self.command(name, **data)
            assert answer.status_code == 200, answer.text
        assert (await self.case())["stage"] == "closed"

    worker = ""


class Hall:
    """Where people report: one world, its clients, and a worker who is on duty."""

    def __init__(self, world: World, stack: AsyncExitStack, leader: AsyncClient, worker: str) -> None:
        self.world, self.stack, self.leader, self.worker = world, stack, leader, worker

    async def report(self, **more: Any) -> Reported:
        citizen = await self.stack.enter_async_context(self.world.stranger())
        files = more.pop("files", None)
        body = REPORT | {"text": WORDS} | more
        if files:
            form = {name: str(value) for name, value in body.items()}
            answer = await citizen.post("/api/v1/reports", data=form, files=files)
        else:
            answer = await citizen.post("/api/v1/reports", json=body)
        assert answer.status_code == 201, answer.text
        made = Reported(citizen, self.leader, answer.json())
        made.worker = self.worker
        await made.seen()
        return made


@pytest.fixture
async def hall(world: World) -> Any:
    async with AsyncExitStack() as stack:
        leader = await stack.enter_async_context(world.sign_in("leader", Role.LEADER))
        staff = (await leader.get("/api/v1/workers")).json()["items"]
        yield Hall(world, stack, leader, staff[0]["id"])


def acts_of(view: dict[str, Any]) -> set[str]:
    return {act["name"] for act in view["acts"] if act["allowed"]}


# --- words ---------------------------------------------------------------------------------------------------


async def test_a_message_is_marked_at_the_desk_until_it_is_answered(hall: Hall) -> None:
    mine = await hall.report()
    answer = await mine.do("messages", text="  还没有人来？ ")
    assert answer.status_code == 201, answer.text
    assert [(each["text"], each["office"]) for each in answer.json()["messages"]] == [("还没有人来？", False)]
    assert (await mine.case())["unanswered"] == [mine.number]
    waiting = {"unanswered": "true"}
    (listed,) = (await hall.leader.get("/api/v1/cases", params=waiting)).json()["items"]
    assert listed["id"] == (await mine.case())["id"]
    (message,) = await mine.thread()
    assert (message["text"], message["author"], message["report"]) == ("还没有人来？", "", mine.number)
    assert (await mine.command("reply", text="明天上午到。", report=mine.number)).status_code == 200
    assert (await mine.case())["unanswered"] == []
    assert (await hall.leader.get("/api/v1/cases", params=waiting)).json()["items"] == []
    seen = await mine.seen()
    assert [(each["text"], each["office"]) for each in seen["messages"]] == [
        ("还没有人来？", False),
        ("明天上午到。", True),
    ]
    assert "leader" not in str(seen["messages"]), "who answers is the office"


async def test_no_word_of_the_thread_stands_in_the_journal(hall: Hall) -> None:
    mine = await hall.report()
    await mine.do("messages", text="call me at 13900001111")
    await mine.command("reply", text="we will call 13900001111")
    case_id = (await mine.case())["id"]
    for path in ("", "/journal", "/events"):
        assert "13900001111" not in (await hall.leader.get(f"/api/v1/cases/{case_id}{path}")).text


async def test_an_answer_to_one_is_read_by_him_alone_and_one_to_all_by_all(hall: Hall) -> None:
    first, second = await hall.report(), await hall.report()
    assert (await first.case())["id"] == (await second.case())["id"]
    await first.command("reply", text="to the first", report=first.number)
    await first.command("reply", text="to all")
    assert [each["text"] for each in (await first.seen())["messages"]] == ["to the first", "to all"]
    assert [each["text"] for each in (await second.seen())["messages"]] == ["to all"]


async def test_a_message_that_is_sent_twice_is_there_once(hall: Hall) -> None:
    mine = await hall.report()
    for _ in range(2):
        assert (await mine.do("messages", key="k1", text="hello")).status_code == 201
    await hall.world.parts.db.write(lambda c: c.execute(text("DELETE FROM idempotency")))
    again = await mine.do("messages", key="k1", text="hello")
    assert again.status_code == 201, "the answer was lost in a crash: the message is known by its key"
    assert [each["text"] for each in again.json()["messages"]] == ["hello"]
    assert (await mine.do("messages", key="k2", text="hello")).status_code == 201
    assert len(await mine.thread()) == 2
    assert (await mine.do("messages", key="k2", text="other")).status_code == 422


async def test_messages_have_their_bounds(hall: Hall) -> None:
    mine = await hall.report()
    for body in ({"text": " "}, {"text": ""}, {"text": "x" * 2_001}, {"text": "a\x00b"}, {}, {"text": "x", "by": "me"}):
        assert (await mine.do("messages", **body)).status_code == 422, body
    for n in range(MESSAGES_PER_DAY):
        assert (await mine.do("messages", text=f"{n}")).status_code == 201
    assert (await mine.do("messages", text="too much")).status_code == 429


async def test_only_who_may_see_reporters_reads_the_thread(hall: Hall) -> None:
    mine = await hall.report()
    url = f"/api/v1/cases/{(await mine.case())['id']}/messages"
    async with hall.world.sign_in("supervisor", Role.SUPERVISOR) as supervisor:
        assert (await supervisor.get(url)).status_code == 403
    async with hall.world.stranger() as nobody:
        assert (await nobody.get(url)).status_code == 401
    assert (await hall.leader.get("/api/v1/cases/none/messages")).status_code == 404


async def test_a_link_that_there_is_not_opens_nothing(hall: Hall) -> None:
    mine = await hall.report()
    mine.token = "x" * 43
    bodies: dict[str, dict[str, Any]] = {
        "messages": {"text": "x"},
        "rating": {"stars": 1},
        "reopen": {"reason": "x"},
        "withdraw": {},
        "redact": {},
    }
    for act, body in bodies.items():
        assert (await mine.do(act, **body)).status_code == 404, act


# --- rating and reopening ------------------------------------------------------------------------------------


async def test_what_is_closed_is_rated_and_reopened_with_a_reason(hall: Hall) -> None:
    mine = await hall.report()
    refused = await mine.do("rating", stars=1)
    assert refused.status_code == 409
    assert refused.json()["refusal"] == "NotEnded"
    assert refused.json()["words"]["zh"].startswith("还没有办结")
    assert acts_of(await mine.seen()) == {"write", "withdraw", "redact"}
    await mine.close()
    assert acts_of(await mine.seen()) == {"write", "rate", "reopen", "redact"}
    assert (await mine.do("rating", stars=2, comment="太慢")).json()["rating"] == 2
    assert (await mine.do("rating", stars=3)).json()["rating"] == 3
    assert [(each["report"], each["stars"]) for each in (await mine.case())["ratings"]] == [(mine.number, 3)]
    assert (await mine.do("rating", stars=6)).status_code == 422
    again = await mine.do("reopen", reason="又满了")
    assert again.status_code == 200, again.text
    assert again.json()["stage"] == "reopened"
    assert (await mine.case())["stage"] == "reopened"
    assert [(each["kind"], each["text"]) for each in await mine.thread()] == [("rating", "太慢"), ("reopen", "又满了")]
    assert (await mine.do("reopen", reason="又满了")).status_code == 409


async def test_a_reopening_that_is_sent_twice_is_one(hall: Hall) -> None:
    mine = await hall.report()
    await mine.close()
    answers = [await mine.do("reopen", key="k", reason="又满了") for _ in range(2)]
    await hall.world.parts.db.write(lambda c: c.execute(text("DELETE FROM idempotency")))
    answers.append(await mine.do("reopen", key="k", reason="又满了"))
    assert [each.status_code for each in answers] == [200] * 3
    assert (await mine.case())["reopened"] == 1


async def test_the_result_is_shown_once_it_was_looked_at(hall: Hall) -> None:
    mine = await hall.report()
    upload = await hall.leader.post("/api/v1/media", files={"file": ("a.jpg", jpeg(320, 240), "image/jpeg")})
    picture = upload.json()["id"]
    await mine.command("file")
    if (await mine.case())["stage"] == "filed":
        await mine.command("dispatch", worker=mine.worker)
    await mine.command("acknowledge")
    await mine.command("arrive")
    await mine.command("report_handled", media=[picture])
    assert (await mine.seen())["result"] == []
    url = f"/api/v1/reports/{mine.token}/result/{picture}"
    assert (await mine.citizen.get(url)).status_code == 404
    await mine.command("check", passed=True)
    assert (await mine.seen())["result"] == [url]
    shown = await mine.citizen.get(url, params={"size": "thumb"})
    assert shown.headers["content-type"] == "image/jpeg"
    await mine.do("reopen", reason="not clean")
    assert (await mine.seen())["result"] == []
    assert (await mine.citizen.get(url)).status_code == 404


# --- withdrawing ---------------------------------------------------------------------------------------------


async def test_the_only_report_takes_the_case_with_it(hall: Hall) -> None:
    mine = await hall.report(name="王小明")
    answer = await mine.do("withdraw")
    assert answer.status_code == 200, answer.text
    view = answer.json()
    assert (view["stage"], view["withdrawn"], acts_of(view)) == ("void", True, {"redact"})
    assert view["timeline"][-1]["zh"] == "上报人已撤回，不再处置"
    case = await mine.case()
    assert (case["stage"], case["reporter"], case["withdrawn"]) == ("void", False, [mine.number])
    assert (await mine.do("withdraw")).status_code == 200
    assert (await mine.do("messages", text="x")).json()["refusal"] == "ReportWithdrawnAlready"
    facts = (await hall.leader.get(f"/api/v1/cases/{case['id']}/journal")).json()["items"]
    assert [fact["kind"] for fact in facts][-2:] == ["ReportWithdrawn", "CaseVoided"]


async def test_one_of_two_leaves_and_the_other_is_told_nothing_of_it(hall: Hall) -> None:
    first, second = await hall.report(), await hall.report()
    assert (await first.do("withdraw")).json()["withdrawn"] is True
    assert [each["stage"] for each in (await first.seen())["timeline"]][-1] == "withdrawn"
    seen = await second.seen()
    assert (seen["stage"], seen["withdrawn"]) == ("reported", False)
    assert "withdrawn" not in [each["stage"] for each in seen["timeline"]]


async def test_once_somebody_is_sent_it_stays(hall: Hall) -> None:
    mine = await hall.report()
    await mine.command("file")
    if (await mine.case())["stage"] == "filed":
        await mine.command("dispatch", worker=mine.worker)
    refused = await mine.do("withdraw")
    assert (refused.status_code, refused.json()["refusal"]) == (409, "SentAlready")


# --- taking words back ---------------------------------------------------------------------------------------


async def test_words_and_pictures_are_taken_out_of_everything_that_others_see(hall: Hall) -> None:
    mine = await hall.report(files=[("photos", ("a.jpg", jpeg(320, 240), "image/jpeg"))])
    await mine.do("messages", text="ring me: 13900001111")
    await mine.command("reply", text="yes")
    case = await mine.case()
    (picture,) = case["media"]
    assert WORDS in case["text"]
    assert (await hall.leader.get(f"/api/v1/media/{picture}")).status_code == 200
    answer = await mine.do("redact")
    assert answer.status_code == 200, answer.text
    view = answer.json()
    assert (view["redacted"], view["photos"]) == (True, [])
    assert [each["text"] for each in view["messages"]] == ["", "yes"]
    url = f"/api/v1/cases/{case['id']}"
    for path in ("", "/journal", "/events", "/messages"):
        text_of = (await hall.leader.get(f"{url}{path}")).text
        assert "13812345678" not in text_of, path
        assert "13900001111" not in text_of, path
        assert picture not in text_of or path == "/journal", path
    assert (await hall.leader.get(f"/api/v1/media/{picture}")).status_code == 404
    assert (await hall.leader.get("/api/v1/cases", params={"q": "垃圾桶满了"})).json()["items"] == []
    assert (await mine.do("redact")).status_code == 200
    assert (await mine.seen())["stage"] == "reported", "the case goes on"


async def read_column(hall: Hall, table: str, column: str) -> list[Any]:
    query = text(f"SELECT {column} FROM {table}")
    return await hall.world.parts.db.read(lambda connection: list(connection.execute(query).scalars()))


async def test_nothing_of_it_is_left_in_the_database_and_the_case_folds_to_itself(hall: Hall) -> None:
    first = await hall.report(address="门牌 7")
    second = await hall.report(text="又满了，我是邻居")
    await first.do("redact")
    db = hall.world.parts.db
    tables = ("inbox:body", "events:doc", "journal:data", "cases:doc", "report_messages:text", "case_words:words")
    await hall.world.parts.follower.flush()
    for table, column in (each.split(":") for each in tables):
        rows = await read_column(hall, table, column)
        whole = "".join(row.decode() if isinstance(row, bytes) else row for row in rows)
        assert "13812345678" not in whole, table
        assert "门牌 7" not in whole, table
        if table in ("inbox", "events", "journal"):
            assert "我是邻居" in whole, "the words of others stay"
    case_id = (await second.case())["id"]
    case = await db.read(lambda c: journal.find_case(c, case_id))
    facts = await db.read(lambda c: [journal.read_fact(each) for each in journal.list_of_case(c, case_id)])
    assert case is not None
    assert isinstance(facts[0], CaseOpened)
    assert facts[0].text == "" == case.text
    assert facts[0].place.address == "" == case.place.address


async def test_what_is_taken_back_is_gone_where_it_was_merged_too(hall: Hall) -> None:
    first = await hall.report()
    far = {"lon": IN_GRID[0], "lat": IN_GRID[1], "category": "E0102", "text": "另一件事，13700002222"}
    second = await hall.report(**far)
    master, own = (await first.case())["id"], (await second.case())["id"]
    assert master != own
    merged = await hall.leader.post(f"/api/v1/cases/{own}/commands/merge", json={"into": master})
    assert merged.status_code == 200, merged.text
    await second.do("redact")
    for case_id in (master, own):
        assert "13700002222" not in (await hall.leader.get(f"/api/v1/cases/{case_id}/journal")).text
        assert "13812345678" in (await hall.leader.get(f"/api/v1/cases/{master}/journal")).text


# --- merged --------------------------------------------------------------------------------------------------


async def test_acts_follow_the_case_into_its_master(hall: Hall) -> None:
    first = await hall.report()
    second = await hall.report(category="E0102", text="other")
    master, own = (await first.case())["id"], (await second.case())["id"]
    await hall.leader.post(f"/api/v1/cases/{own}/commands/merge", json={"into": master})
    assert (await second.seen())["stage"] == "merged"
    assert (await second.do("messages", text="and mine?")).status_code == 201
    assert (await first.case())["unanswered"] == [second.number]
    await first.command("reply", text="with the other", report=second.number)
    assert [each["text"] for each in (await second.seen())["messages"]] == ["and mine?", "with the other"]
    assert (await first.seen())["messages"] == []
    await first.close()
    assert (await second.seen())["stage"] == "closed"
    assert (await second.do("rating", stars=5)).json()["rating"] == 5
    assert (await first.seen())["rating"] == 0
    assert (await second.do("reopen", reason="mine is not")).json()["stage"] == "reopened"
    assert (await first.seen())["stage"] == "reopened"


async def test_before_the_desk_has_read_it_an_act_is_refused_politely(hall: Hall) -> None:
    mine = await hall.report()
    await hall.world.parts.db.write(lambda c: c.execute(text("UPDATE events SET id = 'x' || id")))
    refused = await mine.do("messages", text="x")
    assert (refused.status_code, refused.json()["refusal"]) == (409, "ReportNotRead")
    view = (await mine.citizen.get(f"/api/v1/reports/{mine.token}")).json()
    assert acts_of(view) == set()
    assert all(act["zh"] and act["en"] for act in view["acts"])


async def test_many_at_once_lose_nothing(hall: Hall) -> None:
    mine = await hall.report()
    answers = await asyncio.gather(*(mine.do("messages", key=f"k{n}", text=f"{n}") for n in range(10)))
    assert {answer.status_code for answer in answers} == {201}
    assert len(await mine.thread()) == 10
