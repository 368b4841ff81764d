"""A town whose hours pass by chance: what senders tell and people order, in any order that is legal."""

from collections import Counter
from random import Random

from dispatch.commands import legal_commands
from dispatch.ids import WorkerId
from dispatch.refusals import Refusal
from services.observe import clock
from tests.builders import IN_G1, IN_G4, OUTSIDE
from tests.dispatch.histories import actor_for, choose, fields_for
from tests.parts.town import Town
from tests.taxonomy import GAS, LITTER, TREE, VENDOR


async def live(town: Town, random: Random, steps: int) -> None:
    """Let the town live so many steps."""
    for n in range(steps):
        step = random.choice((_tell, _measure, *[_order] * 5, _sign))
        await step(town, random, n)


async def _tell(town: Town, random: Random, n: int) -> None:
    point = random.choice((IN_G1, IN_G4, OUTSIDE))
    await town.tell(
        f"event {n}",
        category=random.choice((GAS, LITTER, TREE, VENDOR)),
        lon=point.lon + random.choice((0, 0.0001, 0.002)),
        lat=point.lat,
        episode=random.choice(("", "a", f"e{n}")),
        phase=random.choice(("open", "update", "close", "pulse", "sync")),
        severity=random.choice((1, 2, 3)),
        confidence=random.choice((0.3, 0.95, None)),
    )


async def _measure(town: Town, random: Random, n: int) -> None:
    await town.send(
        "telemetry", "gas1", {"readings": [{"metric": "CH4", "value": random.choice((1, 9.5, 30, 60))}], "n": n}
    )


async def _order(town: Town, random: Random, n: int) -> None:
    book = town.desk.state.book
    cases = list(book.cases.values()) if book.cases and random.random() < 0.9 else list(book.recent.values())
    if not cases:
        return
    case = random.choice(cases)
    actor = actor_for(case, random)
    names = legal_commands(case, actor)
    name = choose(names, random, Counter()) if names else None
    if name is None:
        return
    others = [each for each in book.open_cases() if each.id != case.id]
    try:
        await town.desk.command(case.id, name, actor, fields_for(name, case, others, clock.now(), random))
    except Refusal:
        return


async def _sign(town: Town, random: Random, _: int) -> None:
    worker = WorkerId(random.choice(sorted(town.city.codes.workers)))
    await town.desk.set_duty(worker, on=random.random() < 0.8)
