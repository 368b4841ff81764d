"""C13. The database stands still while the city speaks: the broker holds what it may not give, the door says "not now",
and nothing that was answered is lost.

camera ─ MQTT ─> [ broker ] ──> [ server ] ──> PostgreSQL   ####......####
partner ─ HTTP ───────────────> 503, again, 202
"""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import aiomqtt
import httpx
import psycopg
import pytest

from bench.city import PACK, list_happenings
from services.city.build import build_city
from services.city.read import read_pack
from tests.parts.mosquitto import Broker
from tests.parts.postgres import PostgresServer
from tests.parts.wardline import QUIET_DEMO, Wardline, run_wardline

MESSAGES = 120
"""By each of the two ways."""
AWAY_S = 4.0
PAUSE_S = 0.04


def list_events(prefix: str, happenings: Iterator[tuple[str, object]]) -> list[bytes]:
    """Return messages that each open a case of their own."""
    bodies = []
    for n in range(MESSAGES):
        category, point = next(happenings)
        data = {"category": category, "lon": point.lon, "lat": point.lat, "confidence": 0.99}  # type: ignore[attr-defined]
        event = {"specversion": "1.0", "type": "t", "source": prefix, "id": f"{prefix}{n}", "data": data}
        bodies.append(json.dumps(event).encode())
    return bodies


async def publish(broker: Broker, bodies: list[bytes]) -> None:
    async with aiomqtt.Client("127.0.0.1", broker.port) as client:
        for body in bodies:
            await client.publish("wardline/cloudevents/partner", body, qos=1)
            await asyncio.sleep(PAUSE_S)


async def post_until_taken(server: Wardline, key: str, bodies: list[bytes]) -> set[int]:
    """Send each message until it is answered; return what else was answered meanwhile."""
    refused: set[int] = set()
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/cloudevents+json"}
    async with httpx.AsyncClient(timeout=60) as client:
        for body in bodies:
            while (
                answer := await client.post(f"{server.url}/api/v1/events", content=body, headers=headers)
            ).status_code != 202:
                assert answer.headers["content-type"] == "application/problem+json", answer.text
                refused.add(answer.status_code)
                await asyncio.sleep(0.1)
            await asyncio.sleep(PAUSE_S)
    return refused


def count(url: str) -> tuple[int, int, int]:
    """Return how many messages there are, how many wait, and how many cases were opened."""
    with psycopg.connect(url) as connection:
        row = connection.execute(
            "SELECT (SELECT count(*) FROM inbox), (SELECT count(*) FROM inbox WHERE state <> 'done'), "
            "(SELECT count(*) FROM journal WHERE kind = 'CaseOpened')"
        ).fetchone()
        assert row is not None
        return row[0], row[1], row[2]


@pytest.mark.mqtt
@pytest.mark.postgres
@pytest.mark.slow
@pytest.mark.timeout(400)
async def test_c13_nothing_is_lost_while_the_database_is_away(
    broker: Broker, postgres: PostgresServer, postgres_url: str, tmp_path: Path
) -> None:
    happenings = iter(list_happenings(build_city(read_pack(PACK))))
    by_broker, by_http = list_events("m", happenings), list_events("h", happenings)
    env = {"WARDLINE_MQTT_URL": broker.url, "WARDLINE_DATABASE_URL": postgres_url}
    with run_wardline(tmp_path / "data", QUIET_DEMO, env) as server:
        key = await asyncio.to_thread(server.add_source, "cloudevents", "partner")
        sending = asyncio.gather(publish(broker, by_broker), post_until_taken(server, key, by_http))
        await asyncio.sleep(1.5)
        await asyncio.to_thread(postgres.stop)
        await asyncio.sleep(AWAY_S)
        async with httpx.AsyncClient(base_url=server.url, timeout=30) as client:
            assert (await client.get("/healthz")).status_code == 200, "the process lives"
            assert (await client.get("/readyz")).status_code == 503, "and says that it cannot serve"
        await asyncio.to_thread(postgres.start)
        _, refused = await sending
        assert refused <= {503}, "what cannot be stored is refused with one word, and never half taken"
        async with asyncio.timeout(120):
            while (await asyncio.to_thread(count, postgres_url))[:2] != (2 * MESSAGES, 0):
                await asyncio.sleep(0.3)
        assert await asyncio.to_thread(count, postgres_url) == (2 * MESSAGES, 0, 2 * MESSAGES)
