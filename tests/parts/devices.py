"""Devices that are pulled: small real HTTP servers that sign in by Digest and then speak as their script says."""

import asyncio
import hashlib
import re
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

USERNAME, PASSWORD = "wardline", "open-Sesame 9"
REALM = "DS-2CD2386"


@dataclass(frozen=True, slots=True)
class Asked:
    """One request that a device was sent."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


Answer = Callable[[Asked, asyncio.StreamWriter], Awaitable[None]]


@dataclass(slots=True)
class Device:
    """A device. `reboot()` tears all its connections down; `password` may be changed while it runs."""

    answer: Answer
    is_signed: bool = True
    password: str = PASSWORD
    port: int = 0
    asked: list[Asked] = field(default_factory=list)
    """Requests that were let in."""
    refused: int = 0
    faults: list[Exception] = field(default_factory=list)
    """What its own script has failed with."""
    _server: asyncio.Server | None = None
    _writers: set[asyncio.StreamWriter] = field(default_factory=set)
    _serving: set[asyncio.Task[None]] = field(default_factory=set)
    _nonce: str = field(default_factory=lambda: secrets.token_hex(8))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def open_connections(self) -> int:
        return len(self._writers)

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
            self.reboot()
            await asyncio.gather(*self._serving, return_exceptions=True)

    def reboot(self) -> None:
        """Reset every connection, as a device does that starts anew."""
        for writer in self._writers:
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        serving = asyncio.current_task()
        assert serving is not None, "a server runs each connection as a task"
        self._serving.add(serving)
        talk = asyncio.create_task(self._talk(reader, writer))
        try:
            # What lies unread keeps a stream from its end, so a device that is stopped looks for that too.
            while self._server is not None and not talk.done() and not reader.at_eof():
                await asyncio.sleep(0.005)
        finally:
            talk.cancel()
            (ended,) = await asyncio.gather(talk, return_exceptions=True)
            if isinstance(ended, AssertionError | LookupError | ValueError | TypeError | AttributeError):
                self.faults.append(ended)
            self._writers.discard(writer)
            self._serving.discard(serving)
            writer.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            await self._answer(await _read(reader), writer)

    async def _answer(self, asked: Asked, writer: asyncio.StreamWriter) -> None:
        if self.is_signed and not self._is_signed(asked):
            self.refused += 1
            challenge = f'Digest realm="{REALM}", qop="auth", nonce="{self._nonce}", opaque="", algorithm=MD5'
            await say(writer, "401 Unauthorized", b"<html/>", f"WWW-Authenticate: {challenge}")
            return
        self.asked.append(asked)
        await self.answer(asked, writer)

    def _is_signed(self, asked: Asked) -> bool:
        """Check RFC 7616, 3.4.1, with qop=auth."""
        told = dict(re.findall(r'(\w+)="?([^",]*)"?', asked.headers.get("authorization", "")))
        if told.get("username") != USERNAME or told.get("nonce") != self._nonce or told.get("uri") != asked.target:
            return False
        who = _md5(f"{USERNAME}:{REALM}:{self.password}")
        what = _md5(f"{asked.method}:{asked.target}")
        return told.get("response") == _md5(f"{who}:{self._nonce}:{told['nc']}:{told['cnonce']}:auth:{what}")


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


async def _read(reader: asyncio.StreamReader) -> Asked:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.split("\r\n")
    method, target, _ = first.split(" ")
    headers = {
        name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines if line)
    }
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Asked(method, target, headers, body)


async def say(writer: asyncio.StreamWriter, status: str, body: bytes, *headers: str) -> None:
    """Answer with a whole body."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
    await writer.drain()


async def begin(writer: asyncio.StreamWriter, content_type: str) -> None:
    """Begin an answer that does not end."""
    writer.write(f"HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\nConnection: close\r\n\r\n".encode())
    await writer.drain()


def part(
    body: bytes, content_type: str = "application/xml", boundary: str = "boundary", length: int | None = -1
) -> bytes:
    """Return a part as devices send it: `length` is what it announces, None for nothing, -1 for what it has."""
    announced = "" if length is None else f"Content-Length: {len(body) if length < 0 else length}\r\n"
    return f"--{boundary}\r\nContent-Type: {content_type}\r\n{announced}\r\n".encode() + body + b"\r\n"


async def never() -> None:
    """Wait for ever: the connection stands and nothing comes."""
    await asyncio.Event().wait()


@asynccontextmanager
async def run_device(answer: Answer, *, is_signed: bool = True) -> AsyncIterator[Device]:
    device = Device(answer, is_signed)
    await device.start()
    try:
        yield device
    finally:
        await device.stop()
        assert not device.faults, device.faults
