"""Each kind of rule, where it tells and where it must not."""

from datetime import UTC, datetime, time, timedelta

import pytest
from msgspec.structs import replace

from dispatch.classify import Classified, classify
from dispatch.event import Phase
from dispatch.reasons import render
from dispatch.sensing import BadCondition, pass_time, read_condition, rules_for, step
from dispatch.sensing.conditions import CONDITION_MAX, METRICS_MAX
from dispatch.sensing.rules import POINTS_MAX, SETTLE_S, WINDOW_MAX
from tests.builders import CITY, IN_G1, TUESDAY_10, make_city, make_reading
from tests.dispatch.sensors import GAS_ROW, feed, read, rule_of, said, tell

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


# --- threshold -------------------------------------------------------------------------------------------


def test_a_clear_level_of_its_own_is_where_a_level_is_left() -> None:
    rule = rule_of(levels=(None, 25, None), clear=(None, 5, None))
    assert tell(rule, (0, 25), (60, 22), (120, 5.1), (180, 5)) == [("open", 2, 0), ("close", 2, 180)]


def test_what_must_be_clear_may_last_otherwise_than_what_must_be_wrong() -> None:
    rule = rule_of(levels=(None, 25, None), persist_s=0, clear_s=100)
    assert tell(rule, (0, 25), (10, 0), (100, 0), (110, 0)) == [("open", 2, 0), ("close", 2, 110)]


# --- rate ------------------------------------------------------------------------------------------------

RISE = rule_of(kind="rate", levels=(None, 10, 20), span_s=600)


def test_a_rise_within_the_span_is_told_and_a_slow_one_is_not() -> None:
    assert tell(RISE, (0, 1), (300, 5), (590, 11)) == [("open", 2, 590)]
    assert tell(RISE, *((n * 300, 3.0 * n) for n in range(40))) == []


def test_a_rise_is_counted_from_the_lowest_of_the_span() -> None:
    assert tell(RISE, (0, 30), (100, 4), (200, 14), (300, 24)) == [("open", 2, 200), ("update", 3, 300)]
    assert tell(RISE, (0, 4), (601, 14)) == []


def test_a_fall_is_a_rate_below_zero() -> None:
    fall = rule_of(kind="rate", direction="below", levels=(None, -0.5, -1), span_s=1_800)
    assert tell(fall, (0, 3), (600, 2.8), (1_200, 2.4), (1_700, 2.0)) == [("open", 2, 1_200), ("update", 3, 1_700)]
    assert tell(fall, (0, 2), (600, 2.8), (1_200, 3.9)) == []


def test_however_often_a_sensor_tells_what_a_rate_looks_back_at_is_bounded() -> None:
    state, told = feed(RISE, [read(n / 1_000, n) for n in range(3_000)])
    assert state is not None
    assert told == []
    assert state.head is not None
    assert len(state.head.points) <= POINTS_MAX
    assert len(state.window) <= WINDOW_MAX
    _, told = feed(RISE, [read(n / 50, n) for n in range(3_000)])
    assert said(told)[0][:2] == ("open", 2)
    assert abs(said(told)[0][2] - 500) <= 600 / POINTS_MAX, "to within a sixty-fourth of the span"


# --- repeat ----------------------------------------------------------------------------------------------

AGAIN = rule_of(kind="repeat", direction="equals", levels=(2, 3, None), span_s=3_600, hit=1)


def test_what_comes_again_and_again_is_told_by_how_often() -> None:
    opened = [(n * 60, n % 2) for n in range(8)]
    assert tell(AGAIN, *opened) == [("open", 1, 180), ("update", 2, 300)]


def test_what_stays_has_come_once() -> None:
    assert tell(AGAIN, *((n * 60, 1) for n in range(50))) == []


def test_times_that_lie_further_apart_than_the_span_are_not_counted_together() -> None:
    assert tell(AGAIN, (0, 1), (10, 0), (3_600, 1), (3_610, 0), (7_200, 1)) == []
    assert tell(AGAIN, (0, 1), (10, 0), (60, 1), (70, 0), (3_661, 0)) == [("open", 1, 60), ("close", 1, 3_661)]


# --- combinations ----------------------------------------------------------------------------------------


