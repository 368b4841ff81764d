"""`/ws/live` over a real socket: how it opens, goes on, comes back, and ends."""

import asyncio
import json
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from dispatch.access import Actor
from dispatch.ids import WorkerId
from services.cli.serve import make_config
from services.live import hub as hub_module
from services.live import socket as socket_module
from services.live.snapshot import Snapshots
from services.live.socket import LiveEndpoint
from services.live.watch import Pass
from tests.builders import make_actor
from tests.parts.processes import find_free_port
from tests.parts.town import Town, open_database, run_town
from tests.parts.wardline import Wardline
from tests.services.engine.living import live

ACTORS = {
    "dispatcher": make_actor("dispatcher"),
    "collector": make_actor("collector"),
    "ann": make_actor("worker", worker_id=WorkerId("ann")),
}


class Wire:
    """A town with a door for sockets; the token of the header is the name of who comes."""

    def __init__(self, town: Town, port: int) -> None:
        self.town, self.url = town, f"ws://127.0.0.1:{port}/ws/live"
        self.joined: list[Actor] = []

    @asynccontextmanager
    async def socket(self, who: str = "dispatcher") -> AsyncIterator[ClientConnection]:
        headers = {"Authorization": f"Bearer {who}"}
        async with connect(self.url, additional_headers=headers, max_size=None, compression=None) as opened:
            yield opened

    @asynccontextmanager
    async def subscribed(
        self, who: str = "dispatcher", after: int | None = None, **more: Any
    ) -> AsyncIterator[ClientConnection]:
        async with self.socket(who) as opened:
            frame = {"type": "subscribe", "topics": ["cases", "workers", "tasks"], "after": after, **more}
            with suppress(ConnectionClosed):  # who is shown out may be so before he has spoken
                await opened.send(json.dumps(frame))
            yield opened


@pytest.fixture
async def wire(tmp_path: Path) -> AsyncIterator[Wire]:
    async def authenticate(socket: WebSocket) -> Pass | None:
        name = socket.headers.get("authorization", "").removeprefix("Bearer ")
        return Pass(actor=ACTORS[name], key=name) if name in ACTORS else None

    async def usernames() -> dict[str, str]:
        return {}

    async def overview(_: Actor) -> dict[str, int]:
        return {}

    async with run_town(open_database(tmp_path)) as town:
        port = find_free_port()
        made = Wire(town, port)
        snapshot = Snapshots(town.desk, town.hub, usernames, overview).take
        endpoint = LiveEndpoint(town.db, town.hub, lambda: town.desk.city, authenticate, snapshot, made.joined.append)
        config = make_config(Starlette(routes=[WebSocketRoute("/ws/live", endpoint.serve)]))
        config.port = port
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server._serve())
        while not server.started:
            await asyncio.sleep(0.01)
        yield made
        server.should_exit = server.force_exit = True
        await serving


async def take(socket: ClientConnection) -> dict[str, Any]:
    async with asyncio.timeout(10):
        frame: dict[str, Any] = json.loads(await socket.recv())
        return frame


async def take_seqs(socket: ClientConnection, until: int) -> list[int]:
    """Return the seqs that come, up to that one."""
    seqs: list[int] = []
    while not seqs or seqs[-1] < until:
        seqs.extend(fact["seq"] for fact in (await take(socket)).get("facts", ()))
    return seqs


async def ending(socket: ClientConnection) -> tuple[dict[str, Any] | None, int | None]:
    """Return the last frame before the server closes, and the code."""
    last: dict[str, Any] | None = None
    async with asyncio.timeout(10):
        try:
            while True:
                last = json.loads(await socket.recv())
        except ConnectionClosed as closed:
            return last, closed.rcvd.code if closed.rcvd else None


