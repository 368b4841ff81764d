"""Jobs run when their row says, never twice at once, and outlive their failures."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from services.jobs.schedule import JOBS, SHORTEST_S, Daily, Every, Job, Schedule

CHONGQING = ZoneInfo("Asia/Chongqing")


class FakeChores:
    def __init__(self) -> None:
        self.asked: list[str] = []
        self.at_once = 0
        self.most_at_once = 0
        self.fail = False
        self.take_s = 0.0

    async def _do(self, what: str) -> int:
        self.asked.append(what)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            await asyncio.sleep(self.take_s)
            if self.fail:
                raise OSError("disk full")
        finally:
            self.at_once -= 1
        return len(self.asked)

    async def retry_unassigned(self) -> int:
        return await self._do("retry_unassigned")

    async def note_silent_sources(self) -> int:
        return await self._do("note_silent_sources")

    async def tell_overdue_sensors(self) -> int:
        return await self._do("tell_overdue_sensors")

    async def tell_citizens(self) -> int:
        return await self._do("tell_citizens")

    async def renew_city(self) -> int:
        return await self._do("renew_city")

    async def recompute_measures(self) -> int:
        return await self._do("recompute_measures")

    async def write_to_partners(self) -> int:
        return await self._do("write_to_partners")

    async def follow_partners(self) -> int:
        return await self._do("follow_partners")

    async def push_tasks(self) -> int:
        return await self._do("push_tasks")

    async def settle_tracks(self) -> int:
        return await self._do("settle_tracks")

    async def delete_old(self) -> int:
        return await self._do("delete_old")

    async def tidy_media(self) -> int:
        return await self._do("tidy_media")


@asynccontextmanager
async def started(chores: FakeChores, *jobs: Job) -> AsyncIterator[Schedule]:
    schedule = Schedule(chores, timezone=CHONGQING, now=lambda: datetime.now(UTC), jobs=jobs)
    schedule.start()
    try:
        yield schedule
    finally:
        schedule.stop()


def often(name: str, seconds: float = 0.02) -> Job:
    return Job(name=name, when=Every(seconds), do=lambda chores: chores.delete_old(), about="test")


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not is_so():
            await asyncio.sleep(0.005)


async def test_every_row_does_the_chore_that_it_names() -> None:
    chores = FakeChores()
    async with started(chores, *JOBS) as schedule:
        for job in JOBS:
            assert (await schedule.run_now(job.name)).failures == 0
    assert chores.asked == [
        "retry_unassigned",
        "note_silent_sources",
        "tell_overdue_sensors",
        "push_tasks",
        "tell_citizens",
        "write_to_partners",
        "follow_partners",
        "settle_tracks",
        "renew_city",
        "recompute_measures",
        "delete_old",
        "tidy_media",
    ]


async def test_in_a_trial_a_job_of_every_minute_runs_as_often_as_the_clock_is_fast() -> None:
    chores = FakeChores()
    schedule = Schedule(
        chores, timezone=CHONGQING, now=lambda: datetime.now(UTC), jobs=[often("hourly", 3_600)], speed=7_200
    )
    schedule.start()
    try:
        found = schedule.next_run_at("hourly")
        assert found is not None
        assert 0 < (found - datetime.now(UTC)).total_seconds() <= SHORTEST_S
        await until(lambda: len(chores.asked) >= 2)
    finally:
        schedule.stop()


def test_every_row_has_a_name_of_its_own_and_says_why() -> None:
    assert len({job.name for job in JOBS}) == len(JOBS)
    assert all(job.about for job in JOBS)


async def test_a_job_runs_again_and_again() -> None:
    chores = FakeChores()
    async with started(chores, often("a")) as schedule:
        await until(lambda: schedule.states["a"].runs >= 3)


async def test_a_job_that_fails_is_counted_and_runs_again() -> None:
    chores = FakeChores()
    chores.fail = True
    async with started(chores, often("a"), often("b")) as schedule:
        await until(lambda: schedule.states["a"].failures >= 2)
        assert schedule.states["a"].last_error == "OSError: disk full"
        chores.fail = False
        await until(lambda: not schedule.states["a"].last_error)
        assert schedule.states["b"].runs >= 2


async def test_a_slow_job_does_not_overlap_itself() -> None:
    chores = FakeChores()
    chores.take_s = 0.1
    async with started(chores, often("a")) as schedule:
        await until(lambda: schedule.states["a"].runs >= 2)
    assert chores.most_at_once == 1


async def test_a_daily_job_runs_by_the_clock_of_the_city() -> None:
    nightly = Job(name="n", when=Daily(3, 10), do=lambda chores: chores.delete_old(), about="test")
    async with started(FakeChores(), nightly) as schedule:
        at = schedule.next_run_at("n")
    assert at is not None
    assert (at.hour, at.minute, at.utcoffset()) == (3, 10, datetime.now(CHONGQING).utcoffset())


async def test_nothing_runs_after_stop() -> None:
    chores = FakeChores()
    async with started(chores, often("a")) as schedule:
        await until(lambda: schedule.states["a"].runs >= 1)
    ran = len(chores.asked)
    await asyncio.sleep(0.1)
    assert len(chores.asked) <= ran + 1  # one may have been on its way


class Slow(FakeChores):
    async def delete_old(self) -> int:
        await asyncio.sleep(60)
        return 0


@pytest.mark.parametrize("is_end", [True, False])
async def test_a_job_that_the_end_cuts_off_is_no_failure(is_end: bool) -> None:
    async with started(Slow(), often("slow", seconds=60)) as schedule:
        running = asyncio.ensure_future(schedule.run_now("slow"))
        await asyncio.sleep(0)
        if is_end:
            schedule.stop()
        running.cancel()
        if is_end:
            assert (await running).failures == 0
        else:
            with pytest.raises(asyncio.CancelledError):
                await running
