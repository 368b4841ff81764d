"""Checking, sending back, and what a source says when it is asked whether it is over (核查, 返工, 智能核查, 结案)."""

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from dispatch.case import (
    Case,
    CaseForceClosed,
    CaseReworked,
    CheckAnswered,
    CheckAsked,
    CheckPassed,
    CheckSent,
    Fact,
    Stage,
)
from dispatch.category import Limit, LimitUnit, SmartCheck
from dispatch.city import Flow
from dispatch.commands import legal_commands
from dispatch.event import Event, Phase
from dispatch.ids import CaseId, EventId, SourceId
from dispatch.reasons import Reason, render
from dispatch.refusals import IllegalMove
from dispatch.situation import Situation
from dispatch.timers import next_timer_at, pass_time
from tests.builders import (
    IN_G1,
    decide_event,
    fold,
    kinds,
    local,
    make_actor,
    make_case,
    make_event,
    make_situation,
)
from tests.dispatch.asking import ANN, AT, LEADER, at_stage, give, given
from tests.dispatch.checking_city import make_checking_city
from tests.taxonomy import GAS, LITTER

COLLECTOR = make_actor("collector")
MINUTE = timedelta(minutes=1)

# --- by a person -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["", "collector2"])
def test_a_handled_case_is_sent_to_be_looked_at(name: str) -> None:
    (fact,) = give("send_to_check", at_stage(Stage.HANDLED), worker=name, note="look closely")
    assert isinstance(fact.data, CheckSent)
    case = fold([fact], at_stage(Stage.HANDLED))
    assert (case.stage, case.verifier, fact.data.note) == (Stage.CHECKING, name, "look closely")
    other = given("send_to_check", case, worker="collector7")
    assert (other.stage, other.verifier) == (Stage.CHECKING, "collector7"), "another may look instead"


@pytest.mark.parametrize("stage", [Stage.HANDLED, Stage.CHECKING])
def test_who_looked_says_so_with_pictures(stage: Stage) -> None:
    facts = give("check", at_stage(stage), COLLECTOR, passed=True, media=["m4"], note="clean")
    passed = facts[0].data
    assert isinstance(passed, CheckPassed)
    assert (passed.by, passed.media, passed.note) == ("collector", ("m4",), "clean")
    case = fold(facts, at_stage(stage))
    assert (case.stage, case.checked_at, case.closed_at, case.verifier) == (Stage.CLOSED, AT, AT, "")


def test_what_failed_goes_back_to_the_same_worker_who_has_it_as_a_new_task() -> None:
    case = given("rework", at_stage(Stage.CHECKED), reason="not clean")
    assert (case.stage, case.worker, case.task_id, case.reworks) == (Stage.REWORK, "ann", "t2", 1)
    assert (case.accepted_at, case.arrived_at, case.handled_at, case.checked_at) == (None,) * 4
    for name in ("accept", "arrive", "report_handled"):
        case = given(name, case, ANN)
    assert given("check", case, COLLECTOR, passed=True).stage is Stage.CLOSED


def test_whoever_declines_a_rework_hands_it_to_the_next() -> None:
    case = given("decline", at_stage(Stage.REWORK), ANN, reason="off duty now")
    assert (case.stage, case.worker, case.reworks) == (Stage.DISPATCHED, "bob", 1)


# --- the clock of a rework -------------------------------------------------------------------------------


def handled_at_11() -> Case:
    """A case of two clock hours from 10:00, handled at 11:00: an hour is left."""
    case = at_stage(Stage.ARRIVED)
    return given("report_handled", case, ANN, at=local(3, 11))


def test_a_rework_has_what_was_left_of_the_limit() -> None:
    case = handled_at_11()
    assert case.clock is not None
    assert (case.clock.stopped_since, case.clock.why) == (local(3, 11), "checking")
    again = given("check", case, COLLECTOR, at=local(4, 9), passed=False, note="no")
    assert again.due_at == local(4, 10), "an hour after it went back"
    assert again.clock is not None
    assert (again.clock.stopped_since, again.clock.is_rework) == (None, False)


def test_a_city_may_give_every_rework_a_limit_of_its_own() -> None:
    fixed = make_situation(make_checking_city(flow=Flow(rework_h=3)))
    case = given("rework", handled_at_11(), situation=fixed, at=local(4, 11), reason="no")
    assert case.due_at == local(4, 15), "three working hours, and an hour off at noon"
    assert case.clock is not None
    assert (case.clock.limit, case.clock.is_rework) == (Limit(3, LimitUnit.WORKING_HOURS), True)
    other = given("reclassify", case, situation=fixed, category=LITTER)
    assert other.due_at == case.due_at, "another category does not change it"


