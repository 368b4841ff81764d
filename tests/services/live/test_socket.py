"""`/ws/live` on a running server: the laws of docs/live-protocol.md, as a client sees them."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import jsonschema
import pytest
import yaml
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.parts.wardline import Wardline, run_wardline
from tests.repo.files import read

Frame = dict[str, Any]


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wardline]:
    with run_wardline(tmp_path_factory.mktemp("live") / "data") as server:
        yield server


@pytest.fixture(scope="module")
def desk(city: Wardline) -> Iterator[httpx.Client]:
    with city.sign_in("dispatcher") as client:
        yield client


def open_case(desk: httpx.Client, lon: float = 106.57) -> Frame:
    answer = desk.post("/api/v1/cases", json={"text": "井盖破损", "lon": lon, "lat": 29.557})
    assert answer.is_success, answer.text
    case: Frame = answer.json()
    return case


@asynccontextmanager
async def listening(city: Wardline, client: httpx.Client, **subscribe: object) -> AsyncIterator[ClientConnection]:
    cookie = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
    async with connect(city.live_url, additional_headers={"Cookie": cookie}, max_size=None) as socket:
        await socket.send(json.dumps({"type": "subscribe", "topics": ["cases"], "after": None, **subscribe}))
        yield socket


async def next_frame(socket: ClientConnection, kind: str) -> Frame:
    """Return the next frame of the kind; the others are checked by other tests."""
    async with asyncio.timeout(10):
        while (frame := json.loads(await socket.recv()))["type"] != kind:
            continue
    checked: Frame = frame
    return checked


async def facts_until(socket: ClientConnection, seq: int) -> list[Frame]:
    facts: list[Frame] = []
    while not facts or facts[-1]["seq"] < seq:
        facts += (await next_frame(socket, "facts"))["facts"]
    return facts


async def drain(socket: ClientConnection) -> AsyncIterator[str | bytes]:
    """Give what has come and not been read."""
    while True:
        try:
            async with asyncio.timeout(0.05):
                yield await socket.recv()
        except TimeoutError:
            return


async def closing_code(socket: ClientConnection) -> int:
    """Return the code with which the server closes."""
    try:
        while True:
            await socket.recv()
    except ConnectionClosed as closed:
        return closed.rcvd.code if closed.rcvd else 1006


async def test_a_snapshot_and_what_follows_it_are_as_described(city: Wardline, desk: httpx.Client) -> None:
    described = yaml.safe_load(read("docs/asyncapi.yaml"))

    def check(schema: str, frame: Frame) -> None:
        whole = {"$ref": f"#/components/schemas/{schema}", "components": described["components"]}
        jsonschema.Draft202012Validator(whole).validate(frame)

    known = open_case(desk)
    async with listening(city, desk, topics=["cases", "workers", "metrics"]) as socket:
        snapshot = await next_frame(socket, "snapshot")
        check("Snapshot", snapshot)
        assert known["id"] in {case["id"] for case in snapshot["cases"]}
        new = await asyncio.to_thread(open_case, desk, 106.56)
        frame = await next_frame(socket, "facts")
        check("Facts", frame)
        assert frame["facts"][0]["seq"] == snapshot["seq"] + 1
        assert frame["facts"][0]["case_id"] == new["id"]


async def test_who_comes_back_gets_what_he_missed_once_and_in_order(city: Wardline, desk: httpx.Client) -> None:
    async with listening(city, desk) as socket:
        start = (await next_frame(socket, "snapshot"))["seq"]
    missed = [await asyncio.to_thread(open_case, desk, 106.55 + n / 1000) for n in range(5)]
    last = max(case["version"] for case in missed)
    async with listening(city, desk, after=start) as socket:
        facts = await facts_until(socket, last)
        assert (await next_frame(socket, "heartbeat"))["seq"] >= last
    seqs = [fact["seq"] for fact in facts]
    assert seqs == list(range(start + 1, last + 1))
    assert {fact["case_id"] for fact in facts} >= {case["id"] for case in missed}


async def test_a_seq_that_the_journal_does_not_have_means_to_start_over(city: Wardline, desk: httpx.Client) -> None:
    async with listening(city, desk, after=10**9) as socket:
        assert (await next_frame(socket, "resync"))["reason"]
        assert (await next_frame(socket, "snapshot"))["seq"] < 10**9


async def test_a_worker_hears_of_his_own_tasks_only(city: Wardline, desk: httpx.Client) -> None:
    case = open_case(desk, 106.565)
    staff = desk.get("/api/v1/workers").json()["items"]
    chosen, other = [worker for worker in staff if worker["on_duty"] and worker["username"]][:2]
    with city.sign_in(chosen["username"]) as mine, city.sign_in(other["username"]) as his:
        async with (
            listening(city, mine, topics=["tasks"]) as me,
            listening(city, his, topics=["tasks", "cases"]) as him,
        ):
            await next_frame(me, "snapshot")
            assert (await next_frame(him, "snapshot")).get("cases", []) == []
            for command, data in (
                ("file", {"category": case["category"]["code"]}),
                ("reassign", {"worker": chosen["id"]}),
            ):
                await asyncio.to_thread(desk.post, f"/api/v1/cases/{case['id']}/commands/{command}", json=data)
            now = desk.get(f"/api/v1/cases/{case['id']}").json()
            assert now["worker"] == chosen["id"], now
            facts = (await next_frame(me, "facts"))["facts"]
            assert {fact["case_id"] for fact in facts} == {case["id"]}
            await asyncio.sleep(0.5)
            heard = [json.loads(frame) async for frame in drain(him)]
            assert not [fact for frame in heard if frame["type"] == "facts" for fact in frame["facts"]]


async def test_a_stranger_is_told_to_log_in(city: Wardline) -> None:
    async with connect(city.live_url) as socket:
        assert await closing_code(socket) == 4401


@pytest.mark.parametrize(
    "first", ['{"type":"subscribe","topics":[]}', '{"type":"hello"}', "{", '{"type":"subscribe","topics":["all"]}']
)
async def test_a_first_frame_that_is_no_subscription_ends_it(city: Wardline, desk: httpx.Client, first: str) -> None:
    cookie = f"wardline_session={desk.cookies['wardline_session']}"
    async with connect(city.live_url, additional_headers={"Cookie": cookie}) as socket:
        await socket.send(first)
        assert await closing_code(socket) == 4400


async def test_another_site_s_page_gets_nothing_with_our_cookie(city: Wardline, desk: httpx.Client) -> None:
    headers = {"Cookie": f"wardline_session={desk.cookies['wardline_session']}", "Origin": "https://elsewhere.example"}
    async with connect(city.live_url, additional_headers=headers) as socket:
        assert await closing_code(socket) == 4401
