"""Cases that sleep are the same cases: whatever is asked of the book, it answers as if all were awake."""

from pathlib import Path
from random import Random

import pytest

from services.engine import state as state_module
from services.engine.shelf import Shelf, read_outline
from services.engine.state import State, load
from services.observe import clock
from services.store import case_rows
from tests.builders import IN_G1
from tests.parts.town import open_database, run_town
from tests.services.engine.living import live
from tests.services.store.samples import make_cases


def laid(*names: str) -> Shelf:
    shelf = Shelf(case_rows.read_case)
    cases, _ = make_cases(*names)
    for case in cases:
        doc = case_rows.case_row(case)["doc"]
        assert isinstance(doc, bytes)
        shelf.lay(case.id, doc)
    return shelf


def test_a_case_wakes_when_it_is_asked_for_and_stays_awake() -> None:
    (case, _), _ = make_cases("a", "b")
    shelf = laid("a", "b")
    assert shelf.count_asleep() == 2
    assert shelf.find(case.id) == shelf[case.id] == case
    assert shelf.find(case.id) is shelf.find(case.id)
    assert shelf.count_asleep() == 1


def test_to_look_at_all_wakes_none() -> None:
    cases, _ = make_cases("a", "b")
    shelf = laid("a", "b")
    assert list(shelf.each()) == cases
    assert shelf.count_asleep() == 2


def test_a_shelf_is_a_mapping() -> None:
    (a, b), _ = make_cases("a", "b")
    shelf = laid("a")
    shelf[b.id] = b
    assert dict(shelf) == {a.id: a, b.id: b}
    assert (len(shelf), a.id in shelf, "z" in shelf) == (2, True, False)
    del shelf[a.id]
    assert shelf.find(a.id) is None
    with pytest.raises(KeyError):
        shelf[a.id]


def test_an_outline_says_of_a_case_what_the_book_must_know() -> None:
    (case,), _ = make_cases("a")
    outline = read_outline(case_rows.case_row(case)["doc"])  # type: ignore[arg-type]
    for name in ("id", "category", "stage", "episodes", "opened_at", "worker", "assists", "helpers", "asked", "parent"):
        assert getattr(outline, name) == getattr(case, name), name
    assert (outline.merged, outline.is_open) == (case.merged, case.is_open)
    assert (outline.place.point, outline.place.component) == (case.place.point, case.place.component)


@pytest.mark.parametrize("seed", range(3))
async def test_a_state_whose_cases_sleep_answers_as_one_whose_cases_are_awake(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    async with run_town(open_database(tmp_path)) as town:
        await live(town, Random(seed), 60)
        for n in range(8):
            await town.tell(
                f"another {n}", lon=IN_G1.lon + n % 4 * 0.001, lat=IN_G1.lat + n // 4 * 0.001, episode=f"n{n}"
            )

        def load_both(connection: object) -> tuple[State, State]:
            awake = load(connection, town.city, clock.now())  # type: ignore[arg-type]
            monkeypatch.setattr(state_module, "AWAKE_MAX", 3)
            return awake, load(connection, town.city, clock.now())  # type: ignore[arg-type]

        awake, asleep = await town.db.read(load_both)
    count = len(awake.book)
    assert count > 5, "a life without open cases proves nothing"
    assert awake.book.cases.count_asleep() == 0
    # One that is asked of on the way, as the case of somebody who goes along, is awake then.
    assert 0 < asleep.book.cases.count_asleep() <= count - 3
    assert list(asleep.book.queue) == list(awake.book.queue)
    for case in awake.book.open_cases():
        near = [each.id for each in awake.book.near(case.category, case.place.point, 100.0, case.place.component)]
        found = asleep.book.near(case.category, case.place.point, 100.0, case.place.component)
        assert [each.id for each in found] == near
        for episode in case.episodes:
            assert asleep.book.of_episode(episode) == awake.book.of_episode(episode)
    for worker in town.city.codes.workers:
        assert asleep.roster.get(worker) == awake.roster.get(worker)
        assert asleep.book.tasks_of(worker) == awake.book.tasks_of(worker)
    assert dict(asleep.book.cases) == dict(awake.book.cases)