@pytest.mark.parametrize(
    "first",
    [
        "",
        "hello",
        "[]",
        "{}",
        '{"type": "subscribe"}',
        '{"type": "subscribe", "topics": []}',
        '{"type": "subscribe", "topics": ["secrets"]}',
        '{"type": "subscribe", "topics": ["cases"], "after": -1}',
        '{"type": "subscribe", "topics": ["cases"], "after": "1"}',
        '{"type": "subscribe", "topics": ["cases"], "area": "nowhere"}',
        '{"type": "subscribe", "topics": ["cases"], "x": "' + "x" * 5_000 + '"}',
        b"\x00\xff",
        "[" * 4_000,
    ],
)
async def test_a_first_frame_that_is_none_is_refused_by_name(wire: Wire, first: str | bytes) -> None:
    async with wire.socket() as socket:
        await socket.send(first)
        frame, code = await ending(socket)
    assert code == 4400
    assert frame is not None
    assert frame["type"] == "error"
    assert frame["reason"]


async def test_who_says_nothing_is_not_waited_for(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket_module, "SUBSCRIBE_WITHIN_S", 0.05)
    async with wire.socket() as socket:
        assert (await ending(socket))[1] == 4400


async def test_a_stranger_is_shown_out(wire: Wire) -> None:
    async with wire.subscribed("stranger") as socket:
        frame, code = await ending(socket)
    assert (frame and frame["type"], code) == ("error", 4401)


async def test_topics_that_one_may_not_hear_are_refused(wire: Wire) -> None:
    async with wire.subscribed("collector", topics=["metrics", "workers"]) as socket:
        assert (await ending(socket))[1] == 4403
    async with wire.subscribed("collector", topics=["cases", "workers"]) as socket:
        assert set(await take(socket)) == {"type", "seq", "now", "cases"}


async def test_a_worker_begins_with_his_tasks_and_is_known_to_listen(wire: Wire) -> None:
    case = await wire.town.tell("hiss")
    assert case is not None
    async with wire.subscribed("ann") as socket:
        frame = await take(socket)
        assert [task["id"] for task in frame["tasks"]] == [case.id]
        assert set(frame) == {"type", "seq", "now", "tasks"}
        await wire.town.carry_out(case, "accept")
        assert [fact["kind"] for fact in (await take(socket))["facts"]] == ["TaskAccepted"]
    assert wire.joined == [ACTORS["ann"]]


@pytest.mark.parametrize("seed", range(3))
async def test_who_comes_back_has_every_seq_once(wire: Wire, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket_module, "HEARTBEAT_S", 0.05)
    chance = random.Random(seed)
    living = asyncio.create_task(live(wire.town, chance, 150))
    seqs: list[int] = []
    while not living.done() or (seqs[-1] if seqs else 0) < wire.town.hub.seq:
        async with wire.subscribed(after=seqs[-1] if seqs else 0) as socket:
            for _ in range(chance.randrange(1, 6)):
                frame = await take(socket)
                assert frame["type"] in ("facts", "heartbeat")
                seqs.extend(fact["seq"] for fact in frame.get("facts", ()))
                if frame["type"] == "heartbeat":
                    assert frame["seq"] >= (seqs[-1] if seqs else 0)
                    if living.done() and frame["seq"] == wire.town.hub.seq:
                        break
    await living
    assert seqs == list(range(1, wire.town.hub.seq + 1))


