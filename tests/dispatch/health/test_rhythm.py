"""Buckets, cadences, faults, and the state that a source is in."""

from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from dispatch.city import Source
from dispatch.event import Event, Vocabulary
from dispatch.health import (
    Bucket,
    BucketRule,
    Cadence,
    Condition,
    Faults,
    Flood,
    HealthRules,
    Signs,
    Skew,
    add_fault,
    beat,
    count_lately,
    draw,
    is_critical,
    judge,
    quiet_limit_s,
)
from dispatch.health.flood import ebb, is_news, swell
from dispatch.ids import SourceId
from tests.builders import SOURCES, TUESDAY_10, make_codes, make_event
from tests.taxonomy import CATEGORIES, GAS, LITTER

CAM, GAS1 = SOURCES[0], SOURCES[1]
RULES = HealthRules()
LONG_AGO = TUESDAY_10 - timedelta(days=30)


def after(seconds: float) -> datetime:
    return TUESDAY_10 + timedelta(seconds=seconds)


def steady(interval_s: float, n: int = 24) -> Cadence:
    cadence = Cadence()
    for _ in range(n):
        cadence = beat(cadence, interval_s)
    return cadence


def words(source: Source, at: datetime, **changes: Any) -> list[str]:
    signs: dict[str, Any] = {
        "last_heard_at": TUESDAY_10,
        "lost": False,
        "cadence": Cadence(),
        "skew": Skew(),
        "faults": Faults(),
        "flood": Flood(),
        "listening_since": LONG_AGO,
    }
    return [each.condition.value for each in judge(source, Signs(**(signs | changes)), RULES, at)]


# --- buckets -----------------------------------------------------------------------------------------------


@given(
    st.lists(st.tuples(st.floats(0, 20), st.integers(1, 5)), max_size=80),
    st.floats(0.1, 50),
    st.integers(1, 100),
)
def test_no_more_passes_than_the_burst_and_what_has_flowed_in(
    asked: list[tuple[float, int]], per_s: float, burst: int
) -> None:
    rule, bucket, at, passed = BucketRule(per_s=per_s, burst=burst), None, TUESDAY_10, 0.0
    for gap_s, wanted in asked:
        at += timedelta(seconds=gap_s)
        bucket, has = draw(bucket, rule, wanted, at)
        assert 0 <= bucket.tokens <= burst
        passed += min(wanted, burst) if has else 0
        assert passed <= burst + (at - TUESDAY_10).total_seconds() * per_s + 1e-3


def test_who_keeps_to_his_rate_is_never_refused() -> None:
    rule, bucket = BucketRule(per_s=5, burst=10), None
    for n in range(500):
        bucket, has = draw(bucket, rule, 1, after(n / 5))
        assert has


def test_a_clock_that_is_set_back_fills_no_bucket() -> None:
    rule = BucketRule(per_s=5, burst=10)
    bucket, has = draw(Bucket(0.5, TUESDAY_10), rule, 1, TUESDAY_10 - timedelta(hours=1))
    assert not has
    assert bucket.tokens == 0.5


# --- floods ------------------------------------------------------------------------------------------------


def test_a_flood_of_a_million_is_twenty_facts() -> None:
    flood, told = Flood(), 0
    for _ in range(1_000_000):
        flood = swell(flood, TUESDAY_10)
        if is_news(flood):
            told += 1
            flood = Flood(flood.since, flood.last_at, flood.set_aside, flood.set_aside, flood.total)
    assert told == 20
    assert ebb(flood) == Flood(total=1_000_000)


def make_codes_with_critical_gas() -> Any:
    gas = replace(CATEGORIES[0], priority="critical")
    return make_codes(categories=[gas, *CATEGORIES[1:]])


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (make_event(vocabulary=Vocabulary.CATEGORY, kind=GAS), True),
        (make_event(vocabulary=Vocabulary.CATEGORY, kind=LITTER), False),
        (make_event(vocabulary=Vocabulary.CATEGORY, kind=LITTER, severity=3), True),
        (make_event(vocabulary=Vocabulary.SENSOR, kind="septic_gas"), True),
        (make_event(vocabulary=Vocabulary.VIDEO, kind="crowd"), True),
        (make_event(vocabulary=Vocabulary.VIDEO, kind="exposed_litter"), False),
        (make_event(vocabulary=Vocabulary.TEXT, kind="", text="gas leak"), False),
        (make_event(vocabulary=Vocabulary.VIDEO, kind="unheard of"), False),
    ],
)
def test_alarms_and_types_of_the_top_priority_are_critical(event: Event, expected: bool) -> None:
    assert is_critical(event, CAM, make_codes_with_critical_gas()) is expected


# --- cadence -----------------------------------------------------------------------------------------------


