"""The handling clock of a case: what is done to it, and what another limit makes of it."""

import msgspec
import pytest
from msgspec.structs import replace

from dispatch.category import Limit, LimitUnit
from dispatch.clocks import (
    HandlingClock,
    extend_clock,
    relimit_clock,
    rework_clock,
    run_clock,
    stop_clock,
)
from dispatch.deadlines import WARN_SHARES, Stop
from tests.china import OFFICE, on

UH, WH, WD = LimitUnit.URGENT_HOURS, LimitUnit.WORKING_HOURS, LimitUnit.WORKING_DAYS

MONDAY_9 = on(3, 2, 9)
SEVEN_HOURS = HandlingClock(limit=Limit(7, WH), start=MONDAY_9)


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


@pytest.mark.parametrize(
    ("clock", "limit", "extra"),
    [
        pytest.param(replace(SEVEN_HOURS, extra=2), Limit(4, WH), 2, id="the same unit: as many hours as were granted"),
        pytest.param(replace(SEVEN_HOURS, extra=3.5), Limit(2, WD), 1, id="another: half as long again, as before"),
        pytest.param(HandlingClock(limit=Limit(2, WD), start=MONDAY_9, extra=1), Limit(4, WH), 2, id="and back"),
        pytest.param(SEVEN_HOURS, Limit(2, WD), 0, id="nothing granted, nothing kept"),
        pytest.param(replace(SEVEN_HOURS, limit=Limit(0, WH), extra=3), Limit(2, UH), 3, id="a limit of nothing"),
    ],
)
def test_another_limit_runs_from_the_same_start_and_keeps_what_was_granted(
    clock: HandlingClock, limit: Limit, extra: float
) -> None:
    stop = Stop(on(3, 2, 14), on(3, 2, 15), "suspended")
    stopped = replace(clock, stops=(stop,))
    assert relimit_clock(stopped, limit) == replace(stopped, limit=limit, extra=extra)


def test_the_limit_of_a_rework_is_its_own() -> None:
    own = HandlingClock(limit=Limit(2, WH), start=MONDAY_9, is_rework=True)
    assert relimit_clock(own, Limit(9, WH)) is own
