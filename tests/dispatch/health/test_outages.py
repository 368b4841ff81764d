"""Who is silent together: a gateway's death is one case with its sources listed."""

from collections.abc import Iterable
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from dispatch.city import Source
from dispatch.event import Phase
from dispatch.health import Absence, HealthRules, Move, sort_out
from dispatch.health.outages import MANY, Kind, Watched, settled
from dispatch.health.tellings import maintenance_category, tell_outage
from dispatch.ids import CategoryCode, EventId, SourceId
from gis.point import LonLat
from tests.builders import TUESDAY_10, make_codes

RULES = HealthRules(settle_s=60)
NOW = TUESDAY_10


def make_source(name: str, gateway: str = "", kind: str = "sensor", types: tuple[str, ...] = ("bin_fill",)) -> Source:
    return Source(
        id=SourceId(name),
        feed="telemetry",
        kind=kind,
        external_id=name,
        name_zh=f"来源{name}",
        name_en=f"Source {name}",
        gateway=SourceId(gateway),
        kinds=types,
        point=None if kind == "gateway" else LonLat(106.5 + len(name) / 1_000, 29.5),
        silent_after_s=3_600,
    )


CHILDREN = [make_source(f"s{n:03}", "gw") for n in range(140)]
GATEWAY = make_source("gw", kind="gateway")
GAS_SENSOR = make_source("gas", types=("septic_gas",))
BIN = make_source("bin")


def watch(
    sources: Iterable[Source],
    lost: Iterable[Source],
    *,
    since_s: float = 120,
    outages: dict[str, Iterable[Source]] | None = None,
    quiet: tuple[str, ...] = (),
) -> Watched:
    """Return the city with these sources, of which some are lost for so long, and some are in outages."""
    all_of, lost_ids = {each.id: each for each in sources}, [each.id for each in lost]
    lost_at = NOW - timedelta(seconds=since_s)
    absences = {
        each: Absence(lost_at=lost_at, wait_until=lost_at + timedelta(seconds=RULES.settle_s)) for each in lost_ids
    }
    for key, members in (outages or {}).items():
        absences.update({each.id: Absence(outage=key) for each in members})
    counts: dict[SourceId, int] = {}
    for each in all_of.values():
        counts[each.gateway] = counts.get(each.gateway, 0) + 1
    return Watched(
        sources=all_of,
        absences=absences,
        lost=frozenset(lost_ids),
        counts=counts,
        quiet=frozenset(map(SourceId, quiet)),
    )


def told(moves: Iterable[Move]) -> list[tuple[str, str, int]]:
    return [(move.kind.value, move.key, len(move.members)) for move in moves]


def test_a_gateways_death_is_one_case_with_its_140_sources_listed() -> None:
    moves = sort_out(watch([GATEWAY, *CHILDREN], CHILDREN), RULES, NOW)
    assert told(moves) == [("begin", "silent:gw", 140)]
    sources = {each.id: each for each in (GATEWAY, *CHILDREN)}
    event = tell_outage(moves[0], sources, CategoryCode("P0136"), EventId("e"), NOW)
    assert (event.phase, event.episode, event.source_id) == (Phase.OPEN, "silent:gw", "gw")
    assert str(event.attributes["listed"]).split("|") == sorted(sources.keys() - {"gw"})
    assert "140" in event.text
    assert event.point is not None, "the gateway stands nowhere, but its sources do"


def test_a_gateway_that_nobody_hears_takes_the_first_sources_too() -> None:
    moves = sort_out(watch([GATEWAY, *CHILDREN], CHILDREN[:2], quiet=("gw",)), RULES, NOW)
    assert told(moves) == [("begin", "silent:gw", 2)]


def test_one_alone_says_that_a_quiet_gateway_is_dead_only_where_it_is_missed_and_others_are_behind_it() -> None:
    gas = make_source("gas", "gw", types=("septic_gas",))
    behind = [gas, *CHILDREN[:5]]
    assert told(sort_out(watch([GATEWAY, *behind], [gas], quiet=("gw",)), RULES, NOW)) == [("begin", "silent:gw", 1)]
    assert sort_out(watch([GATEWAY, *behind], CHILDREN[:1], quiet=("gw",)), RULES, NOW) == []
    alone = watch([GATEWAY, CHILDREN[0]], CHILDREN[:1], quiet=("gw",))
    assert sort_out(alone, RULES, NOW) == []
    assert told(sort_out(watch([GATEWAY, gas], [gas], quiet=("gw",)), RULES, NOW)) == [("begin", "silent:gas", 1)]


