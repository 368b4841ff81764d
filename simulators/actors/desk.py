"""The desk: an acceptor files what people and unsure machines report, a collector checks what was handled.

Both are human: they take their time, now and then fail to see, and step back where someone else was faster.
"""

import asyncio
from collections.abc import Awaitable, Callable
from random import Random
from typing import NamedTuple

from simulators.stage import Stage
from simulators.wire import JsonObject, Refused, Session, Unreachable

LOOK_EVERY_S = 2.0
PAGE = 200
AT_ONCE = 40
"""Cases that the desk has in hand at the same time: several people sit there."""
STRICT = 0.92
"""Chance that bad work is seen at the check; `HARSH` that good work is sent back."""
HARSH = 0.01


class Seat(NamedTuple):
    """One seat: which stage it watches, how long a case lies there, and what is done with it."""

    name: str
    watches: str
    delay_s: tuple[float, float]
    act: Callable[[Stage, Session, JsonObject, Random], Awaitable[JsonObject]]


async def run_acceptor(stage: Stage, session: Session) -> None:
    """File what is reported. Runs until cancelled."""
    await _run(stage, session, Seat("acceptor", "reported", stage.scenario.habits.file_s, _file))


async def run_collector(stage: Stage, session: Session) -> None:
    """Check what is handled. Runs until cancelled."""
    await _run(stage, session, Seat("collector", "handled,checking", stage.scenario.habits.check_s, _check))


async def _run(stage: Stage, session: Session, seat: Seat) -> None:
    random = stage.stream(seat.name)
    in_hand: set[str] = set()
    done: dict[str, int] = {}
    """Case -> its version after it was dealt with: an older one in a list is yesterday's news."""

    async def deal_with(case: JsonObject, chance: Random) -> None:
        done[case["id"]] = await _handle(stage, session, seat, case, chance)
        in_hand.discard(case["id"])

    async with asyncio.TaskGroup() as group:
        while True:
            for case in await _look(stage, session, seat):
                fresh = case["id"] not in in_hand and case["version"] > done.get(case["id"], 0)
                if fresh and len(in_hand) < AT_ONCE:
                    in_hand.add(case["id"])
                    group.create_task(deal_with(case, Random(random.getrandbits(48))))
            await asyncio.sleep(LOOK_EVERY_S)


async def _look(stage: Stage, session: Session, seat: Seat) -> list[JsonObject]:
    try:
        page = await session.get("/api/v1/cases", stage=seat.watches, limit=PAGE)
    except (Refused, Unreachable) as refused:
        stage.ledger.refuse(f"{seat.name} {refused}")
        return []
    items: list[JsonObject] = page["items"]
    return [case for case in items if not case["asked"]]


async def _handle(stage: Stage, session: Session, seat: Seat, case: JsonObject, random: Random) -> int:
    """Take the time it takes, and act; return the case's version afterwards."""
    await stage.time.sleep(random.uniform(*seat.delay_s))
    version: int = case["version"]
    try:
        version = (await seat.act(stage, session, case, random)).get("version", version)
    except Refused as refused:
        # 409 and 412: a person at a screen, or the engine, has done it meanwhile.
        stage.ledger.refuse(f"{seat.name} {refused.status} {refused.kind}")
    except Unreachable as error:
        stage.ledger.refuse(f"{seat.name} {error}")
    return version


async def _file(stage: Stage, session: Session, case: JsonObject, _random: Random) -> JsonObject:
    """Read it; void what says nothing, put right what the machine could not know, and file the rest."""
    truth = stage.truths.get(case["text"])
    if truth is not None and not truth.category:
        return await _void(stage, session, case, "内容不清，无法核实 (too vague to act upon)")
    data: JsonObject = {}
    if truth is not None and case["category"]["code"] != truth.category:
        data["category"] = truth.category
    if case["place"]["lon"] is None or not case["place"]["inside"]:
        if truth is None or truth.point is None:
            return await _void(stage, session, case, "位置不明 (no place is known)")
        data |= {"lon": truth.point.lon, "lat": truth.point.lat}
    if not case["category"]["code"] and "category" not in data:
        return await _void(stage, session, case, "无法归类 (belongs to no category)")
    stage.ledger.did("filed")
    return await session.command(case["id"], "file", **data)


async def _void(stage: Stage, session: Session, case: JsonObject, reason: str) -> JsonObject:
    stage.ledger.did("voided")
    return await session.command(case["id"], "void", reason=reason)


async def _check(stage: Stage, session: Session, case: JsonObject, random: Random) -> JsonObject:
    bad = case["id"] in stage.badly_done
    fails = random.random() < (STRICT if bad else HARSH)
    note = "现场仍有问题 (still there)" if fails else "现场已恢复 (put right)"
    stage.ledger.did("check failed" if fails else "check passed")
    return await session.command(case["id"], "check", passed=not fails, note=note)
