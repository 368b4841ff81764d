"""The floor: what the same load costs a bare pipeline in the same language, with no rules at all.

HTTP (httptools on an asyncio protocol) -> group commit into SQLite, WAL and synchronous=FULL, three rows an event,
by a writer thread -> one frame to one of the workers' sockets and one to each console. It knows no city, no
category, no users; its figures say what machine and language allow, and what Wardline's rules add.
"""

import asyncio
import json
import queue
import sqlite3
import sys
import threading
from collections import deque
from pathlib import Path
from typing import cast

import httptools
import uvloop
from websockets.asyncio.server import ServerConnection, broadcast, serve


class Writer(threading.Thread):
    """Commits what has come while the last commit ran."""

    def __init__(self, path: Path, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(daemon=True)
        self.path, self.loop = path, loop
        self.items: queue.SimpleQueue[tuple[str, bytes, asyncio.Future[None]]] = queue.SimpleQueue()

    def run(self) -> None:
        db = sqlite3.connect(self.path, isolation_level=None)
        db.executescript(
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=16000;"
            "CREATE TABLE event(id TEXT PRIMARY KEY, body BLOB); CREATE TABLE kase(id TEXT PRIMARY KEY, body BLOB);"
            "CREATE TABLE journal(seq INTEGER PRIMARY KEY, body BLOB);"
        )
        while True:
            group = [self.items.get()]
            while not self.items.empty():
                group.append(self.items.get())
            rows = [(token, body) for token, body, _ in group]
            db.execute("BEGIN IMMEDIATE")
            db.executemany("INSERT INTO event VALUES (?, ?)", rows)
            db.executemany("INSERT INTO kase VALUES (?, ?)", rows)
            db.executemany("INSERT INTO journal(body) VALUES (?)", [(body,) for _, body in rows])
            db.execute("COMMIT")
            self.loop.call_soon_threadsafe(_settle, group)


def _settle(group: list[tuple[str, bytes, "asyncio.Future[None]"]]) -> None:
    for _, _, future in group:
        future.set_result(None)


class Door(asyncio.Protocol):
    """Takes POSTs, answers 202 in order once each is durable."""

    def __init__(self, taker: "Taker") -> None:
        self.taker = taker
        self.body = b""
        self.parser = httptools.HttpRequestParser(self)
        self.waiting: deque[asyncio.Future[None]] = deque()
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # uvloop's is none by descent

    def data_received(self, data: bytes) -> None:
        self.parser.feed_data(data)

    def on_body(self, body: bytes) -> None:
        self.body += body

    def on_message_complete(self) -> None:
        body, self.body = self.body, b""
        future = self.taker.take(body)
        self.waiting.append(future)
        future.add_done_callback(self._answer)

    def _answer(self, _done: "asyncio.Future[None]") -> None:
        while self.waiting and self.waiting[0].done():
            del self.waiting[0]
            if self.transport is not None:
                self.transport.write(b"HTTP/1.1 202 Accepted\r\nContent-Length: 2\r\n\r\n{}")


class Taker:
    """The whole of the floor's rules: the next worker in turn is told."""

    def __init__(self, writer: Writer) -> None:
        self.writer = writer
        self.workers: list[ServerConnection] = []
        self.consoles: list[ServerConnection] = []
        self.n = 0

    def take(self, body: bytes) -> "asyncio.Future[None]":
        token = json.loads(body)["data"]["text"]
        future: asyncio.Future[None] = self.writer.loop.create_future()
        future.add_done_callback(lambda _: self.tell(token))
        self.writer.items.put((token, body, future))
        return future

    def tell(self, token: str) -> None:
        self.n += 1
        fact = {"seq": self.n, "kind": "TaskDispatched", "data": {"case": {"text": token, "address": "x" * 120}}}
        frame = json.dumps({"type": "facts", "facts": [fact]})
        broadcast([self.workers[self.n % len(self.workers)], *self.consoles], frame)

    async def join(self, socket: ServerConnection) -> None:
        topics = json.loads(await socket.recv())["topics"]
        (self.workers if "tasks" in topics else self.consoles).append(socket)
        await socket.send('{"type":"snapshot","seq":0}')
        await socket.wait_closed()


async def main(port: int, folder: Path) -> None:
    """Serve POSTs on the port and sockets on the next one, until killed."""
    writer = Writer(folder / "floor.sqlite3", asyncio.get_running_loop())
    writer.start()
    taker = Taker(writer)
    await asyncio.get_running_loop().create_server(lambda: Door(taker), "127.0.0.1", port)
    async with serve(taker.join, "127.0.0.1", port + 1, compression=None):
        await asyncio.Future()


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1]), Path(sys.argv[2])))