def test_what_was_handled_too_late_is_overdue_again_when_it_comes_back() -> None:
    late = given("report_handled", replace(at_stage(Stage.ARRIVED), overdue=True), ANN, at=local(3, 12, 30))
    again = given("rework", late, at=local(3, 14), reason="no")
    assert again.overdue
    assert again.due_at == local(3, 12), "a stop that begins when the limit is over moves nothing"


def test_in_time_is_in_time_by_the_last_handling() -> None:
    again = given("rework", handled_at_11(), at=local(4, 9), reason="no")
    for name in ("accept", "arrive"):
        again = given(name, again, ANN, at=local(4, 9, 30))
    for at, on_time in ((local(4, 10), True), (local(4, 10, 1), False)):
        handled = given("report_handled", again, ANN, at=at)
        assert given("check", handled, COLLECTOR, at=local(9, 9), passed=True).on_time is on_time


# --- closed by force -------------------------------------------------------------------------------------


def test_what_cannot_be_done_is_closed_by_force_with_the_reason() -> None:
    (fact,) = give("force_close", make_case(), reason="the house is gone")
    assert isinstance(fact.data, CaseForceClosed)
    case = fold([fact], make_case())
    assert (case.stage, case.closed_at, case.on_time) == (Stage.FORCED_CLOSED, AT, None)
    for stage in (Stage.HANDLED, Stage.CHECKED, Stage.REPORTED):
        with pytest.raises(IllegalMove):
            give("force_close", at_stage(stage), reason="x")


# --- by the source ---------------------------------------------------------------------------------------

CAMERA = SourceId("cam1")
MODES = (SmartCheck.OFF, SmartCheck.SUGGEST, SmartCheck.CLOSE)


def asking(mode: SmartCheck, **flow: Any) -> Situation:
    return make_situation(make_checking_city({GAS: mode}, Flow(**flow)))


def seen_by(source: str = "cam1", **changes: Any) -> Case:
    """A case of gas that a source told of; ann has arrived."""
    event = make_event(source_id=SourceId(source), episode="cam1/7", **changes)
    return replace(at_stage(Stage.ARRIVED), source_id=event.source_id, episodes=("cam1/7",))


def asked(situation: Situation, **changes: Any) -> Case:
    case = given("report_handled", seen_by(**changes), ANN, situation=situation)
    assert case.asked == CAMERA
    return case


def answer(case: Case, situation: Situation, phase: Phase, **changes: Any) -> list[Fact]:
    event = answering(phase, **changes)
    around = replace(situation, cases=(case,))
    return decide_event(event, around, at=AT + MINUTE)


def answering(phase: Phase, **changes: Any) -> Event:
    values = {
        "id": EventId("e9"),
        "source_id": CAMERA,
        "episode": "cam1/7",
        "phase": phase,
        "observed_at": AT + MINUTE,
        "point": IN_G1,
        "media": ("m9",),
    }
    return make_event(**(values | changes))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("source", "can_be_asked"), [("cam1", True), ("gas1", True), ("desk", False), ("partner", False)]
)
def test_a_camera_or_a_sensor_is_asked_where_the_category_allows_it(
    mode: SmartCheck, source: str, can_be_asked: bool
) -> None:
    facts = give("report_handled", seen_by(source), ANN, situation=asking(mode))
    if mode is SmartCheck.OFF or not can_be_asked:
        assert kinds(facts) == ["CaseHandled"]
        return
    assert kinds(facts) == ["CaseHandled", "CheckAsked"]
    assert isinstance(facts[1].data, CheckAsked)
    assert (facts[1].data.source_id, facts[1].data.answer_by) == (source, AT + 5 * MINUTE)
    case = fold(facts, seen_by(source))
    assert (case.stage, case.asked, case.answer_by) == (Stage.CHECKING, source, AT + 5 * MINUTE)