def test_a_cadence_is_learned_and_a_week_in_the_cellar_is_none() -> None:
    cadence = steady(60)
    assert cadence.is_steady
    assert cadence.interval_s == pytest.approx(60)
    assert beat(cadence, 7 * 86_400).interval_s < 90


def test_what_comes_by_chance_has_no_rhythm() -> None:
    random, cadence = Random(7), Cadence()
    for _ in range(500):
        cadence = beat(cadence, random.expovariate(1 / 60))
    assert cadence.is_known
    assert not cadence.is_steady


@given(st.lists(st.floats(0, 1e7), max_size=200))
def test_a_cadence_stays_two_numbers_that_are_no_less_than_nothing(gaps: list[float]) -> None:
    cadence = Cadence()
    for gap in gaps:
        cadence = beat(cadence, gap)
        assert cadence.interval_s >= 0
        assert cadence.spread_s >= 0


def test_faults_fade() -> None:
    faults = Faults()
    for _ in range(5):
        faults = add_fault(faults, "json", TUESDAY_10)
    assert count_lately(faults, TUESDAY_10) == 5
    assert count_lately(faults, after(3_600)) < 0.1
    assert faults.total == 5


# --- judged ------------------------------------------------------------------------------------------------


def test_a_source_that_was_never_heard_is_unknown_and_not_live() -> None:
    assert words(GAS1, TUESDAY_10, last_heard_at=None) == ["unknown"]


def test_one_that_speaks_only_when_something_happens_is_unknown_after_a_while() -> None:
    assert words(CAM, after(60)) == ["live"]
    assert words(CAM, after(3_600)) == ["unknown"]


def test_one_with_a_rhythm_is_late_and_then_silent() -> None:
    cadence = steady(60)
    assert words(CAM, after(100), cadence=cadence) == ["live"]
    assert words(CAM, after(200), cadence=cadence) == ["late"]
    assert words(CAM, after(700), cadence=cadence) == ["silent"]


def test_the_pack_says_how_long_one_may_be_silent_whatever_its_rhythm() -> None:
    hourly = replace(GAS1, silent_after_s=3_600)
    cadence = steady(60)
    assert words(hourly, after(700), cadence=cadence) == ["late"]
    assert words(hourly, after(3_700), cadence=cadence) == ["silent"]
    assert words(hourly, after(3_500)) == ["live"]


def test_while_we_did_not_listen_nobody_was_silent_and_nobody_is_live_for_it() -> None:
    hourly = replace(GAS1, silent_after_s=3_600)
    assert words(hourly, after(7_200), listening_since=after(7_100)) == ["unknown"]


def test_all_that_ails_a_source_is_told_the_worst_first() -> None:
    faults = Faults()
    for _ in range(9):
        faults = add_fault(faults, "json", TUESDAY_10)
    found = words(
        GAS1,
        after(60),
        lost=True,
        faults=faults,
        flood=swell(Flood(), TUESDAY_10),
        skew=Skew(offset_s=900.0, corrected=True),
    )
    assert found == ["silent", "flooding", "clock-bad", "parse-errors"]
    assert found == [each.value for each in Condition if each.value in found]


def by_chance(mean_s: float, n: int = 200) -> Cadence:
    """A gateway with many behind it that do not know of each other."""
    random, cadence = Random(3), Cadence()
    for _ in range(n):
        cadence = beat(cadence, random.expovariate(1 / mean_s))
    return cadence


GATEWAY = Source(id=SourceId("gw"), feed="telemetry", kind="gateway", external_id="gw", name_zh="网关", name_en="G")


def test_a_gateway_without_a_rhythm_is_quiet_after_twenty_of_its_gaps() -> None:
    cadence = by_chance(120)
    assert not cadence.is_steady
    limit_s = quiet_limit_s(GATEWAY, cadence, patience_s=3_600)
    assert limit_s == pytest.approx(20 * cadence.interval_s)
    assert 1_800 < 20 * cadence.interval_s < 3_600


def test_a_gateway_that_sends_in_heaps_is_not_quiet_between_two_of_them() -> None:
    cadence = Cadence()
    for _ in range(40):
        for gap_s in (900.0, *[0.0] * 30):
            cadence = beat(cadence, gap_s)
    limit_s = quiet_limit_s(GATEWAY, cadence, patience_s=3_600)
    assert limit_s is not None
    assert limit_s > 900


def test_the_pack_and_a_steady_rhythm_go_before_what_chance_allows() -> None:
    told = replace(GATEWAY, silent_after_s=300)
    assert quiet_limit_s(told, by_chance(10), patience_s=3_600) == 300
    assert quiet_limit_s(GATEWAY, steady(120), patience_s=3_600) == 1_200


def test_of_a_gateway_that_was_hardly_heard_nothing_is_known() -> None:
    assert quiet_limit_s(GATEWAY, by_chance(10, n=3), patience_s=3_600) is None