def test_a_level_that_needs_something_besides_is_told_only_with_it() -> None:
    rule = rule_of(levels=(None, 25, None), when="fan = 0")
    assert tell(rule, (0, 1, "fan"), (10, 30)) == []
    assert tell(rule, (0, 0, "fan"), (10, 30)) == [("open", 2, 10)]
    assert tell(rule, (0, 1, "fan"), (10, 30), (20, 0, "fan")) == [("open", 2, 20)]
    assert tell(rule, (0, 0, "fan"), (10, 30), (20, 1, "fan")) == [("open", 2, 10), ("close", 2, 20)]


def test_what_is_not_known_neither_begins_a_level_nor_ends_it() -> None:
    rule = rule_of(levels=(None, 25, None), when="fan = 0", fresh_s=100)
    assert tell(rule, (0, 30), (10, 30)) == []
    assert tell(rule, (0, 0, "fan"), (10, 30), (200, 30), (300, 30)) == [("open", 2, 10)]
    assert tell(rule, (0, 0, "fan"), (200, 30)) == [], "the fan was heard too long ago"


def test_a_combination_holds_while_its_condition_does() -> None:
    rule = rule_of(
        kind="combine", direction="equals", levels=(None, 1, None), when="CH4 >= 10 and (H2S >= 7 or fan = 0)"
    )
    assert tell(rule, (0, 12, "CH4"), (10, 3, "H2S"), (20, 1, "fan")) == []
    assert tell(rule, (0, 12, "CH4"), (10, 8, "H2S"), (20, 2, "CH4")) == [("open", 2, 10), ("close", 2, 20)]
    assert tell(rule, (0, 0, "fan"), (10, 12, "CH4")) == [("open", 2, 10)]


def test_readings_of_one_instant_are_all_taken() -> None:
    rule = rule_of(kind="combine", direction="equals", levels=(None, None, 1), when="CH4 >= 10 and H2S >= 7")
    for rows in (((0, 12, "CH4"), (0, 8, "H2S")), ((0, 8, "H2S"), (0, 12, "CH4"))):
        assert [each[:2] for each in tell(rule, *rows)] == [("open", 3)]


@pytest.mark.parametrize(
    ("text", "values", "holds"),
    [
        ("a > 1", {"a": 2}, True),
        ("a > 1", {}, None),
        ("a > 1 or b > 1", {"b": 2}, True),
        ("a > 1 and b > 1", {"b": 0}, False),
        ("a > 1 and b > 1", {"b": 2}, None),
        ("not a = 1", {"a": 1}, False),
        ("not a = 1", {}, None),
        ("'rain 1h' >= 20 and \"PM2.5\" < -3.5", {"rain 1h": 20, "PM2.5": -4}, True),
        ("a = 1 or b = 1 and c = 1", {"a": 1, "b": 0, "c": 0}, True),
        ("(a = 1 or b = 1) and c = 1", {"a": 1, "b": 0, "c": 0}, False),
        ("浓度 != 1e2", {"浓度": 100}, False),
    ],
)
def test_a_condition_is_true_false_or_not_known(text: str, values: dict[str, float], holds: bool | None) -> None:
    assert read_condition(text).holds(values) is holds


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "a metric is missing at 1"),
        ("a", "a comparison is missing at 2"),
        ("a >", "a number is missing at 4"),
        ("a > b", "a number is missing at 5"),
        ("a > 1 b", "'b' is one too many at 7"),
        ("(a > 1", "a ) is missing at 7"),
        ("a > 1 and", "a metric is missing at 10"),
        ("and > 1", "a metric is missing at 1"),
        ("a > 1; b", "';' cannot be read at 6"),
        ("a > 1abc", "a number is missing at 5"),
        ("(" * 40 + "a > 1" + ")" * 40, "more than 12 brackets inside each other"),
        ("a > 1" + " " * CONDITION_MAX, f"at most {CONDITION_MAX}"),
        (" and ".join(f"m{n} > 1" for n in range(METRICS_MAX + 1)), f"at most {METRICS_MAX}"),
    ],
)
def test_what_is_no_condition_is_refused_with_the_place(text: str, why: str) -> None:
    with pytest.raises(BadCondition, match=why.replace(")", "\\)")):
        read_condition(text)


# --- schedules -------------------------------------------------------------------------------------------


