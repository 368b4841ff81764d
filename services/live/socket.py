"""`/ws/live`: subscribe, snapshot or catch-up, then facts as they are committed (docs/live-protocol.md)."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Annotated, Literal, Protocol

import msgspec
from starlette.websockets import WebSocket, WebSocketDisconnect

from dispatch.access import Actor, list_within
from dispatch.citymap import City
from dispatch.ids import AreaCode
from services.live.frames import entry_json, facts_frames
from services.live.hub import Hub, Listener, grant, may_hear
from services.live.watch import Pass
from services.store import journal
from services.store.database import Database

HEARTBEAT_S = 10.0
"""The protocol promises one at least every 15 s."""
DESK_HEARTBEAT_S = 4.0
"""A desk says within ten seconds that its line is dead, so it is told twice in that time that it lives. A phone that
was woken so often would be empty by noon."""
SUBSCRIBE_WITHIN_S = 10.0
"""An open socket that says nothing is closed."""
CATCH_UP_MAX = 20_000
"""Facts that are sent one by one to a client that comes back; past it a snapshot is cheaper for both."""
PAGE = 2_000
SEND_WITHIN_S = 20.0
"""A send that does not get through is a dead peer."""
REST_S = 0.02
"""What comes so soon after a frame to a desk goes with the next one. A screen draws no oftener, and what twenty desks
cost does not grow with how much happens. A phone, which hears of its own tasks alone, is told at once."""
FIRST_FRAME_MAX = 4_096

UNAUTHENTICATED, FORBIDDEN, BAD_REQUEST, RESYNC = 4401, 4403, 4400, 4409
"""Close codes of our own (RFC 6455 leaves 4000-4999 to applications)."""


class Subscribe(msgspec.Struct, tag="subscribe", tag_field="type"):
    """The client's first frame."""

    topics: Annotated[frozenset[Literal["cases", "workers", "tasks", "metrics", "calls"]], msgspec.Meta(min_length=1)]
    after: Annotated[int, msgspec.Meta(ge=0)] | None = None
    area: str | None = None
    snapshot: Literal["whole", "parts"] = "whole"


_decoder = msgspec.json.Decoder(Subscribe)
_encode = msgspec.json.Encoder().encode

Authenticate = Callable[[WebSocket], Awaitable[Pass | None]]
OnJoin = Callable[[Actor], None]


class Snapshot(Protocol):
    """(who, topics, areas, at that instant) -> the snapshot's frames, taken between two turns of the engine."""

    def __call__(
        self,
        actor: Actor,
        topics: frozenset[str],
        areas: frozenset[str],
        at_that_instant: Callable[[], None],
        *,
        in_parts: bool = False,
    ) -> AsyncIterator[bytes]: ...


