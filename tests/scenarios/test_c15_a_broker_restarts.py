"""C15. The broker restarts with thousands of retained topics, and everybody comes back at once.

broker  retained x TOPICS ==> [ server ]   read once
   x restart                                the same again: no fact, no case
consoles x SCREENS  all lost, all back with the last seq that they had: none is sent everything again
"""

import asyncio
import json
import sqlite3
from collections.abc import Mapping
from pathlib import Path

import aiomqtt
import pytest
from websockets.asyncio.client import connect

from tests.parts.mosquitto import Broker
from tests.parts.wardline import QUIET_DEMO, Wardline, run_wardline

TOPICS = 5_000
SCREENS = 100
SUBSCRIBE = {"type": "subscribe", "topics": ["cases", "workers", "metrics"], "area": None}


async def retain(broker: Broker, count: int) -> None:
    """Leave a reading on each topic, as devices that retain their last word do; some of them alarm."""
    async with aiomqtt.Client("127.0.0.1", broker.port, max_inflight_messages=200) as client:
        for n in range(count):
            value = 60 if n % 1_000 == 0 else 1
            readings = [{"metric": "CH4", "value": value, "at": "2026-11-27T03:00:00Z"}]
            body = json.dumps({"source": f"retained-{n}", "readings": readings})
            await client.publish(f"wardline/telemetry/mesh-{n}", body, qos=1, retain=True)


def count(server: Wardline) -> Mapping[str, int]:
    with sqlite3.connect(server.data_dir / "wardline.sqlite3") as connection:
        return {
            "messages": connection.execute("SELECT count(*) FROM inbox").fetchone()[0],
            "unread": connection.execute("SELECT count(*) FROM inbox WHERE state = 'pending'").fetchone()[0],
            "facts": connection.execute("SELECT count(*) FROM journal WHERE case_id <> ''").fetchone()[0],
        }


async def settled(server: Wardline, least: int) -> Mapping[str, int]:
    """Return the counts once that many messages have come and nothing changes any more."""
    async with asyncio.timeout(200):
        before: Mapping[str, int] = {}
        while True:
            now = await asyncio.to_thread(count, server)
            if now == before and now["messages"] >= least and not now["unread"]:
                return now
            before = now
            await asyncio.sleep(1.5)


@pytest.mark.mqtt
@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_c15_what_was_retained_is_said_again_and_is_no_news(broker: Broker, tmp_path: Path) -> None:
    await retain(broker, TOPICS)
    env = {"WARDLINE_MQTT_URL": broker.url}
    with run_wardline(tmp_path / "data", QUIET_DEMO, env) as server:
        first = await settled(server, TOPICS)
        assert first["messages"] == TOPICS
        await asyncio.to_thread(broker.stop)
        await asyncio.to_thread(broker.start)
        # A word of somebody new after the restart: once it is read, the retained ones before it have been, too.
        await asyncio.sleep(3)
        async with aiomqtt.Client("127.0.0.1", broker.port) as client:
            async with asyncio.timeout(60):
                while (await asyncio.to_thread(count, server))["messages"] == first["messages"]:
                    await client.publish("wardline/telemetry/late", b'{"readings": []}', qos=1)
                    await asyncio.sleep(1)
        again = await settled(server, TOPICS + 1)
        assert again["facts"] == first["facts"], "nothing that was known is told anew"
        assert again["messages"] == TOPICS + 1


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_c15_all_consoles_come_back_at_once_and_none_starts_over(server: Wardline) -> None:
    with server.sign_in("admin") as admin:
        headers = {"Cookie": f"wardline_session={admin.cookies['wardline_session']}"}

    async def open_one(after: int | None) -> tuple[str, int]:
        async with connect(server.live_url, additional_headers=headers, open_timeout=60) as socket:
            await socket.send(json.dumps(SUBSCRIBE | {"after": after}))
            frame = json.loads(await socket.recv())
            return frame["type"], frame["seq"] if "seq" in frame else frame["facts"][-1]["seq"]

    kind, seq = await open_one(None)
    assert kind == "snapshot"
    with server.sign_in("leader") as leader:
        made = leader.post("/api/v1/cases", json={"text": "gas", "category": "E0496", "lon": 106.57, "lat": 29.56})
        assert made.status_code == 201, made.text
    async with asyncio.timeout(60):
        answers = await asyncio.gather(*(open_one(seq) for _ in range(SCREENS)))
    assert {kind for kind, _ in answers} == {"facts"}
    assert min(last for _, last in answers) > seq
