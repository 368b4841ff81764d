"""A trial's clock runs faster than life, and what waits by it waits as long by it."""

import asyncio
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone

import pytest

from services.observe import clock
from services.observe.fast_loop import NAP_S, FastLoop

BEGAN = datetime(2026, 6, 3, tzinfo=timezone(timedelta(hours=8)))


@pytest.fixture(autouse=True)
def clock_as_always() -> Iterator[None]:
    yield
    clock.run_as_always()


def test_it_shows_the_moment_that_it_was_given_and_runs_so_much_faster() -> None:
    began_s = time.monotonic()
    clock.run_faster(BEGAN, 1_000)
    first = clock.now()
    time.sleep(0.02)
    passed_s = (clock.now() - first).total_seconds()
    assert first.tzinfo is UTC
    assert first >= BEGAN
    assert 20 <= passed_s <= (time.monotonic() - began_s) * 1_000
    assert clock.speed() == 1_000


def test_without_a_trial_it_shows_the_machines_time() -> None:
    assert clock.speed() == 1
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=5)


@pytest.mark.parametrize(("began_at", "speed"), [(BEGAN, 0), (BEGAN, -1), (BEGAN.replace(tzinfo=None), 2)])
def test_a_clock_that_stands_or_has_no_zone_is_refused(began_at: datetime, speed: float) -> None:
    with pytest.raises(ValueError, match="trial"):
        clock.run_faster(began_at, speed)
    assert clock.speed() == 1


def run(work: object, speed: float = 100) -> float:
    """Run a coroutine in a fast loop; return the machine's seconds that it took."""
    with asyncio.Runner(loop_factory=lambda: FastLoop(speed)) as runner:
        began_s = time.monotonic()
        runner.run(work)  # type: ignore[arg-type]
        return time.monotonic() - began_s


def test_a_minute_of_sleep_takes_a_hundredth() -> None:
    took_s = run(asyncio.sleep(60))
    assert 0.6 <= took_s < 30


def test_a_short_sleep_takes_a_nap_and_a_shorter_one_itself() -> None:
    assert run(asyncio.sleep(1)) >= NAP_S
    assert 0.001 <= run(asyncio.sleep(0.001)) < NAP_S


def test_a_timeout_is_of_the_loops_seconds() -> None:
    async def wait() -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(60):
                await asyncio.sleep(100_000)

    assert 0.6 <= run(wait()) < 30


def test_its_time_and_the_sleep_agree() -> None:
    async def measure() -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        await asyncio.sleep(120)
        assert loop.time() - began >= 120

    run(measure())
