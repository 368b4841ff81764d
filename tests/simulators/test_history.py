"""The past fortnight: as many cases, as fast and as punctual as it says, in the feed's own words."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec
import pytest

from dispatch.deadlines import due, limit_of
from services.city.build import build_city
from services.city.read import read_pack
from services.feeds.history import STAGE_TIMES, Past
from simulators.history import Ground, Record, Wanted, make_history, read_ground
from tests.simulators.test_city_pack import PACK, areas

UNTIL = datetime.fromisoformat("2026-11-23T00:00:00+08:00")


@pytest.fixture(scope="module")
def ground() -> Ground:
    return read_ground(PACK)


@pytest.fixture(scope="module")
def past(ground: Ground) -> Sequence[Record]:
    return list(make_history(ground, Wanted(UNTIL)))


def test_the_feed_reads_every_record(past: Sequence[Record]) -> None:
    fields = set(Past.__struct_fields__)
    for record in past:
        assert set(record) <= fields
        msgspec.convert(record, Past)


def test_there_are_about_two_hundred_a_day_and_the_oldest_comes_first(past: Sequence[Record]) -> None:
    assert len(past) == pytest.approx(14 * 200, rel=0.15)
    opened = [datetime.fromisoformat(record["opened_at"]) for record in past]
    assert opened == sorted(opened)
    assert UNTIL - timedelta(days=14) <= opened[0]


def test_stages_follow_one_another_and_all_is_over_by_then(past: Sequence[Record]) -> None:
    for record in past:
        times = [datetime.fromisoformat(record[name]) for name in ("opened_at", *STAGE_TIMES)]
        assert times == sorted(times), record
        assert times[-1] <= UNTIL


def test_ids_are_unique_and_the_same_seed_makes_the_same_past(ground: Ground, past: Sequence[Record]) -> None:
    assert len({record["id"] for record in past}) == len(past)
    assert list(make_history(ground, Wanted(UNTIL))) == past
    assert list(make_history(ground, Wanted(UNTIL, seed=2))) != past


def test_frequent_matters_are_frequent(past: Sequence[Record]) -> None:
    counted = Counter(record["category"] for record in past)
    assert counted.most_common(1)[0][0] == "E0506"
    assert counted["E0506"] > 3 * counted["E0104"] > 0


def test_nights_are_quiet(past: Sequence[Record]) -> None:
    hours = Counter(datetime.fromisoformat(record["opened_at"]).hour for record in past)
    assert sum(hours[hour] for hour in range(1, 5)) < 0.35 * sum(hours[hour] for hour in range(9, 13))


def test_places_are_in_the_city_and_workers_of_the_duty(ground: Ground, past: Sequence[Record]) -> None:
    (city,) = areas("district").values()
    west, south, east, north = city.bounds
    departments = {worker["id"]: worker["department"] for worker in ground.workers}
    for record in past:
        assert west <= record["lon"] <= east
        assert south <= record["lat"] <= north
        assert record["worker"] in departments
    sanitation = {departments[record["worker"]] for record in past if record["category"] == "E0102"}
    assert sanitation == {"sanitation"}


def test_about_98_of_100_are_in_time_by_the_citys_own_calendar(past: Sequence[Record]) -> None:
    city = build_city(read_pack(PACK))
    in_time = 0
    for record in past:
        category = city.codes.categories[record["category"]]
        limit = limit_of(category, category.priority)
        in_time += datetime.fromisoformat(record["handled_at"]) <= due(
            city.calendar, datetime.fromisoformat(record["filed_at"]), limit
        )
    assert 0.965 <= in_time / len(past) <= 0.99
