"""A01. A camera sees rubbish, a worker clears it, and the board moves. Over the wire, in the demo city.

camera --POST--> [ server ] --facts--> dispatcher's console
                      |------facts--> the phone of the worker who is sent
worker accepts, goes, arrives, reports it handled; a collector checks it; the case closes; reported and closed
of the day are one more.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect

from tests.parts.wardline import Wardline

pytestmark = pytest.mark.slow


def subscribe(server: Wardline, session: httpx.Client) -> Any:
    cookie = {"Cookie": f"wardline_session={session.cookies['wardline_session']}", "Origin": server.url}
    return connect(server.live_url, additional_headers=cookie, max_size=None)


async def begin(socket: ClientConnection, *topics: str) -> dict[str, Any]:
    await socket.send(json.dumps({"type": "subscribe", "topics": list(topics), "after": None}))
    frame: dict[str, Any] = json.loads(await socket.recv())
    assert frame["type"] == "snapshot"
    return frame


async def facts_of(socket: ClientConnection) -> AsyncIterator[dict[str, Any]]:
    async for text in socket:
        for fact in json.loads(text).get("facts", ()):
            yield fact


async def until(facts: AsyncIterator[dict[str, Any]], kind: str) -> dict[str, Any]:
    """Return the first fact of the kind that comes."""
    async with asyncio.timeout(10):
        async for fact in facts:
            if fact["kind"] == kind:
                return fact
    raise AssertionError(f"the socket closed before {kind} came")


def count(session: httpx.Client, name: str) -> int:
    value: int = session.get("/api/v1/metrics/overview").raise_for_status().json()["cells"][name]["value"]
    return value


def command(session: httpx.Client, case_id: str, name: str, **data: Any) -> dict[str, Any]:
    answer = session.post(f"/api/v1/cases/{case_id}/commands/{name}", json=data)
    assert answer.status_code == 200, answer.text
    case: dict[str, Any] = answer.json()
    return case


async def test_a01_from_a_camera_to_the_board(server: Wardline) -> None:
    key = await asyncio.to_thread(server.add_source, "frigate", "a01")
    with server.sign_in("dispatcher") as desk, server.sign_in("admin") as admin, server.sign_in("collector1") as check:
        workers = {each["id"]: each for each in admin.get("/api/v1/workers").json()["items"]}
        camera = _camera(admin)
        before = {name: count(admin, name) for name in ("reported", "closed")}
        async with subscribe(server, desk) as console:
            await begin(console, "cases")
            assert server.post("frigate", key, _seen(camera)).status_code == 202
            facts = facts_of(console)
            opened = await until(facts, "CaseOpened")
            case_id = opened["case_id"]
            sent = await until(facts, "TaskDispatched")
        assert opened["data"]["source_id"] == camera["id"]
        login = workers[sent["data"]["worker"]]["username"]
        with server.sign_in(login) as phone:
            async with subscribe(server, phone) as socket:
                assert case_id in [task["id"] for task in (await begin(socket, "tasks"))["tasks"]]
                told = facts_of(socket)
                for step in ("accept", "depart", "arrive", "report_handled"):
                    command(phone, case_id, step)
                handled = await until(told, "CaseHandled")
                assert handled["case_id"] == case_id
                assert command(check, case_id, "check", passed=True)["stage"] == "closed"
                await until(told, "CaseClosed")
        assert {name: count(admin, name) for name in before} == {name: n + 1 for name, n in before.items()}
        kinds = [entry["kind"] for entry in admin.get(f"/api/v1/cases/{case_id}/journal").json()["items"]]
    assert kinds[:3] == ["CaseOpened", "CaseFiled", "TaskDispatched"]
    assert kinds[-2:] == ["CheckPassed", "CaseClosed"]


def _camera(session: httpx.Client) -> dict[str, Any]:
    cameras = session.get("/api/v1/sources", params={"kind": "camera"}).json()["items"]
    return next(each for each in cameras if "overflowing_bin" in each["kinds"])


def _seen(camera: dict[str, Any]) -> dict[str, Any]:
    """Return what a camera tells of a bin that has been overflowing for three hours."""
    now = time.time()
    after = {
        "id": f"{now:.3f}-a01",
        "camera": camera["external_id"],
        "label": "overflowing_bin",
        "start_time": now - 3 * 3600,
        "frame_time": now,
        "top_score": 0.98,
        "stationary": True,
    }
    return {"type": "update", "before": {}, "after": after}
