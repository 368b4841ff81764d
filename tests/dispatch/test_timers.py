"""What time alone brings about: limits used up, stages that last too long, chains, reviews (cn_standards 2.4)."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st
from msgspec.structs import replace

from dispatch.case import (
    BUSY_STAGES,
    Case,
    CaseEscalated,
    CaseWarned,
    Fact,
    ReviewDue,
    Stage,
    StageOverdue,
    Step,
    TaskDispatched,
    TaskWithdrawn,
)
from dispatch.city import STAGE_LIMITS_MIN, Flow
from dispatch.ids import TaskId
from dispatch.situation import Situation
from dispatch.timers import next_timer_at, pass_time
from tests.builders import (
    TUESDAY_10,
    decide_event,
    fold,
    kinds,
    local,
    make_case,
    make_city,
    make_event,
    make_roster,
    make_situation,
)
from tests.dispatch.asking import ANN, LEADER, at_stage, given, own

MINUTE = timedelta(minutes=1)
MICRO = timedelta(microseconds=1)


def passes(case: Case, at: datetime, situation: Situation | None = None) -> list[Fact]:
    return pass_time(case, situation or make_situation(), task_id=TaskId("t9"), at=at)


def told(case: Case, until: datetime, situation: Situation | None = None) -> list[tuple[datetime, str]]:
    """Let time pass as the engine does, from timer to timer; return when what was told."""
    said: list[tuple[datetime, str]] = []
    while (at := next_timer_at(case)) is not None and at <= until:
        facts = passes(case, at, situation)
        assert facts, "what is due happens"
        said += [(at, name(fact)) for fact in facts]
        case = own(facts, case)
    return said


def name(fact: Fact) -> str:
    return f"{fact.kind} {fact.data.percent}" if isinstance(fact.data, CaseWarned) else fact.kind


# --- the handling limit ----------------------------------------------------------------------------------


def test_half_of_the_limit_then_most_then_all_then_half_as_much_again_is_told() -> None:
    """Two clock hours from 10:00."""
    assert told(make_case(), local(4, 10)) == [
        (local(3, 11), "CaseWarned 50"),
        (local(3, 11, 36), "CaseWarned 80"),
        (local(3, 12), "CaseOverdue"),
        (local(3, 13), "CaseWarned 150"),
    ]


def test_after_a_standstill_of_the_server_only_what_holds_now_is_told() -> None:
    for at, facts in (
        (local(3, 11, 50), ["CaseWarned 80"]),
        (local(3, 12, 30), ["CaseWarned 80", "CaseOverdue"]),
        (local(3, 14), ["CaseWarned 150", "CaseOverdue"]),
    ):
        case = make_case()
        said = passes(case, at)
        assert [name(fact) for fact in said] == facts
        case = own(said, case)
        assert passes(case, at) == []
        assert next_timer_at(case) is None or next_timer_at(case) > at  # type: ignore[operator]
    assert (case.overdue, case.warned) == (True, 150)


@pytest.mark.parametrize("stage", [Stage.SUSPENDED, Stage.HANDLED, Stage.CHECKING, Stage.CHECKED, Stage.COORDINATING])
def test_a_limit_that_stands_still_tells_nothing(stage: Stage) -> None:
    case = replace(at_stage(stage), stage_due_at=None, review_at=None)
    assert next_timer_at(case) is None
    assert passes(case, local(9, 9)) == []


def test_a_limit_that_runs_on_while_the_duty_is_settled_is_told() -> None:
    runs_on = make_situation(make_city(flow=Flow(coordinating_stops_clock=False)))
    case = given("coordinate", make_case(), situation=runs_on, reason="whose?")
    said = [kind for _, kind in told(replace(case, stage_due_at=None), local(4, 10), runs_on)]
    assert said == ["CaseWarned 50", "CaseWarned 80", "CaseOverdue", "CaseWarned 150"]


def test_a_rework_is_warned_of_by_its_own_clock() -> None:
    handled = given("report_handled", at_stage(Stage.ARRIVED), ANN, at=local(3, 11))
    again = given("rework", replace(handled, warned=50), LEADER, at=local(4, 9), reason="no")
    assert told(again, local(5, 9)) == [
        (local(4, 9, 36), "CaseWarned 80"),
        (local(4, 10), "CaseOverdue"),
        (local(4, 11), "CaseWarned 150"),
    ]


# --- the limits of the desk's stages ---------------------------------------------------------------------

STAGE_LIMITS = {
    Stage.REPORTED: "accept",
    Stage.VERIFYING: "verify",
    Stage.PENDING_FILING: "file",
    Stage.REOPENED: "accept",
    Stage.SELF_HANDLED: "close",
    Stage.FILED: "dispatch",
    Stage.COORDINATING: "dispatch",
    Stage.HANDLED: "check",
    Stage.CHECKING: "check",
    Stage.CHECKED: "close",
}


def move_to(stage: Stage, flow: Flow | None = None) -> Case:
    """Return a case that has come to the stage by a command at 10:30, or by an event at 10:00."""
    city = make_city(flow=flow or Flow(auto_close=False))
    nobody = make_situation(city, roster=make_roster(on_duty=[]))
    commands: dict[Stage, tuple[str, Stage, dict[str, Any]]] = {
        Stage.VERIFYING: ("verify", Stage.REPORTED, {}),
        Stage.PENDING_FILING: ("accept", Stage.REPORTED, {}),
        Stage.SELF_HANDLED: ("self_handle", Stage.REPORTED, {"before": ["m1"], "after": ["m2"]}),
        Stage.COORDINATING: ("coordinate", Stage.FILED, {"reason": "x"}),
        Stage.HANDLED: ("report_handled", Stage.ARRIVED, {}),
        Stage.CHECKING: ("send_to_check", Stage.HANDLED, {}),
        Stage.CHECKED: ("check", Stage.CHECKING, {"passed": True}),
        Stage.FILED: ("file", Stage.REPORTED, {}),
    }
    if stage is Stage.REPORTED:
        return fold(decide_event(make_event(confidence=0.1), nobody, at=local(3, 10, 30)))
    if stage is Stage.REOPENED:
        nowhere = replace(at_stage(Stage.NOT_FILED), place=replace(at_stage(Stage.NOT_FILED).place, point=None))
        return given("reopen", nowhere, situation=nobody, reason="x")
    command, start, data = commands[stage]
    actor = ANN if command == "report_handled" else LEADER
    return given(command, at_stage(start), admin_of(actor), situation=nobody, **data)


def admin_of(actor: Any) -> Any:
    return replace(actor, role="admin") if actor.role == "leader" else actor


@pytest.mark.parametrize("stage", list(STAGE_LIMITS))
def test_a_stage_of_the_desk_has_its_own_working_minutes_and_is_told_once(stage: Stage) -> None:
    case = move_to(stage)
    due_at = local(3, 10, 30) + timedelta(minutes=STAGE_LIMITS_MIN[STAGE_LIMITS[stage]])
    if due_at > local(3, 12):
        due_at += timedelta(hours=1)  # noon is off
    assert (case.stage, case.stage_due_at) == (stage, due_at)
    case = replace(case, due_at=None, marks=())
    assert passes(case, due_at - MICRO) == []
    (fact,) = passes(case, due_at)
    assert isinstance(fact.data, StageOverdue)
    assert (fact.data.stage, fact.data.due_at) == (stage.value, due_at)
    late = fold([fact], case)
    assert (late.stage, late.stage_overdue) == (stage, True)
    assert passes(late, due_at + timedelta(days=9)) == []


@pytest.mark.parametrize("stage", [*sorted(BUSY_STAGES), Stage.SUSPENDED])
def test_a_stage_of_the_handler_has_no_limit_but_that_of_the_case(stage: Stage) -> None:
    assert at_stage(stage).stage_due_at is None


def test_a_city_may_have_no_limit_for_a_stage_or_another() -> None:
    assert move_to(Stage.REPORTED, Flow(limits={})).stage_due_at is None
    assert move_to(Stage.REPORTED, Flow(limits={"accept": 45})).stage_due_at == local(3, 11, 15)


def test_the_next_stage_begins_with_a_limit_of_its_own() -> None:
    late = replace(move_to(Stage.REPORTED), stage_overdue=True)
    case = given("verify", late)
    assert (case.stage_overdue, case.stage_due_at) == (False, local(3, 11, 30))
    assert given("note", case, note="x").stage_due_at == case.stage_due_at, "a remark moves nothing"


# --- a task that nobody accepts --------------------------------------------------------------------------


CHAIN = ((5, "next_worker"), (10, "team_lead"), (15, "duty_leader"), (20, "supervisor"))


def chain_case() -> Case:
    """Return a case sent to ann at 10:00, with a chain and no limit that is to be told of."""
    chain = tuple(Step(TUESDAY_10 + minute * MINUTE, action, f"to-{action}") for minute, action in CHAIN)
    return replace(make_case(), chain=chain, marks=(), overdue=True, warned=150)


def test_a_task_that_is_not_accepted_goes_to_the_next_worker_and_then_upwards() -> None:
    case = chain_case()
    facts = passes(case, TUESDAY_10 + 5 * MINUTE)
    escalated, withdrawn, sent = (fact.data for fact in facts)
    assert isinstance(escalated, CaseEscalated)
    assert (escalated.step, escalated.action, escalated.target) == (0, "next_worker", "to-next_worker")
    assert escalated.because[0].rule == "escalate.not_accepted"
    assert isinstance(withdrawn, TaskWithdrawn)
    assert (withdrawn.worker, withdrawn.by, withdrawn.reason) == ("ann", "rule", "escalate.not_accepted")
    assert isinstance(sent, TaskDispatched)
    assert (sent.worker, sent.task_id, sent.by) == ("bob", "t9", "rule")
    case = fold(facts, case)
    assert (case.stage, case.worker, case.chain_done, case.declined_by) == (Stage.DISPATCHED, "bob", 1, ("ann",))
    assert told(case, local(3, 12)) == [(TUESDAY_10 + m * MINUTE, "CaseEscalated") for m in (10, 15, 20)]


def test_where_nobody_else_is_free_he_keeps_it_and_the_chain_goes_on() -> None:
    alone = make_situation(roster=make_roster(on_duty=["ann"]))
    case = chain_case()
    facts = passes(case, TUESDAY_10 + 5 * MINUTE, alone)
    assert kinds(facts) == ["CaseEscalated"]
    case = fold(facts, case)
    assert (case.stage, case.worker, case.task_id, case.chain_done) == (Stage.DISPATCHED, "ann", "t1", 1)
    assert len(told(case, local(3, 12), alone)) == 3


def test_who_accepts_ends_the_chain() -> None:
    case = given("accept", chain_case(), ANN)
    assert (case.chain, case.chain_done) == ((), 0)
    assert passes(case, local(3, 12)) == []
    declined = given("decline", chain_case(), ANN, reason="x")
    assert declined.chain == (), "the next one has a chain of his own"


def test_after_a_standstill_every_step_that_is_due_is_taken_in_order() -> None:
    facts = passes(chain_case(), TUESDAY_10 + 30 * MINUTE)
    assert kinds(facts) == ["CaseEscalated", "TaskWithdrawn", "TaskDispatched", *["CaseEscalated"] * 3]
    assert [fact.data.step for fact in facts if isinstance(fact.data, CaseEscalated)] == [0, 1, 2, 3]


def test_a_chain_waits_while_something_is_asked_and_goes_with_the_task() -> None:
    asked = given("request_extension", chain_case(), ANN, amount=1, reason="far away")
    assert next_timer_at(asked) is None
    refused = given("refuse", asked, note="no")
    assert next_timer_at(refused) == TUESDAY_10 + 5 * MINUTE, "then it goes on"
    returned = given("grant", given("return", chain_case(), ANN, reason="x"), LEADER)
    assert (returned.chain, returned.chain_done) == ((), 0)


# --- a suspended case ------------------------------------------------------------------------------------


def test_a_suspended_case_is_called_for_review_once() -> None:
    case = at_stage(Stage.SUSPENDED)
    assert case.review_at is not None
    assert next_timer_at(case) == case.review_at
    assert passes(case, case.review_at - MICRO) == []
    (fact,) = passes(case, case.review_at)
    assert isinstance(fact.data, ReviewDue)
    case = fold([fact], case)
    assert (case.stage, case.review_told, next_timer_at(case)) == (Stage.SUSPENDED, True, None)
    again = given("suspend", given("resume", case, at=local(9, 9)), at=local(9, 10), review_at=local(10, 9), reason="x")
    assert (again.review_told, next_timer_at(again)) == (False, local(10, 9))


# --- laws ------------------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@for_all(
    st.sampled_from([stage for stage in Stage if at_stage(stage).is_open]),
    st.lists(st.integers(0, 40), max_size=5),
    st.integers(0, 5_000),
    st.booleans(),
)
def test_when_time_has_passed_nothing_is_due_any_more(
    stage: Stage, steps: list[int], minutes: int, is_alone: bool
) -> None:
    chain = tuple(Step(TUESDAY_10 + minute * MINUTE, "next_worker" if minute % 2 else "x") for minute in sorted(steps))
    case = replace(at_stage(stage), chain=chain, stage_due_at=TUESDAY_10 + 20 * MINUTE)
    situation = make_situation(roster=make_roster(on_duty=["ann"] if is_alone else None))
    at = TUESDAY_10 + minutes * MINUTE
    facts = passes(case, at, situation)
    after = own(facts, case) if facts else case
    next_at = next_timer_at(after)
    assert next_at is None or next_at > at
    assert passes(after, at, situation) == []
    assert not facts or next_timer_at(case) is not None


def test_nothing_is_due_of_an_ended_case() -> None:
    for stage in Stage:
        if not at_stage(stage).is_open:
            assert next_timer_at(at_stage(stage)) is None
