"""What holds for every rule and every row of readings."""

from datetime import time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.event import Phase, Reading
from dispatch.sensing import Rule, SensorState, episode_of, replay, step
from dispatch.sensing.rules import LATENESS_S, WINDOW_MAX
from dispatch.sensing.step import fold
from tests.builders import TUESDAY_10
from tests.dispatch.sensors import feed, read, rule_of, said

RULES = {
    "threshold": rule_of(persist_s=60),
    "instant": rule_of(),
    "own clear levels": rule_of(clear=(5, 20, 30), persist_s=30, clear_s=120),
    "below": rule_of(direction="below", levels=(90, 50, 10)),
    "rate": rule_of(kind="rate", levels=(5, 20, 50), span_s=300),
    "fall": rule_of(kind="rate", direction="below", levels=(-5, -20, -50), span_s=300, persist_s=20),
    "repeat": rule_of(kind="repeat", levels=(1, 2, 4), span_s=600, hit=50),
    "gated": rule_of(when="fan < 50", fresh_s=200),
    "combined": rule_of(kind="combine", direction="equals", levels=(None, 1, None), when="CH4 > 30 and fan < 50"),
    "hours": rule_of(hours=(time(18), time(18, 10)), persist_s=20),
}
"""One of each kind; the readings are of 18:00 to about 18:30 of the test city, or less."""

rules = st.sampled_from(sorted(RULES)).map(RULES.__getitem__)
rows = st.lists(
    st.tuples(st.integers(1, 40), st.integers(0, 100), st.sampled_from(["CH4", "CH4", "fan"])), min_size=1, max_size=25
)


def readings_of(rule: Rule, made: list[tuple[int, int, str]]) -> list[Reading]:
    at_s, readings = 8 * 3_600.0, []
    for gap_s, value, metric in made:
        at_s += gap_s
        if metric in rule.metrics:
            readings.append(read(value, at_s, metric))
    return readings


def head_of(rule: Rule, state: SensorState | None) -> object:
    return None if state is None else fold(rule, state.base, state.window)


@settings(max_examples=150, deadline=None)
@given(rules, rows, st.data())
def test_within_the_lateness_the_order_in_which_readings_come_does_not_matter(
    rule: Rule, made: list[tuple[int, int, str]], data: st.DataObject
) -> None:
    readings = readings_of(rule, made)
    # Each is held up by up to half the lateness: none comes later than the lateness after one that is newer.
    held_up = data.draw(st.lists(st.integers(0, int(LATENESS_S / 2)), min_size=len(readings), max_size=len(readings)))
    shuffled = [
        each for _, _, each in sorted(
            (each.observed_at + timedelta(seconds=by_s), n, each)
            for n, (each, by_s) in enumerate(zip(readings, held_up, strict=True))
        )
    ]  # fmt: skip
    straight, told = feed(rule, readings)
    mixed, told_mixed = feed(rule, shuffled)
    assert head_of(rule, mixed) == head_of(rule, straight)
    if straight is not None and mixed is not None:
        assert mixed.told == straight.told
    # What is told of is at least as bad: nothing is hidden by coming late.
    assert max((each.severity for each in told_mixed), default=0) >= max((each.severity for each in told), default=0)


@settings(max_examples=150, deadline=None)
@given(rules, rows, st.data())
def test_a_state_that_is_written_and_read_anywhere_goes_on_the_same(
    rule: Rule, made: list[tuple[int, int, str]], data: st.DataObject
) -> None:
    readings = readings_of(rule, made)
    straight, told = feed(rule, readings)
    cut = data.draw(st.integers(0, len(readings)))
    before, told_before = feed(rule, readings[:cut])
    woken = SensorState.read(before.write()) if before else None
    after, told_after = feed(rule, readings[cut:], woken)
    assert head_of(rule, after) == head_of(rule, straight)
    assert [*told_before, *told_after] == told


@settings(max_examples=100, deadline=None)
@given(rules, rows)
def test_the_same_readings_again_tell_nothing_and_change_nothing(rule: Rule, made: list[tuple[int, int, str]]) -> None:
    readings = readings_of(rule, made)
    state, _ = feed(rule, readings)
    assert feed(rule, readings, state) == (state, [])


@settings(max_examples=150, deadline=None)
@given(rules, rows)
def test_a_rise_is_always_told_and_an_end_only_of_what_began(rule: Rule, made: list[tuple[int, int, str]]) -> None:
    state, level, told = None, 0, 0
    for reading in readings_of(rule, made):
        state, events = step(rule, state, reading)
        for event in events:
            if event.phase is Phase.CLOSE:
                assert told > 0
                told = 0
            else:
                assert (event.phase is Phase.OPEN) is (told == 0)
                assert event.severity > level, "a rise"
                told = event.severity
        if state.level > level:
            assert [event.severity for event in events] == [state.level]
        if state.level == 0 < level:
            assert [event.phase for event in events] == [Phase.CLOSE]
        level = told = state.level


@settings(max_examples=80, deadline=None)
@given(st.lists(st.floats(20.001, 24.999), min_size=1, max_size=30), st.booleans())
def test_between_the_clear_level_and_the_level_nothing_ever_flips(values: list[float], begun: bool) -> None:
    rule = rule_of(levels=(None, 25, None), clear=(None, 20, None))
    rows = [25.0, *values] if begun else values
    told = feed(rule, [read(value, n * 90) for n, value in enumerate(rows)])[1]
    assert [each[:2] for each in said(told)] == ([("open", 2)] if begun else [])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 200), st.integers(0, 100)), min_size=1, max_size=120))
def test_what_is_kept_of_a_sensor_is_bounded(made: list[tuple[int, int]]) -> None:
    for rule in (RULES["threshold"], RULES["rate"], RULES["repeat"]):
        state, _ = feed(rule, [read(value, at_s / 10) for at_s, value in made])
        assert state is not None
        assert len(state.window) <= WINDOW_MAX
        assert len(state.write()) < 8_000


@settings(max_examples=60, deadline=None)
@given(rules, rows)
def test_a_trial_tells_what_the_rule_would_have_told(rule: Rule, made: list[tuple[int, int, str]]) -> None:
    readings = readings_of(rule, made)
    _, told = feed(rule, readings)
    found = replay(lambda _source, metric: (rule,) if metric in rule.metrics else (), readings, TUESDAY_10)
    opened = [event for event in told if event.phase is Phase.OPEN]
    assert [each.opened_at for each in found] == [event.observed_at for event in opened]
    closed = [event.observed_at for event in told if event.phase is Phase.CLOSE]
    assert [each.closed_at for each in found if each.closed_at] == closed
    assert sum(each.closed_at is None for each in found) == len(opened) - len(closed)


@pytest.mark.parametrize("late_s", [1, 30, 60])
def test_a_rise_that_came_late_and_is_over_is_told_with_its_end(late_s: int) -> None:
    rule = RULES["instant"]
    _, told = feed(rule, [read(0, 100), read(60, 100 - late_s)])
    assert said(told) == [("open", 3, 100 - late_s), ("close", 3, 100)]
    assert told[0].text == "60 %LEL"
    assert len({event.id for event in told}) == 2
    assert {event.episode for event in told} == {episode_of(told[0].source_id, rule)}


def test_one_that_is_later_than_its_lateness_changes_nothing() -> None:
    rule = RULES["instant"]
    state, _ = feed(rule, [read(0, 100)])
    assert feed(rule, [read(60, 39)], state) == (state, [])
