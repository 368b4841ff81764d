"""What each episode of a case has last said, and what silence means."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from dispatch.case import Case, ClearedBySilence, SilenceExcused, Stage
from dispatch.city import Codes
from dispatch.citymap import City
from dispatch.episodes import SIGHTINGS_KEPT, Over, goes_on
from dispatch.event import Event, Phase, Vocabulary
from dispatch.ids import CaseId, EventId, SourceId, TaskId
from dispatch.timers import next_timer_at, pass_time
from tests.builders import TUESDAY_10, decide_event, fold, kinds, make_city, make_codes, make_event, make_situation
from tests.taxonomy import VIDEO_TYPES

CLEAR_S = 600.0


def clearing_codes(clear_after_s: float = CLEAR_S) -> Codes:
    return make_codes(video_types=[replace(each, clear_after_s=clear_after_s) for each in VIDEO_TYPES])


CITY = make_city(codes=clearing_codes())
TYPE = VIDEO_TYPES[0].type


def seen(minute: float = 0.0, phase: Phase = Phase.UPDATE, episode: str = "cam1/7", **changes: Any) -> Event:
    at = TUESDAY_10 + timedelta(minutes=minute)
    return make_event(
        **{
            "id": EventId(f"{episode}@{minute}{phase}"),
            "feed": "frigate",
            "source_id": SourceId("cam1"),
            "vocabulary": Vocabulary.VIDEO,
            "kind": TYPE,
            "observed_at": at,
            "phase": phase,
            "episode": episode,
        }
        | changes
    )


def hear(*events: Event, city: City = CITY, start: Case | None = None) -> dict[str, Case]:
    """Return the cases that events make, each heard when it was seen."""
    cases: dict[str, Case] = {start.id: start} if start else {}
    for event in events:
        facts = decide_event(event, make_situation(city, cases=tuple(cases.values())), new_id=f"c{len(cases) + 1}")
        if facts:
            cases[facts[0].case_id] = fold(facts, cases.get(facts[0].case_id))
    return cases


def one(*events: Event, **more: Any) -> Case:
    (case,) = hear(*events, **more).values()
    return case


def later(case: Case, minutes: float, listening_since: datetime | None = None) -> list[Any]:
    situation = replace(make_situation(CITY, cases=(case,)), listening_since=listening_since)
    at = TUESDAY_10 + timedelta(minutes=minutes)
    return pass_time(
        replace(case, stage_due_at=None, due_at=None, marks=(), chain=()), situation, task_id=TaskId("t9"), at=at
    )


def test_an_episode_is_over_by_the_clock_once_it_has_been_silent_for_its_time_and_not_before() -> None:
    case = one(seen(0, Phase.OPEN), seen(5))
    assert [fact.kind for fact in later(case, 14.9)] == []
    (fact,) = later(case, 15)
    assert isinstance(fact.data, ClearedBySilence)
    assert (fact.data.silent_since, fact.data.after_s, fact.data.is_last) == (
        TUESDAY_10 + timedelta(minutes=5),
        CLEAR_S,
        True,
    )
    after = fold([fact], case)
    assert (after.silent, after.cleared) == (True, False), "nobody has said that it is over"
    assert after.stage is case.stage


def test_what_is_told_once_is_not_told_again() -> None:
    case = one(seen(0, Phase.OPEN))
    after = fold(later(case, 10), case)
    assert later(after, 500) == []


def test_a_repeat_puts_the_end_off() -> None:
    case = one(seen(0, Phase.OPEN))
    assert min(each for each in [case.sightings[0].clears_at] if each) == TUESDAY_10 + timedelta(seconds=CLEAR_S)
    after = fold(decide_event(seen(8), make_situation(CITY, cases=(case,))), case)
    assert after.sightings[0].clears_at == TUESDAY_10 + timedelta(minutes=18)


def test_the_due_index_knows_the_time() -> None:
    case = replace(one(seen(0, Phase.OPEN)), stage_due_at=None, due_at=None, marks=(), chain=())
    assert next_timer_at(case) == TUESDAY_10 + timedelta(seconds=CLEAR_S)
    assert next_timer_at(replace(case, stage=Stage.VOID)) is None


def test_a_type_without_a_time_and_a_moment_never_fall_silent() -> None:
    for case in (one(seen(0, Phase.OPEN), city=make_city(codes=clearing_codes(0))), one(seen(0, Phase.PULSE))):
        assert later(case, 10_000) == []


def test_silence_while_nobody_listened_says_nothing() -> None:
    case = one(seen(0, Phase.OPEN))
    up_again = TUESDAY_10 + timedelta(minutes=30)
    (fact,) = later(case, 30, listening_since=up_again)
    assert isinstance(fact.data, SilenceExcused)
    assert fact.data.until == up_again + timedelta(seconds=CLEAR_S)
    waiting = fold([fact], case)
    assert not waiting.silent
    assert later(waiting, 39, up_again) == []
    assert [fact.kind for fact in later(waiting, 40, up_again)] == ["ClearedBySilence"]


def test_who_speaks_again_is_no_longer_silent() -> None:
    case = one(seen(0, Phase.OPEN))
    silent = fold(later(case, 10), case)
    again = fold(decide_event(seen(20), make_situation(CITY, cases=(silent,))), silent)
    assert not again.silent
    assert again.events == 2


def test_the_end_of_one_camera_is_not_the_end_while_another_sees_it() -> None:
    other = {"source_id": SourceId("cam2"), "episode": "cam2/1"}
    both = one(seen(0, Phase.OPEN), seen(1, Phase.OPEN, **other))
    half = one(seen(2, Phase.CLOSE), start=both)
    assert not half.cleared
    whole = one(seen(3, Phase.CLOSE, **other), start=half)
    assert whole.cleared
    silent = fold(later(half, 60), half)
    assert (silent.cleared, silent.silent) == (False, True), "the other has only fallen silent"


def test_a_word_that_comes_after_the_end_that_followed_it_opens_nothing_again() -> None:
    case = one(seen(0, Phase.OPEN), seen(5, Phase.CLOSE), seen(4))
    assert case.cleared
    assert not goes_on(case.sightings)
    assert not one(seen(6), start=case).cleared, "a later one does"


def test_a_case_keeps_the_last_words_of_so_many_episodes() -> None:
    case = one(*(seen(n / 60, Phase.OPEN, f"cam1/{n}") for n in range(SIGHTINGS_KEPT + 5)))
    assert len(case.sightings) == SIGHTINGS_KEPT
    assert case.sightings[-1].episode == f"cam1/{SIGHTINGS_KEPT + 4}"


# --- repeats and flapping of what a person has refused ---------------------------------------------------


def voided(*events: Event) -> Case:
    return replace(one(*events), stage=Stage.VOID, voided_at=TUESDAY_10)


@pytest.mark.parametrize("phase", [Phase.OPEN, Phase.UPDATE, Phase.PULSE])
def test_a_device_that_says_active_anew_repeats_itself(phase: Phase) -> None:
    case = voided(seen(0, phase))
    for minute in range(1, 60, 5):
        cases = hear(seen(minute, phase), start=case)
        assert list(cases) == [case.id]
        case = cases[case.id]


def test_one_that_flaps_between_active_and_inactive_does_not_come_back_each_time() -> None:
    case = voided(seen(0, Phase.OPEN))
    for minute in range(1, 40):
        cases = hear(seen(minute, Phase.CLOSE if minute % 2 else Phase.OPEN), start=case)
        assert list(cases) == [case.id]
        case = cases[case.id]


def test_what_begins_after_a_long_quiet_is_new() -> None:
    case = voided(seen(0, Phase.OPEN), seen(1, Phase.CLOSE))
    assert len(hear(seen(10, Phase.OPEN), start=case)) == 1
    assert len(hear(seen(12, Phase.OPEN), start=case)) == 2


def test_of_a_type_without_a_time_an_opening_is_an_opening() -> None:
    city = make_city(codes=clearing_codes(0))
    case = replace(one(seen(0, Phase.OPEN), city=city), stage=Stage.VOID, voided_at=TUESDAY_10)
    assert len(hear(seen(1, Phase.OPEN), start=case, city=city)) == 2


def test_what_was_handled_and_closed_and_begins_anew_after_its_end_is_new() -> None:
    closed = {"stage": Stage.CLOSED, "closed_at": TUESDAY_10 + timedelta(minutes=2)}
    ended = replace(one(seen(0, Phase.OPEN), seen(1, Phase.CLOSE)), **closed)
    assert len(hear(seen(3, Phase.OPEN), start=ended)) == 2
    going_on = replace(one(seen(0, Phase.OPEN)), **closed)
    assert len(hear(seen(3, Phase.OPEN), start=going_on)) == 1, "a repeat of what never ended is its echo"


# --- laws ------------------------------------------------------------------------------------------------

WORDS = st.tuples(
    st.floats(0, 90),
    st.sampled_from(list(Phase)),
    st.sampled_from(["cam1/1", "cam1/2", "cam2/1", ""]),
    st.integers(1, 3),
    st.sampled_from(["", "0,0,10,10", "1,0,11,10", "50,50,60,60"]),
)


@given(st.lists(WORDS, max_size=14), st.sampled_from([None, Stage.VOID, Stage.CLOSED]))
def test_a_severity_rise_is_never_hidden(words: list[Any], ended: Stage | None) -> None:
    """Whatever has been said before, what is worse than its case raises it, or opens another that is as bad."""
    cases: dict[str, Case] = {}
    for n, (minute, phase, episode, severity, box) in enumerate(words):
        event = seen(
            minute,
            phase,
            episode,
            id=EventId(str(n)),
            severity=severity,
            source_id=SourceId(episode.partition("/")[0] or "cam1"),
            attributes={"box": box} if box else {},
        )
        at = TUESDAY_10 + timedelta(hours=2)
        facts = decide_event(event, make_situation(CITY, cases=tuple(cases.values())), at=at, new_id=f"c{n}")
        if facts:
            cases[facts[0].case_id] = case = fold(facts, cases.get(facts[0].case_id))
            if phase not in (Phase.CLOSE, Phase.SYNC):
                assert case.severity >= severity or not case.is_open
                assert case.is_open or case.severity >= severity, "what ended was as bad, or a new case is open"
        elif phase not in (Phase.CLOSE, Phase.SYNC):
            raise AssertionError(f"{phase} of severity {severity} was lost")
        if ended and n == len(words) // 2:
            closed = {"closed_at": at} if ended is Stage.CLOSED else {"voided_at": at}
            cases = {name: replace(each, stage=ended, **closed) for name, each in cases.items()}


@given(st.permutations([0, 1, 2, 3]), st.permutations([0, 5, 10, 15]))
def test_the_order_in_which_words_of_one_episode_come_does_not_matter(order: list[int], minutes: list[int]) -> None:
    said = sorted(minutes)
    phases = [Phase.OPEN, Phase.UPDATE, Phase.UPDATE, Phase.CLOSE]
    events = [seen(said[n], phases[n]) for n in order]
    cases = hear(*events)
    heard_first = next((n for n in order if phases[n] is not Phase.CLOSE), None)
    assert heard_first is not None
    (case,) = cases.values()
    lost = order.index(3) < order.index(heard_first)  # an end of what nobody knows says nothing
    assert case.cleared is not lost
    assert case.events == (3 if lost else 4)


def test_a_worse_word_of_a_source_that_is_asked_raises_before_it_answers() -> None:
    asked = replace(
        one(seen(0, Phase.OPEN)), stage=Stage.CHECKING, asked=SourceId("cam1"), handled_at=TUESDAY_10, worker="ann"
    )
    facts = decide_event(seen(2, severity=3), make_situation(CITY, cases=(asked,)))
    assert kinds(facts)[:3] == ["EventAttached", "PriorityRaised", "CheckAnswered"]
    assert fold(facts, asked).severity == 3


def test_the_names_of_how_an_episode_stands_are_kept_in_cases() -> None:
    assert {each.value for each in Over} == {"", "said", "silent", "moment"}
    assert CaseId("c1") == one(seen()).id


def test_silence_is_no_answer_to_whether_it_is_over() -> None:
    silent = fold(later(case := one(seen(0, Phase.OPEN)), 10), case)
    at = TUESDAY_10 + timedelta(hours=1)
    asked = replace(silent, stage=Stage.CHECKING, asked=SourceId("cam1"), answer_by=at, due_at=None, worker="ann")
    facts = pass_time(replace(asked, stage_due_at=None, marks=()), make_situation(CITY), task_id=TaskId("t9"), at=at)
    assert kinds(facts) == ["CheckAnswered", "CheckSent"], "a person looks"
    assert facts[0].data.because[0].rule == "check.silent"  # type: ignore[attr-defined]
    cleared = replace(asked, silent=False, cleared=True, stage_due_at=None, marks=())
    told = pass_time(cleared, make_situation(CITY), task_id=TaskId("t9"), at=at)
    assert told[0].data.because[0].rule == "check.clear"  # type: ignore[attr-defined]
