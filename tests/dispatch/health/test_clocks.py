"""What is learned of a source's clock, and what is made of its times."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from dispatch.health import Skew, note_delay, read_clock
from dispatch.health.skew import AHEAD_MAX, EARLIEST, is_bad
from tests.builders import TUESDAY_10

LIMIT_S = 300.0


def learn(*delays_s: float, every_s: float = 60.0) -> tuple[Skew, datetime]:
    """Return what is known after messages that were so long on their way, one every minute; and when the last came."""
    skew, at = Skew(), TUESDAY_10
    for delay_s in delays_s:
        at += timedelta(seconds=every_s)
        skew = note_delay(skew, at - timedelta(seconds=delay_s), at, LIMIT_S)
    return skew, at


def test_a_clock_that_is_right_is_left_alone() -> None:
    skew, at = learn(*[0.4, 2, 0.3, 1, 0.5, 0.6])
    assert not skew.corrected
    assert read_clock(skew, at - timedelta(seconds=3), at, LIMIT_S).at == at - timedelta(seconds=3)
    assert not is_bad(skew, LIMIT_S, at)


def test_a_clock_that_is_slow_or_fast_is_put_right_by_what_was_learned() -> None:
    for offset_s in (600.0, -600.0, 7_200.0):
        skew, at = learn(*[offset_s + jitter for jitter in (0, 1, 3, 0.5, 2, 1, 4)])
        clocked = read_clock(skew, at - timedelta(seconds=offset_s + 1), at, LIMIT_S)
        assert clocked.word == "corrected"
        assert abs((at - clocked.at).total_seconds()) < 5
        assert is_bad(skew, LIMIT_S, at)


def test_before_an_offset_is_known_times_are_as_they_are_but_not_ahead() -> None:
    skew, at = learn(600, 600)
    assert read_clock(skew, at - timedelta(seconds=600), at, LIMIT_S).at == at - timedelta(seconds=600)
    ahead = read_clock(skew, at + timedelta(seconds=600), at, LIMIT_S)
    assert (ahead.at, ahead.word) == (at, "ahead")
    assert read_clock(skew, at + timedelta(seconds=2), at, LIMIT_S).word == ""


def test_an_hour_that_comes_late_teaches_nothing() -> None:
    skew, at = learn(*[1.0] * 6)
    for second in range(3_600):
        received = at + timedelta(seconds=second / 1_800)
        skew = note_delay(skew, received - timedelta(seconds=3_600 - second), received, LIMIT_S)
    assert not skew.corrected
    assert skew.offset_s is not None
    assert abs(skew.offset_s) < 2


def test_one_time_from_the_future_teaches_nothing() -> None:
    skew, at = learn(1, 1, 1, 1, 1, -80_000, 1, 1)
    assert not skew.corrected
    assert not is_bad(skew, LIMIT_S, at)


def test_a_clock_that_wanders_is_told_and_not_corrected() -> None:
    skew, at = learn(600, 900, 1_300, 700, 2_000, 1_500, 400, 800)
    assert not skew.corrected
    assert is_bad(skew, LIMIT_S, at)


def test_a_clock_that_is_mended_is_believed_again() -> None:
    skew, at = learn(*[600.0] * 8, *[1.0] * 9)
    assert not skew.corrected
    assert read_clock(skew, at, at, LIMIT_S).word == ""


def test_what_lies_at_the_limit_does_not_go_to_and_fro() -> None:
    skew, turns = Skew(), 0
    for n in range(60):
        at = TUESDAY_10 + timedelta(minutes=n)
        before, skew = skew, note_delay(skew, at - timedelta(seconds=310 if n < 20 or n % 2 else 290), at, LIMIT_S)
        turns += before.corrected is not skew.corrected
    assert turns == 1


def test_1970_is_no_time_and_an_hour_later_is_forgotten() -> None:
    skew, at = learn(1, 1, 1)
    skew = note_delay(skew, datetime(1970, 1, 1, tzinfo=UTC), at, LIMIT_S)
    assert read_clock(skew, datetime(1970, 1, 1, tzinfo=UTC), at, LIMIT_S) == read_clock(
        skew, at + AHEAD_MAX * 2, at, LIMIT_S
    )
    assert is_bad(skew, LIMIT_S, at)
    assert not is_bad(skew, LIMIT_S, at + timedelta(hours=2))


@given(
    st.lists(st.tuples(st.floats(-200_000, 200_000), st.floats(0, 600)), max_size=40),
    st.floats(-3e9, 3e9),
)
def test_no_time_is_ever_after_its_receipt_or_before_there_were_any(
    told: list[tuple[float, float]], off_s: float
) -> None:
    skew, at = Skew(), TUESDAY_10
    for delay_s, gap_s in told:
        at += timedelta(seconds=gap_s)
        skew = note_delay(skew, at - timedelta(seconds=delay_s), at, LIMIT_S)
        assert len(skew.delays_s) <= 9
    clocked = read_clock(skew, at + timedelta(seconds=off_s), at, LIMIT_S)
    assert clocked.at <= at
    assert clocked.word or clocked.at >= EARLIEST
