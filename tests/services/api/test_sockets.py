"""A socket lives no longer than what opened it: over a real server, each way in which a session or a token ends."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from httpx import AsyncClient
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from dispatch.access import ROLES, Role
from dispatch.citymap import City
from services.live.hub import NEEDS, TOPICS, Hub, Listener
from services.live.watch import EVERY_S, Watch
from tests.builders import make_actor
from tests.services.api.server import Running, run_server
from tests.services.api.world import PASSWORD

WITHIN_S = EVERY_S + 8
"""Two seconds by the clock of the server; the rest is for a slow machine."""


@pytest.fixture(scope="module")
def server(city: City, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with run_server(city, Path(tmp_path_factory.mktemp("sockets"))) as running:
        yield running


@asynccontextmanager
async def person(server: Running, username: str, role: str, **more: str) -> AsyncIterator[AsyncClient]:
    """Make an account and sign it in."""
    async with AsyncClient(base_url=server.url, timeout=30) as client:
        body = {"username": username, "role": role, "password": PASSWORD, **more}
        made = await client.post("/api/v1/users", json=body, headers=server.headers)
        assert made.status_code == 201, made.text
        signed = await client.post("/api/v1/session", json={"username": username, "password": PASSWORD})
        assert signed.status_code == 200, signed.text
        client.headers["X-CSRF-Token"] = client.cookies["wardline_csrf"]
        yield client


@asynccontextmanager
async def listening(
    server: Running, headers: dict[str, str], topics: tuple[str, ...] = ("cases",)
) -> AsyncIterator[ClientConnection]:
    url = f"ws://127.0.0.1:{server.port}/ws/live"
    async with connect(url, additional_headers=headers, max_size=None) as socket:
        with suppress(ConnectionClosed):  # who is shown out may be so before he has spoken
            await socket.send(json.dumps({"type": "subscribe", "topics": list(topics), "after": None}))
        yield socket


def cookie_of(client: AsyncClient) -> dict[str, str]:
    return {"Cookie": "; ".join(f"{name}={value}" for name, value in client.cookies.items())}


async def ending(socket: ClientConnection) -> int:
    """Return the code with which the server closes."""
    async with asyncio.timeout(WITHIN_S):
        try:
            while True:
                await socket.recv()
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else 1006


Ending = Callable[[Running, AsyncClient, AsyncClient], Awaitable[Any]]


async def _own_id(client: AsyncClient) -> str:
    (mine,) = [one for one in (await client.get("/api/v1/me/sessions")).json()["items"] if one["current"]]
    return str(mine["id"])


async def sign_out(_: Running, me: AsyncClient, admin: AsyncClient) -> None:
    await me.delete("/api/v1/session")


async def revoke(_: Running, me: AsyncClient, admin: AsyncClient) -> None:
    await admin.delete(f"/api/v1/sessions/{await _own_id(me)}")


async def close(_: Running, me: AsyncClient, admin: AsyncClient) -> None:
    name = (await me.get("/api/v1/me")).json()["username"]
    await admin.patch(f"/api/v1/users/{name}", json={"disabled": True})


async def reset(_: Running, me: AsyncClient, admin: AsyncClient) -> None:
    name = (await me.get("/api/v1/me")).json()["username"]
    await admin.post(f"/api/v1/users/{name}/password")


ENDINGS: dict[str, Ending] = {"signed-out": sign_out, "revoked": revoke, "closed": close, "password-reset": reset}


@pytest.mark.parametrize("how", ENDINGS)
async def test_a_socket_ends_within_seconds_of_its_session(server: Running, how: str) -> None:
    async with (
        person(server, f"w-{how}", "dispatcher") as me,
        AsyncClient(base_url=server.url, headers=server.headers, timeout=30) as admin,
        listening(server, cookie_of(me)) as socket,
        listening(server, server.headers) as other,
    ):
        assert json.loads(await socket.recv())["type"] == "snapshot"
        assert json.loads(await other.recv())["type"] == "snapshot"
        await ENDINGS[how](server, me, admin)
        assert await ending(socket) == 4401
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.5):
                await ending(other)


async def test_a_socket_ends_with_its_token(server: Running) -> None:
    async with person(server, "tok", "dispatcher") as me:
        made = (await me.post("/api/v1/me/tokens", json={"label": "x", "scopes": ["cases.read"]})).json()
        headers = {"Authorization": f"Bearer {made['token']}"}
        async with listening(server, headers) as socket:
            assert json.loads(await socket.recv())["type"] == "snapshot"
            await me.delete(f"/api/v1/me/tokens/{made['id']}")
            assert await ending(socket) == 4401
        async with listening(server, headers) as socket:
            assert await ending(socket) == 4401


async def test_whose_role_is_changed_starts_over_as_what_he_is_now(server: Running, city: City) -> None:
    async with (
        person(server, "moved", "dispatcher") as me,
        AsyncClient(base_url=server.url, headers=server.headers, timeout=30) as admin,
    ):
        async with listening(server, cookie_of(me)) as socket:
            assert json.loads(await socket.recv())["type"] == "snapshot"
            await admin.patch("/api/v1/users/moved", json={"area": min(city.codes.areas)})
            assert await ending(socket) == 4409, "resync: it may come back"
        async with listening(server, cookie_of(me)) as socket:
            assert json.loads(await socket.recv())["type"] == "snapshot"


@pytest.mark.parametrize("role", list(Role))
async def test_each_topic_opens_to_the_roles_of_the_matrix_alone(server: Running, city: City, role: Role) -> None:
    more = {"department": min(city.codes.departments)} if role is Role.DEPARTMENT_DISPATCHER else {}
    async with person(server, f"t-{role}", role.value, **more) as me:
        for topic in sorted(TOPICS):
            async with listening(server, cookie_of(me), (topic,)) as socket:
                first = json.loads(await socket.recv())
                allowed = NEEDS[topic] in ROLES[role].permissions
                assert first["type"] == ("snapshot" if allowed else "error"), (role, topic, first)
                assert set(first) & TOPICS <= {topic}
                if not allowed:
                    assert await ending(socket) == 4403


async def test_a_token_without_the_scope_opens_no_topic(server: Running) -> None:
    async with person(server, "narrow", "dispatcher") as me:
        made = (await me.post("/api/v1/me/tokens", json={"label": "x", "scopes": ["media.write"]})).json()
        async with listening(server, {"Authorization": f"Bearer {made['token']}"}) as socket:
            assert await ending(socket) == 4403


async def test_a_cookie_that_another_page_sends_opens_nothing(server: Running) -> None:
    async with (
        person(server, "cross", "dispatcher") as me,
        listening(server, {**cookie_of(me), "Origin": "https://evil.example"}) as socket,
    ):
        assert await ending(socket) == 4401


async def test_a_look_that_fails_is_tried_again_and_ends_nobody() -> None:
    hub = Hub()
    listener = Listener(make_actor(), frozenset({"cases"}), key="k")
    hub.join(listener)

    async def fail(_: object) -> dict[str, Any]:
        raise RuntimeError("the database does not answer")

    running = asyncio.ensure_future(Watch(hub, fail).run())
    await asyncio.sleep(EVERY_S + 0.3)
    assert not running.done()
    assert not listener.lost
    running.cancel()


async def test_without_sockets_nothing_is_asked() -> None:
    async def never(_: object) -> dict[str, Any]:
        raise AssertionError("asked")

    assert await Watch(Hub(), never).look() == 0
