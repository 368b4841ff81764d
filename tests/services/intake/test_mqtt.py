"""The MQTT door against a real broker: nothing answered is lost, whoever goes away and whenever."""

import asyncio
import random
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import aiomqtt
import pytest

from dispatch.ids import SourceId
from services.feeds import with_address
from services.intake.mqtt import (
    BadBrokerUrl,
    Broker,
    MqttDoor,
    Routes,
    Store,
)
from services.intake.receive import Unwanted
from tests.parts import mosquitto
from tests.parts.processes import Process

ROUTES = Routes.of(
    {
        "frigate": ("frigate/events", "frigate/reviews"),
        "chirpstack": ("application/+/device/+/event/+",),
        "telemetry": (),
        "sparkplug": ("spBv1.0/+/NDATA/+",),
    },
    addressed=("sparkplug",),
)
AT = datetime(2026, 5, 1, 8, 0, tzinfo=UTC)


class Shelf:
    """A store that remembers; `fail` makes it fail, `hold` makes it wait."""

    def __init__(self) -> None:
        self.kept: list[tuple[str, str, bytes]] = []
        self.offered = 0
        self.fail: Exception | None = None
        self.free = asyncio.Event()
        self.free.set()

    async def __call__(self, feed: str, source: SourceId, body: bytes, _at: datetime) -> None:
        self.offered += 1
        await self.free.wait()
        if self.fail is not None:
            raise self.fail
        self.kept.append((feed, source, body))

    @property
    def bodies(self) -> list[bytes]:
        return [body for _, _, body in self.kept]


def name_of(_feed: str, names: Sequence[str], _body: bytes) -> SourceId:
    return SourceId(names[0])


def make_door(broker: mosquitto.Broker, store: Store, query: str = "") -> MqttDoor:
    where = Broker.from_url(broker.url + query, identity="test")
    return MqttDoor(where, ROUTES, store=store, find_sender=name_of, now=lambda: AT)


async def until(is_so: Callable[[], bool], within_s: float = 15.0) -> None:
    async with asyncio.timeout(within_s):
        while not is_so():
            await asyncio.sleep(0.01)


@asynccontextmanager
async def opened(door: MqttDoor) -> AsyncIterator[MqttDoor]:
    task = asyncio.create_task(door.run())
    try:
        await until(lambda: door.is_connected)
        yield door
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def publish(broker: mosquitto.Broker, *messages: tuple[str, bytes]) -> None:
    async with aiomqtt.Client("127.0.0.1", broker.port) as client:
        for topic, body in messages:
            await client.publish(topic, body, qos=1)


# --- the broker's address ----------------------------------------------------------------------------------


def test_a_url_names_host_account_and_session() -> None:
    broker = Broker.from_url("mqtts://cam:p%40ss@broker.example:8884?client_id=east&group=", identity="x")
    assert (broker.host, broker.port, broker.is_tls) == ("broker.example", 8884, True)
    assert (broker.username, broker.password, broker.client_id, broker.group) == ("cam", "p@ss", "east", "")


def test_the_client_id_belongs_to_the_installation() -> None:
    ids = [Broker.from_url("mqtt://h", identity=identity).client_id for identity in ("a", "a", "b")]
    assert ids[0] == ids[1] != ids[2]


@pytest.mark.parametrize("url", ["http://h", "mqtt://", "mqtt://h:port", "h:1883"])
def test_a_bad_url_is_refused_without_showing_a_password(url: str) -> None:
    with pytest.raises(BadBrokerUrl) as refusal:
        Broker.from_url(url.replace("//", "//user:secret@", 1), identity="x")
    assert "secret" not in str(refusal.value)


def test_a_password_is_not_in_the_repr() -> None:
    assert "secret" not in repr(Broker.from_url("mqtt://user:secret@h", identity="x"))


