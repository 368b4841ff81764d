"""What happens by the clock of the platform: one row per job.

What is due by the clock of a *case* is no job: the engine finds it by an index in the database.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Protocol

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

_log = structlog.get_logger(__name__)


SHORTEST_S = 1.0
"""Seconds between two runs of a job in a trial whose clock runs faster (`speed`). The scheduler goes by the machine's
clock: what is done daily is done daily by that one, and not in a trial of minutes.
"""


class Chores(Protocol):
    """What the jobs do. Each returns how many cases, sources or rows it has changed."""

    async def retry_unassigned(self) -> int:
        """Look again for someone to send to the cases that nobody could be sent to."""
        ...

    async def note_silent_sources(self) -> int:
        """Record which sources have been silent for longer than they may."""
        ...

    async def tell_overdue_sensors(self) -> int:
        """Tell what time alone brings about with sensors."""
        ...

    async def renew_city(self) -> int:
        """Take up a new version of the city's pack, and give open cases the limits that it changes."""
        ...

    async def recompute_measures(self) -> int:
        """Count the measures anew from the journal and replace what differs."""
        ...

    async def push_tasks(self) -> int:
        """Ring people whose pages have not heard of a task or a notice by their sockets."""
        ...

    async def tell_citizens(self) -> int:
        """Write to people without an account what they want to be told, and send what waits."""
        ...

    async def write_to_partners(self) -> int:
        """Tell partner systems what they are to be told."""
        ...

    async def follow_partners(self) -> int:
        """Ask partner systems what has become of the cases that they were told of."""
        ...

    async def settle_tracks(self) -> int:
        """Write the positions that came in, and forget those that are past their time."""
        ...

    async def delete_old(self) -> int:
        """Delete messages, sessions, answers and what belongs to persons once they are past their keeping."""
        ...

    async def tidy_media(self) -> int:
        """Keep the bound of the cache in front of a bucket of pictures."""
        ...


