"""How much a city may say: readings and messages a second, durable and read, by HTTP and by MQTT; and who floods.

    wardline bench intake --seconds 8

One server process on the demo city (SQLite, full sync), this generator and the broker (Mosquitto) on the same machine.
The septic-tank sensors speak through their gateways; values are ordinary, so that no case is opened and what is
measured is the way in: stored durably, answered, read by the feed, and looked at by the rules of the sensor's type.

- `gathered`: POSTs of one message with 200 readings
- `array`: POSTs of 100 messages with one reading each
- `single`: POSTs of one message with one reading
- `mqtt`: one message with one reading, QoS 1
- `fair`: twenty events a second, each of which opens a case, from one source, alone; then the same while another
  source sends 10,000 readings a second. The clock of an event runs from before its POST to its case on a socket.

The ways by HTTP are closed loops: each of 16 connections sends the next when the last is answered, for `--seconds`.
By MQTT 2,000 messages for each of the seconds are published as fast as the broker takes them. A way's rate is what
was taken over the time until the last of it was *read* by the engine, which may be long after its answer. What the
server refuses (429, 503) is counted and not sent again. The exit status is 1 if anything that was answered was not
read.
"""

import argparse
import asyncio
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http import HTTPStatus
from itertools import count, cycle, islice
from pathlib import Path
from typing import Any

import psutil
import uvloop
from aiomqtt import Client, ProtocolVersion
from sqlalchemy import func, select

from bench.city import list_happenings
from bench.end_to_end import HOST, free_port, make_cloudevent, running
from bench.load import (
    Result,
    Sender,
    cpu_of,
    drain,
    listen,
    make_request,
    percentile,
    send_at_rate,
    watch_cases,
)
from dispatch.access import Role
from dispatch.city import Source
from dispatch.ids import DepartmentId, SourceId, WorkerId
from services.city.build import build_city
from services.cli.demo import PACK
from services.cli.history import ensure_source
from services.engine.loading import load_pack
from services.observe import clock
from services.settings import Settings
from services.store import accounts, sources
from services.store.accounts import Account
from services.store.database import Database
from services.store.migrate import open_database
from services.store.tables import inbox

CONNECTIONS = 16
INFLIGHT_MAX = 200
MQTT_CLIENTS, MQTT_PER_S = 4, 2_000.0
MQTT_SUBSCRIBED_S = 2.0
"""Within which a server that answers has subscribed."""
GATHERED, ARRAY = 200, 100
OTHERS_PER_S, FLOOD_PER_S = 20.0, 10_000.0
READ_WITHIN_S = 120.0
LISTENER, NOBODY, ANY = "bench-console", WorkerId(""), DepartmentId("")
BROKER = """\
listener {port} 127.0.0.1
allow_anonymous true
max_queued_messages 0
max_inflight_messages 1000
log_dest none
{user}
"""

Body = tuple[bytes, int]
"""What is sent, and how many readings are in it."""


@dataclass
class Ways:
    """What each way in needs: keys of the gateways, their sensors, and a source of events."""

    keys: dict[SourceId, str]
    sensors: dict[SourceId, list[Source]]
    event_key: str
    listener: str
    happenings: Sequence[tuple[str, float, float]]


@dataclass
class Figures:
    """Of one way: messages are what the inbox holds, readings what the rules looked at."""

    posts: int = 0
    messages: int = 0
    readings: int = 0
    refused: int = 0
    took_s: float = 0.0
    cpu_s: float = 0.0
    answers_ms: list[float] = field(default_factory=list)

    def note(self, status: int, took_ms: float, readings: int) -> None:
        """Count an answer, and what was sent with it."""
        self.posts += 1
        if status == HTTPStatus.ACCEPTED:
            self.readings += readings
            self.answers_ms.append(took_ms)
        else:
            self.refused += 1

    def view(self) -> dict[str, Any]:
        answers = sorted(self.answers_ms)
        return {
            "messages_per_s": round(self.messages / self.took_s),
            "readings_per_s": round(self.readings / self.took_s),
            **({"answer_p50_ms": round(percentile(answers, 0.5), 2)} if answers else {}),
            **({"answer_p99_ms": round(percentile(answers, 0.99), 2)} if answers else {}),
            "refused": self.refused,
            "cpu_us_per_reading": round(self.cpu_s * 1e6 / max(1, self.readings), 1),
        }


