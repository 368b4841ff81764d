"""C10. The same words in any order leave the same cases open.

a partner's stream   open a, update a, close a, open b, open c, close c    shuffled, ORDERS times
the weather office   Alert, Update, Cancel                                 all six orders
"""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from services.observe import clock
from tests.builders import IN_G1, IN_G4
from tests.parts.town import make_town_city, open_database, run_town
from tests.services.feeds.test_cap import alert
from tests.taxonomy import GAS, LITTER, TREE

ORDERS = 12
PLACES = {"a": (IN_G1, GAS), "b": (IN_G4, LITTER), "c": (IN_G1, TREE)}
WORDS = (
    ("a", "open", 0),
    ("a", "update", 20),
    ("a", "close", 60),
    ("b", "open", 5),
    ("c", "open", 10),
    ("c", "close", 50),
)
"""(episode, phase, seconds after the beginning) as it really was: a and c are over, b goes on."""


def say(episode: str, phase: str, after_s: int, began: datetime) -> dict[str, Any]:
    point, category = PLACES[episode]
    data = {"category": category, "lon": point.lon, "lat": point.lat, "episode": episode, "phase": phase}
    at = (began + timedelta(seconds=after_s)).isoformat()
    head = {"specversion": "1.0", "id": f"{episode}{phase}", "source": "s", "type": "t", "time": at}
    return head | {"data": data}


async def live(folder: Path, words: Sequence[tuple[str, str, int]]) -> tuple[set[str], set[str]]:
    """Return the categories of what goes on after these words, and of what is over."""
    folder.mkdir()
    async with run_town(open_database(folder), make_town_city()) as town:
        began = clock.now() - timedelta(seconds=90)
        for word in words:
            await town.send("cloudevents", "partner", say(*word, began))
        goes_on = {str(case.category) for case in town.open_cases() if not case.cleared}
        over = {str(case.category) for case in town.open_cases() if case.cleared}
        assert await town.fold() == {case.id: case for case in town.open_cases()}
        return goes_on, over


async def test_c10_a_stream_in_any_order_leaves_the_same_cases_open(tmp_path: Path) -> None:
    chance = random.Random(10)
    assert await live(tmp_path / "first", WORDS) == ({LITTER}, {GAS, TREE})
    for n in range(ORDERS):
        shuffled = chance.sample(WORDS, len(WORDS))
        goes_on, over = await live(tmp_path / str(n), shuffled)
        assert goes_on == {LITTER}, shuffled
        # What was over before anybody heard that it had begun is history, and no case.
        assert over <= {GAS, TREE}, shuffled


NINE, HALF_PAST, TEN = (f"2026-11-27T{hour}:00+08:00" for hour in ("09:00", "09:30", "10:00"))
WARNINGS = {
    "Alert": alert(number="A1", sent=NINE),
    "Update": alert("Update", number="A2", references=f"met@city.test,A1,{NINE}", sent=HALF_PAST),
    "Cancel": alert("Cancel", number="A3", references=f"met@city.test,A2,{HALF_PAST}", sent=TEN),
}


@pytest.mark.parametrize("order", list(permutations(WARNINGS)), ids="-".join)
async def test_c10_a_warning_that_was_cancelled_is_over_in_whatever_order_it_came(
    tmp_path: Path, order: tuple[str, ...]
) -> None:
    async with run_town(open_database(tmp_path), make_town_city()) as town:
        for kind in order:
            await town.send("cap", "partner", WARNINGS[kind])
        assert [case for case in town.open_cases() if not case.cleared] == []
        assert (await town.states()).keys() <= {"done"}, "no part of a chain is refused for coming early"