def test_two_of_many_are_no_gateways_death() -> None:
    assert sort_out(watch([GATEWAY, *CHILDREN], CHILDREN[:2]), RULES, NOW) == []


def test_nobody_is_judged_before_the_others_had_time_to_fall_silent_too() -> None:
    assert sort_out(watch([GATEWAY, *CHILDREN], CHILDREN, since_s=30), RULES, NOW) == []
    assert sort_out(watch([GAS_SENSOR], [GAS_SENSOR], since_s=30), RULES, NOW) == []


def test_a_gas_sensor_is_a_case_of_its_own_and_a_bin_is_none() -> None:
    moves = sort_out(watch([GAS_SENSOR, BIN, *CHILDREN], [GAS_SENSOR, BIN]), RULES, NOW)
    assert told(moves) == [("begin", "silent:gas", 1)]


def test_who_falls_silent_later_joins_the_outage_of_his_gateway() -> None:
    city = watch([GATEWAY, *CHILDREN], CHILDREN, outages={"silent:gw": CHILDREN[:100]})
    assert told(sort_out(city, RULES, NOW)) == [("grow", "silent:gw", 140)]


def test_an_outage_is_over_when_most_are_back_and_the_one_that_is_not_is_its_own_case_later() -> None:
    broken = make_source("gas", "gw", types=("septic_gas",))
    members = [*CHILDREN, broken]
    city = watch([GATEWAY, *members], [broken], outages={"silent:gw": members})
    (end,) = sort_out(city, RULES, NOW)
    assert (end.kind, end.still) == (Kind.END, ("gas",))
    after = settled(end, NOW, {broken.id: 3_600.0})
    assert after[broken.id] == Absence(wait_until=NOW + timedelta(seconds=3_600))
    assert after[CHILDREN[0].id] is None
    later = Watched(
        sources=city.sources,
        absences={broken.id: Absence(wait_until=NOW)},
        lost=frozenset({broken.id}),
        counts=city.counts,
    )
    assert sort_out(later, RULES, NOW - timedelta(seconds=1)) == []
    assert told(sort_out(later, RULES, NOW)) == [("begin", "silent:gas", 1)]


def test_a_power_cut_over_several_gateways_is_one_case() -> None:
    fields = [make_source(f"{gateway}-{n}", gateway) for gateway in ("a", "b", "c") for n in range(20)]
    moves = sort_out(watch(fields, fields), RULES, NOW)
    assert told(moves) == [("begin", MANY, 60)]
    sources = {each.id: each for each in fields}
    assert "60" in tell_outage(moves[0], sources, CategoryCode(""), EventId("e"), NOW).text
    back = sort_out(watch(fields, fields[:5], outages={MANY: fields}), RULES, NOW)
    assert told(back) == [("end", MANY, 60)]


def test_the_category_is_the_settings_else_that_of_the_offline_device() -> None:
    assert maintenance_category(make_codes(), RULES) == ""
    assert maintenance_category(make_codes(), HealthRules(category=CategoryCode("P0118"))) == "P0118"


@given(st.sets(st.integers(0, 39)), st.sets(st.integers(0, 39)))
def test_every_source_is_in_at_most_one_outage_that_goes_on(lost: set[int], grouped: set[int]) -> None:
    fields = [make_source(f"f{n}", f"g{n % 3}", types=("septic_gas",)) for n in range(40)]
    city = watch(fields, [fields[n] for n in lost], outages={"silent:g0": [fields[n] for n in grouped]})
    going = [move for move in sort_out(city, RULES, NOW) if move.kind is not Kind.END]
    members = [each for move in going for each in move.members]
    assert len(members) == len(set(members))
    assert all(set(move.still) <= set(move.members) for move in going)