def main(argv: list[str] | None = None) -> int:
    """Run the benchmark; return 1 if an answered message was not read."""
    parser = argparse.ArgumentParser(prog="wardline bench intake", description=__doc__)
    parser.add_argument("--seconds", type=float, default=8.0, help="of each way (default: %(default)s)")
    parser.add_argument("--only", choices=[*BODIES, "mqtt", "fair"], help="one way alone")
    parser.add_argument("--json", type=Path, help="write the figures here")
    given = parser.parse_args(argv)
    wanted = [given.only] if given.only else [*BODIES, "mqtt", "fair"]
    figures = {}
    for way in wanted:
        with tempfile.TemporaryDirectory(prefix="wardline-bench-") as folder:
            figures[way] = _measure(Path(folder), way, given.seconds)
        print(f"{way}: {json.dumps(figures[way])}", flush=True)
    if given.json:
        given.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    return 1 if any(each["unread"] or each["quarantined"] for each in figures.values()) else 0


def _measure(folder: Path, way: str, seconds: float) -> dict[str, Any]:
    env = {**os.environ, "WARDLINE_DATA_DIR": str(folder / "data"), "WARDLINE_LOG_LEVEL": "warning"}
    with _broker(folder) if way == "mqtt" else _no_broker() as broker:
        if broker:
            env["WARDLINE_MQTT_URL"] = f"mqtt://{HOST}:{broker}"
        settings = Settings.from_env(env)
        ways = _prepare(settings)
        port, db = free_port(), Database(settings.database_url)
        with running([sys.executable, "-m", "services", "serve", "--port", str(port)], env, port) as process:
            if way == "fair":
                found = uvloop.run(_measure_fairness(port, ways, seconds))
            elif way == "mqtt":
                found = uvloop.run(_publish(db, process, broker, ways, seconds))
            else:
                found = uvloop.run(_post(db, process, port, ways, BODIES[way], seconds))
        found["quarantined"] = _count(db, "quarantined")
        db.engine.dispose()
    return found


def _prepare(settings: Settings) -> Ways:
    """Load the demo city; make a key for each gateway, a source of events, and a token for who listens."""
    db = open_database(settings)
    read, _version = load_pack(db, PACK)
    city, now = build_city(read), clock.now()
    sensors: dict[SourceId, list[Source]] = {}
    for source in city.codes.sources.values():
        if "septic_gas" in source.kinds:
            sensors.setdefault(source.gateway, []).append(source)
    with db.engine.begin() as connection:
        keys = {gateway: sources.add_key(connection, gateway, now) for gateway in sensors}
        event_key = sources.add_key(connection, SourceId(ensure_source(connection, "cloudevents")), now)
        account = Account(
            id=LISTENER, username=LISTENER, role=Role.DISPATCHER, worker_id=NOBODY, department=ANY, is_demo=False
        )
        accounts.add_account(connection, account, "!", now)  # no hash: nobody logs in, the socket uses a token
        token = "bench-" + os.urandom(16).hex()
        accounts.add_token(connection, token, LISTENER, "bench", now, None)
    db.engine.dispose()
    happenings = [(code, point.lon, point.lat) for code, point in islice(list_happenings(city), 4_000)]
    return Ways(keys, sensors, event_key, token, happenings)


# --- what is sent ----------------------------------------------------------------------------------------


def _reading(value: float, at: datetime) -> dict[str, object]:
    return {"metric": "CH4", "value": round(value, 3), "unit": "%LEL", "at": at.isoformat()}


