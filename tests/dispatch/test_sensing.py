"""Readings become events: once when it begins, once when it is worse, once when it is over."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from dispatch.city import SensorType
from dispatch.event import Event, Phase, Reading
from dispatch.ids import SourceId
from dispatch.sensing import Rule, SensorState, episode_of, forget_times, make_rule, rules_for, step, usual_rule
from dispatch.sensing.state import Memory
from tests.builders import CITY, TUESDAY_10, make_reading
from tests.taxonomy import SENSOR_TYPES


def rule_of(sensor: SensorType) -> Rule:
    return make_rule(usual_rule(sensor), CITY.calendar)


GAS, COVER, LAMP = (rule_of(each) for each in SENSOR_TYPES)
INSTANT = rule_of(replace(SENSOR_TYPES[0], persist_s=0))


def run(readings: list[Reading], rule: Rule = GAS) -> list[Event]:
    state, told = None, []
    for reading in readings:
        state, events = step(rule, state, reading)
        told += events
    return told


def tell(values: list[float], every_s: float = 60.0, rule: Rule = GAS) -> list[tuple[str, int, float]]:
    """Return (phase, severity, value) of what a row of readings tells."""
    readings = [make_reading(value, n * every_s, metric=rule.metric) for n, value in enumerate(values)]
    return [(event.phase.value, event.severity, float(event.attributes["value"] or 0)) for event in run(readings, rule)]


def test_an_alarm_is_told_once_with_its_level_and_once_when_it_is_over() -> None:
    assert tell([0, 60, 60, 60, 60, 0, 0, 0]) == [("open", 3, 60), ("close", 3, 0)]


def test_a_rise_is_told_and_a_fall_that_is_not_the_end_is_not() -> None:
    assert tell([12, 12, 30, 30, 60, 60, 30, 30, 12, 12, 1, 1]) == [
        ("open", 1, 12),
        ("update", 2, 30),
        ("update", 3, 60),
        ("close", 1, 1),
    ]


def test_a_spike_shorter_than_the_persistence_is_nothing() -> None:
    assert tell([0, 60, 0, 60, 0]) == []
    assert tell([60, 60, 60], every_s=20) == []
    assert tell([60, 60, 60, 60], every_s=20) == [("open", 3, 60)]


def test_a_gap_in_an_alarm_shorter_than_the_persistence_does_not_end_it() -> None:
    assert tell([60, 60, 0, 60, 0, 60]) == [("open", 3, 60)]


def test_the_level_told_is_the_one_that_all_readings_have_borne_out() -> None:
    assert tell([60, 30]) == [("open", 2, 30)]
    assert tell([12, 60, 60]) == [("open", 1, 60), ("update", 3, 60)]


def test_without_persistence_the_first_reading_tells() -> None:
    assert tell([60, 0], rule=INSTANT) == [("open", 3, 60), ("close", 3, 0)]


def test_a_level_is_left_only_below_its_dead_band() -> None:
    assert tell([10, 9.1, 9.01, 10, 9.5], rule=INSTANT) == [("open", 1, 10)]
    assert tell([10, 9.0], rule=INSTANT) == [("open", 1, 10), ("close", 1, 9.0)]


def test_a_level_below_and_at_zero_has_a_dead_band_too() -> None:
    """A dark lamp: 0.0 A is the alarm, and the band of a level at zero comes from the distance of the levels."""
    rule = rule_of(replace(SENSOR_TYPES[2], persist_s=0))
    assert [each[:2] for each in tell([0.5, 0.1, 0.0, 0.005, 0.0, 0.05, 0.105, 0.12], rule=rule)] == [
        ("open", 2),
        ("update", 3),
        ("close", 2),
    ]


def test_an_open_cover_is_open_or_it_is_not() -> None:
    assert tell([0, 1, 1, 0], rule=COVER) == [("open", 3, 1), ("close", 3, 0)]


def test_readings_past_their_lateness_and_repeats_change_nothing() -> None:
    state, _ = step(GAS, None, make_reading(60, 100))
    for at_s in (100, 39.9, -1_000):
        assert step(GAS, state, make_reading(0, at_s)) == (state, [])


def test_it_is_the_readings_time_that_counts_and_not_when_they_came() -> None:
    late = TUESDAY_10 + timedelta(minutes=20)
    readings = [make_reading(60, at_s, received_at=late) for at_s in (0, 60)]
    assert [(event.phase, event.observed_at) for event in run(readings)] == [
        (Phase.OPEN, TUESDAY_10 + timedelta(seconds=60))
    ]


def test_an_event_is_of_the_source_and_the_rule_and_its_id_of_the_reading() -> None:
    (event,) = run([make_reading(60, 0), make_reading(61.5, 60)])
    assert event.id == "r60/septic_gas"
    assert event.episode == "gas1/septic_gas" == episode_of(event.source_id, GAS)
    assert (event.kind, event.text) == ("septic_gas", "61.5 %LEL")


def test_a_source_has_the_rules_of_its_types_for_a_metric() -> None:
    source = CITY.codes.sources[make_reading(0).source_id]
    assert [rule.id for rule in rules_for(source, "CH4", CITY)] == ["septic_gas"]
    assert [rule.id for rule in rules_for(source, "open", CITY)] == ["cover_open"]
    assert rules_for(source, "noise", CITY) == ()
    assert rules_for(replace(source, id=SourceId("other"), kinds=()), "CH4", CITY) == ()


def test_a_state_that_was_written_goes_on_as_if_it_had_not_been() -> None:
    rows = [(0, 5.0), (10, 60.0), (40, 61.0), (80, 62.0), (75, 30.0), (200, 2.0), (270, 1.0)]
    kept = straight = None
    for at_s, value in rows:
        reading = make_reading(value, at_s)
        straight, told = step(GAS, straight, reading)
        kept, told_again = step(GAS, SensorState.read(kept.write()) if kept else None, reading)
        assert told_again == told
    assert kept == straight
    assert SensorState.read(SensorState().write()) == SensorState()


series = st.lists(st.tuples(st.integers(1, 200), st.floats(0, 100)), max_size=40)


def readings_of(rows: list[tuple[int, float]]) -> list[Reading]:
    at_s, readings = 0, []
    for gap_s, value in rows:
        at_s += gap_s
        readings.append(make_reading(value, at_s))
    return readings


@settings(max_examples=80, deadline=None)
@given(series)
def test_an_episode_opens_rises_and_closes_in_that_order_and_never_faster_than_it_may(
    rows: list[tuple[int, float]],
) -> None:
    open_level, changed_at = 0, None
    for event in run(readings_of(rows)):
        if event.phase is Phase.OPEN:
            assert open_level == 0
            if changed_at is not None:
                assert event.observed_at - changed_at >= timedelta(microseconds=GAS.persist_us)
            open_level = event.severity
        elif event.phase is Phase.UPDATE:
            assert open_level > 0
            open_level = event.severity
        else:
            assert event.phase is Phase.CLOSE
            assert open_level > 0
            open_level, changed_at = 0, event.observed_at


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(9.001, 9.999), min_size=1, max_size=30), st.booleans())
def test_inside_the_dead_band_nothing_ever_flaps(values: list[float], begun: bool) -> None:
    told = tell([10.0, *values] if begun else values, rule=INSTANT)
    assert told == ([("open", 1, 10.0)] if begun else [])


@settings(max_examples=40, deadline=None)
@given(series, st.data())
def test_a_reading_that_comes_late_makes_no_difference(rows: list[tuple[int, float]], data: st.DataObject) -> None:
    readings = readings_of(rows)
    straggling = []
    for n, reading in enumerate(readings):
        straggling.append(reading)
        straggling.append(readings[data.draw(st.integers(0, n))])
    assert run(straggling) == run(readings)


@pytest.mark.parametrize("level", [0.0, -0.5, 12.0])
def test_direction_below_mirrors_above(level: float) -> None:
    kind = replace(SENSOR_TYPES[0], persist_s=0, advisory=level, warning=None, alarm=level + 5)
    mirrored = replace(kind, direction="below", advisory=-level, alarm=-level - 5)
    values = [level - 3 + 0.25 * n for n in range(40)] + [level + 6 - 0.25 * n for n in range(40)]
    above = [each[:2] for each in tell(values, rule=rule_of(kind))]
    assert above == [each[:2] for each in tell([-value for value in values], rule=rule_of(mirrored))]
    assert above[0] == ("open", 1)


def test_a_clock_that_was_put_right_forgets_its_times_and_no_level() -> None:
    base = Memory(held=(True, False, False), since_us=(None, 5, None), began_us=4, last_us=9, value=12.0)
    forgotten = forget_times(SensorState(base=base, window=((9, "CH4", 12.0),), told=1, head=base))
    assert forgotten.level == 1
    assert forgotten.head == forgotten.base
    assert (forgotten.base.since_us, forgotten.base.last_us, forgotten.base.value) == ((None, None, None), None, 12.0)
    assert forgotten.window == ()
    silent = SensorState(heard_us=7, kept_us=7)
    assert forget_times(silent).heard_us == 7
