"""Hikvision's alertStream and Dahua's eventManager: one GET whose answer does not end.

Hikvision ISAPI, `GET /ISAPI/Event/notification/alertStream` (multipart/mixed; a heartbeat about every ten seconds);
Dahua HTTP API, `eventManager.cgi?action=attach` (multipart/x-mixed-replace; the heartbeat that was asked for). A device
that restarts or a switch that fails leaves a connection on which nothing ever comes: the line ends when no byte has
come for three heartbeats.
"""

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import httpx

from services.feeds import Picture
from services.intake.pulls.line import CONNECT_S, Line, LineEnded, Protocol, check_answer
from services.intake.pulls.parts import Part, PartReader

HIKVISION_QUIET_S = 30.0
"""Device Network SDK guide: a heartbeat every ten seconds; dead after thirty."""
HEARTBEATS_MISSED = 3
DAHUA_HEARTBEAT_S = 5.0
PICTURES_MAX = 10
"""Pictures of one message that are waited for."""
LAST_S = 5.0
"""How long the end of a line may take to hand over what it had begun: the server may be stopping."""

_HIK_HEARTBEAT = re.compile(
    rb"eventType\W{1,40}(?:videoloss\b.{0,2000}?eventState\W{1,40}inactive|heartBeat)\b", re.IGNORECASE | re.DOTALL
)
_HIK_TYPE = re.compile(rb"""<(?:\w{1,20}:)?eventType\b|"eventType\"""")
_HIK_PICTURES = re.compile(rb"(?:detectionPicturesNumber|picNum)\W{1,6}(\d{1,2})\b", re.IGNORECASE)
_DAHUA_HEARTBEAT_PARAM = "heartbeat"


@dataclass(frozen=True, slots=True)
class Kind:
    """What differs between the two."""

    is_heartbeat: Callable[[bytes], bool]
    count_pictures: Callable[[bytes], int]
    """How many pictures a message announces."""
    quiet_s: Callable[[httpx.URL], float]


def _dahua_quiet_s(url: httpx.URL) -> float:
    asked = url.params.get(_DAHUA_HEARTBEAT_PARAM, "")
    return HEARTBEATS_MISSED * (float(asked) if asked.isdecimal() and int(asked[:5]) > 0 else DAHUA_HEARTBEAT_S)


def _announced(message: bytes) -> int:
    found = _HIK_PICTURES.search(message)
    return min(int(found.group(1)), PICTURES_MAX) if found else 0


def _is_hikvision_heartbeat(message: bytes) -> bool:
    """Say whether a part is a heartbeat and nothing else: one part may hold several alerts."""
    return _HIK_HEARTBEAT.search(message[:4_000]) is not None and len(_HIK_TYPE.findall(message)) == 1


HIKVISION = Kind(
    is_heartbeat=_is_hikvision_heartbeat,
    count_pictures=_announced,
    quiet_s=lambda _url: HIKVISION_QUIET_S,
)
DAHUA = Kind(
    is_heartbeat=lambda message: message.strip().lower() == b"heartbeat",
    count_pictures=lambda _message: 0,
    quiet_s=_dahua_quiet_s,
)


class Gathering:
    """A message that waits for the pictures that it announces, which come behind it as parts of their own; no longer
    than the line's `hold_s`.
    """

    def __init__(self, line: Line, kind: Kind) -> None:
        self._line, self._kind = line, kind
        self._message, self._wanted = b"", 0
        self._pictures: list[bytes] = []
        self._busy = asyncio.Lock()
        """What waits is handed over by the next part or by the clock, and by one of them only."""
        self._clocks: set[asyncio.Task[None]] = set()

    async def take(self, part: Part) -> None:
        """Take the next part; hand over what is complete by it."""
        async with self._busy:
            await self._take(part)

    async def end(self) -> None:
        """Hand over what still waits."""
        async with self._busy:
            await self._flush()
        for clock in self._clocks:
            clock.cancel()
        await asyncio.gather(*self._clocks, return_exceptions=True)

    async def _take(self, part: Part) -> None:
        if is_picture(part):
            if self._message:
                self._pictures.append(Picture.named(part.name, part.body))
                if len(self._pictures) >= self._wanted:
                    await self._flush()
            return
        await self._flush()
        if self._kind.is_heartbeat(part.body):
            await self._line.note_heartbeat(part.body)
            return
        self._message, self._wanted = part.body, self._kind.count_pictures(part.body)
        if not self._wanted:
            await self._flush()
        else:
            clock = asyncio.create_task(self._flush_late(self._message))
            self._clocks.add(clock)
            clock.add_done_callback(self._clocks.discard)

    async def _flush(self) -> None:
        """Hand over what waits, with the pictures that have come."""
        if self._message:
            message, pictures = self._message, self._pictures
            self._message, self._wanted, self._pictures = b"", 0, []
            await self._line.hand_over(message, pictures)

    async def _flush_late(self, waiting: bytes) -> None:
        """Let go of a message that has waited long enough; another one that says the same is not this one."""
        await asyncio.sleep(self._line.hold_s)
        async with self._busy:
            if self._message is waiting:
                await self._flush()


def is_picture(part: Part) -> bool:
    """Say whether a part is a JPEG or a PNG; devices send them as application/octet-stream too."""
    return part.content_type.startswith("image/") or part.body.startswith((b"\xff\xd8\xff", b"\x89PNG"))


async def run(kind: Kind, line: Line) -> None:
    """Read the stream until it ends or falls silent."""
    quiet_s = line.quiet_s or kind.quiet_s(line.url)
    timeout = httpx.Timeout(CONNECT_S, read=quiet_s)
    try:
        async with line.client.stream("GET", line.url, auth=line.credential.sign_in(), timeout=timeout) as answer:
            check_answer(answer)
            line.note_connected()
            await _read(answer, Gathering(line, kind))
    except httpx.ReadTimeout:
        raise LineEnded(f"nothing has come for {quiet_s:g} s") from None
    raise LineEnded("the device has ended the stream")


async def _read(answer: httpx.Response, gathering: Gathering) -> None:
    reader = PartReader(answer.headers.get("content-type", ""))
    try:
        async for chunk in answer.aiter_raw():
            for part in reader.feed(chunk):
                await gathering.take(part)
    finally:
        # What was cut off is handed over too: what can be read of it is read, and the rest is not lost unseen.
        async with asyncio.timeout(LAST_S):
            for part in reader.end():
                await gathering.take(part)
            await gathering.end()


ALERT_STREAM = Protocol(run=partial(run, HIKVISION), path="/ISAPI/Event/notification/alertStream")
EVENT_MANAGER = Protocol(
    run=partial(run, DAHUA),
    # The brackets as they are: some firmware does not decode them.
    path=f"/cgi-bin/eventManager.cgi?action=attach&codes=[All]&{_DAHUA_HEARTBEAT_PARAM}={DAHUA_HEARTBEAT_S:g}",
)