class LiveEndpoint:
    """Serves one socket after the other; holds nothing but what it was made with."""

    def __init__(
        self,
        db: Database,
        hub: Hub,
        city: Callable[[], City],
        authenticate: Authenticate,
        snapshot: Snapshot,
        on_join: OnJoin,
    ) -> None:
        """`city` is asked for each socket: a new version of the pack replaces it."""
        self.db, self.hub, self.city = db, hub, city
        self.authenticate, self.snapshot, self.on_join = authenticate, snapshot, on_join

    async def serve(self, socket: WebSocket) -> None:
        """Serve the socket until either side ends it."""
        await socket.accept()
        admitted = await self.authenticate(socket)
        if admitted is None:
            await _refuse(socket, UNAUTHENTICATED, "log in first, or send a valid token")
            return
        actor = admitted.actor
        subscribe = await _read_subscribe(socket)
        if subscribe is None:
            return
        topics = grant(actor, subscribe.topics)
        if not topics:
            await _refuse(socket, FORBIDDEN, f"you may not listen to {', '.join(sorted(subscribe.topics))}")
            return
        areas = list_within(self.city().codes.areas, AreaCode(subscribe.area)) if subscribe.area else frozenset()
        if subscribe.area and not areas:
            await _refuse(socket, BAD_REQUEST, f"the city has no area {subscribe.area!r}")
            return
        listener = Listener(actor, topics, areas, admitted.key)
        try:
            await self._serve(socket, listener, subscribe)
        except (WebSocketDisconnect, TimeoutError, RuntimeError, OSError):
            # The peer is gone, in one of the ways in which the server library tells it.
            return
        finally:
            self.hub.leave(listener)

    async def _serve(self, socket: WebSocket, listener: Listener, subscribe: Subscribe) -> None:
        listener.hold()
        self.hub.join(listener)
        await self._catch_up(socket, listener, subscribe)
        listener.release()
        self.on_join(listener.actor)
        reader = asyncio.ensure_future(_read_until_closed(socket))
        reader.add_done_callback(lambda _: listener.awake.set())
        try:
            await self._pump(socket, listener, reader)
        finally:
            reader.cancel()

    async def _catch_up(self, socket: WebSocket, listener: Listener, subscribe: Subscribe) -> None:
        """Send all up to now: the facts since `after` where they can be served, else a snapshot."""
        reached, after = self.hub.seq, subscribe.after
        if after is not None and after <= reached and reached - after <= CATCH_UP_MAX:
            await self._send_since(socket, listener, after, reached)
            return
        if after is not None:
            reason = "the server's journal is shorter than yours" if after > reached else "too far behind"
            await _send(socket, _encode({"type": "resync", "reason": reason}).decode())
        in_parts = subscribe.snapshot == "parts"
        frames = self.snapshot(listener.actor, listener.topics, listener.areas, listener.hold, in_parts=in_parts)
        async for frame in frames:
            await _send(socket, frame.decode())

    async def _send_since(self, socket: WebSocket, listener: Listener, after: int, until: int) -> None:
        while after < until:
            start = after
            page = await self.db.read(lambda c, s=start: journal.list_after(c, s, PAGE, until=until))  # type: ignore[misc]
            if not page:
                return
            after = page[-1].seq
            for frame in facts_frames([entry_json(entry) for entry in page if may_hear(listener, entry)]):
                await _send(socket, frame)
        await _send(socket, _heartbeat(until))

    async def _pump(self, socket: WebSocket, listener: Listener, reader: "asyncio.Future[None]") -> None:
        loop = asyncio.get_running_loop()
        beat = _Beat(loop, listener)
        # One time limit that is moved, not one for each frame: thousands of frames a second pass here.
        try:
            async with asyncio.timeout(None) as limit:
                while not reader.done():
                    if listener.revoked:
                        await _refuse(socket, UNAUTHENTICATED, listener.lost)
                        return
                    if listener.lost:
                        self.hub.dropped += 1
                        await _refuse(socket, RESYNC, listener.lost, kind="resync")
                        return
                    # What is taken here holds all facts up to this seq: it may be told once they are sent.
                    frames, reached = listener.take(), self.hub.seq
                    if beat.is_due():
                        frames.append(_heartbeat(reached))
                    if not frames:
                        await listener.awake.wait()
                        continue
                    limit.reschedule(loop.time() + SEND_WITHIN_S)
                    for frame in frames:
                        await socket.send_text(frame)
                    limit.reschedule(None)
                    if not listener.actor.worker_id:
                        await asyncio.sleep(REST_S)
        finally:
            beat.stop()


class _Beat:
    """Wakes a listener's pump when a heartbeat is due."""

    def __init__(self, loop: asyncio.AbstractEventLoop, listener: Listener) -> None:
        self._loop, self._listener = loop, listener
        self._is_due = False
        self._every_s = HEARTBEAT_S if listener.actor.worker_id else min(HEARTBEAT_S, DESK_HEARTBEAT_S)
        self._timer = loop.call_later(self._every_s, self._ring)

    def _ring(self) -> None:
        self._is_due = True
        self._listener.awake.set()
        self._timer = self._loop.call_later(self._every_s, self._ring)

    def is_due(self) -> bool:
        """Return whether a heartbeat is due; then the next one is due after another span."""
        due, self._is_due = self._is_due, False
        return due

    def stop(self) -> None:
        self._timer.cancel()


def _heartbeat(seq: int) -> str:
    """Return the frame that says: all that you may see up to `seq` has been sent."""
    return f'{{"type":"heartbeat","seq":{seq}}}'


async def _read_subscribe(socket: WebSocket) -> Subscribe | None:
    try:
        async with asyncio.timeout(SUBSCRIBE_WITHIN_S):
            text = await socket.receive_text()
        if len(text) > FIRST_FRAME_MAX:
            raise msgspec.ValidationError("the first frame is too long")
        return _decoder.decode(text)
    except TimeoutError:
        await _refuse(socket, BAD_REQUEST, f"no subscribe frame within {SUBSCRIBE_WITHIN_S:g} s")
    except (msgspec.DecodeError, UnicodeError, KeyError) as error:
        # Starlette raises KeyError for a binary frame where text was awaited.
        await _refuse(socket, BAD_REQUEST, f"not a subscribe frame: {error}")
    except (WebSocketDisconnect, RuntimeError):
        return None
    return None


async def _read_until_closed(socket: WebSocket) -> None:
    """Take and drop what the client says later; returns when it has gone."""
    while (await socket.receive())["type"] != "websocket.disconnect":
        continue


async def _send(socket: WebSocket, frame: str) -> None:
    async with asyncio.timeout(SEND_WITHIN_S):
        await socket.send_text(frame)


async def _refuse(socket: WebSocket, code: int, reason: str, *, kind: str = "error") -> None:
    try:
        await _send(socket, _encode({"type": kind, "reason": reason}).decode())
        await socket.close(code, reason[:120])
    except (WebSocketDisconnect, TimeoutError, RuntimeError, OSError):
        return
