"""A partner system at the interface: a source with a key, and what it files."""

import asyncio
from dataclasses import dataclass
from typing import Any
from uuid import uuid4
from xml.etree.ElementTree import Element

from defusedxml.ElementTree import fromstring
from httpx import AsyncClient, Response

from dispatch.city import Source
from dispatch.ids import SourceId
from services.observe.clock import now
from services.store import sources
from tests.services.api.places import IN_GRID
from tests.services.api.world import World

V2 = "/open311/v2"
LON, LAT = IN_GRID
LAMP, COVER, LITTER, BEGGING = "P0118", "P0101", "E0102", "E0502"


def a_request(**more: Any) -> dict[str, Any]:
    """Return a form that fits; no two are the same request."""
    words = f"路灯不亮 {uuid4().hex}"
    return {"service_code": LAMP, "lat": str(LAT), "long": str(LON), "description": words, **more}


@dataclass(frozen=True)
class Partner:
    """A client that has a key, and what it asks for again and again."""

    client: AsyncClient
    key: str
    world: World

    async def post(self, suffix: str = "json", files: Any = None, headers: Any = None, **form: Any) -> Response:
        data = {"api_key": self.key, **form}
        return await self.client.post(f"{V2}/requests.{suffix}", data=data, files=files, headers=headers)

    async def file(self, **more: Any) -> str:
        """File a request and return its id once the desk has read it."""
        answer = await self.post(**a_request(**more))
        assert answer.status_code == 200, answer.text
        (receipt,) = answer.json()
        await self.read_all()
        return str(receipt["service_request_id"])

    async def get(self, path: str, **query: Any) -> Any:
        answer = await self.client.get(f"{V2}/{path}.json", params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def one(self, number: str, **query: Any) -> dict[str, Any]:
        (found,) = await self.get(f"requests/{number}", **query)
        return dict(found)

    async def ids(self, **query: Any) -> list[str]:
        return [each["service_request_id"] for each in await self.get("requests", **query)]

    async def xml(self, path: str, **query: Any) -> Element:
        answer = await self.client.get(f"{V2}/{path}.xml", params=query)
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"] == "text/xml; charset=utf-8"
        assert answer.content.startswith(b'<?xml version="1.0" encoding="utf-8"?>')
        root: Element = fromstring(answer.content)
        return root

    async def read_all(self) -> None:
        """Wait until the desk has read what has come in."""
        for _ in range(200):
            await self.world.parts.desk.order(lambda turn: None)
            if not self.world.parts.desk.waiting():
                return
            await asyncio.sleep(0.01)
        raise AssertionError("the desk has not read the requests")


async def make_key(world: World, name: str = "app", feed: str = "open311", per_minute: int | None = None) -> str:
    """Make a source and return its key."""
    source = Source(
        id=SourceId(f"{feed}:{name}"), feed=feed, kind="gateway", external_id=name, name_zh=name, name_en=name
    )

    def write(connection: Any) -> str:
        sources.add_source(connection, source, now())
        return sources.add_key(connection, source.id, now(), per_minute=per_minute)

    return await world.parts.db.write(write)


async def make_partner(world: World, client: AsyncClient, **more: Any) -> Partner:
    return Partner(client, await make_key(world, **more), world)


def text_of(element: Element, path: str) -> str:
    found = element.find(path)
    assert found is not None, path
    return found.text or ""
