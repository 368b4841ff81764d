"""How simulators speak to a server: HTTP with a source key or as a signed-in person. Nothing else is shared with it."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import httpx

from simulators.clock import now

TRIES = 6
WAIT_S = 0.5
LONGEST_WAIT_S = 15.0
TIMEOUT = httpx.Timeout(20.0, pool=60.0)
CONNECTIONS_MAX = 60
"""Sockets to the server at once; every actor shares them."""
PASSING = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE})
"""Answers worth another try: the server is busy, or asks for patience."""

JsonObject = dict[str, Any]


class Refused(Exception):
    """The server said no. `status` is its HTTP status, `kind` the last part of the problem's type."""

    def __init__(self, status: int, kind: str, detail: str) -> None:
        super().__init__(f"{status} {kind}: {detail}")
        self.status, self.kind = status, kind


class Unreachable(Exception):
    """The server did not answer after all tries."""


class Wire:
    """One server. Requests that meet a busy or restarting server are tried again; `tallies` counts every outcome."""

    def __init__(self, url: str, transport: httpx.AsyncBaseTransport | None = None) -> None:
        limits = httpx.Limits(max_connections=CONNECTIONS_MAX, max_keepalive_connections=CONNECTIONS_MAX)
        self.url = url.rstrip("/")
        self._http = httpx.AsyncClient(base_url=self.url, timeout=TIMEOUT, limits=limits, transport=transport)
        self.tallies: Counter[str] = Counter()

    async def close(self) -> None:
        await self._http.aclose()

    async def send(self, method: str, path: str, **given: Any) -> httpx.Response:
        """Return the answer if it is one of success.

        :raises Refused: for any other; `Unreachable` if there was none.
        """
        wait_s, last = WAIT_S, ""
        for left in reversed(range(TRIES)):
            try:
                answer = await self._http.request(method, path, **given)
            except httpx.TransportError as error:
                self.tallies["broken"] += 1
                last = f"{type(error).__name__} {error}"
            else:
                self.tallies[f"{answer.status_code // 100}xx"] += 1
                if answer.status_code not in PASSING:
                    return _accepted(answer)
                last = f"{answer.status_code}"
                wait_s = max(wait_s, float(answer.headers.get("retry-after", "0") or 0))
            if left:
                await asyncio.sleep(min(wait_s, LONGEST_WAIT_S))
            wait_s *= 2
        raise Unreachable(f"{method} {path}: {last}")

    async def sign_in(self, username: str, password: str) -> "Session":
        """Return a session of the account.

        :raises Refused: if the password is wrong.
        """
        answer = await self.send("POST", "/api/v1/session", json={"username": username, "password": password})
        return Session(self, username, dict(answer.cookies), answer.json())

    async def post_key(self, path: str, key: str, body: Any) -> JsonObject:
        """Post a message with a source's key."""
        answer = await self.send("POST", path, json=body, headers={"Authorization": f"Bearer {key}"})
        return _object(answer)

    async def get_key(self, path: str, key: str) -> JsonObject:
        """Read with a source's key."""
        return _object(await self.send("GET", path, headers={"Authorization": f"Bearer {key}"}))

    async def put_picture(self, key: str, picture: bytes) -> str:
        """Upload a JPEG with a source's key; return the picture's id."""
        headers = {"Authorization": f"Bearer {key}"}
        answer = await self.send("POST", "/api/v1/media", files=_file(picture), headers=headers)
        return str(_object(answer)["id"])


class Session:
    """A signed-in person. His cookies are sent by hand: all sessions share one pool of connections."""

    def __init__(self, wire: Wire, username: str, cookies: Mapping[str, str], me: JsonObject) -> None:
        self.wire, self.username, self.me = wire, username, me
        self.cookie = "; ".join(f"{name}={value}" for name, value in cookies.items())
        self._csrf = cookies.get("wardline_csrf", "")

    @property
    def headers(self) -> dict[str, str]:
        return {"Cookie": self.cookie, "X-CSRF-Token": self._csrf}

    async def get(self, path: str, **query: Any) -> JsonObject:
        return _object(await self.wire.send("GET", path, params=query, headers=self.headers))

    async def list_all(self, path: str, **query: Any) -> list[JsonObject]:
        """Return every item of a list, page after page."""
        items: list[JsonObject] = []
        page = await self.get(path, **query)
        items.extend(page["items"])
        while page.get("next"):
            page = await self.get(path, **query, after=page["next"])
            items.extend(page["items"])
        return items

    async def post(self, path: str, body: Any) -> JsonObject:
        return _object(await self.wire.send("POST", path, json=body, headers=self.headers))

    async def command(self, case_id: str, command: str, **data: Any) -> JsonObject:
        """Give a command for a case; return the case."""
        return await self.post(f"/api/v1/cases/{case_id}/commands/{command}", data)

    async def put_picture(self, picture: bytes) -> str:
        answer = await self.wire.send("POST", "/api/v1/media", files=_file(picture), headers=self.headers)
        return str(_object(answer)["id"])


def _file(picture: bytes) -> Mapping[str, Sequence[Any]]:
    return {"file": (f"{now():%H%M%S}.jpg", picture, "image/jpeg")}


def _object(answer: httpx.Response) -> JsonObject:
    """The JSON of an answer; an empty one is an empty object."""
    if not answer.content:
        return {}
    body: JsonObject = answer.json()
    return body


def _accepted(answer: httpx.Response) -> httpx.Response:
    if answer.is_success:
        return answer
    try:
        problem = answer.json()
    except ValueError:
        problem = {}
    kind = str(problem.get("type", "")).replace("/", ":").rpartition(":")[2]
    raise Refused(answer.status_code, kind, str(problem.get("detail") or problem.get("title") or ""))