# --- topics ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("topic", "found"),
    [
        ("frigate/events", ("frigate", ("frigate",))),
        ("application/7/device/a84041/event/up", ("chirpstack", ("up", "a84041", "7"))),
        ("wardline/telemetry/tank-12", ("telemetry", ("tank-12",))),
        ("wardline/nobody/tank-12", None),
        ("wardline/telemetry", None),
        ("frigate/events/more", None),
        ("application/7/device/a84041/up", None),
    ],
)
def test_a_topic_tells_its_feed_and_its_names(topic: str, found: object) -> None:
    assert ROUTES.find(topic) == found


def test_a_filter_may_end_in_any_depth() -> None:
    routes = Routes.of({"tts": ("v3/+/devices/#",)})
    assert routes.find("v3/app/devices/d1/up") == ("tts", ("app",)), "what stands at # names nobody"
    assert routes.find("v3/app/other/d1/up") is None


# --- with a broker -----------------------------------------------------------------------------------------


@pytest.mark.mqtt
async def test_messages_are_stored_in_order_under_their_feed_and_sender(broker: mosquitto.Broker) -> None:
    shelf = Shelf()
    async with opened(make_door(broker, shelf)) as door:
        sent = [("wardline/telemetry/tank-1", f"{n}".encode()) for n in range(600)]
        await publish(broker, ("frigate/events", b"{}"), *sent)
        await until(lambda: len(shelf.kept) == 601)
        assert shelf.kept[0] == ("frigate", "frigate", b"{}")
        assert shelf.bodies[1:] == [body for _, body in sent]
        assert door.tally.stored == 601


@pytest.mark.mqtt
async def test_a_sender_is_told_something_over_the_broker_that_it_came_by(broker: mosquitto.Broker) -> None:
    door = make_door(broker, Shelf())
    assert not await door.publish("spBv1.0/g/NCMD/n", b"rebirth"), "there is no broker yet"
    async with opened(door), aiomqtt.Client("127.0.0.1", broker.port) as node:
        await node.subscribe("spBv1.0/g/NCMD/n")
        assert await door.publish("spBv1.0/g/NCMD/n", b"rebirth")
        message = await anext(node.messages)
        assert (message.payload, message.retain) == (b"rebirth", False)


@pytest.mark.mqtt
async def test_the_topic_is_kept_where_it_says_what_the_message_is(broker: mosquitto.Broker) -> None:
    shelf = Shelf()
    async with opened(make_door(broker, shelf)):
        await publish(broker, ("spBv1.0/water/NDATA/edge-1", b"\x08\x01"))
        await until(lambda: len(shelf.kept) == 1)
    assert shelf.kept == [("sparkplug", "edge-1", with_address("spBv1.0/water/NDATA/edge-1", b"\x08\x01"))]


@pytest.mark.mqtt
async def test_what_is_published_while_we_are_away_waits_for_us(broker: mosquitto.Broker) -> None:
    shelf = Shelf()
    async with opened(make_door(broker, shelf)):
        pass
    await publish(broker, *[("frigate/events", f"{n}".encode()) for n in range(50)])
    async with opened(make_door(broker, shelf)):
        await until(lambda: len(shelf.kept) == 50)
    assert shelf.bodies == [f"{n}".encode() for n in range(50)]


@pytest.mark.mqtt
async def test_a_message_is_not_acknowledged_before_it_is_durable(broker: mosquitto.Broker) -> None:
    slow = Shelf()
    slow.free.clear()
    async with opened(make_door(broker, slow)):
        await publish(broker, ("frigate/events", b"precious"))
        await until(lambda: slow.offered == 1)
    assert slow.kept == []  # this process ends before the commit

    shelf = Shelf()
    async with opened(make_door(broker, shelf)):
        await until(lambda: shelf.bodies == [b"precious"])


@pytest.mark.mqtt
async def test_a_stored_message_does_not_come_again(broker: mosquitto.Broker) -> None:
    shelf = Shelf()
    async with opened(make_door(broker, shelf)):
        await publish(broker, ("frigate/events", b"once"))
        await until(lambda: shelf.bodies == [b"once"])
        await asyncio.sleep(0.2)  # the acknowledgement travels
    again = Shelf()
    async with opened(make_door(broker, again)):
        await publish(broker, ("frigate/events", b"next"))
        await until(lambda: again.bodies[-1:] == [b"next"])
    assert again.bodies == [b"next"]


