"""Plays a scenario against a server, from the first question to the verdict."""

import asyncio
from collections.abc import Awaitable
from typing import NamedTuple
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from simulators.actors.answers import run_answers
from simulators.actors.callers import run_callers
from simulators.actors.cameras import run_cameras
from simulators.actors.desk import run_acceptor, run_collector
from simulators.actors.people import run_citizens, run_hotline, run_patrols
from simulators.actors.sensors import run_sensors
from simulators.actors.workers import run_workers
from simulators.clock import CityTime, now
from simulators.ledger import Ledger
from simulators.scenario import Scenario
from simulators.stage import Stage
from simulators.verdict import Counts, Line, count, judge, report
from simulators.wire import Refused, Session, Unreachable, Wire
from simulators.world import read_world

DRAIN_LOOK_S = 3.0
"""Wall seconds between two looks at what is still open after the last happening."""
SHORTEST_DRAIN_S = 20.0


class Wish(NamedTuple):
    """How to play: `speed` city seconds a second, `minutes` of the wall's clock (None: the scenario's own length)."""

    url: str
    speed: float
    seed: int
    minutes: float | None
    admin: str
    password: str
    forever: bool = False


class NoServer(RuntimeError):
    """There is no server to play to, or it does not let us in."""


async def play(scenario: Scenario, wish: Wish) -> list[Line]:
    """Play the scenario and return the verdict's lines, having printed the report.

    :raises NoServer: if the server cannot be reached or refuses the administrator.
    """
    wire = Wire(wish.url)
    try:
        stage, admin = await _set(scenario, wish, wire)
        zone = ZoneInfo((await admin.get("/api/v1/city"))["timezone"])
        started = now().astimezone(zone).date().isoformat()
        before = await count(admin, started, started)
        print(_announcement(stage), flush=True)
        await _perform(stage, admin, forever=wish.forever)
        after = await count(admin, started, now().astimezone(zone).date().isoformat())
    except (Refused, Unreachable) as error:
        raise NoServer(str(error)) from error
    finally:
        await wire.close()
    return _conclude(stage, before, after)


def shorten(scenario: Scenario, speed: float, minutes: float | None) -> Scenario:
    """Return the scenario cut to so many wall minutes, with as many happenings as its first hours have."""
    if minutes is None or minutes * 60 * speed >= scenario.hours * 3600:
        return scenario
    hours = minutes * speed / 60
    share = hours / scenario.hours
    return replace(scenario, hours=hours, cases=scenario.cases * share, drain_h=min(scenario.drain_h, hours))


async def _set(scenario: Scenario, wish: Wish, wire: Wire) -> tuple[Stage, Session]:
    admin = await wire.sign_in(wish.admin, wish.password)
    world = await read_world(admin)
    keys = {}
    for source in (*world.gateways, *world.desks.values()):
        keys[source] = str((await admin.post(f"/api/v1/sources/{source}/key", {}))["key"])
    time = CityTime(wish.speed)
    short = shorten(scenario, wish.speed, wish.minutes)
    return Stage(wire, world, time, short, wish.seed, keys, wish.password), admin


async def _perform(stage: Stage, admin: Session, *, forever: bool) -> None:
    """The staff works from before the first happening until the rest is done; then everyone goes home."""
    acceptor = await stage.wire.sign_in("acceptor", stage.password)
    collector = await stage.wire.sign_in("collector1", stage.password)
    staff = [
        asyncio.create_task(_named(stage, "workers", run_workers(stage, admin))),
        asyncio.create_task(_named(stage, "answers", run_answers(stage))),
        asyncio.create_task(_named(stage, "acceptor", run_acceptor(stage, acceptor))),
        asyncio.create_task(_named(stage, "collector", run_collector(stage, collector))),
    ]
    try:
        while True:
            await _tell_all(stage)
            if not forever:
                break
            stage.seed += 1
            stage.time = CityTime(stage.time.speed)
        await _drain(stage, admin)
    finally:
        for task in staff:
            task.cancel()
        await asyncio.gather(*staff, return_exceptions=True)


async def _tell_all(stage: Stage) -> None:
    """Everything that happens, from the first moment to the last."""
    tellers = (run_cameras, run_sensors, run_citizens, run_hotline, run_patrols, run_callers)
    await asyncio.gather(*(_named(stage, teller.__name__, teller(stage)) for teller in tellers))


async def _named(stage: Stage, name: str, acting: Awaitable[None]) -> None:
    """An actor that breaks is told of, and counts as a fault of the run; the others play on."""
    try:
        await acting
    except Exception as error:  # noqa: BLE001  # the outermost loop of an actor
        print(f"{name} stopped: {error!r}", flush=True)
        stage.ledger.refuse(f"{name} stopped")


async def _drain(stage: Stage, admin: Session) -> None:
    """Wait until nothing is open any more, at most for the scenario's `drain_h`."""
    patience_s = max(SHORTEST_DRAIN_S, stage.scenario.drain_h * 3600 / stage.time.speed)
    for _ in range(int(patience_s / DRAIN_LOOK_S) + 1):
        if not (await admin.get("/api/v1/cases", stage="open", limit=1))["items"]:
            return
        await asyncio.sleep(DRAIN_LOOK_S)


def _announcement(stage: Stage) -> str:
    scenario, world = stage.scenario, stage.world
    return (
        f"{scenario.name}: {scenario.title_en} / {scenario.title_zh}. About {scenario.cases:.0f} happenings in "
        f"{scenario.hours:.1f} city hours, {stage.time.speed:g} times as fast: "
        f"{scenario.hours * 60 / stage.time.speed:.1f} minutes. "
        f"{len(world.cameras)} cameras, {len(world.sensors)} sensors, seed {stage.seed}."
    )


def _conclude(stage: Stage, before: Counts, after: Counts) -> list[Line]:
    tallies = dict(stage.wire.tallies)
    ledger: Ledger = stage.ledger
    lines = judge(stage.scenario.expect, ledger, before, after, tallies)
    print(report(lines, ledger, tallies), flush=True)
    return lines
