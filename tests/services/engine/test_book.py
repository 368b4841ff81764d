"""The book: whatever a decision asks it for, it finds what a look at every case would find."""

from datetime import timedelta

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from dispatch.case import Case, Stage
from dispatch.ids import CaseId, CategoryCode
from dispatch.place import Place
from gis.point import LonLat, distance_m
from services.engine import book as book_module
from services.engine.book import Book
from tests.builders import IN_G1, TUESDAY_10, make_case

PLAIN = make_case()
POINTS = st.builds(LonLat, st.floats(106.4, 106.6), st.floats(29.4, 29.6))
CATEGORIES = st.sampled_from([CategoryCode("A"), CategoryCode("B")])


def case_of(name: str, **changes: object) -> Case:
    point = changes.pop("point", IN_G1)
    place = msgspec.structs.replace(PLAIN.place, point=point, component=changes.pop("component", ""))
    return msgspec.structs.replace(PLAIN, id=CaseId(name), place=place, **changes)


@given(
    cases=st.lists(st.tuples(POINTS | st.none(), CATEGORIES, st.sampled_from(["", "p1", "p2"])), max_size=30),
    here=POINTS,
    within_m=st.floats(1, 5_000),
    component=st.sampled_from(["", "p1"]),
)
def test_near_finds_what_a_look_at_every_case_finds(
    cases: list[tuple[LonLat | None, CategoryCode, str]], here: LonLat, within_m: float, component: str
) -> None:
    book = Book()
    for n, (point, category, part) in enumerate(cases):
        book.put(None, case_of(str(n), point=point, category=category, component=part))
    found = {case.id for case in book.near(CategoryCode("A"), here, within_m, component)}
    for case in book.open_cases():
        if case.category != "A":
            assert case.id not in found
            continue
        point = case.place.point
        is_close = point is not None and distance_m(here, point) <= within_m
        if is_close or (component and case.place.component == component):
            assert case.id in found


class Books(RuleBasedStateMachine):
    """Cases come, move, change and end; the indexes stay those of the cases that are there."""

    def __init__(self) -> None:
        super().__init__()
        self.book = Book()
        self.model: dict[str, Case] = {}

    names = st.sampled_from("abcd")

    @rule(
        name=names,
        point=st.sampled_from([None, IN_G1, LonLat(106.52, 29.5)]),
        category=CATEGORIES,
        stage=st.sampled_from([Stage.FILED, Stage.DISPATCHED, Stage.CLOSED, Stage.VOID]),
        episodes=st.sets(st.sampled_from(["x", "y"])),
        hours=st.integers(0, 3),
    )
    def put(
        self, name: str, point: LonLat | None, category: CategoryCode, stage: Stage, episodes: set[str], hours: int
    ) -> None:
        before = self.model.get(name)
        # The events of an episode go to its open case, so that no second one ever takes it up.
        episodes -= {each for case in self.model.values() if case.is_open and case.id != name for each in case.episodes}
        after = case_of(
            name,
            point=point,
            category=category,
            stage=stage,
            episodes=tuple(sorted(episodes)),
            opened_at=before.opened_at if before else TUESDAY_10 + timedelta(hours=hours),
        )
        self.book.put(before, after)
        self.model[name] = after

    @invariant()
    def cases_are_where_they_belong(self) -> None:
        running = {case.id: case for case in self.model.values() if case.is_open}
        ended = {case.id: case for case in self.model.values() if not case.is_open}
        assert self.book.cases == running
        assert dict(self.book.recent) == ended
        assert set(self.book.queue) == {case.id for case in running.values() if case.stage is Stage.FILED}

    @invariant()
    def an_episode_leads_to_the_open_case_or_the_latest(self) -> None:
        for episode in ("x", "y"):
            holders = [case for case in self.model.values() if episode in case.episodes]
            found = self.book.of_episode(episode)
            if found is None:
                # An older holder may have been passed over for one that has since let go of the episode.
                continue
            assert found in holders
            assert found.is_open or not any(case.is_open for case in holders if case.opened_at >= found.opened_at)

    @invariant()
    def no_index_keeps_what_has_gone(self) -> None:
        kept = {case_id for cell in self.book._cells.values() for case_id in cell}
        assert kept == {case.id for case in self.book.cases.values() if case.place.point is not None}
        assert all(self.book._cells.values())


def test_the_indexes_are_those_of_the_cases_that_are_there() -> None:
    run_state_machine_as_test(Books)


def test_a_word_on_an_old_case_does_not_take_the_episode_of_the_open_one() -> None:
    book = Book()
    old = case_of("old", stage=Stage.CLOSED, episodes=("gas1/CH4",))
    new = case_of("new", episodes=("gas1/CH4",), opened_at=TUESDAY_10 + timedelta(hours=1))
    book.put(None, old)
    book.put(None, new)
    book.put(old, msgspec.structs.replace(old, reminders=1))
    assert book.of_episode("gas1/CH4") == new


def test_the_recent_past_is_bounded(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(book_module, "RECENT_MAX", 3)
    book = Book()
    for n in range(5):
        book.put(None, case_of(str(n), stage=Stage.CLOSED, episodes=(f"e{n}",)))
    assert list(book.recent) == ["2", "3", "4"]
    assert book.of_episode("e1") is None
    assert book.of_episode("e4") == book.recent[CaseId("4")]


def test_a_flood_of_one_place_does_not_make_every_event_slow() -> None:
    book = Book()
    for n in range(1_000):
        book.put(
            None, case_of(str(n), point=LonLat(IN_G1.lon + (n % 50) * 1e-4, IN_G1.lat), category=CategoryCode("A"))
        )
    assert len(book.near(CategoryCode("A"), IN_G1, 3_000)) < 1_000
    assert isinstance(PLAIN.place, Place)
