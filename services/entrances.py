"""How the doors beside HTTP are joined to the inbox and the engine: broker, lines, folder, and what is asked."""

import asyncio
import functools
from collections.abc import Mapping, Sequence
from datetime import datetime

import httpx

from dispatch.city import Source
from dispatch.citymap import City
from dispatch.ids import SourceId
from services.engine.desk import Desk
from services.engine.refusals import TooManyParts, UnknownFeed
from services.feeds import Feed
from services.intake.asking import Asker
from services.intake.drop import Drop
from services.intake.mqtt import Broker, MqttDoor, Routes
from services.intake.pulls.credentials import Credentials
from services.intake.pulls.puller import Puller
from services.intake.receive import Inbox, Unwanted
from services.intake.speakers import Speakers
from services.observe import clock
from services.settings import Settings
from services.store import sources
from services.store.database import Database


def make_puller(settings: Settings, db: Database, desk: Desk, inbox: Inbox) -> Puller:
    """Return what keeps the lines to devices that are pulled."""

    async def list_sources() -> Sequence[Source]:
        """The pack's, and those made by hand, of whom another process may have made some."""
        senders = desk.state.senders
        for made in await db.read(sources.list_pulled):
            if senders.find(made.id) is None:
                senders.add(made)
        return [source for source in senders if source.pull]

    async def receive(source: Source, body: bytes, pictures: Sequence[bytes]) -> None:
        await _receive_wanted(settings, inbox, source, body, clock.now(), pictures)

    async def hear(source: Source, heartbeat: bytes) -> None:
        senders = desk.state.senders
        if source.id in senders.lost:
            # That it is back is a fact, so it comes as a message.
            await inbox.receive(source.feed, source.id, heartbeat, clock.now())
        else:
            senders.hear(source.id, clock.now())

    return Puller(list_sources, Credentials(settings.pull_secrets), receive=receive, hear=hear, now=clock.now)


def make_asker(settings: Settings, desk: Desk, inbox: Inbox, door: MqttDoor | None) -> Asker:
    """Return who asks senders what their messages would have us ask."""

    async def bring(source: Source, message: bytes, pictures: Sequence[bytes]) -> object:
        return await inbox.receive(source.feed, source.id, message, clock.now(), pictures)

    def find(source_id: SourceId) -> Source | None:
        return desk.state.senders.find(source_id)

    return Asker(
        find,
        Credentials(settings.pull_secrets),
        tell=door.publish if door else None,
        bring=bring,
    )


def make_drop(settings: Settings, desk: Desk, inbox: Inbox) -> Drop | None:
    """Return what takes in dropped files; None without a folder."""
    folder = settings.drop_dir
    if folder is None:
        return None

    def find_source(feed: str, name: str) -> Source | None:
        senders = desk.state.senders
        found = senders.find(SourceId(name)) or senders.find(SourceId(f"{feed}:{name}"))
        return found if found and found.feed == feed else senders.find_named(feed, name)

    async def store(source: Source, body: bytes, at: datetime) -> object:
        return await _receive_wanted(settings, inbox, source, body, at)

    return Drop(folder, find_source=find_source, store=store, now=clock.now, size_max=settings.message_max_bytes)


async def _receive_wanted(
    settings: Settings, inbox: Inbox, source: Source, body: bytes, at: datetime, pictures: Sequence[bytes] = ()
) -> object:
    """Store a message that nobody waits for an answer to.

    :raises Unwanted: if it can never be stored.
    """
    if len(body) > settings.message_max_bytes:
        raise Unwanted(f"{len(body)} bytes; at most {settings.message_max_bytes}")
    try:
        return await inbox.receive(source.feed, source.id, body, at, pictures)
    except (UnknownFeed, TooManyParts) as refusal:
        raise Unwanted(str(refusal)) from None


def make_mqtt_door(settings: Settings, feeds: Mapping[str, Feed], desk: Desk, inbox: Inbox) -> MqttDoor | None:
    """Return the door to the broker; None without one."""
    if not settings.mqtt_url:
        return None

    async def store(feed: str, source: SourceId, body: bytes, at: datetime) -> object:
        if len(body) > settings.message_max_bytes:
            raise Unwanted(f"{len(body)} bytes; at most {settings.message_max_bytes}")
        try:
            return await inbox.receive(feed, source, body, at)
        except (UnknownFeed, TooManyParts) as refusal:
            raise Unwanted(str(refusal)) from None

    @functools.lru_cache(maxsize=1)
    def speakers_of(city: City) -> Speakers:
        return Speakers(feeds, city.codes.sources.values(), lambda: desk.state.senders)

    return MqttDoor(
        Broker.from_url(settings.mqtt_url, identity=settings.database_url),
        Routes.of(
            {feed.name: feed.mqtt_topics for feed in feeds.values()},
            addressed=(feed.name for feed in feeds.values() if feed.has_address),
        ),
        store=store,
        find_sender=lambda feed, names, body: speakers_of(desk.city).find(feed, names, body),
        now=clock.now,
    )


class LateClient:
    """Makes the client of push services and gateways when the first is asked, in a thread: to read whom it trusts takes
    a tenth of a start.
    """

    def __init__(self) -> None:
        self._made: asyncio.Task[httpx.AsyncClient] | None = None

    async def get(self) -> httpx.AsyncClient:
        """Return the client, the same each time."""
        if self._made is None:
            making = asyncio.to_thread(httpx.AsyncClient, follow_redirects=False, trust_env=True)
            self._made = asyncio.create_task(making)
        return await asyncio.shield(self._made)

    async def close(self) -> None:
        """End its connections, if it was ever asked for."""
        if self._made is not None:
            await (await self._made).aclose()
