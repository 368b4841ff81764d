"""A Frigate that has one snapshot of one object, and the camera in whose name it speaks."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from dispatch.city import Source
from dispatch.citymap import City
from dispatch.ids import SourceId
from gis.point import LonLat
from services.observe import clock
from services.store import sources
from tests.parts.devices import Asked, run_device, say
from tests.services.api.places import far_apart
from tests.services.api.test_evidence import KIND
from tests.services.api.world import World

Post = Callable[[Mapping[str, Any]], Awaitable[None]]


@asynccontextmanager
async def yard(world: World, city: City, about: Mapping[str, Any], picture: bytes) -> AsyncIterator[Post]:
    """Run it; give what posts a message of it. `about` is what it knows of the object `1.5-abc`."""

    async def frigate(asked: Asked, writer: asyncio.StreamWriter) -> None:
        if asked.target.endswith("abc"):
            await say(writer, "200 OK", json.dumps(about).encode(), "Content-Type: application/json")
        else:
            await say(writer, "200 OK", picture, "Content-Type: image/jpeg")

    async with run_device(frigate, is_signed=False) as device:
        (place,) = far_apart(city, 1)
        made = Source(
            id=SourceId("frigate:yard"), feed="frigate", kind="gateway", external_id="yard", name_zh="yard",
            name_en="yard", point=LonLat(*place), kinds=(KIND,), pull=device.url,
        )  # fmt: skip

        def write(connection: Any) -> str:
            sources.add_source(connection, made, clock.now())
            return sources.add_key(connection, made.id, clock.now())

        key = await world.parts.db.write(write)
        async with world.stranger() as camera:

            async def post(message: Mapping[str, Any]) -> None:
                head = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
                answer = await camera.post("/api/v1/intake/frigate", content=json.dumps(message), headers=head)
                assert answer.status_code == 202, answer.text

            yield post
