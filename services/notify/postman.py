"""Sends the letters of the outbox: at least once, with a pause that grows, until they are sent or dead.

A letter keeps its id through all tries, so that the other side can tell a repeat: after a crash between the sending
and its note the same letter goes out again.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

import structlog
from jinja2 import TemplateError
from sqlalchemy import Connection

from services.notify.letter import Channel, Letter, Outcome, Provider, Report
from services.notify.words import write_letter
from services.observe import clock, counters
from services.store import letters
from services.store.database import Database
from services.store.letters import Waiting

AGAIN_AFTER = (
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=10),
    timedelta(hours=1),
    timedelta(hours=4),
    timedelta(hours=12),
)
"""After how long a letter is tried again; one that has failed once more than there are pauses is dead. A server that is
mended within the working day loses nothing."""
WORTH: Mapping[str, timedelta] = {"code": timedelta(minutes=10)}
"""Templates whose letters are worth nothing later than that: a code has expired by then."""
PER_RUN = 100
"""Letters of one run; the next one is seconds away."""

log = structlog.get_logger(__name__)


class Postman:
    """Sends what waits. `send_due` is run by a job."""

    def __init__(
        self,
        db: Database,
        providers: Mapping[Channel, Provider],
        write: Callable[[Waiting], Letter] = write_letter,
        now: Callable[[], datetime] = clock.now,
    ) -> None:
        self.db, self.providers, self.write, self.now = db, providers, write, now
        self._gate = asyncio.Lock()

    async def send_due(self) -> int:
        """Try every letter whose time has come; return how many were taken."""
        if not self.providers:
            return 0
        async with self._gate:
            channels = [each.value for each in self.providers]
            due = await self.db.read(lambda c: letters.list_due(c, channels, self.now(), PER_RUN))
            told = await asyncio.gather(*(self._send(each) for each in due))
            if due:
                await self.db.write(lambda connection: _note(connection, due, told, self.now()))
            return sum(each.outcome is Outcome.TAKEN for each in told)

    async def _send(self, waiting: Waiting) -> Report:
        worth = WORTH.get(waiting.template)
        if worth is not None and self.now() > waiting.created_at + worth:
            report = Report(Outcome.REFUSED, "past its time")
        else:
            report = await self._try(waiting)
        counters.LETTERS.labels(waiting.channel, report.outcome.value).inc()
        if report.outcome is not Outcome.TAKEN:
            log.warning("letter not taken", letter=waiting.id, outcome=report.outcome.value, why=report.detail)
        return report

    async def _try(self, waiting: Waiting) -> Report:
        try:
            letter = self.write(waiting)
        except (LookupError, TypeError, ValueError, TemplateError) as error:
            # Of another version of this server: it must not keep the others from being sent.
            return Report(Outcome.REFUSED, f"cannot be written: {type(error).__name__}")
        return await self.providers[letter.channel].send(letter)


def _note(connection: Connection, due: Sequence[Waiting], told: Sequence[Report], at: datetime) -> None:
    for waiting, report in zip(due, told, strict=True):
        if report.outcome is Outcome.TAKEN:
            letters.note_sent(connection, waiting.id, at)
        else:
            letters.note_failed(connection, waiting.id, report.detail, _again_at(waiting, report, at), at)


def _again_at(waiting: Waiting, report: Report, at: datetime) -> datetime | None:
    if report.outcome is Outcome.REFUSED or waiting.tries >= len(AGAIN_AFTER):
        return None
    return at + AGAIN_AFTER[waiting.tries]
