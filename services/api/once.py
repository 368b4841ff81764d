"""A request sent twice under one Idempotency-Key has one effect, and both get the same answer.

What was refused has had no effect and is not kept: the client may mend it and use its key again. After a crash
between effect and answer the request runs anew: a command is then refused as an illegal move, and a new case
is the same happening as the one that is there.
"""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from hashlib import sha256
from typing import TypeVar

from fastapi import Request

from services.api.platform import platform_of, tools_of
from services.api.problems import Problem
from services.api.wire import Reply
from services.observe.clock import now
from services.store.idempotency import Kept, find_kept, keep

T = TypeVar("T")

KEY_MAX = 128
KEEP_FOR = timedelta(hours=24)
"""How long an answer is kept: a telephone that was in a tunnel comes back within the day."""


async def once(
    request: Request, who: str, said: bytes, run: Callable[[], Awaitable[Reply[T]]], *, key: str | None = None
) -> Reply[T]:
    """Run the request, or give the answer that it had before. `said` is what was asked, byte for byte.

    `key` stands in for the header where the request is a form of a browser without scripts.

    :raises Problem: `idempotency-key-reused` if the key came with another request; `request-in-progress` if the same
        one is being worked on; `malformed-request` for a key that is none.
    """
    key = key if key is not None else request.headers.get("idempotency-key")
    if key is None:
        return await run()
    if not 0 < len(key) <= KEY_MAX or not key.isascii() or not key.isprintable():
        raise Problem("malformed-request", f"An Idempotency-Key has 1 to {KEY_MAX} printable ASCII characters.")
    full_key = _digest(who, request.method, request.url.path, key)
    request_hash = sha256(said).hexdigest()
    in_progress = tools_of(request).in_progress
    if full_key in in_progress:
        raise Problem("request-in-progress", "The first request of this key is not answered yet.")
    in_progress.add(full_key)
    try:
        kept: Reply[T] | None = await _find_kept(request, full_key, request_hash)
        return kept or await _run(request, full_key, request_hash, run)
    finally:
        in_progress.discard(full_key)


def _digest(*parts: str) -> str:
    return sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


async def _find_kept(request: Request, full_key: str, request_hash: str) -> Reply[T] | None:
    db = platform_of(request).db
    kept = await db.read(lambda connection: find_kept(connection, full_key, now() - KEEP_FOR))
    if kept is None:
        return None
    if kept.request_hash != request_hash:
        raise Problem("idempotency-key-reused", "This key was used for a request with another content.")
    return Reply(kept.response, kept.status, {"Idempotency-Replayed": "true"})


async def _run(request: Request, full_key: str, request_hash: str, run: Callable[[], Awaitable[Reply[T]]]) -> Reply[T]:
    response = await run()
    kept = Kept(request_hash=request_hash, status=response.status_code, response=bytes(response.body))
    await platform_of(request).db.write(lambda connection: keep(connection, full_key, kept, now()))
    return response