def at_clock(hour: float, *, day: int = 0) -> float:
    """Return the seconds after Tuesday ten o'clock of a local hour, so many days on."""
    local = TUESDAY_10.astimezone(CITY.timezone)
    midnight = local.replace(hour=0, minute=0)
    return (midnight + timedelta(days=day, hours=hour) - local).total_seconds()


NIGHT = rule_of(levels=(None, None, 1), direction="equals", hours=(time(22), time(6)))


def test_a_rule_of_the_night_begins_at_night_only_and_ends_at_any_hour() -> None:
    assert tell(NIGHT, (at_clock(21.9), 1)) == []
    assert tell(NIGHT, (at_clock(22), 1), (at_clock(12, day=1), 1), (at_clock(13, day=1), 0)) == [
        ("open", 3, at_clock(22)),
        ("close", 3, at_clock(13, day=1)),
    ]
    assert tell(NIGHT, (at_clock(21), 1), (at_clock(5.9, day=1), 1)) == [("open", 3, at_clock(5.9, day=1))]


def test_hours_past_midnight_belong_to_the_day_on_which_they_begin() -> None:
    monday_night = rule_of(levels=(None, None, 1), hours=(time(22), time(6)), days=frozenset({0}))
    assert [each[:2] for each in tell(monday_night, (at_clock(5), 1))] == [("open", 3)]
    assert tell(monday_night, (at_clock(23), 1)) == []


def test_working_time_is_that_of_the_citys_calendar() -> None:
    at_work = rule_of(levels=(None, None, 1), working="in")
    off = rule_of(levels=(None, None, 1), working="out")
    noon_of_sunday, tuesday = (at_clock(12, day=5), 1.0), (0.0, 1.0)
    assert [each[:2] for each in tell(at_work, tuesday)] == [("open", 3)]
    assert tell(at_work, noon_of_sunday) == []
    assert tell(off, tuesday) == []
    assert [each[:2] for each in tell(off, noon_of_sunday)] == [("open", 3)]


# --- absence ---------------------------------------------------------------------------------------------

SILENCE = rule_of(kind="absence", direction="above", levels=(10, 60, None), unit="min")


def wait(state: object, minutes: float, *, listening_since: datetime = LONG_AGO) -> tuple[object, list[object]]:
    at = TUESDAY_10 + timedelta(minutes=minutes)
    after, events = pass_time(SILENCE, state, "gas1", "telemetry", at=at, listening_since=listening_since)  # type: ignore[arg-type]
    return after, list(events)


def test_silence_is_told_by_how_long_it_lasts_and_once() -> None:
    state, told = feed(SILENCE, [read(1, 0)])
    assert told == []
    for minutes, levels in ((9.9, []), (10, [1]), (30, []), (61, [2]), (500, [])):
        state, events = wait(state, minutes)  # type: ignore[assignment]
        assert [event.severity for event in events] == levels  # type: ignore[attr-defined]
    state, told = feed(SILENCE, [read(1, 600 * 60)], state)
    assert [(each.phase, each.text) for each in told] == [(Phase.CLOSE, "600 min")]
    assert wait(state, 605)[1] == []


def test_time_in_which_we_did_not_listen_is_no_silence_of_the_sensor() -> None:
    state, _ = feed(SILENCE, [read(1, 0)])
    back = TUESDAY_10 + timedelta(minutes=100)
    assert wait(state, 105, listening_since=back)[1] == []
    assert len(wait(state, 111, listening_since=back)[1]) == 1


def test_a_clock_that_is_wrong_makes_no_silence() -> None:
    """It is by our own clock that nothing has come: a device an hour slow or fast is heard like any other."""
    for wrong_s in (-3_600, 3_600):
        state, _ = feed(SILENCE, [replace(read(1, wrong_s), received_at=TUESDAY_10)])
        assert wait(state, 9)[1] == []
        assert len(wait(state, 11)[1]) == 1


def test_another_metric_does_not_break_the_silence() -> None:
    state, _ = feed(SILENCE, [read(1, 0)])
    after, events = step(SILENCE, state, read(1, 540, "H2S"))
    assert (after, events) == (state, [])