async def test_a_heartbeat_promises_nothing_that_is_still_on_its_way(
    wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who takes a heartbeat's seq as `after` must have had all up to it, whatever is committed meanwhile."""
    monkeypatch.setattr(socket_module, "HEARTBEAT_S", 0.01)
    living = asyncio.create_task(live(wire.town, random.Random(9), 200))
    had, last = 0, 0
    async with wire.subscribed(after=0) as socket:
        while not living.done() or last < wire.town.hub.seq:
            frame = await take(socket)
            for fact in frame.get("facts", ()):
                assert fact["seq"] == had + 1
                had = fact["seq"]
            if frame["type"] == "heartbeat":
                last = frame["seq"]
                assert last <= had, "the heartbeat is ahead of the facts"
    await living


async def test_what_is_committed_while_the_facts_are_fetched_is_not_promised(
    wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    await wire.town.tell("one")
    reached = wire.town.hub.seq
    read = wire.town.db.read

    async def slowly(query: Any) -> Any:
        page = await read(query)
        monkeypatch.setattr(wire.town.db, "read", read)
        await wire.town.tell("meanwhile", lon=106.508)
        return page

    async with wire.socket() as socket:
        monkeypatch.setattr(wire.town.db, "read", slowly)
        await socket.send('{"type": "subscribe", "topics": ["cases", "workers"], "after": 0}')
        assert [fact["seq"] for fact in (await take(socket))["facts"]] == list(range(1, reached + 1))
        assert await take(socket) == {"type": "heartbeat", "seq": reached}
        assert await take_seqs(socket, wire.town.hub.seq) == list(range(reached + 1, wire.town.hub.seq + 1))


async def test_frames_without_a_seq_keep_no_heartbeat_away(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket_module, "HEARTBEAT_S", 0.1)
    async with wire.subscribed() as socket:
        await take(socket)
        kinds = []
        for _ in range(60):
            for group in wire.town.hub.groups("workers"):
                for listener in group:
                    listener.offer('{"type":"positions","workers":[]}')
            kinds.append((await take(socket))["type"])
            await asyncio.sleep(0.01)
    assert "heartbeat" in kinds


async def test_who_is_ahead_or_too_far_behind_begins_anew(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    await wire.town.tell("hiss")
    seq = wire.town.hub.seq
    async with wire.subscribed(after=seq + 1) as socket:
        assert (await take(socket))["type"] == "resync"
        assert (await take(socket))["seq"] == seq
    monkeypatch.setattr(socket_module, "CATCH_UP_MAX", seq - 1)
    async with wire.subscribed(after=0) as socket:
        assert (await take(socket))["type"] == "resync"
        snapshot = await take(socket)
        assert (snapshot["type"], len(snapshot["cases"])) == ("snapshot", 1)
        await wire.town.tell("another", lon=106.508)
        assert await take_seqs(socket, wire.town.hub.seq) == list(range(seq + 1, wire.town.hub.seq + 1))


async def test_who_does_not_read_is_dropped_and_told_and_no_one_else_waits(
    wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_module, "QUEUED_BYTES_MAX", 200_000)
    async with wire.subscribed() as slow, wire.subscribed() as quick:
        await take(slow)
        await take(quick)
        slow.transport.pause_reading()
        frame = json.dumps({"type": "positions", "workers": ["x" * 20_000]})
        for _ in range(400):
            for group in wire.town.hub.groups("workers"):
                for listener in group:
                    listener.offer(frame)
            while (await take(quick))["type"] != "positions":
                continue  # a heartbeat
            if wire.town.hub.dropped:
                break
        slow.transport.resume_reading()
        last, code = await ending(slow)
    assert (last and last["type"], code) == ("resync", 4409)
    assert wire.town.hub.dropped == 1


async def test_who_has_gone_is_forgotten(wire: Wire) -> None:
    async with wire.subscribed() as socket:
        await take(socket)
        assert len(wire.town.hub) == 1
    for _ in range(100):
        if not len(wire.town.hub):
            break
        await asyncio.sleep(0.02)
    assert len(wire.town.hub) == 0


@pytest.mark.slow
async def test_only_our_own_pages_may_use_the_cookie(server: Wardline) -> None:
    with server.sign_in("dispatcher") as session:
        cookie = {"Cookie": f"wardline_session={session.cookies['wardline_session']}"}
    for origin, opens in ((server.url, True), (None, True), ("http://evil.example", False), ("null", False)):
        headers = {**cookie, **({"Origin": origin} if origin else {})}
        async with connect(server.live_url, additional_headers=headers, max_size=None) as socket:
            with suppress(ConnectionClosed):
                await socket.send('{"type": "subscribe", "topics": ["cases"]}')
            if opens:
                assert (await take(socket))["type"] == "snapshot"
            else:
                assert (await ending(socket))[1] == 4401
