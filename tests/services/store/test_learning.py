"""Texts whose category a person has decided, and no others."""

from pathlib import Path

import pytest

from services.store.learning import Chosen, iterate_chosen
from tests.builders import IN_G1
from tests.parts.town import Town, open_database, run_town
from tests.taxonomy import LITTER, TREE


async def report(town: Town, text: str, lon: float) -> None:
    place = {"lon": IN_G1.lon + lon, "lat": IN_G1.lat}
    await town.send("report", "desk", {"text": text, "category": LITTER, "key": text, **place})


@pytest.mark.parametrize("size", [500, 1])
async def test_what_a_person_has_decided_is_learned_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr("services.store.learning.PAGE", size)
    async with run_town(open_database(tmp_path)) as town:
        for n, text in enumerate(("a tree has fallen", "litter everywhere", "nothing", "nobody has looked")):
            await report(town, text, 0.002 * n)
        wrong, right, void, _ = sorted(town.open_cases(), key=lambda case: case.opened_at)
        await town.do(wrong, "reclassify", category=TREE)
        await town.do(right, "file")
        await town.do(void, "void", reason="nothing there")
        found = await town.db.read(lambda connection: list(iterate_chosen(connection)))
    assert found == [
        Chosen(text="a tree has fallen", category=TREE, corrected=True),
        Chosen(text="litter everywhere", category=LITTER, corrected=False),
    ]
