"""C11. Every message comes three times at once, as broken lines and careful gateways send them: one effect each.

device ==x3==> [ door ]  the same ids, three times 202
                  |
               inbox: one row      journal: as if it had come once
"""

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path

from httpx import AsyncClient
from sqlalchemy import func, select

from dispatch.access import Role
from dispatch.city import Source
from dispatch.citymap import City
from dispatch.ids import SourceId
from services.store.tables import inbox, journal
from tests.builders import IN_G1, SOURCES
from tests.parts.town import make_town_city
from tests.scenarios.crossing import alert
from tests.services.api.world import World, open_world
from tests.services.feeds.test_cap import alert as cap_alert
from tests.taxonomy import GAS

SENT = 3
CAR = {
    "type": "new",
    "after": {
        "id": "1.5-abc", "camera": "cam_1", "label": "person", "top_score": 0.9, "frame_time": 1_795_000_000.5,
        "start_time": 1_795_000_000.0, "box": [1, 2, 30, 40],
    },
}  # fmt: skip
UPLINK = {
    "deviceInfo": {"devEui": "0101010101010101", "deviceName": "bin"},
    "time": "2026-11-27T03:00:00+00:00", "devAddr": "00189440", "fCnt": 7, "object": {"level": 40},
    "deduplicationId": "3ac7e3c4-4401-4b8d-9386-a5c902f9202d",
}  # fmt: skip
HAPPENING = {
    "specversion": "1.0", "id": "e1", "source": "town", "type": "t",
    "data": {"category": GAS, "lon": IN_G1.lon, "lat": IN_G1.lat},
}  # fmt: skip
MESSAGES: Mapping[str, bytes] = {
    "frigate": json.dumps(CAR).encode(),
    "hikvision": alert("linedetection", "active"),
    "cap": cap_alert(),
    "chirpstack": json.dumps(UPLINK).encode(),
    "telemetry": b'{"readings": [{"metric": "CH4", "value": 3, "at": "2026-11-27T03:00:00Z"}]}',
    "cloudevents": json.dumps(HAPPENING).encode(),
    "report": json.dumps({"text": "gas", "key": "call-17", "lon": IN_G1.lon, "lat": IN_G1.lat}).encode(),
}
"""One message for each way of telling repeats apart: an id of its own, a counter, a canonical hash of its content."""

REORDERED: Mapping[str, bytes] = {
    "cloudevents": json.dumps(dict(reversed(HAPPENING.items())), indent=1).encode(),
    "report": json.dumps(dict(reversed(json.loads(MESSAGES["report"]).items())), indent=1).encode(),
}
"""The same said with its fields in another order and other spaces, as a gateway that reads and writes it does: a
message with an id of its own is known by it. One without is known by its bytes.
"""


async def deliver(client: AsyncClient, feed: str, key: str, *bodies: bytes) -> list[list[str]]:
    """Send the bodies at once; return the ids that each was answered with."""
    headers = {"Authorization": f"Bearer {key}"}
    url = f"/api/v1/intake/{feed}"
    answers = await asyncio.gather(*(client.post(url, content=body, headers=headers) for body in bodies))
    assert {answer.status_code for answer in answers} == {202}, [answer.text for answer in answers]
    return [answer.json()["message_ids"] for answer in answers]


async def counted(world: World) -> tuple[int, int]:
    """Return how many messages and facts there are, once all is read."""
    desk = world.parts.desk
    await desk.order(lambda _: None)
    while desk.waiting():
        await desk.order(lambda _: None)
    tables = (inbox, journal)
    rows = await world.parts.db.read(lambda c: [c.scalar(select(func.count()).select_from(each)) for each in tables])
    return rows[0] or 0, rows[1] or 0


def make_gateway(feed: str) -> Source:
    name = f"{feed}-twice"
    return Source(
        id=SourceId(name), feed=feed, kind="gateway", external_id=name, name_zh=name, name_en=name, point=IN_G1
    )


def make_city() -> City:
    """Return the small city with a sender of each feed."""
    return make_town_city(sources={each.id: each for each in (*SOURCES, *map(make_gateway, MESSAGES))})


async def make_key(boss: AsyncClient, feed: str) -> str:
    made = await boss.post(f"/api/v1/sources/{feed}-twice/key")
    assert made.status_code == 201, made.text
    key: str = made.json()["key"]
    return key


async def test_c11_what_comes_three_times_at_once_has_one_effect_and_one_answer(tmp_path: Path) -> None:
    async with (
        open_world(make_city(), tmp_path) as world,
        world.sign_in("boss", Role.ADMIN) as boss,
        world.stranger() as device,
    ):
        for feed, body in MESSAGES.items():
            key = await make_key(boss, feed)
            messages, facts = await counted(world)
            ids = await deliver(device, feed, key, *[body] * SENT)
            assert ids == [ids[0]] * SENT, feed
            once = await counted(world)
            assert once[0] == messages + len(ids[0]), f"{feed} is stored once"
            again = await deliver(device, feed, key, body)
            assert again == ids[:1], f"{feed} gets the same answer later"
            assert await counted(world) == once, f"{feed} has no second effect"
            assert once[1] >= facts


async def test_c11_the_same_in_another_order_is_the_same(tmp_path: Path) -> None:
    async with (
        open_world(make_city(), tmp_path) as world,
        world.sign_in("boss", Role.ADMIN) as boss,
        world.stranger() as device,
    ):
        for feed, body in REORDERED.items():
            key = await make_key(boss, feed)
            first, second = await deliver(device, feed, key, MESSAGES[feed], body)
            assert first == second, feed