@pytest.mark.mqtt
async def test_a_failing_store_gets_the_message_again_when_it_has_recovered(broker: mosquitto.Broker) -> None:
    shelf = Shelf()
    shelf.fail = OSError("disk full")
    async with opened(make_door(broker, shelf)) as door:
        await publish(broker, ("frigate/events", b"a"), ("frigate/events", b"b"))
        await until(lambda: shelf.offered >= 2)
        shelf.fail = None
        await until(lambda: sorted(set(shelf.bodies)) == [b"a", b"b"])
        assert door.tally.connections >= 2


@pytest.mark.mqtt
async def test_an_unwanted_message_is_acknowledged_and_counted(broker: mosquitto.Broker) -> None:
    shelf = Shelf()
    shelf.fail = Unwanted("too large")
    async with opened(make_door(broker, shelf)) as door:
        await publish(broker, ("frigate/events", b"x" * 100_000), ("wardline/nobody/s", b"x"))
        await until(lambda: door.tally.unwanted == 1 and door.tally.unrouted == 1)
        shelf.fail = None
        await publish(broker, ("frigate/events", b"good"))
        await until(lambda: shelf.bodies == [b"good"])
        assert door.tally.connections == 1


@pytest.mark.mqtt
async def test_a_restarted_broker_finds_us_again_and_nothing_is_lost(broker: mosquitto.Broker) -> None:
    shelf = Shelf()
    async with opened(make_door(broker, shelf)) as door:
        for round_ in range(3):
            await publish(broker, *[("frigate/events", f"{round_}-{n}".encode()) for n in range(100)])
            await asyncio.to_thread(broker.stop)
            await until(lambda: not door.is_connected)
            await asyncio.to_thread(broker.start)
            await until(lambda: door.is_connected)
        await until(lambda: len(set(shelf.bodies)) == 300)


@pytest.mark.mqtt
async def test_two_processes_divide_the_messages(broker: mosquitto.Broker) -> None:
    first, second = Shelf(), Shelf()
    async with opened(make_door(broker, first, "?client_id=one")), opened(make_door(broker, second, "?client_id=two")):
        await publish(broker, *[("frigate/events", f"{n}".encode()) for n in range(200)])
        await until(lambda: len(first.kept) + len(second.kept) == 200)
        await asyncio.sleep(0.2)
    assert len(first.kept) + len(second.kept) == 200
    assert first.kept
    assert second.kept


@pytest.mark.mqtt
async def test_killed_at_any_moment_it_loses_nothing_that_was_published(
    broker: mosquitto.Broker, tmp_path: Path
) -> None:
    """A process with a door is killed (SIGKILL) and started again, six times, while messages keep coming."""
    kept = tmp_path / "kept"
    dice = random.Random(20260501)

    def start() -> Process:
        ready = tmp_path / f"ready-{dice.random()}"
        command = [sys.executable, "-m", "tests.services.intake.door_process", broker.url, str(kept), str(ready)]
        process = Process(command, log=tmp_path / "log")
        process.start(ready.exists, within_s=30)
        return process

    door = await asyncio.to_thread(start)
    total = 0
    for _ in range(6):
        stop = asyncio.create_task(asyncio.sleep(dice.uniform(0.01, 0.4)))
        async with aiomqtt.Client("127.0.0.1", broker.port) as client:
            while not stop.done():
                await client.publish("frigate/events", f"{total}".encode(), qos=1)
                total += 1
        door.kill()
        door = await asyncio.to_thread(start)
    wanted = {f"{n}" for n in range(total)}
    await until(lambda: set(kept.read_text().split()) >= wanted, within_s=30)
    door.stop()
    assert set(kept.read_text().split()) == wanted
