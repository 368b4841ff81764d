"""Episodes that end again and again: the recovery is held back, the raise never; late echoes open nothing."""

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from dispatch.event import Event, Phase, Vocabulary
from dispatch.health import Episode, HealthRules, follow
from dispatch.health.flap import Verdict, release
from tests.builders import TUESDAY_10, make_event

RULES = HealthRules(flap_count=2, flap_window_s=600, hold_s=60, hold_max_s=240)


def at_second(second: float) -> datetime:
    return TUESDAY_10 + timedelta(seconds=second)


def said(phase: Phase, second: float, late_s: float = 0.0) -> Event:
    received = at_second(second)
    observed = received - timedelta(seconds=late_s)
    return make_event(phase=phase, episode="e", observed_at=observed, received_at=received)


def play(*told: tuple[Phase, float]) -> tuple[list[tuple[str, float]], Episode]:
    """Tell phases at seconds, releasing what falls due between; return what passed when, and what is remembered."""
    episode, passed = Episode(), []
    for phase, second in told:
        while episode.due_at is not None and episode.due_at <= at_second(second):
            due = (episode.due_at - TUESDAY_10).total_seconds()
            held, episode = release(episode)
            if held is not None:
                passed.append((held.phase.value, due))
        step = follow(episode, said(phase, second), RULES, at_second(second))
        episode = step.after
        if step.verdict is not Verdict.HOLD:
            passed.append((phase.value, second))
    return passed, episode


def test_the_first_ends_pass_at_once() -> None:
    passed, episode = play((Phase.OPEN, 0), (Phase.CLOSE, 10), (Phase.OPEN, 20), (Phase.CLOSE, 30))
    assert passed == [("open", 0), ("close", 10), ("open", 20), ("close", 30)]
    assert episode.held is None


def test_the_next_is_held_back_and_told_when_it_stays_so() -> None:
    passed, _ = play((Phase.CLOSE, 10), (Phase.CLOSE, 30), (Phase.OPEN, 40), (Phase.CLOSE, 50), (Phase.SYNC, 200))
    assert passed[-2:] == [("close", 110), ("sync", 200)]


def test_a_raise_overtakes_an_end_that_is_held_back() -> None:
    passed, episode = play((Phase.CLOSE, 10), (Phase.CLOSE, 30), (Phase.CLOSE, 50), (Phase.OPEN, 60))
    assert passed == [("close", 10), ("close", 30), ("open", 60)]
    assert episode.held is None
    assert episode.due_at is None


def test_each_further_end_waits_twice_as_long_up_to_a_limit() -> None:
    episode, holds = Episode(), []
    for n in range(8):
        step = follow(episode, said(Phase.CLOSE, n), RULES, at_second(n))
        episode = step.after
        holds.append((episode.due_at - at_second(n)).total_seconds() if episode.due_at else 0)
    assert holds == [0, 0, 60, 120, 240, 240, 240, 240]


def test_after_a_quiet_window_it_flaps_no_more() -> None:
    passed, _ = play((Phase.CLOSE, 0), (Phase.CLOSE, 10), (Phase.CLOSE, 2_000))
    assert passed[-1] == ("close", 2_000)


def test_what_was_observed_before_the_end_and_comes_late_is_an_echo() -> None:
    episode = follow(Episode(), said(Phase.CLOSE, 0), RULES, at_second(0)).after
    assert follow(episode, said(Phase.OPEN, 60, late_s=3_600), RULES, at_second(60)).verdict is Verdict.ECHO
    assert follow(episode, said(Phase.OPEN, 60, late_s=10), RULES, at_second(60)).verdict is Verdict.PASS
    newer = said(Phase.OPEN, 3_600, late_s=1_000)
    assert follow(episode, newer, RULES, at_second(3_600)).verdict is Verdict.PASS, "it has begun anew since"


def test_an_older_update_does_not_undo_an_end_that_is_held_back() -> None:
    episode = Episode()
    for second in (0, 10, 20):
        episode = follow(episode, said(Phase.CLOSE, second), RULES, at_second(second)).after
    step = follow(episode, said(Phase.UPDATE, 30, late_s=15), RULES, at_second(30))
    assert step.after.held is not None
    assert step.dropped is None


def alarm(phase: Phase, second: float, late_s: float = 3_600, severity: int = 2) -> Event:
    return replace(said(phase, second, late_s), vocabulary=Vocabulary.SENSOR, severity=severity)


def test_a_late_alarm_waits_a_moment_for_the_readings_behind_it() -> None:
    first = follow(Episode(), alarm(Phase.OPEN, 0), RULES, at_second(0))
    assert first.verdict is Verdict.HOLD
    worse = follow(first.after, alarm(Phase.UPDATE, 1, severity=3), RULES, at_second(1))
    assert worse.after.held is not None
    assert (worse.after.held.severity, worse.after.due_at) == (3, first.after.due_at)
    over = follow(worse.after, alarm(Phase.CLOSE, 2, late_s=600), RULES, at_second(2))
    assert (over.verdict, over.after.held) == (Verdict.PASS, None)
    assert over.dropped is not None
    assert over.dropped.phase is Phase.UPDATE, "it is kept as history, and opens nothing"


def test_a_late_alarm_of_a_case_that_is_open_and_one_that_is_not_late_wait_for_nothing() -> None:
    assert follow(Episode(), alarm(Phase.OPEN, 0), RULES, at_second(0), is_known=True).verdict is Verdict.PASS
    assert follow(Episode(), alarm(Phase.OPEN, 0, late_s=60), RULES, at_second(0)).verdict is Verdict.PASS


def test_what_is_remembered_can_be_written_and_read() -> None:
    episode = Episode()
    for second in (0, 10, 20):
        episode = follow(episode, said(Phase.CLOSE, second), RULES, at_second(second)).after
    assert Episode.read(episode.write()) == episode


PHASES = st.sampled_from([Phase.OPEN, Phase.UPDATE, Phase.CLOSE, Phase.PULSE])


@given(st.lists(st.tuples(PHASES, st.floats(0.5, 400)), min_size=1, max_size=40))
def test_no_raise_is_ever_held_and_the_last_word_is_told_in_the_end(steps: list[tuple[Phase, float]]) -> None:
    second, told = 0.0, []
    for phase, gap in steps:
        second += gap
        told.append((phase, second))
    passed, episode = play(*told)
    raised = [(phase.value, at) for phase, at in told if phase is not Phase.CLOSE]
    assert [each for each in passed if each[0] != "close"] == raised
    final = release(episode)[0]
    last = final.phase.value if final else passed[-1][0]
    assert last == told[-1][0].value
    closes = sum(phase is Phase.CLOSE for phase, _ in told)
    assert sum(word == "close" for word, _ in passed) <= closes
