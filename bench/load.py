"""The load of the end-to-end benchmark: POSTs at fixed times, sockets that note when each case's frame comes.

An open loop: a POST is sent when its time has come, whatever became of those before it, so that a server that falls
behind shows it. The client is bare (httptools, one buffer a request) because it runs on the same two cores.
"""

import asyncio
import json
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import cast

import httptools
import psutil
from websockets.asyncio.client import ClientConnection, connect

CONNECTIONS = 32
TIMER_GRAIN_S = 0.001
"""The loop's timers know whole milliseconds. Above 1,000/s the POSTs of one millisecond are sent at its end."""
DRAIN_S = 10.0
"""How long frames are waited for after the last POST."""


@dataclass(slots=True)
class Result:
    """Times in seconds on one clock. `seen` counts the frames that told of each token."""

    sent_at: dict[str, float] = field(default_factory=dict)
    got_at: dict[str, float] = field(default_factory=dict)
    seen: dict[str, int] = field(default_factory=dict)
    refused: int = 0
    late_s: float = 0.0
    """How far the generator fell behind its timetable, at worst: a run with much of it measured the generator."""

    @property
    def latencies_ms(self) -> list[float]:
        return sorted((self.got_at[token] - at) * 1000 for token, at in self.sent_at.items() if token in self.got_at)


class Poster(asyncio.Protocol):
    """One kept connection; requests are answered in order."""

    def __init__(self, on_answer: Callable[[str, int], None]) -> None:
        self._on_answer = on_answer
        self._waiting: deque[str] = deque()
        self._parser = httptools.HttpResponseParser(self)
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is none by descent

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_message_complete(self) -> None:
        self._on_answer(self._waiting.popleft(), self._parser.get_status_code())

    def post(self, token: str, request: bytes) -> None:
        assert self._transport is not None
        self._waiting.append(token)
        self._transport.write(request)

    @property
    def busy(self) -> int:
        return len(self._waiting)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


def make_request(host: str, port: int, path: str, key: str, body: bytes) -> bytes:
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {host}:{port}\r\nAuthorization: Bearer {key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def listen(url: str, token: str, topics: Sequence[str]) -> ClientConnection:
    """Open a socket and subscribe; returns once the snapshot has come."""
    socket = await connect(
        url, additional_headers={"Authorization": f"Bearer {token}"}, compression=None, max_size=None, max_queue=None
    )
    await socket.send(json.dumps({"type": "subscribe", "topics": list(topics), "after": None, "area": None}))
    await socket.recv()
    return socket


async def watch_tasks(socket: ClientConnection, result: Result) -> None:
    """Note when the sending of each case reaches this worker's socket."""
    async for text in socket:
        got_at = time.perf_counter()
        frame = json.loads(text)
        for fact in frame.get("facts", ()):
            if fact["kind"] == "TaskDispatched":
                token = fact["data"]["case"]["text"]
                result.got_at.setdefault(token, got_at)
                result.seen[token] = result.seen.get(token, 0) + 1


async def watch_cases(socket: ClientConnection, result: Result) -> None:
    """Note when the opening of each case reaches this console's socket."""
    async for text in socket:
        got_at = time.perf_counter()
        for fact in json.loads(text).get("facts", ()):
            if fact["kind"] == "CaseOpened":
                token = fact["data"]["text"]
                result.got_at.setdefault(token, got_at)
                result.seen[token] = result.seen.get(token, 0) + 1


async def watch_all(socket: ClientConnection) -> None:
    """Take every frame, as a console does."""
    async for _text in socket:
        continue


async def send_at_rate(
    host: str, port: int, requests: Iterable[tuple[str, bytes]], rate: float, result: Result
) -> None:
    """Send the requests at the rate; return when all are answered."""
    answered = asyncio.Event()
    left = 0

    def on_answer(token: str, status: int) -> None:
        nonlocal left
        left -= 1
        if status != 202:
            result.refused += 1
            result.sent_at.pop(token, None)
        if not left:
            answered.set()

    loop = asyncio.get_running_loop()
    posters = [(await loop.create_connection(lambda: Poster(on_answer), host, port))[1] for _ in range(CONNECTIONS)]
    begin = time.perf_counter()
    for n, (token, request) in enumerate(requests):
        due = begin + n / rate
        while (wait := due - time.perf_counter()) > 0:
            # What is due within one grain of the timer goes together: a generator that turns round and round until
            # the next is due takes the core that the server needs.
            await asyncio.sleep(max(wait, TIMER_GRAIN_S))
        result.late_s = max(result.late_s, time.perf_counter() - due)
        left += 1
        answered.clear()
        result.sent_at[token] = time.perf_counter()
        min(posters, key=lambda poster: poster.busy).post(token, request)
    async with asyncio.timeout(60):
        await answered.wait()
    for poster in posters:
        poster.close()


Closed = Callable[[int, float], None]
"""(status, milliseconds until the answer), once for each request of a closed loop."""


class Sender:
    """One connection that sends the next request when the last is answered, until its time is over."""

    def __init__(self, port: int, make: Callable[[], bytes], until: float, answered: Closed) -> None:
        self._port, self._make, self._until, self._told = port, make, until, answered
        self._begun = 0.0
        self._poster: Poster | None = None
        self._done = asyncio.Event()

    async def run(self, host: str) -> None:
        """Send; return when the last is answered."""
        loop = asyncio.get_running_loop()
        _, self._poster = await loop.create_connection(lambda: Poster(self._answered), host, self._port)
        self._next()
        await self._done.wait()

    def _next(self) -> None:
        assert self._poster is not None
        if time.perf_counter() >= self._until:
            self._poster.close()
            self._done.set()
            return
        request = self._make()
        self._begun = time.perf_counter()
        self._poster.post("", request)

    def _answered(self, _token: str, status: int) -> None:
        self._told(status, (time.perf_counter() - self._begun) * 1000)
        self._next()


def cpu_of(process: psutil.Process) -> float:
    """Return the seconds of CPU that a process has used."""
    times = process.cpu_times()
    return float(times.user + times.system)


async def drain(result: Result) -> None:
    """Wait until every answered POST has been told, or nothing more comes."""
    begin = time.perf_counter()
    while time.perf_counter() - begin < DRAIN_S and len(result.got_at) < len(result.sent_at):
        await asyncio.sleep(0.05)
    # A second telling would come after the first: give it the time to.
    await asyncio.sleep(0.5)


def percentile(ordered: Sequence[float], share: float) -> float:
    """Return the nearest-rank percentile of ordered values; NaN of none."""
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")
