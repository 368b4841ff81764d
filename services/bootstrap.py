"""The only place where the parts are joined."""

import asyncio
import functools
import gc
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import structlog
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp
from starlette.websockets import WebSocket

from dispatch.access import Actor
from dispatch.city import Source
from dispatch.citymap import City
from dispatch.ids import MessageId, SourceId
from services.api.app import create_app
from services.api.guard import API_HEADERS, Guard
from services.api.identity import find_actors, find_caller
from services.api.logins import refuse_demo_accounts
from services.api.problems import Problem, install, refusal_to_answer
from services.api.refusals import REFUSALS
from services.api.routes.metrics import overview_of
from services.api.vault import Vault
from services.engine import state
from services.engine.desk import Desk
from services.engine.follow import Follower
from services.engine.people import actor_of
from services.engine.pulled import LineState
from services.engine.refusals import Overloaded
from services.engine.renewal import Renewal
from services.engine.senders import Senders
from services.engine.tally import FLUSH_EVERY_S, Tally
from services.engine.turn import Change
from services.entrances import LateClient, make_asker, make_drop, make_mqtt_door, make_puller
from services.feeds import Ask, load_feeds
from services.intake.darkroom import Darkroom
from services.intake.doors import Doors, FindSource
from services.intake.receive import Inbox
from services.jobs.chores import CityChores
from services.jobs.schedule import Schedule
from services.live.calls import Switchboard
from services.live.hub import Hub
from services.live.notices import EVERY_S as NOTICES_EVERY_S
from services.live.notices import Notifier
from services.live.push import Pusher
from services.live.relay import Relay
from services.live.snapshot import Snapshots
from services.live.socket import LiveEndpoint
from services.live.tracks import Tracks
from services.live.watch import Pass, Watch
from services.live.webpush import make_sealer
from services.notify.letters import make_letters
from services.observe import clock, memory
from services.partners.forwarder import make_forwarder
from services.settings import Settings
from services.store import accounts, import_queries, packs, sources
from services.store.accounts import hash_secret
from services.store.bucket_shelf import open_shelf
from services.store.database import Database
from services.store.inbox import Message
from services.store.journal import Entry, Notice
from services.store.lease import EngineElsewhere, Lease
from services.store.pictures import PictureFolder

SWITCH_INTERVAL_S = 0.002
"""How long one thread may keep the interpreter while another waits. Python's 5 ms would be most of our latency: the
writer's thread wakes for every commit. A quarter of this makes a full server a third slower: it switches too much."""
GC_THRESHOLD = 2_000
"""Objects made before the collector looks at them: two milliseconds in which nothing else runs. Few of ours are among
them (frozen values have no cycles), so it finds little."""
ASK_EVERY_S = 0.1
KEY_MAX = 200
"""A longer key is none of ours and is not looked up."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Platform:
    """The parts, joined."""

    settings: Settings
    db: Database
    desk: Desk
    renewal: Renewal
    inbox: Inbox
    hub: Hub
    measures: Tally
    follower: Follower
    schedule: Schedule
    relay: Relay
    pusher: Pusher
    tracks: Tracks
    overview: Callable[[Actor], Awaitable[Any]]
    lines: Mapping[SourceId, LineState]
    started_at: datetime

    @property
    def city(self) -> City:
        """The city as the engine has it now: a new version of its pack replaces it while all runs."""
        return self.desk.city

    @property
    def switchboard(self) -> Switchboard:
        """Tells the hotline's calls; it keeps nothing."""
        return Switchboard(self.hub, lambda: self.city.hotline)


@asynccontextmanager
async def run_platform(settings: Settings, db: Database, city: City) -> AsyncIterator[Platform]:
    """Start engine, relay, jobs and doors; stop them in reverse when the block ends.

    :raises EngineElsewhere: if another process runs the engine on this database.
    :raises DemoAccounts: if a server that is no demo finds accounts with the published password.
    """
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    lease = Lease(db)
    lease.take()
    async with AsyncExitStack() as stack:
        stack.callback(lease.free)
        if not settings.demo:
            with db.engine.connect() as connection:
                refuse_demo_accounts(connection)
        db.open()
        stack.push_async_callback(db.close)
        platform = await _join(settings, db, city, lease, stack)
        memory.give_back()
        yield platform