@dataclass(frozen=True, slots=True)
class Every:
    """Again and again, `seconds` from start to start."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Daily:
    """Once a day at this hour and minute of the city's clock."""

    hour: int
    minute: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One row: what, when, and why then."""

    name: str
    when: Every | Daily
    do: Callable[[Chores], Awaitable[int]]
    about: str


JOBS: tuple[Job, ...] = (
    Job(
        name="retry-unassigned",
        when=Every(15),
        do=lambda chores: chores.retry_unassigned(),
        about="Queued cases are tried when a worker comes free; this catches what no fact tells, a shift that begins.",
    ),
    Job(
        name="source-liveness",
        when=Every(30),
        do=lambda chores: chores.note_silent_sources(),
        about="Silence is no message, so nothing else would notice it.",
    ),
    Job(
        name="sensor-time",
        when=Every(15),
        do=lambda chores: chores.tell_overdue_sensors(),
        about="Silence is no reading; nor is it one that a held-up rise still holds. One look at all, no job for each.",
    ),
    Job(
        name="push-tasks",
        when=Every(3),
        do=lambda chores: chores.push_tasks(),
        about="A task or notice that no open page has taken rings the phone through its browser's push service.",
    ),
    Job(
        name="letters",
        when=Every(3),
        do=lambda chores: chores.tell_citizens(),
        about="News of the journal become letters to those who follow them; what waits is sent, or tried again.",
    ),
    Job(
        name="write-to-partners",
        when=Every(3),
        do=lambda chores: chores.write_to_partners(),
        about="Parcels wait in the database with the fact that they tell; one look at those whose time has come.",
    ),
    Job(
        name="follow-partners",
        when=Every(15),
        do=lambda chores: chores.follow_partners(),
        about="Open311 has no way to be told: each partner is asked at the interval that the city pack gives him.",
    ),
    Job(
        name="tracks",
        when=Every(15),
        do=lambda chores: chores.settle_tracks(),
        about="Positions are written together; those of people off duty and older ones are deleted.",
    ),
    Job(
        name="renew-city",
        when=Every(10),
        do=lambda chores: chores.renew_city(),
        about="A pack that a command has loaded, categories that begin today, limits that a crash left unchanged.",
    ),
    Job(
        name="recompute-measures",
        when=Daily(3, 10),
        do=lambda chores: chores.recompute_measures(),
        about="The measures are counted fact by fact; once a night they are counted anew and differences are logged.",
    ),
    Job(
        name="retention",
        when=Daily(3, 40),
        do=lambda chores: chores.delete_old(),
        about="Messages go after WARDLINE_INBOX_KEEP_DAYS, what belongs to persons by retention.csv (docs/privacy.md).",
    ),
    Job(
        name="media-cache",
        when=Every(3_600),
        do=lambda chores: chores.tidy_media(),
        about="Of pictures in a bucket, copies lie on this disk up to WARDLINE_MEDIA_CACHE_BYTES.",
    ),
)


@dataclass(slots=True)
class JobState:
    """How a job has fared since the process started."""

    runs: int = 0
    failures: int = 0
    last_started_at: datetime | None = None
    last_took_s: float = 0.0
    last_changed: int = 0
    last_error: str = ""


class Schedule:
    """Runs the jobs in the running event loop. None overlaps itself; one that fails is tried at its next time."""

    def __init__(
        self,
        chores: Chores,
        *,
        timezone: tzinfo,
        now: Callable[[], datetime],
        jobs: Sequence[Job] = JOBS,
        speed: float = 1.0,
    ) -> None:
        self.states = {job.name: JobState() for job in jobs}
        self._chores = chores
        self._now = now
        self._is_stopping = False
        self._jobs = {job.name: job for job in jobs}
        self._scheduler = AsyncIOScheduler(timezone=timezone)
        for job in jobs:
            self._scheduler.add_job(
                self.run_now,
                _trigger(job.when, timezone, speed),
                args=[job.name],
                id=job.name,
                name=job.name,
                max_instances=1,
                coalesce=True,
                # A loop that was busy for a moment must not make a nightly job wait until the next night.
                misfire_grace_time=None,
            )

    def start(self) -> None:
        self._scheduler.start()

    def stop(self) -> None:
        """Start nothing more. A job that runs now ends with the event loop."""
        self._is_stopping = True
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)

    def next_run_at(self, name: str) -> datetime | None:
        """Return when the job runs next; None before `start()`."""
        found = self._scheduler.get_job(name)
        at: datetime | None = getattr(found, "next_run_time", None)
        return at

    async def run_now(self, name: str) -> JobState:
        """Run one job and note how it fared."""
        state = self.states[name]
        state.runs += 1
        state.last_started_at = self._now()
        started_s = time.perf_counter()
        try:
            state.last_changed = await self._jobs[name].do(self._chores)
            state.last_error = ""
        except asyncio.CancelledError:
            if not self._is_stopping:
                raise
            # Cut off by the end of the process: it is done at its next time. The scheduler would log it as a fault.
        except Exception as error:  # noqa: BLE001 - outermost loop: a job that fails must not end the others
            state.failures += 1
            state.last_error = f"{type(error).__name__}: {error}"
            _log.exception("job_failed", job=name)
        state.last_took_s = time.perf_counter() - started_s
        if state.last_changed or state.last_error:
            _log.info("job_ran", job=name, changed=state.last_changed, took_s=round(state.last_took_s, 3))
        return state


def _trigger(when: Every | Daily, timezone: tzinfo, speed: float) -> object:
    if isinstance(when, Every):
        seconds = when.seconds if speed == 1 else max(SHORTEST_S, when.seconds / speed)
        return IntervalTrigger(seconds=seconds, timezone=timezone)
    return CronTrigger(hour=when.hour, minute=when.minute, timezone=timezone)
