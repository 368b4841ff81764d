"""The city's telephone system: it tells of calls to the hotline, so that an operator's screen is alive.

Nobody at the other end speaks; what callers say comes by `simulators.actors.people`. A call rings by the wall's clock
and not by the city's, however fast that runs: people answer it.
"""

import asyncio
from random import Random

from simulators.stage import Stage
from simulators.wire import JsonObject, Refused, Unreachable

CALLS = "/api/v1/hotline/calls"
BETWEEN_S = 40.0
"""Seconds on the wall from one call to the next, in the mean."""
RINGS_S = (12.0, 30.0)
"""Seconds on the wall that a call rings before its caller gives up, or another desk answers."""
TALKS_S = (20.0, 60.0)
ANSWERED = 0.4
"""Share of calls that other desks answer."""
SEATED = 0.5
"""Share of calls that ring at the first desk; the others wait for whoever is free."""
FIRST_DESK, OTHER_DESK, LINE = "8001", "8002", "12319"
CALLERS = 40
"""People who call, some of them again."""
WITHHELD = 0.05
LOOK_S = 0.5


async def run_callers(stage: Stage, hurry: float = 1.0) -> None:
    """The telephone rings until the scenario ends; `hurry` times as often and as short."""
    random = stage.stream("callers")
    numbers = [f"1380000{random.randrange(10_000):04}" for _ in range(CALLERS)]
    async with asyncio.TaskGroup() as group:
        while await _wait(stage, random.expovariate(1 / BETWEEN_S) / hurry):
            number = "" if random.random() < WITHHELD else random.choice(numbers)
            call_id, chance = f"{random.getrandbits(60):015x}", Random(random.getrandbits(48))
            group.create_task(make_call(stage, call_id, number, chance, hurry))


async def make_call(stage: Stage, call_id: str, number: str, random: Random, hurry: float) -> None:
    """Let it ring, until another desk answers or the caller gives up."""
    words: JsonObject = {"call_id": call_id, "number": number, "line": LINE}
    seat: JsonObject = {"agent": FIRST_DESK} if random.random() < SEATED else {}
    try:
        await _tell(stage, {**words, **seat, "event": "ringing"})
        await _wait(stage, random.uniform(*RINGS_S) / hurry)
        if random.random() < ANSWERED:
            await _tell(stage, {**words, "agent": OTHER_DESK, "event": "answered"})
            await _wait(stage, random.uniform(*TALKS_S) / hurry)
        await _tell(stage, {**words, "event": "ended"})
    except (Refused, Unreachable) as refused:
        stage.ledger.refuse(f"call {refused}")


async def _wait(stage: Stage, wall_s: float) -> bool:
    """Wait for so many seconds on the wall, or until the scenario ends; return whether it goes on."""
    until_s = min(stage.time.elapsed_s() + wall_s * stage.time.speed, stage.scenario.hours * 3600)
    while (left_s := until_s - stage.time.elapsed_s()) > 0:
        await stage.time.sleep(min(left_s, LOOK_S * stage.time.speed))
    return stage.time.elapsed_s() < stage.scenario.hours * 3600


async def _tell(stage: Stage, word: JsonObject) -> None:
    key = stage.keys[stage.world.desks["hotline"]]
    await stage.wire.send("POST", CALLS, json=word, headers={"Authorization": f"Bearer {key}"})
