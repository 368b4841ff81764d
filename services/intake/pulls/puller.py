"""Keeps the lines to all devices that are pulled: one a device, opened again when it ends, for as long as it is set so.

Only the process with the engine pulls. A message is handed to the inbox and the stream goes on when it is durable; what
cannot be stored for now is kept and tried again, and the device waits at its end of the connection.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import httpx
import msgspec
import structlog

from dispatch.city import Source
from dispatch.ids import SourceId
from services.engine.pulled import LineState
from services.intake.pulls.credentials import BadSecrets, Credential, Credentials
from services.intake.pulls.line import Line, LineEnded, Protocol, SignInRefused
from services.intake.pulls.pull_point import PULL_POINT
from services.intake.pulls.streams import ALERT_STREAM, EVENT_MANAGER
from services.intake.receive import Unwanted
from services.observe import counters

PROTOCOLS: Mapping[str, Protocol] = {"dahua": EVENT_MANAGER, "hikvision": ALERT_STREAM, "onvif": PULL_POINT}
"""Feed -> how its devices are pulled."""
LOOK_EVERY_S = 5.0
"""How often is asked which devices are to be pulled: the pack changes, and sources are made by hand."""
RETRY_FIRST_S, RETRY_MAX_S = 1.0, 60.0
"""The first and the longest wait before a line is opened again; each is twice the one before, give or take a quarter.
A recorder takes about a minute to start."""
REFUSED_FIRST_S, REFUSED_MAX_S = 60.0, 1_800.0
"""The same after a sign-in that was refused: cameras lock the account for half an hour after five to seven."""
STEADY_S = 30.0
"""A line that has stood so long was in order: the waits begin anew."""
SPREAD_S = 1.0
"""The first lines are opened within this time, not all at once."""
STORE_AGAIN_S = 1.0
END_WITHIN_S = 10.0
"""How long lines that are ended may take: a server that stops does not wait for a device."""
ERROR_MAX = 200
"""Characters of what has ended a line."""

log = structlog.get_logger(__name__)

Receive = Callable[[Source, bytes, Sequence[bytes]], Awaitable[object]]
"""(source, message, its pictures): returns once that is durable; raises `Unwanted` if it never can be."""
Hear = Callable[[Source, bytes], Awaitable[None]]
"""(source, its heartbeat)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How fast lines are opened again and given up; tests are faster."""

    look_every_s: float = LOOK_EVERY_S
    retry_first_s: float = RETRY_FIRST_S
    retry_max_s: float = RETRY_MAX_S
    refused_first_s: float = REFUSED_FIRST_S
    steady_s: float = STEADY_S
    spread_s: float = SPREAD_S
    store_again_s: float = STORE_AGAIN_S
    quiet_s: float | None = None


class Puller:
    """Pulls for as long as `run()` runs. `states` says how each line stands."""

    def __init__(
        self,
        list_sources: Callable[[], Awaitable[Sequence[Source]]],
        credentials: Credentials,
        *,
        receive: Receive,
        hear: Hear,
        now: Callable[[], datetime],
        pace: Pace = Pace(),
        protocols: Mapping[str, Protocol] = PROTOCOLS,
    ) -> None:
        self.states: dict[SourceId, LineState] = {}
        self._list_sources, self._credentials = list_sources, credentials
        self._receive, self._hear, self._now, self._pace = receive, hear, now, pace
        self._protocols = protocols
        self._tasks: dict[SourceId, tuple[tuple[str, str], asyncio.Task[None]]] = {}

    async def run(self) -> None:
        """Keep the lines that are asked for until cancelled."""
        try:
            while True:
                try:
                    await self._agree(await self._list_sources())
                except Exception as error:  # noqa: BLE001 - outermost loop: the lines that stand go on
                    log.error("pulled sources not read", error=f"{type(error).__name__}: {error}")
                await asyncio.sleep(self._pace.look_every_s)
        finally:
            await self._end([task for _, task in self._tasks.values()])

    async def _agree(self, sources: Sequence[Source]) -> None:
        """Open the lines that are new, end those that are no longer asked for."""
        wanted = {source.id: source for source in sources if source.pull and source.feed in self._protocols}
        gone = [
            source_id
            for source_id, (terms, _) in self._tasks.items()
            if source_id not in wanted or terms != _terms(wanted[source_id])
        ]
        await self._end([self._tasks.pop(source_id)[1] for source_id in gone])
        for source_id in gone:
            self.states.pop(source_id, None)
        for source_id, source in wanted.items():
            if source_id not in self._tasks:
                self.states[source_id] = LineState(state="waiting", since=self._now())
                self._tasks[source_id] = (_terms(source), asyncio.create_task(self._keep(source)))
        self._count()

    async def _end(self, tasks: Sequence[asyncio.Task[None]]) -> None:
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=END_WITHIN_S)

    async def _keep(self, source: Source) -> None:
        """Open the line again and again."""
        pace, loop = self._pace, asyncio.get_running_loop()
        await asyncio.sleep(random.uniform(0, pace.spread_s))
        failures = 0
        while True:
            began = loop.time()
            is_refused, why = await self._try(source)
            failures = 0 if loop.time() - began >= pace.steady_s else failures
            first, most = (
                (pace.refused_first_s, REFUSED_MAX_S) if is_refused else (pace.retry_first_s, pace.retry_max_s)
            )
            wait_s = min(first * 2 ** min(failures, 20), most) * random.uniform(0.75, 1.25)
            failures += 1
            self._note_down(source, why)
            await asyncio.sleep(wait_s)

    async def _try(self, source: Source) -> tuple[bool, str]:
        """Keep one line until it ends; return whether the device refuses us, and what ended it."""
        try:
            await self._open(source)
        except SignInRefused as refusal:
            return True, str(refusal)
        except (LineEnded, BadSecrets) as ended:
            return False, str(ended)
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            return False, f"{type(error).__name__}: {error}"
        except Exception as error:  # outermost loop of a line: one device must not stop the others
            log.exception("line failed", source=source.id)
            return False, f"{type(error).__name__}: {error}"
        return False, "the device has ended the line"

    async def _open(self, source: Source) -> None:
        protocol = self._protocols[source.feed]
        url = address_of(source.pull, protocol)
        credential: Credential = await asyncio.to_thread(self._credentials.find, source.id, source.pull)

        async def hand_over(message: bytes, pictures: Sequence[bytes]) -> None:
            await self._store(source, message, pictures)

        async def note_heartbeat(message: bytes) -> None:
            try:
                await self._hear(source, message)
            except Exception as error:  # noqa: BLE001 - the line stands, whatever becomes of saying so; the next says it again
                log.warning("heartbeat not noted", source=source.id, error=f"{type(error).__name__}: {error}")

        # Devices stand in the city's own network: no proxy of the environment leads there, and none sends us elsewhere.
        async with httpx.AsyncClient(trust_env=False, follow_redirects=False, verify=credential.verify) as client:
            line = Line(
                source_id=source.id,
                url=url,
                credential=credential,
                client=client,
                hand_over=hand_over,
                note_heartbeat=note_heartbeat,
                note_connected=lambda: self._note_connected(source),
                quiet_s=self._pace.quiet_s,
            )
            await protocol.run(line)

    async def _store(self, source: Source, message: bytes, pictures: Sequence[bytes]) -> None:
        """Return when the message is durable. Nobody sends it again, so it is tried until it is."""
        while True:
            try:
                await self._receive(source, message, pictures)
            except Unwanted as refusal:
                log.warning("pulled message unwanted", source=source.id, why=str(refusal))
                return
            except Exception as error:  # noqa: BLE001 - a full inbox, a database that went away: both come back
                log.warning("pulled message waits", source=source.id, error=f"{type(error).__name__}: {error}")
                await asyncio.sleep(self._pace.store_again_s)
                continue
            state = self.states.get(source.id)
            if state is not None:
                self.states[source.id] = msgspec.structs.replace(state, received=state.received + 1)
            return

    def _note_connected(self, source: Source) -> None:
        before = self.states.get(source.id)
        self.states[source.id] = LineState(
            state="connected",
            since=self._now(),
            last_error=before.last_error if before else "",
            connections=(before.connections if before else 0) + 1,
            received=before.received if before else 0,
        )
        log.info("line connected", source=source.id)
        self._count()

    def _note_down(self, source: Source, why: str) -> None:
        before = self.states.get(source.id)
        counters.PULL_ENDED.labels(source.feed).inc()
        log.warning("line down", source=source.id, why=why[:ERROR_MAX])
        self.states[source.id] = LineState(
            state="waiting",
            since=before.since if before and before.state == "waiting" else self._now(),
            last_error=why[:ERROR_MAX],
            connections=before.connections if before else 0,
            received=before.received if before else 0,
        )
        self._count()

    def _count(self) -> None:
        for state in ("connected", "waiting"):
            counters.PULL_LINES.labels(state).set(sum(1 for each in self.states.values() if each.state == state))


def _terms(source: Source) -> tuple[str, str]:
    """Return what a line depends on: it is opened anew where this changes."""
    return source.feed, source.pull


def address_of(declared: str, protocol: Protocol) -> httpx.URL:
    """Return what is asked for: the declared address, with the protocol's own path where it names none."""
    url = httpx.URL(declared)
    return httpx.URL(declared.rstrip("/") + protocol.path) if url.path in ("", "/") and not url.query else url