def _moments() -> Iterator[tuple[datetime, float]]:
    """Yield times of which each is later than the last, and a value that no level is near to."""
    start = clock.now() - timedelta(hours=12)
    for n in count():
        yield start + timedelta(milliseconds=n), 1 + n % 50 / 10


def _gathered(sensors: list[Source]) -> Iterator[Body]:
    moments = _moments()
    for sensor in cycle(sensors):
        readings = [_reading(value, at) for at, value in islice(moments, GATHERED)]
        yield json.dumps({"source": sensor.external_id, "readings": readings}).encode(), GATHERED


def _array(sensors: list[Source]) -> Iterator[Body]:
    singles = _singles(sensors)
    while True:
        yield b"[" + b",".join(body for body, _ in islice(singles, ARRAY)) + b"]", ARRAY


def _singles(sensors: list[Source]) -> Iterator[Body]:
    for sensor, (at, value) in zip(cycle(sensors), _moments(), strict=False):
        yield json.dumps({"source": sensor.external_id, "readings": [_reading(value, at)]}).encode(), 1


BODIES: dict[str, Callable[[list[Source]], Iterator[Body]]] = {
    "gathered": _gathered,
    "array": _array,
    "single": _singles,
}


# --- HTTP, as much as is taken ---------------------------------------------------------------------------


async def _send(port: int, key: str, bodies: Iterator[Body], until: float, figures: Figures) -> None:
    """Send bodies over one connection, one after the other."""
    readings = 0

    def make() -> bytes:
        nonlocal readings
        body, readings = next(bodies)
        return make_request(HOST, port, "/api/v1/intake/telemetry", key, body)

    await Sender(port, make, until, lambda status, took_ms: figures.note(status, took_ms, readings)).run(HOST)


async def _post(
    db: Database,
    process: psutil.Process,
    port: int,
    ways: Ways,
    make: Callable[[list[Source]], Iterator[Body]],
    seconds: float,
) -> dict[str, Any]:
    figures = Figures()
    gateways = [(ways.keys[gateway], make(sensors)) for gateway, sensors in ways.sensors.items()]
    begun, cpu = time.perf_counter(), cpu_of(process)
    chosen = islice(cycle(gateways), CONNECTIONS)
    await asyncio.gather(*(_send(port, key, bodies, begun + seconds, figures) for key, bodies in chosen))
    return await _finish(db, process, figures, begun, cpu)


async def _finish(
    db: Database, process: psutil.Process, figures: Figures, begun: float, cpu: float, expected: int = 0
) -> dict[str, Any]:
    """Wait until all is read (`expected` messages, where the broker still holds some), and say what it came to."""
    end = time.perf_counter() + READ_WITHIN_S
    while time.perf_counter() < end:
        pending, figures.messages = [await asyncio.to_thread(_count, db, state) for state in ("pending", "done")]
        if not pending and figures.messages >= expected:
            break
        await asyncio.sleep(0.02)
    figures.took_s, figures.cpu_s = time.perf_counter() - begun, cpu_of(process) - cpu
    return {**figures.view(), "unread": max(pending, expected - figures.messages)}


def _count(db: Database, state: str) -> int:
    with db.engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(inbox).where(inbox.c.state == state)) or 0


# --- MQTT ------------------------------------------------------------------------------------------------


@contextmanager
def _no_broker() -> Iterator[int]:
    yield 0


@contextmanager
def _broker(folder: Path) -> Iterator[int]:
    program = shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if program is None:
        raise SystemExit("the broker is missing: apt-get install mosquitto")
    port, config = free_port(), folder / "mosquitto.conf"
    user = "user root" if os.geteuid() == 0 else ""
    config.write_text(BROKER.format(port=port, user=user), encoding="utf-8")
    with running([program, "-c", str(config)], dict(os.environ), port):
        yield port