def test_a_rule_that_was_of_another_kind_before_takes_nothing_wrong_from_its_state() -> None:
    heard, _ = feed(SILENCE, [read(1, 0)])
    level = rule_of(levels=(None, 25, None))
    day_after = TUESDAY_10 + timedelta(days=1)
    source = make_reading(0).source_id
    assert heard is not None
    assert pass_time(level, heard, source, "t", at=day_after, listening_since=LONG_AGO) == (heard, [])
    measured, _ = feed(level, [read(1, 0)])
    assert measured is not None
    assert pass_time(SILENCE, measured, source, "t", at=day_after, listening_since=LONG_AGO) == (measured, [])
    assert said(feed(level, [read(30, 60)], heard)[1]) == [("open", 2, 60)]


# --- held-up readings ------------------------------------------------------------------------------------

LATE_S = 7_200.0
ALARM = rule_of(levels=(None, 25, 50))


def test_a_backlog_in_which_an_alarm_began_and_ended_tells_nothing() -> None:
    state, told = feed(ALARM, [read(30, 0, delay_s=LATE_S), read(0, 600, delay_s=LATE_S - 600)])
    assert told == []
    assert state is not None
    assert state.owed_us is None


def test_a_backlog_whose_alarm_still_holds_is_told_when_it_has_settled() -> None:
    state, told = feed(ALARM, [read(30, 0, delay_s=LATE_S), read(60, 60, delay_s=LATE_S - 60)])
    assert told == []
    assert state is not None
    received = TUESDAY_10 + timedelta(seconds=LATE_S)
    for after_s, levels in ((SETTLE_S - 1, []), (SETTLE_S, [3])):
        settled, events = pass_time(
            ALARM, state, make_reading(0).source_id, "t", at=received + timedelta(seconds=after_s),
            listening_since=LONG_AGO,
        )  # fmt: skip
        assert [event.severity for event in events] == levels
    assert pass_time(ALARM, settled, make_reading(0).source_id, "t", at=received + timedelta(days=1),
                     listening_since=LONG_AGO) == (settled, [])  # fmt: skip


def test_the_first_reading_that_is_not_late_tells_what_a_backlog_owes() -> None:
    _, told = feed(ALARM, [read(30, 0, delay_s=LATE_S), read(31, LATE_S + 1)])
    assert said(told) == [("open", 2, LATE_S + 1)]


def test_a_device_whose_clock_is_always_slow_is_told_of_a_minute_later_and_not_never() -> None:
    readings = [read(30, n * 10, delay_s=LATE_S) for n in range(12)]
    assert said(feed(ALARM, readings)[1]) == [("open", 2, SETTLE_S)]


# --- why, and which --------------------------------------------------------------------------------------


def test_an_event_says_which_rule_what_value_and_since_when() -> None:
    rule = rule_of(levels=(None, 25, None), persist_s=60, when="fan = 0")
    _, (event,) = feed(rule, [read(0, 0, "fan"), read(30, 10), read(31, 70)])
    why = event.attributes
    assert (why["rule"], why["rule_kind"], why["measured"], why["threshold"]) == ("gas", "threshold", 31.0, 25)
    assert (why["since"], why["lasted_s"]) == ("2026-03-03T02:00:10+00:00", 60.0)
    assert (why["when"], why["with.fan"]) == ("fan = 0", 0)
    found = classify(event, None, CITY.codes)
    assert isinstance(found, Classified)
    (reason,) = (each for each in found.because if each.rule == "sense.threshold")
    assert "31 %LEL" in render(reason, CITY.codes)["zh"]
    assert "31 %LEL" in render(reason, CITY.codes)["en"]


def test_the_most_particular_row_counts_for_a_source() -> None:
    source = CITY.codes.sources[make_reading(0).source_id]
    grid = CITY.locate(IN_G1).path[0]
    general = replace(GAS_ROW, id="septic_gas")
    here = replace(general, area=grid, levels=(None, 7, None))
    own = replace(general, source=source.id, levels=(None, 5, None))
    off = replace(general, source=source.id, is_on=False)
    placed = replace(source, point=IN_G1)

    def levels(*rows: object, of: object = placed) -> list[object]:
        codes = replace(make_city().codes, sensing=rows)
        city = make_city(codes=codes)
        return [rule.levels for rule in rules_for(of, "CH4", city)]  # type: ignore[arg-type]

    assert levels(general) == [(10, 25, 50)]
    assert levels(general, here) == [(None, 7, None)]
    assert levels(general, here, own) == [(None, 5, None)]
    assert levels(general, off) == []
    assert levels(general, here, of=replace(placed, id="elsewhere", point=None)) == [(10, 25, 50)]
