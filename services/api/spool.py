"""Bodies that may be large and are read in memory, such as pictures in base64: on the disk until it is their turn.

Starlette keeps fields of a form in memory while they arrive, and a sender may take minutes over 34 MB of them.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from tempfile import SpooledTemporaryFile
from typing import NamedTuple

from starlette.requests import Request
from starlette.types import Message

from services.api.hands import Hold

LARGE_BYTES = 1_000_000
"""A body above this has pictures in it, goes to the disk, and waits for its turn. Words never do."""
CHUNK_BYTES = 256_000


class Spooled(NamedTuple):
    """A body that has come in whole. `request` gives it again, from where it lies."""

    request: Request
    size: int


@asynccontextmanager
async def spool(request: Request, hold: Hold) -> AsyncIterator[Spooled]:
    """Take a request's body in; a large one is given once it is its turn.

    :raises Overloaded: where too many wait.
    """
    with SpooledTemporaryFile(max_size=LARGE_BYTES) as file:
        size = 0
        async for chunk in request.stream():
            size += len(chunk)
            if size > LARGE_BYTES:  # to the disk, which may be slow
                await asyncio.to_thread(file.write, chunk)
            else:
                file.write(chunk)
        file.seek(0)
        if size > LARGE_BYTES:
            await hold.take()
        left = size

        async def receive() -> Message:
            nonlocal left
            chunk = await asyncio.to_thread(file.read, CHUNK_BYTES) if size > LARGE_BYTES else file.read()
            left -= len(chunk)
            return {"type": "http.request", "body": chunk, "more_body": left > 0}

        yield Spooled(Request(request.scope, receive), size)
