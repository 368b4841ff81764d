"""The handling clock of a case: what is done to it, and what another pack would do to it."""

from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from dispatch.calendars import CalendarRule, Calendars
from dispatch.category import Limit, LimitUnit, Priority
from dispatch.clocks import (
    HandlingClock,
    effect_of,
    extend_clock,
    recompute,
    rework_clock,
    run_clock,
    stop_clock,
)
from dispatch.deadlines import WARN_SHARES, Stop
from dispatch.ids import CategoryCode, DepartmentId
from dispatch.place import Place
from tests.builders import MUN, SAN, make_city, make_codes
from tests.china import ALWAYS, OFFICE, on
from tests.taxonomy import GAS, LITTER, make_category

UH, WH, WD = LimitUnit.URGENT_HOURS, LimitUnit.WORKING_HOURS, LimitUnit.WORKING_DAYS

MONDAY_9 = on(3, 2, 9)
SEVEN_HOURS = HandlingClock(limit=Limit(7, WH), start=MONDAY_9)


class CaseOfClock(msgspec.Struct, frozen=True, kw_only=True):
    """What a clock wants to know of a case."""

    category: CategoryCode = GAS
    priority: Priority = Priority.GENERAL
    department: DepartmentId = MUN
    place: Place = Place()
    clock: HandlingClock | None = None
    due_at: datetime | None = None
    warn_at: datetime | None = None


def test_a_clock_tells_its_times_and_its_light() -> None:
    assert SEVEN_HOURS.due_and_warning(OFFICE) == (on(3, 2, 18), on(3, 2, 15, 54))
    assert [SEVEN_HOURS.light(OFFICE, at) for at in (on(3, 2, 15, 53), on(3, 2, 15, 54), on(3, 2, 17, 59))] == [
        "green",
        "yellow",
        "yellow",
    ]
    assert SEVEN_HOURS.light(OFFICE, on(3, 2, 18)) == "red"
    assert SEVEN_HOURS.remaining_s(OFFICE, on(3, 2, 13)) == 4 * 3600


def test_a_clock_that_stops_and_runs_again_has_what_was_left() -> None:
    stopped = stop_clock(SEVEN_HOURS, on(3, 2, 16), "suspended")
    assert stopped.remaining_s(OFFICE, on(3, 20, 16)) == 2 * 3600
    running = run_clock(stopped, on(3, 20, 16))
    assert running.stops == (Stop(on(3, 2, 16), on(3, 20, 16), "suspended"),)
    assert running.stopped_since is None
    assert running.remaining_s(OFFICE, on(3, 20, 16)) == 2 * 3600
    assert running.due_and_warning(OFFICE)[0] == on(3, 20, 18)


def test_to_stop_what_stands_and_to_run_what_runs_is_nothing() -> None:
    stopped = stop_clock(SEVEN_HOURS, on(3, 2, 16), "suspended")
    assert stop_clock(stopped, on(3, 2, 17), "coordinating") == stopped
    assert run_clock(SEVEN_HOURS, on(3, 2, 17)) == SEVEN_HOURS


def test_a_device_whose_clock_is_behind_makes_no_stop_that_runs_backwards() -> None:
    stopped = stop_clock(SEVEN_HOURS, on(3, 2, 16), "suspended")
    assert run_clock(stopped, on(3, 2, 15)).stops == (Stop(on(3, 2, 16), on(3, 2, 16), "suspended"),)


def test_extensions_add_up() -> None:
    clock = extend_clock(extend_clock(SEVEN_HOURS, 1), 2.5)
    assert clock.extra == 3.5
    assert clock.due_and_warning(OFFICE)[0] == on(3, 3, 14, 30)


@pytest.mark.parametrize("amount", [0, -1])
def test_an_extension_that_is_none_is_refused(amount: float) -> None:
    with pytest.raises(ValueError, match="is none"):
        extend_clock(SEVEN_HOURS, amount)


def test_a_rework_goes_on_with_what_was_left() -> None:
    handled = stop_clock(SEVEN_HOURS, on(3, 2, 17), "handled")
    again = rework_clock(handled, on(3, 3, 11))
    assert again.due_and_warning(OFFICE)[0] == on(3, 3, 12)
    assert not again.is_rework


def test_what_was_handled_late_stays_late_in_its_rework() -> None:
    handled = stop_clock(SEVEN_HOURS, on(3, 3, 10), "handled")
    assert rework_clock(handled, on(3, 4, 10)).due_and_warning(OFFICE)[0] == on(3, 2, 18)


def test_a_rework_may_have_a_short_limit_of_its_own() -> None:
    handled = stop_clock(extend_clock(SEVEN_HOURS, 5), on(3, 2, 17), "handled")
    again = rework_clock(handled, on(3, 3, 11), Limit(2, WH))
    assert again == HandlingClock(limit=Limit(2, WH), start=on(3, 3, 11), is_rework=True)
    assert again.due_and_warning(OFFICE)[0] == on(3, 3, 15)


