"""What messages would have us ask their senders (`services.feeds.Ask`): done here, seldom, and never for sure.

Nothing of it is kept: what was not asked when the process ended is asked for by the next message that wants it.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import httpx
import msgspec
import structlog

from dispatch.city import Source
from dispatch.ids import SourceId
from services.feeds import Ask, Fetched, FetchPicture, Publish, Withdraw
from services.intake.pulls.credentials import Credentials
from services.observe import counters
from services.store.pictures import MAX_FILE_BYTES, BadPicture, PictureTooLarge, measure

PUBLISH_EVERY_S = 300.0
"""How often one sender is told the same: a node that does not do it is not to be pressed."""
PUBLISH_GAP_S = 0.2
"""Between two messages to whomever: after a broker's failure a thousand nodes must not be born at once."""
WAITING_MAX = 10_000
"""Senders that wait to be told something."""
FETCHES_MAX = 1_000
"""Pictures that wait to be fetched; further ones are left out."""
WORKERS = 2
KNOWN_MAX = 20_000
"""Keys of which is remembered that they were asked for."""
FETCH_AGAIN_S = (0.5, 1.0, 2.0, 4.0)
"""A picture is written some seconds after the object that it shows is told of."""
FETCH_WITHIN_S = 10.0
ABOUT_BYTES_MAX = 256 * 1024
"""Bytes of what a sender tells of a picture: a record of some kilobytes, of a long event with its path some dozen."""

log = structlog.get_logger(__name__)

Tell = Callable[[str, bytes], Awaitable[bool]]
"""(topic, payload): whether there was a broker to tell it to."""
Bring = Callable[[Source, bytes, Sequence[bytes]], Awaitable[object]]
"""(sender, message, its pictures): returns once that is durable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How seldom is asked; tests are faster."""

    publish_every_s: float = PUBLISH_EVERY_S
    publish_gap_s: float = PUBLISH_GAP_S
    fetch_again_s: tuple[float, ...] = FETCH_AGAIN_S


class Known:
    """The last keys that were asked for, and when."""

    def __init__(self) -> None:
        self._at: OrderedDict[tuple[str, str], float] = OrderedDict()

    def is_due(self, key: tuple[str, str], now_s: float, every_s: float) -> bool:
        return key not in self._at or now_s - self._at[key] >= every_s

    def forget(self, key: tuple[str, str]) -> None:
        self._at.pop(key, None)

    def note(self, key: tuple[str, str], now_s: float) -> None:
        self._at[key] = now_s
        self._at.move_to_end(key)
        if len(self._at) > KNOWN_MAX:
            self._at.popitem(last=False)