async def run_engine_until_read(
    db: Database, city: City, feed: str, source: SourceId, bodies: Iterable[bytes]
) -> list[MessageId]:
    """Store the messages and return their ids once they are read: here, or by the server that is running."""
    lease = Lease(db)
    db.open()
    async with AsyncExitStack() as stack:
        stack.push_async_callback(db.close)
        try:
            lease.take()
        except EngineElsewhere:
            inbox = Inbox(db, load_feeds(), _leave_it, lambda: 0)
        else:
            stack.callback(lease.free)
            tally = Tally(db, city.timezone)
            desk = Desk(
                db, city, load_feeds(), lambda entries, changes, _: _count(tally, entries, changes), lease.confirm
            )
            await tally.start()
            await desk.start()
            stack.push_async_callback(tally.flush)
            stack.push_async_callback(desk.stop)
            inbox = Inbox(db, desk.feeds, desk.hand_over, desk.waiting)
        ids: list[MessageId] = []
        for body in bodies:
            ids.extend(await _receive_patiently(inbox, feed, source, body))
        while await db.read(lambda connection: import_queries.count_pending(connection, ids)):
            await asyncio.sleep(ASK_EVERY_S)
        return ids


async def _receive_patiently(inbox: Inbox, feed: str, source: SourceId, body: bytes) -> list[MessageId]:
    """Store the body as soon as the engine has caught up: a file may hold more than may wait."""
    while True:
        try:
            return await inbox.receive(feed, source, body, clock.now())
        except Overloaded:
            await asyncio.sleep(ASK_EVERY_S)


def _leave_it(_messages: Sequence[Message]) -> None:
    """The server that runs takes up what lies in the inbox."""


def _count(tally: Tally, entries: Sequence[Entry], changes: Sequence[Change]) -> None:
    if entries:
        tally.note(changes, entries[-1].seq)


async def _join(settings: Settings, db: Database, city: City, lease: Lease, stack: AsyncExitStack) -> Platform:
    feeds = load_feeds()
    hub, tally, follower = Hub(), Tally(db, city.timezone), Follower(db, lambda: desk.city.codes)

    async def overview(actor: Actor) -> Any:
        return await overview_of(db, tally, desk.city, actor)

    relay = Relay(db, hub, overview)

    def publish(entries: Sequence[Entry], changes: Sequence[Change], notices: Sequence[Notice]) -> None:
        hub.publish(entries)
        if entries:
            tally.note(changes, entries[-1].seq)
            follower.note(entries, changes)
            relay.note(notices)

    def ask(asks: Sequence[tuple[SourceId, Ask]]) -> None:
        asker.take(asks)

    desk = Desk(db, city, feeds, publish, lease.confirm, ask)
    darkroom = Darkroom(db, PictureFolder(open_shelf(settings)))
    inbox = Inbox(db, feeds, desk.hand_over, desk.waiting, darkroom.keep, desk.waiting_of, desk.offer)
    door = make_mqtt_door(settings, feeds, desk, inbox)
    asker = make_asker(settings, desk, inbox, door)
    await tally.start()
    await follower.start()
    await desk.start()
    for end in (tally.flush, follower.flush, desk.stop):
        stack.push_async_callback(end)
    hub.seq = desk.state.seq
    client = LateClient()
    stack.push_async_callback(client.close)
    pusher = Pusher(db, lambda: desk.city, make_sealer(settings), client.get)
    tracks = Tracks(db, desk, timedelta(hours=settings.track_keep_hours))
    forwarder = make_forwarder(settings, db, desk)
    newest = await db.read(packs.find_newest_version)
    renewal = Renewal(db, desk, newest.version if newest else None, hub.tell_city)
    stack.push_async_callback(renewal.stop)
    telling = make_letters(settings, db, lambda: desk.city, client.get, Vault(settings).open_or_nothing)
    chores = CityChores(settings, desk, tally, renewal, pusher, tracks, telling, forwarder)
    schedule = Schedule(chores, timezone=city.timezone, now=clock.now, speed=clock.speed())
    schedule.start()
    stack.callback(schedule.stop)
    _run_beside(stack, relay.run(desk))
    _run_beside(stack, Watch(hub, functools.partial(find_actors, db, settings, city)).run())
    _run_beside(stack, _flush_forever("measures", tally.flush, lambda: FLUSH_EVERY_S))
    _run_beside(stack, _flush_forever("notices", Notifier(db, hub).tell_due, lambda: NOTICES_EVERY_S))
    _run_beside(stack, _follow_forever(follower))
    puller = make_puller(settings, db, desk, inbox)
    for part in (darkroom, asker, door, make_drop(settings, desk, inbox), puller):
        if part:
            _run_beside(stack, part.run())
    _calm_the_collector()
    return Platform(
        settings,
        db,
        desk,
        renewal,
        inbox,
        hub,
        tally,
        follower,
        schedule,
        relay,
        pusher,
        tracks,
        overview,
        puller.states,
        clock.now(),
    )