def test_warnings_come_one_after_the_other_and_end() -> None:
    warned, seen = 0.0, []
    while following := SEVEN_HOURS.next_warning(OFFICE, warned):
        seen.append(following)
        warned = following[0]
    assert [share for share, _ in seen] == list(WARN_SHARES)
    assert [at for _, at in seen] == [
        on(3, 2, 14, 30),
        on(3, 2, 15, 54),
        on(3, 2, 16, 36),
        on(3, 2, 18),
        on(3, 3, 14, 30),
    ]


def test_a_clock_that_stands_still_warns_of_nothing() -> None:
    assert stop_clock(SEVEN_HOURS, on(3, 2, 10), "suspended").next_warning(OFFICE, 0.0) is None


def test_a_clock_is_the_same_after_it_was_written_and_read() -> None:
    clock = stop_clock(
        run_clock(stop_clock(extend_clock(SEVEN_HOURS, 1), on(3, 2, 10), "a"), on(3, 2, 11)), on(3, 3, 9), "b"
    )
    assert msgspec.json.decode(msgspec.json.encode(clock), type=HandlingClock) == clock


CITY = make_city(calendars=Calendars(OFFICE))
CLOCK = HandlingClock(limit=Limit(1, WD), start=MONDAY_9)  # GAS in builders: 1 WD, urgent 2 UH


def case_of(clock: HandlingClock | None = CLOCK, **changes: Any) -> CaseOfClock:
    """A case whose times are right by the city of offices."""
    due_at, warn_at = clock.due_and_warning(OFFICE) if clock else (None, None)
    return CaseOfClock(**({"clock": clock, "due_at": due_at, "warn_at": warn_at} | changes))


def test_a_limit_that_is_right_stays() -> None:
    assert recompute(case_of(), CITY) is None
    assert recompute(case_of(None), CITY) is None, "and one that does not run yet"


def test_another_calendar_gives_another_limit() -> None:
    always = make_city(calendars=Calendars(OFFICE, [CalendarRule(calendar=ALWAYS, department=MUN)]))
    new = recompute(case_of(), always)
    assert new is not None
    assert new.due_at == on(3, 4, 0)
    assert new.clock == CLOCK
    assert recompute(case_of(department=SAN), always) is None


def test_another_priority_gives_the_limit_of_that_priority() -> None:
    new = recompute(case_of(priority=Priority.URGENT), CITY)
    assert new is not None
    assert new.clock == replace(CLOCK, limit=Limit(2, UH))
    assert new.due_at == on(3, 2, 11)


def test_stops_and_extensions_stay_with_a_new_limit_of_their_unit() -> None:
    stop = Stop(on(3, 2, 14), on(3, 3, 14), "suspended")
    longer = make_city(
        codes=make_codes(categories=[make_category(GAS, normal_limit=Limit(3, WD))]), calendars=Calendars(OFFICE)
    )
    new = recompute(case_of(replace(CLOCK, extra=1, stops=(stop,))), longer)
    assert new is not None
    assert new.clock == replace(CLOCK, limit=Limit(3, WD), extra=1, stops=(stop,))
    assert new.due_at == on(3, 9, 18), "three days, one granted, one stood still, a weekend"


def test_an_extension_in_days_is_none_in_hours_so_the_old_limit_stays() -> None:
    hours = make_city(
        codes=make_codes(categories=[make_category(GAS, normal_limit=Limit(4, WH))]), calendars=Calendars(OFFICE)
    )
    assert recompute(case_of(replace(CLOCK, extra=1)), hours) is None
    assert recompute(case_of(), hours) is not None


def test_the_limit_of_a_rework_and_of_a_category_that_is_gone_stays() -> None:
    own = replace(CLOCK, limit=Limit(2, WH), is_rework=True)
    assert recompute(case_of(own), CITY) is None
    assert recompute(case_of(category=CategoryCode("gone")), CITY) is None


def test_the_effect_of_another_pack_is_counted_before_it_is_loaded() -> None:
    pack = make_city(
        codes=make_codes(
            categories=[make_category(GAS, normal_limit=Limit(3, WD)), make_category(LITTER, normal_limit=Limit(1, UH))]
        ),
        calendars=Calendars(OFFICE),
    )
    at = on(3, 4, 10)
    late = HandlingClock(limit=Limit(1, WD), start=MONDAY_9)  # was due on Tuesday evening
    young = HandlingClock(limit=Limit(1, WD), start=at - timedelta(hours=2))
    cases = [
        case_of(late),  # is late, would be due on Thursday
        case_of(young),  # later
        case_of(young, category=LITTER),  # sooner, and overdue at once
        case_of(late, category=LITTER),  # sooner, was overdue before
        case_of(young, category=CategoryCode("gone")),
        case_of(None),
    ]
    effect = effect_of(cases, pack, at)
    assert (effect.cases, effect.later, effect.sooner, effect.overdue, effect.relieved) == (5, 2, 2, 1, 1)
    assert effect.changed == 4
    assert effect_of(cases, pack, at + timedelta(days=30)).relieved == 0
