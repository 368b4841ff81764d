"""The measures: kept from fact to fact they equal a count of all cases, whatever happened between."""

import asyncio
import random
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import update

from services.store import measures
from services.store.database import Database
from services.store.measures import Amounts
from services.store.tables import measures as table
from tests.parts.town import Town, open_database, run_town
from tests.services.engine.living import live


async def kept(db: Database) -> Amounts:
    """Return what the database holds, without what is nought."""
    return {key: n for key, n in (await db.read(measures.read_all)).items() if n}


async def counted(town: Town) -> Amounts:
    """Return what a count of all cases gives."""
    sums, _ = await town.db.read(lambda connection: measures.count_all(connection, town.city.timezone))
    return {key: n for key, n in sums.items() if n}


@pytest.mark.parametrize("seed", range(4))
async def test_kept_from_fact_to_fact_they_equal_a_count_of_all_cases(town: Town, seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(6):
        await live(town, chance, 20)
        if chance.random() < 0.5:
            await town.tally.flush()
    await town.tally.flush()
    assert await kept(town.db) == await counted(town) != {}
    assert await town.tally.recompute() == 0


async def test_what_a_crash_left_uncounted_is_found_at_the_start(tmp_path: Path) -> None:
    async with run_town(open_database(tmp_path)) as town:
        await live(town, random.Random(1), 40)
        await town.tally.flush()
        await live(town, random.Random(2), 40)
        # The town ends without a flush: that is what a kill does.
    async with run_town(open_database(tmp_path)) as town:
        assert await kept(town.db) == await counted(town)
        await live(town, random.Random(3), 20)
        await town.tally.flush()
        assert await kept(town.db) == await counted(town)


async def test_a_wait_that_is_cancelled_counts_nothing_twice(town: Town) -> None:
    for n in range(5):
        await town.tell(f"hiss {n}", lon=106.505 + n * 0.001)
        flush = asyncio.ensure_future(town.tally.flush())
        for _ in range(n):
            await asyncio.sleep(0)
        flush.cancel()
        await asyncio.gather(flush, return_exceptions=True)
    await town.tally.flush()
    assert await kept(town.db) == await counted(town)


async def test_a_flush_that_was_written_though_its_answer_was_lost_is_not_written_again(town: Town) -> None:
    await town.tell("hiss")
    submit = town.db.submit
    lost: list[asyncio.Future[object]] = []

    def lose(bulk, value, *, patient=False):  # type: ignore[no-untyped-def]
        lost.append(submit(bulk, value, patient=patient))
        failed: asyncio.Future[object] = asyncio.get_running_loop().create_future()
        failed.set_exception(ConnectionError("the answer is lost"))
        return failed

    town.db.submit = lose  # type: ignore[method-assign]
    with pytest.raises(ConnectionError):
        await town.tally.flush()
    await lost[0]
    town.db.submit = submit  # type: ignore[method-assign]
    await town.tell("another", lon=106.508)
    await town.tally.flush()
    assert await kept(town.db) == await counted(town)


async def test_the_nightly_count_mends_what_is_wrong_while_the_city_works(town: Town) -> None:
    chance = random.Random(7)
    await live(town, chance, 60)
    await town.tally.flush()
    await town.db.write(lambda connection: connection.execute(update(table).values(n=table.c.n + 1)))
    wrong = len(await kept(town.db))
    _, differed = await asyncio.gather(live(town, chance, 20), town.tally.recompute())
    assert differed >= wrong > 0
    await town.tally.flush()
    assert await kept(town.db) == await counted(town)
    assert await town.tally.recompute() == 0


async def test_all_that_is_added_is_what_cases_add(town: Town) -> None:
    case = await town.tell("hiss")
    assert case is not None
    case = await town.carry_out(case, "accept", "arrive", "report_handled")
    await town.do(case, "check", passed=True)
    await town.tally.flush()
    sums: Counter[str] = Counter()
    for (_, counter), n in (await kept(town.db)).items():
        sums[counter] += n
    assert {
        name: sums[name] for name in ("reported", "filed", "dispatched", "closed", "on_time", "due", "overdue")
    } == {
        "reported": 1,
        "filed": 1,
        "dispatched": 1,
        "closed": 1,
        "on_time": 1,
        "due": 1,
        "overdue": 0,
    }
