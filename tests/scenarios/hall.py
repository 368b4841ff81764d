"""The operations room of the small city: the whole server, and everybody who works there signed in over HTTP."""

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
from httpx import AsyncClient

from dispatch.access import Role
from dispatch.city import Flow
from tests.builders import IN_G1
from tests.parts.town import make_town_city
from tests.services.api.samples import jpeg
from tests.services.api.world import World, open_world
from tests.taxonomy import GAS

Case = dict[str, Any]

PEOPLE: Mapping[str, tuple[Role, Mapping[str, str]]] = {
    "admin": (Role.ADMIN, {}),
    "leader": (Role.LEADER, {}),
    "li": (Role.DISPATCHER, {}),
    "wu": (Role.DISPATCHER, {}),
    "acceptor": (Role.ACCEPTOR, {}),
    "collector": (Role.COLLECTOR, {}),
    "supervisor": (Role.SUPERVISOR, {}),
    "ann": (Role.WORKER, {"worker_id": "ann"}),
    "bob": (Role.WORKER, {"worker_id": "bob"}),
    "cai": (Role.WORKER, {"worker_id": "cai"}),
}
"""Username -> role, and whose phone it is. Ann and bob are of municipal works, cai of sanitation."""

WAIT_S = 10.0


class Hall:
    """Who is there, by name: `await hall.do("ann", case, "accept")`."""

    def __init__(self, world: World, people: Mapping[str, AsyncClient]) -> None:
        self.world, self.people = world, people
        self._places = 0

    async def report(self, by: str = "li", channel: str = "console", **fields: Any) -> Case:
        """Report gas, each time two hundred metres further on: the desk's own word is filed and sent at once."""
        self._places += 1
        place = {"lon": IN_G1.lon - 0.004 + 0.002 * self._places, "lat": IN_G1.lat}
        body = {"channel": channel, "category": GAS, "text": f"gas {self._places}", **place, **fields}
        return _read(await self.people[by].post("/api/v1/cases", json=body), 201)

    async def ask(self, by: str, case: Case, name: str, **fields: Any) -> httpx.Response:
        """Give a command; return what is answered, whatever it is."""
        return await self.people[by].post(f"/api/v1/cases/{case['id']}/commands/{name}", json=fields)

    async def do(self, by: str, case: Case, name: str, **fields: Any) -> Case:
        """Give a command that is carried out; return the case as it is then."""
        return _read(await self.ask(by, case, name, **fields), 200)

    async def refused(self, by: str, case: Case, name: str, **fields: Any) -> Case:
        """Give a command that is refused; return the problem."""
        answer = await self.ask(by, case, name, **fields)
        assert 400 <= answer.status_code < 500, answer.text
        problem: Case = answer.json()
        assert problem["type"].startswith("urn:wardline:problem:")
        return problem

    async def go(self, by: str, case: Case, *names: str) -> Case:
        for name in names:
            case = await self.do(by, case, name)
        return case

    async def finish(self, by: str, case: Case) -> Case:
        """Let a worker do his task, and a collector find it done."""
        case = await self.go(by, case, "accept", "arrive", "report_handled")
        return await self.do("collector", case, "check", passed=True)

    async def see(self, case: Case, by: str = "leader") -> Case:
        return _read(await self.people[by].get(f"/api/v1/cases/{case['id']}"), 200)

    async def story(self, case: Case) -> list[str]:
        """Return what has happened to a case."""
        answer = await self.people["leader"].get(f"/api/v1/cases/{case['id']}/journal")
        return [fact["kind"] for fact in _read(answer, 200)["items"]]

    async def until(self, case: Case, is_so: Callable[[Case], bool]) -> Case:
        """Wait until a case is so."""
        async with asyncio.timeout(WAIT_S):
            while not is_so(seen := await self.see(case)):
                await asyncio.sleep(0.05)
        return seen

    async def picture(self, by: str) -> str:
        """Send a picture; return its id. No two are alike."""
        self._places += 1
        files = {"file": ("a.jpg", jpeg(8 + self._places, 8), "image/jpeg")}
        made = _read(await self.people[by].post("/api/v1/media", files=files), 201)
        return str(made["id"])

    async def duty(self, worker: str, *, on: bool) -> None:
        _read(await self.people["leader"].post(f"/api/v1/workers/{worker}/duty", json={"on_duty": on}), 200)


def _read(answer: httpx.Response, status: int) -> Case:
    assert answer.status_code == status, answer.text
    case: Case = answer.json()
    return case


@asynccontextmanager
async def open_hall(folder: Path, flow: Flow | None = None, **changes: Any) -> AsyncIterator[Hall]:
    """A room in which everybody is on duty."""
    city = dataclasses.replace(make_town_city(**changes), flow=flow or Flow())
    async with open_world(city, folder) as world, AsyncExitStack() as stack:
        people = {
            name: await stack.enter_async_context(world.sign_in(name, role, **more))
            for name, (role, more) in PEOPLE.items()
        }
        hall = Hall(world, people)
        for worker in ("ann", "bob", "cai"):
            await hall.duty(worker, on=True)
        yield hall
