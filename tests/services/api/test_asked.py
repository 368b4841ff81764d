"""What the whole server asks of its senders: a node is asked for a rebirth, a Frigate for its picture."""

import asyncio
from pathlib import Path

import aiomqtt
import pytest
from sqlalchemy import Connection

from dispatch.access import Role
from dispatch.city import Source
from dispatch.citymap import City
from dispatch.ids import SourceId
from gis.point import LonLat
from services.feeds.sparkplug import make_payload
from services.observe import clock
from services.store import sources
from tests.parts import mosquitto
from tests.parts.devices import Asked, run_device, say
from tests.services.api.places import far_apart
from tests.services.api.samples import jpeg
from tests.services.api.test_evidence import eventually, find_case, media_of
from tests.services.api.world import World, open_world


async def add(world: World, source: Source) -> str:
    def write(connection: Connection) -> str:
        sources.add_source(connection, source, clock.now())
        return sources.add_key(connection, source.id, clock.now())

    return await world.parts.db.write(write)


def make(feed: str, name: str, **more: object) -> Source:
    return Source(
        id=SourceId(f"{feed}:{name}"),
        feed=feed,
        kind="gateway",
        external_id=name,
        name_zh=name,
        name_en=name,
        **more,  # type: ignore[arg-type]
    )


@pytest.mark.mqtt
async def test_a_node_whose_messages_have_a_gap_is_asked_for_a_rebirth(
    city: City, tmp_path: Path, broker: mosquitto.Broker
) -> None:
    async with open_world(city, tmp_path, mqtt_url=broker.url) as world:
        world.parts.desk.state.senders.add(make("sparkplug", "edge-1"))
        async with aiomqtt.Client("127.0.0.1", broker.port) as node, asyncio.timeout(60):
            await node.subscribe("spBv1.0/water/NCMD/#")
            for kind, seq in (("NBIRTH", 0), ("NDATA", 1), ("NDATA", 3)):
                at_ms = round(clock.now().timestamp() * 1_000)
                metrics = [{"name": b"level", "datatype": 10, "double_value": 1.5}]
                payload = make_payload({"timestamp": at_ms, "metrics": metrics, "seq": seq})
                await node.publish(f"spBv1.0/water/{kind}/edge-1", payload, qos=1)
            asked = await anext(node.messages)
            assert asked.topic.value == "spBv1.0/water/NCMD/edge-1"
            assert isinstance(asked.payload, bytes)
            assert b"Node Control/Rebirth" in asked.payload


async def test_the_snapshot_of_a_frigate_is_evidence_of_the_case(world: World, city: City) -> None:
    async def answer(asked: Asked, writer: asyncio.StreamWriter) -> None:
        is_there = "snapshot.jpg" in asked.target and len(device.asked) > 1
        await say(writer, "200 OK" if is_there else "404 Not Found", jpeg(320, 240), "Content-Type: image/jpeg")

    (place,) = far_apart(city, 1)
    async with run_device(answer, is_signed=False) as device:
        frigate = make("frigate", "nvr", point=LonLat(*place), kinds=("exposed_litter",), pull=device.url)
        key = await add(world, frigate)
        start_s = clock.now().timestamp() - 600
        after = {
            "id": f"{start_s:.6f}-fqk5ka",
            "camera": "yard",
            "label": "exposed_litter",
            "start_time": start_s,
            "frame_time": start_s + 500,
            "has_snapshot": True,
        }
        async with world.stranger() as client:
            for n in range(3):
                body = {"type": "update", "before": {"n": n}, "after": after}
                sent = await client.post(
                    "/api/v1/intake/frigate", json=body, headers={"Authorization": f"Bearer {key}"}
                )
                assert sent.status_code == 202
        async with world.sign_in("desk", Role.DISPATCHER) as desk:
            case = await find_case(desk)

            async def pictured() -> dict[str, object] | None:
                media = await media_of(desk, case)
                return {"only": media[0]} if len(media) == 1 else None

            media_id = (await eventually(pictured, 20.0))["only"]
            assert (await desk.get(f"/api/v1/media/{media_id}")).status_code == 200
        asked = [each.target.partition("?")[0] for each in device.asked]
        event = f"/api/events/{after['id']}"
        assert asked[:2] == [f"{event}/snapshot.jpg"] * 2, "once, and again because it was not written yet"
        assert asked[2:] == [event], "and once what is kept of it: whether there is a face or a plate"