def _calm_the_collector() -> None:
    """What is here now stays: the collector need not look at it again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(GC_THRESHOLD, 20, 50)


def _run_beside(stack: AsyncExitStack, work: Coroutine[Any, Any, None]) -> None:
    """Run the work as a task until the stack is left."""
    task = asyncio.create_task(work)

    async def end() -> None:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    stack.push_async_callback(end)


async def _flush_forever(name: str, flush: Callable[[], Awaitable[object]], pause_s: Callable[[], float]) -> None:
    while True:
        await asyncio.sleep(pause_s())
        try:
            await flush()
        except Exception as error:  # noqa: BLE001 - outermost loop: what is not written now is written with the next
            log.error(f"{name} not written", error=f"{type(error).__name__}: {error}")


async def _follow_forever(follower: Follower) -> None:
    try:
        await follower.catch_up()
    except Exception as error:  # noqa: BLE001 - what is left undone is taken up at the next start
        log.error("search index not caught up", error=f"{type(error).__name__}: {error}")
    await _flush_forever("search index", follower.flush_some, follower.pause_s)


# --- the doors -----------------------------------------------------------------------------------------------


def make_app(platform: Platform) -> ASGIApp:
    """Return the application: the intake's doors, and behind them API, live socket and screens."""
    app = create_app(platform)
    usernames = functools.partial(platform.db.read, accounts.find_usernames_of_workers)
    live = LiveEndpoint(
        platform.db,
        platform.hub,
        lambda: platform.city,
        _authenticator(platform),
        Snapshots(platform.desk, platform.hub, usernames, platform.overview).take,
        platform.relay.joined,
    )
    app.router.routes.insert(0, WebSocketRoute("/ws/live", live.serve))
    finder = _source_finder(platform.db, lambda: platform.desk.state.senders)
    return _with_doors(app, platform.inbox, finder, platform.settings)


def make_intake_app(settings: Settings, db: Database, city: City) -> ASGIApp:
    """Return the doors alone: what they store is read by the process that has the engine."""
    with db.engine.connect() as connection:
        senders = state.load_senders(connection, city)
    app = FastAPI(title="Wardline intake", openapi_url=None, docs_url=None, redoc_url=None)
    install(app, REFUSALS)
    app.add_middleware(Guard)
    app.router.routes.append(Route("/healthz", _say_alive))
    # Pictures are put down here and developed where the engine is, in the same data folder or bucket.
    darkroom = Darkroom(db, PictureFolder(open_shelf(settings)))
    inbox = Inbox(db, load_feeds(), _leave_it, lambda: 0, darkroom.keep)
    return _with_doors(app, inbox, _source_finder(db, lambda: senders), settings)


def _with_doors(app: FastAPI, inbox: Inbox, find_source: FindSource, settings: Settings) -> ASGIApp:
    def tell(request: Request, error: Exception) -> Response:
        return refusal_to_answer(request, error, REFUSALS)

    limit = settings.message_max_bytes
    return Doors(inbox, find_source, tell=tell, headers=API_HEADERS, guard=Guard, rest=app, message_max_bytes=limit)


async def _say_alive(_request: Request) -> Response:
    return Response('{"status":"ok"}', media_type="application/json")


def _source_finder(db: Database, senders_now: Callable[[], Senders]) -> FindSource:
    """Return how a key leads to its source: from memory, and once from the database for one made elsewhere."""

    async def find(key: str) -> Source | None:
        senders, key_hash = senders_now(), hash_secret(key)
        known = senders.find_by_key(key_hash)
        if known is not None or len(key) > KEY_MAX:
            return known
        found = await db.read(lambda connection: sources.find_by_key(connection, key_hash))
        if found is None:
            return None
        source_id, made = found
        if made is not None:
            senders.add(made)
        senders.add_key(key_hash, source_id)
        return senders.find(source_id)

    return find


def _authenticator(platform: Platform) -> Callable[[WebSocket], Awaitable[Pass | None]]:
    """Return how a socket is let in: by the same credentials, and the same question, as a request."""

    async def authenticate(socket: WebSocket) -> Pass | None:
        if "authorization" not in socket.headers and not _is_same_origin(socket):
            return None
        try:
            caller = await find_caller(socket)
        except Problem:
            return None
        if caller is None or caller.account is None or caller.must_enrol:
            return None
        return Pass(actor=actor_of(caller.account, platform.city), key=caller.key)

    return authenticate


def _is_same_origin(socket: WebSocket) -> bool:
    """A browser sends the cookie to whoever opens a socket; only our own pages may use it (RFC 6455, 10.2)."""
    origin = socket.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == socket.headers.get("host", "")