@pytest.mark.parametrize(
    ("mode", "phase", "said", "facts", "stage"),
    [
        (SmartCheck.CLOSE, Phase.CLOSE, None, ["CheckAnswered", "CheckPassed", "CaseClosed"], Stage.CLOSED),
        (SmartCheck.CLOSE, Phase.UPDATE, None, ["CheckAnswered", "CaseReworked"], Stage.REWORK),
        (SmartCheck.CLOSE, Phase.PULSE, None, ["CheckAnswered", "CaseReworked"], Stage.REWORK),
        (SmartCheck.CLOSE, Phase.SYNC, None, [], Stage.CHECKING),
        (SmartCheck.CLOSE, Phase.UPDATE, "unknown", ["CheckAnswered", "CheckSent"], Stage.CHECKING),
        (SmartCheck.CLOSE, Phase.SYNC, "clear", ["CheckAnswered", "CheckPassed", "CaseClosed"], Stage.CLOSED),
        (SmartCheck.CLOSE, Phase.CLOSE, "present", ["CheckAnswered", "CaseReworked"], Stage.REWORK),
        (SmartCheck.SUGGEST, Phase.CLOSE, None, ["CheckAnswered", "CheckSent"], Stage.CHECKING),
        (SmartCheck.SUGGEST, Phase.UPDATE, None, ["CheckAnswered", "CheckSent"], Stage.CHECKING),
    ],
)
def test_what_the_source_says_decides_or_is_shown_to_who_decides(
    mode: SmartCheck, phase: Phase, said: str | None, facts: list[str], stage: Stage
) -> None:
    situation = asking(mode)
    case = asked(situation)
    told = answer(case, situation, phase, attributes={"answer": said} if said else {})
    assert kinds(told) == ["EventAttached", *facts]
    after = fold(told, case)
    assert (after.stage, after.asked) == (stage, "" if facts else CAMERA)
    if facts:
        reply = told[1].data
        assert isinstance(reply, CheckAnswered)
        assert (reply.source_id, reply.event_id, reply.media) == (CAMERA, "e9", ("m9",)), "the evidence is kept"
        check_words(reply.because)


def check_words(because: tuple[Reason, ...]) -> None:
    assert because
    for reason in because:
        words = render(reason, make_checking_city().codes)
        assert "{" not in words["zh"] + words["en"]


def test_what_is_still_there_goes_back_with_the_evidence_by_the_rule_and_its_limit() -> None:
    for hours, due_at in ((0.0, local(3, 12, 1)), (2.0, local(3, 13, 31))):
        situation = asking(SmartCheck.CLOSE, rework_h=hours)
        case = asked(situation)
        reworked = answer(case, situation, Phase.UPDATE)[-1].data
        assert isinstance(reworked, CaseReworked)
        assert (reworked.by, reworked.worker, reworked.media) == ("rule", "ann", ("m9",))
        assert reworked.due_at == due_at


def test_what_another_source_says_is_no_answer() -> None:
    situation = asking(SmartCheck.CLOSE)
    told = answer(asked(situation), situation, Phase.CLOSE, source_id=SourceId("gas1"))
    assert kinds(told) == ["EventAttached"]


@pytest.mark.parametrize(
    ("mode", "cleared", "facts"),
    [
        (SmartCheck.CLOSE, True, ["CheckAnswered", "CheckPassed", "CaseClosed"]),
        (SmartCheck.CLOSE, False, ["CheckAnswered", "CheckSent"]),
        (SmartCheck.SUGGEST, True, ["CheckAnswered", "CheckSent"]),
    ],
)
def test_a_source_that_says_nothing_has_said_its_last_word_before(
    mode: SmartCheck, cleared: bool, facts: list[str]
) -> None:
    situation = asking(mode)
    case = replace(asked(situation), cleared=cleared, stage_due_at=None)
    by = AT + 5 * MINUTE
    assert next_timer_at(case) == by
    assert pass_time(case, situation, task_id=case.task_id, at=by - MINUTE) == []
    told = pass_time(case, situation, task_id=case.task_id, at=by)
    assert kinds(told) == facts
    assert fold(told, case).asked == ""


def test_a_person_may_judge_before_the_source_does() -> None:
    situation = asking(SmartCheck.CLOSE)
    case = asked(situation)
    assert {"check", "send_to_check", "rework"} <= set(legal_commands(case, LEADER))
    sent = given("send_to_check", case, situation=situation, worker="collector1")
    assert (sent.asked, sent.verifier) == ("", "collector1")
    assert kinds(answer(sent, situation, Phase.CLOSE)) == ["EventAttached"], "then nobody waits for it"
    assert given("check", case, COLLECTOR, situation=situation, passed=True).stage is Stage.CLOSED


def test_a_rework_that_is_handled_is_asked_about_again() -> None:
    situation = asking(SmartCheck.CLOSE)
    case = asked(situation)
    case = fold(answer(case, situation, Phase.UPDATE), case)
    for name in ("accept", "arrive", "report_handled"):
        case = given(name, case, ANN, situation=situation, at=AT + 9 * MINUTE)
    assert (case.stage, case.asked, case.answer_by) == (Stage.CHECKING, CAMERA, AT + 14 * MINUTE)


def test_an_answer_closes_nothing_where_parts_are_open() -> None:
    situation = asking(SmartCheck.CLOSE)
    part = (CaseId("n1"),)
    case = replace(asked(situation), children=part, open_children=part)
    told = answer(case, situation, Phase.CLOSE)
    assert kinds(told) == ["EventAttached", "CheckAnswered", "CheckPassed"]