async def _publish(db: Database, process: psutil.Process, broker: int, ways: Ways, seconds: float) -> dict[str, Any]:
    """Publish what the target asks for in so many seconds, as fast as the broker takes it."""
    figures = Figures()
    await asyncio.sleep(MQTT_SUBSCRIBED_S)
    begun, cpu = time.perf_counter(), cpu_of(process)
    each = round(MQTT_PER_S * seconds / MQTT_CLIENTS)
    chosen = islice(cycle(ways.sensors.items()), MQTT_CLIENTS)
    await asyncio.gather(*(_publish_from(broker, name, _singles(sensors), each) for name, sensors in chosen))
    figures.readings = each * MQTT_CLIENTS
    return await _finish(db, process, figures, begun, cpu, expected=figures.readings)


async def _publish_from(broker: int, gateway: SourceId, bodies: Iterator[Body], number: int) -> None:
    async with Client(HOST, broker, protocol=ProtocolVersion.V5, max_inflight_messages=INFLIGHT_MAX) as client:
        for body, _ in islice(bodies, number):
            await client.publish(f"wardline/telemetry/{gateway}", body, qos=1)


# --- who floods ------------------------------------------------------------------------------------------


async def _measure_fairness(port: int, ways: Ways, seconds: float) -> dict[str, Any]:
    """Measure the events of one source alone, and then while another floods."""
    happenings = iter(ways.happenings)
    alone, _ = await _measure_events(port, ways, happenings, seconds)
    gateway, sensors = next(iter(ways.sensors.items()))
    flood = asyncio.create_task(_flood(port, ways.keys[gateway], _array(sensors), seconds + 1))
    await asyncio.sleep(1.0)
    beside, lost = await _measure_events(port, ways, happenings, seconds)
    sent, refused = await flood
    return {
        "alone_p50_ms": round(percentile(alone, 0.5), 2),
        "alone_p99_ms": round(percentile(alone, 0.99), 2),
        "beside_p50_ms": round(percentile(beside, 0.5), 2),
        "beside_p99_ms": round(percentile(beside, 0.99), 2),
        "ratio_p99": round(percentile(beside, 0.99) / percentile(alone, 0.99), 2),
        "events": len(beside),
        "unread": lost,
        "flood_readings_per_s": round(sent / (seconds + 1)),
        "flood_refused": refused,
    }


async def _measure_events(
    port: int, ways: Ways, happenings: Iterator[tuple[str, float, float]], seconds: float
) -> tuple[list[float], int]:
    """Return how long each event took to be a case on a socket, sorted, in ms, and how many never were."""
    result = Result()
    socket = await listen(f"ws://{HOST}:{port}/ws/live", ways.listener, ["cases"])
    watching = asyncio.create_task(watch_cases(socket, result))
    chosen = list(islice(happenings, round(OTHERS_PER_S * seconds)))
    requests = [
        (name, make_request(HOST, port, "/api/v1/events", ways.event_key, make_cloudevent(name, *happening)))
        for happening in chosen
        for name in (f"bench-{os.urandom(6).hex()}",)
    ]
    await send_at_rate(HOST, port, requests, OTHERS_PER_S, result)
    await drain(result)
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)
    await socket.close()
    return result.latencies_ms, len(result.sent_at) - len(result.got_at)


async def _flood(port: int, key: str, bodies: Iterator[Body], seconds: float) -> tuple[int, int]:
    """Send readings at the flood's rate; return how many were taken and how many POSTs were refused."""
    result, number = Result(), round(FLOOD_PER_S / ARRAY * seconds)
    requests = [
        (str(n), make_request(HOST, port, "/api/v1/intake/telemetry", key, body))
        for n, (body, _) in enumerate(islice(bodies, number))
    ]
    await send_at_rate(HOST, port, requests, FLOOD_PER_S / ARRAY, result)
    return len(result.sent_at) * ARRAY, result.refused


if __name__ == "__main__":
    sys.exit(main())