class Asker:
    """Takes what is to be asked from the engine (`take`), and asks it for as long as `run()` runs."""

    def __init__(
        self,
        find_source: Callable[[SourceId], Source | None],
        credentials: Credentials,
        *,
        tell: Tell | None,
        bring: Bring,
        pace: Pace = Pace(),
    ) -> None:
        self._find_source, self._credentials = find_source, credentials
        self._tell, self._bring, self._pace = tell, bring, pace
        self._waiting: dict[tuple[str, str], tuple[float, Publish]] = {}
        self._told, self._fetched = Known(), Known()
        self._fetches: asyncio.Queue[tuple[Source, FetchPicture]] = asyncio.Queue(FETCHES_MAX)
        self._awake = asyncio.Event()

    def take(self, asks: Sequence[tuple[SourceId, Ask]]) -> None:
        """Take what a turn of the engine would have asked; return at once."""
        for sender, ask in asks:
            source = self._find_source(sender)
            if source is None:
                continue
            # By feed, not by sender: the devices of one node may be senders of their own.
            key = (source.feed, ask.key)
            if isinstance(ask, Withdraw):
                self._waiting.pop(key, None)
            elif isinstance(ask, Publish):
                self._take_publish(key, ask)
            elif isinstance(ask, FetchPicture):
                self._take_fetch((source.id, ask.key), source, ask)

    def _take_publish(self, key: tuple[str, str], ask: Publish) -> None:
        now_s = asyncio.get_running_loop().time()
        if self._tell is None or key in self._waiting or len(self._waiting) >= WAITING_MAX:
            return
        if self._told.is_due(key, now_s, self._pace.publish_every_s):
            self._waiting[key] = (now_s + ask.wait_s, ask)
            self._awake.set()

    def _take_fetch(self, key: tuple[str, str], source: Source, ask: FetchPicture) -> None:
        if not source.pull or not self._fetched.is_due(key, 0.0, float("inf")):
            return
        if self._fetches.full():
            counters.ASKED.labels("fetch", "crowded").inc()
            return
        self._fetched.note(key, 0.0)
        self._fetches.put_nowait((source, ask))

    async def run(self) -> None:
        """Ask until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._publish_forever())
            for _ in range(WORKERS):
                group.create_task(self._fetch_forever())

    async def _publish_forever(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            due = [(at, key) for key, (at, _) in self._waiting.items()]
            if not due:
                self._awake.clear()
                await self._awake.wait()
                continue
            at, key = min(due)
            if at > loop.time():
                # No longer than a moment: another may come that is due before.
                await asyncio.sleep(min(at - loop.time(), self._pace.publish_gap_s))
                continue
            _, ask = self._waiting.pop(key)
            await self._publish(key, ask)
            await asyncio.sleep(self._pace.publish_gap_s)

    async def _publish(self, key: tuple[str, str], ask: Publish) -> None:
        assert self._tell is not None, "without a broker nothing waits"
        try:
            was_told = await self._tell(ask.topic, ask.payload)
        except Exception as error:  # noqa: BLE001 - outermost loop: the next message that wants it asks again
            log.error("not published", topic=ask.topic, error=f"{type(error).__name__}: {error}")
            was_told = False
        if was_told:
            self._told.note(key, asyncio.get_running_loop().time())
            log.info("published", topic=ask.topic)
        counters.ASKED.labels("publish", "done" if was_told else "failed").inc()

    async def _fetch_forever(self) -> None:
        while True:
            source, ask = await self._fetches.get()
            try:
                brought = await self._fetch(source, ask)
                if brought is not None:
                    message, picture = brought
                    await self._bring(source, message, (picture,))
                outcome = "done" if brought is not None else "missing"
            except Exception as error:  # noqa: BLE001 - outermost loop: a picture that cannot be had is no reason to stop
                log.warning("picture not fetched", source=source.id, error=f"{type(error).__name__}: {error}")
                outcome = "failed"
                self._fetched.forget((source.id, ask.key))
            counters.ASKED.labels("fetch", outcome).inc()

    async def _fetch(self, source: Source, ask: FetchPicture) -> tuple[bytes, bytes] | None:
        """Return the message with the first of the pictures that is there, each asked for again until the last wait is
        over.
        """
        credential = await asyncio.to_thread(self._credentials.find, source.id, source.pull)
        auth = credential.sign_in()
        # Only what the city has declared is asked, wherever it lies, and nothing that it would send us on to.
        async with httpx.AsyncClient(
            auth=auth, trust_env=False, follow_redirects=False, verify=credential.verify, timeout=FETCH_WITHIN_S
        ) as client:
            found = await self._find_picture(client, source, ask)
            if found is None or not ask.about:
                return found and (ask.message, found[1])
            path, picture = found
            about = await fetch_about(client, _url_of(source, ask.about))
            return _with_about(ask.message, path, picture, about), picture

    async def _find_picture(
        self, client: httpx.AsyncClient, source: Source, ask: FetchPicture
    ) -> tuple[str, bytes] | None:
        for path in ask.paths:
            for wait_s in (0.0, *self._pace.fetch_again_s):
                await asyncio.sleep(wait_s)
                picture = await fetch_picture(client, _url_of(source, path))
                if picture is not None:
                    return path, picture
        return None


def _url_of(source: Source, path: str) -> httpx.URL:
    return httpx.URL(source.pull.rstrip("/") + path)


def _with_about(message: bytes, path: str, picture: bytes, about: bytes) -> bytes:
    try:
        width, height = measure(picture)
    except (BadPicture, PictureTooLarge):
        width, height = 0, 0
    told = msgspec.json.encode(Fetched(path=path, width=width, height=height))
    return message.rstrip().removesuffix(b"}") + b',"about":' + about + b',"picture":' + told + b"}"


async def fetch_about(client: httpx.AsyncClient, url: httpx.URL) -> bytes:
    """Return the JSON there, `null` where there is none or it is none. The picture counts, not what is told of it."""
    try:
        body = await _fetch_body(client, url, lambda kind: "json" in kind, ABOUT_BYTES_MAX)
        return msgspec.json.encode(msgspec.json.decode(body)) if body else b"null"
    except (httpx.HTTPError, TimeoutError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return b"null"


async def fetch_picture(client: httpx.AsyncClient, url: httpx.URL) -> bytes | None:
    """Return the picture there; None where there is none (yet), or what is there is none.

    :raises httpx.HTTPError: where nobody answers.
    """
    return await _fetch_body(client, url, lambda kind: kind.startswith("image/"), MAX_FILE_BYTES)


async def _fetch_body(
    client: httpx.AsyncClient, url: httpx.URL, is_wanted: Callable[[str], bool], bytes_max: int
) -> bytes | None:
    async with asyncio.timeout(FETCH_WITHIN_S), client.stream("GET", url) as answer:
        content_type = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
        if answer.status_code != 200 or not is_wanted(content_type):
            return None
        body = bytearray()
        async for chunk in answer.aiter_bytes():
            body += chunk
            if len(body) > bytes_max:
                return None
        return bytes(body) or None
