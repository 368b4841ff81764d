"""The MQTT door: takes what brokers hold for us, and acknowledges a message when it is durable, not before.

MQTT 5, QoS 1. The session outlives the connection (`clean_start` off, expiry `SESSION_EXPIRY_S`): what is published
while we are away waits at the broker, and what we had not acknowledged comes again. A message that comes again has the
id that it had, so it changes nothing. The subscription is shared (`$share/wardline/...`): several processes with
different client ids divide the messages among them.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b
from ssl import create_default_context
from urllib.parse import parse_qs, unquote, urlsplit

import structlog
from aiomqtt import Client, Message, MqttError, ProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from dispatch.ids import SourceId
from services.feeds import with_address
from services.intake.receive import Unwanted

BATCH_MAX = 256
"""Most messages that are stored together: one commit for all of them."""
UNACKNOWLEDGED_MAX = 2 * BATCH_MAX
"""Most messages the broker may send ahead of our acknowledgements; it bounds our memory."""
SESSION_EXPIRY_S = 7 * 24 * 3600
"""How long the broker keeps our session while we are away."""
KEEPALIVE_S = 30
TIMEOUT_S = 10.0
RETRY_FIRST_S, RETRY_MAX_S = 0.5, 30.0
"""The first and the longest wait before connecting again; each wait is twice the one before, give or take a quarter."""
SHARE_GROUP = "wardline"
OWN_TOPIC = "wardline/+/+"
"""`wardline/{feed}/{source}`: for whoever can choose the topic."""

_PORTS = {"mqtt": 1883, "mqtts": 8883}

_log = structlog.get_logger(__name__)


class BadBrokerUrl(ValueError):
    """WARDLINE_MQTT_URL is not `mqtt[s]://[user[:password]@]host[:port][?client_id=...&group=...]`."""


class SubscriptionRefused(MqttError):
    """The broker does not let this account subscribe."""


Store = Callable[[str, SourceId, bytes, datetime], Awaitable[object]]
"""(feed, source, body, received at): returns once the message is durable; raises `Unwanted` if it never can be."""
FindSender = Callable[[str, Sequence[str], bytes], SourceId]
"""(feed, names in the topic, body): who speaks. An unknown sender has a name too: its messages go to quarantine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Broker:
    """Where the broker is and who we are to it."""

    host: str
    port: int
    is_tls: bool = False
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    client_id: str
    group: str = SHARE_GROUP

    @classmethod
    def from_url(cls, url: str, *, identity: str) -> "Broker":
        """Read the URL. `identity` is what makes this installation itself (its data folder, its host).

        The client id follows from it, so that a restarted process finds its session again.

        :raises BadBrokerUrl: without the URL in the text, which may hold a password.
        """
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise BadBrokerUrl("WARDLINE_MQTT_URL cannot be read as a URL") from None
        if parts.scheme not in _PORTS or not parts.hostname:
            raise BadBrokerUrl("WARDLINE_MQTT_URL must be mqtt://host or mqtts://host")
        query = {name: values[-1] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
        return cls(
            host=parts.hostname,
            port=port or _PORTS[parts.scheme],
            is_tls=parts.scheme == "mqtts",
            username=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password else None,
            client_id=query.get("client_id") or f"wardline-{blake2b(identity.encode(), digest_size=6).hexdigest()}",
            group=query.get("group", SHARE_GROUP),
        )


@dataclass(frozen=True, slots=True)
class Routes:
    """Which feed a topic belongs to, and the names that the topic holds."""

    feeds: Mapping[str, str]
    """topic filter -> feed."""
    names: frozenset[str]
    """every feed, for `wardline/{feed}/{source}`."""
    addressed: frozenset[str] = frozenset()
    """feeds whose messages are stored with their topic."""

    @classmethod
    def of(cls, topics: Mapping[str, Iterable[str]], addressed: Iterable[str] = ()) -> "Routes":
        """Make them from feed -> its topic filters."""
        by_filter = {topic: feed for feed, filters in topics.items() for topic in filters}
        return cls(by_filter, frozenset(topics), frozenset(addressed))

    @property
    def filters(self) -> tuple[str, ...]:
        return (*self.feeds, OWN_TOPIC)

    def find(self, topic: str) -> tuple[str, tuple[str, ...]] | None:
        """Return the feed and the names in the topic, the most particular first; None if no feed speaks there."""
        levels = topic.split("/")
        if levels[0] == "wardline" and len(levels) == 3:
            return (levels[1], (levels[2],)) if levels[1] in self.names else None
        for wanted, feed in self.feeds.items():
            found = _match(wanted.split("/"), levels)
            if found is not None:
                # A topic without wildcards names its sender by its first level: Frigate's `topic_prefix`.
                return feed, found[::-1] or (levels[0],)
        return None


def _match(wanted: Sequence[str], levels: Sequence[str]) -> tuple[str, ...] | None:
    """Return the levels that stand at the filter's `+`; None if the topic does not match (MQTT 5, 4.7).

    What stands at `#` may be anything, and names nobody.
    """
    if wanted[-1:] == ["#"]:
        return _match(wanted[:-1], levels[: len(wanted) - 1])
    if len(wanted) != len(levels) or any(w not in ("+", level) for w, level in zip(wanted, levels, strict=True)):
        return None
    return tuple(level for w, level in zip(wanted, levels, strict=True) if w == "+")


@dataclass(slots=True)
class Tally:
    """What the door has done since the process started."""

    stored: int = 0
    unwanted: int = 0
    unrouted: int = 0
    connections: int = 0


class _Connection(Client):
    """A client that acknowledges when it is told to."""

    def __init__(self, broker: Broker) -> None:
        connect = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        connect.SessionExpiryInterval = SESSION_EXPIRY_S
        connect.ReceiveMaximum = UNACKNOWLEDGED_MAX
        super().__init__(
            broker.host,
            broker.port,
            username=broker.username,
            password=broker.password,
            identifier=broker.client_id,
            protocol=ProtocolVersion.V5,
            clean_start=False,
            keepalive=KEEPALIVE_S,
            timeout=TIMEOUT_S,
            properties=connect,
            tls_context=create_default_context() if broker.is_tls else None,
        )
        # aiomqtt has no option for it. It must be said before connecting: a resumed session speaks at once.
        self._client.manual_ack_set(True)

    async def take(self) -> list[Message]:
        """Wait for a message and return it with those that have come with it, in order, at most BATCH_MAX."""
        queue = self.messages
        messages = [await anext(queue)]
        while len(queue) and len(messages) < BATCH_MAX:
            messages.append(await anext(queue))
        return messages

    def acknowledge(self, messages: Sequence[Message]) -> None:
        """Tell the broker, in the order in which they came (MQTT 5, 4.6), that it may forget them."""
        for message in messages:
            self._client.ack(message.mid, message.qos)


class MqttDoor:
    """Takes messages from one broker for as long as `run()` runs; comes back by itself when the broker goes."""

    def __init__(
        self, broker: Broker, routes: Routes, *, store: Store, find_sender: FindSender, now: Callable[[], datetime]
    ) -> None:
        self.broker = broker
        self.routes = routes
        self.tally = Tally()
        self._connection: _Connection | None = None
        self._store = store
        self._find_sender = find_sender
        self._now = now

    async def run(self) -> None:
        """Take messages until cancelled."""
        wait_s = RETRY_FIRST_S
        while True:
            stored = self.tally.stored
            try:
                await self._take_while_connected()
            except Exception as error:  # noqa: BLE001 - outermost loop: whatever fails, what we hold comes again
                _log.warning("mqtt_connection_lost", host=self.broker.host, error=f"{type(error).__name__}: {error}")
            if self.tally.stored > stored:
                wait_s = RETRY_FIRST_S
            await asyncio.sleep(wait_s * random.uniform(0.75, 1.25))
            wait_s = min(2 * wait_s, RETRY_MAX_S)

    async def _take_while_connected(self) -> None:
        async with AsyncExitStack() as stack:
            connection = await stack.enter_async_context(_Connection(self.broker))
            await self._subscribe(connection)
            self.tally.connections += 1
            self._connection = connection
            stack.callback(self._note_disconnected)
            _log.info("mqtt_connected", host=self.broker.host, port=self.broker.port, client_id=self.broker.client_id)
            while True:
                messages = await connection.take()
                await self._store_all(messages)
                connection.acknowledge(messages)

    async def _subscribe(self, connection: _Connection) -> None:
        options = SubscribeOptions(qos=1, retainHandling=SubscribeOptions.RETAIN_SEND_IF_NEW_SUB)
        share = f"$share/{self.broker.group}/" if self.broker.group else ""
        answers = await connection.subscribe([(f"{share}{topic}", options) for topic in self.routes.filters])
        refused = [
            topic
            for topic, answer in zip(self.routes.filters, answers, strict=True)
            if isinstance(answer, ReasonCode) and answer.is_failure
        ]
        if refused:
            raise SubscriptionRefused(f"the broker refuses {', '.join(refused)}")

    def _note_disconnected(self) -> None:
        self._connection = None

    @property
    def is_connected(self) -> bool:
        return self._connection is not None

    async def publish(self, topic: str, payload: bytes) -> bool:
        """Tell a sender something, once and unacknowledged (QoS 0); return whether there was a broker to tell it to."""
        if self._connection is None:
            return False
        try:
            await self._connection.publish(topic, payload, qos=0)
        except MqttError as error:
            _log.warning("mqtt_not_published", topic=topic, error=str(error))
            return False
        return True

    async def _store_all(self, messages: Sequence[Message]) -> None:
        """Return when all are durable. They are asked for together, so that they share commits."""
        at = self._now()
        outcomes = await asyncio.gather(*(self._store_one(message, at) for message in messages), return_exceptions=True)
        failed = next((outcome for outcome in outcomes if isinstance(outcome, BaseException)), None)
        if failed is not None:
            raise failed

    async def _store_one(self, message: Message, at: datetime) -> None:
        found = self.routes.find(message.topic.value)
        if found is None:
            self.tally.unrouted += 1
            _log.warning("mqtt_topic_unknown", topic=message.topic.value)
            return
        feed, names = found
        body = bytes(message.payload)
        if feed in self.routes.addressed:
            body = with_address(message.topic.value, body)
        try:
            await self._store(feed, self._find_sender(feed, names, body), body, at)
        except Unwanted as refusal:
            self.tally.unwanted += 1
            _log.warning("mqtt_message_unwanted", feed=feed, topic=message.topic.value, why=str(refusal))
            return
        self.tally.stored += 1
